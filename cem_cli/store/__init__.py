"""The workspace file: connection recipe, lock, ledger of runs and imports, table contracts, migrations, public views.

Reads and writes `meta`, `run`, `import_file`; creates every table of `tables.py`.
"""

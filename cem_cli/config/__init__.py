"""Models of cem.yaml and configs/, the YAML loader that never guesses, discovery; all problems told at once.

Reads files only; reads and writes no table.
"""

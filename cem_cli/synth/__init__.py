"""The sample company: its people, their errors, its silos and the truths planted in them.

Reads no tables and writes none: it makes the export files that `sources` imports, and the truth that `cem evaluate`,
tests and benchmarks compare with. `company.write_company` writes every silo of a fictional Italian retailer with shops
and a web shop; `flat.write_flat` writes one `people.csv` for linkage benchmarks. Both are deterministic to the byte in
(people, seed): NumPy's PCG64 seeded per silo, one fixed calendar, never the machine's clock.

- `words`      names, places, streets, products, texts (`words/`), `dates` the calendar and its formats
- `people`     who exists: households, twins, namesakes, movers, second addresses and phones; `taxcode` the codice fiscale
- `errors`     how people fill in a form: typos, nicknames, lost accents, old addresses
- `history`    what they do: purchases, returns, complaints, feelings; `effects` holds every planted effect size
- `silos/`     one module per family of export files; each docstring states the layout of its files
"""

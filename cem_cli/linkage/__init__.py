"""Linkage: which records are the same person, learned from the records themselves.

Stages: `derive` (per record) -> `block` (candidate pairs) -> `compare` (levels, patterns) -> `train` (m, u, classes of
pairs) -> `score` -> `cluster`. Reads the table named in `LinkInput` (in a project: `record`); writes nothing of its own:
what it returns is stored by the identity stage (`match_model`, `edge`, `identity`). DuckDB does text, numpy does pairs.
`engine` runs the stages end to end for a project, `dedupe` for files; `prepare` says what is compared, `model` what was learned.
"""

from cem_cli.engines.processor import choose_instructions

choose_instructions()

"""Identity that lasts: which customer each record belongs to, under ids that survive every later run.

The partition is a function of (records, model, decisions); ids follow the members (`assign`); everything that happened
is in an append-only log (`log`). Reads `record`, `identifier`, `event`, `match_model`, `import_file`, `profile`; writes
`identity`, `customer`, `last_member`, `identity_log`, `decision`, `review`, `edge`, `block_key`, `match_model`,
`term_frequency`, `household`, `run_customer`, `connected`, keys `link_*` of `meta`, and its own `touched_customer`.
"""

"""Readers, mapping, quarantine, drift; presets for real systems.

A file becomes a private UTF-8 copy (`intake`), rows of text with line numbers (`csv_reader`, `json_reader`), a stage of
the columns its mapping names (`stage`), a verdict per row (`load`), and from the rows that are new: records,
identifiers, consents, events, order lines, dimensions (`derive_*`). `resolve` then finds the persons of all events.

Reads `suppression`, `import_file`, `raw`. Writes `import_file`, `raw`, `quarantine`, `field_issue`, `record`,
`identifier`, `consent`, `event`, `order_line`, `product`, `store`, `campaign`, `rate`, `weather`, `device_login`.
"""

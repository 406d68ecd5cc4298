"""The command line: one file per noun. A command parses, makes one call into the pipeline or a room, returns a `Result`."""

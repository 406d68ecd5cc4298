"""The reference page of measures, generated from their docstrings.

Reads and writes no table. `python -m cem_cli.insights.reference` prints what `docs/insights.md` must hold.
"""

from __future__ import annotations

import sys
from typing import Any

from cem_cli.insights.measure import Measure
from cem_cli.insights.registry import MEASURES

PREFACE = """# Measures

What `cem insight NAME` can say, and what it refuses to say. This page is generated from the measures' own docstrings
(`python -m cem_cli.insights.reference > docs/insights.md`); `cem insight explain NAME` prints the same at the terminal.
"""


def reference_markdown() -> str:
    """Return the whole page."""
    index = "\n".join(f"- [{m.name}](#{m.name}): {m.title}" for m in MEASURES.values())
    return "\n".join([PREFACE, index, "", *(measure_markdown(m) for m in MEASURES.values())])


def measure_markdown(measure: Measure[Any]) -> str:
    """Return the section of one measure: its docstring, parameters and columns."""
    parameters = [
        f"| `{name}` | `{field.default!r}` |".replace("'", "") for name, field in measure.parameters.model_fields.items()
    ]
    columns = [f"| `{c.name}` | {c.type} | {c.meaning} |" for c in measure.columns]
    parts = [f"## {measure.name}", "", measure.doc.strip(), ""]
    if parameters:
        parts += ["| parameter | default |", "| --- | --- |", *parameters, ""]
    parts += [f"One row per {', '.join(measure.key)} in `measure_{measure.name}`:", ""]
    return "\n".join([*parts, "| column | type | meaning |", "| --- | --- | --- |", *columns, ""])


if __name__ == "__main__":
    sys.stdout.write(reference_markdown())

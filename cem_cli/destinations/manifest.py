"""The manifest beside an export: what was asked, what went out, with counts and hashes. No table is read or written.

Everything in it follows from the data, the request and the run, nothing from the machine.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from cem_cli.base.errors import CemError, ExitCode
from cem_cli.base.files import sha256, write_text
from cem_cli.destinations.select import FLAG_COLUMN, lineage_columns
from cem_cli.destinations.spec import ExportColumn, ExportSpec
from cem_cli.destinations.writers import WrittenFile

SCHEMA = "cem.export/1"
FILE_NAME = "manifest.json"


def request_of(spec: ExportSpec, columns: Sequence[ExportColumn]) -> dict[str, object]:
    """Return what was asked for: two exports with the same request and the same data are the same bytes."""
    written = [{"name": c.name, "type": c.type} for c in columns]
    if lineage_columns(columns):
        written.append({"name": FLAG_COLUMN, "type": "VARCHAR[]"})
    return {
        "export": spec.name, "of": spec.of, "format": spec.format, "profile": spec.profile, "channel": spec.channel or None,
        "purpose": spec.purpose or None, "columns": written,
        **({"one_per": spec.one_per} if spec.one_per else {}),
    }  # fmt: skip


def write_manifest(
    folder: Path, request: Mapping[str, object], run: tuple[int, datetime], counts: Mapping[str, object], files: Sequence[WrittenFile]
) -> None:
    """Write the manifest of a delivery; `run` is its number and as_of. Last of all files: where it is, the others are whole."""
    run_id, as_of = run
    instant = as_of.astimezone(UTC) if as_of.tzinfo else as_of
    document = {
        "schema": SCHEMA, **request, "run_id": run_id, "as_of": instant.strftime("%Y-%m-%dT%H:%M:%SZ"), **counts,
        "files": [{"name": f.name, "rows": f.rows, "bytes": f.bytes, "sha256": f.sha256} for f in files],
    }  # fmt: skip
    write_text(folder / FILE_NAME, json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def read_manifest(folder: Path, export: str) -> dict[str, object]:
    """Return the manifest of the last delivery in `folder` ({} where there is none, or none that can be read).

    Raises CemError E-OUT-SHARED (exit 8) where the folder belongs to another export.
    """
    try:
        document = json.loads((folder / FILE_NAME).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        return {}
    if document.get("export") != export:
        raise CemError(
            "E-OUT-SHARED", f"the folder holds the export '{document.get('export')}'", where=str(folder), code=ExitCode.OUTPUT,
            why="each export has its own manifest, blocked.csv, adds.csv and removes.csv", fix=f"give '{export}' a folder of its own",
        )
    return document


def still_holds(folder: Path, manifest: Mapping[str, object], request: Mapping[str, object], fresh: Sequence[WrittenFile]) -> bool:
    """Return whether the last delivery asked the same, wrote the same `fresh` files, and all its files are as it left them."""
    if any(manifest.get(key) != value for key, value in request.items()):
        return False
    files = manifest.get("files")
    hashes = {file["name"]: file["sha256"] for file in files} if isinstance(files, list) else {}
    if any(hashes.get(file.name) != file.sha256 for file in fresh):
        return False
    return all((folder / name).is_file() and sha256(folder / name) == known for name, known in hashes.items())

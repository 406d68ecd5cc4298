"""Failures nobody foresaw: engine faults mapped to their code, anything else to a private crash file without values."""

from __future__ import annotations

import tempfile
import traceback
from pathlib import Path

from cem_cli import __version__
from cem_cli.base.errors import CemError, ExitCode
from cem_cli.base.files import write_text


def crash_error(err: BaseException) -> CemError:
    """Return an unexpected failure as a CemError. Its text is left out: engine messages carry cell values."""
    kind = type(err).__name__
    resource = {"OutOfMemoryException": "memory", "OutOfMemoryError": "memory"}.get(kind)
    if resource or getattr(err, "errno", None) == 28 or "No space left" in str(err):
        return CemError("E-RESOURCES", f"{resource or 'disk space'} ran out; rolled back", code=ExitCode.RESOURCES,
                        fix="free some, then run the command again")
    if kind == "InterruptException":
        return CemError("E-INTERRUPTED", "stopped; nothing half-done was kept", code=ExitCode.INTERRUPTED)
    path = Path(tempfile.mkdtemp(prefix="cem-crash-")) / "crash.txt"
    places = [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in traceback.extract_tb(err.__traceback__)]
    notes = [note for note in getattr(err, "__notes__", []) if note.startswith("step: ")]
    write_text(path, "\n".join([f"cem {__version__}", kind, *notes, *places]) + "\n")
    return CemError("E-INTERNAL", f"an unexpected {kind}{': ' + notes[0] if notes else ''}; rolled back", where=str(path),
                    why="a bug in cem; the file names the place and holds no data", code=ExitCode.INTERNAL,
                    fix="cem doctor, and report the crash file")

"""Writing a SELECT to a file, whole or not at all, through DuckDB's COPY. Reads what the SELECT reads; writes no table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cem_cli.base.errors import CemError, ExitCode
from cem_cli.base.files import atomic_path, sha256
from cem_cli.base.sql import literal
from cem_cli.engines.duck import Connection, EngineFault

OPTIONS = {
    "csv": "FORMAT csv, HEADER true, USE_TMP_FILE false",
    "spreadsheet": "FORMAT csv, HEADER true, FORCE_QUOTE *, USE_TMP_FILE false",
    "json": "FORMAT json, ARRAY true, USE_TMP_FILE false",
    "ndjson": "FORMAT json, ARRAY false, USE_TMP_FILE false",
    "parquet": "FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false",
}
"""COPY options by format. Spreadsheets get every cell quoted: one that splits at ; would else find formulas inside a cell."""


@dataclass(frozen=True)
class WrittenFile:
    """A file that was written."""

    path: str
    rows: int
    bytes: int
    sha256: str

    @property
    def name(self) -> str:
        """The file's name in its folder."""
        return Path(self.path).name


def write_rows(con: Connection, select: str, target: Path, options: str) -> WrittenFile:
    """Write the rows of `select` (which orders them) to `target`; `options` names an entry of OPTIONS.

    Raises CemError (exit 8) where the folder or disk refuses; an earlier file is then left as it was.
    """
    with atomic_path(target) as temporary:
        try:
            rows = con.execute(f"COPY ({select}) TO {literal(str(temporary))} ({OPTIONS[options]})").fetchall()[0][0]
        except EngineFault as err:
            if type(err).__name__ != "IOException":
                raise
            raise CemError(
                "E-OUT-WRITE", "the output cannot be written", where=str(target), code=ExitCode.OUTPUT,
                fix="check the folder's permissions and free space",
            ) from err
    return describe(target, int(rows))


def describe(path: Path, rows: int) -> WrittenFile:
    """Return size and hash of a file that holds `rows` rows."""
    return WrittenFile(str(path), rows, path.stat().st_size, sha256(path))

"""`cem export`: write profiles or a segment, with consent and suppression at the door.

Reads what `spec`, `select` and `delivery` read; writes `delivery`, in the caller's transaction, and these files in the
export's folder: the export itself, `blocked.csv` (customer_id, reason; no contact data), `adds.csv`, `removes.csv`,
`redirects.csv` and, last, `manifest.json`. The same data gives the same bytes; a delivery that changes nothing leaves the files of
the last one, adds and manifest included, as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cem_cli.base.errors import CemError, ExitCode
from cem_cli.destinations.delivery import adds_sql, redirects_sql, remember, removes_sql
from cem_cli.destinations.manifest import FILE_NAME, read_manifest, request_of, still_holds, write_manifest
from cem_cli.destinations.select import candidate_step, lineage_columns, rows_sql, third_party_counts_sql
from cem_cli.destinations.spec import ExportColumn, ExportSpec, check_spec
from cem_cli.destinations.writers import WrittenFile, write_rows
from cem_cli.engines.duck import Connection, run_steps

BLOCKED = "SELECT customer_id, reason FROM temp.export_candidate WHERE reason IS NOT NULL ORDER BY customer_id"
SIDE_FILES = ("blocked.csv", "adds.csv", "removes.csv", "redirects.csv", FILE_NAME)


@dataclass(frozen=True)
class Exported:
    """What an export did, in customers."""

    name: str
    path: str
    changed: bool
    """False where the last delivery stands: same people, same values, same request."""
    delivered: int
    blocked: int
    blocked_by_reason: dict[str, int]
    adds: int
    removes: int
    redirects: int
    third_party: dict[str, int]
    """Values that third parties supplied, by column."""
    files: tuple[WrittenFile, ...]
    """The files written now."""


def export(con: Connection, spec: ExportSpec, run_id: int, as_of: datetime) -> Exported:
    """Write one export and remember who was delivered.

    Privacy's gates must be fresh (`privacy.gates.refresh`): what expired since is not seen here. Raises CemError: exit 2
    for an export that cannot be, 8 where the files cannot be written, 15 where privacy forbids it.
    """
    columns = check_spec(con, spec)
    _check_target(spec)
    before = read_manifest(spec.path.parent, spec.name)
    run_steps(con, [candidate_step(spec)])
    folder, request = spec.path.parent, request_of(spec, columns)
    main = write_rows(con, rows_sql(spec, columns), spec.path, "spreadsheet" if spec.profile == "spreadsheet" else spec.format)
    blocked = write_rows(con, BLOCKED, folder / "blocked.csv", "csv")
    moves = {"adds": adds_sql(spec.name), "removes": removes_sql(spec.name), "redirects": redirects_sql(spec.name)}
    moved = {name: _count(con, select) for name, select in moves.items()}
    files = [main, blocked]
    third_party = _third_party(con, columns)
    reasons = _reasons(con)
    changed = any(moved.values()) or not still_holds(folder, before, request, files)
    if changed:
        files += [write_rows(con, select, folder / f"{name}.csv", "csv") for name, select in moves.items()]
        counts = {
            "counts": {"delivered": main.rows, "blocked": blocked.rows, **moved}, "blocked_by_reason": reasons,
            "third_party_values": third_party,
        }  # fmt: skip
        write_manifest(folder, request, (run_id, as_of), counts, files)
        remember(con, spec.name, run_id)
    return Exported(
        spec.name, str(spec.path), changed, main.rows, blocked.rows, reasons, third_party=third_party, files=tuple(files), **moved
    )


def _check_target(spec: ExportSpec) -> None:
    if spec.path.name in SIDE_FILES:
        raise CemError("E-OUT-TARGET", "an export cannot take the name of a file that stands beside it", where=str(spec.path),
                       fix=f"not one of {', '.join(SIDE_FILES)}", code=ExitCode.OUTPUT)  # fmt: skip


def _count(con: Connection, select: str) -> int:
    return int(con.execute(f"SELECT count(*) FROM ({select})").fetchall()[0][0])


def _reasons(con: Connection) -> dict[str, int]:
    return dict(con.execute(f"SELECT reason, count(*) FROM ({BLOCKED}) GROUP BY reason ORDER BY reason").fetchall())


def _third_party(con: Connection, columns: tuple[ExportColumn, ...]) -> dict[str, int]:
    return dict(con.execute(third_party_counts_sql(columns)).fetchall()) if lineage_columns(columns) else {}

"""Bringing data in: `inspect`, `import`, `quarantine`, and a `source` replaced by another."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cem_cli.base.clock import parse_as_of
from cem_cli.base.errors import CemError, ExitCode
from cem_cli.base.files import atomic_path, write_text
from cem_cli.cli.common import Session
from cem_cli.cli.fail_on import FailOn
from cem_cli.reports.result import Grid, Result, Warn

if TYPE_CHECKING:
    from cem_cli.config.source import Reader

inspect_app = typer.Typer(add_completion=False)
import_app = typer.Typer(add_completion=False)
quarantine_app = typer.Typer(add_completion=False)
source_app = typer.Typer(no_args_is_help=True, add_completion=False, help="""Look after the sources of a project.

    Examples:
      cem source list
      cem source rekey salesforce_contacts new_crm --crosswalk keys.csv
    """)


@inspect_app.command()
def inspect(
    files: Annotated[list[Path], typer.Argument(help="Exports to look at.")],
    write: Annotated[Path | None, typer.Option("--write", help="Write the proposed source YAML to this file.")] = None,
) -> Result:
    """Say what an export is and what its columns mean; propose a source.

    Examples:
      cem inspect data/loyalty_cards.csv
      cem inspect data/loyalty_cards.csv --write sources/cards.yaml
    """
    from cem_cli.sources.inspect import inspect as look
    from cem_cli.sources.propose import propose, source_name

    reports = look(files)
    if write:
        if len(reports) > 1:
            raise CemError("E-INSPECT-WRITE", "--write takes one file", fix="cem inspect FILE --write sources/NAME.yaml")
        if write.exists():
            raise CemError("E-OUT-EXISTS", "the file exists", where=str(write), code=ExitCode.OUTPUT, fix="name another file")
        name = source_name(write.name)
        write_text(write, propose(reports[0], name))
    show: list[Grid | str] = []
    for report in reports:
        f = report.file
        delimiter = f", delimiter {f.reader.delimiter!r}" if f.reader.format == "csv" else ""
        show.append(f"{f.path}: {f.reader.format}, {f.reader.encoding}{delimiter}, {f.rows} rows")
        if report.preset:
            renamed = f", {len(report.preset.renamed)} columns renamed" if report.preset.renamed else ""
            show.append(f"this is {report.preset.title} (preset {report.preset.name}){renamed}")
        rows = [(name, d.kind, f"{d.fill:.0%}", d.reason) for name, d in report.columns]
        show += [Grid(("column", "kind", "filled", "because"), rows), ""]
    if write:
        show.append(f"proposed source written to {write}: correct it, then cem import {name}")
    return Result(data={"files": reports}, show=show)


@import_app.command("import")
def import_(
    ctx: typer.Context,
    source: Annotated[str | None, typer.Argument(help="A source (default: all).")] = None,
    files: Annotated[list[Path] | None, typer.Argument(help="Files to take instead of the source's own.")] = None,
    effective_at: Annotated[str | None, typer.Option("--effective-at", help="When the rows became true (YYYY-MM-DD).")] = None,
    allow_shrink: Annotated[bool, typer.Option("--allow-shrink", help="Accept a file with far fewer rows than last time.")] = False,
    fail_on: Annotated[str | None, typer.Option("--fail-on", help="`quarantine`: exit 6 where rows were quarantined; or "
                                                "exit 3 where a condition holds, e.g. \"quarantined > 20\".")] = None,
) -> Result:
    """Take in exports; every row is accounted for, the same file twice changes nothing.

    Examples:
      cem import
      cem import shopify_orders
      cem import products data/products.csv --effective-at 2026-06-30
    """
    from cem_cli.pipeline import Flags, import_sources

    session = Session.of(ctx)
    limit = FailOn.read(fail_on, session.as_of)
    flags = Flags(allow_shrink=allow_shrink, effective_at=parse_as_of(effective_at) if effective_at else None)
    names = [session.project.source(source).name] if source else session.project.source_names()
    with session.workspace(write=True) as workspace, session.run(workspace) as current:
        results = import_sources(current, names, files or (), flags)
    verdicts = ("loaded", "unchanged", "superseded", "suppressed", "quarantined")
    rows = [(r.source, f.file, f.rows_read, *(f.counts[v] for v in verdicts)) for r in results for f in r.files]
    warnings = [Warn("W-IMPORT", text, where=f.file) for r in results for f in r.files for text in f.warnings]
    issues = [
        Warn("W-VALUES", f"{n} values set to null ({what})", where=f.file, count=n)
        for r in results for f in r.files for what, n in f.issues.items()
    ]
    code = limit.code(current.counts, current.held)
    return Result(
        data={"sources": results}, show=[Grid(("source", "file", "rows", *verdicts), rows), *limit.told(code)],
        counts=current.counts, run_id=current.run_id,
        status="ok" if current.counts.get("loaded") or any(r.rederived for r in results) else "unchanged", warnings=[*warnings, *issues],
        exit_code=code,
    )


@quarantine_app.command()
def quarantine(
    ctx: typer.Context,
    source: Annotated[str | None, typer.Argument(help="One source (default: all).")] = None,
    show_values: Annotated[bool, typer.Option("--show-values", help="Print the rows themselves (on a terminal only).")] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the refused rows to a file, to mend and import.")] = None,
) -> Result:
    """List refused rows with file, line and reason.

    Examples:
      cem quarantine
      cem quarantine meta_leads -o refused.csv
    """
    session = Session.of(ctx)
    of = session.project.source(source) if source else None
    if output and not of:
        raise CemError("E-QUARANTINE-SOURCE", "rows of several sources do not fit one file", fix="cem quarantine SOURCE -o FILE")
    with session.workspace(write=False) as workspace:
        rows = workspace.con.execute("""
            SELECT q.source, coalesce(f.file_name, ''), q.line, q.reason, q.field, q.raw FROM cem.quarantine q LEFT JOIN cem.import_file f
            USING (import_id) WHERE q.source = coalesce(?, q.source) ORDER BY q.source, q.import_id, q.line""", [source]).fetchall()
        header = workspace.con.execute(
            "SELECT header FROM cem.import_file WHERE source = ? ORDER BY import_id DESC LIMIT 1", [source]).fetchone()
    told = [f"{len(rows)} rows"]
    if output and of:
        _write_rows(output, of.reader, header[0] if header else (), [row[5] for row in rows])
        told.append(f"written to {output}: mend them, then cem import {of.name} {output} --allow-shrink")
    columns = ("source", "file", "line", "reason", "field")
    shown = [row[:5] for row in rows]
    if show_values and session.interactive:
        columns, shown = (*columns, "row"), [(*row[:5], row[5].decode("utf-8", "replace")) for row in rows]  # type: ignore[assignment]
    return Result(data={"rows": [dict(zip(columns, row, strict=False)) for row in (r[:5] for r in rows)]},
                  show=[Grid(columns, shown), *told], counts={"quarantined": len(rows)})


def _write_rows(path: Path, reader: Reader, header: Sequence[str], rows: Sequence[bytes]) -> None:
    """Write refused rows as a file of their source: the marked UTF-8 that they were read as, under the header of the last delivery."""
    text = io.StringIO()
    if reader.format == "csv":
        text.write("\ufeff")
        csv.writer(text, delimiter=reader.delimiter, lineterminator="\n").writerow(header)
    with atomic_path(path) as temporary:
        temporary.write_bytes(text.getvalue().encode() + b"".join(row.rstrip(b"\r\n") + b"\n" for row in rows))


@source_app.command("list")
def list_(ctx: typer.Context) -> Result:
    """List the sources with owner, trust and files."""
    rows = [(s.name, s.owner, s.trust, s.party, ", ".join(s.files)) for s in Session.of(ctx).project.sources]
    columns = ("source", "owner", "trust", "party", "files")
    return Result(data={"sources": [dict(zip(columns, row, strict=True)) for row in rows]},
                  show=[Grid(columns, rows, empty="no source yet: cem inspect FILE --write sources/NAME.yaml")])


@source_app.command("rekey")
def rekey(
    ctx: typer.Context,
    old: Annotated[str, typer.Argument(help="The source that goes.")],
    new: Annotated[str, typer.Argument(help="The source that takes its place, imported already.")],
    crosswalk: Annotated[Path | None, typer.Option("--crosswalk", help="CSV of old,new keys; without it, linkage finds them.")] = None,
) -> Result:
    """Replace a source by another and keep every customer id."""
    from cem_cli.linkage.identity import rekey as handover
    from cem_cli.linkage.identity.settings import Run as LinkRun
    from cem_cli.pipeline import Flags, link

    session = Session.of(ctx)
    with session.workspace(write=True) as workspace, session.run(workspace) as current:
        with workspace.transaction() as con:
            if crosswalk:
                done = handover.rekey(con, old, new, crosswalk, LinkRun(current.run_id, current.as_of))
            else:
                done = handover.retire_source(con, old, new)
        link(current, Flags())
    return Result(data={"rekeyed": done}, run_id=current.run_id, counts={"moved": done.moved, "left": done.left},
                  show=[f"{done.moved} records of {old} handed over to {new}; {done.left} stay", "next: cem run --from unify"])


"""What each column of some files is taken for: the user's word, else what header and values say. Reads the view `link_people`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from cem_cli.base.errors import CemError, did_you_mean
from cem_cli.base.sql import quote
from cem_cli.engines.duck import Connection
from cem_cli.kinds import KINDS
from cem_cli.kinds.detect import PERSONAL, Detection, detect_kinds
from cem_cli.linkage import fields
from cem_cli.linkage.derive.beside import SURE, ColumnUse, settle
from cem_cli.linkage.derive.dates import lowest_ids_sql
from cem_cli.linkage.derive.files import own_name
from cem_cli.linkage.derive.order import find_orders, turn
from cem_cli.linkage.derive.same import COUNTS, find_same, find_whole_names, unite
from cem_cli.linkage.derive.towns import bare_towns
from cem_cli.linkage.derive.years import find_years, to_years

SAMPLE = 4000
"""Rows that are looked at."""
NOT_EVIDENCE = frozenset({"source", "sources", "system", "origin", "file", "batch", "silo", "dataset"})
"""Headers that say where a record is from, not whose it is."""


def choose_kinds(con: Connection, columns: Sequence[str], said: Mapping[str, str]) -> tuple[ColumnUse, ...]:
    """Return the kind of each column: the user's word, else what header and values say. Raises CemError for unknown ones."""
    named = {c.lower(): c for c in columns}
    for column, kind in said.items():
        if column.lower() not in named:
            raise CemError("E-MAP-COLUMN", f"there is no column '{column}'", why=did_you_mean(column, columns), fix="--map COLUMN=KIND")
        if kind not in KINDS:
            raise CemError("E-MAP-KIND", f"there is no kind '{kind}'", why=did_you_mean(kind, KINDS), fix="--map COLUMN=KIND")
    wanted = {c: k for c in columns for name, k in said.items() if c.strip().lower() == name.strip().lower()}
    con.execute(
        f"CREATE OR REPLACE TABLE link_sample AS SELECT * FROM link_people WHERE {lowest_ids_sql(con, 'link_people', SAMPLE)} "
        "ORDER BY record_id"
    ).fetchall()
    found = detect_kinds(con, "link_sample", [own_name(c) for c in columns])
    uses = tuple(_use(c, found[own_name(c)], wanted.get(c)) for c in columns)
    dates = {c: seen.confidence for c, seen in found.items() if seen.kind == "date"}
    uses = _dated(settle(con, uses, frozenset(c for c, confidence in dates.items() if confidence <= SURE)), dates)
    return _turn(con, _bare_towns(con, _find_towns(con, _unite(con, _without_amounts(uses), dates))))


def _bare_towns(con: Connection, uses: tuple[ColumnUse, ...]) -> tuple[ColumnUse, ...]:
    """Leave out what stands around towns."""
    bared = bare_towns(con, [u.column for u in uses if u.used and u.kind == "city"])
    return tuple(replace(u, reason=f"{u.reason}; what stands around the town is left out") if u.column in bared else u for u in uses)


def _turn(con: Connection, uses: tuple[ColumnUse, ...]) -> tuple[ColumnUse, ...]:
    """Turn round whole names that stand surname first."""
    turned = turn(con, find_orders(con, {u.column: u.kind for u in uses if u.used}))
    reason = "names that stand surname first are turned round"
    return tuple(replace(u, reason=f"{u.reason}; {reason}") if u.column in turned else u for u in uses)


def _unite(con: Connection, uses: tuple[ColumnUse, ...], dates: Collection[str]) -> tuple[ColumnUse, ...]:
    """Make columns of different files one where their values show that only their headers differ; of `dates`, whatever form each has."""
    sure = frozenset(u.column for u in uses if u.confidence >= SURE and u.kind != "date")
    whole = find_whole_names(con, {u.column: u.kind for u in uses if u.used}, sure)
    told = "its words are names in another file"
    uses = tuple(replace(u, kind="full_name", reason=f"{u.reason}, but {told}") if u.column in whole else u for u in uses)
    uses = _years(con, uses)
    found = find_same(con, {u.column: u.kind for u in uses if u.used}, sure)
    unite(con, found.into)
    members = {home: [c for c, into in found.into.items() if into == home] for home in set(found.into.values())}
    found.kind.update({home: "date" for home, own in members.items() if all(c in dates for c in (home, *own))})
    return tuple(
        replace(u, kind=found.kind[u.column], used=u.column not in found.into,
                reason=f"the same as '{found.into[u.column]}' in another file" if u.column in found.into
                else "its values are those of another file's column")
        if found.kind.get(u.column, u.kind) != u.kind or u.column in found.into else u for u in uses
    )


def _years(con: Connection, uses: tuple[ColumnUse, ...]) -> tuple[ColumnUse, ...]:
    """Read dates of things as years where another file has only these."""
    dates, numbers = ([u.column for u in uses if u.used and u.kind in kinds] for kinds in ({"date"}, COUNTS))
    years = find_years(con, dates, numbers)
    to_years(con, years)
    reason = "another file has only the year"
    return tuple(replace(u, kind="integer", reason=f"{u.reason}; {reason}") if u.column in years else u for u in uses)


def _dated(uses: tuple[ColumnUse, ...], dates: Collection[str]) -> tuple[ColumnUse, ...]:
    """Take dates for dates where the rows are of things (a song's release); those of people's rows are of what people did."""
    if not (PERSONAL | {"full_name", "email"}).isdisjoint(u.kind for u in uses if u.used):
        return uses
    return tuple(replace(u, kind="date") if u.column in dates and u.kind == "category" and u.used else u for u in uses)


def _without_amounts(uses: tuple[ColumnUse, ...]) -> tuple[ColumnUse, ...]:
    """Leave amounts out where people have names: what somebody paid says nothing about who it is; a thing has its price."""
    if PERSONAL.isdisjoint(u.kind for u in uses if u.used):
        return uses
    reason = "amounts change from one record of a person to the next"
    return tuple(replace(u, used=False, reason=reason) if u.kind == "amount" and u.confidence < 1 else u for u in uses)


def _find_towns(con: Connection, uses: tuple[ColumnUse, ...]) -> tuple[ColumnUse, ...]:
    """Take a category that goes with the postcode's district for a town, where no column is called so."""
    kinds = {u.kind: u.column for u in uses if u.used}
    if "postcode" not in kinds or "city" in kinds:
        return uses
    return tuple(
        replace(u, kind="city", reason="its values go with the postcode, as towns do")
        if u.kind == "category" and u.used and u.confidence < 1 and _goes_with(con, kinds["postcode"], u.column) else u
        for u in uses
    )


def _goes_with(con: Connection, postcode: str, column: str) -> bool:
    """Return whether a district's postcodes mostly share one value of the column, far beyond how common the value is."""
    p, c = quote(postcode), quote(column)
    row = con.execute(f"""
        WITH x AS (
            SELECT left(replace({p}, ' ', ''), greatest(length(replace({p}, ' ', '')) - 3, 3)) AS d, {p} AS p, lower({c}) AS v
            FROM link_people WHERE {p} IS NOT NULL AND {c} IS NOT NULL),
        g AS (SELECT d, v, count(DISTINCT p) AS n FROM x GROUP BY ALL),
        h AS (SELECT max(n) AS most, sum(n) AS total FROM g GROUP BY d HAVING sum(n) >= 5)
        SELECT (SELECT sum(most) / sum(total) FROM h),
               (SELECT sum(n * n) FROM (SELECT count(*) / (SELECT count(*) FROM x) AS n FROM x GROUP BY v))
    """).fetchall()[0]
    share, chance = float(row[0] or 0), float(row[1] or 1)
    return share >= 0.4 and share >= 20 * chance


def _use(column: str, found: Detection, wanted: str | None) -> ColumnUse:
    name = own_name(column)
    if wanted is not None:
        return ColumnUse(name, wanted, 1.0, "said with --map", wanted in fields.USED_KINDS)
    if column.strip().lower() in NOT_EVIDENCE:
        return ColumnUse(name, "ignore", 0.9, "says where a record is from, not whose it is", used=False)
    kind = {"date": "category", "handle": "external_id"}.get(found.kind, found.kind)
    return ColumnUse(name, kind, found.confidence, found.reason, kind in fields.USED_KINDS and found.fill > 0)

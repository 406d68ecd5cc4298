"""What a column is beside the others of its rows, where only its values speak: whose name, which date, what number.

Reads the table `link_sample`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from cem_cli.base.sql import quote
from cem_cli.engines.duck import Connection
from cem_cli.kinds import KINDS
from cem_cli.kinds.detect import PERSONAL, VARIED
from cem_cli.kinds.kind import let_sql, squeeze_sql
from cem_cli.linkage.derive.numbered import find_places

LIFE = 30
"""Years between the fifth and the ninety-fifth of a hundred dates from which they are dates of birth."""
NAMED = 0.9
"""Share of values of two words or more, letters only, from which they are names, beside dates of birth."""
IN_MAILBOX = 0.25
"""Share of words that stand in the mailbox beside them from which they are names of its owner."""
SURE = 0.8
"""Confidence from which a header says what its column holds, whatever another column is like."""
MANY = 0.1
"""Distinct values per value from which a category names the thing that a row is about."""
LETTERS = 3
"""Letters up to which a given name is initials."""
_MEASURE = (
    r"-?[0-9]+([.,][0-9]+)? ?(%|°|mm|cm|m|km|g|kg|mg|lb|lbs|oz|ml|cl|l|s|sec|min|mins|minutes|h|hrs|hours|kb|mb|gb|tb|hz|khz|mhz|ghz|w|kw|"
    r"v|in|inch|ft|p|pp|pages|pcs|years|yrs)[.]?|([0-9]{1,2}:)?[0-9]{1,3}:[0-9]{2}|[0-9]{1,3} ?m(in)? [0-9]{1,2} ?s(ec)?"
)
REPEATED = frozenset({"city", "street", "given_name", "surname", "full_name"})
"""Kinds of which a record may have several columns, the first filled one of which counts."""
_TOLD = {"phone": 0.8, "full_name": 0.6, "given_name": 0.6, "postcode": 0.6}
"""Kinds found by values, and the confidence up to which no header said so."""
_NAMES = frozenset({"full_name", "given_name", "surname"})
_BORN = frozenset({"birth_date", "birth_year"})


@dataclass(frozen=True)
class ColumnUse:
    """What one column was taken for."""

    column: str
    kind: str
    confidence: float
    reason: str
    used: bool

    @property
    def guessed(self) -> bool:
        """Return whether only the values say so."""
        return self.confidence <= _TOLD.get(self.kind, 0.0)


@dataclass(frozen=True)
class _Rows:
    """Columns of a sample of rows."""

    con: Connection
    filled: dict[str, npt.NDArray[np.bool_]]

    def beside(self, column: str, others: list[ColumnUse]) -> list[ColumnUse]:
        """Return which of the others have values in rows in which the column has one."""
        return [u for u in others if u.column != column and (self.filled[column] & self.filled[u.column]).any()]

    def measure(self, expr: str) -> float:
        """Return the value of an aggregate over the rows, 0 where there is none."""
        return float(self.con.execute(f"SELECT {expr} FROM link_sample").fetchall()[0][0] or 0)


def settle(con: Connection, uses: tuple[ColumnUse, ...], dates: frozenset[str]) -> tuple[ColumnUse, ...]:
    """Return the columns, guesses corrected by what stands in their rows; `dates`: columns of dates that no header explains."""
    rows = _Rows(con, _filled(con, [u.column for u in uses if u.used]))
    uses = _named_in_mailboxes(uses, rows)
    for correct in (_numbered, _not_twice, _repeated, _initials, _somebody_else, _only_name, _other_name, _measured):
        uses = _each(uses, rows, correct)
    return _each(uses, rows, lambda u, near, rows: _born(u, near, rows) if u.column in dates else None)


_Correct = Callable[[ColumnUse, list[ColumnUse], _Rows], tuple[str, str] | None]


def _each(uses: tuple[ColumnUse, ...], rows: _Rows, correct: _Correct) -> tuple[ColumnUse, ...]:
    """Return the columns, one after the other corrected to (kind, reason)."""
    done = list(uses)
    for place, use in enumerate(done):
        if use.used and use.confidence < 1:
            near = rows.beside(use.column, [u for u in done if u.used])
            told = correct(use, near, rows)
            done[place] = replace(use, kind=told[0], reason=f"{use.reason}, but {told[1]}") if told else use
    return tuple(done)


def _filled(con: Connection, columns: list[str]) -> dict[str, npt.NDArray[np.bool_]]:
    if not columns:
        return {}
    listed = ", ".join(f"coalesce(trim({quote(c)}) <> '', false)" for c in columns)
    table = np.array(con.execute(f"SELECT {listed} FROM link_sample").fetchall(), bool).reshape(-1, len(columns))
    return dict(zip(columns, table.T, strict=True))


def _numbered(use: ColumnUse, near: list[ColumnUse], rows: _Rows) -> tuple[str, str] | None:
    """Digits that hold a day of some life are no phone's and no measure, but the number of a person."""
    del near
    if use.kind not in ("phone", "integer", "quantity", "postcode") or (use.confidence >= SURE and not use.guessed):
        return None
    return ("external_id", "they hold dates of birth") if find_places(rows.con, "link_sample", [use.column]) else None


def _not_twice(use: ColumnUse, near: list[ColumnUse], rows: _Rows) -> tuple[str, str] | None:
    """A number that looks like a phone's is a code where another column is said to be the phone."""
    del rows
    if use.kind not in ("phone", "postcode") or not use.guessed:
        return None
    said = any(u.kind == use.kind and not u.guessed for u in near)
    return ({"phone": "external_id", "postcode": "integer"}[use.kind], "another column is said to be it") if said else None


def _repeated(use: ColumnUse, near: list[ColumnUse], rows: _Rows) -> tuple[str, str] | None:
    """A column that mostly repeats another one (the town of delivery and the town) is that once more, no further evidence."""
    if use.kind not in ("category", "text") or use.confidence >= SURE:
        return None
    for other in (u for u in near if u.kind in REPEATED and u.confidence >= SURE):
        one, two = (f"lower(trim({quote(c)}))" for c in (use.column, other.column))
        if rows.measure(f"avg(({one} = {two})::INTEGER) FILTER (WHERE {one} <> '' AND {two} <> '')") >= 0.5:
            return other.kind, "it mostly repeats another column"
    return None


def _initials(use: ColumnUse, near: list[ColumnUse], rows: _Rows) -> tuple[str, str] | None:
    """Initials beside a given name say nothing more; alone they are what is known of it."""
    if use.kind != "given_name" or not any(u.kind == "given_name" for u in near):
        return None
    bare = f"regexp_replace({quote(use.column)}, '[^[:alpha:]]', '', 'g')"
    return ("category", "another column has the given name") if rows.measure(f"quantile_cont(length({bare}), 0.9)") <= LETTERS else None


def _somebody_else(use: ColumnUse, near: list[ColumnUse], rows: _Rows) -> tuple[str, str] | None:
    """A second name in a row (a mother's, a manager's, an author's) says something about it, but is not its own."""
    if use.kind == "given_name" and use.guessed and any(u.kind in ("full_name", "given_name") and not u.guessed for u in near):
        return "category", "another column is said to be the name"
    if use.kind != "full_name" or not use.guessed:
        return None
    if any(u.kind in _NAMES and not u.guessed for u in near):
        return "text", "another column is said to be the name"
    if any(u.kind in PERSONAL or u.kind == "email" for u in near):
        return None
    order = list(rows.filled)
    before = [u for u in near if order.index(u.column) < order.index(use.column)]
    named = any(u.kind in ("text", "company") or (u.kind == "category" and _varied(u, rows)) for u in before)
    return ("text", "the row is about what another column names") if named else None


def _varied(use: ColumnUse, rows: _Rows) -> bool:
    column = quote(use.column)
    return rows.measure(f"count(DISTINCT {column}) / nullif(count({column}), 0)") >= MANY


def _looks_like_sql(kind: str, expr: str) -> str:
    """Return SQL for whether a cell looks like a kind, NULL where it is empty."""
    fits = KINDS[kind].fits
    return let_sql(squeeze_sql(expr), "v", fits("v")) if fits else "false"


def _only_name(use: ColumnUse, near: list[ColumnUse], rows: _Rows) -> tuple[str, str] | None:
    """Words beside a date of birth are the name, if no other column is."""
    kinds = {u.kind for u in near}
    if use.kind not in ("text", "category") or kinds.isdisjoint(_BORN) or not kinds.isdisjoint(_NAMES):
        return None
    one = _looks_like_sql("surname", quote(use.column))
    share = rows.measure(f"avg(({one} AND contains(trim({quote(use.column)}), ' '))::INTEGER)")
    return ("full_name", "no other column names who was born then") if share >= NAMED else None


def _other_name(use: ColumnUse, near: list[ColumnUse], rows: _Rows) -> tuple[str, str] | None:
    """Words next to the given name are the surname where no column is said to be it, and the other way round."""
    if use.kind not in ("category", "external_id", "text") or use.confidence >= SURE:
        return None
    order, kinds = list(rows.filled), {u.kind for u in near}
    place = order.index(use.column)
    aside = {u.kind for u in near if not u.guessed and abs(order.index(u.column) - place) == 1}
    column = quote(use.column)
    for known, missing in (("given_name", "surname"), ("surname", "given_name")):
        if known in aside and kinds.isdisjoint({missing, "full_name"}) and rows.measure(f"count(DISTINCT {column})") > VARIED:
            share = rows.measure(f"avg(({_looks_like_sql('surname', column)})::INTEGER)")
            return (missing, f"it stands next to the {known.replace('_', ' ')}") if share >= NAMED else None
    return None


def _measured(use: ColumnUse, near: list[ColumnUse], rows: _Rows) -> tuple[str, str] | None:
    """Numbers with a unit are numbers: 6.5 % and 6.50%, 105 min."""
    del near
    if use.kind not in ("category", "external_id") or use.confidence >= SURE:
        return None
    share = rows.measure(f"avg(regexp_full_match(lower(trim({quote(use.column)})), '{_MEASURE}')::INTEGER)")
    return ("quantity", "they are numbers with a unit") if share >= NAMED else None


def _named_in_mailboxes(uses: tuple[ColumnUse, ...], rows: _Rows) -> tuple[ColumnUse, ...]:
    """Words that the row's mailbox repeats are names: of two columns the one with more known given names holds these."""
    kinds = {u.kind for u in uses if u.used}
    mail = next((u.column for u in uses if u.used and u.kind == "email"), None)
    if mail is None or not kinds.isdisjoint(_NAMES):
        return uses
    boxes = f"split_part(strip_accents(lower({quote(mail)})), '@', 1)"
    found = []
    for use in uses:
        if use.used and use.kind in ("category", "external_id", "text") and use.confidence < SURE:
            word = quote(use.column)
            inside = f"contains({boxes}, strip_accents(lower(trim({word}))))"
            one = f"{_looks_like_sql('surname', word)} AND NOT contains(trim({word}), ' ')"
            if rows.measure(f"avg(({inside})::INTEGER) FILTER (WHERE length({word}) > 2 AND {one})") >= IN_MAILBOX:
                found.append((rows.measure(f"avg(({_looks_like_sql('given_name', word)})::INTEGER)"), use.column))
    if len(found) != 2:
        return uses
    told = {max(found)[1]: "given_name", min(found)[1]: "surname"}
    return tuple(replace(u, kind=told[u.column], reason=f"{u.reason}, but mailboxes repeat them") if u.column in told else u for u in uses)


def _born(use: ColumnUse, near: list[ColumnUse], rows: _Rows) -> tuple[str, str] | None:
    """Dates over a whole life are dates of birth where the rows are of people and nothing else tells when they were born."""
    kinds = {u.kind for u in near}
    if use.kind != "category" or not kinds.isdisjoint(_BORN) or kinds.isdisjoint(PERSONAL | {"full_name", "email"}):
        return None
    year = f"try_cast(nullif(regexp_extract({quote(use.column)}, '(18|19|20)[0-9][0-9]'), '') AS INTEGER)"
    spread = rows.measure(f"quantile_cont({year}, 0.95) - quantile_cont({year}, 0.05)")
    return ("birth_date", "they span a life") if spread >= LIFE else None

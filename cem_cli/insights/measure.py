"""What a measure is: one SELECT with a name, a documented meaning, parameters, and gates below which it refuses.

Reads and writes no table itself; `run.py` does. A measure is one file: its module docstring is what `cem insight
explain` prints and holds the five headed paragraphs of `HEADINGS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from cem_cli.base.errors import CemError
from cem_cli.base.sql import Step, literal, quote
from cem_cli.engines.duck import Connection

HEADINGS = ("Definition:", "Formula:", "Source:", "Units:", "Refuses:")
"""Every measure's docstring has these paragraphs, in this order."""

ALL_PURPOSES = ("service", "analytics", "profiling", "marketing")
"""What a column may be used for, unless it says less."""


class Parameters(BaseModel):
    """Settings of a measure: defaults here, overridden from YAML (text scalars are given their types)."""

    model_config = ConfigDict(frozen=True, extra="forbid")


P = TypeVar("P", bound=Parameters)


@dataclass(frozen=True)
class Column:
    """One column of a measure's table."""

    name: str
    type: str
    """SQL type; money is DECIMAL(18,2) in the project's currency."""
    meaning: str
    """One line, with the unit; goes into the field catalogue."""
    purposes: tuple[str, ...] = ALL_PURPOSES


CUSTOMER = Column("customer_id", "VARCHAR", "customer")


@dataclass(frozen=True)
class Refusal:
    """Why a measure says nothing: a value, not a silence."""

    reason: str
    fix: str = ""


def no_gate(_con: Connection, _params: Parameters, _as_of: datetime) -> Refusal | None:
    """Refuse never: the gate of measures that are right for any number of customers."""
    return None


@dataclass(frozen=True)
class Measure(Generic[P]):
    """One measure: what it is called, what it means, and the SELECT that gives its rows."""

    name: str
    """Its table is `cem.measure_<name>`."""
    title: str
    doc: str
    """The module's docstring."""
    parameters: type[P]
    columns: tuple[Column, ...]
    """All columns of the table, keys first."""
    key: tuple[str, ...]
    """Columns that identify a row; `("customer_id",)` where there is one row per customer."""
    select_sql: Callable[[P, datetime], str]
    """The SELECT that yields the columns, by name, from events, profiles, `base_*` tables and earlier measures."""
    gates: Callable[[Connection, P, datetime], Refusal | None] = no_gate
    prepare: Callable[[Connection, P, datetime], Refusal | None] | None = None
    """Python arithmetic (a model fit) that leaves temporary tables for the SELECT, or says why it cannot."""
    needs: tuple[str, ...] = ()
    """Measures whose tables it reads: run before it, and if one refuses, so does this."""
    after: tuple[str, ...] = ()
    """Measures it uses where they have something to say: run before it; their tables may be empty."""
    reads: tuple[str, ...] = ()
    """Tables it reads beyond the shared ones and those of `watermark.SOURCES`."""
    money: bool = False
    """True where amounts are used: refused when currencies cannot be converted."""
    local: bool = False
    """True where a customer's rows depend on that customer's events alone, so that some customers can be redone."""

    @property
    def table(self) -> str:
        """The qualified, quoted name of the measure's table."""
        return f"cem.{quote('measure_' + self.name)}"

    def settings(self, given: Mapping[str, object] | None) -> P:
        """Return the parameters with `given` over the defaults. Raises CemError for an unknown or unusable one."""
        return read_parameters(self.parameters, f"measures.yaml: {self.name}", given)

    def steps(self, params: P, as_of: datetime, only: str | None = None) -> list[Step]:
        """Return the statements that make (or, for the customers of table `only`, remake) the measure's table."""
        create = "CREATE TABLE IF NOT EXISTS" if only else "CREATE OR REPLACE TABLE"
        columns = ", ".join(f"{quote(c.name)} {c.type}" for c in self.columns)
        names = ", ".join(quote(c.name) for c in self.columns)
        touched = f" WHERE customer_id IS NULL OR customer_id IN (SELECT customer_id FROM {only})" if only else ""
        made = [Step(f"create measure_{self.name}", f"{create} {self.table} ({columns})")]
        if only:
            made.append(Step(f"forget touched of measure_{self.name}", f"DELETE FROM {self.table}{touched}"))
        rows = f"INSERT INTO {self.table} SELECT {names} FROM ({self.select_sql(params, as_of)}) AS made{touched}"
        return [*made, Step(f"measure_{self.name}", rows)]


def read_parameters(model: type[P], where: str, given: Mapping[str, object] | None) -> P:
    """Return `model` built from YAML values. Raises CemError naming the parameters that are unknown or unusable."""
    try:
        return model.model_validate(dict(given or {}))
    except ValidationError as err:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in err.errors(include_input=False))
        known = ", ".join(model.model_fields) or "none"
        raise CemError(
            "E-MEASURE-PARAM", "the measure's parameters are not usable", where=where, why=problems,
            fix=f"correct its parameters (known: {known})",
        ) from err


def instant_sql(instant: datetime) -> str:
    """Return a TIMESTAMP literal in UTC."""
    return f"TIMESTAMP '{naive_utc(instant):%Y-%m-%d %H:%M:%S.%f}'"


def naive_utc(instant: datetime) -> datetime:
    """Return `instant` as the tables keep it: in UTC, without a zone."""
    return instant.astimezone(UTC).replace(tzinfo=None) if instant.tzinfo else instant


def texts_sql(values: tuple[str, ...]) -> str:
    """Return a parenthesised list of text literals for IN (a list that matches nothing when empty)."""
    return "(" + (", ".join(literal(v) for v in values) or "NULL") + ")"


def count(con: Connection, query: str) -> int:
    """Return the one whole number a query gives (0 for NULL)."""
    row = con.execute(query).fetchone()
    return int(row[0] or 0) if row else 0


def at_least(have: int, need: int, what: str, fix: str = "") -> Refusal | None:
    """Return a refusal where there are fewer than `need` of `what`."""
    if have >= need:
        return None
    return Refusal(f"{have} {what}, at least {need} needed", fix)

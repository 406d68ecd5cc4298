"""A mapping's value as SQL: text -> steps -> map, then cleaned by its kind."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from cem_cli.base.sql import literal
from cem_cli.config.source import SourceConfig
from cem_cli.config.values import Condition, Value
from cem_cli.kinds import KINDS, Context
from cem_cli.kinds.kind import let_sql
from cem_cli.sources.context import ImportContext
from cem_cli.sources.transforms import TRANSFORMS

Columns = Callable[[str], str]
"""Column name of the mapping -> SQL of its text."""


@dataclass(frozen=True)
class Compiler:
    """Turns the values and conditions of one source into SQL."""

    source: SourceConfig
    context: ImportContext
    columns: Columns

    def text(self, value: Value) -> str:
        """Return SQL for a value's text before cleaning; NULL where nothing was delivered."""
        text = self._origin(value)
        for step in value.steps:
            name, _, argument = step.partition(":")
            text = let_sql(text, "s", TRANSFORMS[name]("s", argument))
        return _mapped_sql(text, value) if value.map else text

    def clean(self, value: Value, default_kind: str) -> str:
        """Return SQL for a value cleaned by its kind, in the kind's type."""
        kind = KINDS[value.kind or default_kind]
        return kind.typed_sql(self.text(value), self.kind_context(value))

    def cleaned(self, value: Value, default_kind: str, text: str) -> str:
        """Return SQL for the value whose text is already in column `text`, cleaned by its kind."""
        return KINDS[value.kind or default_kind].typed_sql(text, self.kind_context(value))

    def reason(self, value: Value, default_kind: str, text: str) -> str:
        """Return SQL for the reason why the text `text` of a value was dropped."""
        return KINDS[value.kind or default_kind].reason_sql(text, self.kind_context(value))

    def kind_context(self, value: Value) -> Context:
        """Return what kinds must know to read a value of this source."""
        return Context(
            country=self.context.country,
            language="en" if self.source.reader.decimal == "." else "it",
            date_format=value.format,
            time_zone=value.time_zone or self.context.time_zone,
            as_of=self.context.as_of.date(),
        )

    def where(self, conditions: tuple[Condition, ...]) -> str:
        """Return boolean SQL, never NULL, for conditions that must all hold."""
        return " AND ".join(f"({self._condition(condition)})" for condition in conditions) or "true"

    def _condition(self, condition: Condition) -> str:
        text = f"coalesce(trim({self.columns(condition.column)}), '')"
        tests = []
        if condition.equals:
            tests.append(f"lower({text}) IN ({', '.join(literal(word.lower()) for word in condition.equals)})")
        if condition.differs:
            tests.append(f"lower({text}) NOT IN ({', '.join(literal(word.lower()) for word in condition.differs)})")
        if condition.matches is not None:
            tests.append(f"regexp_matches({text}, {literal(condition.matches)})")
        if condition.empty is not None:
            tests.append(f"{text} {'=' if condition.empty else '<>'} ''")
        return " AND ".join(tests) or "true"

    def _origin(self, value: Value) -> str:
        if value.constant is not None:
            return literal(value.constant)
        if value.template:
            return self._template(value.template)
        texts = [f"nullif(trim({self.columns(name)}), '')" for name in (value.columns or (value.column or "",))]
        return texts[0] if len(texts) == 1 else f"coalesce({', '.join(texts)})"

    def _template(self, template: str) -> str:
        parts, inside = [], []
        for piece in re.split(r"(\{[^{}]+\})", template):
            if piece.startswith("{"):
                inside.append(f"coalesce(trim({self.columns(piece[1:-1])}), '')")
                parts.append(inside[-1])
            elif piece:
                parts.append(literal(piece))
        return f"CASE WHEN {' || '.join(inside) or literal('')} <> '' THEN trim({' || '.join(parts)}) END"


def _mapped_sql(text: str, value: Value) -> str:
    branches = " ".join(f"WHEN {literal(word.lower())} THEN {literal(meaning)}" for word, meaning in value.map.items())
    otherwise = "v" if value.otherwise == "=" else literal(value.otherwise)
    empty = literal(value.map.get(""))
    return let_sql(text, "v", f"CASE WHEN v IS NULL THEN {empty} ELSE CASE lower(v) {branches} ELSE {otherwise} END END")

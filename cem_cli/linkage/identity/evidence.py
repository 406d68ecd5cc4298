"""What the model says of one pair: its weights, and the blocking rules that propose it or nearly do.

Reads `record`, `match_model`, `term_frequency`; writes the temporary view `asked_record`.
"""

from __future__ import annotations

from dataclasses import dataclass

from cem_cli.base.sql import quote
from cem_cli.engines.duck import Connection
from cem_cli.linkage.block import combine
from cem_cli.linkage.contract import Explanation, LinkInput
from cem_cli.linkage.identity import persist
from cem_cli.linkage.identity.settings import LinkSettings
from cem_cli.linkage.model import Model
from cem_cli.linkage.prepare import prepare


@dataclass(frozen=True)
class Nearest:
    """The blocking rule that came nearest to proposing a pair."""

    rule: str
    differing: tuple[str, ...]
    """Its keys in which the records differ or which one of them lacks."""
    capped: bool
    """Whether they agree on all keys, but the block is too large."""


def explain_pair(con: Connection, settings: LinkSettings, a: int, b: int) -> Explanation | None:
    """Return the weights of a pair under the model in force; None without a model, or for a deleted record."""
    from cem_cli.linkage.explain import explain

    model = _model(con)
    given = _two(con, settings, a, b)
    if model is None or given is None:
        return None
    return explain(con, given, settings.options, model, a, b)


def nearest_rule(con: Connection, settings: LinkSettings, a: int, b: int) -> Nearest | None:
    """Return the rule with the largest share of keys that the two records agree on; ties go to the earlier rule."""
    model = _model(con)
    given = _two(con, settings, a, b)
    if model is None or given is None:
        return None
    ready = prepare(con, given, settings.options, model)
    best: tuple[float, Nearest] | None = None
    for number, rule in enumerate(ready.rules):
        keys = [ready.keys[name] for name in rule.keys]
        differing = tuple(name for name, key in zip(rule.keys, keys, strict=True) if key[0] != key[1] or key[0] < 0)
        agreed = 1 - len(differing) / len(keys)
        capped = not differing and int(combine(keys)[0]) in model.capped[number]
        if best is None or agreed > best[0]:
            best = (agreed, Nearest(rule.name, differing, capped))
    return best[1] if best else None


def _model(con: Connection) -> Model | None:
    stored = persist.read_model(con)
    return Model.from_json(stored.model, stored.terms) if stored else None


def _two(con: Connection, settings: LinkSettings, a: int, b: int) -> LinkInput | None:
    """Make a view of two living records; None where they are not two."""
    columns = ", ".join(f"{quote(column)}::VARCHAR AS {quote(column)}" for column in settings.kinds)
    con.execute(f"CREATE OR REPLACE TEMP TABLE asked_record AS SELECT record_id, source, {columns} FROM cem.record "
                "WHERE record_id IN (?, ?) AND NOT coalesce(deleted, false)", [a, b]).fetchall()
    found = con.execute("SELECT count(*) FROM asked_record").fetchall()[0][0]
    return LinkInput("asked_record", settings.kinds, clean_sources=settings.clean_sources) if found == 2 else None

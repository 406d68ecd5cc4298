"""Texts as features: their words, and where they hold them, the numbers of models and other figures, each counted once.

`Sony Alpha DMC-508D 16.1 MP` is the words sony, alpha and mp, the model dmc508d and the figure 16.1. Reads a sample of the table
to see which texts hold what; writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cem_cli.base.sql import quote
from cem_cli.engines.duck import Connection
from cem_cli.linkage.derive import cleaning as d
from cem_cli.linkage.derive.cells import FeatureSpec
from cem_cli.linkage.derive.figures import FEATURE, figures_sql, find_figures, is_figure_sql
from cem_cli.linkage.derive.models import Models, find_models
from cem_cli.linkage.derive.things import legal_form_sql, organisation_sql

KINDS = {"category": "category", "province": "category", "country": "category", "title": "category", "company": "text", "text": "text"}
"""What begins the feature's name, by the kind of its column."""
_CODED = ("company", "text")


@dataclass(frozen=True)
class Texts:
    """What the texts of a table hold."""

    models: Models = field(default_factory=Models)
    figured: str | None = None
    """The column of which the figures are compared by themselves."""

    def features(self, kinds: Mapping[str, str]) -> list[FeatureSpec]:
        """Return the features of all columns of words; of a column that texts repeat as the number of a model, only that one."""
        worded = [c for kind in KINDS for c in sorted(kinds) if kinds[c] == kind and c not in self.models.columns]
        specs = [self._words(c, kinds[c]) for c in worded]
        if len(kinds) > 1:  # names alone teach nothing of the legal forms that are told twice
            specs += [self._form(c) for c in worded if kinds[c] == "company"]
        if self.figured:
            held = f"list_filter({quote(f'parts {self.figured}')}, lambda w: {is_figure_sql('w', self.models.codes)})"
            name, helpers = f"{FEATURE}{self.figured}", self._parts(self.figured)
            specs.append(FeatureSpec(name, figures_sql(held), text=True, helpers=helpers, width=d.TEXT_WIDTH))
        return specs + ([self.models.spec()] if self.models.texts else [])

    def _parts(self, column: str) -> tuple[tuple[str, str], ...]:
        return ((f"parts {column}", self.models.codes.parts_sql(quote(column))),)

    def _form(self, column: str) -> FeatureSpec:
        """Return the feature of the legal forms of organisations: the Ricci S.r.l. and the Ricci S.p.A. of a town are two."""
        words = self._words(column, "company").helpers
        return FeatureSpec(f"form:{column}", legal_form_sql(quote(f"words {column}")), text=True, helpers=words)

    def _words(self, column: str, kind: str) -> FeatureSpec:
        words = f"words {column}"
        if column == self.figured:
            kept = f"list_filter({quote(f'parts {column}')}, lambda w: NOT {is_figure_sql('w', self.models.codes)})"
            helpers = (*self._parts(column), (words, d.words_sql(f"array_to_string({kept}, ' ')")))
        else:
            helpers = ((words, d.words_sql(self.models.codes.coded_sql(quote(column)) if kind in _CODED else quote(column))),)
        width = d.WIDTH if KINDS[kind] == "category" else d.TEXT_WIDTH
        sql = organisation_sql(quote(words)) if kind == "company" else d.plain_text_sql(quote(words), width)
        return FeatureSpec(f"{KINDS[kind]}:{column}", sql, text=True, helpers=helpers, width=width)


def find_texts(con: Connection, table: str, kinds: Mapping[str, str]) -> Texts:
    """Return what the texts of a table of things hold."""
    models = find_models(con, table, kinds)
    return Texts(models, find_figures(con, table, kinds, models.codes))

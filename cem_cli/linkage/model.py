"""The trained model: everything that decides a pair's weight, frozen, as JSON; term frequencies apart, because erasable.

A run under a stored model gives a pair exactly the weight that training gave it, whatever other records came or went
since: m, u, related classes, shares, term frequencies, generic values and capped blocks are all in here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from cem_cli.base.errors import CemError
from cem_cli.linkage.block.pairs import Rule
from cem_cli.linkage.records import Longs
from cem_cli.linkage.train.mixture import Parameters

VERSION = 2
WITH_NUMBERS = 3
"""Version of models that compare numbers, whose ladder has one level more than in the second."""


@dataclass(frozen=True)
class TermCounts:
    """How often the values of one feature occurred when the model was trained; values seen once are left out."""

    key: Longs
    """Stable 63-bit hash per value, ascending."""
    rows: Longs
    filled: int
    """Records with a value."""
    square: float
    """Sum over all values of their share squared."""

    def counts(self, keys: Longs) -> Longs:
        """Return rows per stable key; 1 for a value that is not listed."""
        if len(self.key) == 0:
            return np.ones(len(keys), np.int64)
        place = np.minimum(np.searchsorted(self.key, keys), len(self.key) - 1)
        return np.where(self.key[place] == keys, self.rows[place], 1)


@dataclass(frozen=True)
class StoredView:
    """One view's parameters."""

    name: str
    parameters: Parameters
    rho: tuple[tuple[float, ...], ...]
    """Per related class, per term: how far agreement in the class is chance."""
    untrained: tuple[str, ...]
    """Ladders whose m rests on its prior alone."""
    expected: tuple[float, ...]
    """Per rule: matches it is expected to propose."""


@dataclass(frozen=True)
class Model:
    """A trained model."""

    features: tuple[str, ...]
    present: tuple[str, ...]
    """Features that are compared or block; the others said nothing when the model was trained."""
    comparisons: tuple[str, ...]
    rules: tuple[Rule, ...]
    capped: tuple[tuple[int, ...], ...]
    """Per rule: stable keys of the blocks that were above the cap."""
    views: tuple[StoredView, ...]
    generic: Mapping[str, tuple[int, ...]]
    """Per feature: stable keys of values that belong to nobody (a shop's phone); they are read as missing."""
    used_when: Mapping[str, str]
    """Feature -> feature from which it follows: it counts only where that one is missing."""
    records: int
    all_pairs: float
    kinds: Mapping[str, str]
    """Column -> kind as used in training."""
    dependence: tuple[str, ...]
    warnings: tuple[str, ...]
    terms: Mapping[str, TermCounts] = field(compare=False)
    """Term frequencies by feature, and origins of names; not part of the JSON."""
    together: tuple[tuple[float, ...], ...] = ()
    """Per origin of a given name and of a surname: ln of how much more often they meet than by chance."""
    asked: tuple[tuple[str, ...], ...] = ()
    """Blocking rules that the user named; empty: `rules` were chosen."""

    @property
    def fingerprint(self) -> str:
        """Return the digest of what is compared and how (not of the learned numbers)."""
        parts = [VERSION, self.features, self.comparisons, [r.keys for r in self.rules], sorted(self.used_when.items())]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]

    def to_json(self) -> str:
        """Return the model without its term frequencies, keys sorted."""
        terms = {name: {"filled": t.filled, "square": t.square} for name, t in self.terms.items()}
        body: dict[str, Any] = {
            "version": _version(self.features), "fingerprint": self.fingerprint, "features": self.features, "present": self.present,
            "comparisons": self.comparisons,
            "rules": [{"keys": r.keys, "cap": r.cap, "fields": sorted(r.fields), "worth": r.worth} for r in self.rules],
            "capped": self.capped, "generic": dict(self.generic), "used_when": dict(self.used_when), "records": self.records,
            "all_pairs": self.all_pairs, "kinds": dict(self.kinds),
            "dependence": self.dependence, "warnings": self.warnings, "terms": terms,
            "views": [_view_json(v) for v in self.views], "together": self.together, "asked": self.asked,
        }
        return json.dumps(body, sort_keys=True)

    @classmethod
    def from_json(cls, text: str, terms: Mapping[str, tuple[Longs, Longs]]) -> Model:
        """Read a model back; `terms`: per feature, stable keys (ascending) and rows. Raises CemError for another version."""
        body = json.loads(text)
        if body.get("version") != (expected := _version(body.get("features", ()))):
            raise CemError(
                "E-MODEL-VERSION", "the stored linkage model is of another version", why=f"expected {expected}",
                fix="cem link --retrain",
            )
        none = np.empty(0, np.int64)
        counts = {
            name: TermCounts(*terms.get(name, (none, none)), filled=t["filled"], square=t["square"])
            for name, t in body["terms"].items()
        }
        return cls(
            tuple(body["features"]), tuple(body["present"]), tuple(body["comparisons"]),
            tuple(Rule(tuple(r["keys"]), r["cap"], frozenset(r["fields"]), r.get("worth", 1)) for r in body["rules"]),
            tuple(tuple(c) for c in body["capped"]), tuple(_view_of(v) for v in body["views"]),
            {k: tuple(v) for k, v in body["generic"].items()}, body["used_when"], body["records"], body["all_pairs"],
            body["kinds"],
            tuple(body["dependence"]), tuple(body["warnings"]), counts, tuple(tuple(row) for row in body["together"]),
            tuple(tuple(rule) for rule in body.get("asked", ())),
        )

    def without_terms(self) -> Model:
        """Return the model with every value counted once (after an erasure of all term frequencies)."""
        none = np.empty(0, np.int64)
        return replace(self, terms={n: replace(t, key=none, rows=none) for n, t in self.terms.items()})


def _version(features: Iterable[str]) -> int:
    return WITH_NUMBERS if any(name.startswith("number:") for name in features) else VERSION


def _view_json(view: StoredView) -> dict[str, Any]:
    p = view.parameters
    return {
        "name": view.name, "rho": view.rho, "untrained": view.untrained, "expected": view.expected, "lam": p.lam,
        "eta": p.eta, "kin": p.kin,
        "m": [s.tolist() for s in p.m], "u": [s.tolist() for s in p.u], "h": [[s.tolist() for s in h] for h in p.h],
    }


def _view_of(body: dict[str, Any]) -> StoredView:
    def shares(lists: list[list[float]]) -> tuple[np.ndarray[Any, Any], ...]:
        return tuple(np.array(x, float) for x in lists)

    h = tuple(shares(x) for x in body["h"])
    parameters = Parameters(shares(body["m"]), shares(body["u"]), h, body["lam"], tuple(body["eta"]), tuple(body["kin"]))
    return StoredView(
        body["name"], parameters, tuple(tuple(r) for r in body["rho"]), tuple(body["untrained"]), tuple(body["expected"])
    )


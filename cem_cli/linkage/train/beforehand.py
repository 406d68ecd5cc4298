"""What is known of strangers before anything is learned: namesakes' mailboxes resemble each other, a contact has one owner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from cem_cli.linkage.prepare import Prepared
from cem_cli.linkage.records import Longs
from cem_cli.linkage.train.ladders import Factor, View
from cem_cli.linkage.train.mixture import counted
from cem_cli.linkage.train.namesakes import mailbox_shares
from cem_cli.linkage.train.population import Population

Floats = npt.NDArray[np.float64]
SURE = 1e9
"""Pseudo-pairs that hold what is known."""
CONTACTS = frozenset({"e-mail", "phone"})
SHARED = 0.05
"""Share of the pairs with one e-mail, one phone, or one value at all, that have two owners, where nothing tells the owners apart."""
ALIKE = (0.4, 0.5, 0.1, 0.2, 0.05, SHARED)
"""The same of texts of some length, per level from "half of the words, one rare" to "exact"."""
LONG = 4.0
"""Words per text from which texts are not alike by accident: of two companies one word is half of the name."""


def know_namesakes(readings: Sequence[View], ready: Prepared) -> tuple[View, ...]:
    """Return the views, the e-mail ladder of pairs whose names agree held by what namesakes' mailboxes look like."""
    shares = mailbox_shares(ready.records)
    if shares is None:
        return tuple(readings)
    known = SURE * np.concatenate(shares)

    def held(factor: Factor) -> Factor:
        if factor.name != "e-mail" or len(factor.parts) < 4:
            return factor
        return replace(factor, anchor=np.concatenate([factor.anchor[: -len(known)], known]))

    return tuple(replace(v, factors=tuple(map(held, v.factors))) for v in readings)


def know_contacts(readings: Sequence[View], ready: Prepared, population: Population) -> tuple[View, ...]:
    """Return the views, where nothing else is a person's own, with contacts held to have one owner, and so any column alone.

    Where names are known, they tell how often strangers share an e-mail or a phone. Of two ladders alone nothing can be learned of
    both (a mixture needs three): people who changed their phone look like strangers who share an e-mail. Of one ladder alone all
    would be strangers who share a value.
    """
    ladders, comparisons = readings[0].factors, ready.comparisons
    if any(c.own for c in comparisons) or len(ladders) > 2:
        return tuple(readings)
    words = ready.records.words.get(comparisons[0].features[0])
    long = words is not None and float(words.count.mean()) >= LONG
    strangers = ALIKE if long and len(ladders) == 1 else (SHARED,)
    sought = CONTACTS | ({ladders[0].name} if len(ladders) == 1 else set())

    def held(view: View) -> View:
        levels = view.levels(population.patterns, comparisons)
        pairs = zip(view.factors, levels, strict=True)
        told = (_one_owner(f, at, population.pool.weights, strangers) if f.name in sought else f for f, at in pairs)
        return replace(view, factors=tuple(told))

    return tuple(map(held, readings))


def _one_owner(factor: Factor, level: Longs, weights: Floats, strangers: Sequence[float]) -> Factor:
    """Return a ladder in which hardly any of the pairs on its highest levels are strangers."""
    seen = counted(factor, level, weights) + factor.anchor
    seen[-len(strangers) :] *= strangers
    return replace(factor, anchor=SURE * factor.normalise(seen))

"""From a table to records, comparisons, keys and rules: by what the columns hold, or as a stored model says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
import numpy.typing as npt

from cem_cli.base.errors import CemError, ExitCode
from cem_cli.engines.duck import Connection
from cem_cli.linkage import fields
from cem_cli.linkage.aliases import alias_pairs
from cem_cli.linkage.block.keys import blocking_keys
from cem_cli.linkage.block.pairs import Rule, Scope
from cem_cli.linkage.block.rules import choose_rules
from cem_cli.linkage.block.samples import with_samples
from cem_cli.linkage.compare.base import Comparison
from cem_cli.linkage.compare.names import GENERATION
from cem_cli.linkage.contract import IdArray, LinkInput, LinkOptions
from cem_cli.linkage.derive import dependence, unrelated
from cem_cli.linkage.derive.cells import FeatureSpec
from cem_cli.linkage.derive.coded import DICTIONARY, LETTERS
from cem_cli.linkage.derive.read import read
from cem_cli.linkage.model import Model, TermCounts
from cem_cli.linkage.records import Codes, Feature, Longs, Records
from cem_cli.linkage.several import feature_of_several
from cem_cli.linkage.sorting import among, sort_with_places, starts_of_runs
from cem_cli.linkage.threads import both, spread
from cem_cli.linkage.train.copies import originals
from cem_cli.linkage.train.origins import Origins, find_origins
from cem_cli.linkage.words import find_words, holds_words, known_words

GENERIC_ROWS = 8
"""A contact value of fewer records is not looked at."""
GENERIC_NAMES = 0.6
"""Share of distinct given names and of distinct surnames among its records that makes a value nobody's."""
COMMON_ROWS, COMMON_SHARE = 5, 1.5e-4
"""Records, and share of the records with a name, from which a name is one of its own: slips of the same pen are rarer."""

Reader = Callable[[Connection, str, Sequence[str], Sequence[FeatureSpec], int], Records]
"""Reads the records of a table with the features that specs make of its columns, on some threads."""


@dataclass(frozen=True)
class Prepared:
    """Records and what is to be done with them."""

    records: Records
    scope: Scope
    comparisons: tuple[Comparison, ...]
    keys: dict[str, Longs]
    rules: tuple[Rule, ...]
    terms: dict[str, TermCounts]
    counts: dict[str, Longs]
    """Per feature: rows per code of this run's dictionary, as counted in training."""
    generic: dict[str, tuple[int, ...]]
    kinds: dict[str, str]
    """Column -> kind as used."""
    useless: dict[str, str]
    """Feature -> why it is left out."""
    follows: dict[str, str]
    """Feature -> feature from which it follows."""
    origins: Origins
    original: Longs
    """Per position: by which record it is learned; another one only where a file is given more than once."""

    @cached_property
    def learned(self) -> npt.NDArray[np.bool_]:
        """Per position: whether the record is learned by itself, and is no copy."""
        return np.asarray(self.original == np.arange(len(self.original)))

    @property
    def copied(self) -> bool:
        """Return whether some records are copies of others."""
        return not self.learned.all()

    def without_keys(self) -> Prepared:
        """Return the same without blocking keys: a fifth of the memory, and nobody asks for them once pairs are found."""
        return replace(self, keys={})

    def once(self) -> Prepared:
        """Return what is learned from: every record once."""
        return self.only(self.learned) if self.copied else self

    def only(self, chosen: npt.NDArray[np.bool_]) -> Prepared:
        """Return the chosen records and all their pairs."""
        records, keys = self.records.only(chosen), {name: key[chosen] for name, key in self.keys.items()}
        return replace(
            self, records=records, keys=keys, scope=replace(self.scope, records=records, touched=None), original=np.arange(len(records))
        )


def prepare(
    con: Connection, given: LinkInput, options: LinkOptions, model: Model | None = None, touching: IdArray | None = None,
    reader: Reader | None = None,
) -> Prepared:
    """Derive, read and describe the records. Raises CemError where ids repeat or nothing can be compared."""
    kinds = {c: kind for c, kind in given.kinds.items() if kind in fields.USED_KINDS}
    records = _read(con, replace(given, kinds=kinds), options, model, reader or partial(read, shared=given.shared))
    if model:
        original, generic = np.arange(len(records)), dict(model.generic)
    else:  # hardly a file has copies, so that what is generic is sought beside them
        original, generic = both(lambda: _originals(records), lambda: generic_values(records, options.threads), options.threads)
    learned = original == np.arange(len(records))
    if not learned.all():
        generic = generic_values(records.only(learned), options.threads)
    records = _without(records, generic)
    once = records.only(learned)
    choice = _as_trained(model) if model else _choose(once)
    if not choice.comparisons:
        raise _nothing_to_compare(once, choice)
    terms = dict(model.terms) if model else count_terms(once, options.threads)
    counts = _counts(records, terms) if model else {n: np.maximum(f.counts, 1) for n, f in once.features.items()}
    common = {n: is_common(counts[n], terms[n].filled) for n in ("given", "surname") if n in counts}
    words = {n: find_words(records.values[f.dictionary], f, known_words(terms, n)) for n, f in once.features.items() if holds_words(n)}
    records = replace(records, common=common, words=words)
    if model:
        keys = with_samples(blocking_keys(records, choice.present, counts, options.threads), model.rules, options.threads)
        rules, origins = model.rules, Origins.stored(terms, model.together)
    else:
        keys, rules, origins = _find_rules(records, learned, choice, counts, options)
    touched = None
    if touching is not None:
        touched = np.zeros(len(records), bool)
        touched[records.positions(touching)] = True
    clean = np.array([s in given.clean_sources for s in records.sources], bool)
    return Prepared(
        records, Scope(records, clean, touched), choice.comparisons, keys, rules, terms, counts, generic, kinds, choice.useless,
        choice.follows, origins, original,
    )


def _read(con: Connection, given: LinkInput, options: LinkOptions, model: Model | None, reader: Reader) -> Records:
    """Return the records with the features that their columns give, or that the model has. Raises CemError where ids repeat."""
    specs = fields.features(con, given.table, given.kinds)
    if model:
        specs = [*_as_model(specs, model), *(s for s in specs if not s.name)]
    records = reader(con, given.table, sorted(given.kinds), specs, options.threads)
    _check_ids(records)
    return replace(records, aliases=alias_pairs(records.values["name"].key)) if "name" in records.values else records


@dataclass(frozen=True)
class _Choice:
    """What is compared."""

    present: tuple[str, ...]
    """Features that are looked at."""
    comparisons: tuple[Comparison, ...]
    useless: dict[str, str]
    follows: dict[str, str]


def _as_trained(model: Model) -> _Choice:
    """Return what a model compares; features that held nothing when it was trained have no weights."""
    follows = dict(model.used_when)
    compared = tuple(c for c in fields.comparisons(model.present, follows) if c.name in model.comparisons)
    return _Choice(model.present, compared, {}, follows)


def _nothing_to_compare(records: Records, choice: _Choice) -> CemError:
    """Return the error for records of which no column tells two apart."""
    columns: dict[str, list[str]] = {}
    for feature, why in sorted(choice.useless.items()):
        columns.setdefault(why, []).append(feature.rpartition(":")[2])
    reasons = "; ".join(f"{', '.join(names)}: {why}" for why, names in sorted(columns.items()))
    why = "there is one record only" if len(records) == 1 else reasons
    return CemError(
        "E-LINK-COLUMNS", "no column can be compared", code=ExitCode.INPUT,
        why=why or "none holds names, dates, contacts, places, identifiers or repeating texts",
        fix="name the columns: --map COLUMN=KIND (kinds: cem inspect --kinds)",
    )


def _choose(records: Records) -> _Choice:
    """Return what there is to compare, by what the columns hold."""
    useless = {n: why for n, why in fields.useful(records).items() if why}
    useless |= unrelated.find(records, useless)
    follows = dependence.find(records, useless)
    everything = fields.comparisons((n for n in records.features if n not in useless), follows)
    compared = fields.named(fields.packable(everything, records), records)
    kept = {c.name for c in compared}
    useless |= {f: "other columns are fuller, and there are too many" for c in everything if c.name not in kept for f in c.features}
    return _Choice(tuple(n for n in records.features if n not in useless), compared, useless, follows)


def _find_rules(
    records: Records, learned: npt.NDArray[np.bool_], choice: _Choice, counts: Mapping[str, Longs], options: LinkOptions
) -> tuple[dict[str, Longs], tuple[Rule, ...], Origins]:
    """Return the keys of all records, and the rules and the names' origins that the `learned` ones show."""
    from concurrent.futures import ThreadPoolExecutor

    once = records.only(learned)
    with ThreadPoolExecutor(1) as beside:
        origins = beside.submit(find_origins, once)
        keys = blocking_keys(records, choice.present, counts, options.threads)
        learnt = keys if once is records else {name: key[learned] for name, key in keys.items()}
        rules = choose_rules(once, learnt, options, choice.follows)
        return with_samples(keys, rules, options.threads), rules, origins.result()


def _originals(records: Records) -> Longs:
    """Return by which record each is learned; where only copies repeat anything, there is nothing to learn without them."""
    original, alone = originals(records), np.arange(len(records))
    return alone if all(fields.useful(records.only(original == alone)).values()) else original


def is_common(counts: Longs, filled: int) -> npt.NDArray[np.bool_]:
    """Return which names so many of the `filled` records bear that nobody made them up by mistyping another."""
    return np.asarray(counts >= max(COMMON_ROWS, COMMON_SHARE * filled))


def _as_model(specs: list[FeatureSpec], model: Model) -> list[FeatureSpec]:
    """Return the model's features; those whose column is absent are empty."""
    own = {s.name: s for s in specs}
    return [s for n in model.features for s in (own.get(n) or _absent(n), *(s for s in specs if s.further_of == n))]


def _absent(name: str) -> FeatureSpec:
    if name in {"birth", "phone", *GENERATION} or name.startswith("number:"):
        return FeatureSpec(name, "NULL::BIGINT", text=False, dictionary="generation" if name in GENERATION else "")
    shared = {"given": "name", "surname": "name", "middle": "name"} | dict.fromkeys(LETTERS, DICTIONARY)
    return FeatureSpec(name, "NULL::VARCHAR", text=True, dictionary=shared.get(name, ""))


def _check_ids(records: Records) -> None:
    if len(records) and np.any(records.record_id[1:] == records.record_id[:-1]):
        raise CemError(
            "E-LINK-IDS", "record ids are not unique", why="two rows carry the same id", code=ExitCode.INPUT,
            fix="name the column that identifies a row: --id COLUMN",
        )


def count_terms(records: Records, threads: int = 1) -> dict[str, TermCounts]:
    """Count the values of every feature; values seen once are left out, because unknown means once."""

    def one(f: Feature) -> TermCounts:
        often = np.flatnonzero(f.counts > 1)
        key, order = sort_with_places(records.values[f.dictionary].key[often])
        return TermCounts(key, f.counts[often[order]].astype(np.int64), f.filled, f.chance)

    return dict(zip(records.features, spread(one, list(records.features.values()), threads), strict=True))


def _counts(records: Records, terms: Mapping[str, TermCounts]) -> dict[str, Longs]:
    return {n: terms[n].counts(records.values[f.dictionary].key) for n, f in records.features.items() if n in terms}


def generic_values(records: Records, threads: int = 1) -> dict[str, tuple[int, ...]]:
    """Return values of contacts and identifiers that many unrelated names share (a shop's phone, test@test.com)."""
    named = [records.features[n].codes for n in ("given", "surname") if n in records.features]
    asked = [f for n, f in records.features.items() if named and (n in {"email", "phone", "user"} or n.startswith("id:"))]
    found = spread(lambda f: records.values[f.dictionary].key[_of_many_names(f, named)].tolist(), asked, threads)
    return {f.name: tuple(sorted(keys)) for f, keys in zip(asked, found, strict=True) if keys}


def _of_many_names(feature: Feature, named: Sequence[Codes]) -> Longs:
    """Return the codes of a feature that records of many different names hold."""
    often = feature.counts >= GENERIC_ROWS
    hot = np.flatnonzero(often)
    if not len(hot):
        return hot
    held = [np.flatnonzero((codes >= 0) & often.take(codes, mode="clip")) for codes in feature.every]
    where, value = np.concatenate(held), np.concatenate([codes[at] for codes, at in zip(feature.every, held, strict=True)])
    bad = np.ones(len(feature.counts), bool)
    for codes in named:
        known = codes[where] >= 0
        met = np.sort((value[known].astype(np.int64) << 32) | codes[where[known]])
        distinct = np.bincount(met[starts_of_runs(met)] >> 32, minlength=len(feature.counts))
        rows = np.bincount(value[known], minlength=len(feature.counts))
        bad &= distinct >= np.maximum(GENERIC_NAMES * rows, 2)
    return hot[bad[hot]]


def _without(records: Records, generic: Mapping[str, tuple[int, ...]]) -> Records:
    """Return records in which generic values are missing."""
    features = dict(records.features)
    for name, keys in generic.items():
        if name in features:
            f = features[name]
            gone = among(records.values[f.dictionary].key, np.array(keys, np.int64))
            features[name] = _blank(f, gone, records.values[f.dictionary].key)
    return replace(records, features=features)


def _blank(feature: Feature, gone: npt.NDArray[np.bool_], key: Longs) -> Feature:
    every = [
        np.where((codes >= 0) & gone[np.maximum(codes, 0)], -1 - np.arange(len(codes), dtype=np.int32), codes).astype(np.int32)
        for codes in feature.every
    ]
    if feature.further:
        return feature_of_several(feature, every, key)
    counts = np.where(gone, 0, feature.counts)
    return replace(feature, codes=every[0], counts=counts, filled=int(counts.sum()))

"""Blocking rules: which keys, and which of them together, are tight enough to propose pairs.

A rule proposes the pairs of records that agree on all its keys.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from cem_cli.base.errors import CemError, ExitCode, did_you_mean
from cem_cli.linkage.block.pairs import Rule, sizes_of_blocks
from cem_cli.linkage.block.samples import SHARES, sample_of, sampled
from cem_cli.linkage.contract import LinkOptions
from cem_cli.linkage.records import Longs, Records

AFFORDABLE = 1_000_000
"""Pairs that any rule may propose by chance, whatever the number of records."""
COVERED = 0.95
"""Share of the records with a street that must have a postcode, for a rule on the street to add only pairs of strangers."""
INITIALS = 0.1
"""Share of given names that are initials, from which the first letter is a key beside others."""
VARIED = 100
"""Values from which a column of repeating values is worth a blocking rule."""
HARDLY_VARIED = 10
"""The same in files of people of whom hardly anything but names is known."""
PLACED = frozenset({"birth", "postcode", "city", "street", "address", "email", "phone"})
SPARED = 0.04
"""Share of the pairs that a rule may propose by chance, from which a tighter one or a sample takes its place where there is one."""
SAMPLED = 0.1
"""The same for a sample."""
NAMESAKES = 0.4
"""Share of `LinkOptions.loose` that a rule on names or mailboxes alone may propose in pairs per record."""
_ALWAYS = frozenset({"email", "phone", "user", "names"})
_FEATURES_OF = {
    "names": ("given", "surname"), "rarest names": ("given", "surname", "middle"), "rarest name": ("given", "surname", "middle"),
    "letters of given": ("given", "coded given"), "letters of surname": ("surname", "coded surname"),
    "birth year": ("birth",), "sound of given": ("given",), "sound of surname": ("surname",), "district": ("postcode", "district"),
    "postcode": ("postcode", "district"), "email": ("email", "user"), "user": ("email", "user"), "initial of given": ("given",),
}

_RULES: tuple[tuple[str, ...], ...] = (
    ("email",), ("phone",), ("user",), ("names",), ("rarest names",),
    ("surname", "birth"), ("given", "birth"), ("surname", "postcode"), ("given", "postcode"), ("surname", "street"),
    ("given", "street"), ("surname", "city"), ("given", "city"), ("birth", "city"), ("birth", "postcode"), ("birth", "street"),
    ("postcode", "street", "number"), ("given", "street", "number"), ("surname", "district"),
    ("sound of surname", "sound of given"), ("sound of surname", "sound of given", "birth year"),
    ("sound of surname", "sound of given", "city"), ("sound of surname", "sound of given", "postcode"),
    ("letters of surname", "letters of given", "birth year"), ("letters of surname", "letters of given", "city"),
    ("letters of surname", "letters of given", "postcode"),
    ("rarest name", "birth year"), ("rarest name", "city"), ("rarest name", "postcode"), ("birth",),
)
_WHERE_LOOSE: dict[tuple[str, ...], tuple[tuple[str, ...], ...]] = {
    ("surname", "postcode"): (("surname", "postcode", "initial of given"),),
    ("sound of surname", "sound of given", "city"): (),
    ("birth", "city"): (),
    ("given", "street", "number"): (),
}
"""What is asked for where a rule is too loose. Among a million records surname and postcode propose families and namesakes of one
town, one in forty of whom is one person, and most of these share the initial of their given names; of the pairs that only the
others propose, one in a hundred is. The training must know of them all, of whom a sample tells as much."""
_OF_INITIALS = tuple((name, "initial of given") for name in ("surname", "sound of surname", "birth", "street"))


def choose_rules(
    records: Records, have: Mapping[str, Longs], options: LinkOptions, follows: Mapping[str, str]
) -> tuple[Rule, ...]:
    """Return the blocking rules: the user's own, else every pair of keys that is filled often enough and tight enough.

    A rule is too loose when chance alone gives each record more than `options.loose` partners; where the file is large,
    loose rules go and their tighter companions (the same keys and a birth year or a place) stay.
    """
    if options.rules:
        return _as_asked(records, have, options)
    listed: list[tuple[str, ...]] = [(name,) for name in sorted(have) if name.startswith(("id:", "model:"))]
    listed += [*_RULES, *(_OF_INITIALS if _has_initials(records) else ()), *_rules_of_others(records, have)]
    floor = max(2, 0.005 * len(records))
    filled = functools.cache(lambda k: (have[k] if have[k].ndim == 1 else have[k][:, 0]) >= 0)
    chance = functools.cache(lambda k: _chance(records, k, have[k]))
    most = max(options.loose, AFFORDABLE / len(records))

    def partners(rule: tuple[str, ...]) -> float:
        if len(rule) == 1 and (rule[0] in _ALWAYS or rule[0].startswith(("id:", "model:", "word "))):
            return 0.0
        if len(rule) == 1 and rule[0] in records.features:
            return _capped_partners(records.features[rule[0]].counts, options.cap)
        return len(records) / 2 * float(np.prod([chance(k) for k in rule]))

    def fits(rule: tuple[str, ...]) -> bool:
        if sampled(rule[0])[0] > 1:
            return True
        return have.keys() >= set(rule) and partners(rule) <= most and not _tighter(rule, chosen, have)

    chosen: list[Rule] = []
    for wanted in listed:
        if any(k not in have or not _fields_of(k).isdisjoint(follows) for k in wanted):
            continue
        if np.count_nonzero(functools.reduce(np.logical_and, map(filled, wanted))) < floor:
            continue
        asked = _instead(wanted, partners(wanted), most) if wanted in _WHERE_LOOSE else [wanted]
        chosen += [_without_namesakes(_rule(r, options), records, have, options) for r in asked if fits(r)]
    return tuple(chosen[:60])


def _as_asked(records: Records, have: Mapping[str, Longs], options: LinkOptions) -> tuple[Rule, ...]:
    """Return the user's own rules. Raises CemError where one names a key that no column gives."""
    for name in itertools.chain(*options.rules):
        if name not in have:
            raise CemError(
                "E-LINK-RULE", f"no column gives the blocking key '{name}'", where="linkage.rules", code=ExitCode.USAGE,
                why=did_you_mean(name, have), fix="name keys as `cem link --plan` does",
            )
    return tuple(_without_namesakes(_rule(r, options), records, have, options) for r in options.rules)


def unmade_keys(rules: Iterable[Rule], present: Iterable[str]) -> list[str]:
    """Return the keys of a stored model's rules that are made of none of its features: another version of cem made them."""
    known = frozenset(present)
    every = (name for rule in rules for key in rule.keys for name in sampled(key)[1])
    return [name for name in every if _fields_of(name).isdisjoint(known)]


def _has_initials(records: Records) -> bool:
    """Return whether many given names are initials: then they are all that may agree beside a surname."""
    if "given" not in records.features or "surname" not in records.features:
        return False
    given = records.features["given"]
    short = records.values["name"].length[: len(given.counts)] == 1
    return bool(given.counts[short].sum() >= INITIALS * given.filled)


def _instead(rule: tuple[str, ...], partners: float, most: float) -> list[tuple[str, ...]]:
    """Return what is asked for instead of a rule by which chance alone gives a record so many partners; `most`: any rule may."""
    if partners <= SPARED * most:
        return [rule]
    share = min((share for share in SHARES if partners <= share * SAMPLED * most), default=SHARES[-1])
    return [(sample_of(rule, share),), *_WHERE_LOOSE[rule]]


def _rules_of_others(records: Records, have: Mapping[str, Longs]) -> list[tuple[str, ...]]:
    """Return the rules on columns that any table may have: texts and their words, categories, numbers, alone and two by two."""
    texts = [name for name in sorted(records.words) if name in have]
    least = HARDLY_VARIED if "surname" in have and not PLACED & have.keys() else VARIED
    varied = [
        name for name in sorted(have)
        if name.startswith(("category:", "number:")) and np.count_nonzero(records.features[name].counts) >= least
    ]
    listed: list[tuple[str, ...]] = [rule for name in texts for rule in ((name,), *((f"word {k} of {name}",) for k in (1, 2, 3)))]
    for name in varied:
        listed += [(name, other) for other in ("birth", "postcode", "surname")] + [(name, "given", "city")]
        listed += [(name, "sound of surname"), (name, "given")] if least < VARIED else []
    listed += [(name,) for name in varied if name.startswith("number:")]
    beside = ("surname", "given", "city", "postcode", "street", "phone", *varied)
    listed += [(f"{part} of {name}", other) for name in texts for other in beside for part in ("rarest word", "start")]
    listed += [(f"rarest word of {a}", f"rarest word of {b}") for a, b in itertools.combinations(texts, 2)]
    if "surname" not in have:
        listed += [*itertools.combinations([*varied, "city", "postcode", "street", "number"], 2), ("street",)]
        listed += itertools.combinations([f"size of {name}" for name in varied if name.startswith("number:")], 2)
    return listed


def _fields_of(key: str) -> frozenset[str]:
    """Return the features that agree where a key does."""
    share, names = sampled(key)
    if share > 1:
        return frozenset().union(*map(_fields_of, names))
    part, _, text = key.partition(" of ")
    return frozenset(_FEATURES_OF.get(key, (text if part.startswith(("word ", "rarest word", "start", "size")) and text else key,)))


def _capped_partners(counts: Longs, cap: int) -> float:
    """Return the pairs per record that a one-key rule finds, its blocks above the cap left out."""
    kept = counts[counts <= cap].astype(np.int64)
    return float((kept * (kept - 1) // 2).sum()) / max(int(counts.sum()), 1)


def _chance(records: Records, name: str, key: Longs) -> float:
    """Return the probability that two random records share a key: sum of squared shares over all records."""
    if name in records.features:
        known = records.features[name].counts / len(key)
        return float((known * known).sum())
    held = key[key >= 0]
    if len(held) == 0:
        return 0.0
    rows = np.bincount(held) if held.max() < 1 << 20 else sizes_of_blocks([key])  # sounds and years are small
    share = rows / len(key)
    return float((share * share).sum())


def _rule(names_of_keys: tuple[str, ...], options: LinkOptions) -> Rule:
    strong = len(names_of_keys) == 1 and (names_of_keys[0] in {"email", "phone"} or names_of_keys[0].startswith("id:"))
    used = frozenset(f for k in names_of_keys for f in _fields_of(k))
    return Rule(names_of_keys, options.identifier_cap if strong else options.cap, used, sampled(names_of_keys[0])[0])


def _without_namesakes(rule: Rule, records: Records, have: Mapping[str, Longs], options: LinkOptions) -> Rule:
    """Return a rule on names, mailboxes or one word alone with a cap so low that it proposes what it may; never below `namesake_cap`."""
    if not (rule.fields <= {"given", "surname", "middle"} or rule.keys == ("user",) or rule.keys[0].startswith("word ")):
        return rule
    own = records.features.get(rule.keys[0]) if len(rule.keys) == 1 else None
    size = np.bincount(own.counts if own and not own.further else sizes_of_blocks([have[k] for k in rule.keys]))
    pairs = np.cumsum(size * np.arange(len(size)) * (np.arange(len(size)) - 1) // 2)
    too_many = np.flatnonzero(pairs > max(NAMESAKES * options.loose * len(have[rule.keys[0]]), AFFORDABLE))
    return replace(rule, cap=min(rule.cap, max(int(too_many[0]) - 1, options.namesake_cap))) if len(too_many) else rule


def _tighter(rule: Sequence[str], chosen: Sequence[Rule], have: Mapping[str, Longs]) -> bool:
    """Return whether another rule asks for the postcode instead of the street, and hardly a record has only the street."""
    twin = tuple("postcode" if k == "street" else k for k in rule)
    if "street" not in rule or {twin, *_WHERE_LOOSE.get(twin, ())}.isdisjoint(r.keys for r in chosen):
        return False
    street = have["street"] >= 0
    return bool(np.count_nonzero(street & (have["postcode"] >= 0)) >= COVERED * np.count_nonzero(street))

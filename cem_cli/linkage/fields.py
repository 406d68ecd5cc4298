"""From columns and their kinds to features, comparisons and blocking rules: what is compared follows from what is there."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from cem_cli.base.sql import quote
from cem_cli.engines.duck import Connection
from cem_cli.linkage import derive as d
from cem_cli.linkage.block import Rule, blocks, combine
from cem_cli.linkage.compare import contact, dates, names, place
from cem_cli.linkage.compare.base import Comparison, only_without
from cem_cli.linkage.contract import LinkOptions
from cem_cli.linkage.derive import FeatureSpec
from cem_cli.linkage.records import Longs, Records
from cem_cli.linkage.strings import soundex

COMMON = 0.25
"""Probability that two random records share a value of a category above which the category says too little."""
IDENTIFIERS = ("tax_code", "vat_number", "loyalty_card", "external_id")
CATEGORIES = ("category", "province", "country", "title")
TEXTS = ("company", "text", "address")

USED_KINDS = frozenset({
    "given_name", "middle_name", "surname", "full_name", "birth_date", "birth_year", "birth_month", "birth_day", "sex",
    "email", "phone", "street", "house_number", "city", "postcode", *IDENTIFIERS, *CATEGORIES, *TEXTS,
})
"""Kinds that linkage looks at; columns of other kinds (amounts, timestamps, row ids) say nothing about who it is."""


@dataclass(frozen=True)
class Columns:
    """Input columns by kind, in order of name."""

    by_kind: dict[str, tuple[str, ...]]

    @classmethod
    def of(cls, kinds: Mapping[str, str]) -> Columns:
        """Group columns by kind."""
        grouped: dict[str, list[str]] = {}
        for column, kind in sorted(kinds.items()):
            grouped.setdefault(kind, []).append(column)
        return cls({k: tuple(v) for k, v in grouped.items()})

    def first(self, *kinds: str) -> str | None:
        """Return SQL for the first filled column of the given kinds, or None."""
        names = [quote(c) for kind in kinds for c in self.by_kind.get(kind, ())]
        if not names:
            return None
        return names[0] if len(names) == 1 else f"coalesce({', '.join(names)})"


def features(con: Connection, table: str, kinds: Mapping[str, str]) -> list[FeatureSpec]:
    """Return the features that the columns give."""
    columns = Columns.of(kinds)
    specs = _name_features(columns)
    birth = d.birth_sql(con, table, kinds)
    if birth:
        specs.append(FeatureSpec("birth", birth, text=False))
    specs += _contact_features(columns) + _place_features(columns)
    for kind in IDENTIFIERS:
        specs += [_identifier(c) for c in columns.by_kind.get(kind, ())]
    for prefix, listed in (("category", CATEGORIES), ("text", TEXTS)):
        specs += [_words(prefix, c) for kind in listed for c in columns.by_kind.get(kind, ())]
    return specs


def _identifier(column: str) -> FeatureSpec:
    helper = f"bare {column}"
    return FeatureSpec(
        f"id:{column}", d.identifier_sql(quote(helper)), text=True, helpers=((helper, d.bare_sql(quote(column))),)
    )


def _words(prefix: str, column: str) -> FeatureSpec:
    helper = f"words {column}"
    return FeatureSpec(
        f"{prefix}:{column}", d.plain_text_sql(quote(helper)), text=True, helpers=((helper, d.words_sql(quote(column))),)
    )


def _name_features(columns: Columns) -> list[FeatureSpec]:
    given, surname, middle = columns.first("given_name"), columns.first("surname"), columns.first("middle_name")
    full = columns.first("full_name")
    if given and surname:
        return _parted_names(given, surname, middle, full)
    if full:
        return _whole_name(full)
    if given or surname:
        return [_name("given" if given else "surname", given or surname or "")]
    return []


def _name(feature: str, column_sql: str, expr: str = "{name}") -> FeatureSpec:
    """Return a name feature; `expr` is SQL in which {name} stands for the cleaned name."""
    cleaned = expr.replace("{name}", quote(f"clean {feature}"))
    return FeatureSpec(feature, d.joined_sql(cleaned), text=True, dictionary="name", helpers=_cleaned(feature, column_sql))


def _cleaned(what: str, column_sql: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """Return helpers `plain <what>` and `clean <what>` of a name column."""
    plain = f"plain {what}"
    return (plain, d.plain_name_sql(column_sql)), (f"clean {what}", d.name_sql(quote(plain)))


def _parted_names(given: str, surname: str, middle: str | None, full: str | None) -> list[FeatureSpec]:
    """Return given name and surname from their columns; where a record has only a full name, from that."""
    if not full:
        return [_name("given", given), _name("surname", surname), *([_name("middle", middle)] if middle else [])]
    parts = _whole_name(full)
    g, s, whole = quote("clean given"), quote("clean surname"), quote("clean full")
    empty = f"{g} IS NULL AND {s} IS NULL"
    title = f"CASE WHEN contains({whole}, ' ') THEN split_part({whole}, ' ', 1) END"
    specs = [
        replace(_name("given", given), sql=f"CASE WHEN {empty} THEN {parts[0].sql} ELSE {d.joined_sql(f'coalesce({g}, {title})')} END"),
        replace(_name("surname", surname), sql=f"CASE WHEN {empty} THEN {parts[1].sql} ELSE {d.joined_sql(s)} END"),
    ]
    rest = f"list_filter(string_split({whole}, ' '), lambda w: w <> coalesce({g}, '') AND w <> coalesce({s}, ''))"
    extra = f"nullif(left(array_to_string({rest}, ''), {d.WIDTH}), '')"
    between = f"CASE WHEN {empty} THEN {parts[2].sql} ELSE {extra} END"
    if middle:
        specs.append(_name("middle", middle))
        between = f"coalesce({d.joined_sql(quote('clean middle'))}, {parts[2].sql})"
        specs[-1] = replace(specs[-1], sql=f"CASE WHEN {empty} THEN {between} ELSE {d.joined_sql(quote('clean middle'))} END")
    else:
        specs.append(FeatureSpec("middle", between, text=True, dictionary="name"))
    return [*specs, *(FeatureSpec("", "", text=False, helpers=p.helpers) for p in parts)]


def _whole_name(full: str) -> list[FeatureSpec]:
    """Return name parts of a full name: `Surname, Given` by the comma, else first word, last word, and what is between."""
    comma = f"contains({full}, ',')"
    words = quote("words full")
    before, after = quote("clean before"), quote("clean after")
    parts = (
        (*_cleaned("full", full), ("words full", f"string_split({d.particles_sql(quote('clean full'))}, ' ')")),
        _cleaned("before", f"split_part({full}, ',', 1)"), _cleaned("after", f"split_part({full}, ',', 2)"),
    )
    middle = f"nullif(left(array_to_string({words}[2:-2], ''), {d.WIDTH}), '')"
    given = f"CASE WHEN {comma} THEN {d.joined_sql(after)} WHEN len({words}) > 1 THEN left({words}[1], {d.WIDTH}) END"
    surname = f"CASE WHEN {comma} THEN {d.joined_sql(before)} ELSE left({words}[-1], {d.WIDTH}) END"
    between = f"CASE WHEN NOT {comma} AND len({words}) > 2 THEN {middle} END"
    return [
        FeatureSpec(name, sql, text=True, dictionary="name", helpers=helpers)
        for (name, sql), helpers in zip((("given", given), ("surname", surname), ("middle", between)), parts, strict=True)
    ]


def _contact_features(columns: Columns) -> list[FeatureSpec]:
    specs = []
    if email := columns.first("email"):
        specs += [FeatureSpec("email", d.email_sql(email), text=True), FeatureSpec("user", d.email_user_sql(email), text=True)]
    if phone := columns.first("phone"):
        specs.append(FeatureSpec("phone", d.phone_sql(phone), text=False))
    return specs


def _place_features(columns: Columns) -> list[FeatureSpec]:
    specs = []
    street, number = columns.first("street"), columns.first("house_number")
    if street:
        words = ("words street", d.letters_sql(street))
        specs.append(FeatureSpec("street", d.street_sql(quote(words[0])), text=True, helpers=(words,)))
    if street or number:
        specs.append(FeatureSpec("number", d.house_number_sql(number or street or ""), text=True))
    if city := columns.first("city"):
        specs.append(FeatureSpec("city", d.place_name_sql(city), text=True))
    if postcode := columns.first("postcode"):
        bare = ("bare postcode", d.bare_sql(postcode))
        code = ("clean postcode", d.identifier_sql(quote(bare[0])))
        name = quote(code[0])
        specs += [
            FeatureSpec("postcode", name, text=True, helpers=(bare, code)),
            FeatureSpec("district", d.outer_postcode_sql(name), text=True, helpers=(bare, code)),
        ]
    if sex := columns.first("sex"):
        specs.append(FeatureSpec("sex", d.sex_sql(sex), text=True))
    return specs


_FIXED = (
    names.GIVEN_NAME, names.SURNAME_ONLY, names.SWAPPED, names.MIDDLE_NAME, dates.BIRTH_DATE, contact.EMAIL_ADDRESS,
    contact.PHONE, place.STREET, place.HOUSE_NUMBER, place.CITY, place.POSTCODE, place.SEX,
)


def comparisons(features_present: Iterable[str], follows: Mapping[str, str] | None = None) -> tuple[Comparison, ...]:
    """Return the comparisons that the given features allow; `follows`: feature -> feature from which it follows."""
    have, follows = set(features_present), follows or {}
    chosen = [c for c in _FIXED if all(f in have for f in c.features)]
    for name in sorted(have):
        kind, _, column = name.partition(":")
        if column:
            make = {"id": place.identifier, "category": place.category, "text": place.text}[kind]
            made = make(name, column)
            chosen.append(only_without(made, follows[name]) if name in follows else made)
    return tuple(chosen)


def useful(records: Records) -> dict[str, str]:
    """Return per feature why it is of no use, or ``''``: nothing repeats, one value, or so few values that all share them."""
    verdict = {}
    for name, f in records.features.items():
        kind = name.partition(":")[0]
        share = f.counts / max(f.filled, 1)
        if f.filled < 2:
            verdict[name] = "fewer than two values"
        elif np.count_nonzero(f.counts) < 2:
            verdict[name] = "one value only"
        elif kind in {"id", "category"} and f.counts.max() < 2:
            verdict[name] = "no value occurs twice"
        elif kind == "category" and float((share * share).sum()) > COMMON:
            verdict[name] = "too few different values to tell records apart"
        else:
            verdict[name] = ""
    return verdict


def keys(records: Records, features_present: Iterable[str], counts: Mapping[str, Longs], threads: int = 1) -> dict[str, Longs]:
    """Return the blocking keys per record: stable hashes of values, and what is derived from them (negative: none).

    `counts` says how often each code of a feature occurred in training: it decides which of a record's names is rarest.
    """
    have = set(features_present)
    present = {name: f for name, f in records.features.items() if name in have}

    def of(name: str, key_of_value: Longs) -> Longs:
        codes = present[name].codes
        return np.where(codes >= 0, np.take(key_of_value, codes, mode="clip"), -1) if len(key_of_value) else np.full(len(codes), -1)

    with ThreadPoolExecutor(threads) as pool:
        got = dict(zip(present, pool.map(lambda n: of(n, records.values[present[n].dictionary].key), present), strict=True))
    if "birth" in got:
        got["birth year"] = of("birth", records.numbers["birth"] >> 16)
    parts = [n for n in ("given", "surname", "middle") if n in got]
    if len(parts) >= 2:
        got["names"] = _unordered(got[parts[0]], got[parts[1]])
        if len(parts) == 3:
            got["rarest names"], got["rarest name"] = _rarest(records, parts, got, counts)
    if parts:
        sound = soundex(records.values["name"].matrix).astype(np.int64)
        got |= {f"sound of {n}": of(n, np.where(sound > 0, sound, -1)) for n in parts if n != "middle"}
    return got


def _unordered(a: Longs, b: Longs) -> Longs:
    return np.where((a >= 0) & (b >= 0), combine([np.minimum(a, b), np.maximum(a, b)]), -1)


def _rarest(
    records: Records, parts: Sequence[str], got: Mapping[str, Longs], counts: Mapping[str, Longs]
) -> tuple[Longs, Longs]:
    """Return (pair of the two rarest name parts, the rarest one), by how many records hold them as any part."""
    total = np.sum([counts[p] for p in parts], axis=0)
    codes = np.stack([records.features[p].codes for p in parts])
    stable = np.stack([got[p] for p in parts])
    rows = np.where(codes >= 0, total[np.maximum(codes, 0)] if len(total) else 0, np.iinfo(np.int64).max)
    order = np.lexsort((stable, rows), axis=0)
    ranked = np.take_along_axis(stable, order, axis=0)
    first, second = ranked[0], ranked[1]
    return _unordered(first, second), first


_FEATURES_OF = {
    "names": ("given", "surname"), "rarest names": ("given", "surname", "middle"), "rarest name": ("given", "surname", "middle"),
    "birth year": ("birth",), "sound of given": ("given",), "sound of surname": ("surname",), "district": ("postcode", "district"),
    "postcode": ("postcode", "district"), "email": ("email", "user"), "user": ("email", "user"),
}

_RULES: tuple[tuple[str, ...], ...] = (
    ("email",), ("phone",), ("user",), ("names",), ("rarest names",),
    ("surname", "birth"), ("given", "birth"), ("surname", "postcode"), ("given", "postcode"), ("surname", "street"),
    ("given", "street"), ("surname", "city"), ("given", "city"), ("birth", "city"), ("birth", "postcode"), ("birth", "street"),
    ("postcode", "street", "number"), ("given", "street", "number"), ("surname", "district"),
    ("sound of surname", "sound of given"), ("sound of surname", "sound of given", "birth year"),
    ("sound of surname", "sound of given", "city"), ("sound of surname", "sound of given", "postcode"),
    ("rarest name", "birth year"), ("rarest name", "city"), ("rarest name", "postcode"), ("birth",),
)


def rules(
    records: Records, have: Mapping[str, Longs], options: LinkOptions, follows: Mapping[str, str]
) -> tuple[Rule, ...]:
    """Return the blocking rules: the user's own, else every pair of keys that is filled often enough and tight enough.

    A rule is too loose when chance alone gives each record more than `options.loose` partners; where the file is large,
    loose rules go and their tighter companions (the same keys and a birth year or a place) stay.
    """
    if options.rules:
        return tuple(_rule(r, options) for r in options.rules)
    listed: list[tuple[str, ...]] = [(name,) for name in sorted(have) if name.startswith("id:")]
    listed += _RULES
    for name in sorted(have):
        if name.startswith("text:"):
            listed += [(name,)]
        if name.startswith("category:") and np.count_nonzero(records.features[name].counts) >= 100:
            listed += [(name, other) for other in ("birth", "postcode", "surname") if other in have] + [(name, "given", "city")]
    floor = max(2, 0.005 * len(records))
    filled = functools.cache(lambda k: have[k] >= 0)
    chance = functools.cache(lambda k: _chance(records, k, have[k]))
    chosen: list[Rule] = []
    for r in listed:
        if any(k not in have or k in follows for k in r) or np.logical_and.reduce([filled(k) for k in r]).sum() < floor:
            continue
        if len(r) == 1 and (r[0] in _ALWAYS or r[0].startswith("id:")):
            partners = 0.0
        elif len(r) == 1 and r[0] in records.features:
            partners = _capped_partners(records.features[r[0]].counts, options.cap)
        else:
            partners = len(records) / 2 * float(np.prod([chance(k) for k in r]))
        if partners <= max(options.loose, AFFORDABLE / len(records)) and not _tighter(r, chosen, have):
            chosen.append(_without_namesakes(_rule(r, options), have, options))
    return tuple(chosen[:60])


AFFORDABLE = 1_000_000
"""Pairs that any rule may propose by chance, whatever the number of records."""
COVERED = 0.95
"""Share of the records with a street that must have a postcode, for a rule on the street to add only pairs of strangers."""
_ALWAYS = frozenset({"email", "phone", "user", "names"})


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
    if held.max() < 1 << 20:  # sounds, years
        rows = np.bincount(held)
    else:
        held.sort()
        rows = np.diff(np.flatnonzero(np.concatenate([[True], held[1:] != held[:-1], [True]])))
    share = rows / len(key)
    return float((share * share).sum())


def _rule(names_of_keys: tuple[str, ...], options: LinkOptions) -> Rule:
    strong = len(names_of_keys) == 1 and (names_of_keys[0] in {"email", "phone"} or names_of_keys[0].startswith("id:"))
    used = frozenset(f for k in names_of_keys for f in _FEATURES_OF.get(k, (k,)))
    return Rule(names_of_keys, options.identifier_cap if strong else options.cap, used)


def _without_namesakes(rule: Rule, have: Mapping[str, Longs], options: LinkOptions) -> Rule:
    """Return a rule on names alone with a cap so low that it proposes what a rule may; never below `namesake_cap`."""
    if not rule.fields <= {"given", "surname", "middle"}:
        return rule
    size = np.bincount(blocks([have[k] for k in rule.keys]).size)
    pairs = np.cumsum(size * np.arange(len(size)) * (np.arange(len(size)) - 1) // 2)
    fitting = int(np.searchsorted(pairs, max(options.loose * len(have[rule.keys[0]]), AFFORDABLE), side="right")) - 1
    return replace(rule, cap=min(rule.cap, max(fitting, options.namesake_cap)))


def _tighter(rule: Sequence[str], chosen: Sequence[Rule], have: Mapping[str, Longs]) -> bool:
    """Return whether another rule asks for the postcode instead of the street, and hardly a record has only the street."""
    twin = tuple("postcode" if k == "street" else k for k in rule)
    if "street" not in rule or twin not in [r.keys for r in chosen]:
        return False
    street = have["street"] >= 0
    return bool((have["postcode"][street] >= 0).mean() >= COVERED)

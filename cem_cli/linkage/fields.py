"""From columns and their kinds to features and comparisons: what is compared follows from what is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cem_cli.base.sql import quote
from cem_cli.engines.duck import Connection
from cem_cli.linkage.compare import contact, dates, names, other, patterns, place
from cem_cli.linkage.compare.base import Comparison, only_without
from cem_cli.linkage.derive import cleaning as d
from cem_cli.linkage.derive import coded
from cem_cli.linkage.derive import things as o
from cem_cli.linkage.derive.cells import FeatureSpec
from cem_cli.linkage.derive.contacts import contact_features
from cem_cli.linkage.derive.dates import birth_sql, date_sql
from cem_cli.linkage.derive.numbered import Place, number_sql, with_numbers
from cem_cli.linkage.derive.texts import KINDS as WORDED
from cem_cli.linkage.derive.texts import Texts, find_texts
from cem_cli.linkage.records import Feature, Records

COMMON = 0.25
"""Probability that two random records share a value of a category above which the category says too little."""
LADDERS = 3
"""Comparisons from which some may be known of one by the others."""
NAMING = {"model": other.SAME_MODEL, "figures": other.SAME_FIGURES}
"""Features that tell things apart whatever else agrees, and the levels from which they agree."""
FULL = 0.8
"""Share of the records that have a name, where one column is the name."""
IDENTIFIERS = ("tax_code", "vat_number", "loyalty_card", "external_id", "url")
NUMBERS = ("integer", "amount", "quantity")

USED_KINDS = frozenset({
    "given_name", "middle_name", "surname", "full_name", "birth_date", "birth_year", "birth_month", "birth_day", "sex",
    "email", "phone", "street", "house_number", "address", "city", "postcode", *IDENTIFIERS, *WORDED, *NUMBERS, "date",
})
"""Kinds that linkage looks at; columns of other kinds (timestamps, row ids) say nothing about who it is."""


PERSONAL = frozenset({"given", "surname", "birth", "email"})
"""Features of people, in whose files no text is a product's."""


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
    birth, numbers_of_persons = with_numbers(con, table, columns.by_kind.get("external_id", ()), birth_sql(con, table, kinds))
    if birth:
        specs.append(FeatureSpec("birth", birth, text=False))
    specs += contact_features(con, table, columns.by_kind) + _place_features(columns)
    if codes := columns.by_kind.get("tax_code"):
        specs += coded.letters(codes, specs)
    texts = find_texts(con, table, kinds) if PERSONAL.isdisjoint(s.name for s in specs) else Texts()
    named = [(c, kind) for kind in IDENTIFIERS for c in columns.by_kind.get(kind, ()) if c not in texts.models.columns]
    specs += [_identifier(c, kind, numbers_of_persons.get(c, ())) for c, kind in named]
    specs += texts.features(kinds)
    numbers = [c for kind in NUMBERS for c in columns.by_kind.get(kind, ())]
    specs += [FeatureSpec(f"number:{c}", o.number_sql(quote(c), fine=o.is_fine(con, table, c)), text=False) for c in numbers]
    dates = columns.by_kind.get("date", ())
    specs += [FeatureSpec(f"number:{c}", o.day_sql(date_sql(con, table, c)), text=False) for c in dates]
    return specs


def _identifier(column: str, kind: str, places: Sequence[Place]) -> FeatureSpec:
    helper = f"bare {column}"
    code = {"url": o.web_sql, "vat_number": o.vat_sql}.get(kind, str)(quote(column))
    bare = number_sql(quote(helper), places)
    return FeatureSpec(f"id:{column}", d.identifier_sql(bare), text=True, helpers=((helper, d.bare_sql(code)),))


_NOBODYS = "NULL::VARCHAR"


def _name_features(columns: Columns) -> list[FeatureSpec]:
    given, surname, middle = columns.first("given_name"), columns.first("surname"), columns.first("middle_name")
    full = columns.first("full_name")
    if (given and surname) or (full and (given or surname)):
        return _parted_names(given or _NOBODYS, surname or _NOBODYS, middle, full)
    if full:
        return _whole_name(full)
    if given or surname:
        return [_name("given" if given else "surname", given or surname or "")]
    return []


def _name(feature: str, column_sql: str, expr: str = "{name}") -> FeatureSpec:
    """Return a name feature; `expr` is SQL in which {name} stands for the cleaned name."""
    cleaned = expr.replace("{name}", quote(f"clean {feature}"))
    return FeatureSpec(feature, d.joined_sql(cleaned), text=True, dictionary="name", helpers=_cleaned(feature, column_sql))


def _cleaned(what: str, column_sql: str) -> tuple[tuple[str, str], ...]:
    """Return helpers of a name column: `plain`, `bare` (no word for a generation), `untitled` and `clean`, each with `what` behind it."""
    plain, bare, untitled = (f"{how} {what}" for how in ("plain", "bare", "untitled"))
    return (
        (plain, d.plain_name_sql(column_sql)), (bare, d.ungenerated_sql(quote(plain))), (untitled, d.untitled_sql(quote(bare))),
        (f"clean {what}", d.name_sql(quote(untitled), quote(bare))),
    )


def _generation(feature: str, column_sql: str, *names: str) -> FeatureSpec:
    """Return a feature that tells father and son apart, out of the words after the names."""
    told = ", ".join((*(d.generation_sql(quote(f"plain {name}")) for name in names), "NULL"))
    return FeatureSpec(feature, f"coalesce({told})", text=False, dictionary="generation", helpers=_cleaned(names[0], column_sql))


def _parted_names(given: str, surname: str, middle: str | None, full: str | None) -> list[FeatureSpec]:
    """Return given name and surname from their columns; where a record has only a full name, from that."""
    if not full:
        own = (_generation("given generation", given, "given"), _generation("generation", surname, "surname"))
        return [_name("given", given), _name("surname", surname), *([_name("middle", middle)] if middle else []), *own]
    *parts, _ = _whole_name(full)
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
    generation = _generation("generation", d.unhyphened_sql(full), "full", "before", "given", "surname")
    return [*specs, generation, *(FeatureSpec("", "", text=False, helpers=p.helpers) for p in parts)]


def _whole_name(full: str) -> list[FeatureSpec]:
    """Return name parts of a full name: `Surname, Given` by the comma, else first word, last word, and what is between."""
    words, whole = quote("words full"), _cleaned("full", d.unhyphened_sql(full))
    bare = quote(whole[1][0])
    comma = f"contains({bare}, ',')"
    before, after = quote("clean before"), quote("clean after")
    parts = (
        (*whole, ("words full", f"string_split({d.particles_sql(quote('clean full'))}, ' ')")),
        (*whole[:2], *_cleaned("before", f"split_part({bare}, ',', 1)")), (*whole[:2], *_cleaned("after", f"split_part({bare}, ',', 2)")),
    )
    middle = f"nullif(left(array_to_string({words}[2:-2], ''), {d.WIDTH}), '')"
    given = f"CASE WHEN {comma} THEN {d.joined_sql(after)} WHEN len({words}) > 1 THEN left({words}[1], {d.WIDTH}) END"
    surname = f"CASE WHEN {comma} THEN {d.joined_sql(before)} ELSE left({words}[-1], {d.WIDTH}) END"
    between = f"CASE WHEN NOT {comma} AND len({words}) > 2 THEN {middle} END"
    named = (("given", given), ("surname", surname), ("middle", between))
    return [
        *(FeatureSpec(n, sql, text=True, dictionary="name", helpers=h) for (n, sql), h in zip(named, parts, strict=True)),
        _generation("generation", d.unhyphened_sql(full), "full", "before"),
    ]


def _place_features(columns: Columns) -> list[FeatureSpec]:
    specs = []
    street, number, address = columns.first("street"), columns.first("house_number"), columns.first("address")
    addresses = [quote(c) for c in columns.by_kind.get("address", ())]
    if address and not street:
        words = ("words address", d.words_sql(address))
        text = d.plain_text_sql(quote(words[0]), d.TEXT_WIDTH)
        specs.append(FeatureSpec("address", text, text=True, helpers=(words,), width=d.TEXT_WIDTH))
    if street:
        street = f"coalesce({street}, {d.address_street_sql(address)})" if address else street
        words = ("words street", d.letters_sql(street))
        specs.append(FeatureSpec("street", d.street_sql(quote(words[0])), text=True, helpers=(words,)))
    if street or number:
        specs.append(FeatureSpec("number", d.house_number_sql(number or street or ""), text=True))
    if city := columns.first("city"):
        town = f"coalesce({', '.join([city, *map(d.address_town_sql, addresses)])})" if addresses else city
        words = ("words city", d.place_words_sql(town))
        specs.append(FeatureSpec("city", d.plain_text_sql(quote(words[0])), text=True, helpers=(words,)))
    if postcode := columns.first("postcode"):
        whole = f"coalesce({', '.join([postcode, *map(d.address_postcode_sql, addresses)])})" if addresses else postcode
        bare = ("bare postcode", d.bare_sql(whole))
        code = ("clean postcode", d.identifier_sql(quote(bare[0])))
        name = quote(code[0])
        specs += [
            FeatureSpec("postcode", name, text=True, helpers=(bare, code)),
            FeatureSpec("district", d.outer_postcode_sql(name), text=True, helpers=(bare, code)),
        ]
    if sex := columns.first("sex"):
        told = ", ".join([d.sex_sql(sex), *coded.sexes_sql(columns.by_kind.get("tax_code", ()))])
        specs.append(FeatureSpec("sex", f"coalesce({told}, NULL)", text=True))
    return specs


_FIXED = (
    names.GIVEN_NAME, names.SURNAME_ONLY, names.SWAPPED, names.MIDDLE_NAME, names.CODED_NAME, dates.BIRTH_DATE, contact.EMAIL_ADDRESS,
    contact.PHONE, place.STREET, place.HOUSE_NUMBER, place.CITY, place.POSTCODE, other.WHOLE_ADDRESS, place.SEX,
)


def comparisons(features_present: Iterable[str], follows: Mapping[str, str] | None = None) -> tuple[Comparison, ...]:
    """Return the comparisons that the given features allow; `follows`: feature -> feature from which it follows."""
    have, follows = set(features_present), follows or {}
    fixed = [c for c in _FIXED if all(f in have for f in c.features)]
    chosen = [only_without(c, follows[c.features[0]]) if c.features[0] in follows else c for c in fixed]
    for name in sorted(have):
        kind, _, column = name.partition(":")
        if column:
            make = {"id": other.identifier, "category": other.category, "text": other.text, "number": other.number,
                    "model": other.model, "figures": other.figures, "form": other.legal_form}[kind]
            made = make(name, column)
            chosen.append(only_without(made, follows[name]) if name in follows else made)
    return tuple(chosen)


def packable(comparisons: Sequence[Comparison], records: Records) -> tuple[Comparison, ...]:
    """Return as many comparisons as one packed pattern holds; of columns of unknown meaning the fullest stay."""

    def rank(c: Comparison) -> tuple[bool, int]:
        return ":" in c.features[0], -records.features[c.features[0]].filled

    kept, room = set(), patterns.LARGEST
    for c in sorted(comparisons, key=rank):
        if len(c.labels) <= room:
            kept.add(c.name)
            room //= len(c.labels)
    return tuple(c for c in comparisons if c.name in kept)


def named(comparisons: Sequence[Comparison], records: Records) -> tuple[Comparison, ...]:
    """Return the comparisons, of things those marked as their own that name them: model and figures, else their most telling text.

    What agrees in everything but its name (songs of one album, vintages of one wine) is related, not the same.
    """
    kinds = [c.features[0].partition(":") for c in comparisons]
    if len({column for *_, column in kinds}) < LADDERS or any(not column for *_, column in kinds):
        return tuple(comparisons)
    if any(kind in NAMING for kind, *_ in kinds):
        return tuple(replace(c, own=NAMING.get(kind, 0)) for c, (kind, *_) in zip(comparisons, kinds, strict=True))
    texts = [c for c in comparisons if c.features[0].startswith("text:") and records.features[c.features[0]].filled >= FULL * len(records)]
    name = min(texts, key=lambda c: (records.features[c.features[0]].chance, c.name), default=None)
    return tuple(replace(c, own=other.SHARED) if c is name else c for c in comparisons)


def _near_again(records: Records, numbers: Feature) -> bool:
    """Return whether some number occurs twice, or another one is near it."""
    if numbers.counts.max() > 1 or ":" not in numbers.name:
        return bool(numbers.counts.max() > 1)
    return bool((np.diff(np.sort(records.numbers[numbers.name][numbers.counts > 0])) < other.ONE).any())


def useful(records: Records) -> dict[str, str]:
    """Return per feature why it is of no use, or ``''``: nothing repeats, one value, or so few values that all share them."""
    verdict = {}
    for name, f in records.features.items():
        kind = name.partition(":")[0]
        if f.filled < 2:
            verdict[name] = "fewer than two values"
        elif name in coded.LETTERS and not names.is_short(records).any():
            verdict[name] = "the names are always there"
        elif np.count_nonzero(f.counts) < 2:
            verdict[name] = "one value only"
        elif (kind in {"id", "category", "form"} and f.counts.max() < 2) or (kind == "number" and not _near_again(records, f)):
            verdict[name] = "no value occurs twice"
        elif kind == "category" and f.chance > COMMON:
            verdict[name] = "too few different values to tell records apart"
        else:
            verdict[name] = ""
    return verdict

"""Survivorship rules: which record's value a field takes, said per field and checked before anything runs.

Reads and writes no table.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cem_cli.base.errors import CemError, did_you_mean
from cem_cli.profiles.strategies import STRATEGIES

FIELDS = (
    "title", "given_name", "middle_name", "surname", "full_name", "sex", "birth_date", "email", "phone", "street",
    "house_number", "city", "postcode", "province", "country", "tax_code", "company", "language",
)
"""Fields with one value; all are text but `birth_date` (DATE)."""

LISTS = {"emails": "email", "phones": "phone", "loyalty_cards": "loyalty_card"}
"""Fields with all values (strategy `aggregate`) -> the identifier kind they collect."""


@dataclass(frozen=True)
class SourceTrust:
    """How far a source is believed, and whether it is somebody else's."""

    name: str
    trust: int
    """Higher is believed more."""
    third_party: bool = False


@dataclass(frozen=True)
class SurvivorshipRule:
    """How one field's value is chosen among a customer's records."""

    field: str
    strategy: str
    sources: tuple[str, ...] = ()
    """For `source_priority`: sources in order, the others after them by trust; none named = by trust alone."""
    follow: str | None = None
    """For `follow_winner`: the field whose winning record gives this one too, empty or not."""


@dataclass(frozen=True)
class Group:
    """A field and those that follow it: all values come from one record."""

    rule: SurvivorshipRule
    fields: tuple[str, ...]
    """The leading field first."""


_ADDRESS = ("house_number", "city", "postcode", "province", "country")
DEFAULT_RULES: tuple[SurvivorshipRule, ...] = (
    *(SurvivorshipRule(f, "most_frequent") for f in ("given_name", "surname", "sex", "birth_date")),
    SurvivorshipRule("full_name", "composed"),
    *(SurvivorshipRule(f, "most_recent") for f in ("title", "middle_name", "email", "phone", "street", "language")),
    *(SurvivorshipRule(f, "follow_winner", follow="street") for f in _ADDRESS),
    SurvivorshipRule("tax_code", "source_priority"),
    SurvivorshipRule("company", "most_complete"),
    *(SurvivorshipRule(f, "aggregate") for f in LISTS),
)
"""Names and birth dates by majority (a typing error is seldom made twice), contacts by recency, an address as a whole."""


def complete_rules(given: Iterable[SurvivorshipRule]) -> dict[str, SurvivorshipRule]:
    """Return one rule per field, `given` over the defaults. Raises CemError for a rule that cannot be followed."""
    rules = {rule.field: rule for rule in DEFAULT_RULES}
    for rule in given:
        _check(rule)
        rules[rule.field] = rule
    for rule in rules.values():
        if rule.follow and rules[rule.follow].strategy == "follow_winner":
            raise _unusable(rule, f"'{rule.follow}' itself follows another field", f"follow '{rules[rule.follow].follow}'")
    return rules


def groups(rules: dict[str, SurvivorshipRule]) -> list[Group]:
    """Return the fields with one value, grouped with those that follow them, in the order of `FIELDS`."""
    return [
        Group(rules[field], (field, *(f for f in FIELDS if rules[f].follow == field)))
        for field in FIELDS
        if rules[field].strategy != "follow_winner"
    ]


@dataclass(frozen=True)
class Plan:
    """Everything survivorship needs to know: checked rules, their groups, and the sources' trust."""

    rules: dict[str, SurvivorshipRule]
    groups: tuple[Group, ...]
    sources: tuple[SourceTrust, ...]


def make_plan(rules: Iterable[SurvivorshipRule], sources: Iterable[SourceTrust]) -> Plan:
    """Return the plan for `rules` over the defaults. Raises CemError for a rule that cannot be followed."""
    complete = complete_rules(rules)
    return Plan(complete, tuple(groups(complete)), tuple(sources))


def _check(rule: SurvivorshipRule) -> None:
    known = (*FIELDS, *LISTS)
    if rule.field not in known:
        raise _unusable(rule, f"no field is called '{rule.field}'; {did_you_mean(rule.field, known)}", "name a profile field")
    strategies = ("aggregate",) if rule.field in LISTS else tuple(s for s in (*STRATEGIES, "follow_winner") if s != "composed")
    if rule.field == "full_name":
        strategies = (*strategies, "composed")
    if rule.strategy not in strategies:
        close = did_you_mean(rule.strategy, strategies)
        raise _unusable(rule, f"'{rule.strategy}' is not a strategy for it; {close}", "name one of these strategies")
    if (rule.strategy == "follow_winner") != (rule.follow is not None):
        raise _unusable(rule, "`follow` and the strategy follow_winner need each other", "give both or neither")
    if rule.follow is not None and (rule.follow not in FIELDS or rule.follow == rule.field):
        raise _unusable(rule, f"it cannot follow '{rule.follow}'; {did_you_mean(rule.follow, FIELDS)}", "follow another field")
    if rule.sources and rule.strategy != "source_priority":
        raise _unusable(rule, "`sources` belongs to source_priority", "use the strategy source_priority")


def _unusable(rule: SurvivorshipRule, why: str, fix: str) -> CemError:
    return CemError("E-SURVIVORSHIP", "the survivorship rule cannot be followed", where=f"survivorship.yaml: {rule.field}",
                    why=why, fix=fix)

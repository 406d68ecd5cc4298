"""Every effect planted in the sample company, in one place: small enough to need statistics, each with its decoy.

Names of stores, regions, products and weeks are fixed, so that a result can be compared with them; `planted.json`
repeats this file for evaluation. Rates are probabilities unless a unit is given.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Delivery:
    """A region where parcels take longer; the decoy region orders as much and is as quick as the rest."""

    slow_region: str = "Puglia"
    decoy_region: str = "Sicilia"
    extra_days: float = 1.8
    decoy_extra_days: float = 0.15
    usual_days: float = 2.9
    promised_days: int = 5
    """A parcel later than this is a bad moment."""


@dataclass(frozen=True)
class Checkout:
    """A week in which the web shop's checkout fails; the decoy week is only busy."""

    broken_week: str = "2026-03-09"
    busy_week: str = "2025-11-24"
    broken_failure: float = 0.45
    usual_failure: float = 0.05
    busy_pull: float = 0.40
    """Share of the purchases three weeks around the busy week that move into it."""


@dataclass(frozen=True)
class Stores:
    """A store where visits go wrong more often; the decoy store is the one with most visits."""

    unhappy_store: str = "S07"
    decoy_store: str = "S01"
    usual_bad: float = 0.09
    unhappy_bad: float = 0.28
    decoy_volume: float = 2.5


@dataclass(frozen=True)
class Products:
    """A product that comes back; the decoy sells most and is returned like all others. Cross-sold pairs; the decoy
    pair is two popular products that meet only by popularity.
    """

    returned_sku: str = "SKU-1049"
    decoy_sku: str = "SKU-1010"
    usual_return: float = 0.05
    high_return: float = 0.22
    pairs: tuple[tuple[str, str], ...] = (("SKU-1040", "SKU-1041"), ("SKU-1051", "SKU-1052"))
    decoy_pair: tuple[str, str] = ("SKU-1010", "SKU-1017")
    companion: float = 0.28
    """Chance that a basket with the first of a pair also gets the second."""
    popularity: float = 4.0
    """How much more often decoys are drawn than an average product."""


@dataclass(frozen=True)
class Feeling:
    """Latent feeling of a moment, in standard deviations: the person's mood, less a bad moment, plus a recovery."""

    mood: float = 0.6
    noise: float = 0.7
    bad: float = -1.3
    recovery: float = 2.2
    usual: float = 0.35
    recovered_after_call: float = 0.65
    recovered_after_other: float = 0.20
    """The decoy channel is chat: used as much as the telephone, without the turn."""


@dataclass(frozen=True)
class Leaving:
    """Chance to buy never again after a purchase. The decoy are slow buyers: long gaps, the usual chance."""

    usual: float = 0.06
    after_bad: float = 0.16
    slow_buyers: float = 0.15
    slow_factor: float = 3.0


@dataclass(frozen=True)
class Drivers:
    """Weights of the satisfaction drivers on overall satisfaction (of standardised drivers; `noise` is added).

    Courtesy and personal treatment go together (correlation `halo`), and personal treatment weighs nothing: the decoy.
    """

    weights: tuple[tuple[str, float], ...] = (
        ("competence", 0.25), ("courtesy", 0.40), ("choice", 0.10), ("delivery_time", 0.35),
        ("personal_treatment", 0.0), ("integration", 0.15), ("price", 0.20),
    )
    halo: float = 0.6
    noise: float = 0.5


@dataclass(frozen=True)
class Effects:
    """All planted truths."""

    delivery: Delivery = Delivery()
    checkout: Checkout = Checkout()
    stores: Stores = Stores()
    products: Products = Products()
    feeling: Feeling = Feeling()
    leaving: Leaving = Leaving()
    drivers: Drivers = Drivers()


EFFECTS = Effects()


def effects_document() -> dict[str, object]:
    """Return the planted truths as plain data, for `planted.json`."""
    return asdict(EFFECTS)

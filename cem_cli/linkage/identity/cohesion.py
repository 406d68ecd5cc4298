"""What holds the records of one customer together: the mean of its pairs, and the worst of them.

Reads `identity`, `edge`, `join_key`, `decision`, `review`; writes nothing but temporary tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from statistics import fmean

from cem_cli.engines.duck import Connection
from cem_cli.linkage.contract import Explanation
from cem_cli.linkage.identity.evidence import evidence
from cem_cli.linkage.identity.settings import LinkSettings
from cem_cli.linkage.identity.why import Connected, connections
from cem_cli.store.lookup import resolve_customer

_CUTS_SQL = """
    SELECT DISTINCT CASE WHEN l.customer_id = $customer THEN r.customer_id ELSE l.customer_id END AS other, v.reason
    FROM cem.review v JOIN cem.identity l ON l.record_id = v.record_id_l JOIN cem.identity r ON r.record_id = v.record_id_r
    WHERE v.kind = 'cut' AND v.state = 'open' AND (l.customer_id = $customer) != (r.customer_id = $customer) ORDER BY 1, 2"""


@dataclass(frozen=True)
class Cohesion:
    """Why some records are one customer."""

    customer_id: str
    records: int
    pairs: int
    """All pairs among them."""
    compared: int
    """Pairs with a weight that is kept; the others were not proposed, or lie far below the operating point."""
    mean_weight: float | None
    """Mean weight of the pairs compared, in bits; None without any."""
    held: tuple[Connected, ...]
    """Everything between two of the records, the weakest evidence first, then identifiers and decisions."""
    worst: Explanation | None
    """Of the pair that speaks least for one person; None where no pair was compared, or no model trained."""
    cuts: tuple[tuple[str, str], ...]
    """(customer, reason) kept apart from this one by a guard and waiting in the review queue."""


def cohesion(con: Connection, settings: LinkSettings, asked: str) -> Cohesion:
    """Answer for a customer, or for the customer of a record. Raises CemError for an unknown name."""
    customer = resolve_customer(con, asked)
    records = con.execute("SELECT count(*) FROM cem.identity WHERE customer_id = ?", [customer]).fetchall()[0][0]
    held = tuple(sorted(connections(con, customer), key=lambda c: (c.weight is None, c.weight)))
    weights = [c.weight for c in held if c.weight is not None]
    found = evidence(con, settings, held[0].record_id_l, held[0].record_id_r) if weights else None
    cuts = tuple((str(other), str(reason)) for other, reason in con.execute(_CUTS_SQL, {"customer": customer}).fetchall())
    mean = round(fmean(weights), 4) if weights else None
    return Cohesion(customer, records, comb(records, 2), len(weights), mean, held, found.explanation if found else None, cuts)

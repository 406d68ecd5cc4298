"""Next product: what each customer has not bought yet, and likely would.

Definition: per customer, the product that goes best with what they own already and that they never bought.

Formula: among significant pairs (`crosssell`) whose first product the customer owns and whose second they do not, the one with
the highest confidence; then the higher lift_low, then the smaller product code. Owned = in a kept purchase.

Source: `crosssell`, `base_line`.

Units: share of baskets (confidence).

Refuses: as `crosssell`. A customer for whom no significant pair is open has no row.
"""

from __future__ import annotations

from datetime import datetime

from cem_cli.insights.measure import CUSTOMER, Column, Measure, Parameters


class CrosssellNextParameters(Parameters):
    """Settings of the next product: none."""


def select_sql(_params: CrosssellNextParameters, _as_of: datetime) -> str:
    """Return one row per customer with an open pair.

    Who owns n products has an open one among the first n pairs of each of them: no others are looked at.
    """
    return """
        WITH owned AS (
            SELECT DISTINCT l.customer_id, l.sku FROM cem.base_line l JOIN cem.base_purchase p USING (event_id)
            WHERE p.kept AND l.customer_id IS NOT NULL AND l.quantity > 0 AND l.sku IS NOT NULL),
        pair AS (
            SELECT *, row_number() OVER (ORDER BY confidence DESC, lift_low DESC, other_sku, sku) AS place,
                   row_number() OVER (PARTITION BY sku ORDER BY confidence DESC, lift_low DESC, other_sku) AS nth
            FROM cem.measure_crosssell WHERE significant),
        best AS (
            SELECT o.customer_id, min(r.place) AS place
            FROM (SELECT *, count(*) OVER (PARTITION BY customer_id) AS n FROM owned) o JOIN pair r ON r.sku = o.sku AND r.nth <= o.n
            ANTI JOIN owned had ON had.customer_id = o.customer_id AND had.sku = r.other_sku GROUP BY o.customer_id)
        SELECT customer_id, other_sku AS sku, other_name AS name, sku AS because_sku, confidence, lift FROM best JOIN pair USING (place)"""


MEASURE = Measure(
    name="crosssell_next",
    title="Next product per customer",
    doc=__doc__,
    parameters=CrosssellNextParameters,
    key=("customer_id",),
    columns=(
        CUSTOMER,
        Column("sku", "VARCHAR", "product not bought yet that goes best with what is owned"),
        Column("name", "VARCHAR", "its name"),
        Column("because_sku", "VARCHAR", "the owned product it goes with"),
        Column("confidence", "DOUBLE", "share of the owned product's baskets that hold it"),
        Column("lift", "DOUBLE", "times more often than chance"),
    ),
    select_sql=select_sql,
    needs=("crosssell",),
)

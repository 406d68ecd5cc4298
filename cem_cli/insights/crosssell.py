"""Cross-selling: which products are bought together more often than their popularity explains.

Definition: for every ordered pair of products that meet in at least `min_together` baskets, how often who buys the first also
buys the second, and whether that could be chance.

Formula: support = together / baskets; confidence = together / baskets with the first; lift = confidence / share of baskets with
the second; p = probability of meeting so often by chance (hypergeometric, one-sided: Fisher's exact test); q = p after
Benjamini and Hochberg over all pairs that met at least once; lift_low = lower end of the 90 % interval of the lift (exact
Poisson, of the meetings). `rank` orders pairs by lift_low, significant ones (q <= `max_q`) first: a popular pair has many
meetings and a lift of 1, an accidental one a high lift and a low lift_low.

Source: `base_line` of kept purchases, positive quantities; baskets with more than `max_products` products (a reseller's) are
left out, as everything meets everything in them.

Units: baskets, shares, lift (1 = chance).

Refuses: fewer than `min_baskets` baskets.
"""

from __future__ import annotations

from datetime import datetime

import numpy as np
from pydantic import Field

from cem_cli.engines.duck import Connection
from cem_cli.insights.measure import Column, Measure, Parameters, Refusal, at_least, count
from cem_cli.insights.statistics import benjamini_hochberg, store_arrays


class CrosssellParameters(Parameters):
    """Settings of cross-selling."""

    min_baskets: int = Field(100, ge=1)
    """Baskets below which nothing is said."""
    min_together: int = Field(5, ge=1)
    max_products: int = Field(100, ge=2)
    max_q: float = Field(0.05, gt=0, lt=1)
    """False discovery rate up to which a pair is called significant."""


def _items_sql(params: CrosssellParameters) -> str:
    return f"""
        SELECT DISTINCT event_id, sku FROM cem.base_line
        WHERE kind = 'purchase' AND quantity > 0 AND sku IS NOT NULL
          AND event_id IN (SELECT event_id FROM cem.base_purchase WHERE kept)
        QUALIFY count(*) OVER (PARTITION BY event_id) <= {params.max_products}"""


def gates(con: Connection, params: CrosssellParameters, _as_of: datetime) -> Refusal | None:
    """Refuse below `min_baskets` baskets."""
    baskets = count(con, f"SELECT count(DISTINCT event_id) FROM ({_items_sql(params)})")
    return at_least(baskets, params.min_baskets, "baskets with order lines")


def prepare(con: Connection, params: CrosssellParameters, _as_of: datetime) -> Refusal | None:
    """Count meetings in SQL, test them in SciPy, and leave `pair_test` (sku_a < sku_b with p, q, lift_low)."""
    from scipy.stats import chi2, hypergeom

    con.execute(f"CREATE OR REPLACE TEMP TABLE basket_item AS {_items_sql(params)}")
    con.execute("""
        CREATE OR REPLACE TEMP TABLE pair_count AS
        WITH one AS (SELECT sku, count(*) AS baskets FROM basket_item GROUP BY sku),
        met AS (SELECT a.sku AS sku_a, b.sku AS sku_b, count(*) AS together
                FROM basket_item a JOIN basket_item b ON a.event_id = b.event_id AND a.sku < b.sku GROUP BY ALL)
        SELECT sku_a, sku_b, together, a.baskets AS baskets_a, b.baskets AS baskets_b
        FROM met JOIN one a ON a.sku = sku_a JOIN one b ON b.sku = sku_b ORDER BY sku_a, sku_b""")
    baskets = count(con, "SELECT count(DISTINCT event_id) FROM basket_item")
    pair = con.execute("SELECT * FROM pair_count ORDER BY sku_a, sku_b").fetchnumpy()
    together, with_a, with_b = (np.asarray(pair[name], dtype=np.int64) for name in ("together", "baskets_a", "baskets_b"))
    p = np.asarray(hypergeom.sf(together - 1, baskets, with_a, with_b), dtype=np.float64)
    low = np.asarray(chi2.ppf(0.05, 2 * together), dtype=np.float64) / 2
    tested = {"p": p, "q": benjamini_hochberg(p), "lift_low": low * baskets / (with_a * with_b)}
    store_arrays(con, "pair_test", {"place": np.arange(1, len(p) + 1)} | tested)
    return None


def select_sql(params: CrosssellParameters, _as_of: datetime) -> str:
    """Return one row per ordered pair of products."""
    return f"""
        WITH tested AS (
            SELECT c.*, t.* EXCLUDE (place) FROM (SELECT *, row_number() OVER (ORDER BY sku_a, sku_b) AS place FROM pair_count) c
            JOIN pair_test t USING (place)),
        directed AS (
            SELECT sku_a AS sku, sku_b AS other_sku, together, baskets_a AS baskets, baskets_b AS other_baskets, p, q, lift_low
            FROM tested
            UNION ALL
            SELECT sku_b, sku_a, together, baskets_b, baskets_a, p, q, lift_low FROM tested),
        ranked AS (
            SELECT *, dense_rank() OVER (ORDER BY q > {params.max_q}, lift_low DESC, least(sku, other_sku),
                                         greatest(sku, other_sku)) AS rank,
                   (SELECT count(DISTINCT event_id) FROM basket_item) AS all_baskets
            FROM directed WHERE together >= {params.min_together})
        SELECT r.rank, r.sku, r.other_sku, a.name, b.name AS other_name, together, baskets, other_baskets,
               round(together / all_baskets, 8) AS support, round(together / baskets, 6) AS confidence,
               round(together * all_baskets / (baskets * other_baskets), 4) AS lift, round(lift_low, 4) AS lift_low,
               p, q, q <= {params.max_q} AND lift_low > 1 AS significant
        FROM ranked r LEFT JOIN cem.product a ON a.sku = r.sku LEFT JOIN cem.product b ON b.sku = r.other_sku"""


MEASURE = Measure(
    name="crosssell",
    title="Cross-selling",
    doc=__doc__,
    parameters=CrosssellParameters,
    key=("rank", "sku"),
    columns=(
        Column("rank", "BIGINT", "place of the pair, the surest first (both directions share it)"),
        Column("sku", "VARCHAR", "the first product"),
        Column("other_sku", "VARCHAR", "the product bought with it"),
        Column("name", "VARCHAR", "name of the first product"),
        Column("other_name", "VARCHAR", "name of the other product"),
        Column("together", "BIGINT", "baskets with both"),
        Column("baskets", "BIGINT", "baskets with the first"),
        Column("other_baskets", "BIGINT", "baskets with the other"),
        Column("support", "DOUBLE", "share of all baskets that hold both"),
        Column("confidence", "DOUBLE", "share of the first product's baskets that hold the other"),
        Column("lift", "DOUBLE", "times more often than chance"),
        Column("lift_low", "DOUBLE", "lower end of the lift's 90 % interval"),
        Column("p", "DOUBLE", "probability of so many meetings by chance"),
        Column("q", "DOUBLE", "the same, corrected for the number of pairs tried"),
        Column("significant", "BOOLEAN", "not by chance"),
    ),
    select_sql=select_sql,
    gates=gates,
    prepare=prepare,
)

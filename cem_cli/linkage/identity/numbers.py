"""Numbers on identity that assertions (`cem test`) and `--fail-on` may name.

Reads `identity`, `customer`, `decision`, `edge`, `meta`, `review`; each entry is a SELECT of one number.
"""

from __future__ import annotations

IDENTITY_NUMBERS: dict[str, str] = {
    "largest_customer": "SELECT coalesce(max(held), 0) FROM (SELECT count(*) AS held FROM cem.identity GROUP BY customer_id)",
    "share_merged": """
        SELECT coalesce(count(*) FILTER (held > 1) / nullif(count(*), 0), 0) FROM (
            SELECT count(*) OVER (PARTITION BY customer_id) AS held FROM cem.identity)""",
    "under_review": "SELECT count(*) FROM cem.customer WHERE retired_run IS NULL AND under_review",
    "open_cuts": "SELECT count(*) FROM cem.review WHERE state = 'open' AND kind = 'cut'",
    "precision_on_decisions": """
        SELECT coalesce(count(*) FILTER (d.kind = 'link') / nullif(count(*), 0), 1)
        FROM cem.decision d JOIN cem.edge e USING (record_id_l, record_id_r)
        WHERE d.undone_at IS NULL AND d.kind IN ('link', 'separate') AND d.who != 'cem' AND e.weight > 0""",
    "match_rate_drift": "SELECT coalesce(max(value::DOUBLE), 0) FROM cem.meta WHERE key = 'link_drift'",
}
"""Records of the largest customer; share of records that have company; customers flagged; cuts waiting for an answer; share
of pairs the model would link, among those people decided on, that they linked too; how far the match rate of the last
incremental run's records is from that of the last full run."""

"""Flow: where information is lost on its way from the files to the measures, hop by hop.

Definition: for every source and hop, how many arrived, and what became of them. Hops: import (rows of files: loaded, unchanged,
superseded, suppressed, quarantined), identity (records: of a customer, or of nobody yet), attribution (events: by identity,
login or device, or unattributed), clock (events: known, or dated after the clock), money (events with an amount that count as
revenue: counted, cancelled, or after the clock).

Formula: at every hop the outcomes add up to what arrived, which is counted on its own; `lost` marks the outcomes that go no
further. Reasons of quarantined rows are listed with their numbers.

Source: `import_file`, `quarantine`, `record`, `identity`, `event`, `event_customer`, `base_touch`, `base_purchase`.

Units: rows, records, events.

Refuses: nothing; a source that never delivered has no row.
"""

from __future__ import annotations

from datetime import datetime

from cem_cli.insights.measure import Column, Measure, Parameters


class FlowParameters(Parameters):
    """Settings of the flow: none."""


_IMPORT = """
    SELECT 'import' AS hop, source, outcome, n, lost, arrived, CASE WHEN outcome = 'quarantined' THEN reasons END AS reasons FROM (
        SELECT source, sum(rows_read) AS arrived, unnest([
                   ('loaded', sum(loaded), false), ('unchanged', sum(unchanged), false), ('superseded', sum(superseded), true),
                   ('suppressed', sum(suppressed), true), ('quarantined', sum(quarantined), true)]) AS told,
               told[1] AS outcome, told[2] AS n, told[3] AS lost
        FROM cem.import_file GROUP BY source) LEFT JOIN (
        SELECT source, string_agg(reason || ': ' || n, '; ' ORDER BY n DESC, reason) AS reasons
        FROM (SELECT source, reason, count(*) AS n FROM cem.quarantine GROUP BY source, reason) GROUP BY source) USING (source)"""

_IDENTITY = """
    SELECT 'identity' AS hop, source, CASE WHEN customer_id IS NULL THEN 'of nobody yet' ELSE 'of a customer' END AS outcome,
           count(*) AS n, customer_id IS NULL AS lost, any_value(arrived) AS arrived, NULL AS reasons
    FROM (SELECT r.source, i.customer_id, count(*) OVER (PARTITION BY r.source) AS arrived
          FROM cem.record r LEFT JOIN cem.identity i USING (record_id)) GROUP BY ALL"""

_EVENTS = """
    SELECT e.source, CASE WHEN c.event_id IS NULL THEN 'unattributed' ELSE coalesce(c.via, 'identity') END AS who,
           CASE WHEN t.event_id IS NULL THEN 'after the clock' ELSE 'known' END AS "when",
           CASE WHEN NOT coalesce(e.revenue, false) OR e.amount IS NULL THEN NULL WHEN t.event_id IS NULL THEN 'after the clock'
                WHEN p.kind = 'cancelled' THEN 'cancelled' ELSE 'counted' END AS money
    FROM cem.event e LEFT JOIN cem.event_customer c ON c.event_id = e.event_id LEFT JOIN cem.base_touch t ON t.event_id = e.event_id
    LEFT JOIN cem.base_purchase p ON p.event_id = e.event_id"""


def select_sql(_params: FlowParameters, _as_of: datetime) -> str:
    """Return one row per hop, source and outcome."""
    return f"""
        WITH {_arrivals_sql()}, event AS ({_EVENTS}),
        told AS (
            SELECT source, unnest([('attribution', who, who = 'unattributed'), ('clock', "when", "when" <> 'known'),
                                   ('money', money, money <> 'counted')]) AS hop
            FROM event)
        SELECT * FROM ({_IMPORT}) WHERE n > 0
        UNION ALL SELECT * FROM ({_IDENTITY})
        UNION ALL
        SELECT hop[1], source, hop[2], count(*), any_value(hop[3]), any_value(CASE hop[1] WHEN 'money' THEN priced ELSE events END), NULL
        FROM told JOIN arrival USING (source) WHERE hop[2] IS NOT NULL GROUP BY source, hop[1], hop[2]"""


def _arrivals_sql() -> str:
    """Events per source, counted without any join."""
    return """
        arrival AS (
            SELECT source, count(*) AS events, count(*) FILTER (WHERE revenue AND amount IS NOT NULL) AS priced
            FROM cem.event GROUP BY source)"""


MEASURE = Measure(
    name="flow",
    title="Flow: where information is lost",
    doc=__doc__,
    parameters=FlowParameters,
    key=("hop", "source", "outcome"),
    columns=(
        Column("hop", "VARCHAR", "import, identity, attribution, clock or money"),
        Column("source", "VARCHAR", "source"),
        Column("outcome", "VARCHAR", "what became of them"),
        Column("n", "BIGINT", "how many"),
        Column("lost", "BOOLEAN", "they go no further"),
        Column("arrived", "BIGINT", "how many arrived at this hop from this source"),
        Column("reasons", "VARCHAR", "why rows were quarantined, with numbers"),
    ),
    select_sql=select_sql,
    reads=("identity", "import_file", "quarantine", "record"),
)

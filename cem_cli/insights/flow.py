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
           count(*) AS n, customer_id IS NULL AS lost, sum(count(*)) OVER (PARTITION BY source)::BIGINT AS arrived, NULL AS reasons
    FROM cem.record LEFT JOIN cem.identity USING (record_id) GROUP BY source, customer_id IS NULL"""

_EVENTS = """
    WITH arrival AS (
        SELECT source, count(*) AS events, count(*) FILTER (WHERE revenue AND amount IS NOT NULL) AS priced
        FROM cem.event GROUP BY source),
    known AS (
        SELECT source, count(*) AS events, count(*) FILTER (WHERE revenue AND amount IS NOT NULL) AS priced
        FROM cem.base_touch GROUP BY source),
    void AS (SELECT source, count(*) AS events FROM cem.base_purchase WHERE kind = 'cancelled' GROUP BY source),
    counted AS (
        SELECT a.source, a.events, a.priced, coalesce(k.events, 0) AS known, coalesce(k.priced, 0) AS known_priced,
               coalesce(v.events, 0) AS cancelled
        FROM arrival a LEFT JOIN known k USING (source) LEFT JOIN void v USING (source)),
    told AS (
        SELECT source, unnest([
                   ('clock', 'known', known, false, events), ('clock', 'after the clock', events - known, true, events),
                   ('money', 'counted', known_priced - cancelled, false, priced), ('money', 'cancelled', cancelled, true, priced),
                   ('money', 'after the clock', priced - known_priced, true, priced)]) AS hop
        FROM counted)
    SELECT hop[1], source, hop[2], hop[3], hop[4], hop[5], NULL FROM told WHERE hop[3] <> 0
    UNION ALL
    SELECT 'attribution', source, outcome, n, outcome = 'unattributed', events, NULL FROM arrival JOIN (
        SELECT source, CASE WHEN c.event_id IS NULL THEN 'unattributed' ELSE coalesce(c.via, 'identity') END AS outcome, count(*) AS n
        FROM cem.event e LEFT JOIN cem.event_customer c ON c.event_id = e.event_id GROUP BY ALL) USING (source)"""
"""Events that arrived are counted without any join, and so are those that came through to the shared tables."""


def select_sql(_params: FlowParameters, _as_of: datetime) -> str:
    """Return one row per hop, source and outcome."""
    return f"SELECT * FROM ({_IMPORT}) WHERE n > 0 UNION ALL SELECT * FROM ({_IDENTITY}) UNION ALL SELECT * FROM ({_EVENTS})"


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

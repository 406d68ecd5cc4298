"""All measures, in the order they are computed and listed."""

from __future__ import annotations

from typing import Any

from cem_cli.insights import (
    basket,
    channel_mix,
    channel_models,
    churn,
    clv,
    clv_historic,
    clv_model,
    cohorts,
    completeness,
    contact,
    crosssell,
    crosssell_next,
    journey,
    kpi,
    lifecycle,
    nps,
    rfm,
    spend,
    spend_by,
    stage_history,
    ticket_history,
    tickets,
    trend,
    upsell,
)
from cem_cli.insights.measure import Measure

MEASURES: dict[str, Measure[Any]] = {
    measure.name: measure
    for measure in (
        rfm.MEASURE,
        spend.MEASURE,
        spend_by.MEASURE,
        lifecycle.MEASURE,
        contact.MEASURE,
        nps.MEASURE,
        ticket_history.MEASURE,
        tickets.MEASURE,
        completeness.MEASURE,
        basket.MEASURE,
        crosssell.MEASURE,
        crosssell_next.MEASURE,
        upsell.MEASURE,
        trend.MEASURE,
        cohorts.MEASURE,
        kpi.MEASURE,
        channel_mix.MEASURE,
        channel_models.MEASURE,
        clv_historic.MEASURE,
        clv_model.MEASURE,
        clv.MEASURE,
        churn.MEASURE,
        stage_history.MEASURE,
        journey.MEASURE,
    )
}

"""All measures, in the order they are computed and listed."""

from __future__ import annotations

from typing import Any

from cem_cli.insights import (
    completeness,
    contact,
    lifecycle,
    nps,
    rfm,
    spend,
    spend_by,
    ticket_history,
    tickets,
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
    )
}

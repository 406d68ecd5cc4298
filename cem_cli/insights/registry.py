"""All measures, in the order they are computed and listed."""

from __future__ import annotations

from typing import Any

from cem_cli.insights import rfm
from cem_cli.insights.measure import Measure

MEASURES: dict[str, Measure[Any]] = {
    measure.name: measure
    for measure in (
        rfm.MEASURE,
    )
}

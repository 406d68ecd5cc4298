"""Drivers of satisfaction: what makes customers satisfied overall, and how sure that is.

Definition: for each aspect that a survey asks about (competence, courtesy, delivery time ...), how much it weighs in the answer
on overall satisfaction, next to all others.

Formula: weight = coefficient of the regression of what stands behind the overall answer on all aspects: points of satisfaction
per point of the aspect. An answer is taken for everything that rounds to it, the best and the worst for everything beyond
(grouped data, Stewart 1983): least squares would be biased towards 0 by the ends of the scale. Its interval (90 %) allows for
several answers of one customer and for unequal noise (sandwich). importance = its share of the explained variance (Shapley
value of R squared, also called LMG: the mean of what it adds over all orders of entry), which shares the credit between
aspects that are answered alike; interval from `draws` resamples with a fixed seed. inflation = variance inflation (above 5,
the aspect is hardly told from the others: look at importance). matters = the weight is above 0, and differs from it at
5 % / number of aspects, two-sided (Bonferroni: one of many aspects looks good by chance).

Source: properties `<prefix><aspect>` and `target` of events of `types`; answers that lack any of them are left out.

Units: points per point, shares 0 to 1.

Refuses: fewer than `min_answers` complete answers, fewer than two aspects or more than twelve, answers that are all the same, a
regression that does not settle.
"""

from __future__ import annotations

from datetime import datetime

import numpy as np
import numpy.typing as npt
from pydantic import Field

from cem_cli.base.sql import literal, quote
from cem_cli.engines.duck import Connection
from cem_cli.insights.importance import Importance, relative_importance
from cem_cli.insights.measure import Column, Measure, Parameters, Refusal, at_least, texts_sql
from cem_cli.insights.scale_regression import ScaleFit, fit_scale
from cem_cli.insights.statistics import Z90, Floats, store_arrays

_MOST = 12


class DriversParameters(Parameters):
    """Settings of the drivers of satisfaction."""

    types: tuple[str, ...] = ("survey_answer",)
    prefix: str = "driver_"
    target: str = "csat"
    min_answers: int = Field(100, ge=20)
    draws: int = Field(400, ge=50)


def _aspects(con: Connection, params: DriversParameters) -> list[str]:
    rows = con.execute(f"""
        SELECT DISTINCT key FROM (SELECT unnest(json_keys(e.properties)) AS key FROM cem.base_touch t JOIN cem.event e USING (event_id)
                                  WHERE t.type IN {texts_sql(params.types)} AND e.type IN {texts_sql(params.types)})
        WHERE starts_with(key, {literal(params.prefix)}) ORDER BY key""").fetchall()
    return [key for (key,) in rows]


def _answers(con: Connection, params: DriversParameters, names: list[str]) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Return complete answers, one column per name, in order of event; and the number of who gave them (the unknown are each one)."""
    cells = ", ".join(f"try_cast(json_extract_string(e.properties, {literal('$.' + name)}) AS DOUBLE) AS {quote(name)}" for name in names)
    complete = " AND ".join(f"{quote(name)} IS NOT NULL" for name in names)
    rows = con.execute(f"""
        SELECT * EXCLUDE (event_id, who), dense_rank() OVER (ORDER BY who) - 1 AS "group"
        FROM (SELECT e.event_id, coalesce(t.customer_id, e.event_id::VARCHAR) AS who, {cells}
              FROM cem.base_touch t JOIN cem.event e USING (event_id)
              WHERE t.type IN {texts_sql(params.types)} AND e.type IN {texts_sql(params.types)})
        WHERE {complete} ORDER BY event_id""").fetchnumpy()
    answers = np.column_stack([np.asarray(rows[name], dtype=np.float64) for name in names])
    return answers, np.asarray(rows["group"], dtype=np.int64)


def prepare(con: Connection, params: DriversParameters, _as_of: datetime) -> Refusal | None:
    """Weigh the drivers into the temporary table `weighed_driver`."""
    names = _aspects(con, params)
    if not 2 <= len(names) <= _MOST:
        return Refusal(f"{len(names)} aspects are asked about, 2 to {_MOST} needed", f"map them to properties {params.prefix}NAME")
    answers, groups = _answers(con, params, [*names, params.target])
    few = at_least(len(answers), params.min_answers, "complete answers")
    if few:
        return few
    flat = [name for name, spread in zip([*names, params.target], answers.std(axis=0), strict=True) if spread == 0]
    if flat:
        return Refusal(f"all answers are the same on {', '.join(flat)}", "leave that aspect out of the mapping")
    fitted = fit_scale(answers[:, :-1], answers[:, -1], groups)
    if not fitted.converged:
        return Refusal("the regression does not settle on these answers")
    found = relative_importance(answers[:, :-1], answers[:, -1], params.draws)
    _store(con, [name.removeprefix(params.prefix) for name in names], answers, fitted, found)
    return None


def _store(con: Connection, names: list[str], answers: Floats, fitted: ScaleFit, found: Importance) -> None:
    from scipy.special import ndtr

    n = len(answers)
    doubt = 2 * ndtr(-np.abs(fitted.weight) / np.maximum(fitted.error, 1e-12))
    half = Z90 * answers[:, :-1].std(axis=0, ddof=1) / np.sqrt(n)
    mean = answers[:, :-1].mean(axis=0)
    columns = {
        "weight": fitted.weight, "weight_low": fitted.weight - Z90 * fitted.error, "weight_high": fitted.weight + Z90 * fitted.error,
        "importance": found.share, "importance_low": found.share_interval[0], "importance_high": found.share_interval[1],
        "mean": mean, "mean_low": mean - half, "mean_high": mean + half, "inflation": found.inflation,
        "explained": np.full(len(names), found.explained),
    }
    store_arrays(con, "weighed_driver", {
        "driver": np.array(names, dtype=object), "n": np.full(len(names), n), "doubt": doubt,
        **{k: np.round(v, 4) for k, v in columns.items()},
    })


def select_sql(_params: DriversParameters, _as_of: datetime) -> str:
    """Return one row per driver."""
    return "SELECT *, weight > 0 AND doubt < 0.05 / count(*) OVER () AS matters FROM weighed_driver"


MEASURE = Measure(
    name="drivers",
    title="Drivers of satisfaction",
    doc=__doc__,
    parameters=DriversParameters,
    key=("driver",),
    columns=(
        Column("driver", "VARCHAR", "aspect asked about"),
        Column("n", "BIGINT", "complete answers"),
        Column("weight", "DOUBLE", "points of satisfaction per point of the aspect, all others equal"),
        Column("weight_low", "DOUBLE", "lower end of its 90 % interval"),
        Column("weight_high", "DOUBLE", "upper end of its 90 % interval"),
        Column("matters", "BOOLEAN", "the weight is above 0, even though several aspects were tried"),
        Column("importance", "DOUBLE", "share of explained variance"),
        Column("importance_low", "DOUBLE", "lower end of its 90 % interval"),
        Column("importance_high", "DOUBLE", "upper end of its 90 % interval"),
        Column("mean", "DOUBLE", "mean answer: how well it is done"),
        Column("mean_low", "DOUBLE", "lower end of its 90 % interval"),
        Column("mean_high", "DOUBLE", "upper end of its 90 % interval"),
        Column("inflation", "DOUBLE", "variance inflation"),
        Column("explained", "DOUBLE", "R squared of all aspects together"),
    ),
    select_sql=select_sql,
    prepare=prepare,
)

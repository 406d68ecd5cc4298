"""How well do measured scores follow what was planted behind them, and how well could anything follow it?

For every score with a planted latent value: Spearman's correlation of the two, and, where the exports do not hold enough to
know the latent value, the correlation that the best possible judge reaches: Bayes' rule with the true distributions of the
sample company, applied to the same purchases that the measure saw. No measure can do better than that on average.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

import numpy as np
from scipy.stats import rankdata

from cem_cli.engines.duck import Connection
from cem_cli.insights.run import run_measures
from cem_cli.synth.dates import AS_OF, DAY
from cem_cli.synth.effects import EFFECTS
from cem_cli.synth.history import History, make_history, make_members
from cem_cli.synth.people import make_people
from cem_cli.synth.world import stream

HOLDOUT_DAYS = 180
LEAVING = 0.075
"""Mean chance to leave after a purchase, bad moments and good ones together."""
YEAR = 365


@dataclass(frozen=True)
class Score:
    """One score in one company: how it follows the latent value, and how the best judge would (None: the value is in the exports)."""

    name: str
    reached: float
    possible: float | None = None


@dataclass(frozen=True)
class Coverage:
    """How many 90 % intervals hold the truth."""

    name: str
    held: int
    of: int


def spearman(a: np.ndarray | list[float], b: np.ndarray | list[float]) -> float:
    """Return the rank correlation (0 where one of them never changes)."""
    ranks = rankdata(a), rankdata(b)
    return float(np.corrcoef(*ranks)[0, 1]) if np.ptp(ranks[0]) and np.ptp(ranks[1]) else 0.0


@dataclass(frozen=True)
class Company:
    """A measured company with what is true of it."""

    con: Connection
    data: Path
    seed: int
    people: int

    @cached_property
    def history(self) -> History:
        """Return the purchases as they were, generated again from the seed."""
        population = make_people(stream(self.seed, "people"), self.people)
        return make_history(stream(self.seed, "history"), population, make_members(stream(self.seed, "members"), population))

    @cached_property
    def person(self) -> dict[str, int]:
        """Return customer -> the person most of whose records it holds."""
        rows = self.con.execute(
            """SELECT customer_id, arg_max(entity, (n, entity)) FROM (
                   SELECT i.customer_id, t.entity, count(*) AS n FROM cem.record r JOIN cem.identity i USING (record_id)
                   JOIN read_csv($truth, all_varchar = true) t ON t.source = r.source AND t.id = r.record_key
                   WHERE t.entity LIKE 'P%' GROUP BY ALL) GROUP BY customer_id""",
            {"truth": str(self.data / "truth.csv")},
        ).fetchall()
        return {customer: int(entity[1:]) for customer, entity in rows}

    def per_person(self, query: str) -> tuple[np.ndarray, np.ndarray]:
        """Return (persons, values) of a query for customer and value, those whose customer is a buyer."""
        bought = set(self.history.purchases.who.tolist())
        rows = [(self.person[c], v) for c, v in self.con.execute(query).fetchall() if self.person.get(c) in bought]
        who, values = zip(*rows, strict=True)
        return np.array(who), np.array(values, dtype=float)

    def planted(self, name: str, column: str) -> dict[tuple[str, str], float]:
        """Return (source, id) -> a planted value."""
        with (self.data / name).open(encoding="utf-8", newline="") as lines:
            return {(row["source"], row["id"]): float(row[column]) for row in csv.DictReader(lines)}


def scores(company: Company) -> Iterator[Score]:
    """Yield every score that has a planted latent value."""
    yield _said(company, "sentiment of texts", "planted_texts.csv", "latent", """
        SELECT e.source, e.event_key, s.score FROM cem.measure_sentiment s JOIN cem.event e USING (event_id)
        WHERE s.type <> 'ticket_rating'""")
    yield _said(company, "satisfaction (NPS answers)", "planted_answers.csv", "feeling", """
        SELECT e.source, e.event_key, v.feeling FROM cem.measure_voices v JOIN cem.event e USING (event_id)
        WHERE v.type = 'nps_answer' AND v.basis = 'rating'""")
    yield _feeling_of_customers(company)
    yield _friction_of_customers(company)
    weights = dict(EFFECTS.drivers.weights)
    rows = company.con.execute("SELECT driver, weight FROM cem.measure_drivers ORDER BY driver").fetchall()
    yield Score("satisfaction drivers' weights", spearman([weights[name] for name, _ in rows], [weight for _, weight in rows]))
    yield from _of_buyers(company)


def _said(company: Company, name: str, file: str, column: str, query: str) -> Score:
    latent = company.planted(file, column)
    told = [(latent[source, key], value) for source, key, value in company.con.execute(query).fetchall() if (source, key) in latent]
    return Score(name, spearman([a for a, _ in told], [b for _, b in told]))


def _feeling_of_customers(company: Company) -> Score:
    """A customer's mean feeling against the mean of what is planted behind the same voices."""
    latent = company.planted("planted_texts.csv", "latent") | company.planted("planted_answers.csv", "feeling")
    sums: dict[str, list[float]] = {}
    rows = company.con.execute("""SELECT v.customer_id, e.source, e.event_key FROM cem.measure_voices v JOIN cem.event e USING (event_id)
                                  WHERE v.customer_id IS NOT NULL""").fetchall()
    for customer, source, key in rows:
        if (source, key) in latent:
            sums.setdefault(customer, []).append(latent[source, key])
    means = company.con.execute("SELECT customer_id, mean FROM cem.measure_sentiment_customer").fetchall()
    both = [(float(np.mean(sums[customer])), mean) for customer, mean in means if customer in sums]
    return Score("feeling of customers", spearman([a for a, _ in both], [b for _, b in both]))


def _friction_of_customers(company: Company) -> Score:
    """Slow deliveries counted per customer against those that happened to the person."""
    who, hits = company.per_person("""SELECT customer_id, sum(hits) FROM cem.measure_friction_moments
                                      WHERE kind = 'slow_delivery' AND customer_id IS NOT NULL GROUP BY customer_id""")
    made = company.history.purchases
    late = np.bincount(made.who, weights=made.web & made.bad, minlength=company.people)
    return Score("friction: slow deliveries of customers", spearman(hits, late[who]))


def _of_buyers(company: Company) -> Iterator[Score]:
    """Risk and future purchases against what is known of whoever made the purchases: true gap, hazard and last purchase."""
    made, gap = company.history.purchases, 365.25 / company.history.rate - 1
    last = np.full(company.people, -1)
    last[made.who] = np.arange(len(made))
    end = made.take(last)
    hazard = np.where(end.bad & ~end.recovered, EFFECTS.leaving.after_bad, EFFECTS.leaving.usual)
    gone = _gone(hazard, (AS_OF - end.at) / DAY - 1, gap)
    seen, best_gone, best_coming = _best_judge(company)
    for name, measure, column, truth, best in (
        ("loyalty: churn risk", "churn", "risk", gone, best_gone),
        ("value: purchases to come", "clv", "purchases", (1 - gone) * _coming(gap), best_coming),
    ):
        who, value = company.per_person(f"SELECT customer_id, {column} FROM cem.measure_{measure} ORDER BY customer_id")
        yield Score(name, spearman(value, truth[who]), spearman(best, truth[seen]))


def _gone(hazard: np.ndarray | float, silence: np.ndarray, gap: np.ndarray) -> np.ndarray:
    """Return the probability of having left, after `silence` days without a purchase of somebody who buys every `gap` days."""
    still = (1 - hazard) * np.exp(-silence / gap)
    return np.asarray(hazard / (hazard + still))


def _coming(gap: np.ndarray) -> np.ndarray:
    """Return the purchases expected within a year of somebody who has not left."""
    return np.asarray((1 - np.exp(-LEAVING * YEAR / (gap + 1))) / LEAVING)


def _best_judge(company: Company) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return persons, and their risk and purchases to come by Bayes' rule from the purchases in the workspace.

    The distribution of gaps is the generator's (`history._simulate`), as 200 equally likely values.
    """
    rng = np.random.default_rng(0)
    drawn = 116 / np.maximum(rng.gamma(1.6, 1 / 1.6, 50_000), 0.15)
    drawn *= np.where(rng.random(50_000) < EFFECTS.leaving.slow_buyers, EFFECTS.leaving.slow_factor, 1)
    gaps = np.quantile(drawn, (np.arange(200) + 0.5) / 200)
    rows = company.con.execute("""
        SELECT customer_id, count(*) - 1, epoch(max(day)) - epoch(min(day)), epoch(max(day)) FROM (
            SELECT DISTINCT customer_id, "at"::DATE AS day FROM cem.base_purchase WHERE kept AND customer_id IS NOT NULL)
        WHERE customer_id IN (SELECT customer_id FROM cem.measure_clv) GROUP BY customer_id ORDER BY customer_id""").fetchall()
    bought = set(company.history.purchases.who.tolist())
    kept = [(company.person[c], n, span, last) for c, n, span, last in rows if company.person.get(c) in bought]
    who, repeats, span, last = (np.array(column, dtype=float) for column in zip(*kept, strict=True))
    waited = np.maximum(span / DAY - repeats, 0)[:, None]
    silence = ((AS_OF - last) / DAY - 1)[:, None]
    likely = -repeats[:, None] * np.log(gaps) - waited / gaps
    weight = np.exp(likely - likely.max(axis=1, keepdims=True)) * (LEAVING + (1 - LEAVING) * np.exp(-silence / gaps))
    weight /= weight.sum(axis=1, keepdims=True)
    gone = _gone(LEAVING, silence, gaps)
    return who.astype(int), (weight * gone).sum(axis=1), (weight * (1 - gone) * _coming(gaps)).sum(axis=1)


def coverages(company: Company) -> Iterator[Coverage]:
    """Yield how many 90 % intervals hold what is true: driver weights; spend in the last half year, predicted from before it."""
    weights = dict(EFFECTS.drivers.weights)
    rows = company.con.execute("SELECT driver, weight_low, weight_high FROM cem.measure_drivers").fetchall()
    yield Coverage("driver weights", sum(low <= weights[name] <= high for name, low, high in rows), len(rows))
    then = datetime.fromtimestamp(AS_OF, UTC) - timedelta(days=HOLDOUT_DAYS)
    spent = dict(company.con.execute(
        """SELECT customer_id, sum(net)::DOUBLE FROM cem.base_purchase WHERE kept AND customer_id IS NOT NULL AND "at" > $then
           GROUP BY customer_id""", {"then": then.replace(tzinfo=None)}).fetchall())
    run_measures(company.con, ["clv"], then, {"base": {"currency": "EUR"}, "clv": {"horizon_days": HOLDOUT_DAYS, "discount": 0.0}})
    rows = company.con.execute("SELECT customer_id, low, high FROM cem.measure_clv").fetchall()
    held = sum(float(low) - 0.01 <= spent.get(customer, 0.0) <= float(high) + 0.01 for customer, low, high in rows)
    yield Coverage("lifetime value of customers", held, len(rows))

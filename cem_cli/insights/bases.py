"""The tables measures share, computed once per run: touches and purchases known at `as_of`.

Reads `event`, `event_customer`, `order_line`, `product`, `rate`. Writes

- `base_touch`: event with its customer (NULL = unattributed), nothing dated after `as_of`;
- `base_purchase`: revenue-bearing event, net of nothing: `kind` purchase, refund or cancelled; amounts in the
  project's currency; `net` = a purchase less the refunds that point to it; `kept` = a purchase not wholly refunded;
- `base_line`: order line of a purchase or refund with product category, cost and its amount in the project's currency.

What is taken for granted about events: `revenue` marks the one revenue-bearing type per purchase; a refund is a
revenue event of a type in `refund_types` (any sign) or with a negative amount, and `parent_id` names its purchase
where that is known; a `status` in `cancelled_statuses` voids the event. `conservation` shows that the sums agree; the tables
are refused where they do not.

A measure that reads properties or texts joins `event`, and asks the type of both sides: else the engine, which knows little of
tables made in the same transaction, may unpack the properties of all events.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from cem_cli.base.errors import CemError, ExitCode
from cem_cli.base.sql import Step, literal
from cem_cli.engines.duck import Connection, run_steps
from cem_cli.insights.measure import Parameters, Refusal, instant_sql, read_parameters, texts_sql


class BaseParameters(Parameters):
    """Settings under `base:` of measures.yaml."""

    currency: str | None = None
    """The project's currency; None = the only one that occurs."""
    refund_types: tuple[str, ...] = ("refund", "return")
    """Event types whose amounts are money given back."""
    cancelled_statuses: tuple[str, ...] = ("cancelled", "canceled", "voided", "failed")
    """Statuses (any case) that void a revenue event."""


@dataclass(frozen=True)
class Bases:
    """What measures must know of the shared tables."""

    currency: str | None
    """The currency of all amounts; None where events state none."""
    refusal: Refusal | None
    """Set where amounts cannot be brought to one currency."""
    settings: str
    """The parameters of the shared tables, as JSON."""


def build_bases(con: Connection, as_of: datetime, given: Mapping[str, object] | None = None, *, standing: bool = False) -> Bases:
    """Create the shared tables as known at `as_of` (unless they are `standing`), and say in which currency, or why not in one.

    Raises CemError (exit 1) where the purchases do not add up to the revenue of the events.
    """
    params = read_parameters(BaseParameters, "measures.yaml: base", given)
    currency, several = _project_currency(con, as_of, params)
    if not standing:
        run_steps(con, base_steps(params, as_of, currency))
        _check_sums(con, as_of)
    return Bases(currency, several or _missing_rates(con, currency), params.model_dump_json())


def base_steps(params: BaseParameters, as_of: datetime, currency: str | None) -> list[Step]:
    """Return the statements that create the shared tables."""
    return [
        Step("base_touch", f"CREATE OR REPLACE TABLE cem.base_touch AS {_touch_sql(as_of)}"),
        Step("base_money", f"CREATE OR REPLACE TEMP TABLE base_money AS {_money_sql(params, currency)}"),
        Step("base_line", f"CREATE OR REPLACE TABLE cem.base_line AS {_line_sql()}"),
        Step("base_purchase", f"CREATE OR REPLACE TABLE cem.base_purchase AS {_purchase_sql()}"),
        Step("drop base_money", "DROP TABLE base_money"),
    ]


def _touch_sql(as_of: datetime) -> str:
    return f"""
        SELECT e.event_id, c.customer_id, e.source, e.type, e.channel, e.store_id, e.staff_id, e.campaign_id, e.parent_id,
               e."at", e.amount, e.currency, e.status,
               coalesce(e.revenue, false) AS revenue, coalesce(e.active, false) AS active
        FROM cem.event e LEFT JOIN cem.event_customer c ON c.event_id = e.event_id
        WHERE e."at" <= {instant_sql(as_of)}"""


def _money_sql(params: BaseParameters, currency: str | None) -> str:
    """One row per revenue event: its kind, signed amount and the factor to the project's currency."""
    own = literal(currency)
    return f"""
        WITH revenue AS (
            SELECT event_id, customer_id, parent_id, source, type, channel, store_id, staff_id, campaign_id, "at", currency,
                   CASE WHEN type IN {texts_sql(params.refund_types)} THEN -abs(amount) ELSE amount END AS original,
                   CASE WHEN lower(status) IN {texts_sql(params.cancelled_statuses)} THEN 'cancelled'
                        WHEN type IN {texts_sql(params.refund_types)} OR amount < 0 THEN 'refund'
                        ELSE 'purchase' END AS kind
            FROM cem.base_touch WHERE revenue AND amount IS NOT NULL)
        SELECT r.*, CASE WHEN r.currency IS NOT DISTINCT FROM {own} THEN 1::DECIMAL(18,8) ELSE x.rate END AS factor
        FROM revenue r ASOF LEFT JOIN cem.rate x ON x.currency = r.currency AND r."at" >= x.day"""


def _line_sql() -> str:
    """Lines of a refund count negative, also where the source writes them positive."""
    return """
        WITH positive_refund AS (
            SELECT event_id FROM cem.order_line JOIN base_money USING (event_id)
            WHERE kind = 'refund' GROUP BY event_id HAVING sum(amount) > 0)
        SELECT l.line_id, l.event_id, m.customer_id, m.kind, m."at", m.channel, m.store_id, l.sku,
               coalesce(p.name, l.name) AS name, p.category, p.brand, p.cost AS unit_cost,
               (l.quantity * CASE WHEN f.event_id IS NULL THEN 1 ELSE -1 END)::DECIMAL(18,3) AS quantity,
               (l.amount * CASE WHEN f.event_id IS NULL THEN 1 ELSE -1 END * m.factor)::DECIMAL(18,2) AS amount
        FROM cem.order_line l JOIN base_money m USING (event_id) LEFT JOIN positive_refund f USING (event_id)
        LEFT JOIN cem.product p ON p.sku = l.sku
        WHERE m.kind <> 'cancelled'"""


def _purchase_sql() -> str:
    """Margin only where every line has a cost; a refund without lines takes no cost back (the goods may be lost).

    Whether a purchase was kept is judged in its own currency where its refunds share that: it needs no rate.
    """
    return """
        WITH costs AS (
            SELECT event_id, CASE WHEN count(*) = count(unit_cost) THEN sum(quantity * unit_cost) END AS cost
            FROM cem.base_line GROUP BY event_id),
        refunded AS (
            SELECT r.parent_id AS event_id, sum((r.original * r.factor)::DECIMAL(18,2)) AS amount,
                   CASE WHEN bool_and(r.currency IS NOT DISTINCT FROM m.currency) THEN sum(r.original) END AS original
            FROM base_money r JOIN base_money m ON m.event_id = r.parent_id WHERE r.kind = 'refund' GROUP BY r.parent_id),
        priced AS (
            SELECT m.*, (m.original * m.factor)::DECIMAL(18,2) AS amount,
                   CASE WHEN m.kind = 'refund' THEN coalesce(c.cost, 0) ELSE c.cost END::DECIMAL(18,2) AS cost
            FROM base_money m LEFT JOIN costs c USING (event_id))
        SELECT p.event_id, p.customer_id, p.parent_id, p.kind, p.source, p.type, p.channel, p.store_id, p.staff_id,
               p.campaign_id, p."at", p.currency, p.original, p.amount, p.cost,
               (p.amount - p.cost)::DECIMAL(18,2) AS margin,
               CASE WHEN p.kind = 'purchase' THEN p.amount + coalesce(r.amount, 0) END::DECIMAL(18,2) AS net,
               p.kind = 'purchase' AND coalesce(p.original + CASE WHEN r.event_id IS NULL THEN 0 ELSE r.original END > 0,
                                                p.amount + r.amount > 0, true) AS kept
        FROM priced p LEFT JOIN refunded r ON r.event_id = p.event_id"""


def _project_currency(con: Connection, as_of: datetime, params: BaseParameters) -> tuple[str | None, Refusal | None]:
    if params.currency:
        return params.currency, None
    found = con.execute(
        f"""SELECT DISTINCT currency FROM cem.event WHERE revenue AND amount IS NOT NULL AND "at" <= {instant_sql(as_of)}
            AND coalesce(lower(status), '') NOT IN {texts_sql(params.cancelled_statuses)} ORDER BY currency NULLS LAST"""
    ).fetchall()
    if len(found) <= 1:
        return (found[0][0] if found else None), None
    listed = ", ".join(currency or "none stated" for (currency,) in found)
    return None, Refusal(
        f"amounts are in several currencies ({listed}) and the project's currency is not named",
        "set `currency` in cem.yaml and load a rate table",
    )


def _missing_rates(con: Connection, currency: str | None) -> Refusal | None:
    missing = con.execute(
        """SELECT coalesce(currency, 'none stated'), count(*), min("at")::DATE FROM cem.base_purchase
           WHERE amount IS NULL AND kind <> 'cancelled' GROUP BY 1 ORDER BY 1"""
    ).fetchall()
    if not missing:
        return None
    listed = "; ".join(f"{events} in {foreign} from {first}" for foreign, events, first in missing)
    return Refusal(
        f"no rate to {currency or 'the project currency'} for revenue events: {listed}",
        "load a rate table that begins on or before that day",
    )


@dataclass(frozen=True)
class Reconciliation:
    """Where the revenue of one source and currency went, in its own currency: the parts add up to `total`."""

    source: str
    currency: str | None
    total: Decimal
    attributed: Decimal
    """Bought or given back by a customer, known at `as_of`."""
    unattributed: Decimal
    """The same, of nobody known."""
    cancelled: Decimal
    future: Decimal
    """Dated after `as_of`."""
    turned: Decimal
    """What turning refunds written with a positive sign changes: twice their sum, negative."""

    @property
    def adds_up(self) -> bool:
        """Return whether the parts equal the events' total to the cent."""
        parts = self.attributed + self.unattributed + self.cancelled + self.future
        return parts == self.total + self.turned


def _check_sums(con: Connection, as_of: datetime) -> None:
    astray = [part for part in conservation(con, as_of) if not part.adds_up]
    if astray:
        listed = ", ".join(f"{part.source} in {part.currency or 'no currency'}" for part in astray)
        raise CemError(
            "E-INSIGHT-SUM", "purchases do not add up to the revenue of the events", where=listed, why="this is a bug in cem",
            fix="report it with the output of cem doctor", code=ExitCode.INTERNAL,
        )


def conservation(con: Connection, as_of: datetime) -> list[Reconciliation]:
    """Return, per source and currency, how the revenue of all events splits up (after `build_bases`)."""
    rows = con.execute(f"""
        WITH split AS (
            SELECT e.source, e.currency, e.amount AS total,
                   CASE WHEN p.kind <> 'cancelled' AND p.customer_id IS NOT NULL THEN p.original ELSE 0 END AS attributed,
                   CASE WHEN p.kind <> 'cancelled' AND p.customer_id IS NULL THEN p.original ELSE 0 END AS unattributed,
                   CASE WHEN p.kind = 'cancelled' THEN p.original ELSE 0 END AS cancelled,
                   CASE WHEN e."at" <= {instant_sql(as_of)} THEN 0 ELSE e.amount END AS future,
                   coalesce(p.original - e.amount, 0) AS turned
            FROM cem.event e LEFT JOIN cem.base_purchase p USING (event_id) WHERE e.revenue AND e.amount IS NOT NULL)
        SELECT source, currency, sum(total), sum(attributed), sum(unattributed), sum(cancelled), sum(future), sum(turned)
        FROM split GROUP BY source, currency ORDER BY source, currency""").fetchall()
    return [Reconciliation(*row) for row in rows]

"""What a destination has: deliveries as intervals of runs. Reads `customer`, `export_candidate`; writes `delivery`.

`adds` are those who go out and were not there, `removes` those who were there and do not go out any more, `redirects` the
ids the destination has and that have since been merged into others.
"""

from __future__ import annotations

from cem_cli.base.sql import Step, literal
from cem_cli.engines.duck import Connection, run_steps

_GOING = "(SELECT customer_id FROM temp.export_candidate WHERE reason IS NULL)"


def _there(destination: str) -> str:
    return f"(SELECT customer_id FROM cem.delivery WHERE destination = {literal(destination)} AND left_run IS NULL)"


def adds_sql(destination: str) -> str:
    """Return the SELECT of ids that a delivery brings."""
    return f"SELECT customer_id FROM {_GOING} ANTI JOIN {_there(destination)} USING (customer_id) ORDER BY customer_id"


def removes_sql(destination: str) -> str:
    """Return the SELECT of ids that a delivery takes back."""
    return f"SELECT customer_id FROM {_there(destination)} ANTI JOIN {_GOING} USING (customer_id) ORDER BY customer_id"


def redirects_sql(destination: str) -> str:
    """Return the SELECT of (old_id, new_id) for ids of the last delivery that lead to another customer now, chains followed."""
    return f"""
        WITH RECURSIVE lead(old_id, new_id) AS (
            SELECT c.customer_id, c.redirect_to FROM cem.customer c JOIN {_there(destination)} USING (customer_id)
            WHERE c.redirect_to IS NOT NULL
            UNION SELECT l.old_id, c.redirect_to FROM lead l JOIN cem.customer c ON c.customer_id = l.new_id
            WHERE c.redirect_to IS NOT NULL)
        SELECT old_id, new_id FROM lead JOIN cem.customer c ON c.customer_id = lead.new_id
        WHERE c.redirect_to IS NULL ORDER BY old_id"""


def remember(con: Connection, destination: str, run_id: int) -> None:
    """Make the open intervals of a destination those who went out in run `run_id`, in the caller's transaction."""
    mine = "destination = $destination"
    who: dict[str, object] = {"destination": destination}
    run = who | {"run": run_id}
    run_steps(con, [
        Step("forget what entered in this very run and is out again",
             f"DELETE FROM cem.delivery WHERE {mine} AND left_run IS NULL AND entered_run = $run AND customer_id NOT IN {_GOING}", run),
        Step("take back what left in this very run and is in again",
             f"UPDATE cem.delivery SET left_run = NULL WHERE {mine} AND left_run = $run AND customer_id IN {_GOING}", run),
        Step("leave",
             f"UPDATE cem.delivery SET left_run = $run WHERE {mine} AND left_run IS NULL AND customer_id NOT IN {_GOING}", run),
        Step("enter",
             f"INSERT INTO cem.delivery SELECT $destination, customer_id, $run, NULL FROM ({adds_sql(destination)})", run),
    ])  # fmt: skip

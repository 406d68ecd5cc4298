"""Keys that the rooms note in table `meta`: what a stage saw last, by which settings it worked."""

from __future__ import annotations

from collections.abc import Mapping

from cem_cli.engines.duck import Connection


def write_meta(con: Connection, values: Mapping[str, str]) -> None:
    """Set keys of `meta`."""
    con.execute("DELETE FROM cem.meta WHERE key IN (SELECT unnest(?))", [list(values)]).fetchall()
    con.execute("INSERT INTO cem.meta SELECT unnest(?), unnest(?)", [list(values), list(values.values())]).fetchall()

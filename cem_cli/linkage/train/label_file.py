"""Labels for `cem dedupe`: a CSV file of judged pairs, in the form of `cem decide file`. Reads the view `link_people`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cem_cli.base.errors import CemError, ExitCode
from cem_cli.engines.duck import Connection
from cem_cli.linkage.contract import Labels
from cem_cli.linkage.derive.tables import read_table

KINDS = {"link": True, "separate": False}
_PAIRS_SQL = """
    SELECT lower(trim(t.kind)) AS kind, l.record_id AS l, r.record_id AS r, row_number() OVER (ORDER BY t.rowid) + 1 AS line
    FROM link_labels t LEFT JOIN link_people l ON l.source || ':' || l.link_id = trim(t.a)
    LEFT JOIN link_people r ON r.source || ':' || r.link_id = trim(t.b) ORDER BY line"""


def read_labels(con: Connection, path: Path) -> Labels:
    """Return the pairs of a file with the columns `kind` (link, separate), `a` and `b` (file stem:id). Raises CemError (exit 5)."""
    header = read_table(con, path, "link_labels").header
    missing = {"kind", "a", "b"} - set(header)
    if missing:
        raise CemError("E-LABELS-COLUMNS", "the file of labels lacks a column", where=f"{path}:1", why=", ".join(sorted(missing)),
                       fix="its header must be kind,a,b", code=ExitCode.INPUT)
    rows = con.execute(_PAIRS_SQL).fetchall()
    for kind, left, right, line in rows:
        if kind not in KINDS:
            raise CemError("E-LABELS-KIND", "unknown kind of label", where=f"{path}:{line}", why=f"known: {', '.join(KINDS)}",
                           fix="correct the column kind", code=ExitCode.INPUT)
        if left is None or right is None or left == right:
            raise CemError("E-LABELS-PAIR", "these are not two records of the files", where=f"{path}:{line}",
                           fix="name them FILE:ID (the file's name without its ending)", code=ExitCode.INPUT)
    one, other = (np.array([row[k] for row in rows], np.int64) for k in (1, 2))
    return Labels(one, other, np.array([KINDS[row[0]] for row in rows], bool))

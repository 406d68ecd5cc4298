"""What is compared, of all that could be."""

import csv

import numpy as np

from cem_cli.engines.duck import connect_memory
from cem_cli.linkage.contract import LinkInput, LinkOptions
from cem_cli.linkage.derive.files import load_files
from cem_cli.linkage.prepare import prepare

COLUMNS = [f"c{k}" for k in range(60)]


def test_wide_files_keep_the_fullest_comparisons_that_one_pattern_holds(tmp_path):
    rng = np.random.default_rng(1)
    path = tmp_path / "wide.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(("id", *COLUMNS))
        out.writerows((n, *(f"v{rng.integers(40)}" if n >= 3 * k else "" for k in range(60))) for n in range(300))
    with connect_memory() as con:
        load_files(con, [path])
        ready = prepare(con, LinkInput("link_people", dict.fromkeys(COLUMNS, "external_id")), LinkOptions())
    assert np.prod([len(c.labels) for c in ready.comparisons], dtype=object) <= 1 << 62
    assert {c.features[0] for c in ready.comparisons} == {f"id:c{k}" for k in range(31)}
    assert "there are too many" in ready.useless["id:c59"]

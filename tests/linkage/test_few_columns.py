"""Files with hardly any columns: what two columns cannot teach is known beforehand."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from cem_cli.linkage.dedupe import DedupeOptions, dedupe
from cem_cli.linkage.evaluate import Quality
from cem_cli.synth.flat import write_flat


@pytest.fixture(scope="module")
def people(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("people")
    write_flat(folder, 0, 11, 0.4, records=4000)
    return folder


def quality(people: Path, folder: Path, *columns: str) -> Quality:
    """Return the quality for the people with some of their columns."""
    with (people / "people.csv").open(encoding="utf-8", newline="") as file:
        rows = [{name: row[name] for name in ("id", *columns)} for row in csv.DictReader(file)]
    with (folder / "people.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, list(rows[0]))
        out.writeheader()
        out.writerows(rows)
    found = dedupe([folder / "people.csv"], DedupeOptions(truth=people / "truth.csv")).quality
    assert found is not None
    return found


def test_who_changed_the_phone_is_no_stranger_who_shares_an_email(people, tmp_path):
    alone, both = quality(people, tmp_path, "email"), quality(people, tmp_path, "email", "phone")
    assert both.recall > alone.recall + 0.03
    assert both.precision > 0.9


def test_parts_of_an_address_count_each_where_nobody_moves(people, tmp_path):
    found = quality(people, tmp_path, "street", "city", "postcode")
    assert found.recall > 0.3, "households, of whom the truth makes people"

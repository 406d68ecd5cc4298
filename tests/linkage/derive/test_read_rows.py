"""Reading row by row gives the records that reading by distinct values gives, whatever was read before."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cem_cli.engines.duck import connect_memory
from cem_cli.linkage.derive.read import read
from cem_cli.linkage.derive.read_rows import RowReader
from cem_cli.linkage.fields import features
from cem_cli.linkage.records import Records
from cem_cli.synth.flat import write_flat

KINDS = {"first_name": "given_name", "surname": "surname", "dob": "birth_date", "email": "email", "phone": "phone",
         "street": "street", "city": "city", "postcode": "postcode"}


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory):
    folder: Path = tmp_path_factory.mktemp("flat")
    write_flat(folder, 150, 5)
    with connect_memory(2) as opened:
        opened.execute(f"""CREATE TABLE people AS SELECT md5_number_lower(id) >> 1 AS record_id, source, {', '.join(KINDS)}
            FROM read_csv('{folder / 'people.csv'}', all_varchar = true)""").fetchall()
        opened.execute("UPDATE people SET surname = 'Đặng Łukasz ' || repeat('ß', 60) WHERE record_id % 50 = 0").fetchall()
        opened.execute("CREATE TABLE few AS SELECT * FROM people WHERE record_id % 3 = 0").fetchall()
        opened.execute("CREATE TABLE rest AS SELECT * FROM people WHERE record_id % 3 != 0").fetchall()
        opened.execute("CREATE TABLE nobody AS SELECT * FROM people WHERE false").fetchall()
        yield opened


def told(records: Records) -> dict[str, list[object]]:
    """Return all that codes stand for, per record."""
    out: dict[str, list[object]] = {"id": records.record_id.tolist(), "source": [records.sources[k] for k in records.source]}
    for name, f in records.features.items():
        values = records.values[f.dictionary]
        for nth, codes in enumerate(f.every, start=1):
            out[f"{name} {nth}"] = [(values.text(k), int(values.key[k]), int(f.counts[k])) if k >= 0 else None for k in codes]
        if f.dictionary in records.numbers:
            out[f"number {name}"] = [int(records.numbers[f.dictionary][k]) if k >= 0 else None for k in f.codes]
        missing = f.codes[f.codes < 0]
        assert len(np.unique(missing)) == len(missing) == len(f.codes) - f.filled
    return out


@pytest.mark.parametrize("tables", [("people",), ("few", "rest"), ("few", "nobody", "rest"), ("nobody", "people")])
def test_rows_read_one_table_after_the_other_are_the_records_of_one_reading(con, tables):
    specs = features(con, "people", KINDS)
    reader = RowReader()
    for table in tables:
        found = reader.read(con, table, sorted(KINDS), specs, 1)
    assert told(found) == told(read(con, "people", sorted(KINDS), specs, 2))


def test_a_second_phone_that_only_some_tables_have_is_missing_in_the_others(con):
    con.execute("CREATE TABLE more AS SELECT *, '06 1234567' AS home FROM people WHERE record_id % 3 = 0").fetchall()
    con.execute("CREATE TABLE whole AS SELECT people.*, home FROM people LEFT JOIN more USING (record_id)").fetchall()
    reader, second = RowReader(), {**KINDS, "home": "phone"}
    for table, kinds in (("rest", KINDS), ("more", second), ("nobody", KINDS)):
        found = reader.read(con, table, sorted(kinds), features(con, table, kinds), 1)
    assert told(found) == told(read(con, "whole", sorted(second), features(con, "whole", second), 2))

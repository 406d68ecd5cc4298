"""Birth dates as numbers."""

import pytest

from cem_cli.engines.duck import connect_memory
from cem_cli.linkage.derive.dates import birth_sql, date_sql


def test_a_tax_code_tells_the_birth_date_that_is_missing():
    kinds = {"born": "birth_date", "code": "tax_code"}
    with connect_memory() as con:
        con.execute("""CREATE TABLE people AS SELECT * FROM (VALUES
            (1, '1985-04-13', NULL), (2, NULL, 'rssnna85d53h501q'), (3, '1985-04-12', 'rssnna85d53h501q'), (4, NULL, 'not a code'))
            AS p(record_id, born, code)""")
        found = con.execute(f"SELECT {birth_sql(con, 'people', kinds)} FROM people ORDER BY record_id").fetchall()
    day = 1985 * 65536 + 4 * 256 + 13
    assert [value for (value,) in found] == [day, day, day - 1, None]


def test_parts_of_another_file_tell_the_birth_date_that_is_missing():
    with connect_memory() as con:
        con.execute("CREATE TABLE people (record_id BIGINT, born VARCHAR, y VARCHAR, m VARCHAR, d VARCHAR)")
        con.execute("INSERT INTO people VALUES (1, '1980-05-17', NULL, NULL, NULL), (2, NULL, '1980', '5', '17'), (3, NULL, '1980', '5', NULL), (4, NULL, NULL, NULL, NULL)")
        kinds = {"born": "birth_date", "y": "birth_year", "m": "birth_month", "d": "birth_day"}
        found = con.execute(f"SELECT {birth_sql(con, 'people', kinds)} FROM people ORDER BY record_id").fetchall()
    day = 1980 * 65536 + 5 * 256 + 17
    assert [value for value, in found] == [day, day, day - 17, None]


@pytest.mark.parametrize(
    "written",
    ["12-Nov-1980", "12 novembre 1980", "12 de noviembre de 1980", "12. November 1980", "12/11/1980 00:00", "1980.11.12",
     "1980.11.12.", "1980. 11. 12."],
)
def test_a_date_is_the_same_however_it_is_written(written):
    with connect_memory() as con:
        con.execute("CREATE TABLE people AS SELECT 1 AS record_id, lower(?) AS born UNION ALL SELECT 2, '31/12/1999'", [written])
        found = con.execute(f"SELECT {date_sql(con, 'people', 'born')} FROM people WHERE record_id = 1").fetchall()
    assert found == [(1980 * 65536 + 11 * 256 + 12,)]


@pytest.mark.parametrize(("written", "day"), [
    (["450312", "991231", "040229"], (1945, 3, 12)), (["120345", "311299", "290204"], (1945, 3, 12)), (["031245", "123199"], (1945, 3, 12)),
    (["12/03/45", "31/12/99"], (1945, 3, 12)), (["12-mar-04"], (2004, 3, 12)),
])
def test_two_digits_of_a_year_are_of_a_past_one(written, day):
    with connect_memory() as con:
        con.execute("CREATE TABLE people (record_id BIGINT, born VARCHAR)")
        con.executemany("INSERT INTO people VALUES (?, ?)", list(enumerate(written)))
        found = con.execute(f"SELECT {date_sql(con, 'people', 'born')} FROM people WHERE record_id = 0").fetchall()
    assert found == [(day[0] * 65536 + day[1] * 256 + day[2],)]

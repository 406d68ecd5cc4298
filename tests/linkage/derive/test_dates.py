"""Birth dates as numbers."""



from cem_cli.engines.duck import connect_memory
from cem_cli.linkage.derive.dates import birth_sql


def test_a_tax_code_tells_the_birth_date_that_is_missing():
    kinds = {"born": "birth_date", "code": "tax_code"}
    with connect_memory() as con:
        con.execute("""CREATE TABLE people AS SELECT * FROM (VALUES
            (1, '1985-04-13', NULL), (2, NULL, 'rssnna85d53h501q'), (3, '1985-04-12', 'rssnna85d53h501q'), (4, NULL, 'not a code'))
            AS p(record_id, born, code)""")
        found = con.execute(f"SELECT {birth_sql(con, 'people', kinds)} FROM people ORDER BY record_id").fetchall()
    day = 1985 * 65536 + 4 * 256 + 13
    assert [value for (value,) in found] == [day, day, day - 1, None]

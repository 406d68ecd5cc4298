"""Numbers of models in texts."""

from __future__ import annotations

import pytest

from cem_cli.base.sql import literal
from cem_cli.engines.duck import connect_memory
from cem_cli.linkage.derive.models import Codes, Models, find_models


@pytest.mark.parametrize(("text", "number"), [
    ("sony cyber-shot dsc-w830 20.1 mp digital camera", "w830"), ("canon powershot sx-200 is (black)", "sx200"),
    ("kingston 32gb usb3 flash drive dt101", "dt101"), ("lego 75192 falcon", "75192"), ("nikon lens 18-55mm 2nd edition", ""), ("tea", ""),
])
def test_the_number_is_the_longest_code_that_is_no_measure(text, number):
    with connect_memory() as con:
        assert con.execute(f"SELECT {Codes().longest_sql(literal(text))}").fetchall() == [(number,)]


@pytest.fixture
def con():
    with connect_memory() as con:
        con.execute("""
            CREATE TABLE shop AS
            SELECT k AS record_id, 'Drill AB-' || (100 + k) AS title, 'A fine thing no ' || k AS note, 'ab' || (100 + k) AS sku, 'S' || k AS shelf
            FROM range(50) t (k)
        """)
        yield con


def test_models_are_found_in_texts_and_in_the_columns_that_these_repeat(con):
    kinds = {"title": "text", "note": "text", "sku": "external_id", "shelf": "external_id"}
    found = find_models(con, "shop", kinds)
    assert found == Models(("title",), ("sku",))
    assert found.feature == "model:sku"
    assert find_models(con, "shop", {"note": "text", "sku": "external_id"}) == Models()


def test_codes_written_apart_by_some_are_one_word_and_those_of_every_text_name_no_model():
    with connect_memory() as con:
        con.execute("""
            CREATE TABLE shop AS SELECT k AS record_id, CASE WHEN k % 4 = 0 THEN 'DSC ' ELSE 'DSC-' END || (1000 + k // 2) || ' Shop4.com' AS title
            FROM range(100) t (k)
        """)
        found = find_models(con, "shop", {"title": "text"})
        assert found.codes == Codes(common=("shop4",), parted=("dsc",))
        longest = found.codes.longest_sql("lower(title)")
        assert con.execute(f"SELECT DISTINCT {longest} FROM shop WHERE record_id < 2").fetchall() == [("dsc1000",)]

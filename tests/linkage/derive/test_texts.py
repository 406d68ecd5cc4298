"""Words, models and figures of texts of things."""

from __future__ import annotations

import pytest

from cem_cli.base.sql import literal, quote
from cem_cli.engines.duck import connect_memory
from cem_cli.linkage.derive.cells import cleaned_sql
from cem_cli.linkage.derive.figures import figures_sql, is_figure_sql
from cem_cli.linkage.derive.models import Codes
from cem_cli.linkage.derive.texts import find_texts


@pytest.mark.parametrize(("text", "figures"), [
    ("tenuta rossi 2010 barolo (piemonte)", "2010"), ("final fantasy vii", "7"), ("part ii, vol. 10", "10 2"), ("1,5 l x24", "1.5 24"),
    ("3.0 or 3", "3"), ("1,250 pieces 007", "1250 7"), ("x i mean it", None), ("sony dsc-w830 20.1mp", "20.1"), ("ps4", None),
])
def test_figures_are_numbers_with_or_without_a_unit_and_parts_of_a_series_but_no_codes(text, figures):
    codes = Codes()
    held = f"list_filter({codes.parts_sql(literal(text))}, lambda w: {is_figure_sql('w', codes)})"
    with connect_memory() as con:
        assert con.execute(f"SELECT {figures_sql(held)}").fetchall() == [(figures,)]


def test_words_and_figures_of_the_shortest_text_that_holds_some_are_counted_apart():
    with connect_memory() as con:
        con.execute("""
            CREATE TABLE wines AS SELECT k AS record_id, 'Barolo ' || (2000 + k) || ' Riserva' AS title,
                'Grown in ' || (2000 + k) || ' on the hills, and kept in oak' AS note, 'Red' AS colour
            FROM range(30) t (k)
        """)
        kinds = {"title": "text", "note": "text", "colour": "category"}
        specs = {s.name: s for s in find_texts(con, "wines", kinds).features(kinds)}
        assert sorted(specs) == ["category:colour", "figures:title", "text:note", "text:title"]
        chosen = ", ".join(f"{specs[n].sql} AS {quote(n)}" for n in sorted(specs))
        made = con.execute(f"SELECT {chosen} FROM ({cleaned_sql(con, 'wines', list(kinds), list(specs.values()))}) WHERE record_id = 7")
        assert made.fetchall() == [("red", "2007", "grown in 2007 on the hills and kept in oak", "barolo riserva")]

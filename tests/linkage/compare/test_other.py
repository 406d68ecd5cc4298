"""Ladders of texts, whole addresses and numbers, on cells as they come."""

from dataclasses import replace

import numpy as np
import pytest

from cem_cli.engines.duck import connect_memory
from cem_cli.linkage import fields
from cem_cli.linkage.compare.other import TEXT, figures, number, text
from cem_cli.linkage.derive.read import read
from cem_cli.linkage.words import find_words, holds_words


@pytest.fixture
def level_of():
    """Return the label of the level of two cells of a kind, among eight other texts."""
    con = connect_memory(1)

    def found(kind, left, right):
        cells = [left, right, *(f"other {k} words" for k in "abcdefgh")]
        listed = ", ".join(f"({k}, 'a', $cell{k})" for k in range(len(cells)))
        con.execute(
            f"CREATE OR REPLACE TABLE t AS SELECT record_id::BIGINT AS record_id, source, c FROM (VALUES {listed}) v(record_id, source, c)",
            {f"cell{k}": c for k, c in enumerate(cells)},
        ).fetchall()
        (spec,) = fields.features(con, "t", {"c": kind})
        records = read(con, "t", ["c"], [spec], 1)
        words = {n: find_words(records.values[f.dictionary], f) for n, f in records.features.items() if holds_words(n)}
        ladder = number(spec.name, "c") if spec.name.startswith("number:") else text(spec.name, "c")
        records = replace(records, words=words)
        return ladder.labels[int(ladder.levels(records, *(np.array([k], np.int32) for k in (0, 1)))[0])]

    yield found
    con.close()


@pytest.mark.parametrize(("left", "right", "level"), [
    ("Rossi Trasporti S.r.l.", "ROSSI TRASPORTI SRL", "exact"), ("Müller GmbH & Co. KG", "Mueller", "most words, or similar"),
    ("Müller GmbH & Co. KG", "Muller", "exact"), ("Ltd", "Ltd.", "exact"), ("Rossi Trasporti", "Trasporti Rossi SpA", "nearly all words, one rare"),
    ("Rossi Trasporti", "Rosi Trasporti", "most words, or similar"), ("Rossetti", "Rosetti", "nearly all words, or very similar"), ("Rossi", "Bianchi", "different"), ("Rossi", None, "missing"),
])
def test_companies(level_of, left, right, level):
    assert level_of("company", left, right) == level


@pytest.mark.parametrize(("left", "right", "level"), [
    ("Query processing in large distributed databases", "Distributed databases: query processing in large", "nearly all words, one rare"),
    ("Query processing in large distributed databases", "Query processing in large sensor networks", "half of the words, one rare"),
    ("Query processing in large distributed databases", "Twelve ways of cooking a fish", "different"),
])
def test_titles(level_of, left, right, level):
    assert level_of("text", left, right) == level


@pytest.mark.parametrize(("kind", "left", "right", "level"), [
    ("amount", "$1,299.00", "1299", "exact"), ("amount", "€ 19,90", "19.90", "exact"), ("quantity", "70.5", "71.2", "at most one apart"),
    ("integer", "1998", "1999", "at most one apart"), ("integer", "230000", "232000", "within two percent"),
    ("integer", "230000", "230200", "within a thousandth"), ("quantity", "4:17", "258", "at most one apart"),
    ("integer", "100", "107", "within a tenth"), ("amount", "10", "90", "different"), ("amount", "call", "90", "missing"),
])
def test_numbers(level_of, kind, left, right, level):
    assert level_of(kind, left, right) == level


def test_every_level_of_a_text_is_expected_among_matches():
    ladder = text("text:c", "c")
    assert len(ladder.prior) == len(TEXT) - 1
    assert sum(ladder.prior) == pytest.approx(1)
    assert sum(number("number:c", "c").prior) == pytest.approx(1)


def test_figures_contradict_each_other_unless_one_text_holds_all_of_the_others():
    cells = ["wd 500 7200", "wd 500 5400", "wd 500", "wd 7200 500", "wd 640", "wd"] + ["wd 500"] * 8
    with connect_memory(1) as con:
        con.execute("CREATE TABLE t AS SELECT (i - 1)::BIGINT AS record_id, 'a' AS source, c FROM (SELECT unnest(?::VARCHAR[]) AS c, "
                    "generate_subscripts(?::VARCHAR[], 1) AS i)", [cells, cells])
        specs = [s for s in fields.features(con, "t", {"c": "text"}) if s.name == "figures:c"]
        records = read(con, "t", ["c"], specs, 1)
    (name,) = records.features
    records = replace(records, words={name: find_words(records.values[name], records.features[name])})
    ladder = figures(name, "c")
    level = ladder.levels(records, np.zeros(5, np.int32), np.arange(1, 6, dtype=np.int32))
    assert [ladder.labels[k] for k in level] == ["some shared", "one has all of the other's", "exact", "different", "missing"]

import pytest

from cem_cli.kinds import KINDS, Context
from cem_cli.kinds.kind import squeeze_sql


def test_squeeze_trims_collapses_and_composes(engine):
    raw = ["  a   b ", "a\tb\r\nc", "a b", "e\u0300", "zero\u200bwidth", "  ", "", None, "già"]
    assert engine.values(squeeze_sql("x"), raw) == ["a b", "a b c", "a b", "è", "zerowidth", None, None, None, "già"]


def test_squeeze_computes_a_long_expression_once():
    assert squeeze_sql("upper(x) || 'LONG'").count("LONG") == 1


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_explains_itself_and_drops_nothingness(engine, name):
    kind = KINDS[name]
    assert kind.name == name
    assert kind.title
    assert kind.note.endswith(".")
    assert kind.headers or name == "ignore"
    assert engine.clean(name, [None, "", "   ", "\t"]) == [None] * 4
    assert engine.values(kind.reason_sql("x", Context()), [None, ""]) == [None, None]


@pytest.mark.parametrize("name", ["given_name", "surname", "full_name", "city", "street", "email", "external_id", "company", "category"])
def test_junk_means_nothing_in_any_column(engine, name):
    junk = ["n/a", "N/A", " - ", "unknown", "NESSUNO", "non disponibile", "null", "xxx", "test", "#N/A", "keine Angabe"]
    assert engine.clean(name, junk) == [None] * len(junk)
    assert set(engine.values(KINDS[name].reason_sql("x", Context()), junk)) == {"junk"}


def test_headers_belong_to_one_kind():
    owners: dict[str, list[str]] = {}
    for kind in KINDS.values():
        for phrase in kind.headers:
            owners.setdefault(phrase, []).append(kind.name)
    assert {phrase: names for phrase, names in owners.items() if len(names) > 1} == {}

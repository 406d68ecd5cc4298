"""Why: the path that joins two records, or everything that stands between them (the model's words are in test_engine)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cem_cli.base.errors import CemError
from cem_cli.linkage.contract import ExplainedPart, Explanation
from cem_cli.linkage.identity import why as module
from cem_cli.linkage.identity.evidence import Evidence, Nearest
from cem_cli.linkage.identity.settings import JoinRule
from cem_cli.linkage.identity.why import Why, why


@pytest.fixture(autouse=True)
def no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """The toy's model says nothing about pairs."""
    monkeypatch.setattr(module, "evidence", lambda *_: None)


def ask(project, a: str, b: str) -> Why:
    return why(project.con, project.settings, a, b)


def test_a_path_of_evidence_identifiers_and_decisions(linked) -> None:
    linked.con.execute("INSERT INTO cem.identifier (record_id, kind, value) VALUES (3, 'loyalty_card', 'A1'), (4, 'loyalty_card', 'A1')")
    for number, word in ((3, "bbbbb"), (4, "ccccc")):
        linked.put(2, number, word)
    linked.ask("link", "crm:K2", "crm:K3")
    linked.link(2)
    found = ask(linked, "crm:K1", "crm:K5")
    assert found.together
    assert [(s.record_id_l, s.record_id_r, s.via) for s in found.path] == [
        (1, 2, "evidence"), (2, 3, "decision 1 (link)"), (3, 4, "same loyalty_card"), (4, 5, "evidence")]
    assert found.apart == ()


def test_what_kept_two_records_apart(linked) -> None:
    linked.settings = replace(linked.settings, joins={"loyalty_card": JoinRule(max_records=1), "tax_code": JoinRule(blocked=("T",))},
                              clean_sources=frozenset({"crm"}))
    for kind, value in (("loyalty_card", "A1"), ("tax_code", "T"), ("phone", "+39")):
        for number in (1, 3):
            linked.con.execute("INSERT INTO cem.identifier (record_id, kind, value) VALUES (?, ?, ?)", [number, kind, value])
    linked.put(2, 1, "aaaaa", tax_code="X")
    linked.put(2, 3, "bbbbb", tax_code="Y", kind="organisation")
    linked.ask("separate", "crm:K2", "crm:K3")
    linked.ask("link", "crm:K1", "crm:K2")
    linked.ask("freeze", linked.identity()[3])
    found = ask(linked, "crm:K1", "crm:K3")
    assert not found.together
    assert found.path == ()
    told = "\n".join(found.apart)
    for words in ("decision 2 (link) is on the way", "decision 1 (separate) is on the way", "tax codes differ", "an organisation", "declared clean",
                  "frozen", "a loyalty_card with 2 records, over the limit of 1", "a tax_code that is blocked",
                  "a phone, which does not join by itself"):
        assert words in told, words


def test_what_the_model_says(linked, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = (ExplainedPart("surname", "exact", 0.9, 0.1, 3.0, 0.0), ExplainedPart("birth date", "different", 0.1, 0.9, -7.0, 0.0))
    weak = Explanation(1, 3, parts, -8.0, -12.0, 0.0002, ())
    monkeypatch.setattr(module, "evidence", lambda *_: Evidence(weak, Nearest("surname + city", ("city",), capped=False)))
    assert ask(linked, "crm:K1", "crm:K3").apart == (
        "no blocking rule proposes this pair; nearest is 'surname + city': they differ in city",
        "the weight is too low: -12.0 where a link needs more than 0; most against it: birth date (different, -7.0)")
    strong = replace(weak, weight=3.0, rules=("surname + city",))
    monkeypatch.setattr(module, "evidence", lambda *_: Evidence(strong, None))
    assert ask(linked, "crm:K1", "crm:K3").apart == (
        "the pair alone would be linked, but the other records of the two customers speak against it on average",)


def test_customers_and_unknown_names(linked) -> None:
    identity = linked.identity()
    found = ask(linked, identity[1], identity[4])
    assert (found.record_id_l, found.record_id_r, found.together) == (1, 4, False)
    inside = ask(linked, identity[1], "crm:K2")
    assert inside.together
    with pytest.raises(CemError, match="no record with this key"):
        ask(linked, "crm:K1", "crm:K11x")

"""Every asking command answers on the demo, for people and as one JSON document, and keeps personal data to itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import Outcome
from tests.e2e.test_loop import query

pytestmark = pytest.mark.xdist_group("demo")
Cem = Callable[..., Outcome]

QUESTIONS = [
    ["status"], ["runs"], ["runs", "1"], ["find", "rossi"], ["find", "--notes", "rimborso"], ["insight", "list"], ["insight", "rfm"],
    ["segment", "list"], ["segment", "fields"], ["segment", "preview", "champions"], ["segment", "explain", "high_value_at_risk"],
    ["export", "list"], ["test"], ["doctor"], ["sql", "SELECT kind, count(*) FROM profiles GROUP BY kind ORDER BY kind"],
]


@pytest.mark.parametrize("question", QUESTIONS, ids=" ".join)
def test_answers_for_people_and_programs(demo: Path, cem: Cem, question: list[str]) -> None:
    told = cem(*question, "--project", demo)
    assert told.code == 0, told.err
    assert told.out
    assert "\x1b" not in told.out
    assert cem(*question, "--project", demo, "--json").document["status"] == "ok"


def test_show_follows_records_and_prefixes(demo: Path, cem: Cem) -> None:
    source, key, customer = query(demo, """
        SELECT source, record_key, customer_id FROM records WHERE source = 'salesforce_contacts' ORDER BY record_key LIMIT 1""")[0]
    by_key = cem("show", f"{source}:{key}", "--project", demo, "--json").document
    by_prefix = cem("show", str(customer)[:12], "--project", demo, "--json").document
    assert by_key["data"]["customer_id"] == by_prefix["data"]["customer_id"] == customer
    assert {row["field"] for row in by_key["data"]["lineage"]} <= set(by_key["data"]["profile"])


def test_find_survives_typos(demo: Path, cem: Cem) -> None:
    given, surname, customer = query(demo, """
        SELECT given_name, surname, customer_id FROM profiles
        WHERE length(given_name) > 6 AND length(surname) > 6 AND records > 3 ORDER BY customer_id LIMIT 1""")[0]
    wrong = f"{str(given)[:-2]}{str(given)[-1]} {str(surname)[0]}{str(surname)[2]}{str(surname)[1]}{str(surname)[3:]}"
    found = cem("find", wrong, "--project", demo, "--json").document["data"]["found"]
    assert customer in [row["customer"] for row in found]


MISTAKES = [
    (["show", "C000000000000ffff"], 2, "E-CUSTOMER-UNKNOWN"), (["runs", "999"], 2, "E-RUN-UNKNOWN"),
    (["insight", "rfn"], 2, "E-MEASURE-UNKNOWN"), (["segment", "preview", "champion"], 2, "E-SEGMENT"),
    (["export", "newsleter"], 2, "E-EXPORT-UNKNOWN"), (["import", "shopify_order"], 2, "E-SOURCE-UNKNOWN"),
    (["import", "nps", "nowhere.csv"], 5, "E-FILE"), (["run", "--from", "lnk"], 2, "E-STAGE"), (["sql", "SELECT * FROM profile"], 2, "E-SQL-TABLE"),
    (["sql", "COPY profiles TO '/tmp/x.csv'"], 2, "E-SQL"), (["statuss"], 2, "E-USAGE"), (["status", "--nope"], 2, "E-USAGE"),
]


@pytest.mark.parametrize(("mistake", "code", "error"), MISTAKES, ids=lambda value: " ".join(value) if isinstance(value, list) else None)
def test_mistakes_are_told_with_the_next_command(demo: Path, cem: Cem, mistake: list[str], code: int, error: str) -> None:
    told = cem(*mistake, "--project", demo, "--json")
    assert told.code == code, told.out
    document = told.document
    assert document["error"]["id"].startswith(error)
    assert document["error"]["fix"]


def test_no_project_is_told(tmp_path: Path, cem: Cem, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    told = cem("status")
    assert told.code == 10
    assert "cem init" in told.err

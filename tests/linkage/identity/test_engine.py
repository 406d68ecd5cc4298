"""The same promises with the real linkage: incremental equals full, in a small and in a blocked workspace."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cem_cli.base.errors import CemError
from cem_cli.config.project import LinkageConfig
from cem_cli.linkage.block import rules
from cem_cli.linkage.identity import engine_scoring
from cem_cli.linkage.identity import project as linking
from cem_cli.linkage.identity.cohesion import cohesion
from cem_cli.linkage.identity.project import link_project
from cem_cli.linkage.identity.settings import LinkOutcome, LinkSettings, Run
from cem_cli.linkage.identity.why import why
from cem_cli.synth.flat import write_flat

LOAD = """
    INSERT INTO cem.record (record_id, source, record_key, import_id, kind, given_name, surname, birth_date, email, phone, street, city,
                            postcode, deleted)
    SELECT md5_number_lower(id) >> 1, source, id, $import_id, 'person', first_name, surname, try_cast(dob AS DATE), email, phone,
           street, city, postcode, false
    FROM read_csv($path, all_varchar = true) WHERE id::INT > $low AND id::INT <= $high"""
SETTINGS = LinkSettings(key="k" * 32)


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("flat")
    write_flat(folder, 900, 3, households=0.4)
    return folder / "people.csv"


def link(project: Any, run: int, **flags: Any) -> LinkOutcome:
    project.con.execute("BEGIN")
    outcome = link_project(project.con, replace(SETTINGS, **flags), Run(run, project.now))
    project.con.execute("COMMIT")
    return outcome


def load(project: Any, path: Path, numbers: tuple[int, int], import_id: int) -> None:
    project.con.execute(LOAD, {"path": str(path), "low": numbers[0], "high": numbers[1], "import_id": import_id})


def load_with_further_phones(project: Any, path: Path, numbers: tuple[int, int], import_id: int) -> None:
    """Load records of which every second has a landline, too, and every third shows that one and not its own phone."""
    load(project, path, numbers, import_id)
    project.con.execute("""
        INSERT INTO cem.identifier (record_id, kind, value)
        SELECT record_id, 'phone', phone FROM cem.record WHERE import_id = $import AND phone IS NOT NULL
        UNION ALL SELECT record_id, 'email', email FROM cem.record WHERE import_id = $import AND email IS NOT NULL
        UNION ALL SELECT record_id, 'phone', '+3906' || (hash(lower(surname || given_name)) % 9000000 + 1000000) FROM cem.record
        WHERE import_id = $import AND record_key::INT % 2 = 0""", {"import": import_id})
    project.con.execute("""
        UPDATE cem.record SET phone = i.value FROM cem.identifier i WHERE i.record_id = record.record_id AND i.kind = 'phone'
        AND starts_with(i.value, '+3906') AND record.record_key::INT % 3 = 0 AND import_id = ?""", [import_id])


def live(project: Any, path: Path, size: int, load: Any = load) -> None:
    """Link `size` records, then some more, then some changed and deleted ones."""
    load(project, path, (0, size), 1)
    assert link(project, 1).mode == "full"
    load(project, path, (size, size + 80), 2)
    assert link(project, 2).mode == "incremental"
    project.con.execute("UPDATE cem.record SET import_id = 3, city = 'Roma', postcode = '00184' WHERE record_key::INT % 40 = 0")
    project.con.execute("UPDATE cem.record SET import_id = 3, deleted = true WHERE record_key::INT % 40 = 1")
    assert link(project, 3).mode == "incremental"


@pytest.mark.parametrize(("size", "small", "spared", "load"), [
    (600, 20_000, rules.SPARED, load), (2_150, 0, rules.SPARED, load), (2_150, 0, 0.0, load),
    (600, 20_000, rules.SPARED, load_with_further_phones), (2_150, 0, rules.SPARED, load_with_further_phones),
])
def test_incremental_is_full(
    project: Any, people: Path, monkeypatch: pytest.MonkeyPatch, size: int, small: int, spared: float, load: Any
) -> None:
    """Also where files are so large that some rules propose only samples (`spared` 0)."""
    monkeypatch.setattr(engine_scoring, "SMALL", small)
    monkeypatch.setattr(rules, "SPARED", spared)
    live(project, people, size, load)
    assert ("1 in 8 of" in project.rows("SELECT max(model::VARCHAR) FROM cem.match_model")[0][0]) == (spared == 0)
    tables = ("identity", "edge", "block_key")
    before = [project.rows(f"SELECT * FROM cem.{table} ORDER BY ALL") for table in tables]
    assert link(project, 4, full=True).mode == "full"
    assert [project.rows(f"SELECT * FROM cem.{table} ORDER BY ALL") for table in tables] == before
    assert bool(before[2]) == (small == 0)
    links_everything(project)
    answers_why(project)


def test_where_much_changed_everything_is_linked_because_that_is_less_work(
    project: Any, people: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linking, "LARGE", 500)
    tables = ("identity", "edge", "join_key", "connected")
    seen = "SELECT value FROM cem.meta WHERE key = 'link_seen'"
    load(project, people, (0, 600), 1)
    link(project, 1)
    learned = project.rows(seen)
    load(project, people, (600, 850), 2)
    assert link(project, 2).mode == "incremental"
    load(project, people, (850, 1300), 3)
    outcome = link(project, 3)
    assert (outcome.mode, outcome.reason) == ("full", "less work: 450 of 1300 records are new or changed")
    assert (outcome.changed, outcome.scope) == (450, 1300)
    causes = project.rows("SELECT DISTINCT cause, detail FROM cem.identity_log WHERE run_id = 3 AND act = 'created'")
    assert ("file", '{"import":3}') in causes
    assert {cause for cause, _ in causes} <= {"file", "edge"}  # a new record may part old ones
    assert project.rows(seen) == learned
    before = [project.rows(f"SELECT * FROM cem.{table} ORDER BY ALL") for table in tables]
    asked = link(project, 4, full=True)
    assert [asked.counts[act] for act in linking.ACTS] == [0] * len(linking.ACTS)
    assert [project.rows(f"SELECT * FROM cem.{table} ORDER BY ALL") for table in tables] == before


def test_a_key_table_of_an_earlier_version_is_replaced(project: Any, people: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_scoring, "SMALL", 0)
    load(project, people, (0, 300), 1)
    link(project, 1)
    keys = project.rows("SELECT * FROM cem.block_key ORDER BY ALL")
    project.con.execute("CREATE OR REPLACE TABLE cem.block_key AS SELECT 1::SMALLINT AS rule, 2::BIGINT AS key, 3::BIGINT AS record_id")
    project.con.execute("UPDATE cem.meta SET value = 'of an earlier version' WHERE key = 'link_settings'")
    assert link(project, 2).reason == "the linkage settings changed"
    assert project.rows("SELECT * FROM cem.block_key ORDER BY ALL") == keys
    assert keys


def links_everything(project: Any) -> None:
    alive = project.rows("SELECT count(*) FROM cem.record WHERE NOT deleted")
    assert project.rows("SELECT count(DISTINCT record_id) FROM cem.identity") == alive
    assert project.rows("SELECT count(DISTINCT customer_id) < count(*) * 0.9 FROM cem.identity") == [(True,)]


def answers_why(project: Any) -> None:
    """A pair that was linked has a path of evidence; two strangers have a reason."""
    (left, right), = project.rows("""
        SELECT l.source || ':' || l.record_key, r.source || ':' || r.record_key FROM cem.edge e
        JOIN cem.identity a ON a.record_id = record_id_l JOIN cem.identity b ON b.record_id = record_id_r
        JOIN cem.record l ON l.record_id = record_id_l JOIN cem.record r ON r.record_id = record_id_r
        WHERE a.customer_id = b.customer_id AND weight > 0 ORDER BY weight DESC, record_id_l LIMIT 1""")
    found = why(project.con, SETTINGS, left, right)
    assert found.together
    assert [step.via for step in found.path] == ["evidence"]
    assert found.explanation.weight == pytest.approx(found.path[0].weight, abs=1e-3)
    whole = cohesion(project.con, SETTINGS, left)
    assert whole.worst is not None
    assert whole.worst.weight == pytest.approx(whole.held[0].weight, abs=1e-3)
    (stranger,), = project.rows("""
        SELECT r.source || ':' || r.record_key FROM cem.record r JOIN cem.identity i USING (record_id)
        WHERE NOT deleted AND customer_id != ? ORDER BY record_id LIMIT 1""", found.customer_l)
    apart = why(project.con, SETTINGS, left, stranger)
    assert not apart.together
    assert not apart.path
    assert any("weight is too low" in reason for reason in apart.apart)


def test_a_value_that_outgrew_the_model_makes_the_run_full(project: Any, people: Path) -> None:
    project.con.execute(LOAD, {"path": str(people), "low": 0, "high": 2_150, "import_id": 1})
    link(project, 1)
    project.con.execute("""
        INSERT INTO cem.record (record_id, source, record_key, import_id, kind, given_name, surname, birth_date, postcode, deleted)
        SELECT i, 'kiosk', i::VARCHAR, 2, 'person', 'Anna', 'Prova', DATE '2000-01-01', '00100', false FROM range(1, 700) r(i)""")
    outcome = link(project, 2)
    assert outcome.mode == "full"
    assert "far more records than the model knew" in outcome.reason
    before = project.rows("SELECT * FROM cem.edge ORDER BY ALL")
    link(project, 3, full=True)
    assert project.rows("SELECT * FROM cem.edge ORDER BY ALL") == before


def test_retraining_learns_from_decisions_and_says_so(project: Any, people: Path) -> None:
    project.con.execute(LOAD, {"path": str(people), "low": 0, "high": 600, "import_id": 1})
    assert link(project, 1).answers == 0
    model = project.rows("SELECT model FROM cem.match_model")
    asked = project.rows("""SELECT record_id_l, record_id_r FROM cem.edge WHERE probability BETWEEN 0.02 AND 0.98
                            ORDER BY abs(probability - 0.5), record_id_l, record_id_r LIMIT 20""")
    for one, other in asked:
        project.ask("separate", str(one), str(other))
    assert link(project, 2).answers == 0, "the model in force is frozen"
    assert link(project, 3, retrain=True).answers == len(asked)
    assert project.rows("SELECT model FROM cem.match_model ORDER BY model_id DESC LIMIT 1") != model
    for one, other in asked:
        project.ask("undo", str(one), str(other))
    assert link(project, 4, retrain=True).answers == 0
    assert project.rows("SELECT model FROM cem.match_model ORDER BY model_id DESC LIMIT 1") == model


def test_a_model_with_a_key_that_is_not_made_any_more_is_trained_anew(project: Any, people: Path) -> None:
    """Also where the version of the model was not raised with the keys."""
    load(project, people, (0, 600), 1)
    link(project, 1)
    project.con.execute("UPDATE cem.match_model SET model = replace(model::VARCHAR, '[\"surname\", \"birth\"]', '[\"one in eight\"]')")
    outcome = link(project, 2, full=True)
    assert outcome.reason == "the stored model looks records up by 'one in eight', which this version does not"
    links_everything(project)


def test_the_users_own_rules_take_the_place_of_those_chosen(project: Any, people: Path) -> None:
    asked = LinkSettings.of(LinkageConfig(rules=("email", "surname + birth")), "k" * 32)
    load(project, people, (0, 600), 1)
    link(project, 1)
    assert link(project, 2, options=asked.options).reason == "the blocking rules asked for changed"
    (model,), = project.rows("SELECT model::VARCHAR FROM cem.match_model ORDER BY model_id DESC LIMIT 1")
    assert [rule["keys"] for rule in json.loads(model)["rules"]] == [["email"], ["surname", "birth"]]
    load(project, people, (600, 680), 2)
    assert link(project, 3, options=asked.options).mode == "incremental"
    assert link(project, 4).reason == "the blocking rules asked for changed"


def test_a_rule_on_a_key_that_no_column_gives_is_refused(project: Any, people: Path) -> None:
    load(project, people, (0, 600), 1)
    wrong = LinkSettings.of(LinkageConfig(rules=("surnam + birth",)), "k" * 32)
    with pytest.raises(CemError, match="no column gives the blocking key 'surnam'") as refused:
        link_project(project.con, wrong, Run(1, project.now))
    assert refused.value.why.startswith("did you mean 'surname'")


def test_the_operating_point_can_be_moved(project: Any, people: Path) -> None:
    """Where pairs must be surer, fewer are linked; probabilities stay, weights tell how far above the point a pair is."""
    count = "SELECT count(DISTINCT customer_id) FROM cem.identity"
    load(project, people, (0, 600), 1)
    link(project, 1)
    before, links = project.rows(count), project.rows("SELECT count(*) FROM cem.edge WHERE weight > 0")
    probability = dict(project.rows("SELECT (record_id_l, record_id_r), probability FROM cem.edge"))
    surer = LinkSettings.of(LinkageConfig(match_from=0.999), "k" * 32).options
    assert link(project, 2, options=surer).reason == "the linkage settings changed"
    assert project.rows(count) > before
    assert project.rows("SELECT count(*) FROM cem.edge WHERE weight > 0") < links
    assert project.rows("SELECT count(*) FROM cem.edge WHERE (weight > 0) != (probability > 0.999)") == [(0,)]
    after = dict(project.rows("SELECT (record_id_l, record_id_r), probability FROM cem.edge"))
    to_review = {pair: p for pair, p in probability.items() if p > 0.1}
    assert {pair: after[pair] for pair in to_review} == pytest.approx(to_review)
    (one, other, weight), = project.rows("""
        SELECT record_id_l::VARCHAR, record_id_r::VARCHAR, weight FROM cem.edge ORDER BY abs(weight), record_id_l, record_id_r LIMIT 1""")
    told = why(project.con, replace(SETTINGS, options=surer), one, other)
    assert told.explanation.weight == pytest.approx(weight, abs=1e-3)
    load(project, people, (600, 680), 2)
    assert link(project, 3, options=surer).mode == "incremental"
    partition = project.rows("SELECT * FROM cem.identity ORDER BY ALL")
    link(project, 4, full=True, options=surer)
    assert project.rows("SELECT * FROM cem.identity ORDER BY ALL") == partition

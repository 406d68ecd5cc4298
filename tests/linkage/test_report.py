from datetime import UTC, datetime

import pytest

from cem_cli.base.errors import CemError
from cem_cli.linkage.identity.project import link_project
from cem_cli.linkage.identity.settings import LinkSettings, Run
from cem_cli.linkage.report import model_of_project, plan_project
from cem_cli.synth.flat import write_flat

SETTINGS = LinkSettings(key="k" * 32)
LOAD = """
    INSERT INTO cem.record (record_id, source, record_key, import_id, kind, given_name, surname, birth_date, email, phone, street, city,
                            postcode, deleted)
    SELECT md5_number_lower(id) >> 1, source, id, 1, 'person', first_name, surname, try_cast(dob AS DATE), email, phone, street, city,
           postcode, false
    FROM read_csv($path, all_varchar = true)"""


@pytest.fixture
def project(con, tmp_path):
    write_flat(tmp_path, 0, 4, records=700)
    con.execute(LOAD, {"path": str(tmp_path / "people.csv")}).fetchall()
    return con


def test_a_project_is_planned_before_it_is_linked_and_nothing_is_written(project):
    plan = plan_project(project, SETTINGS)
    used = {c.column: c.use for c in plan.columns}
    assert used["birth_date"] == "compared as birth date"
    assert used["company"].startswith(("left out", "not looked at"))
    assert plan.candidate_pairs == sum(rule.new for rule in plan.rules) > 0
    assert project.execute("SELECT count(*) FROM cem.identity").fetchall() == [(0,)]
    with pytest.raises(CemError, match="no linkage model"):
        model_of_project(project)


def test_the_model_in_force_is_told_level_by_level(project):
    link_project(project, SETTINGS, Run(1, datetime(2026, 6, 30, tzinfo=UTC)))
    told = model_of_project(project)
    assert told.records == 700
    assert told.classes[0].name == "match"
    assert told.classes[-1].name == "strangers"
    exact = {one.ladder: row for one in told.ladders for row in one.levels if row.level == "exact"}
    assert exact["phone"].weight > 5
    assert "+" in exact["phone"].bar
    assert all(len(row.related) == len(told.classes) - 2 for one in told.ladders for row in one.levels)
    assert len({(one.reading, one.ladder) for one in told.ladders}) == len(told.ladders)


def test_the_stored_model_decides_the_rules_of_the_next_plan(project):
    link_project(project, SETTINGS, Run(1, datetime(2026, 6, 30, tzinfo=UTC)))
    told = model_of_project(project)
    assert tuple(rule.name for rule in plan_project(project, SETTINGS).rules) == tuple(name for name, _ in told.rules)

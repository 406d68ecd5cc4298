import numpy as np
import pytest

from cem_cli.base.errors import CemError
from cem_cli.engines.duck import connect_memory
from cem_cli.linkage import engine
from cem_cli.linkage.contract import LinkInput, LinkOptions
from cem_cli.linkage.model import Model
from cem_cli.synth.flat import write_flat

KINDS = {
    "first_name": "given_name", "surname": "surname", "dob": "birth_date", "email": "email", "phone": "phone",
    "street": "street", "city": "city", "postcode": "postcode",
}


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    folder = tmp_path_factory.mktemp("flat")
    write_flat(folder, 900, 5, 0.3)
    return folder / "people.csv"


@pytest.fixture
def con(people):
    con = connect_memory(2)
    con.execute(f"CREATE TABLE person AS SELECT id::BIGINT * 7919 % 1000003 AS record_id, * FROM read_csv('{people}', all_varchar = true)").fetchall()
    yield con
    con.close()


def test_row_order_and_threads_change_nothing(con):
    con.execute("CREATE TABLE shuffled AS SELECT * FROM person ORDER BY md5(id)").fetchall()
    one = engine.link(con, LinkInput("person", KINDS), LinkOptions(threads=1))
    two = engine.link(con, LinkInput("shuffled", KINDS), LinkOptions(threads=2))
    assert np.array_equal(one.record_id, two.record_id)
    assert np.array_equal(one.cluster, two.cluster)
    assert np.array_equal(one.edges.weight, two.edges.weight)
    assert one.model.to_json() == two.model.to_json()


def test_a_stored_model_gives_every_pair_its_weight_again(con):
    first = engine.link(con, LinkInput("person", KINDS))
    terms = {n: (t.key, t.rows) for n, t in first.model.terms.items()}
    stored = Model.from_json(first.model.to_json(), terms)
    again = engine.link(con, LinkInput("person", KINDS), model=stored)
    assert np.array_equal(first.edges.record_id_l, again.edges.record_id_l)
    assert first.edges.weight == pytest.approx(again.edges.weight, abs=1e-4)
    assert np.array_equal(first.cluster, again.cluster)
    assert stored.fingerprint == first.model.fingerprint


def test_under_a_model_weights_do_not_depend_on_other_records(con):
    whole = engine.link(con, LinkInput("person", KINDS))
    con.execute("CREATE TABLE part AS SELECT * FROM person WHERE record_id % 3 > 0").fetchall()
    part = engine.link(con, LinkInput("part", KINDS), model=whole.model)
    pairs = {(a, b): w for a, b, w in zip(whole.edges.record_id_l, whole.edges.record_id_r, whole.edges.weight, strict=True)}
    shared = [(w, pairs[a, b]) for a, b, w in zip(part.edges.record_id_l, part.edges.record_id_r, part.edges.weight, strict=True) if (a, b) in pairs]
    assert len(shared) > 300
    assert all(abs(x - y) < 1e-4 for x, y in shared)


def test_constraints_reach_the_clusters(con):
    free = engine.link(con, LinkInput("person", KINDS))
    cluster = dict(zip(free.record_id.tolist(), free.cluster.tolist(), strict=True))
    edges = list(zip(free.edges.record_id_l.tolist(), free.edges.record_id_r.tolist(), strict=True))
    x, y = next((i, j) for i, j in edges if cluster[i] == cluster[j])
    a, b = (next(r for r in reversed(cluster) if cluster[r] not in {cluster[x], other}) for other in (None, cluster[next(reversed(cluster))]))
    assert cluster[a] != cluster[b]
    held = engine.link(con, LinkInput("person", KINDS, must_link=((a, b),), cannot_link=((x, y),)), model=free.model)
    after = dict(zip(held.record_id.tolist(), held.cluster.tolist(), strict=True))
    assert after[x] != after[y]
    assert after[a] == after[b]


def test_one_record_per_clean_source(con):
    result = engine.link(con, LinkInput("person", KINDS, clean_sources=frozenset({"crm"})))
    crm = {r for (r,) in con.execute("SELECT record_id FROM person WHERE source = 'crm'").fetchall()}
    seen = [c for r, c in zip(result.record_id.tolist(), result.cluster.tolist(), strict=True) if r in crm]
    assert len(seen) == len(set(seen))


def test_the_plan_says_what_is_compared_and_what_it_costs(con):
    plan = engine.only_plan(con, LinkInput("person", KINDS | {"id": "ignore"}), LinkOptions())
    assert {c.column: c.use for c in plan.columns}["dob"] == "compared as birth date"
    assert plan.candidate_pairs == sum(r.new for r in plan.rules)
    ran = engine.link(con, LinkInput("person", KINDS))
    assert ran.plan.records == plan.records


def test_repeated_ids_and_nothing_to_compare_are_errors(con):
    con.execute("CREATE TABLE twice AS SELECT 1 AS record_id, source, surname FROM person LIMIT 5").fetchall()
    with pytest.raises(CemError, match="not unique"):
        engine.link(con, LinkInput("twice", {"surname": "surname"}))
    with pytest.raises(CemError, match="no column"):
        engine.link(con, LinkInput("person", {"id": "ignore"}))


def test_a_shops_phone_is_not_evidence(con):
    con.execute("UPDATE person SET phone = '02 5551234' WHERE record_id % 20 = 0").fetchall()
    result = engine.link(con, LinkInput("person", KINDS))
    assert len(result.model.generic["phone"]) == 1
    assert any("phone" in w for w in result.plan.warnings)

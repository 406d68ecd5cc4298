import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cem_cli.linkage.cluster.agglomerate import Constraints, Scored, agglomerate, components, pull
from cem_cli.linkage.cluster.rounds import SCALE
from cem_cli.linkage.contract import LinkOptions

OPTIONS = LinkOptions()
NONE = (np.empty(0, np.int64), np.empty(0, np.int64))


def scored(edges: dict[tuple[int, int], float]) -> Scored:
    ends = np.array(list(edges), np.int64).reshape(-1, 2)
    return Scored(ends[:, 0], ends[:, 1], np.array(list(edges.values()), float))


def one_at_a_time(n: int, edges: dict[tuple[int, int], float]) -> list[int]:
    """Average linkage as the textbook has it: a full matrix, the best pair first."""
    values = dict(zip(edges, pull(np.array(list(edges.values()), float), OPTIONS).tolist(), strict=True))
    home = components(n, *(np.array([e[k] for e, w in edges.items() if w > 0], np.int64) for k in (0, 1)))
    clusters = [[i] for i in range(n)]

    def mean(a, b):
        if home[a[0]] != home[b[0]]:
            return -1.0
        return sum(values.get((min(x, y), max(x, y)), round(OPTIONS.miss * SCALE)) for x in a for y in b) / (len(a) * len(b))

    while True:
        best = max(((mean(a, b), -a[0], -b[0]) for i, a in enumerate(clusters) for b in clusters[i + 1:]), default=(0, 0, 0))
        if best[0] <= 0:
            break
        first, second = (next(c for c in clusters if c[0] == -x) for x in best[1:])
        clusters.remove(second)
        first += second
        first.sort()
    label = [0] * n
    for c in clusters:
        for x in c:
            label[x] = c[0]
    return label


edges_of = st.dictionaries(
    st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda p: p[0] < p[1]),
    st.floats(-15, 15).map(lambda x: round(x, 3)), max_size=30,
)


@given(edges_of)
@settings(max_examples=150, deadline=None)
def test_rounds_give_what_one_merge_at_a_time_gives(edges):
    assert agglomerate(10, scored(edges), LinkOptions(caution=0)).label.tolist() == one_at_a_time(10, edges)


def test_two_families_of_one_name_need_more_than_a_little_in_every_pair_and_a_single_record_does_not():
    families = {(i, j): 8.0 for group in (range(3), range(3, 6)) for i in group for j in group if i < j}
    across = families | {(i, j): 1.0 for i in range(3) for j in range(3, 6)}
    assert agglomerate(6, scored(across), OPTIONS).label.tolist() == [0, 0, 0, 3, 3, 3]
    ample = families | {(i, j): 2.5 for i in range(3) for j in range(3, 6)}
    assert agglomerate(6, scored(ample), OPTIONS).label.tolist() == [0] * 6
    single = {(0, 1): 8.0, (0, 2): 8.0, (1, 2): 8.0, (0, 3): 1.0, (1, 3): 1.0, (2, 3): 1.0}
    assert agglomerate(4, scored(single), OPTIONS).label.tolist() == [0] * 4


@given(edges_of, st.randoms())
@settings(max_examples=50, deadline=None)
def test_the_order_of_edges_does_not_matter(edges, random):
    shuffled = list(edges.items())
    random.shuffle(shuffled)
    assert np.array_equal(agglomerate(10, scored(edges), OPTIONS).label, agglomerate(10, scored(dict(shuffled)), OPTIONS).label)


def test_one_wrong_edge_does_not_join_two_people():
    people = {(i, j): 8.0 for group in (range(4), range(4, 8)) for i in group for j in group if i < j}
    label = agglomerate(8, scored(people | {(3, 4): 2.0}), OPTIONS).label
    assert label.tolist() == [0, 0, 0, 0, 4, 4, 4, 4]


def test_constraints_hold_and_are_told():
    edges = {(0, 1): 6.0, (1, 2): 6.0, (0, 2): 6.0}
    must = Constraints((np.array([3]), np.array([0])), NONE)
    assert agglomerate(4, scored(edges), OPTIONS, must).label.tolist() == [0, 0, 0, 0]
    cannot = Constraints(NONE, (np.array([0]), np.array([2])))
    label = agglomerate(3, scored(edges), OPTIONS, cannot).label
    assert label[0] != label[2]
    codes = np.array([5, -1, 6])
    kept = agglomerate(3, scored(edges), OPTIONS, Constraints(NONE, NONE, (("strong identifiers differ", codes),)))
    assert kept.label[0] != kept.label[2]
    assert kept.blocked[0].reason == "strong identifiers differ"


def test_a_cluster_above_the_limit_is_cut():
    edges = {(i, j): 8.0 for i in range(6) for j in range(i + 1, 6)}
    found = agglomerate(6, scored(edges), LinkOptions(largest_cluster=4))
    assert np.bincount(found.label).max() <= 4
    assert {b.reason for b in found.blocked} == {"too large"}


def test_groups_of_components_on_threads_give_what_one_group_gives(monkeypatch):
    rng = np.random.default_rng(7)
    ends = np.unique(np.sort(rng.integers(0, 300, (400, 2))), axis=0)
    ends = ends[ends[:, 0] < ends[:, 1]]
    edges = dict(zip(map(tuple, ends.tolist()), rng.uniform(-9, 9, len(ends)).round(3).tolist(), strict=True))
    apart = Constraints((ends[:3, 0], ends[:3, 1]), (ends[5:40, 0], ends[5:40, 1]), (("strong identifiers differ", np.arange(300) % 5 - 1),))
    whole = agglomerate(300, scored(edges), LinkOptions(threads=1), apart)
    monkeypatch.setattr("cem_cli.linkage.cluster.agglomerate._GROUP", 5)
    parts = agglomerate(300, scored(edges), LinkOptions(threads=2), apart)
    assert np.array_equal(whole.label, parts.label)
    assert whole.blocked == parts.blocked
    assert len(whole.blocked) > 10

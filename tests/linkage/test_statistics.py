"""What the training learns from records, against what is known about them: m, u, prior, calibration, a second opinion."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cem_cli.linkage import report
from cem_cli.linkage.compare.base import Comparison
from cem_cli.linkage.dedupe import DedupeOptions, dedupe
from cem_cli.linkage.engine import LinkResult
from cem_cli.linkage.train.ladders import views
from cem_cli.linkage.train.mixture import Parameters, Pool, Products, fit, posteriors

PEOPLE = 2500
WRONG = 0.15
"""Share of the second records that carry another value of a field, drawn independently per field."""
RNG = np.random.default_rng(8)
LETTERS = np.array(list("abcdefghijklmnopqrstuvwxyz"))


def texts(count: int, length: int) -> np.ndarray:
    return np.array(["".join(row) for row in RNG.choice(LETTERS, (count, length))])


def generated(folder: Path) -> tuple[Path, Path]:
    """Write two records per person; a field of the second is another random value with probability `WRONG`.

    Values are drawn evenly (so that u of agreement is one over their number) and are never alike by half.
    """
    given, surname, town = texts(50, 7), texts(400, 8), texts(80, 9)
    names = {"first_name": given, "surname": surname, "city": town, "phone": np.array([f"02{n:07d}" for n in RNG.permutation(10**7)[:9000]]),
             "dob": np.array([f"{1940 + n // 360}-{1 + n // 30 % 12:02d}-{1 + n % 28:02d}" for n in range(20_000)])}
    first = {name: values[RNG.integers(len(values), size=PEOPLE)] for name, values in names.items()}
    second = {name: np.where(RNG.random(PEOPLE) < WRONG, names[name][RNG.integers(len(names[name]), size=PEOPLE)], own)
              for name, own in first.items()}
    table = pd.DataFrame({name: np.concatenate([first[name], second[name]]) for name in names})
    table.insert(0, "id", np.arange(2 * PEOPLE))
    table.sample(frac=1, random_state=3).to_csv(folder / "people.csv", index=False)
    truth = pd.DataFrame({"source": "people", "id": table["id"], "entity": table["id"] % PEOPLE})
    truth.to_csv(folder / "truth.csv", index=False)
    return folder / "people.csv", folder / "truth.csv"


@pytest.fixture(scope="module")
def linked(tmp_path_factory) -> LinkResult:
    people, truth = generated(tmp_path_factory.mktemp("known"))
    found = dedupe([people], DedupeOptions(truth=truth))
    assert found.quality is not None
    assert found.quality.f1 > 0.95
    assert found.link is not None
    return found.link


def level(linked: LinkResult, ladder: str, name: str) -> report.LevelRow:
    rows = report.report_model(linked.model).ladders
    return next(row for one in rows if one.ladder == ladder for row in one.levels if row.level == name)


@pytest.mark.parametrize(("ladder", "values"), [("surname", 400), ("given name", 50), ("phone", 9000)])
def test_m_and_u_of_agreement_are_recovered(linked, ladder, values):
    found = level(linked, ladder, "exact")
    assert found.m == pytest.approx(1 - WRONG, abs=0.02)
    assert found.u == pytest.approx(1 / values, rel=0.1, abs=1e-5)


def test_the_prior_is_the_share_of_true_pairs(linked):
    told = report.report_model(linked.model)
    pairs = PEOPLE * 2 * (PEOPLE * 2 - 1) / 2
    assert told.all_pairs == pairs
    assert told.classes[0].pairs == pytest.approx(PEOPLE, rel=0.02)
    assert told.prior_weight == pytest.approx(np.log2(PEOPLE / pairs), abs=0.05)
    assert sum(one.share for one in told.classes) == pytest.approx(1)


def test_weights_are_the_logarithm_of_m_over_u_and_shares_add_up(linked):
    for ladder in report.report_model(linked.model).ladders:
        assert all(row.weight == pytest.approx(np.log2(row.m / row.u), abs=0.01) for row in ladder.levels if row.m > 1e-200 and row.u > 1e-200)
        whole = sum(row.m for row in ladder.levels)
        assert whole == pytest.approx(round(whole), abs=1e-6)


def test_a_bar_points_where_the_weight_does():
    assert report.bar_of(0.0) == " " * 10 + "|"
    assert report.bar_of(10.0) == " " * 10 + "|+++++"
    assert report.bar_of(-4.0) == " " * 8 + "--|"
    assert report.bar_of(-99.0) == "-" * 10 + "|"


def test_decisions_on_binary_vectors_agree_with_the_em_of_recordlinkage():
    """The same 40,000 agreement vectors: posteriors go together, and more than 99 % of the decisions are the same."""
    recordlinkage = pytest.importorskip("recordlinkage")
    rng = np.random.default_rng(5)
    m, u, names = (0.92, 0.85, 0.9, 0.75, 0.8), (0.02, 0.05, 0.1, 0.02, 0.01), list("abcde")
    match = rng.random(40_000) < 0.2
    bits = np.where(match[:, None], rng.random((40_000, 5)) < m, rng.random((40_000, 5)) < u).astype(int)
    frame = pd.DataFrame(bits, columns=names, index=pd.MultiIndex.from_arrays([np.arange(40_000), np.arange(40_000)]))
    other = recordlinkage.ECMClassifier(binarize=None, max_iter=200)
    other.fit(frame)
    theirs = np.asarray(other.prob(frame))

    compared = tuple(Comparison(n, (n,), ("missing", "different", "exact"), (0.2, 0.8), no_levels) for n in names)
    view = views(compared)[0]
    vectors, place, count = np.unique(bits + 1, axis=0, return_inverse=True, return_counts=True)
    levels = view.levels(vectors.astype(np.uint8), compared)
    flat = tuple(np.array([1, 0.8, 0.2]) for _ in names)
    pool = Pool(count.astype(float), count.astype(float))
    found = fit(view, levels, pool, Parameters(tuple(f.prior for f in view.factors), flat, lam=0.5), 200, 1.0)
    mine = posteriors(found, Products(levels))[0][place.ravel()]
    assert found.lam == pytest.approx(match.mean(), abs=0.01)
    assert np.corrcoef(theirs, mine)[0, 1] > 0.99
    assert np.mean((theirs > 0.5) == (mine > 0.5)) > 0.99


def no_levels(records, l, r):
    return np.zeros(0, np.uint8)

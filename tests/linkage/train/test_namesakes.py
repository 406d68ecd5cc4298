"""Namesakes' mailboxes, told from those of everybody else."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from cem_cli.engines.duck import connect_memory
from cem_cli.linkage.compare.contact import EMAIL
from cem_cli.linkage.contract import LinkInput, LinkOptions
from cem_cli.linkage.derive.files import load_files
from cem_cli.linkage.prepare import prepare
from cem_cli.linkage.train.ladders import views
from cem_cli.linkage.train.namesakes import mailbox_shares, rewrite

KINDS = {"given": "given_name", "surname": "surname", "email": "email"}


@pytest.mark.parametrize(("mailbox", "written"), [
    ("mario.rossi", "anna.verdi"), ("rossi_mario78", "verdi_anna78"), ("m.rossi", "a.verdi"), ("mrossi", "averdi"), ("sunny77", "sunny77"),
])
def test_a_mailbox_is_written_with_other_names(mailbox, written):
    assert rewrite(mailbox, ("mario", "rossi"), ("anna", "verdi")) == written


def people(folder: Path, habit: str) -> Path:
    """Write 400 different people, whose mailboxes all follow one habit: `{g}.{s}` or `{g}{year}`."""
    rng = np.random.default_rng(3)
    rows = [(f"{n}", f"gi{chr(97 + n % 20)}o", f"ver{chr(97 + n // 20)}i", int(rng.integers(10, 99))) for n in range(400)]
    path = folder / "people.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(("id", "given", "surname", "email"))
        out.writerows((key, g, s, habit.format(g=g, s=s, year=year) + "@example.it") for key, g, s, year in rows)
    return path


@pytest.mark.parametrize(("habit", "level"), [("{g}.{s}", "same mailbox name"), ("{g}.{s}{year}", "same letters, other digits")])
def test_the_habit_decides_what_namesakes_share(tmp_path, habit, level):
    with connect_memory() as con:
        load_files(con, [people(tmp_path, habit)])
        records = prepare(con, LinkInput("link_people", KINDS), LinkOptions()).records
    told = mailbox_shares(records)
    assert told is not None
    _, shares, *_ = told
    assert EMAIL[1 + int(shares.argmax())] == level
    assert shares.max() > 0.9
    assert shares.sum() == pytest.approx(1)


def test_nothing_is_said_without_mailboxes_or_names(tmp_path):
    with connect_memory() as con:
        load_files(con, [people(tmp_path, "{g}.{s}")])
        bare = prepare(con, LinkInput("link_people", {**KINDS, "given": "ignore"}), LinkOptions()).records
    assert mailbox_shares(bare) is None


def test_nothing_is_said_of_one_person_a_hundred_times(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("id,given,surname,email\n" + "".join(f"{n},anna,verdi,anna.verdi@example.it\n" for n in range(100)), encoding="utf-8")
    with connect_memory() as con:
        load_files(con, [path])
        con.execute("CREATE TABLE same AS SELECT *, (record_id % 7)::VARCHAR AS other FROM link_people")
        records = prepare(con, LinkInput("same", {**KINDS, "other": "category"}), LinkOptions()).records
    assert mailbox_shares(records) is None


def test_similar_names_make_similar_mailboxes(tmp_path):
    """Mailboxes `{g}.{s}` of people of whom one name is similar are a letter or two apart."""
    with connect_memory() as con:
        load_files(con, [people(tmp_path, "{g}.{s}")])
        records = prepare(con, LinkInput("link_people", KINDS), LinkOptions()).records
    told = mailbox_shares(records)
    assert told is not None
    similar, equal, *_ = told
    near = [EMAIL.index(name) - 1 for name in ("similar mailbox name", "mailbox name one edit apart")]
    assert similar[near].sum() > 0.8
    assert equal[near].sum() < 0.1
    assert similar.sum() == pytest.approx(1)


def test_who_shares_a_given_name_has_a_mailbox_that_begins_alike(tmp_path):
    """Mailboxes `{g}.{s}`: of one given name they begin the same, of one surname they end the same."""
    with connect_memory() as con:
        load_files(con, [people(tmp_path, "{g}.{s}")])
        records = prepare(con, LinkInput("link_people", KINDS), LinkOptions()).records
    told = mailbox_shares(records)
    assert told is not None
    *_, surname, given = told
    alike = EMAIL.index("similar mailbox name") - 1
    assert given[alike:].sum() > surname[alike:].sum()


def test_one_name_that_agrees_beside_a_missing_one_agrees_alone(tmp_path):
    path = people(tmp_path, "{g}.{s}")
    with connect_memory() as con:
        load_files(con, [path])
        comparisons = prepare(con, LinkInput("link_people", KINDS), LinkOptions()).comparisons
    level = {c.name: c.labels.index for c in comparisons}
    pattern = {"given name": level["given name"]("exact"), "e-mail": level["e-mail"]("different")}
    seen = views(comparisons)[0].levels(np.array([[pattern.get(c.name, 0) for c in comparisons]], np.uint8), comparisons)
    factors = views(comparisons)[0].factors
    at = next(k for k, f in enumerate(factors) if f.name == "e-mail")
    assert factors[at].labels[seen[at][0]] == "different, given name agrees"

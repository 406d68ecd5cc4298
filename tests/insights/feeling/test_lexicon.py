"""The dictionaries: their files, folding and phrases."""

import csv
from pathlib import Path

import pytest

from cem_cli.insights import feeling
from cem_cli.insights.feeling.inflection import lemmas
from cem_cli.insights.feeling.lexicon import Role, lexicon
from cem_cli.insights.feeling.phrases import longest, plant
from cem_cli.insights.feeling.tokens import normal, tokens

DATA = Path(feeling.__file__).with_name("data")


@pytest.mark.parametrize("name", ["lexicon_it.csv", "lexicon_en.csv"])
def test_entries_are_unique_and_weighed_within_bounds(name: str) -> None:
    with (DATA / name).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len({row["lemma"] for row in rows}) == len(rows)
    assert all(-3 <= float(row["weight"]) <= 3 for row in rows)
    parts = {"adj", "adv", "courtesy", "intj", "noun", "phrase", "remedy", "service", "verb", "word"}
    assert {row["pos"] for row in rows} <= parts


def test_families_are_alternatives_with_one_weight() -> None:
    with (DATA / "families.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["language"] for row in rows} == {"en", "it"}
    assert all(-3 <= float(row["weight"]) <= 3 for row in rows)
    assert len({(row["language"], row["phrases"]) for row in rows}) == len(rows)
    for words in (["peccato", "averli", "scoperti", "solo", "ora"], ["peccato", "averla", "conosciuta", "tardi"]):
        length, word = longest(lexicon("it").phrases, words, 0)
        assert (length, word.weight) == (len(words), 2.5)


def test_the_italian_lexicon_is_large() -> None:
    with (DATA / "lexicon_it.csv").open(encoding="utf-8") as file:
        assert sum(row["pos"] != "phrase" for row in csv.DictReader(file)) >= 2_500


@pytest.mark.parametrize(
    ("form", "lemma"),
    [
        ("stanchissime", "stanco"), ("serie", "serio"), ("velocemente", "veloce"), ("minacce", "minaccia"),
        ("pagheranno", "pagare"), ("tradisce", "tradire"), ("consigliarglielo", "consigliare"), ("evitatelo", "evitare"),
        ("lasceremo", "lasciare"), ("ingannatrice", "ingannatore"),
    ],
)  # fmt: skip
def test_forms_fold_to_their_lemma(form: str, lemma: str) -> None:
    assert lemma in {found for found, _ in lemmas(form)}


def test_modifiers_keep_their_role() -> None:
    italian = lexicon("it")
    roles = {token: word.role for token in ("non", "molto", "poco", "ma", "nonostante", "!", ",") if (word := italian[token])}
    assert roles == {
        "non": Role.NEGATOR, "molto": Role.BOOSTER, "poco": Role.FEW, "ma": Role.CONTRAST,
        "nonostante": Role.CONCESSION, "!": Role.END, ",": Role.PAUSE,
    }  # fmt: skip


def test_the_longest_phrase_wins() -> None:
    trie: dict[str, object] = {}
    plant(trie, ["non", "vedo"], 1)
    plant(trie, ["non", "vedo", "l'ora"], 2)
    assert longest(trie, ["ma", "non", "vedo", "l'ora"], 1) == (3, 2)
    assert longest(trie, ["non", "vedo", "niente"], 0) == (2, 1)
    assert longest(trie, ["non"], 0) == (0, None)


def test_tokens_are_normalised() -> None:
    assert tokens("Perché NO? È l’ora!! :-) 😍👍🏽 10,50€") == ["perché", "no", "?", "e", "l'ora", "!!", ":-)", "😍", "👍", "10,50"]
    assert normal("Cite\u0301 È") == "cite e"


def test_order_numbers_and_noise_are_not_remembered() -> None:
    italian = lexicon("it")
    assert italian["123456"] is None
    assert "123456" not in italian
    assert italian["x" * 41] is None

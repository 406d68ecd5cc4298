"""Language identification."""

import pytest

from cem_cli.insights.feeling.language import language_of
from cem_cli.insights.feeling.tokens import tokens


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Il pacco è arrivato con la scatola aperta", "it"),
        ("Non mi hanno ancora risposto", "it"),
        ("Pessimo!", "it"),
        ("The parcel came with an open box", "en"),
        ("Awful!", "en"),
        ("I don't know what to do with it", "en"),
        ("Das Paket ist nicht angekommen und ich warte auf eine Antwort", "other"),
        ("Le colis est arrivé avec du retard mais nous sommes très contents", "other"),
        ("El paquete llegó tarde pero el producto es muy bueno", "other"),
        ("👍 123", "other"),
        ("", "other"),
    ],
)
def test_language_by_function_words(text: str, language: str) -> None:
    assert language_of(tokens(text)) == language


@pytest.mark.parametrize(("hint", "language"), [("en", "en"), ("EN-gb", "en"), ("it_IT", "it"), ("de", "it"), ("", "it"), (None, "it")])
def test_a_hint_decides_where_it_names_a_language_of_ours(hint: str | None, language: str) -> None:
    assert language_of(tokens("Il pacco è qui"), hint) == language

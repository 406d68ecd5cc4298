"""A source's YAML: all mistakes at once, each with its place and the nearest known word."""

from __future__ import annotations

from pathlib import Path

import pytest

from cem_cli.config.document import ConfigError
from cem_cli.config.source import read_source
from cem_cli.config.values import STEPS
from cem_cli.sources.transforms import TRANSFORMS

PROJECT = Path(__file__).parents[2] / "configs" / "sources"


def problems(tmp_path: Path, text: str) -> str:
    path = tmp_path / "bad.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_source(path)
    return str(caught.value)


def test_all_mistakes_with_place_and_suggestion(tmp_path):
    told = problems(tmp_path, """files: a.csv
reader: {encodin: utf-8}
key: Id
record: {given_name: First Name, emal: x, phone: {columns: [a, b], steps: [strip_apostroph]}}
identifiers: [{kind: loyalty_crd, column: tessera}]
events: [{type: ordr, at: x, revenue: true}]
""")
    for place, clause in [
        ("bad.yaml:2:reader.encodin", "did you mean 'encoding'"), ("bad.yaml:4:record.emal", "did you mean 'email'"),
        ("bad.yaml:4:record.phone.steps", "did you mean 'strip_apostrophe'"), ("bad.yaml:5:identifiers.0", "did you mean 'loyalty_card'"),
        ("bad.yaml:6:events.0.type", "did you mean 'order'"),
    ]:
        line = next(line for line in told.splitlines() if place in line)
        assert clause in line


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("preset: shopify_customer\n", "did you mean 'shopify_customers'"),
        ("record: {email: {column: a, constant: b}}\n", "exactly one of column, columns, constant, template"),
        ("files: [/etc/*.csv]\n", "below the project's data folder"),
        ("files: ../other.csv\n", "below the project's data folder"),
        ("rows: many\n", "needs a key"),
        ("identifiers: [{kind: email, column: x}]\n", "belong to a record"),
        ("events: [{type: order, at: x, person: record}]\n", "maps no record"),
        ("events: [{type: order, at: x, person: {by: key, column: y}}]\n", "needs source and column"),
        ("events: [{type: order, at: x, person: {by: identifier, column: y}}]\n", "needs kind and column"),
        ("events: [{type: order, at: x, revenue: true}, {type: receipt, at: x, revenue: true}]\n", "two event types earn revenue"),
        ("reader: {file_name: '('}\n", "not a regular expression"),
        ("drop_rows: [{column: a, matches: '['}]\n", "not a regular expression"),
        ("dimension: {table: product, fields: {skuu: sku}}\n", "did you mean 'sku'"),
        ("record: {email: {column: a, kind: emial}}\n", "did you mean 'email'"),
        ("consents: [{channel: emall, purpose: x, status: y}]\nrecord: {email: e}\n", "did you mean 'email'"),
        ("- a list\n", "expected keys with values"),
    ],
)
def test_one_mistake(tmp_path, text, said):
    assert said in problems(tmp_path, text)


def test_the_registry_of_steps_is_closed():
    assert tuple(TRANSFORMS) == STEPS


@pytest.mark.parametrize("path", sorted(PROJECT.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_sample_project_is_valid(path):
    source = read_source(path)
    assert source.name == path.stem
    assert source.files
    assert source.owner
    assert source.record or source.events or source.dimension


def test_what_changes_the_fingerprint(tmp_path):
    path = tmp_path / "a.yaml"

    def fingerprint(text: str) -> str:
        path.write_text(text, encoding="utf-8")
        return read_source(path).fingerprint()

    base = fingerprint("key: id\nrecord: {email: e}\n")
    reader, mapping = base.split(".")
    assert fingerprint("key: id\nrecord: {email: e}\nowner: sales\nfiles: x.csv\n# a comment\n") == base
    assert fingerprint("key: id\nrecord: {email: mail}\n").startswith(reader + ".")
    assert fingerprint("key: id\nrecord: {email: e}\nreader: {delimiter: ';'}\n").endswith("." + mapping)

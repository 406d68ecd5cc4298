"""`cem inspect`: what a file is, which system it comes from, and a proposal that can be used as it stands."""

from __future__ import annotations

import json

import pytest

from cem_cli.base.errors import CemError
from cem_cli.config.source import read_preset, read_source
from cem_cli.sources.inspect import inspect
from cem_cli.sources.propose import propose

PEOPLE = "codice;nome;cognome;data_nascita;e-mail;cellulare;spesa\n" + "".join(
    f"K{n:04};{first};Rossi;{13 + n % 15}/04/1980;{first.lower()}{n}@rossi.it;333 12345{n:02};1.{n:03},50\n"
    for n, first in enumerate(["Anna", "Bruno", "Carla", "Dino", "Elena"] * 8)
)


def report_of(tmp_path, name: str, content: str | bytes):
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return inspect([path])[0]


def test_an_unknown_file_is_described_and_mapped(tmp_path, bench):
    content = PEOPLE.replace("Anna", "Nicolò").encode("cp1252")
    report = report_of(tmp_path, "clienti-20260501.csv", content)
    assert (report.file.reader.encoding, report.file.reader.delimiter, report.decimal, report.file.rows) == ("cp1252", ";", ",", 40)
    assert report.preset is None
    proposed = propose(report)
    result = bench.take(bench.source(proposed, "proposed"), tmp_path / "clienti-20260501.csv").files[0]
    assert result.counts["loaded"] == 40
    found = bench.ask("SELECT given_name, surname, birth_date::VARCHAR, phone FROM cem.record WHERE record_key = 'K0000'")
    assert found == [("Nicolò", "Rossi", "1980-04-13", "+393331234500")]


def test_a_known_system_is_recognised_although_a_column_was_renamed(tmp_path):
    header = ["Posta elettronica" if name == "Email" else name for name in read_preset("shopify_customers").known]
    rows = "".join(",".join(f"a{n}@rossi.it" if name == "Posta elettronica" else "" for name in header) + "\n" for n in range(20))
    report = report_of(tmp_path, "customers_export.csv", ",".join(header) + "\n" + rows)
    assert report.preset is not None
    assert (report.preset.name, report.preset.renamed) == ("shopify_customers", (("Email", "Posta elettronica"),))
    path = tmp_path / "proposed.yaml"
    path.write_text(propose(report), encoding="utf-8")
    assert read_source(path).columns["Email"] == ("Posta elettronica",)
    assert "1 renamed" in propose(report)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.ndjson", '{"name": "Anna", "address": {"city": "Roma"}}\n{"name": "Bruno", "vip": true}\n', ("ndjson", None, ("name", "address.city", "vip"))),
        ("a.json", json.dumps({"data": [{"name": "Anna"}], "paging": {}}, indent=1), ("json", "data", ("name",))),
        ("b.json", json.dumps([{"name": "Anna", "tags": ["x"]}]), ("json", None, ("name", "tags"))),
        ("one.csv", "email\na@rossi.it\nb@rossi.it\n", ("csv", None, ("email",))),
        ("tabs.csv", ("a\tb\n" + "1\t2\n" * 5).encode("utf-16"), ("csv", None, ("a", "b"))),
        ("sep.csv", "sep=|\na|b\n1|2\n", ("csv", None, ("a", "b"))),
    ],
)
def test_formats(tmp_path, name, content, expected):
    file = report_of(tmp_path, name, content).file
    assert (file.reader.format, file.reader.records_path, file.columns) == expected


def test_what_is_no_table_is_refused(tmp_path):
    with pytest.raises(CemError, match="web page"):
        report_of(tmp_path, "a.csv", "<html><body>log in</body></html>")
    with pytest.raises(CemError, match="empty"):
        report_of(tmp_path, "b.csv", "")

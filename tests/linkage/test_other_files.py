"""Files that are not the usual customers, without configuration: floors under the quality, each below what was measured.

Splink 5, configured by hand and at its best threshold, reaches what the comments say (`benchmarks/other.py`, seed 1).
"""

from __future__ import annotations

import importlib.util
import sys
from datetime import date, timedelta
from pathlib import Path
from types import ModuleType

import pytest

from cem_cli.linkage.dedupe import DedupeOptions, DedupeResult, dedupe

DATA = Path(__file__).parents[2] / "benchmarks" / "other_data.py"


@pytest.fixture(scope="module")
def data() -> ModuleType:
    spec = importlib.util.spec_from_file_location("other_data", DATA)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["other_data"] = module
    spec.loader.exec_module(module)
    return module


def linked(data: ModuleType, folder: Path, rows: list[tuple[int, dict[str, str]]]) -> DedupeResult:
    data.write(folder, rows)
    return dedupe([folder / "people.csv"], DedupeOptions(truth=folder / "truth.csv"))


@pytest.mark.parametrize(("name", "floor", "kinds"), [
    ("companies", 0.99, {"company", "street", "city", "postcode", "country", "vat_number", "phone", "url"}),  # Splink 0.981
    ("songs", 0.80, {"integer", "text", "external_id", "category"}),  # Splink 0.562
    ("papers", 0.98, {"text", "category", "integer"}),  # Splink 0.947
    ("products", 0.90, {"text", "category", "amount"}),  # Splink 0.802
    ("dutch", 0.99, {"given_name", "surname", "birth_date", "street", "house_number", "postcode", "city", "phone"}),  # Splink 0.877
])
def test_quality(data, tmp_path, name, floor, kinds):
    found = linked(data, tmp_path, data.SETS[name](1))
    assert {column.kind for column in found.columns} == kinds
    assert found.quality.f1 >= floor, found.quality


def test_families_in_which_nobody_stands_twice_stay_apart(data, tmp_path):
    found = linked(data, tmp_path, data.families(1))
    assert found.linked_records == 0


@pytest.mark.parametrize("entities", [20, 60])
def test_a_handful_of_people(data, tmp_path, entities):
    found = linked(data, tmp_path, data.dutch(3, entities))
    assert found.quality.f1 >= 0.9, found.quality


def test_a_mistyped_vat_number_keeps_nothing_apart_and_another_one_does(data, tmp_path):
    rows = [row for row in data.companies(5, 300) if row[1]["vat number"]]
    entity, cells = rows[0]
    number = cells["vat number"][-11:]
    same = {**cells, "vat number": "IT" + number[:5] + ("1" if number[5] != "1" else "2") + number[6:]}
    other = {**cells, "vat number": "IT" + number[::-1]}
    data.write(tmp_path, [*rows, (entity, same), (-1, other)])
    dedupe([tmp_path / "people.csv"], DedupeOptions(output=tmp_path / "clusters.csv"))
    cluster = dict(line.split(",")[1:] for line in (tmp_path / "clusters.csv").read_text().splitlines())
    assert cluster["r0"] == cluster[f"r{len(rows)}"] != cluster[f"r{len(rows) + 1}"]


def test_two_shops_call_their_columns_otherwise(data, tmp_path):
    pen, files = data.Pen(6), {"ours": ["id,title,brand,price"], "theirs": ["id,Bezeichnung,Hersteller,Preis"]}
    truth = ["source,id,entity"]
    for entity in range(400):
        brand, model = pen.words(1)[0], f"{pen.words(1)[0][:2].upper()}-{pen.digits(3)}"
        title, price = pen.title(3), float(pen.digits(2)) + 0.5
        for source, rows in files.items():
            if pen.often(0.75):
                named = f"{title} {model}" if source == "ours" else f"{model.replace('-', '')} {title}"
                truth.append(f"{source},{len(rows)},{entity}")
                rows.append(f"{len(rows)},{named},{brand},{price:.2f}" if source == "ours" else f'{len(rows)},{named},{brand},"{price:.2f} €"')
    for name, lines in {**files, "truth": truth}.items():
        (tmp_path / f"{name}.csv").write_text("\n".join(lines) + "\n")
    found = dedupe([tmp_path / "ours.csv", tmp_path / "theirs.csv"], DedupeOptions(truth=tmp_path / "truth.csv"))
    assert found.quality.f1 >= 0.95, found.quality
    assert sum(column.used for column in found.columns) == 3


@pytest.mark.parametrize(("name", "column", "recall"), [("companies", "company name", 0.5), ("papers", "title", 0.8)])
def test_one_column_is_linked_by_itself(data, tmp_path, name, column, recall):
    """Without a second column all would be strangers who share a value."""
    rows = [(entity, {column: row[column]}) for entity, row in data.SETS[name](1)]
    found = linked(data, tmp_path, rows)
    assert found.quality.precision > 0.85
    assert found.quality.recall > recall


def test_a_column_of_product_names_is_linked_by_the_numbers_of_their_models(data, tmp_path):
    pen, rows, makers = data.Pen(10), [], [data.Pen(k).surname() for k in range(8)]
    for entity in range(500):
        maker, thing, number = makers[entity % 8], ("Drill", "Kettle", "Toaster", "Iron")[entity % 4], f"{pen.digits(4)}"
        code = "KLMNPRST"[entity // 8 % 8] + "XZ"[entity % 2]
        forms = (f"{maker} {thing} {code}{number}", f"{maker} {code}-{number} {thing}", f"{thing} {maker} {code}{number} new")
        rows += [(entity, {"product": form}) for form in forms[: pen.copies(50, 30, 20)]]
    assert linked(data, tmp_path, rows).quality.f1 > 0.97


def test_songs_of_one_album_agree_in_all_but_their_names(data, tmp_path):
    """There are ten pairs of one album per song that stands twice: these are not what is sought."""
    pen, rows = data.Pen(7), []
    for album in range(120):
        artist, name, year, label = f"{pen.surname()} Band", pen.title(2), 1970 + album % 40, pen.words(1)[0]
        for track in range(9):
            title, seconds = pen.title(3), 150 + int(pen.digits(2))
            for source in range(2):
                length, mark = seconds + source * (track % 2), "" if source else " (Deluxe)"
                row = {"song": pen.slip(title, 0.1), "album": name + mark, "artist": artist, "copyright": f"{year} {label}",
                       "time": f"{length // 60}:{length % 60:02d}"}
                rows += [(album * 9 + track, row)] * pen.often(0.7)
    found = linked(data, tmp_path, rows)
    assert {c.column: c.kind for c in found.columns}["time"] == "quantity"
    assert found.quality.f1 > 0.9, found.quality


def test_places_are_near_by_their_coordinates(data, tmp_path):
    pen, rows = data.Pen(8), []
    names = [pen.title(1) for _ in range(300)]
    for entity in range(1500):
        north, east = 30 + int(pen.digits(5)) / 5e3, 5 + int(pen.digits(5)) / 5e3
        for form in ("{}", "{} City", "Town of {}")[: pen.copies(30, 40, 30)]:
            off = [int(pen.digits(3)) / 1e5 for _ in range(2)]
            rows.append((entity, {"label": form.format(names[entity % 300]), "lat": f"{north + off[0]:.5f}", "lon": f"{east + off[1]:.5f}"}))
    assert linked(data, tmp_path, rows).quality.f1 > 0.98


def test_dates_of_things_are_near_or_far_whatever_their_form(data, tmp_path):
    pen, files, truth = data.Pen(9), {"ours": ["id,title,released"], "theirs": ["id,title,published"]}, ["source,id,entity"]
    for entity in range(300):
        title, day = pen.title(2), date(2001, 1, 1) + timedelta(days=int(pen.digits(4)) % 3000)
        for source, form in (("ours", "%Y-%m-%d"), ("theirs", "%d.%m.%Y")):
            truth.append(f"{source},{len(files[source])},{entity}")
            files[source].append(f"{len(files[source])},{pen.slip(title, 0.2)},{day.strftime(form)}")
    for name, lines in {**files, "truth": truth}.items():
        (tmp_path / f"{name}.csv").write_text("\n".join(lines) + "\n")
    found = dedupe([tmp_path / "ours.csv", tmp_path / "theirs.csv"], DedupeOptions(truth=tmp_path / "truth.csv"))
    assert {c.kind for c in found.columns} == {"text", "date"}
    assert found.quality.f1 > 0.97, found.quality


def test_a_given_name_is_told_by_a_whole_name_in_another_file(data, tmp_path):
    pen, files, truth = data.Pen(11), {"letter": ["id,email,first name"], "fair": ["id,contact,e-mail"]}, ["source,id,entity"]
    for entity in range(900):
        given, surname = pen.person()
        mail = f"{pen.words(1)[0]}{pen.digits(5)}@example.com".lower()
        for source, cells in (("letter", f"{mail},{pen.unless(0.3, given)}"), ("fair", f"{pen.slip(given, 0.1)} {surname},{mail}")):
            if pen.often(0.75):
                truth.append(f"{source},{len(files[source])},{entity}")
                files[source].append(f"{len(files[source])},{cells}")
    for name, lines in {**files, "truth": truth}.items():
        (tmp_path / f"{name}.csv").write_text("\n".join(lines) + "\n")
    found = dedupe([tmp_path / "letter.csv", tmp_path / "fair.csv"], DedupeOptions(truth=tmp_path / "truth.csv"))
    assert {c.kind for c in found.columns} == {"email", "given_name", "full_name"}
    assert found.quality.f1 > 0.95, found.quality

import csv
import random
from pathlib import Path

import pytest

from cem_cli.base.clock import stopwatch
from cem_cli.base.errors import CemError
from cem_cli.linkage.contract import LinkOptions
from cem_cli.linkage.dedupe import DedupeOptions, dedupe
from cem_cli.linkage.report import cost_of, plan_files
from cem_cli.synth.flat import write_flat


def write(path: Path, header: list[str], rows: list[list[str]], delimiter: str = ",", encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        out = csv.writer(file, delimiter=delimiter)
        out.writerow(header)
        out.writerows(rows)
    return path


@pytest.fixture(scope="module")
def flat(tmp_path_factory):
    folder = tmp_path_factory.mktemp("flat")
    write_flat(folder, 800, 3)
    return folder


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_people_are_found_without_a_word(flat, tmp_path):
    result = dedupe([flat / "people.csv"], DedupeOptions(truth=flat / "truth.csv", output=tmp_path / "clusters.csv"))
    assert result.quality is not None
    assert result.quality.f1 > 0.9
    assert result.quality.blocking_recall is not None
    written = rows_of(tmp_path / "clusters.csv")
    assert len(written) == result.records
    assert len({r["cluster_id"] for r in written}) == result.clusters
    assert set(written[0]) == {"source", "id", "cluster_id"}


def test_headers_in_italian_another_encoding_and_shuffled_rows_give_the_same_people(flat, tmp_path):
    people = rows_of(flat / "people.csv")
    names = {"first_name": "nome", "surname": "cognome", "dob": "data di nascita", "email": "e-mail", "phone": "telefono",
             "street": "indirizzo", "city": "comune", "postcode": "cap"}
    random.Random(4).shuffle(people)
    folder = tmp_path / "it"
    folder.mkdir()
    table = [[r["id"], *(r[k] for k in names)] for r in people]
    path = write(folder / "people.csv", ["id", *names.values()], table, ";", "utf-16")
    mine = dedupe([path], DedupeOptions(output=tmp_path / "it.csv"))
    dedupe([flat / "people.csv"], DedupeOptions(output=tmp_path / "en.csv"))
    assert {c.column: c.kind for c in mine.columns}["comune"] == "city"
    assert (tmp_path / "it.csv").read_text() == (tmp_path / "en.csv").read_text()


def test_two_files_with_other_columns_are_linked(flat, tmp_path):
    people = rows_of(flat / "people.csv")
    first = [[r["id"], f"{r['first_name']} {r['surname']}", r["email"], r["phone"]] for r in people[::2]]
    second = [[r["id"], r["surname"], r["first_name"], r["email"], r["phone"]] for r in people[1::2]]
    a = write(tmp_path / "shop.csv", ["id", "full name", "mail", "mobile"], first)
    b = write(tmp_path / "till.csv", ["id", "surname", "given name", "email", "phone"], second)
    entity = {r["id"]: r["entity"] for r in rows_of(flat / "truth.csv")}
    truth = write(tmp_path / "truth.csv", ["source", "id", "entity"],
                  [["shop", r[0], entity[r[0]]] for r in first] + [["till", r[0], entity[r[0]]] for r in second])
    result = dedupe([a, b], DedupeOptions(truth=truth))
    assert result.quality is not None
    assert result.quality.f1 > 0.85


@pytest.mark.parametrize("name", ["town", "reference"])
def test_a_copied_or_computed_column_changes_nothing(flat, tmp_path, name):
    people = rows_of(flat / "people.csv")
    for r in people:
        r["extra"] = r["city"] if name == "town" else r["email"].rpartition("@")[2]
    path = write(tmp_path / "people.csv", list(people[0]), [list(r.values()) for r in people])
    plain = dedupe([flat / "people.csv"], DedupeOptions(truth=flat / "truth.csv"))
    more = dedupe([path], DedupeOptions(truth=flat / "truth.csv"))
    assert plain.link is not None
    assert more.link is not None

    def pairs(result):
        return {(a, b) for a, b, w in zip(result.link.edges.record_id_l.tolist(), result.link.edges.record_id_r.tolist(), result.link.edges.weight, strict=True) if w > 0}

    assert len(pairs(plain) ^ pairs(more)) <= 0.002 * len(pairs(plain))


def small(tmp_path: Path, header: list[str], rows: list[list[str]]) -> Path:
    return write(tmp_path / "small.csv", header, rows)


def test_one_row_is_one_entity(tmp_path):
    path = small(tmp_path, ["id", "name", "surname", "email"], [["1", "Ann", "Smith", "a@b.it"]])
    with pytest.raises(CemError, match=r"no column can be compared \(there is one record only"):
        dedupe([path])


def test_all_rows_equal_is_answered(tmp_path):
    path = small(tmp_path, ["id", "first_name", "surname"], [[str(i), "Ann", "Smith"] for i in range(50)])
    with pytest.raises(CemError, match=r"no column can be compared \(.*given, surname: one value only"):
        dedupe([path])


def test_repeated_ids_are_refused(tmp_path):
    path = small(tmp_path, ["id", "first_name", "surname"], [["1", "Ann", "Smith"], ["1", "Bob", "Jones"]])
    with pytest.raises(CemError, match="not unique"):
        dedupe([path])


def test_no_rows_and_no_file_are_refused(tmp_path):
    with pytest.raises(CemError, match="no rows"):
        dedupe([small(tmp_path, ["id", "first_name"], [])])
    with pytest.raises(CemError, match="cannot be read"):
        dedupe([tmp_path / "absent.csv"])


def test_long_texts_empty_columns_and_one_surname_end_in_time(tmp_path):
    rows = [[str(i), f"Name{i % 40}", "Rossi", "x" * 10_000, ""] for i in range(300)]
    result = dedupe([small(tmp_path, ["id", "first_name", "surname", "note", "empty"], rows)])
    assert result.records == 300
    assert not next(c for c in result.columns if c.column == "empty").used


def test_a_word_about_a_column_is_obeyed_or_refused(tmp_path, flat):
    said = dedupe([flat / "people.csv"], DedupeOptions(kinds={"city": "ignore"}))
    assert not next(c for c in said.columns if c.column == "city").used
    with pytest.raises(CemError, match="no column 'citty'"):
        dedupe([flat / "people.csv"], DedupeOptions(kinds={"citty": "city"}))
    with pytest.raises(CemError, match="no kind 'town'"):
        dedupe([flat / "people.csv"], DedupeOptions(kinds={"city": "town"}))


def test_companies_are_linked_by_their_names(tmp_path):
    names = ["Acme Trading", "Blue Harbour Foods", "Northern Lights Energy", "Casa Verde Mobili", "Delta Logistics", "Omega Steel Works"]
    rows = [[f"{k}-{i}", f"{n} {k}", f"{n} {k} Ltd"[: None if i else -4], f"0{k}1234{j}67"] for k in range(60) for j, n in enumerate(names) for i in range(2)]
    result = dedupe([small(tmp_path, ["key", "company", "legal name", "phone"], rows)])
    assert result.records == len(rows)


IN_TIME = 20.0
"""Seconds within which bad input is answered, on a machine that is busy otherwise."""


def answered(path: Path, options: DedupeOptions | None = None) -> str:
    """Return how a file is answered, in time: `N clusters`, or the id of an error that says what to do."""
    start = stopwatch()
    try:
        told = f"{dedupe([path], options or DedupeOptions()).clusters} clusters"
    except CemError as err:
        told = err.id if err.fix else ""
    assert stopwatch() - start < IN_TIME
    return told


def test_a_file_of_numbers_alone_has_no_usable_column(tmp_path):
    rows = [[str(i), f"{i * 1.25:.3f}", str(i % 2)] for i in range(200)]
    assert answered(small(tmp_path, ["id", "amount", "flag"], rows)) == "E-LINK-COLUMNS"


def test_one_row_is_answered(tmp_path):
    assert answered(small(tmp_path, ["id", "first_name", "surname"], [["1", "Ann", "Smith"]])) in {"1 clusters", "E-LINK-COLUMNS"}


def test_different_texts_of_ten_kilobytes_end_in_time(tmp_path):
    rows = [[str(i), f"Name{i % 90}", f"Surname{i % 211}", random.Random(i // 2).randbytes(5000).hex()] for i in range(400)]
    assert answered(small(tmp_path, ["id", "first_name", "surname", "note"], rows)).endswith(" clusters")


def test_long_texts_alone_are_answered(tmp_path):
    rows = [[str(i), random.Random(i).randbytes(5000).hex()] for i in range(300)]
    assert answered(small(tmp_path, ["id", "note"], rows)).endswith((" clusters", "COLUMNS"))


def test_one_surname_for_thousands_does_not_compare_them_all(tmp_path):
    rows = [[str(i), f"Name{i % 700}", "Rossi", f"{1940 + i % 60}-0{1 + i % 9}-1{i % 7}"] for i in range(6000)]
    path = small(tmp_path, ["id", "first_name", "surname", "dob"], rows)
    found = dedupe([path])
    assert found.link is not None
    assert found.link.plan.candidate_pairs < 0.02 * found.link.plan.all_pairs


def test_a_file_with_only_empty_cells_is_refused(tmp_path):
    assert answered(small(tmp_path, ["id", "first_name", "surname"], [[str(i), "", ""] for i in range(40)])) == "E-LINK-COLUMNS"


def test_the_plan_is_told_without_linking(flat, tmp_path):
    uses, plan = plan_files([flat / "people.csv"], DedupeOptions(output=tmp_path / "clusters.csv"))
    assert plan.candidate_pairs == sum(rule.new for rule in plan.rules)
    assert {c.column for c in plan.columns} == {u.column for u in uses if u.used}
    assert cost_of(plan, LinkOptions()).startswith(f"{plan.candidate_pairs:,} candidate pairs")
    assert f"compare all {plan.all_pairs:,} pairs" in cost_of(plan, LinkOptions(all_pairs_below=plan.records))
    assert not (tmp_path / "clusters.csv").exists()


@pytest.mark.parametrize(("content", "said"), [
    (b"<html><body>sign in</body></html>", "web page"), (b"PK\x03\x04 and so on", "Excel"), (b"\x1f\x8b\x08 packed", "gzip"),
    (b"id,name\n1,a\x00b\n2,c\n" + b"3,dddddd\n" * 9, "NUL"), (bytes(range(7)) * 40, "NUL"), (b"\x00" * 50 + b"a,b\n", "NUL"),
])
def test_a_file_that_is_no_text_is_named_for_what_it_is(tmp_path, content, said):
    (tmp_path / "people.csv").write_bytes(content)
    with pytest.raises(CemError) as caught:
        dedupe([tmp_path / "people.csv"])
    assert caught.value.id == "E-FILE-TYPE"
    assert said in caught.value.what


def test_columns_that_differ_in_case_are_one_column(tmp_path, flat):
    rows = [list(row.values()) for row in rows_of(flat / "people.csv")][:300]
    header = list(rows_of(flat / "people.csv")[0])
    write(tmp_path / "crm.csv", header, rows)
    write(tmp_path / "shop.csv", [name.upper() for name in header], rows)
    result = dedupe([tmp_path / "crm.csv", tmp_path / "shop.csv"])
    assert [use.column.strip() for use in result.columns] == header[1:]
    assert result.linked_records == result.records == 600


def test_a_tax_code_speaks_for_its_owner_where_names_are_missing(tmp_path):
    """A bill with a code and no name belongs to the customer of that name, not to the brother at the same address."""
    given = ["Gianfranco", "Stefania", "Roberto", "Lucilla", "Massimo", "Daniela", "Carlo", "Veronica"]
    surnames = ["Bramante", "Cordero", "Fusaro", "Gandolfi", "Lorusso", "Marchetti", "Pavesi", "Quaranta", "Tommasi", "Zanella"]
    def code(name: str, skip: bool) -> str:
        kept = [c for c in name.upper() if c not in "AEIOU"]
        return "".join([kept[0], *kept[2:4]] if skip and len(kept) > 3 else (kept + [c for c in name.upper() if c in "AEIOU"])[:3])

    crm, bills = ["id,nome,cognome,via,cap"], ["id,codice_fiscale,via,cap"]
    for house, surname in enumerate(surnames * 6):
        for name in (given[house % 8], given[(house + 3) % 8]):
            line = f"Via Roma {house + 1},{20100 + house % 30}"
            crm.append(f"{len(crm)},{name},{surname},{line}")
            bills.append(f"{len(bills)},{code(surname, False)}{code(name, True)}70A{house % 28 + 1:02}F205X,{line}")
    truth = [f"{source},{k},{k}" for source in ("crm", "bills") for k in range(1, len(crm))]
    for file, lines in {"crm": crm, "bills": bills, "truth": ["source,id,entity", *truth]}.items():
        (tmp_path / f"{file}.csv").write_text("\n".join(lines) + "\n")
    found = dedupe([tmp_path / "crm.csv", tmp_path / "bills.csv"], DedupeOptions(truth=tmp_path / "truth.csv"))
    assert found.quality.f1 >= 0.95, found.quality

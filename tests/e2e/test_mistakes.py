"""Whatever goes wrong ends in one message, one documented exit code, an unchanged workspace, and never a person's data."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import Outcome, call
from tests.e2e.test_loop import query

pytestmark = pytest.mark.xdist_group("demo")
Cem = Callable[..., Outcome]
SURVEY = "data/nps_survey.csv"


@pytest.fixture(scope="module")
def sick(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the demo for commands that fail."""
    return Path(shutil.copytree(demo, tmp_path_factory.mktemp("sick") / "demo"))


@pytest.fixture(scope="module")
def personal(demo: Path) -> frozenset[str]:
    """Contact details, tax codes and full names of everybody in the sample."""
    rows = query(demo, """
        SELECT DISTINCT unnest([email, phone, tax_code, full_name, phone[4:]]) FROM records""")
    return frozenset(str(row[0]).lower() for row in rows if row[0] and len(str(row[0])) >= 8)


def told(outcome: Outcome, personal: frozenset[str]) -> str:
    """Return what a failure said, after looking for people in it."""
    text = (outcome.err + (outcome.out if outcome.out.startswith("{") else "")).lower()
    assert not {value for value in personal if value in text}
    assert "E-INTERNAL" not in text
    return text


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8-sig").splitlines(keepends=True)


def headerless(folder: Path) -> None:
    (folder / SURVEY).write_text("".join(lines(folder / SURVEY)[1:]))


def renamed_column(folder: Path) -> None:
    head, *rest = lines(folder / SURVEY)
    (folder / SURVEY).write_text("".join([head.replace("score", "punteggio"), *rest]))


def column_twice(folder: Path) -> None:
    head, *rest = lines(folder / SURVEY)
    (folder / SURVEY).write_text("".join([head.replace("last_name", "first_name"), *rest]))


def bad_bytes(folder: Path) -> None:
    data = (folder / SURVEY).read_bytes()
    (folder / SURVEY).write_bytes(data.replace(b"gmail", b"gm\xff\xfeail"))


def ragged(folder: Path) -> None:
    head, *rest = lines(folder / SURVEY)
    (folder / SURVEY).write_text("".join([head, *(row.rstrip("\n") + ",surplus\n" for row in rest)]))


def shrunk(folder: Path) -> None:
    (folder / SURVEY).write_text("".join(lines(folder / SURVEY)[:20]))


def emptied(folder: Path) -> None:
    (folder / SURVEY).write_text("")


def removed(folder: Path) -> None:
    (folder / SURVEY).unlink()


DAMAGES: list[tuple[Callable[[Path], None], int, str]] = [
    (headerless, 5, "E-HEADER-MISSING"), (renamed_column, 5, "E-HEADER-MISSING"), (column_twice, 5, "E-HEADER-TWICE"), (bad_bytes, 5, "E-FILE-ENCODING"),
    (ragged, 5, "E-CSV-RAGGED"), (shrunk, 3, "E-FILE-SHRUNK"), (emptied, 5, "E-FILE"), (removed, 5, "E-FILE-NONE"),
]


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["text", "json"])
@pytest.mark.parametrize(("damage", "code", "error"), DAMAGES, ids=lambda value: getattr(value, "__name__", None))
def test_damaged_files_change_nothing_and_tell_nobodys_data(
    sick: Path, personal: frozenset[str], damage: Callable[[Path], None], code: int, error: str, form: tuple[str, ...]
) -> None:
    kept = (sick / SURVEY).read_bytes()
    before = query(sick, "SELECT * FROM cem.import_file ORDER BY import_id")
    try:
        damage(sick)
        outcome = call("import", "nps", "--project", sick, *form)
    finally:
        (sick / SURVEY).write_bytes(kept)
    said = told(outcome, personal)
    assert outcome.code == code, said
    assert error.lower() in said
    assert form or "next: " in said
    if form:
        assert outcome.document["error"]["fix"]
    assert query(sick, "SELECT * FROM cem.import_file ORDER BY import_id") == before


WRONG = [
    (["decide", "file", "bad.csv"], 5), (["decide", "link", "nps:nobody", "nps:nowhere"], 2), (["decide", "link", "nps:nobody"], 2),
    (["decide", "freeze", "C0000000000000000"], 2), (["unify", "--set", "email=x"], 2), (["unify", "--undo", "99"], 2),
    (["unify", "--customer", "salesforce_contacts:0035g00000000750AAG", "--set", "birth_date=soon"], 2),
    (["unify", "--customer", "salesforce_contacts:0035g00000000750AAG", "--set", "emial=x"], 2),
    (["review"], 2), (["review", "--import", "bad.csv"], 5), (["restore", "cem.yaml", "--yes"], 5), (["restore", "nofile", "--yes"], 5),
    (["restore", "bad.csv"], 8), (["sql", "SELECT email::INTEGER FROM profiles"], 2), (["sql", "SELECT error(email) FROM profiles"], 2),
    (["sql", "FROM read_csv('/etc/passwd')"], 2), (["sql", "ATTACH 'x.db'"], 2), (["sql", "DELETE FROM cem.profile"], 2), (["sql", "  "], 2),
    (["sql", "SET memory_limit = '1GB'"], 2), (["sql", "SELECT getenv('HOME')"], 2), (["source", "rekey", "nps", "npss"], 2),
    (["source", "rekey", "nps", "reviews", "--crosswalk", "bad.csv"], 5), (["evaluate", "--truth", "bad.csv"], 5), (["why", "nps:a", "nps:b"], 2),
    (["diff", "1", "99"], 2), (["diff", "--fail-on", "mergd > 0"], 2), (["import", "nps", "--effective-at", "soon"], 2),
    (["segment", "explain", "champions", "--customer", "Cffffffffffff"], 2), (["insight", "rfm", "--format", "xml"], 2),
    (["inspect", "nofile.csv"], 5), (["inspect", "cem.yaml", "--write", "tests.yaml"], 8), (["dedupe", "nofile.csv"], 5),
    (["dedupe", SURVEY, "--map", "email"], 2), (["export", "newsleter"], 2), (["init", "."], 8), (["backup", "cem.yaml/x"], 8),
]


@pytest.mark.parametrize(("words", "code"), WRONG, ids=lambda value: " ".join(value) if isinstance(value, list) else None)
def test_wrong_questions_get_an_answer(
    sick: Path, personal: frozenset[str], monkeypatch: pytest.MonkeyPatch, words: list[str], code: int
) -> None:
    monkeypatch.chdir(sick)
    (sick / "bad.csv").write_text("a,b\n" + "".join(lines(sick / SURVEY)[1:5]))
    outcome = call(*words, "--json")
    said = told(outcome, personal)
    assert outcome.code == code, said
    assert outcome.document["error"]["fix"], said
    assert outcome.err == ""


def test_broken_keys_are_placed_all_at_once(sick: Path, cem: Cem) -> None:
    nps, segments = sick / "sources" / "nps.yaml", sick / "segments.yaml"
    kept = nps.read_text(), segments.read_text()
    nps.write_text("trsut: 5\n" + kept[0])
    segments.write_text(kept[1] + "\nwrong:\n  were: kind = 'customer'\n")
    outcome = cem("status", "--project", sick)
    nps.write_text(kept[0])
    segments.write_text(kept[1])
    assert outcome.code == 2
    assert "nps.yaml:1:trsut: unknown key 'trsut'; did you mean 'trust'?" in outcome.err
    assert "wrong.were" in outcome.err
    assert "'where'" in outcome.err


def test_a_locked_workspace_is_told_with_its_holder(sick: Path, cem: Cem) -> None:
    from cem_cli.store.lock import Lock

    with Lock(sick / "customers.lock", exclusive=True, timeout=1, command="import"):
        for words in (["status"], ["run"], ["export"], ["run", "--dry-run"]):
            outcome = cem(*words, "--project", sick, "--lock-timeout", "0.1", "--json")
            assert outcome.code == 11
            assert outcome.document["error"]["retryable"] is True
            assert "cem import" in outcome.document["error"]["message"]


def test_a_bug_leaves_a_file_without_values(sick: Path, cem: Cem, monkeypatch: pytest.MonkeyPatch, personal: frozenset[str]) -> None:
    secret = min(value for value in personal if "@" in value)

    def fail(*_: object) -> None:
        raise ValueError(secret)

    monkeypatch.setattr("cem_cli.store.ledger.read_status", fail)
    outcome = cem("status", "--project", sick)
    assert outcome.code == 1
    assert secret not in outcome.err
    crash = Path(outcome.err.split(":")[0].split(" ")[1])
    assert secret not in crash.read_text()
    assert "ValueError" in crash.read_text()
    assert crash.stat().st_mode & 0o077 == 0


def test_a_project_without_sources_says_what_to_do(tmp_path: Path, cem: Cem, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cem("init", tmp_path / "new").code == 0
    monkeypatch.chdir(tmp_path / "new")
    for words in (["run"], ["import"], ["run", "--dry-run"]):
        outcome = cem(*words)
        assert outcome.code == 2
        assert "cem inspect FILE --write sources/NAME.yaml" in outcome.err
    assert not (tmp_path / "new" / "customers.duckdb").exists()
    assert cem("status").code == 10
    assert cem("source", "list", "--json").document["data"] == {"sources": []}


@pytest.mark.parametrize(("name", "code", "error"), [("SIGINT", 130, "E-INTERRUPTED"), ("SIGTERM", 143, "E-TERMINATED")])
def test_signals_stop_a_run_at_once_and_keep_nothing(sick: Path, tmp_path: Path, name: str, code: int, error: str) -> None:
    import signal

    for part in ("sources", "data"):
        shutil.copytree(sick / part, tmp_path / part)
    shutil.copy(sick / "cem.yaml", tmp_path)
    command = [sys.executable, "-m", "cem_cli", "run", "-v", "--json"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        while "loyalty_cards" not in (line := process.stderr.readline()):
            assert line, "the run ended before it could be stopped"
        process.send_signal(signal.Signals[name])
        out, _ = process.communicate(timeout=30)  # a second on a quiet machine
    assert process.returncode == code
    assert json.loads(out)["error"]["id"] == error
    assert query(tmp_path, "SELECT status FROM runs") == [(f"failed: {error}",)]
    last = max(path.stem for path in (tmp_path / "sources").glob("*.yaml"))  # a slow reader here may give the run a few sources more
    assert query(tmp_path, f"SELECT count(*) FROM imports WHERE source = '{last}'") == [(0,)]


def test_a_reader_that_had_enough_is_no_failure(sick: Path) -> None:
    command = f"{sys.executable} -m cem_cli sql 'SELECT * FROM events' | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], cwd=sick, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0"
    assert done.stderr == ""

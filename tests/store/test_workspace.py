"""The workspace is the last committed state, private, locked against others, and refuses what it cannot trust."""

import multiprocessing
import os
import signal
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cem_cli.base.errors import CemError, ExitCode
from cem_cli.engines.duck import Connection
from cem_cli.store.workspace import Access, key_path, open_workspace, spill_folder

AS_OF = datetime(2026, 6, 30, tzinfo=UTC)


def test_new_workspace_is_private_and_tidy(tmp_path: Path) -> None:
    path = tmp_path / "customers.duckdb"
    with open_workspace(path, Access("test")) as workspace:
        assert workspace.begin_run("test", AS_OF, "hash") == 1
        workspace.end_run(1, "ok", {"n": 1})
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}
    assert not spill_folder(path).exists()
    with open_workspace(path, Access("read", write=False)) as workspace:
        assert workspace.con.execute("SELECT run_id, status FROM runs").fetchall() == [(1, "ok")]


def test_a_writer_makes_what_an_older_version_lacked(tmp_path: Path) -> None:
    path = tmp_path / "customers.duckdb"
    with open_workspace(path, Access("test")) as workspace:
        workspace.con.execute("DROP VIEW decisions")
    with open_workspace(path, Access("test")) as workspace:
        assert workspace.con.execute("SELECT count(*) FROM decisions").fetchall() == [(0,)]


def test_a_file_called_cem_works(tmp_path: Path) -> None:
    with open_workspace(tmp_path / "cem.duckdb", Access("test")) as workspace:
        assert workspace.con.execute("SELECT count(*) FROM profiles").fetchall() == [(0,)]


def test_error_rolls_back_everything(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    with open_workspace(path, Access("test")) as workspace:
        with pytest.raises(ZeroDivisionError), workspace.transaction() as con:
            con.execute("INSERT INTO cem.meta VALUES ('half', 'done')")
            raise ZeroDivisionError
        assert workspace.con.execute("SELECT count(*) FROM cem.meta WHERE key = 'half'").fetchall() == [(0,)]


class _Interrupted:
    """A connection on which a signal comes right after a transaction began."""

    def __init__(self, con: Connection) -> None:
        self.con, self.armed = con, True

    def execute(self, sql: str) -> Connection:
        done = self.con.execute(sql)
        if self.armed and sql.startswith("BEGIN"):
            self.armed = False
            raise KeyboardInterrupt
        return done


def test_a_signal_right_after_the_beginning_leaves_no_open_transaction(tmp_path: Path) -> None:
    with open_workspace(tmp_path / "customers.duckdb", Access("test")) as workspace:
        whole = workspace.con
        workspace.con = _Interrupted(whole)  # type: ignore[assignment]
        with pytest.raises(KeyboardInterrupt), workspace.transaction():
            pytest.fail("the block must not run")
        workspace.con = whole
        assert workspace.begin_run("test", AS_OF, "hash") == 1


def test_engine_error_rolls_back_too(tmp_path: Path) -> None:
    with open_workspace(tmp_path / "w.duckdb", Access("test")) as workspace:
        with pytest.raises(Exception, match="nowhere"), workspace.transaction() as con:
            con.execute("INSERT INTO cem.meta VALUES ('half', 'done')")
            con.execute("SELECT * FROM nowhere")
        assert workspace.con.execute("SELECT count(*) FROM cem.meta WHERE key = 'half'").fetchall() == [(0,)]


def _hold(path: str, seconds: float) -> None:
    with open_workspace(Path(path), Access("holder")):
        time.sleep(seconds)


def _insert_forever(path: str) -> None:
    with open_workspace(Path(path), Access("writer")) as workspace:
        for number in range(1_000_000):
            with workspace.transaction() as con:
                con.execute("INSERT INTO cem.meta VALUES ('a', ?), ('b', ?)", [str(number), str(number)])


def test_second_process_waits_or_says_who_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    holder = multiprocessing.get_context("spawn").Process(target=_hold, args=(str(path), 2.5))
    holder.start()
    while not path.with_suffix(".lock").exists() or not path.with_suffix(".lock").read_text():
        time.sleep(0.02)
    with pytest.raises(CemError) as failure, open_workspace(path, Access("second", lock_timeout=0.1)):
        pass
    assert failure.value.code == ExitCode.LOCKED
    assert "cem holder" in failure.value.what
    with open_workspace(path, Access("third", lock_timeout=20)):
        pass
    holder.join()


def test_kill_leaves_the_last_committed_state(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    for _ in range(3):
        writer = multiprocessing.get_context("spawn").Process(target=_insert_forever, args=(str(path),))
        writer.start()
        time.sleep(0.9)
        os.kill(writer.pid or 0, signal.SIGKILL)
        writer.join()
        with open_workspace(path, Access("check")) as workspace:
            a, b = workspace.con.execute("SELECT count(*) FILTER (key = 'a'), count(*) FILTER (key = 'b') FROM cem.meta").fetchall()[0]
        assert a == b


@pytest.mark.parametrize("harm", ["garbage", "newer"])
def test_untrusted_files_are_refused(tmp_path: Path, harm: str) -> None:
    path = tmp_path / "w.duckdb"
    with open_workspace(path, Access("test")) as workspace:
        if harm == "newer":
            workspace.con.execute("UPDATE cem.meta SET value = '999' WHERE key = 'version'")
    if harm == "garbage":
        path.write_bytes(b"not a database" * 100)
    with pytest.raises(CemError) as failure, open_workspace(path, Access("test")):
        pass
    assert failure.value.code == ExitCode.DATABASE


@pytest.mark.parametrize("harm", ["missing", "short", "open"])
def test_key_must_be_there_and_private(tmp_path: Path, harm: str) -> None:
    path = tmp_path / "w.duckdb"
    with open_workspace(path, Access("test")):
        pass
    key = key_path(path)
    if harm == "missing":
        key.unlink()
    elif harm == "short":
        key.write_text("x")
    else:
        key.chmod(0o644)
    with pytest.raises(CemError) as failure, open_workspace(path, Access("test")):
        pass
    assert failure.value.code == ExitCode.KEY


def test_readers_need_a_workspace(tmp_path: Path) -> None:
    with pytest.raises(CemError) as failure, open_workspace(tmp_path / "none.duckdb", Access("read", write=False)):
        pass
    assert failure.value.code == ExitCode.NO_PROJECT

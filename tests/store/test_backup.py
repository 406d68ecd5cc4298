"""A backup comes back whole, or is refused; nothing is replaced unasked."""

from pathlib import Path

import pytest

from cem_cli.base.errors import CemError, ExitCode
from cem_cli.store.backup import back_up, restore
from cem_cli.store.workspace import Access, key_path, open_workspace


@pytest.fixture
def workspace_path(tmp_path: Path) -> Path:
    path = tmp_path / "w.duckdb"
    with open_workspace(path, Access("test")) as workspace:
        workspace.con.execute("INSERT INTO cem.meta VALUES ('kept', 'yes')")
        back_up(workspace, tmp_path / "b.cembackup")
        workspace.con.execute("DELETE FROM cem.meta WHERE key = 'kept'")
    return path


def test_round_trip(workspace_path: Path, tmp_path: Path) -> None:
    key = key_path(workspace_path).read_text()
    elsewhere = tmp_path / "new" / "w.duckdb"
    elsewhere.parent.mkdir()
    restore(tmp_path / "b.cembackup", elsewhere, overwrite=False)
    assert key_path(elsewhere).read_text() == key
    with open_workspace(elsewhere, Access("read", write=False)) as workspace:
        assert workspace.con.execute("SELECT value FROM cem.meta WHERE key = 'kept'").fetchall() == [("yes",)]
        assert workspace.con.execute("SELECT count(*) FROM profiles").fetchall() == [(0,)]


def test_present_workspace_is_kept(workspace_path: Path, tmp_path: Path) -> None:
    backup = tmp_path / "b.cembackup"
    with pytest.raises(CemError) as failure:
        restore(backup, workspace_path, overwrite=False)
    assert failure.value.code == ExitCode.OUTPUT
    restore(backup, workspace_path, overwrite=True)
    assert workspace_path.with_name("w.duckdb.before-restore").exists()
    with open_workspace(workspace_path, Access("read", write=False)) as workspace:
        assert workspace.con.execute("SELECT value FROM cem.meta WHERE key = 'kept'").fetchall() == [("yes",)]


@pytest.mark.parametrize("harm", ["cut", "other", "absent"])
def test_damaged_backups_change_nothing(workspace_path: Path, tmp_path: Path, harm: str) -> None:
    backup, before = tmp_path / "b.cembackup", workspace_path.read_bytes()
    if harm == "cut":
        backup.write_bytes(backup.read_bytes()[:-200])
    elif harm == "other":
        backup.write_text("name,email\n")
    else:
        backup.unlink()
    with pytest.raises(CemError) as failure:
        restore(backup, workspace_path, overwrite=True)
    assert failure.value.code == ExitCode.INPUT
    assert workspace_path.read_bytes() == before

"""Files are whole or absent, private, and never follow a link."""

from pathlib import Path

import pytest

from cem_cli.base.errors import CemError, ExitCode
from cem_cli.base.files import atomic_path, write_text


def test_written_file_is_whole_and_private(tmp_path: Path) -> None:
    target = tmp_path / "new" / "out.csv"
    write_text(target, "a,b\n")
    assert target.read_text() == "a,b\n"
    assert target.stat().st_mode & 0o777 == 0o600
    assert list(target.parent.iterdir()) == [target]


def test_failure_leaves_the_previous_file(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    write_text(target, "before")
    with pytest.raises(RuntimeError), atomic_path(target) as temporary:
        temporary.write_text("half")
        raise RuntimeError("stop")
    assert target.read_text() == "before"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("kind", ["link", "folder"])
def test_odd_targets_are_refused(tmp_path: Path, kind: str) -> None:
    target, elsewhere = tmp_path / "out.csv", tmp_path / "elsewhere"
    elsewhere.write_text("theirs")
    target.symlink_to(elsewhere) if kind == "link" else target.mkdir()
    with pytest.raises(CemError) as failure:
        write_text(target, "ours")
    assert failure.value.code == ExitCode.OUTPUT
    assert elsewhere.read_text() == "theirs"

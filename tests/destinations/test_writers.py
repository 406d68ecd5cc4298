import resource
import signal

import pytest

from cem_cli.base.errors import CemError, ExitCode
from cem_cli.destinations.writers import OPTIONS, write_rows


@pytest.fixture
def small_files():
    """Let no file grow beyond 64 kB, as a full disk would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    told = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, told)


@pytest.mark.parametrize("options", sorted(OPTIONS))
def test_a_full_disk_leaves_the_earlier_file_and_nothing_else(con, tmp_path, small_files, options):
    target = tmp_path / "out"
    write_rows(con, "SELECT 1 AS x", target, options)
    before = target.read_bytes()
    with pytest.raises(CemError) as caught:
        write_rows(con, "SELECT sha256(i::VARCHAR) AS x FROM range(20000) t(i) ORDER BY x", target, options)
    assert caught.value.code == ExitCode.OUTPUT
    assert target.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_mistake_in_the_query_is_not_called_a_full_disk(con, tmp_path):
    with pytest.raises(Exception, match="nothing_like_it"):
        write_rows(con, "SELECT nothing_like_it", tmp_path / "out", "csv")
    assert list(tmp_path.iterdir()) == []


def test_what_was_written_is_described(con, tmp_path):
    file = write_rows(con, "SELECT i FROM range(3) t(i) ORDER BY i", tmp_path / "out.csv", "csv")
    assert (file.name, file.rows, file.bytes) == ("out.csv", 3, 8)

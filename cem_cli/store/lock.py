"""One writer or many readers: a kernel lock on a side file, taken before the database is opened, freed by any death.

DuckDB does not wait for its own lock, and loses it when our process opens the database file elsewhere
(`reliability.md` section 3.3); the side file has neither fault.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from cem_cli.base.clock import stopwatch, wall_now
from cem_cli.base.errors import CemError, ExitCode

POLL_SECONDS = 0.05


class Lock:
    """A shared or exclusive lock on `path`, held as a context."""

    def __init__(self, path: Path, *, exclusive: bool, timeout: float, command: str) -> None:
        self.path, self.exclusive, self.timeout, self.command = path, exclusive, timeout, command
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        deadline = stopwatch() + self.timeout
        mode = fcntl.LOCK_EX if self.exclusive else fcntl.LOCK_SH
        while True:
            try:
                fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
                break
            except OSError:
                if stopwatch() >= deadline:
                    holder = _holder(self.path)
                    os.close(descriptor)
                    raise CemError(
                        "E-LOCKED", f"the workspace is in use{holder}", where=str(self.path), code=ExitCode.LOCKED,
                        why=f"waited {self.timeout:g} s", fix="run the command again later, or wait longer with --lock-timeout 60",
                    ) from None
                time.sleep(POLL_SECONDS)
        self._descriptor = descriptor
        if self.exclusive:
            note = json.dumps({"pid": os.getpid(), "command": self.command, "since": wall_now().isoformat()})
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, note.encode(), 0)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._descriptor is not None:
            if self.exclusive:
                os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None


def _holder(path: Path) -> str:
    try:
        note = json.loads(path.read_text())
        return f" by process {note['pid']} (cem {note['command']}, since {note['since']})"
    except (OSError, ValueError, KeyError):
        return " by another process"

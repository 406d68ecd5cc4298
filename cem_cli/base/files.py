"""Files that are whole or absent: written under a random name, synced, renamed; private by default (0600)."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cem_cli.base.errors import CemError, ExitCode


@contextmanager
def atomic_path(target: Path) -> Iterator[Path]:
    """Yield a temporary path beside `target`; on success sync it and rename it into place, on failure remove it.

    Raises CemError (exit 8) where the folder cannot be written.
    """
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(6)}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_symlink() or (target.exists() and not target.is_file()):
            raise CemError(
                "E-OUT-TARGET", "the output path is not a plain file", where=str(target), code=ExitCode.OUTPUT,
                fix="name another path",
            )
        yield temporary
        sync(temporary)
        temporary.replace(target)
        _sync_folder(target.parent)
    except OSError as err:
        raise CemError(
            "E-OUT-WRITE", "cannot write the output", where=str(target), why=err.strerror or type(err).__name__,
            code=ExitCode.OUTPUT, fix="check the folder's permissions and free space",
        ) from err
    finally:
        with suppress(OSError):  # where the folder is no folder, unlinking fails too; the first error tells it
            temporary.unlink()


def write_text(target: Path, text: str) -> None:
    """Write `text` as UTF-8 to `target`, whole or not at all."""
    with atomic_path(target) as temporary:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)


def sync(path: Path) -> None:
    """Force a file's bytes to the disk, and make it private."""
    path.chmod(0o600)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256(path: Path) -> str:
    """Return a file's SHA-256 in hex, read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

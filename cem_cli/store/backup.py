"""Copies that can be trusted: a whole workspace with its key in one file, checked before it replaces anything.

Reads every table. A backup is a zip of the database (copied by the engine, not by the file system) and the key.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from pathlib import Path

from cem_cli.base.errors import CemError, ExitCode
from cem_cli.base.files import atomic_path, sha256, sync
from cem_cli.base.sql import literal
from cem_cli.engines.duck import connect_memory
from cem_cli.store.tables import SCHEMA, VERSION
from cem_cli.store.workspace import Workspace, key_path

DATABASE, KEY, MANIFEST = "workspace.duckdb", "workspace.key", "manifest.json"


def back_up(workspace: Workspace, target: Path) -> dict[str, object]:
    """Write a backup of an open workspace to `target` and return its manifest."""
    with tempfile.TemporaryDirectory(dir=workspace.spill) as folder:
        copy = Path(folder) / DATABASE
        con = workspace.con
        con.execute(f"ATTACH {literal(str(copy))} AS backup").fetchall()
        try:
            con.execute("COPY FROM DATABASE workspace TO backup").fetchall()
        finally:
            con.execute("DETACH backup").fetchall()
        newest = con.execute(f"SELECT coalesce(max(run_id), 0) FROM {SCHEMA}.run").fetchall()[0][0]
        manifest: dict[str, object] = {"schema": "cem.backup/1", "tables": VERSION, "run_id": newest, "sha256": sha256(copy)}
        with atomic_path(target) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(copy, DATABASE)
            archive.writestr(KEY, key_path(workspace.path).read_text())
            archive.writestr(MANIFEST, json.dumps(manifest, indent=2))
    return manifest


def restore(source: Path, database: Path, *, overwrite: bool) -> dict[str, object]:
    """Put a backup in the place of a workspace, after checking it; the replaced file is kept as `*.before-restore`.

    Raises CemError: not a backup or damaged (5), a workspace exists and `overwrite` is false (8).
    """
    if database.exists() and not overwrite:
        raise CemError("E-RESTORE-EXISTS", "a workspace exists here", where=str(database), code=ExitCode.OUTPUT,
                       fix=f"cem restore {source} --yes   (the present one is kept as {database.name}.before-restore)")
    with tempfile.TemporaryDirectory(dir=database.parent) as folder:
        try:
            with zipfile.ZipFile(source) as archive:
                manifest: dict[str, object] = json.loads(archive.read(MANIFEST))
                for name in (DATABASE, KEY):
                    with archive.open(name) as packed, (Path(folder) / name).open("wb") as plain:
                        shutil.copyfileobj(packed, plain)
        except FileNotFoundError as err:
            raise CemError("E-RESTORE-MISSING", "the backup does not exist", where=str(source), code=ExitCode.INPUT,
                           fix="cem backup FILE") from err
        except (OSError, KeyError, ValueError, zipfile.BadZipFile) as err:
            raise _damaged(source) from err
        copy, key = Path(folder) / DATABASE, Path(folder) / KEY
        if sha256(copy) != manifest.get("sha256"):
            raise _damaged(source)
        connect_memory().execute(f"ATTACH {literal(str(copy))} AS restored (READ_ONLY)").close()
        if database.exists():
            database.replace(database.with_name(database.name + ".before-restore"))
        for file, place in ((key, key_path(database)), (copy, database)):
            sync(file)
            file.replace(place)
    return manifest


def _damaged(source: Path) -> CemError:
    return CemError("E-RESTORE-DAMAGED", "not a whole cem backup", where=str(source), code=ExitCode.INPUT,
                    why="the archive or its checksum is wrong", fix="take another backup file")

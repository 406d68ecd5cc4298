"""New projects: a commented one to fill in, and the bundled sample company's. Writes files only."""

from __future__ import annotations

import shutil
from importlib.resources import files
from pathlib import Path

from cem_cli.base.errors import CemError, ExitCode
from cem_cli.base.files import write_text
from cem_cli.config.project import FILE_NAME

DEMO_KEY = "cem-demo-key-0000000000000000000000000000000000000000000000000000"
"""The sample company's hashing key is public on purpose: the demo's ids are the same on every machine."""


def scaffold(folder: Path) -> list[Path]:
    """Write a commented project into `folder` and return its files. Raises CemError (exit 8) where one exists."""
    if (folder / FILE_NAME).exists():
        raise CemError("E-INIT-EXISTS", "a project exists here", where=str(folder / FILE_NAME), code=ExitCode.OUTPUT,
                       fix="cem status, or name another folder")
    written = []
    for template in sorted(files("cem_cli.config").joinpath("templates").iterdir(), key=lambda item: item.name):
        target = folder / ("sources/README.yaml.txt" if template.name == "source.yaml" else template.name)
        write_text(target, template.read_text(encoding="utf-8").replace("NAME", folder.resolve().name))
        written.append(target)
    (folder / "data").mkdir(exist_ok=True)
    write_text(folder / ".gitignore", "# personal data and keys stay out of version control\n*.duckdb*\n*.key\n*.lock\ndata/\nexports/\n")
    return [*written, folder / ".gitignore"]


def install_demo(folder: Path) -> None:
    """Copy the sample company's project and exports into `folder` (files of an earlier demo are replaced)."""
    if folder.exists() and not (folder / FILE_NAME).exists() and any(folder.iterdir()):
        raise CemError("E-DEMO-FOLDER", "the folder holds something that is not a demo", where=str(folder), code=ExitCode.OUTPUT,
                       fix="cem demo another-folder")
    shutil.copytree(bundled("configs"), folder, dirs_exist_ok=True)
    shutil.copytree(bundled("sample_data"), folder / "data", dirs_exist_ok=True)
    write_text(folder / "customers.key", DEMO_KEY + "\n")


def bundled(name: str) -> Path:
    """Return the folder `configs` or `sample_data`: inside an installed package, or beside it in a checkout."""
    package = Path(str(files("cem_cli")))
    for place in (package / "bundled" / name, package.parent / name):
        if place.is_dir():
            return place
    raise CemError("E-DEMO-MISSING", f"this installation carries no {name}", code=ExitCode.INTERNAL,
                   fix="pip install --force-reinstall cem-cli")

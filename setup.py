"""Carries the sample company (configs/, sample_data/) inside the wheel, so that `cem demo` works from any folder."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithSamples(build_py):
    """Copies the two folders to cem_cli/bundled of the built package."""

    def run(self) -> None:
        """Build the package, then add the samples."""
        super().run()
        for name in ("configs", "sample_data"):
            target = Path(self.build_lib, "cem_cli", "bundled", name)
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(Path(__file__).parent / name, target)


setup(cmdclass={"build_py": BuildWithSamples})

"""The wheel and the sdist, built once, and environments that hold nothing but what is installed."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.empty_home import copy_of_the_checkout, empty_home, find_python
from tests.support.packages import REPOSITORY

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]


@dataclass(frozen=True)
class Distributions:
    """What `python -m build` gave."""

    wheel: Path
    sdist: Path


def build(checkout: Path) -> Distributions:
    """The sdist from the checkout, and the wheel from that sdist."""
    folder = checkout / "dist"
    subprocess.run(
        [sys.executable, "-m", "build", "--outdir", str(folder), str(checkout)],
        check=True,
        capture_output=True,
        timeout=300,
    )
    (wheel,) = folder.glob("*.whl")
    (sdist,) = folder.glob("*.tar.gz")
    assert len(list(folder.iterdir())) == 2
    return Distributions(wheel, sdist)


@pytest.fixture(scope="session")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Distributions:
    """Both distributions of the working copy."""
    return build(copy_of_the_checkout(tmp_path_factory.mktemp("checkout")))


@dataclass(frozen=True)
class Installed:
    """An environment of one Python in a home of its own, and a folder to work in."""

    folder: Path
    environment: dict[str, str]

    def command(self, name: str) -> str:
        return str(self.folder / "environment" / "bin" / name)

    def run(
        self, command: str, *arguments: str, exit_code: int = 0, **more: str
    ) -> subprocess.CompletedProcess[str]:
        """What the command gave; it must end with ``exit_code``."""
        done = subprocess.run(
            [self.command(command), *arguments],
            cwd=self.folder / "work",
            env=self.environment | more,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=300,
            check=False,
        )
        assert done.returncode == exit_code, f"{done.stdout}\n{done.stderr}"
        return done


Install = Callable[..., Installed]


@pytest.fixture
def install(tmp_path: Path) -> Install:
    """Makes an environment of the Python ``version`` with what pip is asked for."""

    def make(version: str, *requirements: str, name: str = "one") -> Installed:
        python = find_python(version)
        if python is None:
            pytest.skip(f"no python{version} on the PATH")
        folder = tmp_path / name
        environment = empty_home(folder / "home")
        (folder / "work").mkdir()
        # Without pip, the environment is empty indeed; ours installs into it.
        where = str(folder / "environment")
        subprocess.run(
            [python, "-m", "venv", "--without-pip", where], env=environment, check=True, timeout=60
        )
        pip = [sys.executable, "-m", "pip", "--python", f"{where}/bin/python", "--quiet"]
        installing = subprocess.run(
            [*pip, "install", *requirements],
            cwd=folder / "work",
            env=environment,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert installing.returncode == 0, installing.stderr
        return Installed(folder, environment)

    return make

"""One page while it is followed: its project, its Python names, its bash and its emulator."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module, invalidate_caches
from pathlib import Path
from typing import Any

import pytest
from zohohub_gen.config import load
from zohohub_gen.emulator import Emulator

from tests.support.packages import ACME, SAMPLE

from .shell import Shell

NEEDS_BASH = pytest.mark.skipif(sys.platform == "win32", reason="bash, and its process group")

_PYPROJECT = '[tool.zohohub]\npackage = "acme_crm"\n'


def make_sample_project(folder: Path) -> Path:
    """The sample org pulled, its package generated, and nothing else."""
    folder.mkdir()
    (folder / "pyproject.toml").write_text(_PYPROJECT, "utf-8")
    shutil.copytree(ACME / "metadata", folder / "zoho_metadata")
    shutil.copytree(SAMPLE / "acme_crm", folder / "acme_crm")
    return folder


class Page:
    """What the blocks of one page have in common.  Its folder is the current one meanwhile."""

    def __init__(self, folder: Path, sample: Path, emulator: Emulator) -> None:
        self._folder = folder
        self._sample = sample
        self._emulator = emulator
        self._count = 0
        self._shell: Shell | None = None
        self._clients: list[Any] = []
        self._before = (Path.cwd(), dict(os.environ), list(sys.path))
        self._modules: dict[str, Any] = {}
        self.namespace: dict[str, Any] = {}
        self.project = folder
        self._steps: dict[str, Callable[[str], None]] = {
            "project": self.start,
            "clear-namespace": lambda _: self.clear(),
        }

    def step(self, directive: str, argument: str) -> None:
        """Do what a directive between blocks asks for."""
        self._steps[directive](argument)

    def start(self, kind: str = "sample") -> None:
        """A new project, ``empty`` or ``sample``, and everything else as new."""
        assert kind in ("empty", "sample"), f"no such project: {kind}"
        self._end_shell()
        self._count += 1
        self.project = self._folder / str(self._count) / "project"
        if kind == "sample":
            # With the times of its files, so that Python need not compile them again.
            shutil.copytree(self._sample, self.project)
        else:
            self.project.mkdir(parents=True)
        home = self.project.parent / "home"
        home.mkdir()
        self.clear()
        self._emulator.reset()
        for name in list(os.environ):
            if name.upper().startswith(("ZOHO", "PYTEST", "COV")) or "PROXY" in name.upper():
                del os.environ[name]
        at = self._emulator.connection
        os.environ.update(
            ZOHO_CLIENT_ID=at.client_id,
            ZOHO_CLIENT_SECRET=at.client_secret,
            ZOHO_REFRESH_TOKEN=at.refresh_token,
            ZOHO_ACCOUNTS_URL=at.accounts_url,
            ZOHO_API_DOMAIN=at.api_domain,
            HOME=str(home),
        )
        os.chdir(self.project)
        sys.path[:] = [str(self.project), *self._before[2]]

    def clear(self) -> None:
        """Forget all names, and the modules of the project."""
        for client in self._clients:
            client.close()
        self._clients.clear()
        self.namespace.clear()
        self._forget_modules()

    @property
    def python(self) -> dict[str, Any]:
        """The names for a block of Python: ``crm`` from the start, where there is a package."""
        invalidate_caches()  # commands may have made modules in the meantime
        if "__name__" not in self.namespace:
            self.namespace["__name__"] = "page"
            name = load(self.project, {}).package
            self._modules |= _taken_out(name)
            with suppress(ModuleNotFoundError):
                client = import_module(name).Crm.from_env()
                self._clients.append(client)
                self.namespace["crm"] = client
        return self.namespace

    @property
    def shell(self) -> Shell:
        """The bash of the project."""
        if self._shell is None or not self._shell.alive:
            self._end_shell()
            environment = os.environ | {
                "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
                "COLUMNS": "100",
                "LC_ALL": "C.UTF-8",
                "NO_COLOR": "1",
                "TERM": "dumb",
                "GIT_AUTHOR_NAME": "Ada",
                "GIT_AUTHOR_EMAIL": "ada@example.org",
                "GIT_COMMITTER_NAME": "Ada",
                "GIT_COMMITTER_EMAIL": "ada@example.org",
            }
            self._shell = Shell(self.project, environment)
        return self._shell

    def __enter__(self) -> Page:
        return self

    def begin(self) -> None:
        """Start, unless that was done."""
        if not self._count:
            self.start()

    def __exit__(self, *_: object) -> None:
        """Leave everything as it was before the page."""
        self._end_shell()
        self.clear()
        sys.modules.update(self._modules)
        folder, environment, path = self._before
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        sys.path[:] = path

    def _end_shell(self) -> None:
        if self._shell is not None:
            self._shell.close()
            self._shell = None

    def _forget_modules(self) -> None:
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None)
            if file is not None and Path(file).is_relative_to(self._folder):
                del sys.modules[name]


def _taken_out(package: str) -> dict[str, Any]:
    """Take a package out of those that were imported, so that the project's is imported next."""
    names = [name for name in sys.modules if name.partition(".")[0] == package]
    return {name: sys.modules.pop(name) for name in names}

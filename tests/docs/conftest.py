"""What the pages of the documentation are followed with."""

from __future__ import annotations

import compileall
from collections.abc import Iterator
from pathlib import Path

import pytest
from zohohub_gen.emulator import Emulator

from tests.support.packages import ACME

from .page import Page, make_sample_project


@pytest.fixture(scope="session")
def sample_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project to copy, compiled once for all pages."""
    folder = make_sample_project(tmp_path_factory.mktemp("docs") / "project")
    compileall.compile_dir(folder / "acme_crm", quiet=1)
    return folder


@pytest.fixture(scope="session")
def docs_emulator() -> Iterator[Emulator]:
    """The sample org; each command of a page asks for a token of its own."""
    with Emulator(ACME / "metadata", refresh_limit=10_000) as emulator:
        yield emulator


@pytest.fixture
def page(tmp_path: Path, sample_project: Path, docs_emulator: Emulator) -> Iterator[Page]:
    """A page at its beginning."""
    with Page(tmp_path, sample_project, docs_emulator) as followed:
        yield followed

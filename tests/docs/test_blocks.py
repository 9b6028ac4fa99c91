"""Every code block of README.md and docs/ does what it says; docs/contributing-docs.md says how."""

from __future__ import annotations

import re
import traceback
from pathlib import Path
from typing import Any

import pytest

from tests.support.packages import REPOSITORY

from .blocks import PAGES, Block, read
from .kinds import follow
from .page import NEEDS_BASH, Page

pytestmark = NEEDS_BASH

_RUNS_COMMANDS = re.compile(r"```(console|sh|bash)\n|^<!-- output:", re.MULTILINE)


def failures(path: Path, page: Page) -> list[str]:
    """What is wrong with the blocks of a page, each with its place."""
    found: list[str] = []
    for each in read(path):
        page.begin()
        if not isinstance(each, Block):
            page.step(each.directive, each.argument)
            continue
        try:
            follow(each, page)
        except Exception as error:  # noqa: BLE001  # whatever the code of a page raises
            found.append(f"{each}: {_said(error, path)}")
    return found


def _said(error: Exception, path: Path) -> str:
    """The error, with the lines of the page that led to it."""
    if isinstance(error, AssertionError) and error.args:
        return str(error)
    frames = [
        f"line {frame.lineno}: {frame.line}"
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == str(path)
    ]
    return "\n  ".join([f"{type(error).__name__}: {error}", *frames])


def _parameter(path: Path) -> Any:
    """Pages that run commands, each a process of its own, are slow; README is worth the time."""
    slow = _RUNS_COMMANDS.search(path.read_text("utf-8")) and path.parent != REPOSITORY
    marks = [pytest.mark.slow] if slow else []
    return pytest.param(path, id=path.relative_to(REPOSITORY).as_posix(), marks=marks)


@pytest.mark.parametrize("path", [_parameter(path) for path in PAGES])
def test_every_block_does_what_it_says(path: Path, page: Page) -> None:
    found = failures(path, page)
    assert not found, "\n\n".join(["", *found])

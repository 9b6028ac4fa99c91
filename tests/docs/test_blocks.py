"""Every code block of README.md and docs/ does what it says; docs/contributing-docs.md says how."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from tests.support.packages import REPOSITORY

from .blocks import PAGES, Block, read
from .kinds import follow
from .page import Page


def failures(path: Path, page: Page) -> list[str]:
    """What is wrong with the blocks of a page, each with its place."""
    found: list[str] = []
    for each in read(path):
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


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_every_block_does_what_it_says(path: Path, page: Page) -> None:
    found = failures(path, page)
    assert not found, "\n\n".join(["", *found])

"""docs/reference/commands.md is what the commands say of themselves."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from zohohub_gen.commands import commands

from tests.support.packages import REPOSITORY

SCRIPT = REPOSITORY / "docs" / "hooks" / "commands.py"
MADE = "import runpy, sys; print(runpy.run_path(sys.argv[1])['text'](), end='')"
PAGE = REPOSITORY / "docs" / "reference" / "commands.md"


def test_the_page_is_what_help_prints(tmp_path: Path) -> None:
    made = subprocess.run(
        [sys.executable, "-c", MADE, SCRIPT],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stdout
    shown = PAGE.read_text("utf-8")
    assert shown == made, "stale: run `make docs`, or `python docs/hooks/commands.py`"
    assert "\033" not in shown
    assert max(map(len, shown.splitlines())) <= 100


@pytest.mark.parametrize("name", [None, "diff"])
def test_it_is_the_help_of_the_program(name: str | None) -> None:
    said = subprocess.run(
        [sys.executable, "-m", "zohohub_gen", *([name] if name else []), "--help"],
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stdout
    # Wherever the lines break.
    assert re.sub(r"\s+", " ", said).strip() in re.sub(r"\s+", " ", PAGE.read_text("utf-8"))


def test_no_command_is_left_out() -> None:
    shown = set(re.findall(r"^## `zohohub-gen (\S+)`$", PAGE.read_text("utf-8"), re.MULTILINE))
    assert shown == {name for name, each in commands.commands.items() if not each.hidden}

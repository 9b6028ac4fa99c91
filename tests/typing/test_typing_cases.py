"""Both type checkers refuse exactly the marked lines of ``typing_cases.py``, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from zohohub_gen.typecheck import Finding

from ..support.checkers import findings, lay_out
from ..support.packages import CASES, SAMPLE

CASES_FILE = Path(__file__).with_name("typing_cases.py")
FILE = "typing_cases.py"


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, tuple[Finding, ...]]:
    """The typing cases, acme and what every golden case expects, checked in one run."""
    packages = {"acme_crm": SAMPLE / "acme_crm"}
    packages |= {path.parent.parent.name: path for path in CASES.glob("*/expected/crm")}
    return findings(lay_out(tmp_path_factory.mktemp("typing"), packages, [CASES_FILE]))


def marked() -> dict[int, str]:
    lines = CASES_FILE.read_text("utf-8").splitlines()
    return {
        number: line.partition("  # E: ")[2]
        for number, line in enumerate(lines, 1)
        if "  # E: " in line
    }


def test_there_are_marks() -> None:
    assert len(marked()) > 100


@pytest.mark.parametrize("checker", ["pyright", "mypy"])
def test_refuses_exactly_the_marked_lines(
    checker: str, found: Mapping[str, tuple[Finding, ...]]
) -> None:
    refused = {item.line: item.message for item in found[checker] if item.file == FILE}
    wanted = marked()
    assert {line: wanted[line] for line in wanted.keys() - refused.keys()} == {}, "taken"
    assert {line: refused[line] for line in refused.keys() - wanted.keys()} == {}, "refused"


@pytest.mark.parametrize("checker", ["pyright", "mypy"])
def test_generated_packages_are_clean(
    checker: str, found: Mapping[str, tuple[Finding, ...]]
) -> None:
    assert [item for item in found[checker] if item.file != FILE] == []

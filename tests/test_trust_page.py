"""docs/trust.md: its rows are the tests that give the figures."""

from __future__ import annotations

import ast
import re

import pytest

from tests.support import trust
from tests.support.packages import REPOSITORY


def test_the_rows_are_the_tests() -> None:
    shown = trust.shown_rows(trust.PAGE.read_text("utf-8"))
    assert [(section, tried, *rest) for section, tried, _, *rest in shown] == (
        trust.expected_rows()
    ), "run `make trust`"
    assert len(shown) > 25
    figures = [each for _, _, each, *_ in shown]
    assert [each for each in figures if not re.search(r"\d|^not seen: ", each)] == []


def test_whatever_is_printed_is_of_a_row() -> None:
    files = {test.partition("::")[0] for row in trust.rows() for test in row.tests}
    for path in sorted((REPOSITORY / "tests").rglob("test_*.py")):
        place = path.relative_to(REPOSITORY).as_posix()
        text = path.read_text("utf-8")
        if place == "tests/test_trust_page.py" or '"trust: ' not in text:
            continue
        assert place in files, f"{place} prints figures, and has no mark"
        for node in ast.parse(text).body:
            source = ast.get_source_segment(text, node) or ""
            if isinstance(node, ast.FunctionDef) and '"trust: ' in source:
                rows = [row for row in trust.rows() if row.is_of(f"{place}::{node.name}")]
                is_test = node.name.startswith("test_")
                assert len(rows) == 1 or not is_test, f"{place}::{node.name} prints figures"


def test_figures_of_several_runs_are_one() -> None:
    lines = ["3 kills; at most 43 MB held; by chance", "1,200 kills; at most 41 MB held; 2 left"]
    assert trust.together(lines) == ["1,203 kills", "at most 43 MB held", "by chance", "2 left"]


def test_a_test_that_says_nothing_is_an_error() -> None:
    row = trust.Row("Bad input", "nothing", "nothing", ["tests/test_a.py::test_b"])
    told = trust.Told()
    assert told.of(row, "4 tries") == "4 tries"
    told.passed.add("tests/test_a.py::test_b[0]")
    with pytest.raises(ValueError, match="test_b printed no line"):
        told.of(row, "")
    told.passed.clear()
    told.skipped["tests/test_a.py::test_b[1]"] = "no database here: 404"
    assert told.of(row, "4 tries") == "not seen: no database here"
    told.passed.add("tests/test_a.py::test_b[2]")
    told.figures["tests/test_a.py::test_b[2]"] = ["5 tries"]
    assert told.of(row, "4 tries") == "5 tries"
    told.failed.add("tests/test_a.py::test_b[3]")
    assert told.of(row, "6 tries") == "6 tries"

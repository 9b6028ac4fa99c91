"""The tables of from-zoho-hub.md: one row, one test, and that test runs the code of the row."""

from __future__ import annotations

import ast
import re
import textwrap
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.packages import REPOSITORY

HERE = Path(__file__).parent
FILES = (HERE / "test_zoho_hub_access.py", HERE / "test_zoho_hub.py")
PAGE = REPOSITORY / "docs" / "how-to" / "from-zoho-hub.md"
COLUMNS = ["zoho_hub", "here", "the difference", "test"]


class Row(NamedTuple):
    theirs: str
    ours: list[str]
    """The pieces of code in the second column."""
    difference: str
    test: str


def rows_of(text: str) -> list[Row]:
    """The rows of all tables of a page; fails where a table has other columns."""
    rows: list[Row] = []
    for line in text.splitlines():
        if not line.startswith("|"):
            continue
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if cells == COLUMNS or set("".join(cells)) == {"-"}:
            continue
        assert len(cells) == len(COLUMNS), line
        rows.append(
            Row(cells[0], re.findall(r"`([^`]+)`", cells[1]), cells[2], cells[3].strip("`"))
        )
    return rows


def functions() -> dict[str, ast.FunctionDef]:
    """The tests of both files, by name; fails where two have one name."""
    found = [
        node
        for path in FILES
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    by_name = {node.name: node for node in found}
    assert len(by_name) == len(found)
    return by_name


def runs(test: ast.FunctionDef, code: str) -> bool:
    """Whether a test has this code in it: as Python, or as a text that it hands on."""
    texts = (node.value for node in ast.walk(test) if isinstance(node, ast.Constant))
    if code in texts:
        return True
    try:
        (wanted,) = ast.parse(code).body
    except SyntaxError:
        return False
    shape = ast.dump(wanted.value if isinstance(wanted, ast.Expr) else wanted)
    return any(ast.dump(node) == shape for node in ast.walk(test))


ROWS = rows_of(PAGE.read_text(encoding="utf-8"))
TESTS = functions()


def test_every_row_has_its_test_and_every_test_its_row() -> None:
    named = [row.test for row in ROWS]
    assert sorted(named) == sorted(set(named))
    assert set(named) == set(TESTS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.test)
def test_the_test_runs_the_code_of_the_row(row: Row) -> None:
    assert row.theirs
    assert row.difference
    assert row.ours
    for code in row.ours:
        assert runs(TESTS[row.test], code), f"{row.test} does not run {code}"


def test_readme_leads_to_the_page() -> None:
    assert "docs/how-to/from-zoho-hub.md" in (REPOSITORY / "README.md").read_text(encoding="utf-8")


def test_code_that_differs_is_noticed() -> None:
    source = """
    def test_x():
        lead = crm.leads.get(lead_id)
        run("zohohub-gen pull --full")
    """
    (test,) = ast.parse(textwrap.dedent(source)).body
    assert isinstance(test, ast.FunctionDef)
    for code in ("crm.leads.get( lead_id )", "lead = crm.leads.get(lead_id)", "crm.leads"):
        assert runs(test, code)
    assert runs(test, "zohohub-gen pull --full")
    for code in ("crm.leads.get(id)", "lead_ = crm.leads.get(lead_id)", "zohohub-gen pull"):
        assert not runs(test, code)
    assert [row.test for row in rows_of("| a | `b` | c | `d` |")] == ["d"]
    with pytest.raises(AssertionError):
        rows_of("| a | `b` | `d` |")

"""The tables of docs/trust.md, from what tests print.

A test, or a file of tests, marked ``trust(section, tried, result)`` is a row.  Its figures are the
lines that begin with ``trust: ``, such as ``trust: 23 damaged files; at most 43 MB held``.  What
several tests or runs say in the same words is added up, of what is ``at most`` the largest is
taken, and what has no number in front is said once.

``python -m tests.support.trust`` runs them and writes the tables; arguments go to pytest.  A row
one of whose tests did not run, or failed, keeps the figures that it has.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

# Nothing of the package is imported before pytest is, which rewrites its plugin.
REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = REPOSITORY / "docs" / "trust.md"
SECTIONS = ("Faults, kills, load", "Bad input", "Secrets and supply chain")
_BEGIN, _END = "<!-- made by `make trust`, from here -->", "<!-- to here -->"
_HEAD = "| what was tried | how much | with what result | test |\n|---|---|---|---|"
_PREFIX = "trust: "
_NOT_RUN = "not seen: not run yet"
_FIGURE = re.compile(r"(at most )?([\d,]*\d) (.+)")


@dataclass
class Row:
    """What was tried, and which tests do."""

    section: str
    tried: str
    result: str
    tests: list[str] = field(default_factory=list[str])

    def is_of(self, test: str) -> bool:
        """Whether this run of a test, or its file, is one of the row's."""
        function = test.partition("[")[0]
        return any(each in (function, function.partition("::")[0]) for each in self.tests)


# --- which rows there are ---------------------------------------------------------------------


def rows() -> list[Row]:
    """The rows that tests are marked with, by section, then by file."""
    found: dict[tuple[str, str], Row] = {}
    for path in sorted((REPOSITORY / "tests").rglob("test_*.py")):
        text = path.read_text("utf-8")
        if "mark.trust(" in text:
            place = path.relative_to(REPOSITORY).as_posix()
            for test, (section, tried, result) in _marks(ast.parse(text), place):
                row = found.setdefault((section, tried), Row(section, tried, result))
                row.tests.append(test)
    return sorted(found.values(), key=lambda row: SECTIONS.index(row.section))


def _marks(module: ast.Module, place: str) -> Iterator[tuple[str, Sequence[str]]]:
    for node in module.body:
        if isinstance(node, ast.FunctionDef):
            test, given = f"{place}::{node.name}", node.decorator_list
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark":
            test, given = place, [node.value]
        else:
            continue
        for call in (each for one in given for each in ast.walk(one)):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.trust":
                yield test, [ast.literal_eval(argument) for argument in call.args]


# --- what they say ----------------------------------------------------------------------------


@dataclass(eq=False)  # pytest keeps its plugins in a set
class Told:
    """What the runs of the tests have printed."""

    figures: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """The lines of each run."""
    skipped: dict[str, str] = field(default_factory=dict[str, str])
    passed: set[str] = field(default_factory=set[str])
    failed: set[str] = field(default_factory=set[str])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """What pytest calls after each part of each test."""
        if report.failed:
            self.failed.add(report.nodeid)
        elif report.passed and report.when == "call":
            self.passed.add(report.nodeid)
        if report.skipped and isinstance(report.longrepr, tuple):
            self.skipped[report.nodeid] = report.longrepr[2].removeprefix("Skipped: ")
        # A fixture may say it, after the test; pytest repeats what was said before.
        name = f"Captured stdout {report.when}"
        for line in "\n".join(text for title, text in report.sections if title == name).split("\n"):
            if line.startswith(_PREFIX):
                self.figures.setdefault(report.nodeid, []).append(line.removeprefix(_PREFIX))

    def of(self, row: Row, before: str) -> str:
        """The figures of a row; raises `ValueError` where its tests ran and said nothing."""
        ran = self.passed | self.skipped.keys()
        all_ran = all(any(test.startswith(each) for test in ran) for each in row.tests)
        if not all_ran or any(map(row.is_of, self.failed)):
            return before
        lines = [line for test, each in self.figures.items() if row.is_of(test) for line in each]
        if lines:
            return "; ".join(together(lines))
        if any(map(row.is_of, self.passed)):
            raise ValueError(f"{', '.join(row.tests)} printed no line that begins with {_PREFIX!r}")
        reasons = {why.partition(":")[0] for test, why in self.skipped.items() if row.is_of(test)}
        return f"not seen: {'; '.join(sorted(reasons))}" if reasons else before


def together(lines: Iterable[str]) -> list[str]:
    """The figures of several runs as those of one."""
    sums: dict[tuple[str, str], int | None] = {}
    for figure in (figure for line in lines for figure in line.split("; ")):
        found = _FIGURE.fullmatch(figure)
        if found is None:
            sums[figure, ""] = None
            continue
        most, number, words = found[1] or "", int(found[2].replace(",", "")), found[3]
        known = sums.get((most, words)) or 0
        sums[most, words] = max(known, number) if most else known + number
    return [
        first if number is None else f"{first}{number:,} {words}"
        for (first, words), number in sums.items()
    ]


# --- the page ---------------------------------------------------------------------------------


def tables(told: Told, page: str) -> str:
    """What stands between the marks of the page."""
    before = {(section, tried): figures for section, tried, figures, *_ in shown_rows(page)}
    parts: list[str] = []
    for section in SECTIONS:
        lines = [
            f"| {row.tried} | {figures} | {row.result} | {_tests(row.tests)} |"
            for row in rows()
            if row.section == section
            for figures in [told.of(row, before.get((section, row.tried), _NOT_RUN))]
        ]
        parts.append("\n".join([f"## {section}\n", _HEAD, *lines]))
    return "\n\n".join(parts)


def _tests(tests: Sequence[str]) -> str:
    shown: list[str] = []
    file = ""
    for test in tests:
        before, _, name = test.partition("::")
        shown.append(f"`::{name}`" if before == file else f"`{test}`")
        file = before
    return ", ".join(shown)


def shown_rows(page: str) -> list[tuple[str, str, str, str, str]]:
    """Section, what was tried, figures, result and tests of each row of the page."""
    found: list[tuple[str, str, str, str, str]] = []
    section = ""
    for line in page.partition(_BEGIN)[2].partition(_END)[0].splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ")
        elif line.startswith("| ") and line not in _HEAD:
            tried, figures, result, tests = line.strip("| ").split(" | ")
            found.append((section, tried, figures, result, tests))
    return found


def expected_rows() -> list[tuple[str, str, str, str]]:
    """What `shown_rows` has to be, but for the figures."""
    return [(row.section, row.tried, row.result, _tests(row.tests)) for row in rows()]


def with_tables(page: str, made: str) -> str:
    """The page with these tables."""
    before, _, rest = page.partition(_BEGIN)
    _, found, after = rest.partition(_END)
    if not found:
        raise ValueError(f"{PAGE.name} has no lines {_BEGIN!r} and {_END!r}")
    return f"{before}{_BEGIN}\n\n{made}\n\n{_END}{after}"


def main(arguments: Sequence[str]) -> int:
    """Run the tests and write the page."""
    told = Told()
    code = pytest.main([*arguments, "-m", "trust", str(REPOSITORY / "tests")], plugins=[told])
    page = PAGE.read_text("utf-8")
    PAGE.write_text(with_tables(page, tables(told, page)), encoding="utf-8")
    return int(code)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

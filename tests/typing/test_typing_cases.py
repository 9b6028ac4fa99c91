"""Both type checkers refuse exactly the marked lines of ``typing_cases*.py``, and nothing else."""

from __future__ import annotations

from pathlib import Path

from zohohub_gen.pipeline import generate

from tests.support.checkers import findings, lay_out
from tests.support.packages import CASE_PACKAGES, SAMPLE, options
from tests.support.synthetic import write_org

CASES_FILES = sorted(Path(__file__).parent.glob("typing_cases*.py"))
MARK = "  # E: "


def marked() -> dict[tuple[str, int], str]:
    """The lines that must be refused, and why."""
    return {
        (path.name, number): line.split(MARK)[1]
        for path in CASES_FILES
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if MARK in line
    }


def test_checkers_refuse_exactly_the_marked_lines(tmp_path: Path) -> None:
    """One run over the typing cases, acme, the golden cases and a large package.

    Checkers give up on code that is too complex for them; modules of 14 fields do not show it.
    """
    generate(options(write_org(tmp_path / "metadata", 3, 200), tmp_path, "large"))
    packages = {"acme_crm": SAMPLE / "acme_crm", "large": tmp_path / "large"}
    packages |= {path.parent.parent.name: path for path in CASE_PACKAGES}
    found = findings(lay_out(tmp_path / "checked", packages, CASES_FILES))

    names = {path.name for path in CASES_FILES}
    wanted = marked()
    assert len(wanted) > 100
    surprises: dict[str, object] = {}
    for checker, items in found.items():
        refused = {(item.file, item.line): item.message for item in items if item.file in names}
        surprises[checker] = {
            "taken": {line: wanted[line] for line in wanted.keys() - refused.keys()},
            "refused": {line: refused[line] for line in refused.keys() - wanted.keys()},
            "elsewhere": [item for item in items if item.file not in names],
        }
    nothing: dict[str, object] = {"taken": {}, "refused": {}, "elsewhere": []}
    assert surprises == {"pyright": nothing, "mypy": nothing}

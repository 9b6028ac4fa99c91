"""Both type checkers refuse exactly the marked lines of ``typing_cases*.py``, and nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import get_args

from zohohub_gen.choices import Picklists, Writes
from zohohub_gen.pipeline import generate

from tests.support.checkers import findings, lay_out
from tests.support.packages import CASE_PACKAGES, CASES, SAMPLE, options
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


def choices_of_picklists(folder: Path) -> dict[str, Path]:
    """A package for each way to type picklists and to write them: ``enum_open`` and so on."""
    metadata = folder / "metadata"
    shutil.copytree(CASES / "enumerations" / "metadata", metadata)
    packages: dict[str, Path] = {}
    for picklists in get_args(Picklists):
        for writes in get_args(Writes):
            name = f"{picklists}_{writes}"
            generate(options(metadata, folder, name, picklists=picklists, writes=writes))
            packages[name] = folder / name
    return packages


def test_checkers_refuse_exactly_the_marked_lines(tmp_path: Path) -> None:
    """One run over the typing cases, acme, the golden cases and a large package.

    Checkers give up on code that is too complex for them; modules of 14 fields do not show it.
    """
    generate(options(write_org(tmp_path / "metadata", 3, 200), tmp_path, "large"))
    packages = {"acme_crm": SAMPLE / "acme_crm", "large": tmp_path / "large"}
    packages |= {path.parent.parent.name: path for path in CASE_PACKAGES}
    packages |= choices_of_picklists(tmp_path / "choices")
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

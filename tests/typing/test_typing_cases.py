"""Both type checkers refuse exactly the marked lines of ``typing_cases*.py``, and nothing else."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from zohohub_gen.choices import Picklists, Writes
from zohohub_gen.pipeline import generate
from zohohub_gen.typecheck import Finding, type_check

from tests.support.checkers import findings, lay_out, let_mypy_read_bodies
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


def all_packages(folder: Path) -> dict[str, Path]:
    """Acme, the golden cases, a large package, and one for each way to type picklists.

    Checkers give up on code that is too complex for them; modules of 14 fields do not show it.
    """
    generate(options(write_org(folder / "metadata", 3, 200), folder, "large"))
    packages = {"acme_crm": SAMPLE / "acme_crm", "large": folder / "large"}
    packages |= {path.parent.parent.name: path for path in CASE_PACKAGES}
    return packages | choices_of_picklists(folder / "choices")


def test_checkers_refuse_exactly_the_marked_lines(tmp_path: Path) -> None:
    """One run over the typing cases and all packages, as users have them."""
    found = findings(lay_out(tmp_path / "checked", all_packages(tmp_path), CASES_FILES))

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


@pytest.mark.slow
def test_mypy_has_nothing_to_say_of_the_bodies_that_it_need_not_read(tmp_path: Path) -> None:
    """Two mistakes show that it reads them here, and in the packages of users does not."""
    folder = lay_out(tmp_path / "checked", all_packages(tmp_path))
    leads = folder / "acme_crm" / "leads.py"
    lines = leads.read_text("utf-8").split("\n")
    decoding = lines.index('        row.id = data["id"]')
    creating = lines.index("        return self._create(values)")
    lines[decoding], lines[creating] = "        row.id = 5", "        return 5"
    leads.write_text("\n".join(lines), encoding="utf-8")
    assert mypy_findings(lay_out(tmp_path / "users", {"acme_crm": folder / "acme_crm"})) == ()
    assert let_mypy_read_bodies(folder) > 100
    found = mypy_findings(folder)
    assert {(each.file, each.line) for each in found} == {
        ("acme_crm/leads.py", decoding + 1),
        ("acme_crm/leads.py", creating + 1),
    }, found


def mypy_findings(folder: Path) -> tuple[Finding, ...]:
    (report,) = type_check(folder, ["mypy"])
    return report.findings


@pytest.mark.slow
def test_mypy_still_says_that_it_cannot_find_the_runtime(tmp_path: Path) -> None:
    """Without it every type is Any, and a program full of mistakes passes."""
    lay_out(tmp_path, {"acme_crm": SAMPLE / "acme_crm"})
    (tmp_path / "program.py").write_text("from acme_crm.leads import Lead\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-site-packages", "program.py"],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 1
    assert "acme_crm/client.py:" in done.stdout.replace("\\", "/")
    assert 'module named "zohohub.client"' in done.stdout

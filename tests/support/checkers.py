"""Packages side by side in one folder, and what both type checkers say of them."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from zohohub_gen.typecheck import CHECKERS, Finding, type_check

NOT_THE_BODIES = "\n# mypy: ignore-errors\n"


def lay_out(folder: Path, packages: Mapping[str, Path], files: Iterable[Path] = ()) -> Path:
    """Copy packages, by the names that they get, and single files into an empty folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, package in packages.items():
        shutil.copytree(package, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for file in files:
        shutil.copy(file, folder)
    return folder


def let_mypy_read_bodies(folder: Path) -> int:
    """Take back, in generated files, what keeps mypy from their bodies; how many files said it.

    Line numbers stay.
    """
    said = {file: file.read_text("utf-8") for file in folder.rglob("*.py")}
    said = {file: text for file, text in said.items() if NOT_THE_BODIES in text}
    for file, text in said.items():
        file.write_text(text.replace(NOT_THE_BODIES, "\n#\n", 1), encoding="utf-8")
    return len(said)


def findings(folder: Path) -> dict[str, tuple[Finding, ...]]:
    """The errors of pyright (strict) and of mypy --strict, by checker."""
    reports = type_check(folder, CHECKERS)
    assert [report.checker for report in reports] == ["pyright", "mypy"]
    return {report.checker: report.findings for report in reports}

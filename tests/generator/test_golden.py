"""Golden cases: a folder of metadata and exactly what comes out of it.

``tests/cases/<name>`` holds ``metadata/``, perhaps ``options.toml`` (a pyproject.toml) and
``templates/``, and ``expected/``: the package ``crm``, ``names.json`` and ``diagnostics.txt``.
Acme's package is ``generated_sample/acme_crm``.

After a change that is meant to show, run this file with ``ZOHOHUB_ACCEPT=1`` and read the diff.
"""

from __future__ import annotations

import os
import shutil
from difflib import unified_diff
from pathlib import Path

import pytest
from zohohub_gen.config import load
from zohohub_gen.package import LOCK_FILE
from zohohub_gen.pipeline import Options, generate

from tests.support.packages import ACME, CASES, REPOSITORY, SAMPLE, imported, record_types

CASE_NAMES = sorted(path.parent.name for path in CASES.glob("*/metadata"))
ACCEPT = os.environ.get("ZOHOHUB_ACCEPT") == "1"


def produce(case: Path, folder: Path, package: str) -> dict[str, str]:
    """Generate from a case in ``folder``; the files by path, as ``expected/`` has them."""
    metadata = folder / "metadata"
    shutil.copytree(case / "metadata", metadata)
    configured = case / "options.toml"
    if configured.is_file():
        shutil.copy(configured, folder / "pyproject.toml")
    if (case / "templates").is_dir():
        shutil.copytree(case / "templates", folder / "templates")
    choices = load(folder, {}).choices
    outcome = generate(
        Options(
            metadata=metadata,
            output=folder / "output",
            package=package,
            choices=choices,
        )
    )
    files = read_folder(folder / "output" / package, package)
    files[LOCK_FILE] = (metadata / LOCK_FILE).read_text("utf-8")
    files["diagnostics.txt"] = "".join(f"{item.severity}: {item}\n" for item in outcome.diagnostics)
    return files


def read_folder(folder: Path, prefix: str = "") -> dict[str, str]:
    return {
        (Path(prefix) / path.relative_to(folder)).as_posix(): path.read_bytes().decode("utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def compare(produced: dict[str, str], expected: dict[str, str]) -> None:
    """Fail with a diff unless both are the same files with the same bytes."""
    lines: list[str] = []
    for path in sorted(produced.keys() | expected.keys()):
        if produced.get(path) != expected.get(path):
            lines += unified_diff(
                expected.get(path, "").splitlines(keepends=True),
                produced.get(path, "").splitlines(keepends=True),
                f"expected/{path}" if path in expected else "/dev/null",
                f"produced/{path}" if path in produced else "/dev/null",
            )
            lines.append("" if path in expected and path in produced else f"({path})\n")
    if lines:
        shown = "".join(line if line.endswith("\n") or not line else f"{line}\n" for line in lines)
        pytest.fail(f"generated files differ; ZOHOHUB_ACCEPT=1 accepts them\n{shown[:20000]}")


@pytest.mark.parametrize("name", [name for name in CASE_NAMES if name != "acme"])
def test_case(name: str, tmp_path: Path) -> None:
    expected = CASES / name / "expected"
    produced = produce(CASES / name, tmp_path, "crm")
    if ACCEPT:
        accept(expected, produced)
    compare(produced, read_folder(expected))


@pytest.mark.parametrize("name", [name for name in CASE_NAMES if name != "acme"])
def test_case_runs(name: str) -> None:
    """What is expected must be a package that imports, all of it."""
    with imported(CASES / name / "expected" / "crm") as package:
        assert record_types(package)
        for exported in package.__all__:
            assert getattr(package, exported).__name__ == exported


def test_the_committed_sample_is_what_acme_gives(tmp_path: Path) -> None:
    produced = produce(ACME, tmp_path, "acme_crm")
    assert produced.pop("diagnostics.txt")
    assert produced.pop(LOCK_FILE) == (ACME / "metadata" / LOCK_FILE).read_text("utf-8")
    if ACCEPT:
        accept(SAMPLE, produced)
    compare(produced, read_folder(SAMPLE))


def test_a_difference_is_shown_as_a_diff() -> None:
    with pytest.raises(pytest.fail.Exception) as caught:
        compare({"crm/leads.py": "a = 1\n", "new.py": ""}, {"crm/leads.py": "a = 2\n"})
    assert "-a = 2\n+a = 1\n" in str(caught.value)
    assert "(new.py)" in str(caught.value)


def test_every_case_is_complete() -> None:
    assert len(CASE_NAMES) > 10
    for name in CASE_NAMES:
        expected = CASES / name / "expected"
        assert name == "acme" or (expected / "crm" / "__init__.py").is_file(), name
    folders = sorted(path.name for path in CASES.iterdir() if path.is_dir())
    assert folders == CASE_NAMES, "a folder without metadata/"


def accept(expected: Path, produced: dict[str, str]) -> None:
    assert expected.is_relative_to(REPOSITORY)
    for path in read_folder(expected):
        if path not in produced:
            (expected / path).unlink()
    for path, text in produced.items():
        (expected / path).parent.mkdir(parents=True, exist_ok=True)
        (expected / path).write_bytes(text.encode("utf-8"))

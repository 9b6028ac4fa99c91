"""The demo is the main job end to end; it has to work wherever the tests do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from zohohub_gen.demo_program import MISTAKES, STEPS, mistakes, program
from zohohub_gen.diagnostics import GeneratorError
from zohohub_gen.packaged import packaged
from zohohub_gen.typecheck import CHECKERS, installed_checkers, type_check


def demo(folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "zohohub_gen", "demo"],
        cwd=folder,
        env={**os.environ, "TMPDIR": str(folder), **more},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_it_works_and_leaves_nothing_behind(tmp_path: Path) -> None:
    # Credentials of a real org, and a proxy that is not there: neither may be used.
    done = demo(
        tmp_path,
        ZOHO_CLIENT_ID="real",
        ZOHO_DC="nowhere",
        HTTP_PROXY="http://127.0.0.1:9",
        http_proxy="http://127.0.0.1:9",
    )
    assert done.stderr == ""
    assert done.returncode == 0
    assert "\033" not in done.stdout
    for heading in ("Start", "Pull", "Generate", "Type-check", "Use it", "Make mistakes", "Stop"):
        assert f". {heading}: " in done.stdout
    for code in (*(step.code for step in STEPS), *(mistake.code for mistake in MISTAKES)):
        for line in code.splitlines():
            assert f"     {line}\n" in done.stdout or not line
    for shown in (
        "again   27        0      2           0",
        "strict     0 errors",
        "--strict   0 errors",
        "→ Sandoval Orchards New 250000.05",
        "→ Sandoval Orchards | Qualified | None",
        'pyright: Cannot access attribute "compnay"',
        'mypy: "Lead" has no attribute "compnay"',
        "Everything worked: ",
    ):
        assert shown in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_every_step_is_python() -> None:
    compile(program(), "example.py", "exec")
    text, lines = mistakes()
    compile(text, "mistakes.py", "exec")
    assert [text.splitlines()[line - 1].strip() for line in lines] == [
        mistake.code for mistake in MISTAKES
    ]


def test_the_checkers_find_what_is_wrong(tmp_path: Path) -> None:
    assert installed_checkers() == list(CHECKERS)
    (tmp_path / "good.py").write_text("def double(number: int) -> int:\n    return number * 2\n")
    (tmp_path / "bad.py").write_text("from good import double\n\ndouble('x')\n")
    for report in type_check(tmp_path, CHECKERS):
        assert {(each.file, each.line) for each in report.findings} == {("bad.py", 3)}


def test_a_checker_that_fails_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("def (:\n")
    with pytest.raises(GeneratorError, match=r"mypy failed: .*bad\.py:1"):
        type_check(tmp_path, ["mypy"])


def test_the_readme_shows_what_is_generated() -> None:
    root = packaged("templates").parent
    if not (root / "README.md").is_file():
        pytest.skip("not in a checkout")
    readme = (root / "README.md").read_text(encoding="utf-8")
    sample = (root / "generated_sample/acme_crm/leads.py").read_text(encoding="utf-8")
    excerpt = readme.partition("```python\n")[2].partition("```")[0]
    assert len(excerpt.splitlines()) > 10
    for line in excerpt.splitlines():
        assert f"{line}\n" in sample

"""SECURITY.md names tests that are there; and what it says of repositories of others."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.packages import ACME, REPOSITORY, SAMPLE


def named_tests() -> list[tuple[str, str]]:
    """File and function of each test that the table names."""
    found: list[tuple[str, str]] = []
    text = (REPOSITORY / "SECURITY.md").read_text("utf-8")
    for file, name in re.findall(r"`(tests/[\w/]+\.py)?::(\w+)`", text):
        found.append((file or found[-1][0], name))
    return found


def test_every_test_that_is_named_is_there() -> None:
    named = named_tests()
    assert len(named) > 30
    functions = {
        file: {
            node.name
            for node in ast.parse((REPOSITORY / file).read_text("utf-8")).body
            if isinstance(node, ast.FunctionDef)
        }
        for file in {file for file, _ in named}
    }
    assert [f"{file}::{name}" for file, name in named if name not in functions[file]] == []


def test_looking_at_a_repository_runs_none_of_it(tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(ACME / "metadata", project / "zoho_metadata")
    shutil.copytree(SAMPLE / "acme_crm", project / "acme_crm")
    (project / "pyproject.toml").write_text('[tool.zohohub]\npackage = "acme_crm"\n', "utf-8")
    shutil.copytree(project / "zoho_metadata", tmp_path / "other")
    evil = f"open({str(tmp_path / 'pwned')!r}, 'w')\n"
    for name in ("click", "zohohub", "zohohub_gen", "conftest", "setup", "report"):
        (project / f"{name}.py").write_text(evil, "utf-8")
    with (project / "acme_crm" / "__init__.py").open("a", encoding="utf-8") as package:
        package.write(evil)
    command = [str(Path(sys.executable).with_name("zohohub-gen"))]
    for arguments, code, says in (
        (["check"], 1, f"+{evil.strip()}"),
        (["diff", str(tmp_path / "other"), "--usage", "."], 0, "as far as programs can notice"),
        (["migrate", "."], 0, ""),
    ):
        done = subprocess.run(
            [*command, *arguments],
            cwd=project,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == code, f"{arguments}: {done.stdout}{done.stderr}"
        assert says in (done.stdout + done.stderr).replace(f"-{evil.strip()}", f"+{evil.strip()}")
        assert not (tmp_path / "pwned").exists(), arguments

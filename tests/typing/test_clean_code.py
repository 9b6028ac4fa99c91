"""The tool, the runtime and the sample satisfy both checkers strictly."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.packages import REPOSITORY


@pytest.mark.slow
def test_pyright_accepts_the_repository() -> None:
    done = run("pyright", "--outputjson", "--pythonpath", sys.executable)
    answer = json.loads(done.stdout)
    assert answer["summary"]["filesAnalyzed"] > 80
    assert [
        f"{Path(item['file']).relative_to(REPOSITORY)}:{item['range']['start']['line'] + 1} "
        f"{item['message']}"
        for item in answer["generalDiagnostics"]
    ] == []


@pytest.mark.slow
def test_mypy_accepts_the_repository() -> None:
    done = run("mypy")
    assert done.stdout.startswith("Success: no issues found in ")


def run(module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=REPOSITORY,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

"""Run pyright and ``mypy --strict`` over a folder, both at the same time."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from zohohub_gen.diagnostics import GeneratorError

CHECKERS = ("pyright", "mypy")
_MYPY_LINE = re.compile(r"^(?P<file>[^:]+):(?P<line>\d+)(?::\d+)?: error: (?P<message>.*)$")


@dataclass(frozen=True, slots=True)
class Finding:
    """One error: the file inside the folder, its line, what the checker says."""

    file: str
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Report:
    """What one checker said of the folder."""

    checker: str
    version: str
    seconds: float
    findings: tuple[Finding, ...]


def installed_checkers() -> list[str]:
    """Those of `CHECKERS` that this Python has."""
    return [checker for checker in CHECKERS if find_spec(checker) is not None]


def type_check(folder: Path, checkers: Sequence[str]) -> list[Report]:
    """Check every Python file in ``folder`` strictly, with an import path that holds it.

    Raises `GeneratorError` when a checker itself fails.
    """
    runs: dict[str, Callable[[Path], tuple[Finding, ...]]] = {"pyright": _pyright, "mypy": _mypy}

    def timed(checker: str) -> Report:
        from importlib.metadata import version

        start = time.monotonic()
        findings = runs[checker](folder)
        return Report(checker, version(checker), time.monotonic() - start, findings)

    with ThreadPoolExecutor(len(checkers)) as pool:
        return list(pool.map(timed, checkers))


def _pyright(folder: Path) -> tuple[Finding, ...]:
    settings = {"include": ["."], "typeCheckingMode": "strict"}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    output = _run(folder, "pyright", "--outputjson", "--pythonpath", sys.executable)
    try:
        answer: dict[str, Any] = json.loads(output)
        return tuple(
            Finding(
                Path(item["file"]).resolve().relative_to(folder.resolve()).as_posix(),
                item["range"]["start"]["line"] + 1,
                str(item["message"]).replace("\xa0", " "),
            )
            for item in sorted(answer["generalDiagnostics"], key=_follows_from_another)
            if item["severity"] == "error"
        )
    except (ValueError, KeyError) as error:
        raise GeneratorError(f"pyright gave no report: {output.strip()[-300:]}") from error


def _follows_from_another(item: Mapping[str, Any]) -> bool:
    """Whether a remark of pyright only says what an error means for the rest of the line."""
    return str(item.get("rule", "")).startswith("reportUnknown")


def _mypy(folder: Path) -> tuple[Finding, ...]:
    output = _run(
        folder, "mypy", "--strict", "--no-color-output", "--no-error-summary", "--no-pretty", "."
    )
    found: list[Finding] = []
    for line in output.splitlines():
        match = _MYPY_LINE.match(line)
        if match:
            found.append(
                Finding(Path(match["file"]).as_posix(), int(match["line"]), match["message"])
            )
        elif line.strip() and ": note: " not in line:
            raise GeneratorError(f"mypy could not check the package: {line}")
    return tuple(found)


def _run(folder: Path, module: str, *arguments: str) -> str:
    done = subprocess.run(  # noqa: S603  # our own interpreter, fixed arguments
        [sys.executable, "-m", module, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode not in (0, 1):
        raise GeneratorError(f"{module} failed: {(done.stderr or done.stdout).strip()[-300:]}")
    return done.stdout

"""The libraries that an installation brings along: the oldest that are allowed, and known holes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.packages import REPOSITORY

from .conftest import PROJECT, Distributions, Install

pytestmark = pytest.mark.slow

OLDEST_PYTHON = "3.11"
TESTED_WITH = ("hypothesis", "jsonschema-rs", "pytest", "pytest-xdist", "pyyaml", "trustme")
"""What the tests below need, beside the package."""
SMOKE = (
    "tests/runtime/test_transport.py",
    "tests/runtime/test_where_tokens_go.py",
    "tests/runtime/test_what_is_shown.py",
    "tests/runtime/test_token_folders.py",
    "tests/generator/test_golden.py",
    "tests/generator/test_export_golden.py",
    "tests/emulator/test_coql.py",
    "tests/emulator/test_server.py",
    "tests/test_init_edits.py",
    "tests/test_cli.py",
)
# click 8.1 puts no quotes around what it proposes; other libraries read the exports; and the copy
# of the runtime is compared with the sources, which are not here.
NOT_HERE = "not wrong_usage and not case_reads and not vendored_runtime"


def needs() -> list[str]:
    """What production and the extras need, as pyproject.toml has it."""
    extras = PROJECT["optional-dependencies"]
    return [*PROJECT["dependencies"], *(need for extra in extras.values() for need in extra)]


@pytest.mark.trust(
    "Secrets and supply chain",
    "the oldest versions of all dependencies that are allowed, Python 3.11; left out "
    "are slow tests, and those that the test names",
    "nothing failed",
)
def test_the_oldest_dependencies_that_are_allowed_do(
    distributions: Distributions, install: Install, tmp_path: Path
) -> None:
    constraints = tmp_path / "oldest.txt"
    constraints.write_text("".join(f"{need.replace('>=', '==')}\n" for need in needs()), "utf-8")
    installed = install(
        OLDEST_PYTHON,
        f"{distributions.wheel}[gen,emulator]",
        *TESTED_WITH,
        "--constraint",
        str(constraints),
    )
    work = installed.folder / "work"
    for name in ("tests", "generated_sample", "pyproject.toml"):
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, work / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        else:
            shutil.copyfile(source, work / name)
    tested = installed.run(
        "python", "-m", "pytest", "-n0", "-p", "no:cacheprovider", "-m", "not slow",
        "-k", NOT_HERE, *SMOKE,
    )  # fmt: skip
    last = tested.stdout.strip().splitlines()[-1]
    assert " passed" in last
    passed, left_out = (re.search(rf"(\d+) {word}", last) for word in ("passed", "deselected"))
    print(
        f"trust: {len(needs())} libraries; {passed[1] if passed else 0} tests passed; "
        f"{left_out[1] if left_out else 0} left out"
    )


@pytest.mark.trust(
    "Secrets and supply chain", "holes in dependencies that `pip-audit` knows", "none"
)
def test_no_dependency_has_a_hole_that_is_known(tmp_path: Path) -> None:
    """What `pip-audit` knows of the libraries of this environment that users get.

    It asks pypi.org, or what its own variables say: PIP_AUDIT_VULNERABILITY_SERVICE=osv with
    PIP_AUDIT_OSV_URL.
    """
    if shutil.which("pip-audit", path=str(Path(sys.executable).parent)) is None:
        pytest.skip("pip-audit is not installed here: pip install pip-audit")
    ours = _with_what_they_need(needs())
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("".join(f"{name}=={version(name)}\n" for name in ours), "utf-8")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip_audit", "--requirement", str(requirements)),
            *("--no-deps", "--disable-pip", "--progress-spinner", "off", "--format", "json"),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    try:
        found = json.loads(done.stdout)["dependencies"]
    except ValueError:
        pytest.skip(f"pip-audit reached no database: {done.stderr.strip()[-200:]}")
    # It ends with 0 where it could look nothing up.
    skipped = [each["name"] for each in found if "skip_reason" in each]
    if len(skipped) == len(found):
        pytest.skip(f"pip-audit found no database for any of {len(found)} libraries")
    assert skipped == []
    assert len(found) == len(ours)
    assert [each for each in found if each["vulns"]] == []
    variable = "PIP_AUDIT_OSV_URL"
    database = f"database that {variable} names" if variable in os.environ else "database of PyPI"
    print(f"trust: {len(found)} libraries, by the {database}")


def _with_what_they_need(libraries: list[str]) -> list[str]:
    """The names of these libraries and of all that they bring along, in this environment."""
    found: set[str] = set()
    waiting = [Requirement(each) for each in libraries]
    while waiting:
        need = waiting.pop()
        name = canonicalize_name(need.name)
        if name in found:
            continue
        found.add(name)
        waiting += [
            further
            for further in map(Requirement, requires(name) or [])
            if further.marker is None
            or any(further.marker.evaluate({"extra": extra}) for extra in need.extras or {""})
        ]
    return sorted(found)

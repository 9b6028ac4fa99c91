"""What the distributions hold, and that anybody gets the same bytes."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
from trove_classifiers import classifiers

from tests.support.empty_home import copy_of_the_checkout
from tests.support.packages import ACME, REPOSITORY

from .conftest import PROJECT, Distributions, build

pytestmark = pytest.mark.slow

# What belongs into the package beside Python, by its ending.
DATA = {".css", ".html", ".j2", ".js", ".json", ".svg", ".typed"}


def sources(folder: Path) -> set[str]:
    """The files of a folder as the wheel should have them."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix in DATA | {".py"} and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_both_packages_and_nothing_else(distributions: Distributions) -> None:
    with zipfile.ZipFile(distributions.wheel) as wheel:
        names = {name for name in wheel.namelist() if not name.endswith("/")}
    about = {name for name in names if ".dist-info/" in name}
    assert {name.partition("/")[2] for name in about} == {
        "METADATA",
        "RECORD",
        "WHEEL",
        "entry_points.txt",
        "licenses/LICENSE",
    }
    expected = {
        "zohohub/": sources(REPOSITORY / "runtime" / "zohohub"),
        "zohohub_gen/": sources(REPOSITORY / "generator" / "zohohub_gen"),
        "zohohub_gen/templates/": sources(REPOSITORY / "templates"),
        "zohohub_gen/emulator/acme/": {
            f"{part}/{name}" for part in ("metadata", "records") for name in sources(ACME / part)
        },
    }
    assert names - about == {prefix + name for prefix, found in expected.items() for name in found}
    assert {"zohohub/py.typed", "zohohub_gen/py.typed"} <= names
    assert "zohohub_gen/templates/module.py.j2" in names
    assert "zohohub_gen/emulator/acme/metadata/modules.json" in names


def test_the_sdist_holds_what_the_tests_need(distributions: Distributions) -> None:
    with tarfile.open(distributions.sdist) as sdist:
        names = {member.name.partition("/")[2] for member in sdist if member.isfile()}
    assert {
        "CHANGELOG.md",
        "LICENSE",
        "PKG-INFO",
        "README.md",
        "pyproject.toml",
        "generated_sample/acme_crm/py.typed",
        "tests/packaging/test_contents.py",
    } <= names
    assert not [name for name in names if re.match(r"\.ci/|\.venv/|dist/|.*__pycache__", name)]


def test_two_builds_are_the_same_bytes(distributions: Distributions, tmp_path: Path) -> None:
    # Another folder, files of another minute: neither may show.
    again = build(copy_of_the_checkout(tmp_path / "elsewhere"))
    for one, other in ((distributions.wheel, again.wheel), (distributions.sdist, again.sdist)):
        assert one != other
        assert one.name == other.name
        digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (one, other)}
        assert len(digests) == 1, one.name


def test_an_index_can_show_them(distributions: Distributions) -> None:
    checked = subprocess.run(
        [
            *(sys.executable, "-m", "twine", "check", "--strict"),
            *(str(distributions.wheel), str(distributions.sdist)),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout
    assert checked.stdout.count("PASSED") == 2


def test_the_metadata_is_complete(distributions: Distributions) -> None:
    with zipfile.ZipFile(distributions.wheel) as wheel:
        (name,) = [each for each in wheel.namelist() if each.endswith(".dist-info/METADATA")]
        about = Parser().parsestr(wheel.read(name).decode("utf-8"))
        licence = wheel.read(f"{name.partition('/')[0]}/licenses/LICENSE").decode("utf-8")
    said = about.get_all("Classifier", [])
    assert said == PROJECT["classifiers"]
    assert set(said) <= classifiers
    for minor in range(11, 15):
        assert f"Programming Language :: Python :: 3.{minor}" in said
    # The licence is said once, as an expression; an index refuses both.
    assert about["License-Expression"] == "MIT"
    assert not [each for each in said if each.startswith("License ::")]
    assert about.get_all("License-File") == ["LICENSE"]
    assert licence == (REPOSITORY / "LICENSE").read_text("utf-8")
    assert licence.startswith("MIT License\n")
    assert about["Description-Content-Type"] == "text/markdown"
    required = [each for each in about.get_all("Requires-Dist", []) if "extra ==" not in each]
    assert sorted(re.split(r"\W", each)[0] for each in required) == ["filelock", "requests"]

"""The same metadata gives the same bytes, whatever runs the generator and in whatever order."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import sysconfig
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from zohohub_gen.package import render_package
from zohohub_gen.packaged import packaged

from tests.support.json_values import is_list, is_object
from tests.support.packages import ACME, CASES, REPOSITORY, SAMPLE, options, write_snapshot

PROGRAM = """
import hashlib, sys
from pathlib import Path
from zohohub_gen.package import Options, render_package
for name in sys.argv[1:]:
    made = render_package(Options(Path(name), Path("nowhere"), "crm"))
    text = made.lock + "".join(f"{path}\\0{made.files[path]}\\0" for path in sorted(made.files))
    print(hashlib.sha256(text.encode()).hexdigest())
"""
CASE_FOLDERS = sorted(CASES.glob("*/metadata"))


def digests(folders: list[Path]) -> list[str]:
    found: list[str] = []
    for folder in folders:
        made = render_package(options(folder, Path("nowhere")))
        text = made.lock + "".join(f"{path}\0{made.files[path]}\0" for path in sorted(made.files))
        found.append(hashlib.sha256(text.encode()).hexdigest())
    return found


def run(python: str, folders: list[Path], tmp_path: Path, **environment: str) -> list[str]:
    done = subprocess.run(
        [python, "-W", "error", "-c", PROGRAM, *map(str, folders)],
        env=os.environ | {"XDG_CACHE_HOME": str(tmp_path)} | environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("seed", ["1", "2"])
def test_hash_seeds(seed: str, tmp_path: Path) -> None:
    """Sets of strings are iterated in another order under each seed."""
    made = run(sys.executable, CASE_FOLDERS, tmp_path, PYTHONHASHSEED=seed)
    assert made == digests(CASE_FOLDERS)


def other_pythons() -> dict[str, dict[str, str]]:
    """Other versions of Python on this machine that can run the generator: command, environment."""
    found: dict[str, dict[str, str]] = {}
    environments: list[dict[str, str]] = [{}]
    if shutil.which("pyenv"):
        listed = subprocess.run(
            ["pyenv", "versions", "--bare"], capture_output=True, text=True, check=False
        )
        environments.append({"PYENV_VERSION": ":".join(listed.stdout.split())})
    for minor in range(11, 17):
        command = shutil.which(f"python3.{minor}")
        if command is None or minor == sys.version_info.minor:
            continue
        for environment in environments:
            probe = [command, "-c", f"import sys; assert sys.version_info[:2] == (3, {minor})"]
            tried = subprocess.run(
                probe, env=os.environ | environment, capture_output=True, check=False
            )
            if tried.returncode == 0:
                found[command] = environment
                break
    return found


def strange_characters(folder: Path) -> Path:
    """Characters that only newer versions of Python know."""
    texts = ["\U0001fae8", "\u2ffc", "\U0001f6d8", "\U0001e030", "\U0001ccd6", "\u0897", "ß", "ﬁ"]
    field = {
        "data_type": "picklist",
        "pick_list_values": [{"display_value": text} for text in texts],
    }
    return write_snapshot(
        folder,
        {"Leads": [field | {"api_name": f"A{text}B", "field_label": text} for text in texts]},
    )


def test_python_versions(tmp_path: Path) -> None:
    """With the libraries of this Python: they hold pure Python beside what is compiled."""
    pythons = other_pythons()
    if not pythons:
        pytest.skip("no other Python from 3.11 on is on this machine")
    folders = [*CASE_FOLDERS, strange_characters(tmp_path / "strange")]
    expected = digests(folders)
    libraries = sysconfig.get_path("purelib")
    path = os.pathsep.join([str(REPOSITORY / "generator"), str(REPOSITORY / "runtime"), libraries])
    for command, environment in pythons.items():
        made = run(
            command,
            folders,
            tmp_path,
            PYTHONPATH=path,
            PYTHONDONTWRITEBYTECODE="1",
            **environment,
        )
        assert made == expected, command


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_order_of_answers(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    for case in CASE_FOLDERS:
        folder = tmp_path / case.parent.name
        shutil.copytree(case, folder)
        for path in (*folder.glob("*.json"), *folder.glob("fields/*"), *folder.glob("layouts/*")):
            content = json.loads(path.read_text("utf-8"))
            path.write_text(json.dumps(shuffled(content, dice)), encoding="utf-8")
        assert digests([folder]) == digests([case]), case.parent.name


def shuffled(value: Any, dice: random.Random) -> Any:
    """The same JSON with its keys, and its lists of fields and modules, in another order."""
    if is_object(value):
        keys = dice.sample(list(value), len(value))
        mixed = {key: shuffled(value[key], dice) for key in keys}
        for key in ("modules", "fields"):
            if is_list(mixed.get(key)) and not _names_repeat(mixed[key]):
                dice.shuffle(mixed[key])
        return mixed
    return [shuffled(item, dice) for item in value] if is_list(value) else value


def _names_repeat(items: list[Any]) -> bool:
    """Which of two entries of one name counts may depend on their order."""
    names = [item.get("api_name") for item in items]
    return len(set(names)) < len(names)


def test_shuffling_shuffles() -> None:
    fields = {"fields": [{"api_name": str(number)} for number in range(50)]}
    assert shuffled(fields, random.Random(1)) != fields


def test_no_time_version_path_or_name_of_the_machine() -> None:
    """None of what changes without the schema may be in the output."""
    made = render_package(options(ACME / "metadata", SAMPLE, "acme_crm"))
    text = made.lock + "".join(made.files.values())
    import zohohub_gen

    for word in (str(REPOSITORY), os.uname().nodename, version("black"), version("jinja2")):
        assert len(word) < 4 or word not in text
    assert str(Path(zohohub_gen.__file__).parent) not in text
    assert str(packaged("templates")) not in text
    assert not re.search(r"\b20\d\d-\d\d-\d\d", text)
    assert not re.search(r"\d\d:\d\d:\d\d", text)

"""Whole commands that are killed at random moments, hundreds of times, by SIGKILL."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from zohohub_gen.emulator import Connection, Emulator
from zohohub_gen.package import GUARD
from zohohub_gen.snapshot import read_snapshot

from tests.generator.test_kills import contents
from tests.support.packages import ACME

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL"),
]

KILLS = {"generate": 100, "pull": 40}


def renamed(metadata: Path) -> None:
    """Give every field another label, which changes every file that is made of it."""
    for path in (metadata / "fields").glob("*.json"):
        content = json.loads(path.read_text())
        for item in content["fields"]:
            item["field_label"] = f"New {item.get('field_label')}"
        path.write_text(json.dumps(content))


@pytest.fixture(scope="module")
def orgs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The metadata of the sample org, and the same with other labels."""
    folder = tmp_path_factory.mktemp("orgs")
    for name in ("before", "after"):
        shutil.copytree(ACME / "metadata", folder / name)
    renamed(folder / "after")
    return folder / "before", folder / "after"


def run(project: Path, *arguments: str, connection: Connection | None = None) -> None:
    done = begin(project, *arguments, connection=connection)
    output, _ = done.communicate()
    assert done.returncode == 0, output


def begin(
    project: Path, *arguments: str, connection: Connection | None = None
) -> subprocess.Popen[str]:
    environment = {"PATH": os.environ["PATH"], "XDG_CACHE_HOME": str(project / "cache")}
    if connection is not None:
        environment |= {
            f"ZOHO_{name.upper()}": str(value) for name, value in connection.as_dict().items()
        }
    return subprocess.Popen(
        [sys.executable, "-m", "zohohub_gen", *arguments],
        cwd=project,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def kill_while_writing(process: subprocess.Popen[str], folder: Path, chance: random.Random) -> bool:
    """Kill it a moment after it has begun to lay files out, or to move them, or any time before.

    Whether it was not done yet.
    """
    sign = chance.choice([".zohohub-*", *[".zohohub-*/journal.json"] * 8, None])
    end = time.monotonic() + (chance.uniform(0, 0.5) if sign is None else 60)
    while process.poll() is None and time.monotonic() < end:
        if sign is not None and any(folder.glob(sign)):
            time.sleep(chance.choice([0, chance.uniform(0, 0.003)]))
            break
    process.kill()
    process.communicate()
    return process.returncode == -signal.SIGKILL


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "pyproject.toml").write_text('[tool.zohohub]\npackage = "crm"\n')
    yield tmp_path
    shutil.rmtree(tmp_path)


@pytest.mark.trust(
    "Faults, kills, load",
    "`generate` killed by SIGKILL at random moments",
    "the old or the new package, or one that refuses to be imported until the next run restores it",
)
def test_generate(project: Path, orgs: tuple[Path, Path]) -> None:
    states: list[dict[str, str]] = []
    for metadata in orgs:
        shutil.copytree(metadata, project / "zoho_metadata", dirs_exist_ok=True)
        run(project, "generate")
        states.append(contents(project / "crm"))
    assert states[0] != states[1]
    chance = random.Random(7)
    kills = mixtures = 0
    for number in range(KILLS["generate"]):
        shutil.copytree(orgs[number % 2], project / "zoho_metadata", dirs_exist_ok=True)
        kills += kill_while_writing(begin(project, "generate"), project / "crm", chance)
        seen = contents(project / "crm")
        if seen not in states:
            assert seen["__init__.py"] == GUARD
            mixtures += 1
        run(project, "generate")
        assert contents(project / "crm") == states[number % 2]
        assert not list((project / "crm").glob(".zohohub-*/journal.json"))
    print(f"trust: {kills} kills; {mixtures} of them in the middle of the moves")
    assert kills > KILLS["generate"] * 0.3
    assert mixtures > 3


@pytest.mark.trust(
    "Faults, kills, load",
    "`pull` killed by SIGKILL at random moments",
    "the old or the new snapshot, as the next command sees it",
)
def test_pull(project: Path, orgs: tuple[Path, Path]) -> None:
    folder = project / "zoho_metadata"
    chance = random.Random(11)
    kills = mixtures = 0
    with contextlib.ExitStack() as stack:
        connections = [
            stack.enter_context(Emulator(metadata, refresh_limit=10_000)).connection
            for metadata in orgs
        ]
        states: list[dict[str, str]] = []
        for connection in connections:
            run(project, "pull", "--full", connection=connection)
            states.append(contents(folder))
        assert states[0] != states[1]
        for number in range(KILLS["pull"]):
            connection = connections[number % 2]
            kills += kill_while_writing(
                begin(project, "pull", "--full", connection=connection), folder, chance
            )
            mixtures += contents(folder) not in states
            read_snapshot(folder)  # which any command does, and which restores it
            assert contents(folder) in states
            run(project, "pull", "--full", connection=connection)
            assert contents(folder) == states[number % 2]
    print(f"trust: {kills} kills; {mixtures} of them in the middle of the moves")
    assert kills > KILLS["pull"] * 0.3
    assert mixtures > 3

"""SECURITY.md names tests that are there; and what it says of repositories of others."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from zohohub_gen.cli import main
from zohohub_gen.snapshot import read_snapshot

from tests.support.nasty import everything
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


# --- what a run that was killed leaves, made by somebody else -----------------------------------


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose package is current, beside a file that is none of its business."""
    folder = tmp_path / "parent" / "project"
    shutil.copytree(ACME / "metadata", folder / "zoho_metadata")
    (folder / "pyproject.toml").write_text('[tool.zohohub]\npackage = "acme_crm"\n', "utf-8")
    (tmp_path / "parent" / "mine.txt").write_text("mine", "utf-8")
    (folder / "link").symlink_to(tmp_path / "parent")
    monkeypatch.chdir(folder)
    # As in CI, where no run before has left what it saw.
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert main(["generate"]) == 0
    shutil.rmtree(tmp_path / "cache")
    return folder


def leave(folder: Path, journal: object) -> Path:
    """What a run leaves that is killed while it moves files."""
    staging = folder / ".zohohub-x"
    staging.mkdir()
    (staging / "lock").touch()
    (staging / "old-0").write_text("theirs", "utf-8")
    (staging / "link").symlink_to(folder.parents[1])
    text = journal if isinstance(journal, str) else json.dumps(journal)
    (staging / "journal.json").write_text(text, "utf-8")
    return staging


FOREIGN: dict[str, object] = {
    "writes outside": {"old": {"old-0": "../../mine.txt"}, "new": {}},
    "writes to an absolute path": {"old": {"old-0": "/@/mine.txt"}, "new": {}},
    "writes through a link": {"old": {"old-0": "../link/mine.txt"}, "new": {}},
    "writes through a link inside": {"old": {"old-0": ".zohohub-x/link/mine.txt"}, "new": {}},
    "deletes outside": {"old": {}, "new": {"new-0": "../../mine.txt"}},
    "takes from outside": {"old": {"../../../mine.txt": "taken.txt"}, "new": {}},
    "takes through a link": {"old": {"link/mine.txt": "taken.txt"}, "new": {}},
    "has no parts": {},
    "has lists": {"old": [], "new": []},
    "has numbers": {"old": {"old-0": 5}, "new": {}},
    "is a list": [],
    "is half": '{"old": {',
    "is deep": "[" * 90_000,
}


@pytest.mark.parametrize("journal", FOREIGN.values(), ids=FOREIGN)
def test_no_journal_leads_out_of_its_folder(
    journal: object, project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = journal if isinstance(journal, str) else json.dumps(journal)
    for folder in ("zoho_metadata", "acme_crm"):
        staging = leave(project / folder, text.replace("/@", str(tmp_path / "parent")))
        before = everything(tmp_path / "parent")
        for command in (["check"], ["generate"]):
            assert main(command) == 1
            assert f"{folder}/.zohohub-x" in capsys.readouterr().err
            assert everything(tmp_path / "parent") == before
        shutil.rmtree(staging)


@pytest.mark.parametrize("what", ["the folder", "its lock"])
def test_a_link_in_the_place_of_what_a_run_leaves_is_passed_over(
    what: str, project: Path, tmp_path: Path
) -> None:
    """Whoever takes a lock empties its file."""
    for folder, path in (("zoho_metadata", "org.json"), ("acme_crm", "client.py")):
        staging = leave(project / folder, {"old": {"old-0": path}, "new": {}})
        if what == "the folder":
            staging = staging.rename(tmp_path / "parent" / folder)
            (project / folder / ".zohohub-x").symlink_to(staging)
        else:
            (staging / "lock").unlink()
            (staging / "lock").symlink_to(tmp_path / "parent" / "mine.txt")
    before = everything(tmp_path / "parent")
    for command in (["check"], ["generate"]):
        assert main(command) == 0
        assert everything(tmp_path / "parent") == before


def test_check_sees_what_is_committed_not_what_a_journal_makes_of_it(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Else a change of generated code could come with a folder that hides it from this command."""
    client = project / "acme_crm" / "client.py"
    org = project / "zoho_metadata" / "org.json"
    metadata = project / "zoho_metadata"
    for folder, path, restore in (
        ("acme_crm", client, lambda: main(["generate"])),
        ("zoho_metadata", org, lambda: main(["generate"])),
        ("zoho_metadata", org, lambda: read_snapshot(metadata)),
    ):
        staging = leave(project / folder, {"old": {"old-0": path.name}, "new": {}})
        shutil.copyfile(path, staging / "old-0")
        before = everything(project)
        assert main(["check"]) == 1
        assert f"{folder} is half written by a run that was killed" in capsys.readouterr().err
        assert everything(project) == before
        restore()
        assert not staging.exists()
        assert main(["check"]) == 0

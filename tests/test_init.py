"""`zohohub-gen init`: what it adds, and what it leaves alone."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Sequence
from importlib.metadata import PathDistribution
from pathlib import Path
from typing import Any

import pytest
from zohohub_gen.cli import main
from zohohub_gen.config import load
from zohohub_gen.emulator import Emulator
from zohohub_gen.packaged import packaged

from tests.support.ci import evaluate, git, read_yaml
from tests.support.packages import CASES

ACME = packaged("acme") / "metadata"
EVERYTHING = ("--github", "--gitlab", "--pre-commit", "--pytest")


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, and no settings of the machine's user."""
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name in list(os.environ):
        if name.startswith("ZOHO"):
            monkeypatch.delenv(name)
    return folder


def content(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }


def table(folder: Path) -> dict[str, Any]:
    settings = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["tool"]["zohohub"]
    # What was written is what the tool reads.
    load(folder, {})
    return settings


# --- What it writes ---------------------------------------------------------------------------


def test_an_empty_folder(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--yes"]) == 0
    assert content(project) == {
        "pyproject.toml": b'[tool.zohohub]\npackage = "zoho_crm"\ndata_centre = "us"\n',
        ".gitignore": b"# zohohub-gen: tokens, what an interrupted run leaves, caches\n"
        b"/.zoho_tokens.json*\n.zohohub-*/\n__pycache__/\n",
    }
    out = capsys.readouterr().out.splitlines()
    assert out[:2] == ["  + .gitignore", "  + pyproject.toml"]
    assert out[2].startswith("Next: ")
    assert len(out) == 3


def test_options_become_settings(project: Path) -> None:
    arguments = "--data-centre EU --package acme_crm --output lib/x --metadata meta"
    assert main(["init", "-y", *arguments.split(), "--modules", "Leads,Custom*"]) == 0
    assert table(project) == {
        "package": "acme_crm",
        "output": "lib/x",
        "metadata": "meta",
        "modules": ["Leads", "Custom*"],
        "data_centre": "eu",
    }


PYPROJECT = """\
# The project.
[project]
name = "Acme.Shop"   # two words
version = "1"

  [tool.ruff]   # indented
line-length    = 99
[tool.black]
line-length = 99"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("start", ["", "\ufeff"], ids=["plain", "bom"])
def test_a_pyproject_keeps_every_byte(project: Path, newline: str, start: str) -> None:
    before = (start + PYPROJECT.replace("\n", newline)).encode()
    (project / "pyproject.toml").write_bytes(before)
    (project / ".gitignore").write_bytes(b"dist" + newline.encode() + b"__pycache__/")
    (project / "src" / "acme_shop").mkdir(parents=True)
    (project / "src" / "acme_shop" / "__init__.py").touch()
    assert main(["init", "--yes", "--pytest"]) == 0
    after = (project / "pyproject.toml").read_bytes()
    assert after.startswith(before)
    assert after.removeprefix(before).decode() == newline.join(
        [
            "",
            "",
            "[tool.zohohub]",
            'package = "acme_shop_crm"',
            'output = "src"',
            'data_centre = "us"',
            "",
            "[tool.pytest.ini_options]",
            'pythonpath = ["src"]',
            "",
        ]
    )
    ignored = (project / ".gitignore").read_bytes()
    assert ignored.startswith(b"dist" + newline.encode() + b"__pycache__/" + newline.encode())
    assert ignored.count(b"__pycache__/") == 1
    assert ignored.count(b"\n") == ignored.count(newline.encode()) == 6


def test_a_second_run_adds_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--yes", *EVERYTHING]) == 0
    before = content(project)
    capsys.readouterr()
    assert main(["init", *EVERYTHING]) == 0
    assert content(project) == before
    assert "  + " not in capsys.readouterr().out


def test_settings_that_are_there_stay(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "pyproject.toml").write_text('[tool.zohohub]\npackage = "my_crm"\n')
    before = content(project)
    for arguments in ([], ["--yes"], ["--package", "x_crm", "--github"]):
        assert main(["init", *arguments]) == 2
        error = capsys.readouterr().err
        assert "pyproject.toml has [tool.zohohub] with package, which stays" in error
        assert content(project) == before
    assert main(["init", "--github"]) == 0
    assert content(project).items() > before.items()
    assert 'PACKAGE: "my_crm"' in (project / ".github/workflows/zohohub.yml").read_text("utf-8")


def test_files_that_are_there_stay(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = {
        ".github/workflows/zohohub.yml": "mine",
        ".gitlab/zohohub.yml": "mine",
        ".gitlab-ci.yml": "stages: [test]\n",
        ".pre-commit-config.yaml": "repos: []\n",
        "tests/test_zoho_crm.py": "mine",
        "pytest.ini": "[pytest]\n",
    }
    for path, text in mine.items():
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_text(text)
    assert main(["init", "--yes", *EVERYTHING]) == 0
    for path, text in mine.items():
        assert (project / path).read_text() == text
    out = capsys.readouterr().out
    assert ".github/workflows/zohohub.yml is there and stays" in out
    assert ".gitlab/zohohub.yml is there and stays" in out
    assert "tests/test_zoho_crm.py is there and stays" in out
    assert "Add the job to .gitlab-ci.yml:\ninclude:\n  - local: /.gitlab/zohohub.yml\n" in out
    assert "Add this to `repos` of .pre-commit-config.yaml:\n- repo: local\n" in out
    assert "add . to `pythonpath` in pytest.ini" in out


@pytest.mark.parametrize(
    ("token_file", "line"),
    [
        ("secrets/[x].json", r"/secrets/\[x].json*"),
        ("~/tokens.json", "/.zoho_tokens.json*"),
        ("../tokens.json", "/.zoho_tokens.json*"),
    ],
)
def test_tokens_stay_out_of_version_control(project: Path, token_file: str, line: str) -> None:
    settings = f"[tool.zohohub]\ntoken_file = {json.dumps(token_file)}\n"
    (project / "pyproject.toml").write_text(settings)
    assert main(["init", "--pre-commit"]) == 0
    assert line in (project / ".gitignore").read_text().splitlines()
    git(project, "init", "--quiet")
    if token_file.startswith("secrets"):
        assert git(project, "check-ignore", "secrets/[x].json", "secrets/[x].json.lock")


def test_ci_installs_what_runs_here(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    origin = {
        "url": "https://git.example.com/zohohub.git",
        "vcs_info": {"vcs": "git", "commit_id": "0123abc", "requested_revision": "main"},
    }
    monkeypatch.setattr(PathDistribution, "read_text", lambda *_: json.dumps(origin))
    assert main(["init", "--yes", "--gitlab"]) == 0
    (job,) = read_yaml(project / ".gitlab/zohohub.yml").values()
    requirement = "zohohub[gen] @ git+https://git.example.com/zohohub.git@0123abc"
    assert job["variables"]["ZOHOHUB"] == {"value": requirement, "expand": False}
    assert "package index" not in capsys.readouterr().out


def test_all_or_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / ".github").write_text("a file, where a folder has to be")
    before = content(project)
    assert main(["init", "--yes", *EVERYTHING]) == 1
    assert "could not be written and is as it was" in capsys.readouterr().err
    assert content(project) == before
    assert sorted(path.name for path in project.iterdir()) == [".github"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_is_read_only(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project.chmod(0o555)
    assert main(["init", "--yes"]) == 1
    assert "could not be written and is as it was" in capsys.readouterr().err


def test_a_file_that_is_not_toml(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "pyproject.toml").write_text("[tool\n")
    assert main(["init", "--yes"]) == 2
    assert "Error: pyproject.toml is not TOML" in capsys.readouterr().err
    (project / "pyproject.toml").write_text("tool = {ruff = {}}\n")
    assert main(["init", "--yes"]) == 1
    assert "holds `tool` in a form that takes no table" in capsys.readouterr().err
    assert content(project) == {"pyproject.toml": b"tool = {ruff = {}}\n"}


def test_a_project_inside_a_repository(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(project, "init", "--quiet")
    inside = project / "it's a $HOME" / "src"
    inside.mkdir(parents=True)
    (inside.parent / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    monkeypatch.chdir(inside)
    assert main(["init", "--yes", *EVERYTHING, "--output", "."]) == 0
    assert table(inside.parent) == {"package": "x_crm", "output": "src", "data_centre": "us"}
    assert {path for path in content(project) if path.startswith(".")} == {
        ".github/workflows/zohohub.yml",
        ".gitlab/zohohub.yml",
        ".gitlab-ci.yml",
        ".pre-commit-config.yaml",
    }
    workflow = read_yaml(project / ".github/workflows/zohohub.yml")
    folder = workflow["jobs"]["update"]["defaults"]["run"]["working-directory"]
    assert folder == "it's a $HOME"
    (hook,) = read_yaml(project / ".pre-commit-config.yaml")["repos"][0]["hooks"]
    assert re.match(hook["files"], "it's a $HOME/src/x_crm/leads.py")
    assert not re.match(hook["files"], "src/x_crm/leads.py")
    done = subprocess.run(
        hook["entry"].replace("zohohub-gen check", "pwd"),
        shell=True,
        cwd=project,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == str(inside.parent)


# --- Hostile words ----------------------------------------------------------------------------

NASTY = "a\"b'c ${{ secrets.X }} $(touch pwned) \\ #: é"


def test_hostile_words_break_no_file(project: Path) -> None:
    arguments = ["--output", NASTY, "--metadata", f"{NASTY}2", "--modules", 'Leads\n"]\nx = [",*']
    assert main(["init", "--yes", *arguments, *EVERYTHING]) == 0
    assert table(project) == {
        "package": "zoho_crm",
        "output": NASTY,
        "metadata": f"{NASTY}2",
        "modules": ['Leads\n"]\nx = ["', "*"],
        "data_centre": "us",
    }
    (job,) = read_yaml(project / ".github/workflows/zohohub.yml")["jobs"].values()
    assert evaluate(job["env"]["METADATA"], {}) == f"{NASTY}2"
    assert evaluate(job["env"]["PACKAGE"], {}) == f"{NASTY}/zoho_crm"
    (job,) = read_yaml(project / ".gitlab/zohohub.yml").values()
    assert job["variables"]["METADATA"] == {"value": f"{NASTY}2", "expand": False}
    (hook,) = read_yaml(project / ".pre-commit-config.yaml")["repos"][0]["hooks"]
    assert re.match(hook["files"], f"{NASTY}/zoho_crm/leads.py")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--package", 'x"\ny = 1'], "not a name to import"),
        (["--package", "json"], "would hide the module"),
        (["--data-centre", "eu\nx"], "did you mean 'eu'?"),
        (["--data-centre", "uss"], "did you mean 'us'?"),
        (["--output", "a\nb"], "--output"),
        (["--output", "../elsewhere"], "must be a folder of"),
        (["--metadata", "/etc"], "must be a folder of"),
    ],
)
def test_what_it_refuses(
    arguments: list[str], says: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", "--yes", *arguments]) == 2
    assert says in capsys.readouterr().err
    assert content(project) == {}


@pytest.mark.parametrize(
    ("name", "package"),
    [
        ("acme", "acme_crm"),
        ("Zoho-CRM", "zoho_crm"),
        ("my.crm", "my_crm"),
        ("3d", "zoho_crm"),
        ("größe", "gr_e_crm"),
        ("'; DROP", "drop_crm"),
        ("", "zoho_crm"),
    ],
)
def test_the_name_of_the_project_names_the_package(project: Path, name: str, package: str) -> None:
    (project / "pyproject.toml").write_text(f"[project]\nname = {json.dumps(name)}\n")
    assert main(["init", "--yes"]) == 0
    assert table(project)["package"] == package


def test_a_package_of_that_name_is_the_users(project: Path) -> None:
    (project / "pyproject.toml").write_text('[project]\nname = "acme-crm"\n')
    (project / "acme_crm").mkdir()
    assert main(["init", "--yes"]) == 0
    assert table(project)["package"] == "zoho_crm"


def test_settings_of_pytest_elsewhere_win(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # A table in pyproject.toml would make pytest forget tox.ini.
    (project / "tox.ini").write_text("[pytest]\naddopts = -q\n")
    assert main(["init", "--yes", "--pytest"]) == 0
    assert "add . to `pythonpath` in tox.ini" in capsys.readouterr().out
    assert "pytest" not in (project / "pyproject.toml").read_text()


# --- With a terminal, and without -------------------------------------------------------------


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "zohohub_gen", *arguments]


def test_without_a_terminal_it_asks_nothing(project: Path) -> None:
    # Nobody ever writes into this pipe, or closes it.
    silence, end = os.pipe()
    try:
        done = subprocess.run(
            command("init"), cwd=project, stdin=silence, capture_output=True, text=True, timeout=60
        )
    finally:
        os.close(silence)
        os.close(end)
    assert (done.returncode, done.stderr) == (0, "")
    assert table(project) == {"package": "zoho_crm", "data_centre": "us"}


def _at_a_terminal(theirs: int) -> None:
    """So that Ctrl-C is one, also where a shell runs the tests in the background."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.login_tty(theirs)


def converse(folder: Path, answers: Sequence[str], *arguments: str) -> tuple[int, str]:
    """Run init at a terminal, and answer each question as it comes."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command("init", *arguments),
        cwd=folder,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        preexec_fn=lambda: _at_a_terminal(theirs),
    )
    os.close(theirs)
    said, left, deadline = "", list(answers), time.monotonic() + 60
    while time.monotonic() < deadline:
        if not select.select([ours], [], [], 1)[0]:
            continue
        try:
            new = os.read(ours, 4096).decode()
        except OSError:  # the other end is closed
            break
        said += new
        if left and re.search(r"(\]|all|N\]): $", said):
            # Nobody is quicker: between a prompt and the wait for keys, readline misses a Ctrl-C.
            time.sleep(0.1)
            os.write(ours, left.pop(0).encode())
            said += "\n"
    os.close(ours)
    code = process.wait(30)
    assert left == [], said
    return code, said


def test_at_a_terminal_it_asks(project: Path) -> None:
    (project / "pyproject.toml").write_text('[project]\nname = "acme"\n')
    answers = ["nowhere", "eu", "lib", "1x", "", "Leads, Deals", "y", "", "n", "y"]
    code, said = converse(project, [f"{answer}\n" for answer in answers])
    assert code == 0, said
    assert table(project) == {
        "package": "acme_crm",
        "output": "lib",
        "modules": ["Leads", "Deals"],
        "data_centre": "eu",
    }
    assert "known are us" in said
    assert "which is not a name to import" in said
    assert sorted(content(project)) == [
        ".github/workflows/zohohub.yml",
        ".gitignore",
        "pyproject.toml",
        "tests/test_acme_crm.py",
    ]


def test_at_a_terminal_options_are_not_asked_for(project: Path) -> None:
    arguments = ("--data-centre", "eu", "--package", "a_crm", "--output", ".", "--modules", "*")
    code, said = converse(project, [], *arguments, "--yes", "--github")
    assert (code, "?" in said) == (0, False)


def test_an_interrupt_writes_nothing(project: Path) -> None:
    code, said = converse(project, ["eu\n", "\x03"])
    assert code == 130, said
    assert content(project) == {}


# --- From there to a test that passes ----------------------------------------------------------


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    kept = {key: text for key, text in os.environ.items() if not key.startswith(("PYTEST", "COV"))}
    return subprocess.run(
        arguments, cwd=folder, env=kept, capture_output=True, text=True, timeout=120
    )


@pytest.mark.parametrize("layout", ["src", "flat"])
def test_from_nothing_to_a_test_that_passes(
    layout: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if layout == "src":
        (project / "src" / "acme").mkdir(parents=True)
        (project / "src" / "acme" / "__init__.py").touch()
    assert main(["init", "--yes", "--pytest", "--modules", "Leads,Accounts"]) == 0
    with Emulator(ACME) as zoho:
        at = zoho.connection
        monkeypatch.setenv("ZOHO_CLIENT_ID", at.client_id)
        monkeypatch.setenv("ZOHO_CLIENT_SECRET", at.client_secret)
        monkeypatch.setenv("ZOHO_REFRESH_TOKEN", at.refresh_token)
        monkeypatch.setenv("ZOHO_ACCOUNTS_URL", at.accounts_url)
        monkeypatch.setenv("ZOHO_API_DOMAIN", at.api_domain)
        assert main(["pull"]) == 0
        assert main(["generate"]) == 0
    # The command, which does not put the current folder on the path.
    done = run(project, str(Path(sys.executable).with_name("pytest")), "-q")
    assert "1 passed" in done.stdout, done.stdout + done.stderr
    assert main(["check"]) == 0


@pytest.mark.parametrize(
    ("case", "has_one"),
    [
        ("acme", True),
        ("access", True),
        ("hostile_text", True),
        ("names_that_clash", True),
        ("bare_modules", False),
        ("v2_answers", False),
    ],
)
def test_the_example_fits_the_metadata_that_is_there(
    case: str, has_one: bool, project: Path
) -> None:
    shutil.copytree(CASES / case / "metadata", project / "zoho_metadata")
    assert main(["init", "--yes", "--pytest"]) == 0
    assert (project / "tests" / "test_zoho_crm.py").exists() == has_one
    if has_one:
        assert main(["generate"]) == 0
        done = run(project, str(Path(sys.executable).with_name("pytest")), "-q")
        assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_without_a_module_to_show_there_is_no_example(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", "--yes", "--pytest", "--modules", "Custom*"]) == 0
    assert "No example of a test was written" in capsys.readouterr().out
    assert not (project / "tests").exists()

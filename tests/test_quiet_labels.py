"""What Zoho says reaches no terminal and no workflow as an order, whichever command prints it."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from zohohub_gen.cli import main
from zohohub_gen.emulator import Emulator

from tests.support.exports import KINDS
from tests.support.nasty import steering
from tests.support.steering import forged, write_metadata

pytestmark = pytest.mark.trust(
    "Bad input",
    "labels with orders for terminals and workflows, in pipes",
    "nothing of them an order",
)


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose metadata was made by an enemy, and another state of it."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("ZOHO_"):
            monkeypatch.delenv(name)
    (tmp_path / "pyproject.toml").write_text('[tool.zohohub]\npicklists = "enum"\n')
    write_metadata(tmp_path / "zoho_metadata", "old")
    write_metadata(tmp_path / "other", "later")
    return tmp_path


@pytest.fixture
def quiet(capsys: pytest.CaptureFixture[str]) -> Iterator[list[str]]:
    """Checks at the end that nothing of what was printed is an order."""
    seen: list[str] = []
    yield seen
    captured = capsys.readouterr()
    printed = "".join(seen) + captured.out + captured.err
    assert steering(printed) == []
    assert "unexpected" not in printed
    assert forged(printed) == []
    for line in re.findall(r"^\s*::.*", printed, re.MULTILINE):
        # One order a line: what follows is data, in which its own signs are escaped.
        assert re.fullmatch(r"::\w+ (\w+=[^:,]*,?)*::(?:[^%]|%25|%0A|%0D)*", line), line
        assert "forged%0A" not in line
    print(f"trust: 1 runs of commands; {len(printed.splitlines())} lines")


def test_generate_check_and_docs(quiet: list[str], project: Path) -> None:
    assert main(["generate", "-v"]) == 0
    with (project / "zoho_crm" / "client.py").open("a", encoding="utf-8") as file:
        file.write("# \x1b[2J\u202e\x0c::error::forged\n")
    assert main(["check", "-v"]) == 1
    assert main(["docs", "-v"]) == 0
    assert main(["docs", "--format", "markdown", "--output", "text", "-v"]) == 0
    assert main(["doctor", "-v"]) == 1


@pytest.mark.parametrize("form", ["text", "markdown", "github", "json"])
def test_diff(form: str, quiet: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "other", "--format", form, "-v"]) == 0
    captured = capsys.readouterr()
    assert "forged" in captured.out
    if form == "github":
        assert captured.out.count("\n::") > 4
    quiet += [captured.out, captured.err]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.slow
def test_export(kind: str, quiet: list[str]) -> None:
    assert main(["export", "--as", kind, "-v"]) == 0


def test_migrate(quiet: list[str], project: Path) -> None:
    assert main(["generate"]) == 0
    lock = json.loads((project / "zoho_metadata" / "names.json").read_text("utf-8"))
    entry = next(iter(lock["modules"].values()))
    entry["fields"]["11"]["former"] = ["ancient"]
    (project / "zoho_metadata" / "names.json").write_text(json.dumps(lock), "utf-8")
    assert main(["generate"]) == 0
    (project / "app.py").write_text(
        "from zoho_crm import Crm\n"
        f"def f(crm: Crm, other):\n    # \x1b[2J\u202e\n    print(other.ancient)\n"
        f"    return [each.ancient for each in crm.{entry['file']}.list()]\n",
        "utf-8",
    )
    assert main(["migrate", "app.py", "-v"]) == 0


@pytest.mark.outside_contracts
def test_pull(
    quiet: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Emulator(write_metadata(tmp_path / "org", "later", cut=False)) as zoho:
        to = zoho.connection
        monkeypatch.setenv("ZOHO_CLIENT_ID", to.client_id)
        monkeypatch.setenv("ZOHO_CLIENT_SECRET", to.client_secret)
        monkeypatch.setenv("ZOHO_REFRESH_TOKEN", to.refresh_token)
        monkeypatch.setenv("ZOHO_ACCOUNTS_URL", to.accounts_url)
        monkeypatch.setenv("ZOHO_API_DOMAIN", to.api_domain)
        assert main(["pull", "-v", "--metadata", "pulled"]) == 0
        assert main(["pull", "-v", "--metadata", "other"]) == 0
        shutil.rmtree(tmp_path / "zoho_metadata")
        shutil.copytree(tmp_path / "pulled", tmp_path / "zoho_metadata")
        assert main(["generate", "-v"]) == 0
        assert main(["check", "--live", "-v"]) == 0
        assert main(["diff", "--metadata", "other", "-v"]) == 0
        assert main(["doctor", "-v"]) in (0, 1)

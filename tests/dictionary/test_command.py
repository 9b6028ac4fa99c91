"""`zohohub-gen docs`, as its users meet it."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings
from zohohub_gen.bindings import bind
from zohohub_gen.choices import Choices
from zohohub_gen.cli import main
from zohohub_gen.dictionary.facts import collect
from zohohub_gen.dictionary.markdown import markdown_files
from zohohub_gen.packaged import packaged
from zohohub_gen.parse import parse
from zohohub_gen.snapshot import Snapshot, read_snapshot

from tests.support import hostile
from tests.support.packages import write_snapshot

ACME = packaged("acme") / "metadata"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a snapshot and nothing else, and no credentials."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("[tool.zohohub]\n")
    for name in list(os.environ):
        if name.startswith("ZOHO_"):
            monkeypatch.delenv(name)
    shutil.copytree(ACME, tmp_path / "zoho_metadata")
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def error_of(capsys: pytest.CaptureFixture[str]) -> str:
    (line,) = [each for each in capsys.readouterr().err.splitlines() if each.startswith("Error: ")]
    return line.removeprefix("Error: ")


def test_it_writes_pages_and_says_which_to_open(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = (project / "zoho_metadata" / "names.json").read_bytes()
    assert main(["docs"]) == 0
    out = capsys.readouterr().out
    assert "zoho_docs: 22 modules, 396 fields; 27 files created." in out
    assert out.endswith("Next: open zoho_docs/index.html\n")
    before = contents(project / "zoho_docs")
    assert len(before) == 27
    assert main(["docs"]) == 0
    out = capsys.readouterr().out
    assert "nothing has changed" in out
    assert "Next" not in out
    assert contents(project / "zoho_docs") == before
    # Nothing but the pages: the lock of the names is for `generate` to write.
    assert (project / "zoho_metadata" / "names.json").read_bytes() == lock


def test_names_are_those_of_the_package(project: Path) -> None:
    (project / "pyproject.toml").write_text(
        '[tool.zohohub]\nmodules = ["Leads", "Accounts"]\n'
        '[tool.zohohub.names]\n"Leads.Company" = "firm"\n'
    )
    assert main(["generate"]) == 0
    assert main(["docs", "--output", "out"]) == 0
    page = (project / "out" / "leads.html").read_text("utf-8")
    assert "<code>firm</code>" in page
    assert "    firm: str | None" in (project / "zoho_crm" / "leads.py").read_text("utf-8")
    assert "not in the package" in (project / "out" / "deals.html").read_text("utf-8")


def test_pages_of_what_is_gone_are_deleted_and_other_files_stay(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = project / "zoho_docs"
    assert main(["docs"]) == 0
    assert main(["docs", "--format", "markdown"]) == 0
    (folder / "notes.txt").write_text("mine")
    (folder / "mine.html").write_text("<p>mine")
    (folder / "sandbox").mkdir()
    shutil.copy(folder / "leads.html", folder / "sandbox" / "old.html")
    shutil.rmtree(project / "zoho_metadata")
    write_snapshot(project / "zoho_metadata", {"Leads": [{"api_name": "X", "data_type": "text"}]})
    capsys.readouterr()
    assert main(["docs"]) == 0
    assert "deleted" in capsys.readouterr().out
    assert {path.name for path in folder.glob("*.html")} == {
        *("index.html", "leads.html", "modules-diagram.html", "mine.html"),
    }
    assert (folder / "sandbox" / "old.html").exists()
    assert (folder / "notes.txt").read_text() == "mine"
    assert (folder / "deals.md").exists()
    assert main(["docs", "--format", "markdown"]) == 0
    assert {path.name for path in folder.glob("*.md")} == {"README.md", "leads.md"}


@pytest.mark.parametrize(
    ("name", "form"), [("leads.html", "html"), ("style.css", "html"), ("README.md", "markdown")]
)
def test_a_file_of_somebody_else_is_refused(
    name: str, form: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = project / "docs"
    folder.mkdir()
    (folder / name).write_text("mine\n")
    assert main(["docs", "--format", form, "--output", "docs"]) == 1
    assert error_of(capsys) == (
        f"docs/{name} was not made by zohohub-gen and would be overwritten; move it away, or "
        "choose another --output"
    )
    assert contents(folder) == {name: b"mine\n"}


def test_a_profile_has_its_own_folder(project: Path) -> None:
    (project / "pyproject.toml").write_text("[tool.zohohub.profiles.sandbox]\n")
    shutil.copytree(ACME, project / "zoho_metadata" / "sandbox")
    assert main(["docs", "--profile", "sandbox"]) == 0
    assert (project / "zoho_docs" / "sandbox" / "index.html").is_file()


def test_a_union_says_which_org_lacks_what(project: Path) -> None:
    (project / "pyproject.toml").write_text(
        "[tool.zohohub.profiles.production]\n[tool.zohohub.profiles.sandbox]\n"
        '[tool.zohohub.profiles.both]\nunion = ["production", "sandbox"]\n'
    )
    field: dict[str, Any] = {"api_name": "Name", "data_type": "text", "json_type": "string"}
    more = {**field, "api_name": "Score"}
    modules = [{"api_name": "Leads"}]
    write_snapshot(project / "zoho_metadata" / "production", {"Leads": [field, more]}, modules)
    write_snapshot(project / "zoho_metadata" / "sandbox", {"Leads": [field]}, modules)
    assert main(["docs", "--profile", "both"]) == 0
    page = (project / "zoho_docs" / "both" / "leads.html").read_text("utf-8")
    assert page.count("Not in sandbox.") == 1


# --- Markdown ---------------------------------------------------------------------------------


def test_markdown_has_the_same_facts() -> None:
    schema, _ = parse(read_snapshot(ACME))
    bindings = bind(schema, {}, Choices())
    files = markdown_files(collect(bindings))
    assert len(files) == len(schema.modules) + 1
    for module in schema.modules:
        names = bindings.names.modules[module.api_name]
        text = files[f"{names.file}.md"]
        rows = [line for line in text.splitlines() if line.startswith("| ")]
        for item in module.fields:
            assert any(
                f"| `{item.api_name}` | `{names.fields[item.api_name]}: " in row for row in rows
            )
        for layout in module.layouts:
            assert f"### {layout.name}" in text
    leads = files["leads.md"]
    assert "| Last Name | `Last_Name` | `last_name: str | None` |".replace("r |", "r \\|") in leads
    assert "- `Battery storage`, stored as `Battery`" in leads
    assert "| [Deals](deals.md) |" in leads.partition("## Referred to by")[2]


def test_links_of_markdown_lead_somewhere() -> None:
    schema, _ = parse(read_snapshot(ACME))
    files = markdown_files(collect(bind(schema, {}, Choices())))
    links = [link for text in files.values() for link in re.findall(r"(?<!\\)\]\(([^)]+)\)", text)]
    assert len(links) > 150
    assert {unquote(link) for link in links} <= files.keys()


@given(org=hostile.orgs())
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_hostile_texts_stay_in_their_cells(org: Any) -> None:
    modules, fields = org
    schema, _ = parse(Snapshot(modules, fields))
    files = markdown_files(collect(bind(schema, {}, Choices())))
    for text in files.values():
        text.encode("utf-8")
        head, *lines = text.splitlines()
        assert head.startswith("<!-- Generated by zohohub-gen docs.")
        columns = 0
        for line in lines:
            outside = re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", line)
            assert "<" not in outside
            if not line.startswith("|"):
                columns = 0
                continue
            bars = len(re.findall(r"(?<!\\)\|", line))
            columns = columns or bars
            assert bars == columns, line

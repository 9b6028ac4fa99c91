"""`zohohub-gen diff` and `check --live`, as their users meet them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from zohohub_gen.cli import main
from zohohub_gen.emulator import Connection, Emulator
from zohohub_gen.packaged import packaged

ACME = packaged("acme") / "metadata"
GONE = "Lead.website"


def edited(folder: Path) -> Path:
    """Take a field away, add an option, and rename another field."""
    path = folder / "fields" / "Leads.json"
    content = json.loads(path.read_text("utf-8"))
    by_name: dict[str, Any] = {item["api_name"]: item for item in content["fields"]}
    del by_name["Website"]
    by_name["City"]["field_label"] = "Town"
    option = {"display_value": "Won", "actual_value": "Won", "id": "1"}
    by_name["Lead_Status"]["pick_list_values"].append(option)
    by_name["Roof_Age_Years"]["api_name"] = "Roof_Age"
    path.write_text(json.dumps({"fields": list(by_name.values())}, indent=2), "utf-8")
    modules = folder / "modules.json"
    changed = json.loads(modules.read_text("utf-8"))
    for item in changed["modules"]:
        if item["api_name"] == "Leads":
            item["modified_time"] = "2026-11-20T10:00:00+00:00"
    modules.write_text(json.dumps(changed), "utf-8")
    return folder


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a snapshot and nothing else, and no credentials."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text('[tool.zohohub]\npackage = "acme_crm"\n')
    for name in list(os.environ):
        if name.startswith(("ZOHO_", "GIT_")):
            monkeypatch.delenv(name)
    shutil.copytree(ACME, tmp_path / "zoho_metadata")
    return tmp_path


@pytest.fixture
def other(tmp_path: Path) -> Path:
    shutil.copytree(ACME, tmp_path / "other")
    return edited(tmp_path / "other")


@pytest.fixture(scope="module")
def changed_org(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    folder = tmp_path_factory.mktemp("org") / "metadata"
    shutil.copytree(ACME, folder)
    with Emulator(edited(folder), refresh_limit=1000) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def same_org() -> Iterator[Emulator]:
    with Emulator(ACME, refresh_limit=1000) as emulator:
        yield emulator


def connect(monkeypatch: pytest.MonkeyPatch, emulator: Emulator) -> None:
    connection: Connection = emulator.connection
    emulator.clear_requests()
    for name, value in {
        "ZOHO_CLIENT_ID": connection.client_id,
        "ZOHO_CLIENT_SECRET": connection.client_secret,
        "ZOHO_REFRESH_TOKEN": connection.refresh_token,
        "ZOHO_ACCOUNTS_URL": connection.accounts_url,
        "ZOHO_API_DOMAIN": connection.api_domain,
    }.items():
        monkeypatch.setenv(name, value)


def calls(emulator: Emulator) -> int:
    return len([each for each in emulator.requests if each.path.startswith("/crm/")])


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def git(*arguments: str) -> None:
    person = ["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *person, *arguments], check=True, capture_output=True)


def committed() -> None:
    git("init", "-q", ".")
    git("add", "-A")
    git("commit", "-q", "-m", "first")


def error_of(capsys: pytest.CaptureFixture[str]) -> str:
    (line,) = [each for each in capsys.readouterr().err.splitlines() if each.startswith("Error: ")]
    return line.removeprefix("Error: ")


# --- Two folders ------------------------------------------------------------------------------


def test_another_folder_is_the_new_side(other: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", str(other)]) == 0
    out = capsys.readouterr().out
    assert f"  ✗ {GONE}: field removed" in out
    assert "  ! Lead.lead_status: option added: Won" in out
    assert "  ! Lead.roof_age_years: field renamed: Roof_Age_Years → Roof_Age" in out
    assert "  · Lead.city: field label changed: City → Town" in out
    assert out.splitlines()[-1] == (
        f"4 changes in 1 module from zoho_metadata to {other}: 1 breaking, 2 risky, 1 safe."
    )


def test_names_are_those_of_the_project_where_a_folder_has_none(
    other: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (other / "names.json").unlink()
    assert main(["diff", str(other)]) == 0
    assert "  ! Lead.roof_age_years: field renamed" in capsys.readouterr().out  # by its id


def test_a_folder_with_names_of_its_own_goes_by_those(
    other: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = other / "names.json"
    lock.write_text(lock.read_text("utf-8").replace('"lead_status"', '"stage"'), "utf-8")
    assert main(["diff", "other"]) == 0
    assert "Lead.lead_status is called stage now" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("fail_on", "folder", "code"),
    [
        ("breaking", "other", 1),
        ("any", "other", 1),
        ("none", "other", 0),
        ("breaking", "zoho_metadata", 0),
        ("any", "zoho_metadata", 0),
    ],
)
@pytest.mark.usefixtures("other")
def test_it_fails_on_what_it_is_told_to(fail_on: str, folder: str, code: int) -> None:
    assert main(["diff", folder, "--fail-on", fail_on]) == code


@pytest.mark.usefixtures("other")
def test_breaking_lets_what_is_risky_pass() -> None:
    path = Path("other/fields/Leads.json")
    shutil.copy("zoho_metadata/fields/Leads.json", path)
    content = json.loads(path.read_text("utf-8"))
    for item in content["fields"]:
        if item["api_name"] == "City":
            item["length"] = 9
    path.write_text(json.dumps(content), "utf-8")
    assert main(["diff", "other", "--fail-on", "breaking"]) == 0
    assert main(["diff", "other", "--fail-on", "any"]) == 1


@pytest.mark.usefixtures("other")
def test_only_the_modules_that_count(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "other", "--modules", "Deals", "--fail-on", "any"]) == 0
    assert "as far as programs can notice" in capsys.readouterr().out


def test_a_glob_of_one_side_only(other: Path, capsys: pytest.CaptureFixture[str]) -> None:
    modules = other / "modules.json"
    content = json.loads(modules.read_text("utf-8"))
    content["modules"] = [each for each in content["modules"] if each["api_name"] != "Calls"]
    modules.write_text(json.dumps(content), "utf-8")
    (other / "fields" / "Calls.json").unlink()
    assert main(["diff", "other", "--modules", "Calls"]) == 0
    out = capsys.readouterr().out
    assert "  ✗ crm.calls: module removed: Calls" in out
    assert "1 change in 1 module" in out


@pytest.mark.usefixtures("other")
def test_a_glob_of_no_side(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "other", "--modules", "Laeds"]) == 2
    assert "no module of the metadata is called 'Laeds'; did you mean 'Leads'?" in error_of(capsys)


@pytest.mark.usefixtures("other")
def test_overrides_of_one_side_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[tool.zohohub]\nmodules = ["Leads", "Lead_Site_*"]\n'
        '[tool.zohohub.names]\n"Leads.Website" = "homepage"\n"Leads.City" = "town"\n'
    )
    assert main(["generate"]) == 0
    capsys.readouterr()
    assert main(["diff", "other"]) == 0
    out = capsys.readouterr().out
    assert "✗ Lead.homepage: field removed" in out
    assert "· Lead.town: field label changed" in out


@pytest.mark.usefixtures("other")
def test_an_override_that_no_bindings_have_yet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Programs use the names that the lock has, whatever is configured since."""
    (tmp_path / "pyproject.toml").write_text(
        '[tool.zohohub]\nmodules = ["Leads", "Lead_Site_*"]\n'
        '[tool.zohohub.names]\n"Leads.City" = "town"\n'
    )
    assert main(["diff", "other"]) == 0
    out = capsys.readouterr().out
    assert "✗ Lead.website: field removed" in out
    assert "✗ Lead.city: name changed: city → town" in out
    assert "`zohohub-gen migrate` renames it" in out


@pytest.mark.usefixtures("other")
def test_against_another_profile(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[tool.zohohub]\npackage = "acme_crm"\n'
        '[tool.zohohub.profiles.production]\nmetadata = "zoho_metadata"\n'
        '[tool.zohohub.profiles.sandbox]\nmetadata = "other"\n'
        '[tool.zohohub.profiles.both]\nunion = ["production", "sandbox"]\n'
    )
    assert main(["diff", "other"]) == 0
    as_folder = capsys.readouterr().out
    assert f"✗ {GONE}: field removed" in as_folder
    assert main(["diff", "--profile", "production", "--against", "sandbox"]) == 0
    assert capsys.readouterr().out == as_folder
    assert main(["diff", "--profile", "sandbox", "--against", "production"]) == 0
    assert f"· {GONE}: field added" in capsys.readouterr().out
    for arguments, message in (
        (["other", "--against", "sandbox"], "not with both"),
        (["--against", "both"], "both is a union"),
        (["--profile", "both", "--against", "sandbox"], "both is a union"),
        (["--against", "sandbx"], "sandbox"),
    ):
        assert main(["diff", *arguments]) == 2
        assert message in error_of(capsys)


@pytest.mark.usefixtures("other")
def test_json_is_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "other", "--format", "json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["version"] == 1
    assert content["counts"] == {"breaking": 1, "risky": 2, "safe": 1}
    (removed,) = [each for each in content["changes"] if each["kind"] == "field removed"]
    assert (removed["module"], removed["field"], removed["target"]) == ("Leads", "Website", GONE)


@pytest.mark.usefixtures("other")
def test_markdown_and_annotations(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "other", "--format", "markdown"]) == 0
    assert "- 🔴 breaking: `Lead.website`, field removed" in capsys.readouterr().out
    assert main(["diff", "other", "--format", "github"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("::error file=zoho_metadata/fields/Leads.json,line=")
    number = int(lines[0].partition("line=")[2].partition(",")[0])
    snapshot = Path("zoho_metadata/fields/Leads.json").read_text("utf-8").splitlines()
    assert snapshot[number - 1].strip() == '"api_name": "Website",'


@pytest.mark.usefixtures("other")
def test_usage_shows_the_users_own_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "src"
    source.mkdir()
    (source / "jobs.py").write_text(
        "from acme_crm import Crm, Lead\n\ncrm = Crm.from_env()\n"
        "for lead in crm.leads.list(Lead.fields.website):\n    print(lead.website, lead.city)\n"
    )
    (source / "broken.py").write_text("def (")
    assert main(["diff", "other", "--usage", "src", "--format", "json"]) == 0
    captured = capsys.readouterr()
    assert "broken.py" in captured.err
    places = {
        each["field"]: [(use["path"], use["line"]) for use in each["usages"]]
        for each in json.loads(captured.out)["changes"]
    }
    assert places["Website"] == [("src/jobs.py", 4), ("src/jobs.py", 5)]
    assert places["City"] == [("src/jobs.py", 5)]
    assert places["Roof_Age_Years"] == []
    assert main(["diff", "other", "--usage", "src", "--format", "github"]) == 0
    assert "::error file=src/jobs.py,line=4,col=" in capsys.readouterr().out


# --- A git revision ---------------------------------------------------------------------------


def test_a_revision_is_the_old_side(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    committed()
    edited(project / "zoho_metadata")
    before = contents(project)
    assert main(["diff", "--from", "HEAD"]) == 0
    out = capsys.readouterr().out
    assert f"✗ {GONE}: field removed" in out
    assert "from zoho_metadata at HEAD (" in out
    assert out.splitlines()[-1].endswith("to zoho_metadata: 1 breaking, 2 risky, 1 safe.")
    assert contents(project) == before
    git("commit", "-qam", "second")
    assert main(["diff", "--from", "HEAD", "--fail-on", "any"]) == 0
    assert main(["diff", "--from", "HEAD~1", "--fail-on", "breaking"]) == 1


def test_a_revision_and_a_folder(other: Path) -> None:
    committed()
    shutil.rmtree("zoho_metadata")  # it is not needed
    assert main(["diff", "--from", "HEAD", str(other), "--fail-on", "breaking"]) == 1


def test_a_revision_from_a_folder_below(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    committed()
    edited(project / "zoho_metadata")
    (project / "deep" / "er").mkdir(parents=True)
    monkeypatch.chdir(project / "deep" / "er")
    assert main(["diff", "--from", "HEAD"]) == 0
    assert f"✗ {GONE}: field removed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("revision", "says"),
    [
        ("nowhere", "git does not know the revision 'nowhere'"),
        ("--output=x", "'--output=x' is not a revision"),
        ("-h", "'-h' is not a revision"),
        ("", "'' is not a revision"),
        ("HEAD:zoho_metadata", "git does not know the revision 'HEAD:zoho_metadata'"),
    ],
)
def test_a_revision_that_is_none(
    revision: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    committed()
    assert main(["diff", f"--from={revision}"]) == 2
    assert says in error_of(capsys)
    assert not Path("x").exists()


def test_a_revision_without_the_folder(capsys: pytest.CaptureFixture[str]) -> None:
    git("init", "-q", ".")
    git("commit", "-q", "--allow-empty", "-m", "nothing")
    assert main(["diff", "--from", "HEAD"]) == 2
    assert "zoho_metadata is not in the revision 'HEAD'" in error_of(capsys)


def test_no_repository(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(Path.cwd().parent))
    assert main(["diff", "--from", "HEAD"]) == 2
    assert "zoho_metadata is in no git repository" in error_of(capsys)


def test_no_git(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PATH", "")
    assert main(["diff", "--from", "HEAD"]) == 2
    assert "git is not installed" in error_of(capsys)


# --- The org ----------------------------------------------------------------------------------


def test_without_a_folder_the_org_is_asked(
    project: Path,
    same_org: Emulator,
    changed_org: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    connect(monkeypatch, same_org)
    assert main(["pull"]) == 0
    connect(monkeypatch, changed_org)
    before = contents(project)
    assert main(["diff"]) == 0
    out = capsys.readouterr().out
    assert f"✗ {GONE}: field removed" in out
    assert out.splitlines()[-2:] == [
        "4 changes in 1 module from zoho_metadata to the org: 1 breaking, 2 risky, 1 safe.",
        "Next: run `zohohub-gen` to follow the org, and your type checker to see what breaks",
    ]
    # The modules twice, the org, its user, and three calls for the module that has changed.
    assert calls(changed_org) == 7
    assert contents(project) == before


def test_an_org_that_has_not_changed_costs_two_calls(
    same_org: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    connect(monkeypatch, same_org)
    assert main(["pull"]) == 0
    same_org.clear_requests()
    assert main(["diff", "--fail-on", "any"]) == 0
    assert "the org is what zoho_metadata is" in capsys.readouterr().out
    assert calls(same_org) == 2


def test_the_org_needs_credentials(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff"]) == 2
    assert "no credentials" in error_of(capsys)


# --- check ------------------------------------------------------------------------------------


def test_check_says_what_holds(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate"]) == 0
    capsys.readouterr()
    assert main(["check"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "✓ zoho_metadata can be read: 22 modules, 396 fields.",
        "✓ zoho_metadata/names.json is up to date.",
        "✓ acme_crm is what zoho_metadata gives.",
        "✓ acme_crm works with the installed zohohub (interface 3).",
    ]


def test_check_says_what_does_not(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate"]) == 0
    edited(project / "zoho_metadata")
    client = project / "acme_crm" / "client.py"
    client.write_text(client.read_text().replace("interface=3", "interface=99"))
    before = contents(project)
    capsys.readouterr()
    assert main(["check"]) == 1
    captured = capsys.readouterr()
    assert captured.out.splitlines()[:5] == [
        "✓ zoho_metadata can be read: 22 modules, 395 fields.",
        "✗ zoho_metadata/names.json is out of date.",
        "✗ acme_crm is not what zoho_metadata gives: 2 files differ.",
        "✗ acme_crm is for interface 99 of zohohub, and the installed one has 3.",
        "--- a/acme_crm/client.py",
    ]
    assert "run `zohohub-gen generate` and commit what it writes" in captured.err
    assert "upgrade zohohub" in captured.err
    assert contents(project) == before


def test_check_of_a_folder_that_cannot_be_read(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "zoho_metadata" / "modules.json").write_text("{")
    assert main(["check"]) == 1
    captured = capsys.readouterr()
    assert captured.out == "✗ zoho_metadata cannot be used.\n"
    assert "modules.json:1 is not JSON" in captured.err


def test_check_live_is_one_summary(
    project: Path,
    changed_org: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["generate"]) == 0
    connect(monkeypatch, changed_org)
    before = contents(project)
    capsys.readouterr()
    assert main(["check", "--live"]) == 1
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    assert lines[0].startswith("✓")
    assert f"  ✗ {GONE}: field removed: Web address, at most 255 characters" in lines
    assert lines[-1] == (
        "✗ 4 changes in 1 module from zoho_metadata to the org: 1 breaking, 2 risky, 1 safe."
    )
    assert captured.out.count("4 changes") == 1
    assert "run `zohohub-gen`" in captured.err
    assert main(["check", "--live", "--fail-on", "none"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("✓ 4 changes")
    assert contents(project) == before


def test_check_live_of_the_same_org(
    same_org: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["generate"]) == 0
    connect(monkeypatch, same_org)
    assert main(["check", "--live", "--fail-on", "any"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == (
        "✓ the org is what zoho_metadata is, as far as programs can notice."
    )


@pytest.mark.parametrize("arguments", [["--fail-on", "any"], ["--usage", "."]])
def test_options_of_the_org_need_it(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", *arguments]) == 2
    assert "need --live" in error_of(capsys)

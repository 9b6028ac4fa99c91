"""``--output-format json``: one document on standard output, of the form that its schema says."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import click
import jsonschema_rs
import pytest
from zohohub_gen.cli import main
from zohohub_gen.commands import commands
from zohohub_gen.emulator import Connection, Emulator
from zohohub_gen.output import FailureKind
from zohohub_gen.packaged import packaged

from tests.support.output_schema import SCHEMA, SUMMARIES, text
from tests.support.packages import REPOSITORY

ACME = packaged("acme") / "metadata"

Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def zoho() -> Iterator[Emulator]:
    with Emulator(ACME, refresh_limit=1000) as emulator:
        yield emulator


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project, and no credentials."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text('[tool.zohohub]\nmodules = ["Leads", "Accounts"]\n')
    for name in list(os.environ):
        if name.startswith("ZOHO_"):
            monkeypatch.delenv(name)
    return tmp_path


@pytest.fixture
def credentials(zoho: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in variables(zoho.connection).items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def snapshot(project: Path) -> Path:
    shutil.copytree(ACME, project / "zoho_metadata")
    return project / "zoho_metadata"


def variables(connection: Connection) -> dict[str, str]:
    return {
        "ZOHO_CLIENT_ID": connection.client_id,
        "ZOHO_CLIENT_SECRET": connection.client_secret,
        "ZOHO_REFRESH_TOKEN": connection.refresh_token,
        "ZOHO_ACCOUNTS_URL": connection.accounts_url,
        "ZOHO_API_DOMAIN": connection.api_domain,
    }


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    """Runs a command for a script: its document, which fits the schema and the exit code."""

    def run(*arguments: str) -> dict[str, Any]:
        capsys.readouterr()
        code = main([*arguments, "--output-format", "json"])
        captured = capsys.readouterr()
        found = checked(captured.out)
        assert found["exit_code"] == code
        found["stderr"] = captured.err
        return found

    return run


def checked(out: str) -> dict[str, Any]:
    """The one document of an output."""
    found: dict[str, Any] = json.loads(out)
    schema = json.loads(SCHEMA.read_text("utf-8"))
    could_not_go_on = found["error"] is not None and len(found) == 5
    name = "failure" if could_not_go_on else found["command"]
    form = {"$ref": f"#/$defs/{name}", "$defs": schema["$defs"]}
    errors = [
        f"{error.message} at {error.instance_path}"
        for error in jsonschema_rs.validator_for(form).iter_errors(found)
    ]
    assert errors == []
    assert set(found) == set(schema["$defs"][name]["properties"])
    assert found["ok"] == (found["exit_code"] == 0) == (found["error"] is None)
    return found


def test_the_schema_is_that_of_the_summaries() -> None:
    assert SCHEMA.read_text("utf-8") == text(), "run `python -m tests.support.output_schema`"


@pytest.mark.parametrize("name", sorted(commands.commands))
def test_no_command_lacks_the_format_and_a_summary(name: str) -> None:
    choices = [
        each.type.choices
        for each in commands.commands[name].params
        if "--output-format" in each.opts and isinstance(each.type, click.Choice)
    ]
    assert [{"text", "json"}.difference(each) for each in choices] == [set()]
    assert name in SUMMARIES


def test_every_summary_is_of_a_command() -> None:
    assert set(SUMMARIES) == set(commands.commands)


# --- What goes well ---------------------------------------------------------------------------


@pytest.mark.usefixtures("credentials")
def test_alone_pull_check_and_diff(
    ask: Ask, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    both = ask()
    assert both["command"] == "pull-and-generate"
    assert "Leads" in both["pull"]["read"]
    assert "zoho_metadata/fields/Leads.json" in both["pull"]["created"]
    assert "zoho_crm/leads.py" in both["generate"]["created"]
    assert "from zoho_crm import Crm" in both["next"]
    again = ask("pull")
    assert (again["created"], again["changed"], again["next"]) == ([], [], None)
    assert again["calls"] == 2
    found = ask("check", "--live")
    assert (found["failures"], found["diff"]) == ([], "")
    assert {line["ok"] for line in found["checks"]} == {True}
    assert found["org"]["changes"] == []
    same = ask("diff")
    assert (same["old"], same["new"], same["changes"]) == ("zoho_metadata", "the org", [])
    assert (same["is_live"], same["next"]) == (True, None)
    leads = project / "zoho_metadata" / "fields" / "Leads.json"
    leads.write_text(leads.read_text().replace('"field_label": "Company"', '"field_label": "Firm"'))
    modules = project / "zoho_metadata" / "modules.json"
    modules.write_text(re.sub(r'\n *"modified_time": "[^"]*",?', "", modules.read_text()))
    different = ask("diff")
    assert different["changes"]
    assert different["next"].startswith("run `zohohub-gen`")
    assert main(["diff", "--output-format", "markdown"]) == 0
    assert "Next: " not in capsys.readouterr().out


@pytest.mark.usefixtures("snapshot")
def test_generate(ask: Ask, project: Path) -> None:
    made = ask("generate")
    assert made["modules"] == 3  # and the rows of a subform
    assert {(each["place"], each["severity"]) for each in made["diagnostics"]} >= {
        ("Leads.Mood", "warning")
    }
    assert "Leads.Mood" in made["stderr"]
    leads = project / "zoho_crm" / "leads.py"
    leads.write_text(leads.read_text() + "# edited\n")
    again = ask("generate")
    assert (again["created"], again["changed"]) == ([], ["zoho_crm/leads.py"])
    assert again["unchanged"] > 1
    assert again["next"].startswith("look at `git diff zoho_crm`")
    assert ask("generate")["next"] is None


@pytest.mark.usefixtures("snapshot")
def test_export_docs_and_migrate(ask: Ask, project: Path) -> None:
    exported = ask("export", "--as", "json-schema")
    assert (exported["kind"], exported["path"]) == ("json-schema", "zoho_crm.schema.json")
    written = ask("docs")
    assert Path(written["first_page"]).is_file()
    assert ask("generate")["ok"]
    names = project / "zoho_metadata" / "names.json"
    former = names.read_text().replace('"name": "company"', '"name": "firm"')
    assert former != names.read_text()
    names.write_text(former)
    (project / "pyproject.toml").write_text(
        '[tool.zohohub]\n[tool.zohohub.names]\n"Leads.Company" = "organisation"\n'
    )
    assert ask("generate")["ok"]
    source = project / "mine.py"
    source.write_text("from zoho_crm import Lead\nprint(Lead.fields.firm)\n")
    shown = ask("migrate", "mine.py")
    assert (shown["written"], shown["next"]) == (False, "run the same command with --write")
    assert [(each["path"], each["names"]) for each in shown["files"]] == [("mine.py", 1)]
    assert "+print(Lead.fields.organisation)" in shown["files"][0]["diff"]
    assert ask("migrate", "mine.py", "--write")["written"]
    assert "organisation" in source.read_text()


def test_init(ask: Ask, project: Path) -> None:
    (project / "pyproject.toml").write_text("")
    made = ask("init", "--package", "acme_crm", "--github")
    assert made["is_new"]
    assert {".gitignore", "pyproject.toml"} <= {*made["created"], *made["changed"]}
    assert "zohohub-gen login" in made["next"]


@pytest.mark.usefixtures("credentials")
def test_login_gives_the_token_or_its_file(ask: Ask, zoho: Emulator) -> None:
    given = ask("login", "--code", zoho.grant_code())
    assert given["refresh_token"].startswith("1000.")
    assert given["token_variable"] == "ZOHO_REFRESH_TOKEN"
    assert given["refresh_token"] not in given["stderr"]
    stored = ask("login", "--code", zoho.grant_code(), "--store", "tokens.json")
    assert (stored["refresh_token"], Path(stored["token_file"]).name) == (None, "tokens.json")
    assert Path("tokens.json").is_file()


@pytest.mark.usefixtures("credentials", "snapshot")
def test_doctor(ask: Ask) -> None:
    assert ask("generate")["ok"]
    found = ask("doctor")
    assert found["wrong"] == 0, found["findings"]
    assert {"python", "configuration", "snapshot", "scopes"} <= {
        each["subject"] for each in found["findings"]
    }


@pytest.mark.usefixtures("snapshot")
def test_what_the_program_of_a_console_prints_is_not_in_the_way(ask: Ask) -> None:
    assert ask("generate")["ok"]
    found = ask("console", "-c", "print(crm.leads.query().count() > 0)")
    assert (found["connected_to"], found["metadata"]) == ("emulator", "zoho_metadata")
    assert found["stderr"].endswith("True\n")
    failed = ask("console", "-c", "1 / 0")
    assert failed["error"]["kind"] == "program"
    assert failed["error"]["message"] == "ZeroDivisionError: division by zero"


def test_completion(ask: Ask) -> None:
    assert "complete -o nosort -F" in ask("completion", "bash")["script"]


def process(*arguments: str, **more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "zohohub_gen", *arguments, "--output-format", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **more},
    )


def test_the_emulator_says_when_it_is_ready() -> None:
    with process("emulator", "--seed", "Leads=20") as emulator:
        assert emulator.stdout is not None
        line = emulator.stdout.readline()
        emulator.send_signal(signal.SIGTERM)
        out, _ = emulator.communicate(timeout=30)
    found = checked(line)
    assert found["command"] == "emulator"
    assert str(found["port"]) in found["api_domain"]
    assert (emulator.returncode, out) == (0, "")


@pytest.mark.slow
def test_demo(tmp_path: Path) -> None:
    with process("demo", TMPDIR=str(tmp_path)) as demo:
        out, err = demo.communicate(timeout=180)
    found = checked(out)
    assert found["ok"], err
    assert found["requests"] > 50
    assert "1. Start: " in err


# --- What does not ----------------------------------------------------------------------------

FAILURES: Mapping[str, tuple[list[str], int, str, str]] = {
    "pull-and-generate": ([], 2, "configuration", "set ZOHO_CLIENT_ID"),
    "pull": (["pull"], 2, "configuration", "set ZOHO_CLIENT_ID"),
    "generate": (["generate"], 2, "configuration", "zohohub-gen pull"),
    "check": (["check"], 2, "configuration", "zohohub-gen pull"),
    "diff": (["diff", "--usage", "nowhere"], 2, "usage", "nowhere"),
    "export": (["export"], 2, "usage", "--as"),
    "docs": (["docs", "--format", "pdf"], 2, "usage", "pdf"),
    "migrate": (["migrate"], 2, "usage", "SRC"),
    "init": (["init"], 2, "configuration", "has [tool.zohohub]"),
    "login": (["login"], 2, "configuration", "ZOHO_CLIENT_SECRET"),
    "doctor": (["doctor"], 1, "wrong", "wrong"),
    "console": (["console", "--live", "-c", "1"], 2, "configuration", "metadata"),
    "emulator": (["emulator", "--metadata", "nowhere"], 2, "configuration", "nowhere"),
    "demo": (["demo", "--fast"], 2, "usage", "--fast"),
    "completion": (["completion", "tcsh"], 2, "usage", "tcsh"),
}


@pytest.mark.parametrize("command", SUMMARIES)
def test_a_failure_is_a_document_too(command: str, ask: Ask) -> None:
    arguments, code, kind, said = FAILURES[command]
    found = ask(*arguments)
    assert (found["command"], found["exit_code"]) == (command, code)
    assert found["error"]["kind"] == kind
    assert said in found["error"]["message"]
    assert f"Error: {found['error']['message']}" in found["stderr"]


@pytest.mark.usefixtures("credentials")
def test_what_zoho_refuses(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ZOHO_REFRESH_TOKEN", "1000.revoked")
    found = ask("pull")
    assert found["error"]["kind"] == "zoho"
    assert "authorise again" in found["error"]["message"]


@pytest.mark.usefixtures("snapshot")
def test_check_and_diff_say_what_differs(ask: Ask, project: Path) -> None:
    shutil.copytree("zoho_metadata", "other")
    path = project / "other" / "fields" / "Leads.json"
    content = json.loads(path.read_text())
    content["fields"] = [each for each in content["fields"] if each["api_name"] != "Website"]
    path.write_text(json.dumps(content))
    found = ask("check")
    assert found["error"]["kind"] == "differs"
    assert "zoho_crm/leads.py" in found["created"]
    assert "+++ b/zoho_crm/leads.py" in found["diff"]
    different = ask("diff", "other", "--fail-on", "breaking")
    assert different["error"] == {
        "kind": "differs",
        "message": "1 breaking change, and --fail-on is breaking",
        "next": None,
    }
    assert [each["field"] for each in different["changes"]] == ["Website"]


def test_the_former_name_of_the_format_of_diff(
    snapshot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(snapshot, "other")
    documents: list[str] = []
    for option in ("--format", "--output-format"):
        assert main(["diff", "other", option, "json"]) == 0
        documents.append(capsys.readouterr().out)
    assert documents[0] == documents[1]
    assert checked(documents[0])["version"] == 1
    assert main(["diff", "other", "--output-format", "markdown"]) == 0
    assert capsys.readouterr().out.startswith("## Nothing that programs could notice")


def test_a_mistake_before_the_option_counts_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pull", "--metdata", "x", "--output-format=json"]) == 2
    found = checked(capsys.readouterr().out)
    assert found["error"] == {
        "kind": "usage",
        "message": "No such option '--metdata'. Did you mean '--metadata'?",
        "next": "`zohohub-gen pull --help` shows the usage",
    }
    assert found["command"] == "pull"


def test_what_nobody_expects(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("zohohub_gen.pipeline.generate", broken)
    error = ask("generate")["error"]
    assert (error["kind"], error["next"]) == ("unexpected", "run with -v for the traceback")


def test_a_missing_package(ask: Ask, snapshot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    monkeypatch.delitem(sys.modules, "zohohub_gen.render", raising=False)
    assert ask("generate")["error"] == {
        "kind": "missing_package",
        "message": "jinja2 is not installed",
        "next": 'run `pip install "zohohub[gen]"`',
    }


def test_a_prompt_has_no_document(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    class Keyboard(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Keyboard())
    assert "give one by -c" in ask("console")["error"]["message"]


def test_exit_in_a_program_keeps_its_code_and_its_document() -> None:
    with process("console", "-c", "print('hello'); exit(3)") as console:
        out, err = console.communicate(timeout=60)
    found = checked(out)
    assert (console.returncode, found["exit_code"]) == (3, 3)
    assert "hello" in err


# --- What the docs say ------------------------------------------------------------------------


def test_the_page_names_every_kind_of_failure() -> None:
    page = (REPOSITORY / "docs" / "how-to" / "scripts-and-shell.md").read_text("utf-8")
    assert [kind for kind in get_args(FailureKind) if f"`{kind}`" not in page] == []

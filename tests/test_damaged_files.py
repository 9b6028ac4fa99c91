"""Files that people edit, merge and cut off: one sentence that names the file, and nothing done."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from zohohub.token_stores import FileTokenStore
from zohohub.tokens import Grant, Token
from zohohub_gen.cli import main
from zohohub_gen.emulator import Connection, Emulator

from tests.support.nasty import everything, steering
from tests.support.packages import write_json

_MERGED = "<<<<<<< HEAD\n{mine}\n=======\n{theirs}\n>>>>>>> other\n"
_FIELDS = [
    {"api_name": "Name", "id": "11", "data_type": "text", "field_label": "Name"},
    {"api_name": "Stage", "id": "12", "data_type": "text", "field_label": "Stage"},
]
CONTENT: dict[str, Any] = {
    "modules.json": {"modules": [{"api_name": "Leads", "id": "1", "generated_type": "default"}]},
    "fields/Leads.json": {"fields": _FIELDS},
    "layouts/Leads.json": {"layouts": [{"id": "2", "name": "Standard", "sections": []}]},
    "related_lists/Leads.json": {"related_lists": [{"api_name": "Notes", "id": "3"}]},
    "org.json": {"org": [{"id": "7", "company_name": "Acme"}], "language": "en_US"},
}
_PYPROJECT = """\
[tool.zohohub]
package = "zoho_crm"
modules = ["Leads"]
"""


def at(place: float) -> Callable[[str], str]:
    """Cut the text off at this part of its length."""
    return lambda text: text[: int(len(text.rstrip()) * place)]


def merged(text: str) -> str:
    lines = text.splitlines(keepends=True)
    mine = "".join(lines[1:3]).rstrip("\n")
    lines[1:3] = [_MERGED.format(mine=mine, theirs=mine)]
    return "".join(lines)


_SYNTAX: Mapping[str, Callable[[str], str]] = {
    "cut to one character": lambda text: text[:1],
    "cut to two characters": lambda text: text[:2],
    "cut at a quarter": at(0.25),
    "cut in the middle": at(0.5),
    "cut at three quarters": at(0.75),
    "cut before its last character": lambda text: text.rstrip()[:-1],
    "merged": merged,
    "a page of HTML": lambda _: "<!DOCTYPE html>\n<html></html>\n",
    "a comma too many": lambda text: text.rstrip().removesuffix("}") + ",}",
}
_SHAPE: Mapping[str, Callable[[str], str]] = {
    "cut to nothing": lambda _: "",
    "blank": lambda _: " \n\n",
    "text": lambda _: '"x"',
    "a number": lambda _: "5",
    "null": lambda _: "null",
    "too deep": lambda _: "[" * 90_000 + "]" * 90_000,
    "deep": lambda _: '{"a":' * 300 + "1" + "}" * 300,
    "digits without end": lambda _: '{"fields": ' + "9" * 5000 + "}",
    "NaN": lambda text: text.rstrip().removesuffix("}") + ', "x": NaN}',
    "a value that is text": lambda text: json.dumps(dict.fromkeys(json.loads(text), "x")),
    "a value that is 0": lambda text: json.dumps(dict.fromkeys(json.loads(text), 0)),
    "a value that is a list of text": lambda text: json.dumps(
        {key: ["x"] for key in json.loads(text)}
    ),
}
_LOCK: Mapping[str, Callable[[str], str]] = {
    "a list": lambda _: "[]",
    "of a later version": lambda text: json.dumps({"version": 2, **json.loads(text)}),
    "a module that is text": lambda _: '{"modules": {"1": "Leads"}}',
    "fields in a list": lambda _: '{"modules": {"1": {"fields": []}}}',
    "a field that is text": lambda _: '{"modules": {"1": {"fields": {"11": "name"}}}}',
    "a name that is a number": lambda _: '{"modules": {"1": {"fields": {"11": {"name": 5}}}}}',
    "options in a list": lambda _: '{"modules": {"1": {"fields": {"11": {"options": []}}}}}',
}
_TOML: Mapping[str, str] = {
    "cut in a table": "[tool.zoho",
    "cut in a key": "[tool.zohohub]\npack",
    "cut in a text": '[tool.zohohub]\npackage = "zoho_',
    "cut in a list": '[tool.zohohub]\nmodules = ["Leads",',
    "merged": _MERGED.format(mine=_PYPROJECT, theirs=_PYPROJECT),
    "a key twice": _PYPROJECT + 'package = "other"\n',
    "too deep": "x = " + "[" * 90_000,
    "NUL": "[tool.zohohub]\npackage = \x00\n",
}
_KEYS: Mapping[str, str] = {
    "tool is text": 'tool = "x"\n',
    "zohohub is a list": "tool.zohohub = []\n",
    "package is a number": "[tool.zohohub]\npackage = 5\n",
    "package is a path": '[tool.zohohub]\npackage = "../x"\n',
    "package is a device and a path": '[tool.zohohub]\npackage = "/tmp/x"\n',
    "modules is text": '[tool.zohohub]\nmodules = "Leads"\n',
    "modules holds numbers": "[tool.zohohub]\nmodules = [1]\n",
    "metadata is a date": "[tool.zohohub]\nmetadata = 2026-01-01\n",
    "metadata has a NUL": '[tool.zohohub]\nmetadata = "a\\u0000b"\n',
    "output has a NUL": '[tool.zohohub]\noutput = "a\\u0000b"\n',
    "templates has a NUL": '[tool.zohohub]\ntemplates = "a\\u0000b"\n',
    "names is a list": "[tool.zohohub]\nnames = []\n",
    "names is nested": "[tool.zohohub.names]\nLeads.Name = 5\n",
    "concurrency is nan": "[tool.zohohub]\nconcurrency = nan\n",
    "profiles is text": '[tool.zohohub]\nprofiles = "x"\n',
    "a key of a later version": '[tool.zohohub]\nnew_key = "x"\n',
    "a key with an escape": '[tool.zohohub]\n"a\\u001b[2Jb\\n::error::x" = 1\n',
    "a value with an escape": '[tool.zohohub]\npicklists = "\\u001b]52;c;\\u0007\\n::error::x"\n',
}
_COMMANDS: Mapping[str, list[str]] = {
    "generate": ["generate"],
    "check": ["check"],
    "diff": ["diff", "other"],
    "export": ["export", "--as", "json-schema"],
    "docs": ["docs"],
    "migrate": ["migrate", "app.py"],
    "doctor": ["doctor"],
}


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small project in which everything is right."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("ZOHO_"):
            monkeypatch.delenv(name)
    for folder in ("zoho_metadata", "other"):
        for path, content in CONTENT.items():
            (tmp_path / folder / path).parent.mkdir(parents=True, exist_ok=True)
            write_json(tmp_path / folder / path, content)
    (tmp_path / "pyproject.toml").write_text(_PYPROJECT)
    (tmp_path / "app.py").write_text("from zoho_crm import Crm\n")
    assert main(["generate"]) == 0
    return tmp_path


def variables(connection: Connection) -> dict[str, str]:
    return {
        "ZOHO_CLIENT_ID": connection.client_id,
        "ZOHO_CLIENT_SECRET": connection.client_secret,
        "ZOHO_REFRESH_TOKEN": connection.refresh_token,
        "ZOHO_ACCOUNTS_URL": connection.accounts_url,
        "ZOHO_API_DOMAIN": connection.api_domain,
    }


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The sentence with which a command ends that has changed nothing."""
    capsys.readouterr()
    before = everything(Path())
    code = main(arguments)
    assert everything(Path()) == before
    captured = capsys.readouterr()
    said = captured.out + captured.err
    assert code in (1, 2), said
    assert steering(said) == []
    assert "unexpected" not in said
    if arguments == ["doctor"]:
        return next(line for line in captured.out.splitlines() if line.startswith("✗"))
    (line,) = [line for line in captured.err.splitlines() if "Error" in line]
    assert captured.err.rstrip().endswith(line)
    assert line.startswith("Error: ")
    return line


def commands(*names: str) -> Any:
    """Each command; all but the named ones are slow."""
    return pytest.mark.parametrize(
        "command",
        [
            each if each in names else pytest.param(each, marks=pytest.mark.slow)
            for each in _COMMANDS
        ],
    )


@commands("generate")
@pytest.mark.parametrize(
    "file",
    [
        *("fields/Leads.json", "names.json"),
        *(pytest.param(each, marks=pytest.mark.slow) for each in CONTENT if "fields" not in each),
    ],
)
@pytest.mark.trust(
    "Bad input",
    "damaged snapshot files and locks, by seven commands",
    "refused with the name of the file, nothing changed",
)
def test_snapshot_and_lock(
    file: str, command: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = project / "zoho_metadata" / file
    whole = path.read_text("utf-8")
    damages = _SYNTAX | _SHAPE | (_LOCK if file == "names.json" else {})
    for name, damage in damages.items():
        path.write_text(damage(whole), "utf-8")
        said = refused(_COMMANDS[command], capsys)
        assert file in said, name
        if name in _SYNTAX:
            assert re.search(rf"{file}:[1-9]\d*\b", said), f"{name}: {said}"
        if name == "merged":
            assert f"{file}:2 holds the marks of a merge" in said
    path.write_bytes(b'{"fields": [\n"\xff"]}')
    said = refused(_COMMANDS[command], capsys)
    assert f"{file}:2" in said
    path.write_text(whole, "utf-8")
    if command != "doctor":  # which has no credentials here
        assert main(_COMMANDS[command]) in (0, 1)
    print(f"trust: {len(damages) + 1} damaged files; 1 pairs of file and command")


@commands("generate")
@pytest.mark.trust(
    "Bad input",
    "damaged settings, by seven commands",
    "refused with the name of the file, nothing changed",
)
def test_settings(command: str, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = project / "pyproject.toml"
    for name, text in (_TOML | _KEYS).items():
        path.write_text(text, "utf-8")
        said = refused(_COMMANDS[command], capsys)
        assert "pyproject.toml" in said, name
        if name in _TOML and name != "too deep":
            assert re.search(r"at line \d+|at end of document", said), f"{name}: {said}"
    path.write_bytes(b"[tool.zohohub]\n\xff\n")
    assert "pyproject.toml cannot be read" in refused(_COMMANDS[command], capsys)
    count = len(_TOML) + len(_KEYS) + 1
    print(f"trust: {count} damaged files; 1 commands")


@pytest.mark.parametrize(
    "command",
    [
        ["pull"],
        *(
            pytest.param(each, marks=pytest.mark.slow)
            for each in (["check", "--live"], ["diff"], ["doctor"])
        ),
    ],
)
@pytest.mark.trust("Bad input", "damaged token files", "refused, nothing changed, no secret shown")
def test_token_file(
    command: list[str],
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = project / "tokens.json"
    monkeypatch.setenv("ZOHO_CLIENT_ID", "1000.ID")
    monkeypatch.setenv("ZOHO_CLIENT_SECRET", "canary-secret")
    monkeypatch.setenv("ZOHO_TOKEN_FILE", str(path))
    # Nobody listens there, should a damage go unnoticed.
    monkeypatch.setenv("ZOHO_ACCOUNTS_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("ZOHO_API_DOMAIN", "http://127.0.0.1:9")
    token = Token("canary-access", "http://127.0.0.1:9", 1e12)
    grant = Grant(
        client_id="1000.ID",
        accounts_url="http://127.0.0.1:9",
        refresh_token="canary-refresh",
        token=token,
    )
    FileTokenStore(path).save(grant)
    whole = path.read_text("utf-8")
    damages = dict(_SYNTAX | _SHAPE)
    for key in ("client_id", "accounts_url", "refresh_token", "expires_at"):
        damages[f"{key} in a list"] = lambda text, key=key: json.dumps(
            {**json.loads(text), key: []}
        )
    (project / "tokens.json.lock").touch()
    for name, damage in damages.items():
        if name == "NaN":  # a number that no key asks for
            continue
        path.write_text(damage(whole), "utf-8")
        capsys.readouterr()
        before = everything(project)
        assert main(command) in (1, 2)
        captured = capsys.readouterr()
        said = captured.out + captured.err
        assert f"{path} is damaged" in said, name
        assert "canary" not in said
        assert everything(project) == before
    print(f"trust: {len(damages) - 1} damaged files; 1 commands")


def test_pull_repairs_what_is_damaged_but_not_with_another_org(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_json(project / "other" / "org.json", {"org": [{"id": "8"}], "language": "en_US"})
    whole = (project / "zoho_metadata" / "fields" / "Leads.json").read_text("utf-8")
    for org, code in (("other", 1), ("zoho_metadata", 0)):
        folder = project / f"damaged_{org}"
        shutil.copytree(project / "zoho_metadata", folder)
        (folder / "fields" / "Leads.json").write_text(whole[:50], "utf-8")
        before = everything(folder)
        with Emulator(project / org) as zoho:
            for name, value in variables(zoho.connection).items():
                monkeypatch.setenv(name, value)
            assert main(["pull", "--metadata", folder.name]) == code
        if code:
            assert everything(folder) == before
        else:
            again = json.loads((folder / "fields" / "Leads.json").read_text("utf-8"))
            assert {item["api_name"] for item in again["fields"]} >= {"Name", "Stage"}

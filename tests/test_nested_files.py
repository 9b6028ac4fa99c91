"""Files whose JSON is nested without end: every command ends, well or in one sentence."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from zohohub.client import Client
from zohohub_gen.cli import main
from zohohub_gen.diagnostics import GeneratorError
from zohohub_gen.emulator import Emulator

from tests.support.nasty import everything
from tests.test_damaged_files import CONTENT

LEVELS = (50, 150, 500, 930, 990, 5_000, 100_000)
FIELD = {"api_name": "Name", "id": "11", "data_type": "text", "field_label": "Name"}
# Where it is, by name: as the whole file, in a key that nobody reads, and in some that are read.
PLACES: dict[str, tuple[str, Any]] = {
    "a file of fields": ("fields/Leads.json", "@here"),
    "a list of fields": ("fields/Leads.json", {"fields": "@here"}),
    "an unknown key of a field": ("fields/Leads.json", {"fields": [FIELD | {"x": "@here"}]}),
    "a label": ("fields/Leads.json", {"fields": [FIELD | {"field_label": "@here"}]}),
    "a formula": (
        "fields/Leads.json",
        {"fields": [FIELD | {"data_type": "formula", "formula": {"expression": "@here"}}]},
    ),
    "options": (
        "fields/Leads.json",
        {"fields": [FIELD | {"data_type": "picklist", "pick_list_values": ["@here"]}]},
    ),
    "a module": ("modules.json", {"modules": [{"api_name": "Leads", "id": "1", "x": "@here"}]}),
    "the org": ("org.json", {"org": [{"id": "7", "company_name": "@here"}]}),
    "a layout": ("layouts/Leads.json", {"layouts": [{"id": "2", "sections": ["@here"]}]}),
    "a related list": ("related_lists/Leads.json", {"related_lists": [{"id": "3", "x": "@here"}]}),
    "a key of the lock": ("names.json", {"version": 1, "modules": {"1": "@here"}}),
    "the lock": ("names.json", "@here"),
}
_READS_LESS = ("console",)  # the package that is there, and not the lock
COMMANDS = (
    ["generate"],
    ["check"],
    ["diff", "other"],
    ["docs"],
    ["export", "--as", "json-schema"],
    ["doctor"],
    ["migrate", "."],
    ["console", "-c", "crm.org()"],
)


def nested(content: Any, levels: int, kind: str) -> str:
    opening, closing = {"lists": ("[", "]"), "objects": ('{"a":', "}")}[kind]
    return json.dumps(content).replace('"@here"', opening * levels + "1" + closing * levels)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("ZOHO_CLIENT_ID", "ZOHO_CLIENT_SECRET", "ZOHO_REFRESH_TOKEN", "ZOHO_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "pyproject.toml").write_text("[tool.zohohub]\n")
    for folder in ("zoho_metadata", "other"):
        for path, content in CONTENT.items():
            (tmp_path / folder / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / folder / path).write_text(json.dumps(content))
    assert main(["generate"]) == 0
    return tmp_path


# Every length for one command, and for the others what Python reads, follows no more, or neither.
RUNS = [
    *((levels, COMMANDS[0]) for levels in LEVELS),
    *((levels, command) for levels in (150, 990, 100_000) for command in COMMANDS[1:]),
    (500, COMMANDS[-1]),
]


@pytest.mark.slow
@pytest.mark.parametrize(("levels", "command"), RUNS, ids=lambda given: str(given).split("'")[0])
@pytest.mark.trust(
    "Bad input",
    "JSON nested without end in snapshots and locks, by eight commands",
    "the command ended well or in one sentence",
)
def test_snapshot_and_lock(
    levels: int, command: list[str], project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = everything(project)
    sentences = 0
    for name, (file, content) in PLACES.items():
        path = project / "zoho_metadata" / file
        for kind in ("lists", "objects")[: 1 + (command == COMMANDS[0])]:
            path.write_text(nested(content, levels, kind))
            capsys.readouterr()
            code = main(command)
            captured = capsys.readouterr()
            said = captured.out + captured.err
            where = f"{levels} {kind} in {name}: {said[-500:]}"
            assert "unexpected" not in said, where
            assert "Traceback" not in said, where
            errors = re.findall("^Error: .*", captured.err, re.MULTILINE)
            assert (code in (1, 2)) == (len(errors) == 1), where
            sentences += len(errors)
        for each, whole in files.items():
            if whole is not None:
                (project / each).write_bytes(whole)
    files_tried = len(PLACES) * (1 + (command == COMMANDS[0]))
    if levels > 1000 and command[0] not in _READS_LESS:
        assert sentences == files_tried
    print(f"trust: {files_tried} nested files; at most {levels:,} levels; {sentences} refused")


@pytest.mark.slow
@pytest.mark.parametrize("levels", LEVELS)
@pytest.mark.trust(
    "Bad input",
    "JSON nested without end in records for the emulator",
    "served, or refused in one sentence",
)
def test_records(
    levels: int, tmp_path: Path, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The emulator takes them, or says in a sentence which file it does not take."""
    records = tmp_path / "records"
    records.mkdir()
    for number, content in enumerate(
        ("@here", {"data": "@here"}, {"data": [{"id": "5", "Name": "x", "Other": "@here"}]})
    ):
        for kind in ("lists", "objects"):
            (records / "Leads.json").write_text(nested(content, levels, kind))
            try:
                with Emulator(project / "zoho_metadata", records=records) as zoho:
                    assert levels == 50, number
                    crm = Client(zoho.auth())
                    assert crm.request("GET", "Leads", params={"fields": "Name"}).status < 300
                    crm.close()
            except GeneratorError as error:
                assert levels > 50
                assert re.search(r"Leads\.json is not JSON: nested too deeply$", str(error))
        capsys.readouterr()
        assert main(["console", "-c", "print(len(list(crm.leads.list())))"]) == int(levels > 50)
        assert "unexpected" not in capsys.readouterr().err
    print(f"trust: 6 nested files of records; at most {levels:,} levels")

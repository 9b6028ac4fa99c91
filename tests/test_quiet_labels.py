"""What Zoho says reaches no terminal and no workflow as an order, whichever command prints it."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from zohohub_gen.cli import main
from zohohub_gen.emulator import Emulator

from tests.support.exports import KINDS
from tests.support.json_values import is_list, is_object
from tests.support.nasty import steering

ORDERS = (
    "\x1b[2J\x1b]52;c;cm0gLXJmIC8=\x07\x9b31m\x1bP1$r\x1b\\\x08\r\x00\u202e\u2066\u2028\x85\ud83d"
    "\n::error::forged\r::error::forged\n##[error]forged\n::stop-commands::forged%0A::error::forged"
)
# A file is called as its module, and may have 255 bytes.
SHORT = "\n::error::forged\r\x1b[2J\x07\u202e"
_FORGED = re.compile(r"^\s*(::|##\[)", re.MULTILINE)


def option(number: int, mark: str) -> dict[str, Any]:
    text = f"{mark}{ORDERS}{number}"
    return {"display_value": text, "actual_value": text, "id": str(number)}


def metadata(folder: Path, mark: str, *, cut: bool = True) -> Path:
    """An org in which every text holds orders; ``mark`` is what two of them differ by."""
    module = f"::error::Leads{SHORT}"
    other = f"Deals{SHORT}"
    fields = [
        {
            "api_name": f"::error::Name{ORDERS}",
            "id": "11",
            "field_label": mark + ORDERS,
            "data_type": f"\n::error::{mark}{ORDERS}",
            "tooltip": {"name": "x", "value": ORDERS},
        },
        {
            "api_name": f"::error::Stage{ORDERS}",
            "id": "12",
            "field_label": ORDERS + mark,
            "data_type": "picklist",
            "json_type": "string",
            "pick_list_values": [option(number, mark) for number in range(3)],
        },
        {
            "api_name": f"{mark}{ORDERS}",
            "id": "13" if mark == "old" else "14",
            "field_label": ORDERS,
            "data_type": "lookup",
            "json_type": "jsonobject",
            "lookup": {"module": {"api_name": f"{mark}{ORDERS}", "id": "3"}},
        },
        {"api_name": f"Length{ORDERS}", "id": "15", "data_type": "text", "length": len(mark)},
    ]
    modules = [
        {
            "api_name": name,
            "id": str(number),
            "generated_type": "custom",
            "api_supported": True,
            "singular_label": mark + ORDERS,
            "plural_label": ORDERS + mark,
            "modified_time": f"2026-11-2{len(mark)}T10:00:00+00:00",
        }
        for number, name in enumerate((module, other if mark == "old" else f"{mark}{SHORT}"), 1)
    ]
    content: dict[str, Any] = {
        "modules.json": {"modules": modules},
        "org.json": {"org": [{"id": "7", "company_name": ORDERS, "currency": mark + ORDERS}]},
    }
    for item in modules:
        path = f"fields/{quote(str(item['api_name']), safe='', errors='surrogatepass')}.json"
        content[path.replace("..", "%2E%2E")] = {"fields": fields}
    (folder / "fields").mkdir(parents=True)
    for path, value in content.items():
        text = json.dumps(value) if cut else json.dumps(whole(value))
        (folder / path).write_text(text, "utf-8")
    return folder


def whole(value: Any) -> Any:
    """The JSON without halves of characters, which no file of a pull can hold."""
    if is_object(value):
        return {whole(key): whole(item) for key, item in value.items()}
    if is_list(value):
        return [whole(item) for item in value]
    return value.replace("\ud83d", "") if isinstance(value, str) else value


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose metadata was made by an enemy, and another state of it."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("ZOHO_"):
            monkeypatch.delenv(name)
    (tmp_path / "pyproject.toml").write_text('[tool.zohohub]\npicklists = "enum"\n')
    metadata(tmp_path / "zoho_metadata", "old")
    metadata(tmp_path / "other", "later")
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
    lines = [line for line in printed.splitlines() if _FORGED.match(line)]
    ours = [line for line in lines if re.match(r"::(error|warning|notice) [a-z]+=", line)]
    assert [line for line in lines if line not in ours] == []
    for line in ours:
        # One order a line: what follows is data, in which its own signs are escaped.
        assert re.fullmatch(r"::\w+ (\w+=[^:,]*,?)*::(?:[^%]|%25|%0A|%0D)*", line), line
        assert "forged%0A" not in line
    print(f"trust: bad input: {len(printed.splitlines())} lines with hostile labels, none an order")


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
    with Emulator(metadata(tmp_path / "org", "later", cut=False)) as zoho:
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

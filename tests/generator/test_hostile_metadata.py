"""Whatever the metadata says, it stays data: it cannot become code, nor stop the generator."""

from __future__ import annotations

import ast
import json
import random
import tempfile
from pathlib import Path
from typing import Any, get_args

import black
import pytest
from black.report import NothingChanged
from hypothesis import HealthCheck, given, settings
from zohohub_gen.choices import Choices, Picklists
from zohohub_gen.diagnostics import GeneratorError
from zohohub_gen.format import format_files
from zohohub_gen.names import name_schema
from zohohub_gen.names_lock import lock_text, read_lock
from zohohub_gen.option_names import Overrides, name_options
from zohohub_gen.package import render_package
from zohohub_gen.parse import parse
from zohohub_gen.plan import PackagePlanner
from zohohub_gen.shares import Shares
from zohohub_gen.snapshot import Snapshot
from zohohub_gen.source import docstring, literal

from tests.support import hostile
from tests.support.packages import CASE_PACKAGES, CASES, SAMPLE, options, write_json
from tests.support.source_check import check_package, is_visible

QUICK = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def printed(
    modules: list[Any], fields: dict[str, list[Any]], picklists: Picklists = "literal"
) -> dict[str, str]:
    """The files before black sees them."""
    schema, _ = parse(Snapshot([item for item in modules if isinstance(item, dict)], fields))
    names = name_schema(schema, {}, {})
    if picklists == "enum":
        names = name_options(schema, names, Overrides())
    assert lock_text(names.lock) == lock_text(read_lock(lock_text(names.lock), "names.json"))
    return Shares(PackagePlanner(schema, names, Choices(picklists=picklists))).files()


@pytest.mark.parametrize("picklists", get_args(Picklists))
@given(org=hostile.orgs())
@QUICK
def test_hostile_texts_stay_texts(picklists: Picklists, org: Any) -> None:
    modules, fields = org
    found = check_package(printed(modules, fields, picklists))
    assert len(found) == len(modules)
    said = sorted(
        sorted({item["api_name"] for item in items} | {"id"}) for items in fields.values()
    )
    assert sorted(sorted(own.attributes) for own in found.values()) == said
    kinds = {item["api_name"]: item["generated_type"] for item in modules}
    handles = {own.api_name for own in found.values()} - {None}
    assert handles >= {name for name, kind in kinds.items() if kind in ("default", "custom")}
    assert handles <= kinds.keys()
    options = {tuple(dict.fromkeys(offered(item))) for items in fields.values() for item in items}
    assert {chosen for own in found.values() for chosen in own.picklists} <= options


@pytest.mark.parametrize("picklists", get_args(Picklists))
@given(field=hostile.fields(("Leads",)))
@QUICK
def test_every_option_is_offered(picklists: Picklists, field: dict[str, Any]) -> None:
    field |= {"data_type": "picklist", "json_type": "string", "api_name": "Stage"}
    files = printed([{"api_name": "Leads"}], {"Leads": [field]}, picklists)
    own = check_package(files)["leads.py"]
    expected = tuple(dict.fromkeys(offered(field)))
    assert own.picklists == ([expected] if expected else [])


def offered(field: dict[str, Any]) -> list[str]:
    return [
        option["display_value"]
        for option in field["pick_list_values"]
        if option.get("type") != "unused"
        and "-None-" not in (option["display_value"], option["actual_value"])
    ]


@given(hostile.spoilt_orgs())
@QUICK
def test_any_json_anywhere_gives_a_package_or_one_sentence(org: Any) -> None:
    """From files to formatted text, as ``generate`` does it."""
    modules, fields = org
    with tempfile.TemporaryDirectory() as folder:
        metadata = Path(folder)
        (metadata / "fields").mkdir()
        write_escaped(metadata / "modules.json", {"modules": modules})
        for number, (api_name, items) in enumerate(fields.items()):
            name = api_name if api_name.isascii() and api_name.isalnum() else f"Module_{number}"
            write_escaped(metadata / "fields" / f"{name}.json", {"fields": items})
        try:
            rendered = render_package(options(metadata, metadata))
        except GeneratorError as error:
            refusal = str(error)
        else:
            refusal = ""
            check_package(rendered.files)
            rendered.lock.encode("utf-8")
            assert all(diagnostic.place for diagnostic in rendered.diagnostics)
        assert "\n" not in refusal


def write_escaped(path: Path, value: object) -> None:
    path.write_text(json.dumps(value), encoding="utf-8")


@given(hostile.json_values, hostile.json_values)
@QUICK
def test_any_json_for_whole_files(modules: Any, fields: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        metadata = Path(folder)
        (metadata / "fields").mkdir()
        for name in ("modules.json", "org.json", "fields/Leads.json"):
            write_escaped(metadata / name, fields if name.startswith("fields") else modules)
        (metadata / "layouts").mkdir()
        write_escaped(metadata / "layouts" / "Leads.json", fields)
        try:
            files = render_package(options(metadata, metadata)).files
        except GeneratorError as error:
            refusal = str(error)
        else:
            refusal = ""
            check_package(files)
        assert "\n" not in refusal


@given(hostile.json_values)
@settings(QUICK, max_examples=30)
def test_any_json_for_a_lock(content: Any) -> None:
    """names.json is a file that anybody may have edited."""
    shown = [{"display_value": "New", "id": "5"}, {"display_value": "Won"}]
    items = [
        {"api_name": "A", "id": "1", "data_type": "picklist", "pick_list_values": shown},
        {"api_name": "a", "id": "2"},
    ]
    for lock in (
        content,
        {"modules": content},
        {"modules": {"9": content}},
        {"modules": {"9": {"api_name": "Leads", "fields": content}}},
        {"modules": {"9": {"api_name": "Leads", "fields": {"1": content, "7": content}}}},
        {"modules": {"9": {"file": content, "handle": content, "record": content}}},
        {"modules": {"9": {"fields": {"1": {"name": content}, "7": {"name": content}}}}},
        {"modules": {"9": {"fields": {"1": {"options": content}, "7": {"options": content}}}}},
        {"modules": {"9": {"fields": {"1": {"options": {"5": content, "6": content}}}}}},
    ):
        try:
            read = read_lock(json.dumps(lock), "names.json")
        except GeneratorError:
            continue
        schema, _ = parse(Snapshot([{"api_name": "Leads", "id": "9"}], {"Leads": items}))
        names = name_options(schema, name_schema(schema, read, {}), Overrides())
        check_package(Shares(PackagePlanner(schema, names, Choices(picklists="enum"))).files())
        lock_text(names.lock).encode("utf-8")


@pytest.mark.parametrize("picklists", get_args(Picklists))
@given(org=hostile.orgs())
@settings(QUICK, max_examples=25)
def test_hostile_texts_are_black_clean(picklists: Picklists, org: Any) -> None:
    for text in format_files(printed(*org, picklists)).values():
        if text:
            with pytest.raises(NothingChanged):
                black.format_file_contents(text, fast=False, mode=black.Mode())


def test_the_check_itself_refuses_code() -> None:
    """What all of the above rests on."""
    files = {
        path.name: path.read_text("utf-8")
        for path in (SAMPLE / "acme_crm").iterdir()
        if path.is_file()
    }
    leads = files["leads.py"]
    assert len(check_package(files)) == len(files) - 3
    for spoilt in (
        leads + "import os\n",
        leads + "from os import system\n",
        leads + "print(1)\n",
        leads + "x = 1 + 1\n",
        leads + "def f():\n    yield\n",
        leads + "for x in (): pass\n",
        leads.replace('TextColumn("City")', "TextColumn(str(1))"),
        leads.replace('"City" in data', "True"),
        leads.replace('data["City"]', 'data["Company"]'),
        leads.replace('TextColumn("City")', 'TextColumn("Town")'),
        leads.replace('"""City. Text', '"""\u202eCity. Text'),
        leads.replace("# Generated", "# generated", 1),
    ):
        assert spoilt != leads
        with pytest.raises((AssertionError, ValueError)):
            check_package(files | {"leads.py": spoilt})
    with pytest.raises(AssertionError):
        check_package(files | {"../x.py": leads})


@pytest.mark.parametrize("name", sorted(path.parent.name for path in CASES.glob("*/expected")))
def test_golden_cases_hold_nothing_unexpected(name: str) -> None:
    folder = CASES / name / "expected" / "crm"
    files = {path.name: path.read_text("utf-8") for path in folder.iterdir() if path.is_file()}
    if folder not in CASE_PACKAGES:  # the names of the copy are those of the runtime
        files = {path: text.replace(" ._zohohub.", " zohohub.") for path, text in files.items()}
    assert check_package(files)


# --- The two doors into source text -----------------------------------------------------------


def strings(count: int, seed: int) -> list[str]:
    """Random strings of which most are trouble."""
    dice = random.Random(seed)
    alphabet = [
        *"\"'\\\n\r\t #{}%ab1é😀\u202e\u2028\x00\x1b\x7f\x85\xa0\xad\ufeff\ud800\udfff\U000e0001"
    ]
    alphabet += [*hostile.NASTY]
    found = ["".join(dice.choices(alphabet, k=dice.randrange(9))) for _ in range(count // 2)]
    anything = (map(chr, dice.choices(range(0x110000), k=dice.randrange(9))) for _ in found)
    return [*found, *map("".join, anything)]


def test_literals_round_trip() -> None:
    for value in strings(10_000, seed=1):
        source = literal(value)
        assert ast.literal_eval(source) == value
        assert is_visible(source)
        source.encode("utf-8")
        other = "'" if source[0] == '"' else '"'
        assert value.count(source[0]) <= value.count(other)
        assert source[0] == '"' or '"' in value, "black prefers double quotes"


def test_docstrings_are_one_constant() -> None:
    for value in strings(10_000, seed=2):
        source = docstring(f"{value}.")
        assert is_visible(source)
        source.encode("utf-8")
        said = ast.literal_eval(source)
        assert "\n" not in said
        assert is_visible(said)
        assert source.startswith('"""')
        assert source.endswith('."""')
        tree = ast.parse(f"class A:\n    {source}\n")
        assert ast.get_docstring(tree.body[0], clean=False) == said  # type: ignore[arg-type]  # a class
        if value.isascii() and value.isprintable():
            assert said.split() == f"{value}.".split()


def test_docstrings_are_black_stable() -> None:
    lines = [f"    {docstring(f'{value}.')}\n" for value in strings(600, seed=3)]
    text = (
        "".join(f"class A{number}:\n{line}\n\n" for number, line in enumerate(lines)).rstrip()
        + "\n"
    )
    assert black.format_str(text, mode=black.Mode()) == text


def test_literals_are_black_stable() -> None:
    items = [literal(value) for value in strings(3000, seed=4)]
    text = "".join(f"x = [\n    {item},\n]\n" for item in items)
    assert black.format_str(text, mode=black.Mode()) == text


def test_hostile_file_names_do_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    metadata = tmp_path / "metadata"
    (metadata / "fields").mkdir(parents=True)
    write_json(metadata / "modules.json", {"modules": [{"api_name": "../../evil"}]})
    write_json(metadata / "fields" / "..%2F..%2Fevil.json", {"fields": [{"api_name": "A"}]})
    assert "evil.py" in render_package(options(metadata, tmp_path)).files

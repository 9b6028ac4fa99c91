"""A run that makes only what has changed gives what a run that remembers nothing gives."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from zohohub_gen import pipeline
from zohohub_gen.choices import Choices, Picklists
from zohohub_gen.diagnostics import GeneratorError
from zohohub_gen.ir import Module
from zohohub_gen.package import HEADER, LOCK_FILE, Options, Rendered, Untouched, render_package
from zohohub_gen.pipeline import check, generate
from zohohub_gen.plan import PackagePlanner
from zohohub_gen.plan_module import ModulePlan
from zohohub_gen.progress import Work
from zohohub_gen.snapshot import is_snapshot_file, read_snapshot, snapshot_files
from zohohub_gen.write import present_files, write_files

from tests.generator.diff.random_edits import random_edit
from tests.support.corpus import WITH_FIELDS
from tests.support.packages import CASES, options, write_json, write_snapshot

ORGS = {
    **{path.parent.name: path for path in CASES.glob("*/metadata")},
    **{path.name: path for path in WITH_FIELDS},
}
ALWAYS_WHOLE = frozenset(
    {
        "bare_modules",
        "enumerations",
        "former_names",
        "open_picklists",
        "org-default-in",
        "org-sap-reseller-us",
        "org-zoho-oas-v8",
        "org-zohodocs-v7",
        "plain_picklists",
        "related_lists",
        "subforms",
        "v2_answers",
    }
)
"""No modules.json, one module with fields, or names of before."""
ROUNDS = 12


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache folder of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The modules of each run whose files were not made."""
    runs: list[list[str]] = []

    def seen(chosen: Options, work: Work, untouched: Untouched) -> Rendered:
        runs.append(sorted(untouched.modules))
        return render_package(chosen, work, untouched)

    monkeypatch.setattr(pipeline, "render_package", seen)
    return runs


def copied(org: Path, folder: Path) -> Path:
    """The metadata as ``pull`` writes it, and the names."""
    files = snapshot_files(read_snapshot(org))
    lock = org / LOCK_FILE
    if lock.is_file():
        files[LOCK_FILE] = lock.read_text("utf-8")
    write_files(folder, files, owned=is_snapshot_file)
    return folder


def contents(folder: Path) -> dict[str, str]:
    return {path: (folder / path).read_text("utf-8") for path in present_files(folder)}


@pytest.mark.parametrize("picklists", ["literal", "str"])
@pytest.mark.parametrize("name", ORGS)
def test_random_changes(
    name: str, picklists: Picklists, tmp_path: Path, kept: list[list[str]]
) -> None:
    chance = Random(f"{name} {picklists}")
    metadata = copied(ORGS[name], tmp_path / "metadata")
    chosen = options(metadata, tmp_path, picklists=picklists)
    generate(chosen)
    for _ in range(ROUNDS):
        snapshot = read_snapshot(metadata)
        before = copy.deepcopy(snapshot)
        made = random_edit(chance, snapshot)
        try:
            write_files(metadata, snapshot_files(snapshot), owned=is_snapshot_file)
            expected = render_package(chosen)
        except GeneratorError:  # an edit that nobody can generate from
            write_files(metadata, snapshot_files(before), owned=is_snapshot_file)
            continue
        outcome = generate(chosen)
        assert contents(tmp_path / "crm") == expected.files, made
        assert (metadata / LOCK_FILE).read_text("utf-8") == expected.lock, made
        assert outcome.diagnostics == expected.diagnostics, made
        assert outcome.modules == len(expected.modules), made
        assert outcome.fields == sum(expected.modules.values()), made
        assert generate(chosen).diagnostics == expected.lasting, made
    assert any(kept) == (name not in ALWAYS_WHOLE)


# --- What may be kept ---------------------------------------------------------------------------


MODULES: list[dict[str, Any]] = [
    {"api_name": "Deals", "id": "1", "generated_type": "default"},
    {"api_name": "Leads", "id": "2", "generated_type": "default"},
    {"api_name": "Visits", "id": "3", "generated_type": "custom"},
    {"api_name": "Rows", "id": "4", "generated_type": "subform"},
    {"api_name": "Static", "id": "5", "generated_type": "static_subform"},
]
LOOKUP = {
    "api_name": "Deal",
    "data_type": "lookup",
    "lookup": {"module": {"api_name": "Deals"}, "display_label": "Deal"},
}
SUBFORM = {"api_name": "Rows", "data_type": "subform", "subform": {"module": "Rows"}}
TEXT = {"api_name": "Remark", "data_type": "text"}
FIELDS = {
    "Deals": [TEXT],
    "Leads": [TEXT, LOOKUP],
    "Visits": [TEXT, SUBFORM],
    "Rows": [TEXT],
    "Static": [TEXT],
}


@pytest.fixture
def made(tmp_path: Path) -> Options:
    """A package of four modules, one of them the rows of a subform."""
    metadata = write_snapshot(tmp_path / "metadata", FIELDS, MODULES)
    chosen = options(metadata, tmp_path)
    generate(chosen)
    return chosen


def change(made: Options, module: str, *fields: dict[str, Any]) -> None:
    write_snapshot(made.metadata, {module: fields})


def matches_a_whole_run(made: Options) -> bool:
    return contents(made.output / made.package) == render_package(made).files


def test_the_file_of_one_module_is_made(
    made: Options, kept: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    planned: list[str] = []
    plan_module = PackagePlanner.module

    def seen(planner: PackagePlanner, module: Module) -> ModulePlan:
        planned.append(module.api_name)
        return plan_module(planner, module)

    monkeypatch.setattr(PackagePlanner, "module", seen)
    change(made, "Leads", TEXT, LOOKUP, {"api_name": "Budget", "data_type": "currency"})
    outcome = generate(made)
    assert kept == [["Deals", "Visits"]]
    assert planned == ["Leads", "Rows", "Static"]
    assert [path.name for path in outcome.changed] == ["leads.py", "names.json"]
    assert (outcome.modules, outcome.fields) == (5, 13)
    assert matches_a_whole_run(made)


def test_check_makes_it_too(made: Options, kept: list[list[str]]) -> None:
    change(made, "Leads", TEXT)
    outcome, difference = check(made)
    assert kept == [["Deals", "Visits"]]
    assert [path.name for path in outcome.changed] == ["leads.py"]
    assert "-    deal:" in difference


def test_a_time_changes_nothing(made: Options, kept: list[list[str]]) -> None:
    """As a pull brings it with the change of a field."""
    modules = [{**each, "modified_time": "2026-11-26T08:00:00Z"} for each in MODULES]
    write_json(made.metadata / "modules.json", {"modules": modules})
    assert not generate(made).differs
    assert kept == []


NOT_ALONE: dict[str, Callable[[Options], object]] = {
    "the fields of rows": lambda made: change(made, "Rows", TEXT, SUBFORM),
    "no field is left": lambda made: change(made, "Deals"),
    "the label of a module": lambda made: edit_module(made, "Leads", plural_label="Prospects"),
    "a module is gone": lambda made: (made.metadata / "fields" / "Leads.json").unlink(),
    "a module more": lambda made: change(made, "Offers", TEXT),
    "a kind is missing": lambda made: edit_module(made, "Rows", generated_type=None),
    "a dot in a name": lambda made: edit_module(made, "Deals", api_name="De.als"),
    "a module twice": lambda made: write_json(
        made.metadata / "modules.json",
        {"modules": [*MODULES, {**MODULES[3], "generated_type": "custom"}]},
    ),
    "rows that are not listed": lambda made: write_json(
        made.metadata / "modules.json", {"modules": MODULES[:3]}
    ),
    "the names": lambda made: edit_names(made),
    "a module's file": lambda made: (made.output / "crm" / "deals.py").write_text(HEADER),
}


def edit_module(made: Options, api_name: str, /, **values: Any) -> None:
    modules = [{**each, **values} if each["api_name"] == api_name else each for each in MODULES]
    write_json(made.metadata / "modules.json", {"modules": modules})


def edit_names(made: Options) -> None:
    lock = made.metadata / LOCK_FILE
    lock.write_text(lock.read_text("utf-8").replace('"remark"', '"note"', 1), "utf-8")


@pytest.mark.parametrize("what", NOT_ALONE)
def test_the_whole_is_made(made: Options, kept: list[list[str]], what: str) -> None:
    change(made, "Visits", TEXT, SUBFORM, LOOKUP)
    NOT_ALONE[what](made)
    before = (made.metadata / LOCK_FILE).read_text("utf-8")
    expected = render_package(made)
    generate(made)
    # Whether a module still has fields shows when they are read: the run begins anew then.
    assert kept == ([["Leads"]] if what == "no field is left" else [[]])
    assert contents(made.output / "crm") == expected.files, before
    for module, fields in (("Leads", [TEXT]), ("Rows", [TEXT, SUBFORM]), ("Visits", [TEXT])):
        change(made, module, *fields)
        generate(made)
        assert matches_a_whole_run(made), module


@pytest.mark.parametrize(
    ("choices", "is_whole"),
    [
        (Choices(writes="open"), False),
        (Choices(modules=("Deals", "Leads")), False),
        (Choices(exclude_modules=("Rows",)), False),
        (Choices(picklists="str"), False),
        (Choices(picklists="enum"), True),
        (Choices(exclude_fields=("Leads.Remark",)), True),
        (Choices(names={"Leads.Deal": "offer"}), True),
        (Choices(vendor_runtime=True), True),
    ],
)
def test_choices_that_keep(
    made: Options, kept: list[list[str]], choices: Choices, is_whole: bool
) -> None:
    chosen = replace(made, choices=choices)
    generate(chosen)
    change(chosen, "Leads", TEXT, LOOKUP, {"api_name": "Budget", "data_type": "currency"})
    assert generate(chosen).differs
    assert kept[0] == []
    assert ("Deals" in kept[1]) == (not is_whole)
    assert contents(made.output / "crm").items() >= render_package(chosen).files.items()


def test_a_union_is_made_as_a_whole(made: Options, kept: list[list[str]], tmp_path: Path) -> None:
    other = write_snapshot(tmp_path / "other", {"Leads": [TEXT]}, MODULES[1:2])
    united = replace(made, union=(("production", made.metadata), ("sandbox", other)))
    generate(united)
    change(made, "Leads", TEXT)
    assert generate(united).differs
    assert kept == [[], []]
    assert matches_a_whole_run(united)


@pytest.mark.parametrize("kind", ["default", "subform"])
@pytest.mark.parametrize("name", ["Deals", "De.als"])
def test_what_was_said_of_an_untouched_module_is_said_again(
    name: str, kind: str, tmp_path: Path
) -> None:
    """By a run that makes another module, and by one that makes nothing."""
    fields = {name: [TEXT, {"api_name": "Vague", "data_type": "subform"}], "Leads": [TEXT]}
    modules = [{**MODULES[0], "api_name": name, "generated_type": kind}, MODULES[1]]
    chosen = options(write_snapshot(tmp_path / "metadata", fields, modules), tmp_path)
    said = generate(chosen).diagnostics
    assert [each.place for each in said] == [f"{name}.Vague"]
    change(chosen, "Leads", TEXT, LOOKUP)
    for _ in range(3):
        assert generate(chosen).diagnostics == said
        assert check(chosen)[0].diagnostics == said


def test_what_was_said_of_a_changed_module_is_not(tmp_path: Path) -> None:
    fields = {"Deals": [TEXT, {"api_name": "Vague", "data_type": "subform"}], "Leads": [TEXT]}
    chosen = options(write_snapshot(tmp_path / "metadata", fields, MODULES[:2]), tmp_path)
    assert generate(chosen).diagnostics != ()
    change(chosen, "Deals", TEXT)
    assert generate(chosen).diagnostics == ()


def test_a_file_that_somebody_changes_during_the_run_is_made(
    made: Options, kept: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan_module = PackagePlanner.module

    def disturbed(planner: PackagePlanner, module: Module) -> ModulePlan:
        (made.output / "crm" / "deals.py").write_text(HEADER + "mine = 1\n", "utf-8")
        return plan_module(planner, module)

    monkeypatch.setattr(PackagePlanner, "module", disturbed)
    change(made, "Leads", TEXT)
    generate(made)
    assert kept == [["Deals", "Visits"]]
    assert matches_a_whole_run(made)


def test_news_is_told_once(tmp_path: Path) -> None:
    fields = [{**TEXT, "id": "1"}, {"api_name": "remark", "data_type": "text", "id": "2"}]
    chosen = options(write_snapshot(tmp_path / "m", {"Leads": fields}, MODULES[:2]), tmp_path)
    assert "is taken by an older field" in str(generate(chosen).diagnostics)
    assert "is taken by an older field" not in str(generate(chosen).diagnostics)

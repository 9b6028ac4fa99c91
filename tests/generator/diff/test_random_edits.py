"""Random edits: `compare` takes whatever comes, and the type checkers agree with its verdict."""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from zohohub_gen import parse
from zohohub_gen.changes import Change
from zohohub_gen.choices import Choices, Writes
from zohohub_gen.comparison import Source, compare_sources
from zohohub_gen.diagnostics import Diagnostic
from zohohub_gen.differences import compare
from zohohub_gen.ir import Schema, Subform
from zohohub_gen.names_lock import read_lock
from zohohub_gen.plan import PackagePlanner
from zohohub_gen.shares import Shares
from zohohub_gen.snapshot import Snapshot, read_snapshot

from tests.generator.diff.changes import TOGETHER
from tests.generator.diff.judged import judge
from tests.generator.diff.random_edits import random_edit
from tests.generator.diff.rows import sides_of
from tests.generator.diff.sides import Sides, acme, acme_lock, narrowed, sides
from tests.generator.diff.test_changes import expected, found, ordered
from tests.support.corpus import WITH_FIELDS
from tests.support.packages import CASES

ORGS = {
    "acme": CASES / "acme" / "metadata",
    **{path.parent.name: path for path in CASES.glob("*/metadata") if path.parent.name != "acme"},
    **{path.name: path for path in WITH_FIELDS},
}
ROUNDS = 40
PARTS = 4
"""How many runs of the checkers share the edits."""
ALWAYS_WHOLE = frozenset(
    {"bare_modules", "org-default-in", "org-sap-reseller-us", "org-zoho-oas-v8", "v2_answers"}
)
"""No modules.json, or one that does not say what is a subform."""
SHOWN = 4
"""How many modules a package has that the checkers see."""


@cache
def org(name: str) -> tuple[Snapshot, Mapping[str, Any]]:
    """The metadata of an org, and the names locked for it."""
    if name == "acme":
        return acme(), acme_lock()
    folder = ORGS[name]
    lock = folder / "names.json"
    text = lock.read_text("utf-8") if lock.is_file() else None
    return read_snapshot(folder), read_lock(text, str(lock))


def random_sides(name: str, seed: int, edits: int, writes: Writes = "strict") -> tuple[Sides, str]:
    """An org before and after random edits, and what they were."""
    chance = Random(f"{name} {seed}")
    before, lock = org(name)
    after = copy.deepcopy(before)
    made = [random_edit(chance, after) for _ in range(edits)]
    pair = sides(before, after, choices=Choices(writes=writes), lock=lock)
    return pair, f"{name} {seed}: {', '.join(made)}"


@pytest.mark.parametrize("name", ORGS)
def test_any_two_sides_compare(name: str) -> None:
    for seed in range(ROUNDS):
        pair, made = random_sides(name, seed, 1 + seed % 6)
        changes = compare(pair.old, pair.new)
        assert compare(pair.new, pair.new) == [], made
        assert changes == compare(pair.old, pair.new), made
        assert len({place(each) for each in changes}) == len(changes), made
        for each in changes:
            assert each.reason, each
            assert (each.before, each.after) != (None, None), each
        compare(pair.new, pair.old)


@pytest.mark.parametrize("name", ORGS)
def test_what_is_the_same_is_not_looked_into(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Modules that do not differ change nothing of what is found."""
    skipped: list[int] = []
    whole = parse.parse

    def seen(
        snapshot: Snapshot,
        beside: tuple[Snapshot, Schema] | None = None,
        untouched: Collection[str] = (),
    ) -> tuple[Schema, list[Diagnostic]]:
        skipped.append(len(untouched))
        return whole(snapshot, beside, untouched)

    before, lock = org(name)
    for seed in range(ROUNDS):
        chance = Random(f"{name} {seed}")
        after = copy.deepcopy(before)
        made = [random_edit(chance, after) for _ in range(1 + seed % 3)]
        old, new = Source("old", before, lock), Source("new", after, lock)
        expected = compare_sources(old, new, Choices(), is_whole=True)
        with monkeypatch.context() as patch:
            patch.setattr(parse, "parse", seen)
            assert compare_sources(old, new, Choices()).changes == expected.changes, made
    assert any(skipped) == (name not in ALWAYS_WHOLE)


@pytest.mark.parametrize("name", ORGS)
def test_what_is_known_of_one_side_is_right_for_the_other(name: str) -> None:
    before, _ = org(name)
    known = parse.parse(before)[0]
    for seed in range(ROUNDS // 4):
        chance = Random(f"{name} {seed}")
        after = copy.deepcopy(before)
        made = [random_edit(chance, after) for _ in range(1 + seed % 3)]
        assert parse.parse(after, (before, known))[0] == parse.parse(after)[0], made


def test_a_field_that_is_described_as_before_is_the_same_object() -> None:
    before = Snapshot(LISTED, FIELDS)
    known = parse.parse(before)[0]
    changed = copy.deepcopy(FIELDS)
    changed["Leads"][1]["field_label"] = "A deal"
    after = parse.parse(Snapshot(LISTED, changed), (before, known))[0]
    pairs = {
        f"{module.api_name}.{was.api_name}": was is now
        for module, other in zip(known.modules, after.modules, strict=True)
        for was, now in zip(module.fields, other.fields, strict=True)
        if was.api_name != "id"  # which is not described
    }
    assert [place for place, is_same in pairs.items() if not is_same] == ["Leads.Deal"]


def test_a_field_that_is_listed_twice_is_not_taken_for_either() -> None:
    older, newer = ({**TEXT, "id": each, "field_label": f"Label {each}"} for each in "12")
    before, after = (Snapshot(LISTED, {"Visits": each}) for each in ([older, newer], [newer]))
    known = parse.parse(before)[0]
    assert known.modules[0].fields[0].label == "Label 1"
    assert parse.parse(after, (before, known)) == parse.parse(after)


TEXT = {"api_name": "Remark", "data_type": "text"}
DEAL = {
    "api_name": "Deal",
    "data_type": "lookup",
    "lookup": {"module": {"api_name": "Deals"}},
}
ROWS = {"api_name": "Rows", "data_type": "subform", "subform": {"module": "Rows"}}
FIELDS = {"Deals": [TEXT], "Leads": [TEXT, DEAL, ROWS], "Visits": [TEXT], "Rows": [TEXT]}


def entries(**kinds: str) -> list[dict[str, Any]]:
    return [
        {"api_name": api_name, "id": str(number), "generated_type": kinds.get(api_name, "custom")}
        for number, api_name in enumerate(FIELDS, 1)
    ]


def locked(**names: str) -> dict[str, Any]:
    """The names of Leads, and of some of its fields."""
    fields = {key: {"api_name": key, "name": name} for key, name in names.items()}
    own = {"api_name": "Leads", "file": "leads", "handle": "Leads", "record": "Lead"}
    return {"modules": {"2": {**own, "fields": fields}}}


LISTED = entries(Rows="subform")


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        pytest.param(
            Source("old", Snapshot(LISTED, {**FIELDS, "Deals": []}), {}),
            Source("new", Snapshot(LISTED, FIELDS), {}),
            # A lead's deal has a class now.
            [("Deals", None, "module added", "breaking")],
            id="a module gets fields",
        ),
        pytest.param(
            Source("old", Snapshot(LISTED, FIELDS), locked(Remark="remark")),
            Source("new", Snapshot(LISTED, FIELDS), locked(Remark="note")),
            [("Leads", "Remark", "name changed", "breaking")],
            id="a name is another",
        ),
        pytest.param(
            Source("old", Snapshot(LISTED, FIELDS), {}),
            Source("new", Snapshot(entries(Rows="subform", Leads="linking"), FIELDS), {}),
            [],
            id="a module is of another kind",
        ),
        pytest.param(
            Source("old", Snapshot(LISTED, FIELDS), {}),
            Source("new", Snapshot(LISTED[:3], FIELDS), {}),
            [],
            id="rows are not listed any more",
        ),
        pytest.param(
            Source("old", Snapshot(LISTED, FIELDS), {}),
            Source("new", Snapshot(entries(), FIELDS), {}),
            [("Rows", None, "module operations changed", "breaking")],
            id="rows become a module",
        ),
    ],
)
def test_what_concerns_modules_that_are_the_same(
    old: Source, new: Source, found: list[tuple[str, str | None, str, str]]
) -> None:
    changes = compare_sources(old, new, Choices()).changes
    assert changes == compare_sources(old, new, Choices(), is_whole=True).changes
    assert [(each.module, each.field, each.kind, each.severity) for each in changes] == found


def test_rows_come_with_the_module_that_is_chosen() -> None:
    more = {"api_name": "More", "data_type": "text"}
    old = Source("old", Snapshot(LISTED, FIELDS), {})
    new = Source("new", Snapshot(LISTED, {**FIELDS, "Rows": [TEXT, more]}), {})
    changes = compare_sources(old, new, Choices(modules=("Leads",))).changes
    assert [(each.module, each.field, each.kind) for each in changes] == [
        ("Rows", "More", "field added")
    ]


def place(change: Change) -> tuple[object, ...]:
    return (
        change.kind,
        change.module,
        change.field,
        change.option,
        change.before,
        change.after,
    )


def test_some_edits_at_once() -> None:
    """Any part of the table is found as the whole is."""
    chance = Random(5)
    for _ in range(ROUNDS):
        picked = chance.sample(TOGETHER, chance.randrange(2, len(TOGETHER)))
        rows = [row for row in TOGETHER if row in picked]  # a layout is copied before it is renamed
        wanted = [each for row in rows for each in expected(row, "strict")]
        assert found(sides_of(rows)) == ordered(wanted), [row.name for row in rows]


def around(pair: Sides, changes: list[Change]) -> Sides:
    """The sides with the modules that changed alone, and those that hold rows of them."""
    modules = sorted({each.module for each in changes if each.module})[:SHOWN]
    holders = {
        module.api_name
        for module in pair.old.schema.modules
        for item in module.fields
        if isinstance(item.type, Subform) and item.type.module in modules
    }
    return narrowed(pair, {*modules, *holders} or ("Leads", "Accounts"))


def unmet_rows(pair: Sides) -> set[str | None]:
    """Subforms whose rows no program meets: no record holds them, or rows that are JSON do."""
    modules = pair.old.chosen().modules
    held_by = {
        module.api_name: [
            item.type.module for item in module.fields if isinstance(item.type, Subform)
        ]
        for module in modules
    }
    met = {row for module in modules if not module.is_subform for row in held_by[module.api_name]}
    return {
        each.api_name
        for each in modules
        if each.is_subform and (each.api_name not in met or held_by[each.api_name])
    }


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("writes", ["strict", "open"])
def test_checkers_agree_with_the_verdict(writes: Writes, part: int, tmp_path: Path) -> None:
    """Breaking if, and only if, the program of the old side is red on the new one."""
    pairs: dict[str, Sides] = {}
    said: dict[str, tuple[str, list[Change]]] = {}
    for name in ORGS:
        for seed in range(1000 + part, 1000 + (ROUNDS if name == "acme" else 2 * PARTS), PARTS):
            whole, made = random_sides(name, seed, 1 + seed % 3, writes)
            pair = around(whole, compare(whole.old, whole.new))
            key = f"pair_{len(pairs)}"
            pairs[key], said[key] = pair, (made, compare(pair.old, pair.new))
    judged = judge(pairs, tmp_path / "checked")
    wrong: list[object] = []
    for key, (made, changes) in said.items():
        red = {checker: each.uses[0] for checker, each in judged[key].items() if each.uses}
        breaking = [each for each in changes if each.severity == "breaking"]
        shown = {each.module for each in breaking} - unmet_rows(pairs[key])
        if (shown and not red) or (red and not breaking):
            wrong.append((made, red, [(place(each), each.severity) for each in changes]))
        wrong += [(made, each.package) for each in judged[key].values() if each.package]
    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.parametrize("name", ["acme", "references", "subforms"])
def test_no_change_is_no_change_of_the_text(name: str) -> None:
    """Where nothing is found, the package differs in its docstrings alone."""
    for seed in range(2000, 2012):
        pair, made = random_sides(name, seed, 1)
        if not compare(pair.old, pair.new):
            assert code(pair.old) == code(pair.new), made


def code(side: Any) -> dict[str, str]:
    """The package without docstrings."""
    import ast

    files = Shares(PackagePlanner(side.chosen(), side.names, side.choices)).files()
    stripped: dict[str, str] = {}
    for path, text in files.items():
        tree = ast.parse(text)
        for node in ast.walk(tree):
            body = getattr(node, "body", None)
            if isinstance(body, list):
                body[:] = [
                    item
                    for item in body
                    if not (isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant))
                ]
        stripped[path] = ast.unparse(tree)
    return stripped

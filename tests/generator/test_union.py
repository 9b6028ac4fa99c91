"""The union of orgs: what comes together, what is settled how, and names that stay."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from zohohub_gen.ir import (
    Boolean,
    Date,
    DateTime,
    Field,
    FieldType,
    Files,
    Integer,
    Layout,
    LayoutField,
    LongInteger,
    Lookup,
    Module,
    MultiLookup,
    MultiModuleLookup,
    Number,
    Opaque,
    Option,
    Org,
    Picklist,
    RelatedList,
    Schema,
    Structured,
    Subform,
    Tags,
    Text,
)
from zohohub_gen.names import name_schema
from zohohub_gen.names_lock import Lock, lock_text
from zohohub_gen.package import Options
from zohohub_gen.pipeline import check, generate
from zohohub_gen.union import unite

from tests.support.packages import write_snapshot


def text(api_name: str, field_id: str | None = None, **more: Any) -> Field:
    return Field(api_name, api_name, Text(50), "text", id=field_id, **more)


def org(*fields: Field, name: str = "Leads", **more: Any) -> Schema:
    module = Module(name, name, name, "default", tuple(fields), **more)
    return Schema((module,))


def united(*schemas: Schema, lock: Lock | None = None) -> tuple[Module, list[str]]:
    """The only module of the union of a, b, …, and what was said."""
    names = [chr(ord("a") + number) for number in range(len(schemas))]
    schema, diagnostics = unite(list(zip(names, schemas, strict=True)), lock or {})
    (module,) = schema.modules
    return module, [str(each) for each in diagnostics]


def by_name(module: Module) -> dict[str, Field]:
    return {item.api_name: item for item in module.fields}


# --- What is missing ----------------------------------------------------------------------------


def test_each_member_says_which_orgs_lack_it() -> None:
    leads = (
        replace(org(text("A"), text("B")).modules[0], related_lists=(RelatedList("L", "L"),)),
        org(text("B"), text("C")).modules[0],
        org(text("C")).modules[0],
    )
    deals = org(text("X"), name="Deals").modules[0]
    schemas = [Schema((leads[0], deals)), Schema((leads[1],)), Schema((leads[2],))]
    schema, _ = unite(list(zip(("a", "b", "c"), schemas, strict=True)), {})
    found = {module.api_name: module for module in schema.modules}
    assert {name: item.missing_in for name, item in by_name(found["Leads"]).items()} == {
        "A": ("b", "c"),
        "B": ("c",),
        "C": ("a",),
    }
    assert found["Leads"].missing_in == ()
    assert found["Leads"].related_lists[0].missing_in == ("b", "c")
    # What an org without the module lacks of it goes without saying.
    assert found["Deals"].missing_in == ("b", "c")
    assert by_name(found["Deals"])["X"].missing_in == ()


def test_a_related_list_that_is_hidden_somewhere_is_missing_there() -> None:
    lists = [(RelatedList("L", "First", "Deals", served=served),) for served in (False, True)]
    module, _ = united(*(org(text("A"), related_lists=each) for each in lists))
    assert (module.related_lists[0].served, module.related_lists[0].missing_in) == (True, ("a",))
    hidden, _ = united(*(org(text("A"), related_lists=lists[0]) for _ in range(2)))
    assert (hidden.related_lists[0].served, hidden.related_lists[0].missing_in) == (False, ())


def test_the_first_profile_leads() -> None:
    one = org(text("A", "11", help="one"), id="1")
    other = org(replace(text("A", "22", help="two"), label="Other"), text("B", "23"), id="2")
    module, said = united(one, other)
    assert (module.id, said) == ("1", [])
    fields = by_name(module)
    assert (fields["A"].id, fields["A"].label, fields["A"].help) == ("11", "A", "one")
    assert fields["B"].id == "23"
    module, _ = united(other, one)
    assert (module.id, by_name(module)["A"].label) == ("2", "Other")


def test_an_org_united_with_itself_is_itself() -> None:
    from zohohub_gen.packaged import packaged
    from zohohub_gen.parse import parse
    from zohohub_gen.snapshot import read_snapshot

    schema, _ = parse(read_snapshot(packaged("acme") / "metadata"))
    same, diagnostics = unite([("a", schema), ("b", schema)], {})
    assert diagnostics == ()
    # The active layouts, one of each name, are all that a package holds of them.
    assert [replace(module, layouts=()) for module in same.modules] == [
        replace(module, layouts=()) for module in schema.modules
    ]
    assert same.org.company_name == schema.org.company_name


def test_other_languages_are_told() -> None:
    schemas = [replace(org(text("A")), org=Org(language=word)) for word in ("en_US", "de_DE")]
    _, said = united(*schemas)
    assert said == [
        "language: labels and picklist values are in en_US in a and in de_DE in b: each language "
        "gives options of its own; pull with users of one"
    ]


# --- Conflicts ----------------------------------------------------------------------------------


def picklist(*options: str, unused: tuple[str, ...] = (), multiple: bool = False) -> Picklist:
    known = [Option(each, each, each) for each in options]
    retired = [Option(each, each, each, used=False) for each in unused]
    return Picklist((*known, *retired), multiple)


def ranged(low: int, high: int) -> Number:
    from decimal import Decimal

    return Number(9, 2, (Decimal(low), Decimal(high)))


TYPES: Mapping[str, tuple[FieldType, FieldType, FieldType, str]] = {
    "texts": (
        Text(50),
        Text(20),
        Text(20),
        "differs in how many characters it holds, 50 in a, 20 in b; 20 count",
    ),
    "a text without a limit": (
        Text(None),
        Text(20),
        Text(20),
        "differs in how many characters it holds, any number of in a, 20 in b; 20 count",
    ),
    "whole numbers": (
        Integer(9),
        Integer(5),
        Integer(5),
        "has other limits in a and b; the narrowest count",
    ),
    "numbers": (
        Number(16, 2),
        Number(9, 4),
        Number(9, 2),
        "has other limits in a and b; the narrowest count",
    ),
    "ranges": (
        ranged(0, 10),
        ranged(5, 20),
        ranged(5, 10),
        "has other limits in a and b; the narrowest count",
    ),
    "ranges apart": (
        ranged(0, 1),
        ranged(5, 20),
        Number(9, 2),
        "has other limits in a and b; the narrowest count",
    ),
    "files": (
        Files(5),
        Files(3),
        Files(3),
        "has other limits in a and b; the narrowest count",
    ),
    "whole and other numbers": (
        Integer(5),
        Number(9, 2),
        Number(5, 0),
        "is x in a, y in b; typed as a decimal number",
    ),
    "a picklist and a text": (
        picklist("x"),
        Text(9),
        Text(9),
        "is x in a, y in b; typed as text",
    ),
    "one option and several": (
        picklist("x"),
        picklist("x", multiple=True),
        Opaque("x", None),
        "is x in a, y in b; typed as any value",
    ),
    "a day and a moment": (
        Date(),
        DateTime(),
        Opaque("x", "string"),
        "is x in a, y in b; typed as text",
    ),
    "digits and text": (
        LongInteger(),
        Text(9),
        Opaque("x", "string"),
        "is x in a, y in b; typed as text",
    ),
    "a truth and a text": (
        Boolean(),
        Text(9),
        Opaque("x", None),
        "is x in a, y in b; typed as any value",
    ),
    "a truth and a number": (
        Boolean(),
        Integer(9),
        Opaque("x", None),
        "is x in a, y in b; typed as any value",
    ),
    "targets": (
        Lookup("Accounts"),
        Lookup("Contacts"),
        Lookup(""),
        "is a lookup of Accounts in a, Contacts in b; typed as a reference to any record",
    ),
    "linked targets": (
        MultiLookup("Accounts", "C"),
        MultiLookup("Contacts", "C"),
        MultiLookup("", "C"),
        "is a lookup of Accounts in a, Contacts in b; typed as a reference to any record",
    ),
    "links by other fields": (
        MultiLookup("Accounts", "C"),
        MultiLookup("Accounts", "D"),
        Opaque("x", "jsonarray"),
        "is x in a, y in b; typed as a list",
    ),
    "a lookup and a wider one": (
        Lookup("Accounts"),
        MultiModuleLookup(("Accounts", "Contacts"), "module"),
        Opaque("x", "jsonobject"),
        "is x in a, y in b; typed as a JSON object",
    ),
    "subforms": (
        Subform("Rows"),
        Subform("Lines"),
        Opaque("x", "jsonarray"),
        "is x in a, y in b; typed as a list",
    ),
    "lists": (
        Tags(),
        Structured("LineItem", many=True),
        Opaque("x", "jsonarray"),
        "is x in a, y in b; typed as a list",
    ),
}


@pytest.mark.parametrize("case", TYPES)
def test_types_are_settled_so_that_they_are_right_in_both(case: str) -> None:
    one, other, expected, message = TYPES[case]
    first = replace(text("F"), type=one, data_type="x")
    second = replace(text("F"), type=other, data_type="y")
    module, said = united(org(first), org(second))
    assert by_name(module)["F"].type == expected
    assert said == [f"Leads.F: {message}"]
    # Without regard to who leads.
    module, _ = united(org(replace(second, data_type="x")), org(replace(first, data_type="y")))
    turned = by_name(module)["F"].type
    assert turned == expected


def test_wider_lookups_have_the_modules_of_both() -> None:
    def field(*modules: str) -> Field:
        return replace(text("F"), type=MultiModuleLookup(modules, "module"))

    module, said = united(org(field("A", "B")), org(field("B", "C")))
    assert by_name(module)["F"].type == MultiModuleLookup(("A", "B", "C"), "module")
    assert said == [
        "Leads.F: is a lookup of A or B in a, B or C in b; typed as a reference to all of them"
    ]
    module, _ = united(org(field("A", "B")), org(field()))
    assert by_name(module)["F"].type == MultiModuleLookup((), "module")


def test_options_are_those_of_all() -> None:
    one = replace(text("F"), type=picklist("New", "Gold", "Lost", unused=("Old",)))
    other = replace(text("F"), type=picklist("Lost", "New", "Old", unused=("Gold",)))
    module, said = united(org(one), org(other))
    kind = by_name(module)["F"].type
    assert isinstance(kind, Picklist)
    assert [(each.display, each.used, each.missing_in) for each in kind.options] == [
        ("New", True, ()),
        ("Gold", True, ("b",)),
        ("Lost", True, ()),
        ("Old", True, ("a",)),
    ]
    assert said == []


@pytest.mark.parametrize(
    ("one", "other", "required", "settable", "message"),
    [
        (
            text("F", required=True),
            text("F"),
            True,
            True,
            "is mandatory in a and not in b; it is mandatory in the package",
        ),
        (
            text("F", required=True),
            None,
            False,
            True,
            "is mandatory in a and is missing in b; a new record may leave it out",
        ),
        (
            text("F", required=True),
            text("F", creatable=False),
            False,
            True,
            "is mandatory in a and cannot be set in b; a new record may leave it out",
        ),
        (
            text("F"),
            text("F", creatable=False),
            False,
            False,
            "cannot be set on a new record in b; nor can it by the package",
        ),
        (
            text("F"),
            text("F", updatable=False),
            False,
            True,
            "cannot be changed in b; nor can it by the package",
        ),
    ],
)
def test_what_a_write_must_and_may_hold(
    one: Field, other: Field | None, required: bool, settable: bool, message: str
) -> None:
    module, said = united(org(one, text("G")), org(*filter(None, [other]), text("G")))
    field = by_name(module)["F"]
    assert (field.required, field.creatable) == (required, settable)
    assert field.updatable == (other is None or other.updatable)
    assert said == [f"Leads.F: {message}"]


def test_modules_can_do_what_they_can_everywhere() -> None:
    module, said = united(org(text("A")), org(text("A"), creatable=False))
    assert (module.creatable, module.editable) == (False, True)
    assert said == [
        "Leads: has records that cannot be created in b; the package has no method for it"
    ]


def test_layouts_come_together_by_name() -> None:
    def layout(layout_id: str, name: str, options: tuple[str, ...] | None, **more: Any) -> Layout:
        return Layout(layout_id, name, fields={"F": LayoutField(options=options)}, **more)

    field = replace(text("F"), type=picklist("x", "y", "z"))
    one = org(field, layouts=(layout("1", "Standard", ("x",)), layout("2", "Big", ("y",))))
    other = org(
        field,
        layouts=(
            layout("8", "Standard", ("z",)),
            layout("9", "Standard", None),  # of that name, the older one counts
            layout("2", "Big", None),
            layout("7", "Gone", None, active=False),
        ),
    )
    module, said = united(one, other)
    assert [(each.id, each.name, each.fields["F"].options) for each in module.layouts] == [
        ("1", "Standard", ("x", "z")),
        ("2", "Big", None),
    ]
    assert said == [
        "Leads: has the layout Standard under another id in b: layout() gives that of a"
    ]


def test_a_layout_demands_only_what_every_org_has() -> None:
    demanding = Layout(
        "1", "Standard", fields={name: LayoutField(required=True) for name in ("F", "G")}
    )
    module, said = united(
        org(text("F"), text("G"), layouts=(demanding,)),
        org(text("F"), layouts=(Layout("1", "Standard"),)),
    )
    required = {name: item.required for name, item in module.layouts[0].fields.items()}
    assert required == {"F": True, "G": False}
    assert said == [
        "Leads.F: is mandatory in layout Standard in a alone; so it is in the package",
        "Leads.G: is mandatory in layout Standard in a alone; it is optional in the package",
    ]


# --- Names --------------------------------------------------------------------------------------


def names_after(lock: Lock, *schemas: Schema) -> tuple[dict[str, str], Lock]:
    """The attribute names, and the lock as the next run reads it."""
    profiles = [chr(ord("a") + number) for number in range(len(schemas))]
    schema, _ = unite(list(zip(profiles, schemas, strict=True)), lock)
    names = name_schema(schema, lock, {})
    return dict(names.modules["Leads"].fields), json.loads(lock_text(names.lock))


CLASHING = (text("OldCode", "110"), text("Old_Code", "111"))


def test_a_field_keeps_its_name_when_it_reaches_the_leading_org() -> None:
    leading, trailing = org(CLASHING[0], id="1"), org(text("Old_Code", "900"), id="2")
    before, lock = names_after({}, leading, trailing)
    assert before == {"id": "id", "OldCode": "old_code", "Old_Code": "old_code_2"}
    deployed = org(CLASHING[0], text("Old_Code", "105"), id="1")  # older than the other by its id
    assert names_after(lock, deployed, trailing)[0] == before


def test_a_field_keeps_its_name_when_the_leading_org_loses_it() -> None:
    trailing = org(text("OldCode", "900"), text("Old_Code", "901"), id="2")
    before, lock = names_after({}, org(*CLASHING, id="1"), trailing)
    after, lock = names_after(lock, org(CLASHING[0], id="1"), trailing)
    assert after == before
    assert names_after(lock, org(*CLASHING, id="1"), trailing)[0] == before


def test_names_stay_when_the_profiles_change_places() -> None:
    one, other = org(*CLASHING, id="1"), org(text("OldCode", "9"), text("Old_Code", "8"), id="2")
    before, lock = names_after({}, one, other)
    assert names_after(lock, other, one)[0] == before


def test_a_field_that_every_org_renames_keeps_its_name() -> None:
    before, lock = names_after({}, org(text("Old", "11"), id="1"), org(text("Old", "22"), id="2"))
    after, _ = names_after(lock, org(text("New", "11"), id="1"), org(text("New", "22"), id="2"))
    assert (before["Old"], after["New"]) == ("old", "old")


def test_a_field_that_one_org_renames_is_two_until_the_other_does() -> None:
    """A sandbox may have the very ids of production; only one of the two fields can have the id."""
    old, new = org(text("Old", "11"), id="1"), org(text("New", "11"), id="1")
    _, lock = names_after({}, old, old)
    between, lock = names_after(lock, new, old)
    assert between == {"id": "id", "Old": "old", "New": "new"}
    again, lock = names_after(lock, new, old)
    assert again == between
    assert names_after(lock, new, new)[0]["New"] == "new"


def test_the_names_of_the_union_lie_in_its_folder(tmp_path: Path) -> None:
    orgs = ("production", "sandbox")
    for number, name in enumerate(orgs):
        raw = {"api_name": "Name", "data_type": "text", "json_type": "string", "id": f"{number}1"}
        write_snapshot(tmp_path / name, {"Leads": [raw]})
    union = tuple((name, tmp_path / name) for name in orgs)
    chosen = Options(tmp_path / "names", tmp_path, "crm", union=union)
    generate(chosen)
    assert [path.name for path in (tmp_path / "names").iterdir()] == ["names.json"]
    assert not (tmp_path / "production" / "names.json").exists()
    assert not check(chosen)[0].differs
    # The order, and what the profiles are called, are part of the input.
    assert check(replace(chosen, union=union[::-1]))[0].differs is False
    renamed = (union[0], ("testing", union[1][1]))
    raw = {"api_name": "More", "data_type": "text", "json_type": "string", "id": "5"}
    write_snapshot(tmp_path / "production", {"Leads": [raw]})
    generate(replace(chosen, union=renamed))
    assert "Not in testing." in (tmp_path / "crm" / "leads.py").read_text("utf-8")
    assert check(chosen)[0].differs

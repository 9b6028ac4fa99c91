"""Related lists: how they are read from metadata, and that their attributes keep their names."""

from __future__ import annotations

import json
from typing import Any

import pytest
from zohohub_gen.affected import affected_modules
from zohohub_gen.ir import Field, Module, RelatedList, Schema, Text
from zohohub_gen.names import name_schema
from zohohub_gen.names_lock import lock_text
from zohohub_gen.related_lists import related_lists
from zohohub_gen.snapshot import Snapshot, snapshot_files


def one(of: str, /, **raw: Any) -> RelatedList:
    (found,) = related_lists(of, [{"href": "x", "api_name": "X", **raw}])
    return found


@pytest.mark.parametrize(
    ("module", "api_name", "target", "link"),
    [
        ("Campaigns", "Leads", "Leads", "member"),
        ("Contacts", "Campaigns", "Campaigns", "member"),
        ("Price_Books", "Products", "Products", "price"),
        ("Products", "Price_Books", "Price_Books", "price"),
        ("Products", "Deals", "Deals", "plain"),
        ("Accounts", "Products", "Products", "plain"),
        ("Appointments__s", "Services__s", "Services__s", "plain"),
        ("Deals", "Contact_Roles", "Contacts", "role"),
        ("Deals", "Contact_Roles", "Contact_Roles", "role"),
        ("Deals", "Contact_Roles", None, "role"),
        ("Accounts", "Contacts", "Contacts", None),
        ("Products", "Campaigns", "Campaigns", None),
        ("Campaigns", "Leads2", "Leads", None),
        ("Contacts", "Contact_Roles", "Contacts", None),
    ],
)
def test_what_zoho_links(module: str, api_name: str, target: str | None, link: str | None) -> None:
    found = one(module, api_name=api_name, module=target and {"api_name": target})
    assert found.link == link
    assert found.module == ("Contacts" if link == "role" else target)


def test_shapes_of_all_versions() -> None:
    assert one("Leads", module="Tasks").module == "Tasks"
    assert one("Leads", module=[]).module is None
    assert one("Leads", linkingmodule="Leads_X_Jobs").module == "Leads_X_Jobs"
    assert one("Leads", display_label="Open Tasks").label == "Open Tasks"
    assert one("Leads", name="Tasks").label == "Tasks"
    assert one("Leads").label == "X"
    assert one("Leads").served
    for status in ("user_hidden", "scheduled_for_deletion"):
        assert not one("Leads", status=status).served
    for href in (None, "", {}):
        assert not one("Leads", href=href).served
    for name in ("../Notes", "a/b", "a?b", "a#b", "a%2fb", "a\\b"):
        assert not one("Leads", api_name=name).served
    assert related_lists("Leads", [{"api_name": None}, {}, {"id": []}]) == ()


def test_the_older_entry_counts() -> None:
    raw = [{"api_name": "X", "id": str(number)} for number in (200, 90, 100)]
    assert [each.id for each in related_lists("Leads", raw)] == ["90"]


def schema(*lists: RelatedList) -> Schema:
    fields = (Field("Name", "Name", Text(), "text", id="1"),)
    module = Module("Leads", "Lead", "Leads", "default", fields, id="7", related_lists=lists)
    return Schema((module,))


def test_names_stay() -> None:
    first = name_schema(schema(RelatedList("Open_Tasks", "x", id="20")), {}, {})
    assert first.modules["Leads"].related == {"Open_Tasks": "open_tasks"}
    lock = json.loads(lock_text(first.lock))
    assert lock["modules"]["7"]["related"] == {
        "20": {"api_name": "Open_Tasks", "name": "open_tasks"}
    }
    older = RelatedList("OpenTasks", "x", id="10")
    both = name_schema(schema(older, RelatedList("Open_Tasks", "x", id="20")), lock, {})
    assert both.modules["Leads"].related == {
        "Open_Tasks": "open_tasks",
        "OpenTasks": "open_tasks_2",
    }
    lock = json.loads(lock_text(both.lock))
    renamed = name_schema(schema(RelatedList("To_Do", "x", id="20")), lock, {})
    assert renamed.modules["Leads"].related == {"To_Do": "open_tasks"}
    lock = json.loads(lock_text(renamed.lock))
    # The list that is gone keeps its name from a new one.
    new = name_schema(schema(RelatedList("Open_Tasks_2", "x", id="30")), lock, {})
    assert new.modules["Leads"].related == {"Open_Tasks_2": "open_tasks_2_2"}


def test_names_are_python() -> None:
    lists = [
        RelatedList(name, "x", id=str(number))
        for number, name in enumerate(("class", "property", "商談", "2nd", "Á_B", "X__s"), 10)
    ]
    names = name_schema(schema(*lists), {}, {}).modules["Leads"].related
    assert names == {
        "class": "class_",
        "property": "property_",
        "商談": "related",
        "2nd": "r_2nd",
        "Á_B": "a_b",
        "X__s": "x",
    }


def test_without_lists_the_lock_has_no_place_for_them() -> None:
    assert '"related"' not in lock_text(name_schema(schema(), {}, {}).lock)


def test_which_modules_a_lookup_affects() -> None:
    lookups: list[dict[str, Any]] = [
        {"id": "1", "lookup": {"module": {"api_name": "Accounts"}, "api_name": "A"}},
        {"id": "2", "lookup": {"module": "Vendors"}},
        {"id": "3", "multi_module_lookup": {"modules": [{"api_name": "Leads"}, {}, None]}},
        {
            "id": "4",
            "multiselectlookup": {
                "connected_details": {"module": {"api_name": "Jobs"}},
                "related_list": {"api_name": "J"},
            },
        },
        {"id": "5", "multiselectlookup": {"connected_module": "Old_Jobs"}},
        {"id": "6", "lookup": {}, "multiselectlookup": None, "multi_module_lookup": []},
    ]
    everything = {"Accounts", "Vendors", "Leads", "Jobs", "Old_Jobs"}
    assert affected_modules({}, {"Deals": lookups}) == everything
    assert affected_modules({"Deals": lookups}, {}) == everything
    assert affected_modules({"Deals": lookups}, {"Deals": lookups[::-1]}) == set()
    assert affected_modules({"Deals": lookups}, {"Deals": lookups[1:]}) == {"Accounts"}
    moved = [{"id": "1", "lookup": {"module": {"api_name": "Leads"}, "api_name": "A"}}]
    assert affected_modules({"Deals": lookups[:1]}, {"Deals": moved}) == {"Accounts", "Leads"}
    assert affected_modules({"A": lookups[:1]}, {"B": lookups[:1]}) == {"Accounts"}


def test_the_normal_form_has_no_order_and_no_layouts() -> None:
    def files(*lists: dict[str, Any]) -> str:
        return snapshot_files(Snapshot([], related_lists={"Leads": list(lists)}))[
            "related_lists/Leads.json"
        ]

    tasks = {"api_name": "Tasks", "id": "2", "sequence_number": "1", "module": None}
    notes = {"api_name": "Notes", "id": "1", "sequence_number": "2", "href": "x"}
    moved = [{**tasks, "sequence_number": "9"}, {**notes, "_layout_specific_properties": [{}]}]
    assert files(tasks, notes) == files(*moved)
    assert json.loads(files(tasks, notes)) == {
        "related_lists": [
            {"api_name": "Notes", "href": "x", "id": "1"},
            {"api_name": "Tasks", "id": "2"},
        ]
    }

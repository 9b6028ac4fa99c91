"""Edits that nobody thought of: random changes of any metadata, sensible ones and others."""

from __future__ import annotations

import copy
from collections.abc import Callable
from random import Random
from typing import Any, TypeAlias

from zohohub_gen.snapshot import Snapshot

from tests.generator.diff.edits import Json, objects

RandomEdit: TypeAlias = Callable[[Random, Snapshot], None]
"""Does nothing where the metadata has nothing of the kind."""

_DATA_TYPES = (
    ("text", "string"),
    ("textarea", "string"),
    ("picklist", "string"),
    ("multiselectpicklist", "jsonarray"),
    ("integer", "integer"),
    ("double", "double"),
    ("currency", "double"),
    ("boolean", "boolean"),
    ("date", "string"),
    ("datetime", "string"),
    ("bigint", "string"),
    ("email", "string"),
    ("lookup", "jsonobject"),
    ("ownerlookup", "jsonobject"),
    ("fileupload", "jsonarray"),
    ("autonumber", "string"),
    ("mystery", "jsonobject"),
    ("mystery", "jsonarray"),
    ("mystery", None),
)
_ODD: tuple[Any, ...] = (None, {}, [], "", "x", 7, True, False, [{}], {"api_name": "Leads"})


def random_edit(chance: Random, snapshot: Snapshot) -> str:
    """Make one edit, and say which kind it is."""
    edit = chance.choice(EDITS)
    edit(chance, snapshot)
    return edit.__name__


# --- Choosing ---------------------------------------------------------------------------------


def _module_name(chance: Random, snapshot: Snapshot) -> str:
    return chance.choice(sorted(snapshot.fields))


def _field(chance: Random, snapshot: Snapshot) -> Json | None:
    fields = snapshot.fields[_module_name(chance, snapshot)]
    # Nobody edits the id, whose name is the same in every org.
    known = [item for item in fields if isinstance(item.get("api_name"), str)]
    known = [item for item in known if item["api_name"] != "id"]
    return chance.choice(known) if known else None


def _picklist(chance: Random, snapshot: Snapshot) -> list[Any] | None:
    found = [
        item["pick_list_values"]
        for fields in snapshot.fields.values()
        for item in fields
        if isinstance(item.get("pick_list_values"), list) and item["pick_list_values"]
    ]
    return chance.choice(found) if found else None


def _member(chance: Random, parts: dict[str, list[Json]]) -> tuple[list[Json], Json] | None:
    filled = [items for items in parts.values() if items]
    if not filled:
        return None
    items = chance.choice(filled)
    return items, chance.choice(items)


def _id(chance: Random) -> str:
    return str(chance.randrange(7 * 10**18, 8 * 10**18))


# --- Edits ------------------------------------------------------------------------------------


def add_field(chance: Random, snapshot: Snapshot) -> None:
    data_type, json_type = chance.choice(_DATA_TYPES)
    snapshot.fields[_module_name(chance, snapshot)].append(
        {
            "api_name": f"Made_{chance.randrange(1000)}",
            "id": _id(chance),
            "data_type": data_type,
            "json_type": json_type,
            "system_mandatory": chance.random() < 0.3,
            "lookup": {"module": {"api_name": _module_name(chance, snapshot)}},
            "operation_type": {"api_create": chance.random() < 0.7, "api_update": True},
        }
    )


def remove_field(chance: Random, snapshot: Snapshot) -> None:
    fields = snapshot.fields[_module_name(chance, snapshot)]
    if len(fields) > 1:
        fields.remove(chance.choice(fields))


def change_type(chance: Random, snapshot: Snapshot) -> None:
    if field := _field(chance, snapshot):
        field["data_type"], field["json_type"] = chance.choice(_DATA_TYPES)


def change_flag(chance: Random, snapshot: Snapshot) -> None:
    if field := _field(chance, snapshot):
        key = chance.choice(("system_mandatory", "read_only", "visible", "custom_field"))
        field[key] = not field.get(key)


def change_access(chance: Random, snapshot: Snapshot) -> None:
    if field := _field(chance, snapshot):
        create, update = chance.random() < 0.5, chance.random() < 0.5
        field["operation_type"] = {"api_create": create, "api_update": update}


def change_limit(chance: Random, snapshot: Snapshot) -> None:
    if field := _field(chance, snapshot):
        key = chance.choice(("length", "decimal_place"))
        field[key] = chance.choice((None, 1, 2, 5, 9, 16, 120, 2000))


def change_label(chance: Random, snapshot: Snapshot) -> None:
    if field := _field(chance, snapshot):
        field["field_label"] = f"Label {chance.randrange(1000)}"


def rename_field(chance: Random, snapshot: Snapshot) -> None:
    if field := _field(chance, snapshot):
        field["api_name"] = f"Renamed_{chance.randrange(1000)}"


def make_field_anew(chance: Random, snapshot: Snapshot) -> None:
    if field := _field(chance, snapshot):
        field["id"] = _id(chance)


def change_unique(chance: Random, snapshot: Snapshot) -> None:
    if field := _field(chance, snapshot):
        field["unique"] = {} if field.get("unique") else {"case_sensitive": True}


def change_lookup(chance: Random, snapshot: Snapshot) -> None:
    if field := _field(chance, snapshot):
        target = chance.choice([_module_name(chance, snapshot), "Elsewhere", "se_module", "users"])
        field["lookup"] = {"module": {"api_name": target}}


def change_options(chance: Random, snapshot: Snapshot) -> None:
    options = _picklist(chance, snapshot)
    if options is None:
        return
    one, other = chance.choice(options), chance.choice(options)
    match chance.randrange(7):
        case 0:
            options.remove(one)
        case 1:
            options.append({"display_value": "Made", "actual_value": "Made", "id": _id(chance)})
        case 2:
            one["display_value"] = f"Renamed {chance.randrange(100)}"
        case 3:
            one["display_value"], other["display_value"] = (
                other.get("display_value"),
                one.get("display_value"),
            )
        case 4:
            one["type"] = "used" if one.get("type") == "unused" else "unused"
        case 5:
            options.append(copy.deepcopy(one) | {"id": _id(chance)})
        case _:
            options.clear()


def remove_module(chance: Random, snapshot: Snapshot) -> None:
    if len(snapshot.fields) > 2:
        api_name = _module_name(chance, snapshot)
        del snapshot.fields[api_name]
        snapshot.modules[:] = [
            item for item in snapshot.modules if item.get("api_name") != api_name
        ]


def rename_module(chance: Random, snapshot: Snapshot) -> None:
    """Without what refers to it: that is left dangling."""
    api_name = _module_name(chance, snapshot)
    new = f"Renamed_{chance.randrange(1000)}s"
    for part in (snapshot.fields, snapshot.layouts, snapshot.related_lists):
        if api_name in part:
            part[new] = part.pop(api_name)
    for item in snapshot.modules:
        if item.get("api_name") == api_name:
            item["api_name"] = new


def change_operations(chance: Random, snapshot: Snapshot) -> None:
    if snapshot.modules:
        item = chance.choice(snapshot.modules)
        key = chance.choice(("creatable", "editable", "deletable", "api_supported"))
        item[key] = not item.get(key)


def change_kind(chance: Random, snapshot: Snapshot) -> None:
    # Zoho makes no module of a subform, and no subform of a module.
    modules = [
        item for item in snapshot.modules if "subform" not in str(item.get("generated_type"))
    ]
    if modules:
        kinds = ("default", "custom", "linking")
        chance.choice(modules)["generated_type"] = chance.choice(kinds)


def change_layout(chance: Random, snapshot: Snapshot) -> None:
    if found := _member(chance, snapshot.layouts):
        layouts, layout = found
        match chance.randrange(5):
            case 0:
                layouts.remove(layout)
            case 1:
                layout["name"] = f"Layout {chance.randrange(100)}"
            case 2:
                layout["status"] = "inactive"
            case 3:
                layouts.append(copy.deepcopy(layout) | {"id": _id(chance), "name": "Another"})
            case _:
                for item in objects(layout):
                    if "required" in item and chance.random() < 0.3:
                        item["required"] = not item["required"]


def change_related(chance: Random, snapshot: Snapshot) -> None:
    if found := _member(chance, snapshot.related_lists):
        lists, item = found
        match chance.randrange(5):
            case 0:
                lists.remove(item)
            case 1:
                item["api_name"] = f"Renamed_{chance.randrange(100)}"
            case 2:
                item["status"] = "user_hidden"
            case 3:
                item["module"] = {"api_name": _module_name(chance, snapshot)}
            case _:
                lists.append(copy.deepcopy(item) | {"id": _id(chance), "api_name": "Another"})


def put_something_odd(chance: Random, snapshot: Snapshot) -> None:
    """Any value of any object becomes one of no use."""
    parts: list[Any] = [snapshot.modules, snapshot.layouts, snapshot.related_lists]
    place = chance.choice([snapshot.fields, snapshot.fields, *parts])
    found = [item for item in objects(place) if item]
    if found:
        item = chance.choice(found)
        if item is not place:
            item[chance.choice(sorted(item))] = copy.deepcopy(chance.choice(_ODD))


EDITS: tuple[RandomEdit, ...] = (
    add_field,
    remove_field,
    change_type,
    change_flag,
    change_access,
    change_limit,
    change_label,
    rename_field,
    make_field_anew,
    change_unique,
    change_lookup,
    change_options,
    remove_module,
    rename_module,
    change_operations,
    change_kind,
    change_layout,
    change_related,
    put_something_odd,
)

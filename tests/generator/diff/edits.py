"""What an admin does to an org, as small changes of the JSON of its metadata."""

from __future__ import annotations

import copy
import itertools
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias, cast

from zohohub_gen.snapshot import Snapshot, read_snapshot, snapshot_files

from tests.generator.diff.sides import Edit

Json: TypeAlias = dict[str, Any]

_new_ids = itertools.count(6_100_000_000_000_900_001, 2)
_STRINGS = ("module", "linkingmodule")
"""Keys whose value may be the api_name of a module."""


def together(*edits: Edit) -> Edit:
    """All of them, one after the other."""

    def edit(snapshot: Snapshot) -> None:
        for each in edits:
            each(snapshot)

    return edit


# --- Finding ----------------------------------------------------------------------------------


def module_of(snapshot: Snapshot, api_name: str) -> Json:
    return _named(snapshot.modules, api_name)


def field_of(snapshot: Snapshot, place: str) -> Json:
    module, _, api_name = place.partition(".")
    return _named(snapshot.fields[module], api_name)


def layout_of(snapshot: Snapshot, place: str) -> Json:
    module, _, name = place.partition(".")
    return next(item for item in snapshot.layouts[module] if item["name"] == name)


def layout_field(layout: Json, api_name: str) -> Json:
    return _named([item for section in layout["sections"] for item in section["fields"]], api_name)


def option_of(holder: Json, display: str, actual: str | None = None) -> Json:
    return next(
        item
        for item in holder["pick_list_values"]
        if item["display_value"] == display and actual in (None, item["actual_value"])
    )


def _named(items: list[Json], api_name: str) -> Json:
    return next(item for item in items if item["api_name"] == api_name)


def objects(value: Any) -> Iterator[Json]:
    """Every object inside a JSON value."""
    if isinstance(value, dict):
        found = cast("Json", value)
        yield found
        for item in found.values():
            yield from objects(item)
    elif isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from objects(item)


def _everything(snapshot: Snapshot) -> list[Any]:
    parts = (snapshot.fields, snapshot.layouts, snapshot.related_lists)
    return [*snapshot.modules, *(item for part in parts for item in part.values())]


# --- Modules ----------------------------------------------------------------------------------


def add_module(api_name: str, label: str) -> Edit:
    """A custom module with a name, an owner and a text."""

    def edit(snapshot: Snapshot) -> None:
        module_id = str(next(_new_ids))
        snapshot.modules.append(
            {
                "api_name": api_name,
                "id": module_id,
                "singular_label": label,
                "plural_label": f"{label}s",
                "generated_type": "custom",
                "api_supported": True,
                "creatable": True,
                "editable": True,
                "deletable": True,
            }
        )
        snapshot.fields[api_name] = [
            new_field("Name", "text", length=120, system_mandatory=True),
            new_field("Remark", "text", length=255),
        ]

    return edit


def remove_module(api_name: str) -> Edit:
    def edit(snapshot: Snapshot) -> None:
        snapshot.modules.remove(module_of(snapshot, api_name))
        for part in (snapshot.fields, snapshot.layouts, snapshot.related_lists):
            part.pop(api_name, None)

    return edit


def rename_module(old: str, new: str) -> Edit:
    """Another api_name; whatever refers to the module follows."""

    def edit(snapshot: Snapshot) -> None:
        module_id = module_of(snapshot, old)["id"]
        for item in objects(_everything(snapshot)):
            if item.get("api_name") == old and item.get("id") == module_id:
                item["api_name"] = new
            for key in _STRINGS:
                if item.get(key) == old:
                    item[key] = new
        for part in (snapshot.fields, snapshot.layouts, snapshot.related_lists):
            if old in part:
                part[new] = part.pop(old)

    return edit


def set_module(api_name: str, /, **values: Any) -> Edit:
    def edit(snapshot: Snapshot) -> None:
        module_of(snapshot, api_name).update(values)

    return edit


# --- Fields -----------------------------------------------------------------------------------


def new_field(api_name: str, data_type: str, **more: Any) -> Json:
    json_types = {"boolean": "boolean", "integer": "integer", "lookup": "jsonobject"}
    return {
        "api_name": api_name,
        "id": str(next(_new_ids)),
        "field_label": api_name.replace("_", " "),
        "data_type": data_type,
        "json_type": json_types.get(data_type, "string"),
        "custom_field": True,
        "visible": True,
        "system_mandatory": False,
        "operation_type": {"api_create": True, "api_update": True},
        **more,
    }


def add_field(place: str, data_type: str, **more: Any) -> Edit:
    module, _, api_name = place.partition(".")

    def edit(snapshot: Snapshot) -> None:
        snapshot.fields[module].append(copy.deepcopy(new_field(api_name, data_type, **more)))

    return edit


def remove_field(place: str) -> Edit:
    module, _, api_name = place.partition(".")

    def edit(snapshot: Snapshot) -> None:
        snapshot.fields[module].remove(field_of(snapshot, place))
        for section in objects(snapshot.layouts.get(module, [])):
            if "fields" in section:
                section["fields"] = [
                    item for item in section["fields"] if item["api_name"] != api_name
                ]

    return edit


def rename_field(place: str, new: str) -> Edit:
    """Another api_name; layouts and linking fields follow."""
    _, _, old = place.partition(".")

    def edit(snapshot: Snapshot) -> None:
        field_id = field_of(snapshot, place)["id"]
        for item in objects(_everything(snapshot)):
            if item.get("api_name") == old and item.get("id") == field_id:
                item["api_name"] = new

    return edit


def set_field(place: str, **values: Any) -> Edit:
    def edit(snapshot: Snapshot) -> None:
        field_of(snapshot, place).update(copy.deepcopy(values))

    return edit


def access(place: str, *, create: bool, update: bool) -> Edit:
    return set_field(place, operation_type={"api_create": create, "api_update": update})


def change_field(place: str, change: Callable[[Json], None]) -> Edit:
    def edit(snapshot: Snapshot) -> None:
        change(field_of(snapshot, place))

    return edit


# --- Options ----------------------------------------------------------------------------------


def new_option(display: str) -> Json:
    return {
        "display_value": display,
        "actual_value": display,
        "reference_value": display,
        "id": str(next(_new_ids)),
        "type": "used",
    }


def add_option(place: str, display: str) -> Edit:
    return change_field(
        place, lambda item: item.setdefault("pick_list_values", []).append(new_option(display))
    )


def set_options(place: str, *displays: str) -> Edit:
    def change(item: Json) -> None:
        item["pick_list_values"] = [new_option(display) for display in displays]

    return change_field(place, change)


def remove_option(place: str, display: str, actual: str | None = None) -> Edit:
    return change_field(
        place, lambda item: item["pick_list_values"].remove(option_of(item, display, actual))
    )


def rename_option(place: str, old: str, new: str) -> Edit:
    """Another display value; the layouts of the module follow."""
    module, _, api_name = place.partition(".")

    def edit(snapshot: Snapshot) -> None:
        option_of(field_of(snapshot, place), old)["display_value"] = new
        for item in objects(snapshot.layouts.get(module, [])):
            if item.get("api_name") == api_name:
                for option in item.get("pick_list_values") or []:
                    if option["display_value"] == old:
                        option["display_value"] = new

    return edit


def swap_options(place: str, one: str, other: str) -> Edit:
    def change(item: Json) -> None:
        first, second = option_of(item, one), option_of(item, other)
        first["display_value"], second["display_value"] = other, one

    return change_field(place, change)


def set_option(place: str, display: str, **values: Any) -> Edit:
    return change_field(place, lambda item: option_of(item, display).update(values))


# --- Layouts ----------------------------------------------------------------------------------


def add_layout(module: str, name: str, *fields: str, like: str | None = None) -> Edit:
    """A layout that shows these fields, or the copy of another one."""

    def edit(snapshot: Snapshot) -> None:
        shown = [{"api_name": field, "required": False} for field in fields]
        layout = copy.deepcopy(layout_of(snapshot, f"{module}.{like}")) if like else {}
        layout.setdefault("sections", [{"name": "All", "fields": shown}])
        layout |= {"id": str(next(_new_ids)), "name": name, "status": "active"}
        snapshot.layouts.setdefault(module, []).append(layout)

    return edit


def remove_layout(place: str) -> Edit:
    def edit(snapshot: Snapshot) -> None:
        snapshot.layouts[place.partition(".")[0]].remove(layout_of(snapshot, place))

    return edit


def set_layout(place: str, **values: Any) -> Edit:
    def edit(snapshot: Snapshot) -> None:
        layout_of(snapshot, place).update(values)

    return edit


def require(place: str, field: str, *, required: bool) -> Edit:
    def edit(snapshot: Snapshot) -> None:
        layout_field(layout_of(snapshot, place), field)["required"] = required

    return edit


def layout_options(place: str, field: str, *, without: str = "", plus: str = "") -> Edit:
    def edit(snapshot: Snapshot) -> None:
        item = layout_field(layout_of(snapshot, place), field)
        if without:
            item["pick_list_values"].remove(option_of(item, without))
        if plus:
            item["pick_list_values"].append({"display_value": plus, "actual_value": plus})

    return edit


# --- Related lists ----------------------------------------------------------------------------


def add_related(module: str, api_name: str, target: str) -> Edit:
    def edit(snapshot: Snapshot) -> None:
        snapshot.related_lists.setdefault(module, []).append(
            {
                "api_name": api_name,
                "display_label": api_name.replace("_", " "),
                "id": str(next(_new_ids)),
                "href": f"{module}/{{ENTITYID}}/{api_name}",
                "module": {"api_name": target},
                "status": "visible",
                "type": "default",
            }
        )

    return edit


def remove_related(module: str, api_name: str) -> Edit:
    def edit(snapshot: Snapshot) -> None:
        lists = snapshot.related_lists[module]
        lists.remove(_named(lists, api_name))

    return edit


def set_related(module: str, api_name: str, /, **values: Any) -> Edit:
    def edit(snapshot: Snapshot) -> None:
        _named(snapshot.related_lists[module], api_name).update(values)

    return edit


# --- The org ----------------------------------------------------------------------------------


def set_org(**values: Any) -> Edit:
    def edit(snapshot: Snapshot) -> None:
        snapshot.org.update(values)

    return edit


def set_language(language: str) -> Edit:
    def edit(snapshot: Snapshot) -> None:
        object.__setattr__(snapshot, "language", language)

    return edit


# --- What is no change ------------------------------------------------------------------------


def other_order(snapshot: Snapshot) -> None:
    """Everything is listed the other way round, the options of picklists too."""
    lists = [snapshot.modules, *snapshot.fields.values(), *snapshot.related_lists.values()]
    lists += snapshot.layouts.values()
    for item in objects(_everything(snapshot)):
        lists += [item[key] for key in ("pick_list_values", "sections", "fields") if key in item]
        if isinstance(item.get("modules"), list):
            lists.append(item["modules"])
    for items in lists:
        if isinstance(items, list):
            items.reverse()


def other_volatile_keys(snapshot: Snapshot) -> None:
    """What changes without an admin's doing, and what other fields and modules move."""
    for item in objects([snapshot.modules, snapshot.fields, snapshot.layouts]):
        if "api_name" in item and "id" in item:
            item |= {
                "modified_time": "2026-11-11T11:11:11+01:00",
                "modified_by": {"id": "1", "name": "A. Nother"},
                "column_name": "CF99",
                "quick_sequence_number": "7",
                "sequence_number": 77,
                "profiles": [{"id": "5", "permission_type": "read_write"}],
                "created_time": "2020-01-01T00:00:00+01:00",
            }


def empty_objects_for_null(snapshot: Snapshot) -> None:
    """Zoho writes ``{}`` and null for the same nothing."""
    for item in objects(_everything(snapshot)):
        for key, value in item.items():
            if value is None:
                item[key] = {}
            elif value in ({}, []):
                item[key] = None


def missing_keys(snapshot: Snapshot) -> None:
    """Older versions leave keys out where their values go without saying."""
    unsaid: Json = {
        "api_supported": True,
        "creatable": True,
        "custom_field": False,
        "deletable": True,
        "editable": True,
        "required": False,
        "system_mandatory": False,
        "visible": True,
    }
    for item in objects(_everything(snapshot)):
        for key in list(item):
            if item[key] in (None, {}, []) or (key in unsaid and item[key] is unsaid[key]):
                del item[key]


def numbers_for_ids(snapshot: Snapshot) -> None:
    """Saved answers have ids as numbers where a tool wrote them so."""
    for item in objects([*_everything(snapshot), snapshot.org]):
        if isinstance(item.get("id"), str):
            item["id"] = int(item["id"])


def normal_form(snapshot: Snapshot) -> None:
    """The snapshot is written by ``pull`` instead of by hand."""
    with tempfile.TemporaryDirectory() as name:
        for path, text in snapshot_files(snapshot).items():
            file = Path(name) / path
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")
        written = read_snapshot(Path(name))
    for part in ("modules", "fields", "layouts", "related_lists", "org"):
        kept = getattr(snapshot, part)
        kept.clear()
        (kept.extend if isinstance(kept, list) else kept.update)(getattr(written, part))


def made_anew(place: str) -> Edit:
    """Deleted, and made again under the same api_name: the id is another."""
    return set_field(place, id=str(next(_new_ids)))

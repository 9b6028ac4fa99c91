"""What the metadata says of options: of fields, of global picklists, and which option allows which.

A snapshot holds a layout's options by their names and ids alone; the rest is taken from the field.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from .catalog import Catalog
from .values import Json, as_list, as_object

NONE = "-None-"

_FIRST_ID = 4_800_000_000_000_000
_FORECASTS = {"Open": "Pipeline", "Closed Won": "Closed", "Closed Lost": "Omitted"}


@dataclass(frozen=True, slots=True)
class GlobalPicklist:
    """A set of options that fields of several modules share."""

    id: str
    api_name: str
    raw: Json
    modules: list[str] = field(default_factory=list[str])
    fields: int = 0
    options: list[Json] = field(default_factory=list[Json])


@dataclass(frozen=True, slots=True)
class Dependency:
    """The options of a parent field, and the options of a child that each of them allows."""

    id: str
    parent: Json
    child: Json
    allowed: list[tuple[Json, list[Json]]]
    pipeline: bool


def options_of(raw_field: Json) -> list[Json]:
    """The options of a field with every key that Zoho prints."""
    return [
        {
            "sequence_number": number,
            "colour_code": None,
            "type": "used",
            "reference_value": option.get("display_value"),
            "actual_value": option.get("display_value"),
            "layout_associations": None,
            **option,
        }
        for number, option in enumerate(_objects(raw_field.get("pick_list_values")), 1)
    ]


def global_picklists(catalog: Catalog) -> list[GlobalPicklist]:
    """The global picklists that fields use, by id."""
    found: dict[str, GlobalPicklist] = {}
    for module, raw_fields in catalog.snapshot.fields.items():
        for raw in raw_fields:
            reference = as_object(raw.get("global_picklist")) or {}
            if not isinstance(reference.get("id"), str):
                continue
            name = str(reference.get("api_name") or reference["id"])
            known = found.get(reference["id"]) or GlobalPicklist(
                reference["id"], name, reference, options=options_of(raw)
            )
            modules = list(dict.fromkeys([*known.modules, module]))
            found[known.id] = GlobalPicklist(
                known.id, known.api_name, known.raw, modules, known.fields + 1, known.options
            )
    return [found[key] for key in sorted(found)]


def layout_options(catalog: Catalog, module: str, layout: Json, api_name: str) -> list[Json]:
    """The options of a field in a layout, without the one that stands for none."""
    known = {
        _key(option): option
        for raw in catalog.snapshot.fields.get(module, [])
        if _name(raw) == api_name
        for option in options_of(raw)
    }
    in_layout = next((each for each in layout_fields(layout) if _name(each) == api_name), None)
    if in_layout is None:
        return []
    listed = _objects(in_layout.get("pick_list_values")) or list(known.values())
    return [
        {**known.get(_key(option), {}), **option}
        for option in listed
        if option.get("display_value") != NONE
    ]


def layout_fields(layout: Json) -> list[Json]:
    """The fields of every section of a layout."""
    return [
        each
        for section in _objects(layout.get("sections"))
        for each in _objects(section.get("fields"))
    ]


def pipelines(catalog: Catalog, layout: Json) -> list[Json]:
    """The pipelines of a layout of Deals, each with its stages."""
    stages = layout_options(catalog, "Deals", layout, "Stage")
    answers: list[Json] = []
    for number, option in enumerate(layout_options(catalog, "Deals", layout, "Pipeline")):
        allowed = _mapped(option, "Stage")
        wanted = stages if allowed is None else [each for each in stages if _key(each) in allowed]
        answers.append(
            {
                "id": option.get("id"),
                "display_value": option.get("display_value"),
                "actual_value": option.get("actual_value"),
                "default": number == 0,
                "maps": [_stage(stage, place) for place, stage in enumerate(wanted, 1)],
            }
        )
    return answers


def dependencies(catalog: Catalog, module: str, layout: Json) -> list[Dependency]:
    """Which options of one field allow which of another, in a layout."""
    raw_fields = {_name(each): each for each in catalog.snapshot.fields.get(module, [])}
    in_layout = [name for name in map(_name, layout_fields(layout)) if name in raw_fields]
    numbers = {name: number for number, name in enumerate(sorted(raw_fields))}
    found: list[Dependency] = []
    for parent in in_layout:
        options = layout_options(catalog, module, layout, parent)
        children = dict.fromkeys(
            str(each.get("api_name")) for option in options for each in _maps(option)
        )
        if module == "Deals" and parent == "Pipeline" and "Stage" in in_layout:
            children.setdefault("Stage")
        for child in children:
            if child not in in_layout:
                continue
            targets = layout_options(catalog, module, layout, child)
            allowed: list[tuple[Json, list[Json]]] = []
            for option in options:
                keys = _mapped(option, child)
                allowed.append(
                    (option, [each for each in targets if keys is None or _key(each) in keys])
                )
            found.append(
                Dependency(
                    str(_FIRST_ID + numbers[parent] * 1_000 + numbers[child]),
                    raw_fields[parent],
                    raw_fields[child],
                    allowed,
                    module == "Deals" and (parent, child) == ("Pipeline", "Stage"),
                )
            )
    return found


def _stage(option: Json, number: int) -> Json:
    kind = str(option.get("forecast_type") or "Open")
    category = as_object(option.get("forecast_category"))
    name = _FORECASTS.get(kind, "Pipeline")
    number_of_category = list(_FORECASTS.values()).index(name)
    return {
        "id": option.get("id"),
        "display_value": option.get("display_value"),
        "actual_value": option.get("actual_value"),
        "sequence_number": number,
        "colour_code": option.get("colour_code"),
        "forecast_type": kind,
        "forecast_category": category
        or {"name": name, "id": str(_FIRST_ID - 10 + number_of_category)},
    }


def _maps(option: Json) -> list[Json]:
    return _objects(option.get("maps"))


def _mapped(option: Json, child: str) -> set[object] | None:
    """The options of the child that this one allows; None where it does not say."""
    for each in _maps(option):
        if each.get("api_name") == child:
            return {_key(allowed) for allowed in _objects(each.get("pick_list_values"))}
    return None


def _key(option: Json) -> object:
    return option.get("id") or option.get("display_value")


def _name(raw: Json) -> str:
    return str(raw.get("api_name"))


def _objects(value: object) -> list[Json]:
    items: Iterable[object] = as_list(value) or []
    return [found for each in items if (found := as_object(each)) is not None]

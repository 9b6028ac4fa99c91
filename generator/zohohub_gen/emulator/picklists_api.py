"""Routes of options: pipelines, global picklists, values of a field, dependencies in a layout."""

from __future__ import annotations

from collections.abc import Iterator

from flask import request

from .errors import ApiError, invalid_param, missing_param
from .incoming import Route
from .paging import MAX_PER_PAGE, positive
from .picklists import (
    Dependency,
    GlobalPicklist,
    dependencies,
    global_picklists,
    options_of,
    pipelines,
)
from .results import invalid_id
from .state import State
from .values import Json, is_id
from .views import asked_module

_INCLUDE = ("associated_fields_count", "pick_list_values", "used_in_modules")


class PicklistsApi:
    """GET of /settings/pipeline, /settings/global_picklists and what belongs to fields."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> Iterator[Route]:
        """Rule, view and methods of each."""
        yield "/settings/pipeline", self._pipelines, ["GET"]
        yield "/settings/pipeline/<pipeline_id>", self._pipeline, ["GET"]
        yield "/settings/global_picklists", self._globals, ["GET"]
        yield "/settings/global_picklists/<picklist_id>", self._global, ["GET"]
        yield "/settings/fields/<field_id>/pick_list_values", self._values, ["GET"]
        path = "/settings/layouts/<layout_id>/map_dependency"
        yield path, self._dependencies, ["GET"]
        yield f"{path}/<dependency_id>", self._dependency, ["GET"]

    # --- pipelines ------------------------------------------------------------------------

    def _pipelines(self) -> Json | None:
        found = pipelines(self._state.catalog, self._deals_layout())
        return {"pipeline": found} if found else None

    def _pipeline(self, pipeline_id: str) -> Json | None:
        found = pipelines(self._state.catalog, self._deals_layout())
        one = [each for each in found if each["id"] == pipeline_id]
        return {"pipeline": one} if one else None

    def _deals_layout(self) -> Json:
        layout_id = request.args.get("layout_id")
        if not layout_id:
            raise missing_param("layout_id")
        for layout in self._state.catalog.snapshot.layouts.get("Deals", []):
            if layout.get("id") == layout_id:
                return layout
        raise invalid_param("layout_id")

    # --- global picklists -----------------------------------------------------------------

    def _globals(self) -> Json | None:
        include = _included()
        found = [self._shown(each, include) for each in global_picklists(self._state.catalog)]
        return {"global_picklists": found} if found else None

    def _global(self, picklist_id: str) -> Json | None:
        include = {*_included(), "pick_list_values"}
        for each in global_picklists(self._state.catalog):
            if each.id == picklist_id:
                return {"global_picklists": [self._shown(each, include)]}
        return None

    def _shown(self, picklist: GlobalPicklist, include: set[str]) -> Json:
        label = picklist.api_name.replace("_", " ")
        modules: list[Json] = []
        for name in picklist.modules:
            raw = self._state.catalog.raw_module(name) or {}
            shown = {"plural_label": raw.get("plural_label"), "api_name": name}
            modules.append({**shown, "id": raw.get("id")})
        extra = {
            "used_in_modules": modules,
            "pick_list_values": [
                {
                    key: option.get(key)
                    for key in (
                        "id",
                        "sequence_number",
                        "type",
                        "display_value",
                        "reference_value",
                        "actual_value",
                    )
                }
                for option in picklist.options
            ],
            "associated_fields_count": picklist.fields,
        }
        return {
            "display_label": label,
            "actual_label": label,
            "description": None,
            "source": "crm",
            "presence": True,
            "customizable": True,
            "pick_list_values_sorted_lexically": False,
            "created_by": None,
            "created_time": None,
            "modified_by": None,
            "modified_time": None,
            **picklist.raw,
            "id": picklist.id,
            "api_name": picklist.api_name,
            **{name: value for name, value in extra.items() if name in include},
        }

    # --- fields ---------------------------------------------------------------------------

    def _values(self, field_id: str) -> Json | None:
        info = asked_module(self._state)
        for raw in self._state.catalog.snapshot.fields.get(info.api_name, []):
            if raw.get("id") == field_id:
                values = [
                    {name: value for name, value in option.items() if name != "maps"}
                    for option in options_of(raw)
                ]
                return {"pick_list_values": values} if values else None
        raise invalid_id(2)

    def _dependencies(self, layout_id: str) -> Json | None:
        page = positive("page", request.args.get("page"), 1)
        per_page = positive("per_page", request.args.get("per_page"), MAX_PER_PAGE, MAX_PER_PAGE)
        found = self._found(layout_id)
        shown = found[(page - 1) * per_page : page * per_page]
        if not shown:
            return None
        return {
            "map_dependency": [{**_head(each), "sub_module": None} for each in shown],
            "info": {
                "page": page,
                "per_page": per_page,
                "count": len(shown),
                "more_records": page * per_page < len(found),
            },
        }

    def _dependency(self, layout_id: str, dependency_id: str) -> Json | None:
        for each in self._found(layout_id):
            if each.id == dependency_id:
                values = [
                    {**_option(parent), "maps": [_option(child) for child in children]}
                    for parent, children in each.allowed
                ]
                return {"map_dependency": [{**_head(each), "pick_list_values": values}]}
        return None

    def _found(self, layout_id: str) -> list[Dependency]:
        info = asked_module(self._state)
        if not is_id(layout_id):
            raise ApiError(
                400,
                "INVALID_DATA",
                "the id given seems to be invalid",
                {"resource_path_index": 2, "expected_data_type": "bigint"},
            )
        for layout in self._state.catalog.snapshot.layouts.get(info.api_name, []):
            if layout.get("id") == layout_id:
                return dependencies(self._state.catalog, info.api_name, layout)
        raise invalid_id(2)


def _included() -> set[str]:
    text = request.args.get("include", "")
    names = {name.strip() for name in text.split(",") if name.strip()}
    if not names <= set(_INCLUDE):
        raise invalid_param("include", supported_values=list(_INCLUDE))
    return names


def _head(dependency: Dependency) -> Json:
    return {
        "id": dependency.id,
        "parent": {key: dependency.parent.get(key) for key in ("id", "api_name")},
        "child": {key: dependency.child.get(key) for key in ("id", "api_name")},
        "internal": dependency.pipeline,
        "active": True,
        "source": 1,
        "category": 1 if dependency.pipeline else 0,
    }


def _option(option: Json) -> Json:
    return {key: option.get(key) for key in ("id", "actual_value", "display_value")}

"""The settings APIs: modules, fields, layouts and related lists, from the snapshot.

A snapshot lacks what changes without the schema changing (profiles, who edited what, empty
sub-objects); real answers have it, so it is put in again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .catalog import Catalog
from .errors import ApiError, invalid_module, missing_param
from .results import invalid_id
from .values import Json, as_list, as_object, parse_time

_EMPTY_OBJECTS = (
    "auto_number",
    "currency",
    "formula",
    "lookup",
    "multi_module_lookup",
    "multiselectlookup",
    "multiuserlookup",
    "rollup_summary",
    "unique",
)
_NULLS = (
    "associated_module",
    "association_details",
    "convert_mapping",
    "created_time",
    "crypt",
    "customizable_properties",
    "decimal_place",
    "external",
    "global_picklist",
    "hipaa_compliance",
    "history_tracking",
    "modified_time",
    "private",
    "refer_from_field",
    "tooltip",
)


class Metadata:
    """Answers of the settings APIs.  ``user`` is the current user."""

    def __init__(self, catalog: Catalog, user: Json) -> None:
        self._catalog = catalog
        self._editor: Json = {"name": user["full_name"], "id": user["id"]}
        self._profile: Json = dict(user["profile"])

    def modules(self, modified_since: int | None) -> list[Json]:
        """Every module, or those that changed since that second."""
        modules = self._catalog.snapshot.modules
        if modified_since is not None:
            modules = [
                module
                for module in modules
                if (parse_time(module.get("modified_time")) or -1) >= modified_since
            ]
        return [self._module(module) for module in modules]

    def module(self, name: str) -> Json:
        """One module by api_name or id; raises INVALID_MODULE."""
        module = self._catalog.raw_module(name)
        if module is None:
            raise invalid_module({"resource_path_index": 2})
        return self._module(module)

    def fields(self, parameters: Mapping[str, str]) -> list[Json]:
        """The fields of a module; ``type`` is used (default), unused or all."""
        api_name = self._asked_module(parameters)
        kind = parameters.get("type", "used")
        if kind not in ("used", "unused", "all"):
            raise ApiError(
                400,
                "INVALID_DATA",
                "the type given seems to be invalid",
                {"param_name": "type", "supported_values": ["all", "unused", "used"]},
            )
        return [
            self._field(field)
            for field in self._catalog.snapshot.fields.get(api_name, [])
            if kind == "all" or field.get("type", "used") == kind
        ]

    def named_fields(self, api_name: str, wanted: list[str]) -> Json:
        """Those fields of a module, by api_name."""
        return {
            str(field["api_name"]): self._field(field)
            for field in self._catalog.snapshot.fields.get(api_name, [])
            if field.get("api_name") in wanted
        }

    def field(self, field_id: str, parameters: Mapping[str, str]) -> Json:
        """One field by id; raises INVALID_DATA."""
        api_name = self._asked_module(parameters)
        for field in self._catalog.snapshot.fields.get(api_name, []):
            if field.get("id") == field_id:
                return self._field(field)
        raise invalid_id(2)

    def layouts(self, parameters: Mapping[str, str]) -> list[Json]:
        """The layouts of a module."""
        api_name = self._asked_module(parameters)
        return [self._layout(each) for each in self._catalog.snapshot.layouts.get(api_name, [])]

    def layout(self, layout_id: str, parameters: Mapping[str, str]) -> Json:
        """One layout by id; raises INVALID_DATA."""
        api_name = self._asked_module(parameters)
        for layout in self._catalog.snapshot.layouts.get(api_name, []):
            if layout.get("id") == layout_id:
                return self._layout(layout)
        raise invalid_id(2)

    def related_lists(self, parameters: Mapping[str, str]) -> list[Json]:
        """The related lists of a module; ``status`` takes those that are shown, or hidden."""
        api_name = self._asked_module(parameters)
        wanted = parameters.get("status")
        found = self._catalog.snapshot.related_lists.get(api_name, [])
        return [
            {
                "action": None,
                "href": None,
                "module": None,
                "status": "visible",
                **each,
                "sequence_number": str(number),
            }
            for number, each in enumerate(found, 1)
            if wanted in (None, each.get("status", "visible"))
        ]

    def _asked_module(self, parameters: Mapping[str, str]) -> str:
        api_name = parameters.get("module")
        if not api_name:
            raise missing_param("module")
        if self._catalog.raw_module(api_name) is None:
            raise invalid_module({"param_name": "module"})
        return api_name

    def _module(self, module: Json) -> Json:
        return {
            "access_type": "org_based",
            "profiles": [self._profile],
            "profile_count": 1,
            "has_more_profiles": False,
            "modified_by": self._editor if module.get("modified_time") else None,
            "modified_time": None,
            "description": None,
            "web_link": None,
            "arguments": [],
            "parent_module": {},
            "visibility": 1,
            "status": "visible",
            **module,
        }

    def _field(self, field: Json) -> Json:
        answer: Json = dict.fromkeys(_NULLS)
        answer.update((name, {}) for name in _EMPTY_OBJECTS)
        answer.update(
            {
                "pick_list_values": [],
                "profiles": [{"permission_type": "read_write", **self._profile}],
                "type": "used",
                "display_type": -1,
                "column_name": None,
                "table_name": None,
                "additional_column": None,
                "quick_sequence_number": None,
                "email_parser": {
                    "fields_update_supported": True,
                    "record_operations_supported": True,
                },
            }
        )
        answer.update(field)
        answer["lookup"] = self._lookup(answer["lookup"])
        return answer

    def _lookup(self, lookup: object) -> object:
        """A lookup in today's shape: up to v3 its ``module`` was the name alone."""
        known = as_object(lookup)
        if known is None or not isinstance(known.get("module"), str):
            return lookup
        name = known["module"]
        module = self._catalog.raw_module(name) or {}
        return {**known, "module": {"api_name": name, "id": module.get("id")}}

    def _layout(self, layout: Json) -> Json:
        sections: list[Any] = layout.get("sections") or []
        return {
            "created_by": self._editor,
            "created_time": None,
            "modified_by": self._editor,
            "modified_time": None,
            "created_for": None,
            "profiles": [{**self._profile, "default": True}],
            "total_profiles": 1,
            "has_more_profiles": False,
            "source": "crm",
            **layout,
            "sections": [
                {
                    **section,
                    "fields": [
                        self._field(field) for field in as_list(section.get("fields")) or []
                    ],
                }
                for section in sections
            ],
        }

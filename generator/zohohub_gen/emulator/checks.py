"""Check one value of one field, and put it in the form in which it is kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, tzinfo
from decimal import Decimal
from typing import Any

from zohohub_gen import ir

from .catalog import USERS, Catalog, ModuleInfo
from .errors import ItemError
from .store import Row, Store
from .values import (
    Json,
    as_list,
    as_object,
    format_time,
    id_of,
    is_id,
    number,
    parse_time,
)

_EMAIL = re.compile(r"[^@\s,;<>()]+@[^@\s,;<>()]+\.[^@\s,;<>()]+")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_PICKLIST_LENGTH = 120
_WHOLE_DIGITS = 16


def tags_of(module: str) -> str:
    """Where the store keeps the tags of a module."""
    return f"Tags of {module}"


@dataclass(slots=True)
class Place:
    """One value of one field: where it stands, and where errors go."""

    info: ModuleInfo
    field: ir.Field
    path: str
    item: Json
    record: Json | None
    errors: list[ItemError]

    def at(self, path: str) -> Place:
        """The same value, or a part of it, at another path."""
        return Place(self.info, self.field, path, self.item, self.record, self.errors)

    def invalid(self, message: str = "invalid data", **details: Any) -> None:
        """Note INVALID_DATA."""
        self.errors.append(
            ItemError(
                "INVALID_DATA",
                message,
                {"api_name": self.field.api_name, "json_path": self.path, **details},
            )
        )

    def wrong(self, expected: str) -> None:
        """Note that the value is not of the ``expected`` data type."""
        self.invalid(expected_data_type=expected)

    def too_long(self, limit: int) -> None:
        """Note that the value is longer than ``limit``."""
        self.invalid(maximum_length=limit)

    def bad_id(self, path: str) -> None:
        """Note that the id at ``path`` leads nowhere."""
        self.invalid("the id given seems to be invalid", json_path=path)


class Checks:
    """One check for each type of field.  Use inside a transaction."""

    def __init__(self, catalog: Catalog, store: Store, zone: tzinfo) -> None:
        self._catalog = catalog
        self._store = store
        self._zone = zone
        self._by_type: dict[type[Any], Callable[[Place, Any], Any]] = {
            ir.Text: self._text,
            ir.LongInteger: self._long,
            ir.Boolean: self._boolean,
            ir.Integer: self._integer,
            ir.Number: self._number,
            ir.Date: self._date,
            ir.DateTime: self._moment,
            ir.Picklist: self._picklist,
            ir.Lookup: self._lookup,
            ir.MultiModuleLookup: self._multi_module,
            ir.User: self._user,
            ir.Files: self._files,
            ir.Tags: self._tags,
            ir.LayoutReference: self._layout,
            ir.Structured: self._structured,
            ir.Opaque: self._opaque,
        }

    def value(self, place: Place, value: Any) -> Any:
        """The value as it is kept; what is wrong with it goes to the errors of ``place``."""
        check = self._by_type.get(type(place.field.type))
        return check(place, value) if check else value

    def _text(self, place: Place, value: Any) -> Any:
        if not isinstance(value, str):
            return place.wrong("text")
        kind = place.field.type
        limit = kind.max_length if isinstance(kind, ir.Text) else None
        if limit and len(value) > limit:
            return place.too_long(limit)
        if place.field.data_type == "email" and not _EMAIL.fullmatch(value):
            return place.wrong("email")
        return value

    def _long(self, place: Place, value: Any) -> Any:
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]+", value):
            return place.wrong("bigint")
        return value if len(value.lstrip("-")) <= 19 else place.too_long(19)

    def _boolean(self, place: Place, value: Any) -> Any:
        return value if isinstance(value, bool) else place.wrong("boolean")

    def _integer(self, place: Place, value: Any) -> Any:
        if not isinstance(value, int) or isinstance(value, bool):
            return place.wrong("integer")
        kind = place.field.type
        limit = (kind.max_digits if isinstance(kind, ir.Integer) else None) or 9
        return value if abs(value) < 10**limit else place.too_long(limit)

    def _number(self, place: Place, value: Any) -> Any:
        if not isinstance(value, int | Decimal) or isinstance(value, bool):
            return place.wrong("double")
        kind = place.field.type
        limit = (kind.max_digits if isinstance(kind, ir.Number) else None) or _WHOLE_DIGITS
        exact = Decimal(value)
        if exact and exact.adjusted() >= limit:
            return place.too_long(limit)
        return number(value) if exact.adjusted() > -_WHOLE_DIGITS else 0

    def _date(self, place: Place, value: Any) -> Any:
        if not isinstance(value, str) or not _DATE.fullmatch(value):
            return place.wrong("date")
        try:
            date.fromisoformat(value)
        except ValueError:
            return place.wrong("date")
        return value

    def _moment(self, place: Place, value: Any) -> Any:
        seconds = parse_time(value)
        if seconds is None:
            return place.wrong("datetime")
        return format_time(seconds, self._zone)

    def _picklist(self, place: Place, value: Any) -> Any:
        kind = place.field.type
        if not (isinstance(kind, ir.Picklist) and kind.multiple):
            if value == "-None-":
                return None
            if not isinstance(value, str):
                return place.wrong("text")
            return value if len(value) <= _PICKLIST_LENGTH else place.too_long(_PICKLIST_LENGTH)
        chosen = as_list(value)
        if chosen is None:
            return place.wrong("jsonarray")
        if not all(isinstance(option, str) for option in chosen):
            return place.wrong("text")
        append = as_object(place.item.get("$append_values"))
        if append and append.get(place.field.api_name) is True:
            present = as_list((place.record or {}).get(place.field.api_name)) or []
            chosen = [*present, *chosen]
        return list(dict.fromkeys(option for option in chosen if option != "-None-"))

    def _lookup(self, place: Place, value: Any) -> Any:
        kind = place.field.type
        return self.reference(place, kind.module if isinstance(kind, ir.Lookup) else "", value)

    def _user(self, place: Place, value: Any) -> Any:
        return self.reference(place, USERS, value)

    def _multi_module(self, place: Place, value: Any) -> Any:
        kind = place.field.type
        reference = as_object(value)
        if is_id(value) and isinstance(place.item.get("se_module"), str):
            # How notes named their record before v8; Zoho takes it still.
            reference = {"id": value, "module": place.item["se_module"]}
        if reference is None:
            return place.wrong("jsonobject")
        module = reference.get("module")
        name: Any = (as_object(module) or {"api_name": module}).get("api_name")
        path = f"{place.path}.module"
        if name is None and isinstance(kind, ir.MultiModuleLookup) and kind.style == "se_module":
            name = place.item.get("$se_module") or (place.record or {}).get("$se_module")
            path = place.path.rpartition(".")[0] + ".$se_module"
        if not isinstance(name, str):
            place.errors.append(
                ItemError(
                    "DEPENDENT_FIELD_MISSING",
                    "required dependent field is missing",
                    {
                        "dependee": {"api_name": path.rpartition(".")[2], "json_path": path},
                        "api_name": place.field.api_name,
                        "json_path": place.path,
                    },
                )
            )
            return None
        allowed = kind.modules if isinstance(kind, ir.MultiModuleLookup) else ()
        info = self._catalog.get(name)
        if info is None or (allowed and name not in allowed):
            return place.invalid(json_path=path)
        checked = self.reference(place, name, reference)
        return checked and {**checked, "module": {"api_name": name, "id": info.module.id}}

    def reference(self, place: Place, module: str, value: Any) -> Any:
        """A reference to a record of ``module`` that exists, or None and an error."""
        reference = as_object(value)
        if reference is None:
            return place.wrong("jsonobject")
        record_id = reference.get("id")
        if not is_id(record_id):
            return place.bad_id(f"{place.path}.id")
        if self._catalog.get(module) and not self._store.exists(module, record_id):
            return place.bad_id(f"{place.path}.id")
        return {"id": record_id}

    def _files(self, place: Place, value: Any) -> Any:
        items = as_list(value)
        if items is None:
            return place.wrong("jsonarray")
        kept: list[Json] = list((place.record or {}).get(place.field.api_name) or [])
        for item in items:
            file = as_object(item)
            if file is None:
                return place.wrong("jsonobject")
            if "_delete" in file:
                kept = [each for each in kept if each.get("id") != file.get("id")]
            elif isinstance(file.get("File_Id__s"), str):
                kept.append(self._file(file["File_Id__s"]))
        limit = place.field.type.max_count if isinstance(place.field.type, ir.Files) else None
        if limit and len(kept) > limit:
            return place.too_long(limit)
        return kept if items else []

    def _file(self, file_id: str) -> Json:
        kept: Json = {"id": self._store.new_id(), "File_Id__s": file_id}
        content = self._store.content(file_id)
        if content is not None:
            kept |= {"File_Name__s": content.name, "Size__s": len(content.bytes)}
        return kept

    def _tags(self, place: Place, value: Any) -> Any:
        items = as_list(value)
        if items is None:
            return place.wrong("jsonarray")
        names: list[str] = []
        for item in items:
            name = (as_object(item) or {}).get("name")
            if not isinstance(name, str):
                return place.wrong("jsonobject")
            names.append(name)
        return [self.tag(place.info.api_name, name) for name in dict.fromkeys(names)]

    def tag(self, module: str, name: str) -> Json:
        """The tag of that name, new where the module has none."""
        tags = tags_of(module)
        known = self._store.find(tags, "name", name)
        row = self._store.get(tags, known[0]) if known else None
        if row is None:
            row = Row(tags, self._store.new_id(), 0, 0, name, {"name": name})
            row.data["id"] = row.id
            self._store.put(row, ["name"])
        return {"color_code": None, **row.data}

    def _layout(self, place: Place, value: Any) -> Any:
        layout_id = id_of(value)
        if not isinstance(value, dict):
            return place.wrong("jsonobject")
        layouts = place.info.module.layouts
        if layouts and not any(layout.id == layout_id for layout in layouts):
            return place.bad_id(f"{place.path}.id")
        return {"id": layout_id}

    def _structured(self, place: Place, value: Any) -> Any:
        many = isinstance(place.field.type, ir.Structured) and place.field.type.many
        found: Any = as_list(value) if many else as_object(value)
        return place.wrong("jsonarray" if many else "jsonobject") if found is None else found

    def _opaque(self, place: Place, value: Any) -> Any:
        wanted = place.field.type.json_type if isinstance(place.field.type, ir.Opaque) else None
        kinds: dict[str, type[Any]] = {"jsonarray": list, "jsonobject": dict, "string": str}
        if wanted in kinds and not isinstance(value, kinds[wanted]):
            return place.wrong("text" if wanted == "string" else wanted)
        return value

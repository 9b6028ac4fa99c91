"""Check a record that a client sends against the schema, the way Zoho does.

The order is Zoho's: id, unknown and read-only fields (ignored), type, length, mandatory fields,
unique fields.  What passes is in the form in which it is kept: lookups as ``{"id"}``, moments in
the user's time zone, multi-select lookups and subforms as rows of their own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

from zohohub_gen import ir

from .catalog import USERS, Catalog, Link, ModuleInfo
from .checks import Checks, Place
from .errors import ItemError
from .related_lookups import PARENT
from .store import Store
from .values import Json, as_list, as_object, id_of, is_id


@dataclass(slots=True)
class Change:
    """The checked values of one record."""

    values: Json = field(default_factory=dict[str, Any])
    rows: list[Rows] = field(default_factory=lambda: list[Rows]())


@dataclass(slots=True)
class Rows:
    """What a client wants done to the rows of a subform or a multi-select lookup."""

    info: ModuleInfo
    parent_field: str
    replace: bool = False
    """True for an empty list: every row goes."""
    added: list[Change] = field(default_factory=list[Change])
    changed: dict[str, Change] = field(default_factory=dict[str, Change])
    deleted: list[str] = field(default_factory=list[str])


class Validator:
    """Checks records against the catalogue and what is stored.  Use inside a transaction."""

    def __init__(self, catalog: Catalog, store: Store, zone: tzinfo) -> None:
        self._catalog = catalog
        self._store = store
        self._checks = Checks(catalog, store, zone)
        self.tag = self._checks.tag

    def check(
        self, info: ModuleInfo, item: Json, path: str, record: Json | None
    ) -> Change | list[ItemError]:
        """The change that ``item`` asks for, or what is wrong with it.

        ``record`` is what is stored, None for a new record; ``path`` says where in the request
        body the item stands.
        """
        change = Change()
        errors: list[ItemError] = []
        for name, value in item.items():
            known = info.fields.get(name)
            if known is None:
                if info.open and name not in ("id", "_delete"):
                    change.values[name] = value
                continue
            if not (known.creatable if record is None else known.updatable):
                continue
            place = Place(info, known, f"{path}.{name}", item, record, errors)
            if isinstance(known.type, ir.Subform):
                self._subform(place, known.type, value, change)
            elif name in info.links:
                self._links(place, info.links[name], value, change)
            elif value is None or value == "":
                change.values[name] = None
            else:
                change.values[name] = kept = self._checks.value(place, value)
                if (
                    isinstance(known.type, ir.MultiModuleLookup)
                    and known.type.style == "se_module"
                    and kept is not None
                ):
                    # The module travels beside the value, whichever way it was sent.
                    change.values["$se_module"] = kept.pop("module")["api_name"]
        self._mandatory(info, item, path, record, errors)
        if not errors:
            self._unique(info, change.values, path, record, errors)
        return errors or change

    # --- whole records --------------------------------------------------------------------

    def _mandatory(
        self,
        info: ModuleInfo,
        item: Json,
        path: str,
        record: Json | None,
        errors: list[ItemError],
    ) -> None:
        wrong = {error.details.get("api_name") for error in errors}
        for name in self._required(info, item):
            if name in wrong:
                continue
            missing = name not in item if record is None else False
            if missing or (name in item and item[name] in (None, "", [])):
                errors.append(
                    ItemError(
                        "MANDATORY_NOT_FOUND",
                        "required field not found",
                        {"api_name": name, "json_path": f"{path}.{name}"},
                    )
                )

    def _required(self, info: ModuleInfo, item: Json) -> list[str]:
        # What Zoho fills in by itself; a row of a subform has its parent by where it stands.
        given = {"Owner", "id", PARENT} if info.module.is_subform else {"Owner", "id"}
        layout_id = id_of(item.get("Layout"))
        layout = next((each for each in info.module.layouts if each.id == layout_id), None)
        return [
            name
            for name, known in info.fields.items()
            if (
                known.required
                or (info.api_name == "Notes" and name == PARENT)
                or (layout and name in layout.fields and layout.fields[name].required)
            )
            and known.creatable
            and not isinstance(known.type, ir.Boolean | ir.LayoutReference)
            and name not in given
        ]

    def _unique(
        self,
        info: ModuleInfo,
        values: Json,
        path: str,
        record: Json | None,
        errors: list[ItemError],
    ) -> None:
        own_id = record["id"] if record else None
        for name, case_sensitive in info.unique.items():
            value = values.get(name)
            if value is None:
                continue
            for found_id in self._store.find(info.api_name, name, value):
                if found_id == own_id:
                    continue
                found = self._store.get(info.api_name, found_id)
                if found is None or (case_sensitive and found.data.get(name) != value):
                    continue
                errors.append(self._duplicate(info, name, path, found.id, found.data))
                break

    def _duplicate(
        self, info: ModuleInfo, name: str, path: str, found_id: str, found: Json
    ) -> ItemError:
        details: Json = {
            "api_name": name,
            "json_path": f"{path}.{name}",
            "id": found_id,
            "more_records": False,
        }
        duplicate: Json = {
            "id": found_id,
            "module": {"api_name": info.api_name, "id": info.module.id},
        }
        owner = id_of(found.get("Owner"))
        if owner:
            names = self._store.names(USERS, [owner])
            duplicate["Owner"] = {"name": names.get(owner), "id": owner, "zuid": owner}
        details["duplicate_record"] = duplicate
        return ItemError("DUPLICATE_DATA", "duplicate data", details)

    # --- rows -----------------------------------------------------------------------------

    def _subform(self, place: Place, kind: ir.Subform, value: Any, change: Change) -> None:
        info = self._catalog.get(kind.module)
        if info is not None:
            self._rows(place, Rows(info, PARENT), value, change, None)

    def _links(self, place: Place, link: Link, value: Any, change: Change) -> None:
        info = self._catalog.get(link.module)
        if info is not None:
            self._rows(place, Rows(info, link.own_field), value, change, link)

    def _rows(
        self, place: Place, rows: Rows, value: Any, change: Change, link: Link | None
    ) -> None:
        items = [] if value is None else as_list(value)
        if items is None:
            place.wrong("jsonarray")
            return
        rows.replace = not items
        for index, item in enumerate(items):
            row_place = place.at(f"{place.path}[{index}]")
            row = as_object(item)
            if row is None:
                row_place.wrong("jsonobject")
            else:
                self._row(row_place, rows, row, link)
        change.rows.append(rows)

    def _row(self, place: Place, rows: Rows, row: Json, link: Link | None) -> None:
        """One row: without an id (or in a new record) it is added, with one it is changed."""
        stored = None
        row_id = row.get("id")
        if row_id is not None and place.record is not None:
            stored = self._store.get(rows.info.api_name, row_id) if is_id(row_id) else None
            owner = id_of(stored.data.get(rows.parent_field)) if stored else None
            if stored is None or owner != place.record["id"]:
                place.bad_id(f"{place.path}.id")
                return
            if "_delete" in row:
                rows.deleted.append(stored.id)
                return
        if link:
            checked = self._link_row(place, rows, link, row, new=stored is None)
        else:
            checked = self.check(rows.info, row, place.path, stored.data if stored else None)
        if not isinstance(checked, Change):
            place.errors.extend(checked)
        elif stored is not None:
            rows.changed[stored.id] = checked
        else:
            rows.added.append(checked)

    def _link_row(
        self, place: Place, rows: Rows, link: Link, row: Json, *, new: bool
    ) -> Change | list[ItemError]:
        path = f"{place.path}.{link.other_field}"
        if row.get(link.other_field) is None:
            if not new:
                return Change()
            details = {"api_name": link.other_field, "json_path": path}
            return [ItemError("MANDATORY_NOT_FOUND", "required field not found", details)]
        value = self._checks.reference(place.at(path), link.target, row[link.other_field])
        if value is None:
            return []
        linked = self._linked_row(place, rows, link, value["id"]) if new else None
        if linked is not None:
            return [
                ItemError(
                    "DUPLICATE_LINKING_DATA",
                    "duplicate linking data",
                    {"linking_fields": [link.own_field, link.other_field], "id": linked},
                )
            ]
        return Change({link.other_field: value})

    def _linked_row(self, place: Place, rows: Rows, link: Link, target: str) -> str | None:
        """The id of the row that links the record with ``target`` already."""
        if place.record is None:
            return None
        for row_id in self._store.find(link.module, link.own_field, place.record["id"]):
            row = self._store.get(link.module, row_id)
            linked = id_of(row.data.get(link.other_field)) if row else None
            if linked == target and row_id not in rows.deleted:
                return row_id
        return None

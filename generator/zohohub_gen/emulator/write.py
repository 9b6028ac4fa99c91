"""Insert, update and delete records: what the checked changes do to the store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import Any

from zohohub_gen import ir

from .catalog import USERS, Catalog, ModuleInfo
from .checks import tags_of
from .definitions import Blueprint
from .deleted import Deleted
from .errors import ItemError, combine
from .related_lookups import PARENT
from .store import Row, Store
from .validate import Change, Rows, Validator
from .values import Clock, Json, as_list, as_object, format_time, id_of, is_id, parse_time

_REFERENCES = frozenset({"Owner", "Created_By", "Modified_By", PARENT})


class Writer:
    """Applies one row of a batch at a time.  Use inside a transaction."""

    def __init__(
        self,
        catalog: Catalog,
        store: Store,
        zone: tzinfo,
        clock: Clock,
        user_id: str,
        blueprints: Sequence[Blueprint] = (),
    ) -> None:
        self._blueprints = blueprints
        self.deleted = Deleted(store, clock, user_id)
        self._journal = store.journal
        self._catalog = catalog
        self._store = store
        self._zone = zone
        self._clock = clock
        self._user_id = user_id
        self._validator = Validator(catalog, store, zone)

    def insert(self, info: ModuleInfo, item: Json, path: str) -> Row | ItemError:
        """Add a record."""
        checked = self._validator.check(info, item, path, None)
        if not isinstance(checked, Change):
            return combine(checked)
        if info.module.is_subform and checked.values.get(PARENT) is None:
            return _no_parent(path)
        row = self._insert(info, checked)
        self._journal.add("insert", info, row.id, {})
        return row

    def update(
        self,
        info: ModuleInfo,
        record_id: str,
        item: Json,
        path: str,
        unmodified_since: int | None,
        *,
        transition: bool = False,
    ) -> Row | ItemError:
        """Change a record.  ``unmodified_since`` refuses one that changed after that second.

        The field of a blueprint changes with a ``transition`` alone.
        """
        row = self._store.get(info.api_name, record_id) if is_id(record_id) else None
        if row is None:
            return ItemError(
                "INVALID_DATA",
                "the id given seems to be invalid",
                {"id": record_id, "api_name": "id", "json_path": f"{path}.id"},
            )
        if unmodified_since is not None and row.modified > unmodified_since:
            return ItemError(
                "ALREADY_MODIFIED",
                "record updated time has already passed if-unmodified-since time",
                self.details(row),
            )
        checked = self._validator.check(info, item, path, row.data)
        if not isinstance(checked, Change):
            return combine(checked)
        if info.module.is_subform and checked.values.get(PARENT, row) is None:
            return _no_parent(path)
        for blueprint in () if transition else self._blueprints:
            name = blueprint.field
            if blueprint.holds(row) and checked.values.get(name, row.data.get(name)) != (
                row.data.get(name)
            ):
                place = {"api_name": name, "json_path": f"{path}.{name}", "id": row.id}
                return ItemError("RECORD_IN_BLUEPRINT", "the record is in a blueprint", place)
        self._journal.add("update", info, row.id, checked.values)
        return self._change(info, row, checked)

    def delete(self, info: ModuleInfo, record_id: str) -> ItemError | None:
        """Move a record, its subform rows and its links to the recycle bin; None when done."""
        row = self._store.get(info.api_name, record_id) if is_id(record_id) else None
        if row is None:
            return ItemError("INVALID_DATA", "record not deleted", {"id": record_id})
        children: list[Row] = []
        for child, parent_field in self._children(info):
            ids = self._store.find(child.api_name, parent_field, row.id)
            found = (self._store.get(child.api_name, row_id) for row_id in ids)
            children += [each for each in found if each is not None]
            self._delete_rows(child, ids)
        self._store.delete(row, info.indexed)
        self.deleted.put(row, children)
        self._journal.add("delete", info, row.id, {})
        return None

    def tag(self, info: ModuleInfo, name: str) -> Json:
        """The tag of that name, new where the module has none."""
        return self._validator.tag(info.api_name, name)

    def set_tags(self, info: ModuleInfo, row: Row, field: str, tags: list[Json]) -> None:
        """Put these tags on a record in place of those it has."""
        self._journal.add("update", info, row.id, {field: tags})
        self._change(info, row, Change({field: tags}, []))

    def restore(self, record_id: str) -> ItemError | None:
        """Put a record back from the recycle bin, with its rows and links; None when done."""
        rows = self.deleted.rows(record_id)
        info = self._catalog.get(rows[0].module) if rows else None
        if info is None:
            return ItemError("INVALID_DATA", "the id given seems to be invalid", {"id": record_id})
        if info.module.is_subform and not self._has_parent(info, rows[0]):
            return ItemError("INVALID_DATA", "the id given seems to be invalid", {"id": record_id})
        for name in info.unique:
            if taken := self._store.find(info.api_name, name, rows[0].data.get(name)):
                return ItemError(
                    "DUPLICATE_DATA", "duplicate data", {"api_name": name, "id": taken[0]}
                )
        for row in rows:
            own = self._catalog.get(row.module)
            if own is not None:
                self._store.put(row, own.indexed)
        self.deleted.forget(record_id)
        return None

    def details(self, row: Row) -> Json:
        """The ``details`` of a successful write."""
        # Rows of subforms hold neither.
        users = [
            id_of(row.data.get(name)) or self._user_id for name in ("Created_By", "Modified_By")
        ]
        names = self._store.names(USERS, users)
        created_by, modified_by = ({"name": names.get(user), "id": user} for user in users)
        details: Json = {
            "Modified_Time": row.data.get("Modified_Time"),
            "Modified_By": modified_by,
            "Created_Time": row.data.get("Created_Time"),
            "id": row.id,
            "Created_By": created_by,
        }
        if row.module != "Notes":  # which nobody approves
            details["$approval_state"] = "approved"
        return details

    # --- records --------------------------------------------------------------------------

    def _insert(self, info: ModuleInfo, change: Change, extra: Json | None = None) -> Row:
        now = int(self._clock())
        moment = format_time(now, self._zone)
        data: Json = {
            "id": self._store.new_id(),
            **self.defaults(info),
            **self._numbers(info),
            "Created_Time": moment,
            "Modified_Time": moment,
        }
        data.update((name, value) for name, value in change.values.items() if value is not None)
        data.update(extra or {})
        row = Row(info.api_name, data["id"], now, now, record_name(info, data), data)
        self._store.put(row, info.indexed)
        self._write_rows(row.id, change.rows)
        return row

    def _has_parent(self, info: ModuleInfo, row: Row) -> bool:
        """Whether the record is there that a row of a subform belongs to."""
        parent_id = id_of(row.data.get(PARENT))
        return (
            parent_id is not None
            and info.module.parent is not None
            and self._store.exists(info.module.parent, parent_id)
        )

    def _change(self, info: ModuleInfo, row: Row, change: Change) -> Row:
        now = int(self._clock())
        data = {
            **row.data,
            **change.values,
            "Modified_Time": format_time(now, self._zone),
            "Modified_By": {"id": self._user_id},
        }
        new = Row(info.api_name, row.id, row.created, now, record_name(info, data), data)
        self._store.put(new, info.indexed, row.data)
        self._write_rows(row.id, change.rows)
        return new

    def _numbers(self, info: ModuleInfo) -> Json:
        """The next number of each auto-number field."""
        values: Json = {}
        for name, field in info.fields.items():
            if field.auto_number is not None:
                prefix, first, suffix = field.auto_number
                count = self._store.next_number(info.api_name, name, first)
                values[name] = f"{prefix}{count}{suffix}"
        return values

    def defaults(self, info: ModuleInfo) -> Json:
        """What Zoho fills in where nobody says otherwise."""
        me = {"id": self._user_id}
        values: Json = {} if info.module.is_subform else {"Created_By": me, "Modified_By": me}
        if "Owner" in info.fields:
            values["Owner"] = me
        for name, field in info.fields.items():
            if isinstance(field.type, ir.Boolean) and field.data_type == "boolean":
                values[name] = False
            elif isinstance(field.type, ir.Tags):
                values[name] = []
            elif isinstance(field.type, ir.LayoutReference) and info.module.layouts:
                active = [layout for layout in info.module.layouts if layout.active]
                values[name] = {"id": (active or info.module.layouts)[0].id}
            elif name == "Currency":
                values[name] = self._catalog.schema.org.currency
            elif name == "Exchange_Rate":
                values[name] = 1
            elif name == "Record_Status__s":
                values[name] = "Available"
        return values

    # --- rows of subforms and links -------------------------------------------------------

    def _children(self, info: ModuleInfo) -> Iterator[tuple[ModuleInfo, str]]:
        for field in info.fields.values():
            if isinstance(field.type, ir.Subform) and (
                child := self._catalog.get(field.type.module)
            ):
                yield child, PARENT
        for link in info.links.values():
            if child := self._catalog.get(link.module):
                yield child, link.own_field

    def _write_rows(self, parent_id: str, all_rows: list[Rows]) -> None:
        for rows in all_rows:
            module = rows.info.api_name
            if rows.replace:
                self._delete_rows(rows.info, self._store.find(module, rows.parent_field, parent_id))
            self._delete_rows(rows.info, rows.deleted)
            for row_id, change in rows.changed.items():
                row = self._store.get(module, row_id)
                if row is not None:
                    self._change(rows.info, row, change)
            for change in rows.added:
                self._insert(rows.info, change, {rows.parent_field: {"id": parent_id}})

    def _delete_rows(self, info: ModuleInfo, ids: list[str]) -> None:
        for row_id in ids:
            row = self._store.get(info.api_name, row_id)
            if row is not None:
                self._store.delete(row, info.indexed)

    # --- records to start with ------------------------------------------------------------

    def load(self, info: ModuleInfo, records: list[Json]) -> None:
        """Store records the way a single get answers them, as they are."""
        for record in records:
            self._load(info, record, {})

    def _load(self, info: ModuleInfo, record: Json, extra: Json) -> None:
        now = int(self._clock())
        record_id = str(record.get("id") or self._store.new_id())
        # A row of a subform or link may stand in its own file and inside its record.
        known = self._store.get(info.api_name, record_id) if is_id(record_id) else None
        created = parse_time(record.get("Created_Time"))
        modified = parse_time(record.get("Modified_Time"))
        if created is None:
            created = known.created if known else now
        if modified is None:
            modified = known.modified if known else created
        data: Json = {**(known.data if known else {}), "id": record_id, **extra}
        children: list[tuple[ModuleInfo, str, list[Any]]] = []
        for name, value in record.items():
            field = info.fields.get(name)
            if field is not None and isinstance(field.type, ir.Subform):
                child, parent = self._catalog.get(field.type.module), PARENT
            elif name in info.links:
                link = info.links[name]
                child, parent = self._catalog.get(link.module), link.own_field
            else:
                if name != "id" and (value is not None or field is None):
                    data[name] = self._kept(field, name, value)
                    self._count(info, field, value)
                    self._remember_tags(info, field, value)
                continue
            if child is not None and (rows := as_list(value)) is not None:
                children.append((child, parent, rows))
        data["Created_Time"] = format_time(created, self._zone)
        data["Modified_Time"] = format_time(modified, self._zone)
        label = record_name(info, data)
        self._store.put(Row(info.api_name, record_id, created, modified, label, data), info.indexed)
        for child, parent, rows in children:
            for row in rows:
                self._load(child, row, {parent: {"id": record_id}})

    def _count(self, info: ModuleInfo, field: ir.Field | None, value: Any) -> None:
        """Let an auto-number go on after the highest one that was loaded."""
        if field is None or field.auto_number is None or not isinstance(value, str):
            return
        prefix, _, suffix = field.auto_number
        digits = value.removeprefix(prefix).removesuffix(suffix)
        if digits.isascii() and digits.isdigit():
            self._store.count_to(info.api_name, field.api_name, int(digits))

    def _remember_tags(self, info: ModuleInfo, field: ir.Field | None, value: Any) -> None:
        """Let the module know the tags that were loaded, by the ids that they came with."""
        if field is None or not isinstance(field.type, ir.Tags):
            return
        for each in as_list(value) or []:
            tag = as_object(each)
            if tag and isinstance(tag.get("name"), str) and is_id(tag.get("id")):
                row = Row(tags_of(info.api_name), tag["id"], 0, 0, tag["name"], tag)
                self._store.put(row, ["name"])

    def _kept(self, field: ir.Field | None, name: str, value: Any) -> Any:
        kind = field.type if field is not None else None
        reference = id_of(value)
        if reference and (
            isinstance(kind, ir.Lookup | ir.User | ir.LayoutReference) or name in _REFERENCES
        ):
            return {"id": reference}
        if isinstance(kind, ir.MultiModuleLookup) and reference:
            return {key: part for key, part in value.items() if key in ("id", "module")}
        if isinstance(kind, ir.DateTime):
            seconds = parse_time(value)
            return value if seconds is None else format_time(seconds, self._zone)
        return value


def record_name(info: ModuleInfo, data: Json) -> str | None:
    """The display name of a record; also sets the full name of people."""
    if info.full_name:
        parts = (data.get("First_Name"), data.get("Last_Name"))
        full = " ".join(part for part in parts if isinstance(part, str) and part)
        if full:
            data["Full_Name"] = full
    name = data.get(info.name_field) if info.name_field else None
    return name if isinstance(name, str) else None


def _no_parent(path: str) -> ItemError:
    """A row of a subform that would belong to nothing."""
    place = {"api_name": PARENT, "json_path": f"{path}.{PARENT}"}
    return ItemError("MANDATORY_NOT_FOUND", "required field not found", place)

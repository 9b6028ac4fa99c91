"""Stored records → the JSON that Zoho answers: names of lookups, subform rows, ``$`` keys."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from zohohub_gen import ir

from .catalog import USERS, Catalog, ModuleInfo
from .computed import Computed
from .related_lookups import PARENT
from .store import Store
from .system_keys import system_keys
from .values import Json, as_object, id_of

_RICH_TEXT_IN_LISTS = 500


class Shaper:
    """Turns stored data into answers.  Use inside a transaction."""

    def __init__(self, catalog: Catalog, store: Store, computed: Computed) -> None:
        self._catalog = catalog
        self._computed = computed
        self._store = store

    def listed(self, info: ModuleInfo, records: list[Json], fields: Iterable[str]) -> list[Json]:
        """Rows of a list: the fields asked for, the id, and no rows of subforms or links."""
        wanted = [
            name
            for name in dict.fromkeys(fields)
            if name in info.fields or name.startswith("$") or name in _ALWAYS_STORED
        ]
        answers: list[Json] = []
        for data in self._computed.fill(info, records, wanted):
            answer: Json = {name: self._plain(info, name, data) for name in wanted}
            if _SE_MODULE in data:
                answer[_SE_MODULE] = data[_SE_MODULE]
            for name in info.rich_text:
                if isinstance(answer.get(name), str):
                    answer[name] = answer[name][:_RICH_TEXT_IN_LISTS]
            # v8 rows carry these whether asked for or not.
            answer["$locked_for_me"] = False
            if "Locked__s" in info.fields:
                answer.setdefault("Locked__s", bool(data.get("Locked__s")))
            answer["id"] = data["id"]
            answers.append(answer)
        self._name_references(info, answers)
        if _SE_MODULE not in wanted and info.api_name != "Notes":
            # v8 rows of notes carry it unasked; clients ask for it in all others.
            for answer in answers:
                answer.pop(_SE_MODULE, None)
        return answers

    def full(self, info: ModuleInfo, records: list[Json]) -> list[Json]:
        """Whole records without the rows of subforms and links: what a search answers."""
        answers: list[Json] = []
        symbol = self._catalog.snapshot.org.get("currency_symbol")
        for data in self._computed.fill(info, records, info.fields):
            answer: Json = {name: self._plain(info, name, data) for name in info.fields}
            answer.update(system_keys(info.api_name, symbol))
            # Keys that the metadata lacks can only come with the records to start with.
            answer.update(
                (name, value)
                for name, value in data.items()
                if name not in info.fields and name not in _ALWAYS_STORED
            )
            answer["id"] = data["id"]
            answers.append(answer)
        self._name_references(info, answers)
        for answer in answers:
            if "$layout_id" in answer:
                answer["$layout_id"] = answer.get("Layout") or answer["$layout_id"]
        return answers

    def single(self, info: ModuleInfo, data: Json, fields: Iterable[str] | None) -> Json:
        """One record with everything, or with the named fields."""
        names = list(info.fields) if fields is None else list(fields)
        if fields is None:
            answer = self.full(info, [data])[0]
        else:
            answer = self.listed(info, [data], names)[0]
        has_more: dict[str, bool] = {}
        for name in names:
            field = info.fields.get(name)
            if field is None:
                continue
            if isinstance(field.type, ir.Subform):
                answer[name] = self._subform_rows(field.type.module, data["id"])
                has_more[name] = False
            elif name in info.links:
                answer[name] = self._link_rows(info, name, data["id"])
                has_more[name] = False
        if fields is None:
            answer["$has_more"] = has_more
        return answer

    def target(self, info: ModuleInfo, name: str, answer: Json) -> str | None:
        """The module that the lookup ``name`` of a record points into; None for other fields."""
        if name in ("Created_By", "Modified_By"):
            return USERS
        field = info.fields.get(name)
        kind = field.type if field is not None else None
        if isinstance(kind, ir.User):
            return USERS
        if isinstance(kind, ir.Lookup):
            return kind.module
        if isinstance(kind, ir.LayoutReference):
            return _LAYOUTS
        if isinstance(kind, ir.MultiModuleLookup):
            module = as_object((as_object(answer.get(name)) or {}).get("module")) or {}
            target = module.get("api_name") or answer.get(_SE_MODULE)
            return target if isinstance(target, str) else None
        return info.module.parent if name == PARENT else None

    # --- values ---------------------------------------------------------------------------

    def _plain(self, info: ModuleInfo, name: str, data: Json) -> Any:
        field = info.fields.get(name)
        if name == "id":
            return data["id"]
        if field is not None and (isinstance(field.type, ir.Subform) or name in info.links):
            return None
        return data.get(name)

    def _name_references(self, info: ModuleInfo, answers: list[Json]) -> None:
        """Put the current names into lookups, all targets of a module in one query."""
        places: dict[str, list[tuple[Json, str, str]]] = {}
        for answer in answers:
            for name, value in answer.items():
                record_id = id_of(value)
                if record_id is None or name.startswith("$"):
                    continue
                target = self.target(info, name, answer)
                if target is not None:
                    places.setdefault(target, []).append((answer, name, record_id))
        for target, found in places.items():
            if target == _LAYOUTS:
                for answer, name, layout_id in found:
                    label = _layout_name(info, layout_id)
                    answer[name] = {"name": label, "display_label": label, "id": layout_id}
                continue
            users = target == USERS
            known = self._store.names(target, {record_id for _, _, record_id in found})
            emails = self._emails({record_id for _, _, record_id in found}) if users else {}
            for answer, name, record_id in found:
                if record_id not in known and self._catalog.get(target) and not users:
                    answer[name] = None  # the target was deleted
                    continue
                named: Json = {"name": known.get(record_id), **answer[name]}
                if users:
                    named["email"] = emails.get(record_id)
                elif target == "Products" and info.module.is_subform:
                    named |= self._line_item(record_id)
                elif name == PARENT and "$se_module" in answer:
                    module = self._catalog.get(target)
                    named["module"] = {"api_name": target, "id": module and module.module.id}
                answer[name] = named

    def _line_item(self, product_id: str) -> Json:
        """What the product of a quote, order or invoice line carries beside its name."""
        product = self._store.get("Products", product_id)
        return {
            "Product_Code": product.data.get("Product_Code") if product else None,
            "Currency": self._catalog.schema.org.currency,
        }

    def _emails(self, ids: set[str]) -> dict[str, Any]:
        users = (self._store.get(USERS, user_id) for user_id in ids)
        return {user.id: user.data.get("email") for user in users if user is not None}

    # --- rows of subforms and links -------------------------------------------------------

    def _subform_rows(self, module: str, parent_id: str) -> list[Json]:
        info = self._catalog.get(module)
        if info is None:
            return []
        stored = [
            row.data
            for row_id in self._store.find(module, PARENT, parent_id)
            if (row := self._store.get(module, row_id)) is not None
        ]
        rows: list[Json] = []
        for data in self._computed.fill(info, stored, info.fields):
            shown: Json = {name: self._plain(info, name, data) for name in info.fields}
            if info.open:
                shown.update(data)
            shown.update(
                {
                    "$in_merge": False,
                    "$field_states": None,
                    "Created_Time": data.get("Created_Time"),
                    "Modified_Time": data.get("Modified_Time"),
                    PARENT: data.get(PARENT),
                    "id": data["id"],
                }
            )
            rows.append(shown)
        self._name_references(info, rows)
        return rows

    def _link_rows(self, info: ModuleInfo, name: str, parent_id: str) -> list[Json]:
        link = info.links[name]
        stored = [
            row
            for row_id in self._store.find(link.module, link.own_field, parent_id)
            if (row := self._store.get(link.module, row_id)) is not None
        ]
        targets = {row.id: id_of(row.data.get(link.other_field)) for row in stored}
        names = self._store.names(link.target, [target for target in targets.values() if target])
        emails = self._emails(set(names)) if link.target == USERS else {}
        rows: list[Json] = []
        for row_id, target in targets.items():
            if target in names:
                other: Json = {"name": names[target], "id": target}
                if link.target == USERS:
                    other["email"] = emails.get(target)
                rows.append({"id": row_id, link.other_field: other})
        return rows


_LAYOUTS = "$layouts"
_SE_MODULE = "$se_module"
_ALWAYS_STORED = frozenset(
    {"id", "Created_Time", "Modified_Time", "Created_By", "Modified_By", PARENT}
)


def _layout_name(info: ModuleInfo, layout_id: str) -> str | None:
    return next((layout.name for layout in info.module.layouts if layout.id == layout_id), None)

"""Fill modules with made-up records: always the same for the same metadata and number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import tzinfo
from typing import Any

from zohohub_gen import ir
from zohohub_gen.diagnostics import GeneratorError
from zohohub_gen.progress import Work

from .catalog import USERS, Catalog, ModuleInfo
from .related_lookups import PARENT
from .seed_values import Maker, Makers
from .store import Row, Store
from .values import Json, format_time
from .write import Writer, record_name

EVERY = "*"
"""Stands for each module that is not named."""

_FROM = 1_704_067_200
_TO = 1_767_225_600
"""The years 2024 and 2025, in which the records are made."""
_AT_ONCE = 2_000
_NOT_FILLED = frozenset({USERS, "Attachments", "Emails"})
_WITH_ROWS = 0.3
_WITH_LINK = 0.2


class Seeder:
    """Writes records past the API, in bulk.  Use inside a transaction."""

    def __init__(self, catalog: Catalog, store: Store, writer: Writer, zone: tzinfo) -> None:
        self._catalog = catalog
        self._store = store
        self._writer = writer
        self._zone = zone
        self._ids: dict[str, range | list[str]] = {}

    def fill(self, wanted: Mapping[str, int], work: Work) -> None:
        """Let each module have as many records as wanted, counting those that it has.

        ``work`` hears how that goes.  Raises `GeneratorError` for a module that takes none.
        """
        able = {info.api_name: info for info in self._catalog.modules() if _takes_records(info)}
        for name in wanted:
            if name != EVERY and name not in able:
                raise GeneratorError(
                    f"the metadata has no module {name} that takes records: seed one of"
                    f" {', '.join(sorted(able))}"
                )
        missing: dict[str, int] = {}
        for name in able:
            known = self._known(name)
            self._ids[name] = known
            missing[name] = max(0, wanted.get(name, wanted.get(EVERY, 0)) - len(known))
        self._ids[USERS] = self._known(USERS)
        # The ids come first: a lookup may point at a module whose turn is later.
        new = {name: self._store.take_ids(count) for name, count in missing.items() if count}
        self._ids.update(new)
        total = sum(map(len, new.values()))
        work.note(f"Making up {total:,} records of {len(new)} modules.")
        work.begin("Making records", total)
        for name, ids in new.items():
            self._module(able[name], ids, work)

    def _known(self, module: str) -> list[str]:
        rows = self._store.select("SELECT key FROM record WHERE module = ?", (module,))
        return [row[0].lstrip("0") for row in rows]

    def _module(self, info: ModuleInfo, ids: range, work: Work) -> None:
        rows = self._rows(info, ids)
        for start in range(0, len(ids), _AT_ONCE):
            batch: dict[str, list[Row]] = {}
            count = min(_AT_ONCE, len(ids) - start)
            for _ in range(count):
                for row in next(rows):
                    batch.setdefault(row.module, []).append(row)
            for module, each in batch.items():
                found = self._catalog.get(module)
                self._store.add(each, found.indexed if found else ())
            work.step(info.api_name, count)

    def _rows(self, info: ModuleInfo, ids: range) -> Iterator[list[Row]]:
        """Each record, with the rows that belong to it."""
        makers = Makers(self._catalog, self._ids, info, self._zone)
        fields = makers.fields(lambda field: self._taken(info.api_name, field))
        numbers = self._auto_numbers(info, len(ids))
        children = list(self._children(info, makers))
        defaults = self._writer.defaults(info)
        step = (_TO - _FROM) / len(ids)
        for index, number in enumerate(ids):
            created = int(_FROM + index * step)
            modified = created + makers.below(60 * 86400)
            draft = makers.draft(index + 1, created)
            data = draft.data
            data["id"] = str(number)
            data.update(defaults)
            if "Owner" in defaults:
                data["Owner"] = {"id": makers.reference(USERS)}
            data["Created_Time"] = format_time(created, self._zone)
            data["Modified_Time"] = format_time(modified, self._zone)
            for name, (prefix, first, suffix) in numbers.items():
                data[name] = f"{prefix}{first + index}{suffix}"
            for name, often, make in fields:
                if often == 1.0 or makers.chance(often):
                    value = make(draft)
                    if value is not None:
                        data[name] = value
            row = Row(info.api_name, data["id"], created, modified, record_name(info, data), data)
            rows = [row]
            for child in children:
                rows += child(row)
            yield rows

    def _taken(self, module: str, field: str) -> set[str]:
        rows = self._store.select(
            "SELECT value FROM lookup WHERE module = ? AND field = ?", (module, field)
        )
        return {row[0] for row in rows}

    def _auto_numbers(self, info: ModuleInfo, count: int) -> dict[str, tuple[str, int, str]]:
        found: dict[str, tuple[str, int, str]] = {}
        for name, field in info.fields.items():
            if field.auto_number is not None:
                prefix, start, suffix = field.auto_number
                first = self._store.next_number(info.api_name, name, start)
                self._store.count_to(info.api_name, name, first + count - 1)
                found[name] = (prefix, first, suffix)
        return found

    # --- rows of subforms and links -------------------------------------------------------

    def _children(self, info: ModuleInfo, makers: Makers) -> Iterator[Callable[[Row], list[Row]]]:
        for field in info.fields.values():
            if isinstance(field.type, ir.Subform) and field.creatable:
                child = self._catalog.get(field.type.module)
                if child is not None:
                    yield self._subform(child, makers)
        for link in info.links.values():
            if self._catalog.get(link.module) is not None and self._ids.get(link.target):
                yield self._link(link.module, link.own_field, link.other_field, link.target, makers)

    def _subform(self, child: ModuleInfo, makers: Makers) -> Callable[[Row], list[Row]]:
        own = Makers(self._catalog, self._ids, child, self._zone)
        fields: list[tuple[str, float, Maker]] = [
            each for each in own.fields(lambda _: set()) if each[0] != PARENT
        ]
        defaults = self._writer.defaults(child)

        def rows(parent: Row) -> list[Row]:
            if not makers.chance(_WITH_ROWS):
                return []
            return [
                self._row(child, fields, own, defaults, parent) for _ in range(1 + own.below(3))
            ]

        return rows

    def _row(
        self,
        child: ModuleInfo,
        fields: list[tuple[str, float, Maker]],
        makers: Makers,
        defaults: Json,
        parent: Row,
    ) -> Row:
        row_id = self._store.new_id()
        draft = makers.draft(int(row_id), parent.created)
        data = draft.data
        data.update(id=row_id, **defaults)
        data["Created_Time"] = data["Modified_Time"] = parent.data["Created_Time"]
        data[PARENT] = {"id": parent.id}
        for name, often, make in fields:
            if often == 1.0 or makers.chance(often):
                value: Any = make(draft)
                if value is not None:
                    data[name] = value
        label = record_name(child, data)
        return Row(child.api_name, row_id, parent.created, parent.created, label, data)

    def _link(
        self, module: str, own_field: str, other_field: str, target: str, makers: Makers
    ) -> Callable[[Row], list[Row]]:
        def rows(parent: Row) -> list[Row]:
            if not makers.chance(_WITH_LINK):
                return []
            row_id = self._store.new_id()
            data: Json = {
                "id": row_id,
                "Created_Time": parent.data["Created_Time"],
                "Modified_Time": parent.data["Created_Time"],
                own_field: {"id": parent.id},
                other_field: {"id": makers.reference(target)},
            }
            return [Row(module, row_id, parent.created, parent.created, None, data)]

        return rows


def _takes_records(info: ModuleInfo) -> bool:
    module = info.module
    return (
        module.api_supported
        and module.creatable
        and not info.open
        and not module.is_subform
        and module.kind != "linking"
        and info.api_name not in _NOT_FILLED
    )

"""Upsert: update the record that is already there, insert the one that is not."""

from __future__ import annotations

from typing import Any, Literal

from zohohub_gen import ir

from .catalog import ModuleInfo
from .errors import ApiError, ItemError
from .store import Row, Store
from .values import Json, as_list
from .write import Writer


class Upserter:
    """Finds duplicates the way Zoho does.  Use inside a transaction."""

    def __init__(self, store: Store, writer: Writer) -> None:
        self._store = store
        self._writer = writer

    def duplicate_fields(self, info: ModuleInfo, asked: Any) -> list[str]:
        """The fields to compare, in order; raises INVALID_DATA for one that cannot be compared.

        Without ``duplicate_check_fields``: the module's system field, then every unique field.
        With it: the listed ones first, then every other unique field all the same.
        """
        unique = list(info.unique)
        if asked is None:
            first = [info.duplicate_field] if info.duplicate_field else []
            return list(dict.fromkeys([*first, *unique]))
        names = as_list(asked)
        place = {"api_name": "duplicate_check_fields", "json_path": "$.duplicate_check_fields"}
        if names is None:
            raise ApiError(
                400, "INVALID_DATA", "invalid data", {**place, "expected_data_type": "jsonarray"}
            )
        for index, name in enumerate(names):
            # A module may be without a system field, which is none to be named either.
            if name is None or (name not in unique and name != info.duplicate_field):
                place["json_path"] += f"[{index}]"
                raise ApiError(400, "INVALID_DATA", "invalid data", place)
        return list(dict.fromkeys([*names, *unique]))

    def write(
        self, info: ModuleInfo, item: Json, path: str, fields: list[str], since: int | None
    ) -> tuple[Row | ItemError, Literal["insert", "update"], str | None]:
        """What became of the record, what was done, and the field that found the old one."""
        if item.get("id") is not None:
            return self._writer.update(info, item["id"], item, path, since), "update", None
        for name in fields:
            value = item.get(name)
            if isinstance(info.fields[name].type, ir.Text) and not isinstance(value, str):
                continue
            for found in self._store.find(info.api_name, name, value):
                if info.unique.get(name):
                    # Found without regard to case, and this field has regard to it.
                    row = self._store.get(info.api_name, found)
                    if row is None or row.data.get(name) != value:
                        continue
                return self._writer.update(info, found, item, path, since), "update", name
        return self._writer.insert(info, item, path), "insert", None

"""Whether a decoded record still says all that its JSON object said.

This looks at what a user can reach, the attributes, ``extra`` and ``system``, and never at what the
record remembers of its JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from zohohub import columns
from zohohub.columns import Column
from zohohub.errors import UnexpectedValue
from zohohub.records import Record, columns_of

from tests.support.json_values import is_list, is_object


def losses(record: Record, data: Mapping[str, Any], place: str = "") -> list[str]:
    """What of ``data`` cannot be had from the record, as places in the JSON object."""
    names = {column.api_name: name for name, column in columns_of(type(record)).items()}
    found: list[str] = []
    for key, value in data.items():
        where = f"{place}{type(record).__name__}[{key!r}]"
        if key not in names:
            kept = record.system if key.startswith("$") else record.extra
            if key not in kept or not same(kept[key], value):
                found.append(f"{where} is in neither extra nor system")
            continue
        try:
            held = getattr(record, names[key])
        except UnexpectedValue:
            found.append(f"{where} = {value!r} cannot be read")
            continue
        column = columns_of(type(record))[names[key]]
        found += [f"{where}: {what}" for what in _lost(column, held, value, data)]
    for name, column in columns_of(type(record)).items():
        if column.api_name not in data and _is_set(record, name):
            found.append(f"{place}{name} was made up")
    if len(record.extra) + len(record.system) + len(data.keys() & names.keys()) != len(data):
        found.append(f"{place}extra and system hold more than was sent")
    return found


def same(one: Any, other: Any) -> bool:
    """Equality of JSON values in which true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if is_object(one) and is_object(other):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if is_list(one) and is_list(other):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def _is_set(record: Record, name: str) -> bool:
    try:
        object.__getattribute__(record, name)
    except AttributeError:
        return False
    return True


def _lost(column: Column[Any], held: Any, value: Any, data: Mapping[str, Any]) -> list[str]:
    """What of one JSON value the attribute does not hold."""
    if value is None or value == "":
        # An empty text is a text; for all else Zoho's "" is its null.
        return [] if held is None or (value == "" and held == "") else [f"null became {held!r}"]
    match column:
        case columns.DecimalColumn():
            kept = type(held) is Decimal and held == Decimal(str(value))
        case columns.IntegerColumn():
            kept = type(held) is int and held == Decimal(str(value))
        case columns.DigitsColumn():
            kept = type(held) is str and held == str(value)
        case columns.DateColumn():
            kept = type(held) is date and held.isoformat() == value
        case columns.DateTimeColumn():
            kept = type(held) is datetime and _moment(held, value)
        case columns.MultiPicklistColumn():
            kept = held == (value.split(";") if isinstance(value, str) else value)
        case columns.LookupColumn() | columns.MultiModuleLookupColumn() | columns.LayoutColumn():
            return _reference(held, value)
        case columns.RelatedToColumn():
            named = data.get("$se_module")
            kept = named is None or held.module in (named, _module(value))
            return _reference(held, value) + ([] if kept else [f"{named} became {held.module}"])
        case columns.UserColumn():
            return _reference(held, value, "email")
        case columns.TagsColumn():
            return _each(held, value, _tag)
        case columns.FilesColumn():
            return _each(held, value, _file)
        case columns.MultiLookupColumn() | columns.MultiUserColumn():
            return _each(held, value, partial(_link, column.connected_field))
        case columns.SubformColumn():
            return _each(held, value, losses)
        case _:
            # Text, booleans, options and JSON are held as they came.
            kept = type(held) is type(value) and same(held, value)
    return [] if kept else [f"{value!r} became {held!r}"]


def _moment(held: datetime, value: str) -> bool:
    sent = datetime.fromisoformat(value)
    return held == sent and held.utcoffset() == sent.utcoffset()


def _module(value: Any) -> str | None:
    module = value.get("module") if is_object(value) else None
    found = module.get("api_name") if is_object(module) else module
    return found if isinstance(found, str) else None


def _reference(held: Any, value: Any, *more: str) -> list[str]:
    if isinstance(value, str):
        return _parts(held, {"id": value}, "id")
    if _module(value) is not None and held.module != _module(value):
        return [f"module {_module(value)} became {held.module}"]
    return _parts(held, value, "id", "name", *more)


def _parts(held: Any, value: Mapping[str, Any], *names: str) -> list[str]:
    """The named keys must be attributes, all others in ``json``."""
    return [
        f"{key} = {part!r} is not in {held!r}"
        for key, part in value.items()
        if not same(getattr(held, key) if key in names else held.json.get(key), part)
    ]


def _tag(held: Any, item: Any) -> list[str]:
    return _parts(held, {"name": item} if isinstance(item, str) else item, "name", "id")


def _file(held: Any, item: Mapping[str, Any]) -> list[str]:
    identity = item["File_Id__s"] if "File_Id__s" in item else item["file_Id"]
    return _parts(held, item, "id") + ([] if held.file_id == identity else ["file_id"])


def _link(inside: str, held: Any, item: Mapping[str, Any]) -> list[str]:
    return _parts(held, item, "id") + _reference(held.target, item[inside])


def _each(held: Any, value: Any, lost: Any) -> list[str]:
    if not is_list(held) or len(held) != len(value):
        return [f"{value!r} became {held!r}"]
    return [what for one, item in zip(held, value, strict=True) for what in lost(one, item)]

"""Saving records: what differs from what was fetched, and nothing else.

A record remembers the JSON object it was read from.  A field that was not loaded, that is
read-only or that still holds what Zoho sent is never sent.  Of the lists whose entries have ids of
their own (subforms, multi-select lookups, files), only the entries that were changed, added or
removed are sent, so that a save leaves alone what others have added meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

from zohohub.columns import FilesColumn, MultiLookupColumn, MultiUserColumn, SubformColumn
from zohohub.errors import ZohoError
from zohohub.immutable import replace
from zohohub.json_text import dumps
from zohohub.records import (
    EMPTY,
    columns_of,
    json_of,
    remember_json,
    slot_of,
    values_to_write,
    writable_values,
)
from zohohub.results import Result, Results

if TYPE_CHECKING:
    from zohohub.columns import Column
    from zohohub.records import Record

__all__ = ["changes", "new_values", "save_rows", "saved"]

R = TypeVar("R", bound="Record")

_STAMPS = ("Created_By", "Created_Time", "Modified_By", "Modified_Time")


def changes(row: Record) -> dict[str, Any]:
    """The JSON object of an update, without the id: what a record holds and Zoho does not.

    Raises ``ValueError`` where an entry was changed or removed whose id is not known yet.
    """
    _refuse_other_rows(row)
    return _changes(row, json_of(row))


def new_values(row: Record) -> dict[str, Any]:
    """The JSON object of a new record: everything it holds that Zoho lets one set."""
    _refuse_other_rows(row)
    return writable_values(row)


def saved(row: Record, body: Mapping[str, Any], result: Result) -> None:
    """Remember that Zoho took ``body``; also the id and the time stamps that it answered with."""
    before = json_of(row)
    data = {**before, **body}
    columns = columns_of(type(row))
    by_api_name = {column.api_name: name for name, column in columns.items()}
    for name, column in columns.items():
        if column.api_name in body and _has_entries(column):
            sent = before.get(column.api_name)
            data[column.api_name] = _entries_now(column, sent, slot_of(row, name))
    if result.id is not None:
        data["id"] = result.id
        # Each generated class has a slot for it; the base class only declares it.
        setattr(row, "id", result.id)  # noqa: B010 - see above
    for api_name in _STAMPS:
        attribute = by_api_name.get(api_name)
        if attribute is not None and api_name in result.details:
            data[api_name] = result.details[api_name]
            with suppress(AttributeError, LookupError, TypeError, ValueError):
                # Whatever the stamp looks like, the record was written.
                setattr(row, attribute, columns[attribute].decode(data[api_name]))
    remember_json(row, data)


def save_rows(
    rows: Sequence[R],
    create: Callable[[Sequence[dict[str, Any]]], Results],
    update: Callable[[Sequence[dict[str, Any]]], Results],
) -> Results:
    """Create the records without an id, update those that changed; one result each, in order.

    An error that stops it holds the ``results`` of all records.
    """
    if len({id(row) for row in rows}) != len(rows):
        raise ValueError("a record was given twice: save it once")
    new: dict[int, dict[str, Any]] = {}
    changed: dict[int, dict[str, Any]] = {}
    for index, row in enumerate(rows):
        record_id = slot_of(row, "id")
        if record_id is EMPTY:
            new[index] = new_values(row)
        elif body := changes(row):
            changed[index] = {**body, "id": record_id}
    if new:
        # What JSON does not have is found before the first call, not between two.
        dumps(list(changed.values()))
    outcome = [
        Result(index, "not sent")
        if index in new or index in changed
        else Result(index, "done", id=row.id)
        for index, row in enumerate(rows)
    ]
    for bodies, send in ((new, create), (changed, update)):
        try:
            results = send(list(bodies.values())) if bodies else Results(())
        except ZohoError as error:
            _note(rows, bodies, error.results or Results(()), outcome)
            error.results = Results(
                [
                    Result(each.index, each.outcome, error=error)
                    if each.outcome == "not sent"
                    else each
                    for each in outcome
                ]
            )
            raise
        _note(rows, bodies, results, outcome)
    return Results(outcome)


def _note(
    rows: Sequence[Record],
    bodies: Mapping[int, dict[str, Any]],
    results: Results,
    outcome: list[Result],
) -> None:
    """Put the results of one kind of write in their places, and remember what was done."""
    for (index, body), result in zip(bodies.items(), results, strict=False):
        outcome[index] = replace(result, index=index)
        if result.ok:
            saved(rows[index], body, result)


def _changes(row: Record, before: Mapping[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {}
    columns = columns_of(type(row))
    for name, value in values_to_write(row, before).items():
        column = columns[name]
        if column.api_name not in before or not _has_entries(column):
            column.encode_into(body, value)
        elif entries := _changed_entries(column, before[column.api_name], value):
            body[column.api_name] = entries
    return body


def _refuse_other_rows(row: Record) -> None:
    """Raise ``TypeError`` for rows that are not records: what was saved could not be remembered."""
    for name, column in columns_of(type(row)).items():
        if isinstance(column, SubformColumn):
            value: object = slot_of(row, name)
            wanted = cast("SubformColumn[Any, Record]", column).row_type
            for each in cast("list[object]", value) if isinstance(value, list) else ():
                if not isinstance(each, wanted):
                    raise TypeError(
                        f"{type(row).__name__}.{name} holds rows of the class {wanted.__name__}, "
                        f"not {type(each).__name__}; a row that is taken out of it is removed"
                    )


# --- Entries of subforms, links and files -------------------------------------------------------


class _Entry(NamedTuple):
    """One entry that a record holds."""

    item: Any
    before: Mapping[str, Any] | None
    """What Zoho holds of it; None for a new one."""


def _has_entries(column: Column[Any]) -> bool:
    return isinstance(column, SubformColumn | FilesColumn | MultiLookupColumn | MultiUserColumn)


def _changed_entries(column: Column[Any], sent: object, value: object) -> list[dict[str, Any]]:
    """Changed entries with their id, new ones without, removed ones with ``_delete``."""
    present, removed = _paired(column, sent, value)
    entries: list[dict[str, Any]] = []
    for item, before in present:
        if before is None:
            entries.append(_encoded(column, item))
        elif changed := _changed_entry(column, item, before):
            entries.append({**changed, "id": _known_id(column, before)})
    return entries + [{"id": _known_id(column, each), "_delete": None} for each in removed]


def _entries_now(column: Column[Any], sent: object, value: object) -> list[Mapping[str, Any]]:
    """The whole list that Zoho holds after a save, in the place of the entries that were sent."""
    entries: list[Mapping[str, Any]] = []
    has_rows = isinstance(column, SubformColumn)
    present, _ = _paired(column, sent, value)
    for item, before in present:
        if before is None:
            now: Mapping[str, Any] = _encoded(column, item)
        else:
            changed = _changed_entry(column, item, before)
            now = {**before, **changed} if changed else before
        entries.append(now)
        if has_rows:
            remember_json(item, now)
    return entries


def _paired(
    column: Column[Any], sent: object, value: object
) -> tuple[list[_Entry], list[Mapping[str, Any]]]:
    """The entries that a record holds, each with what Zoho holds of it, and those that are gone."""
    left = [cast("Mapping[str, Any]", entry) for entry in _list(sent) if isinstance(entry, Mapping)]
    items = _list(value)
    found: dict[int, Mapping[str, Any]] = {}
    # By their ids first: one without an id may be any of those that are left.
    for is_same in (_has_its_id, _has_its_content):
        for index, item in enumerate(items):
            if index not in found:
                match = next((entry for entry in left if is_same(column, item, entry)), None)
                if match is not None:
                    found[index] = match
                    left = [entry for entry in left if entry is not match]
    return [_Entry(item, found.get(index)) for index, item in enumerate(items)], left


def _has_its_id(column: Column[Any], item: Any, before: Mapping[str, Any]) -> bool:
    item_id = _item_id(column, item)
    return item_id is not None and item_id == _entry_id(before)


def _has_its_content(column: Column[Any], item: Any, before: Mapping[str, Any]) -> bool:
    """Whether an entry without an id is one that Zoho has.

    It is, if an earlier save added it, and a link or file, if one to the same is there.
    """
    if _item_id(column, item) is not None:
        return False
    if isinstance(column, SubformColumn):
        return json_of(item) is before
    return _encoded(column, item) == _without_id(column, before)


def _changed_entry(column: Column[Any], item: Any, before: Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(column, SubformColumn):
        return _changes(item, before)
    encoded = _encoded(column, item)
    content = {key: value for key, value in encoded.items() if key != "id"}
    return {} if content == _without_id(column, before) else encoded


def _encoded(column: Column[Any], item: Any) -> dict[str, Any]:
    (encoded,) = cast("list[dict[str, Any]]", column.encode([item]))
    return encoded


def _without_id(column: Column[Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """What a write of the entry would carry beside its id."""
    (item,) = column.decode([before])
    return {key: value for key, value in _encoded(column, item).items() if key != "id"}


def _known_id(column: Column[Any], entry: Mapping[str, Any]) -> Any:
    entry_id = _entry_id(entry)
    if entry_id is None:
        raise ValueError(
            f"{column.api_name}: an entry that an earlier save added was changed or removed, and "
            "Zoho has not told its id: read the record again"
        )
    return entry_id


def _item_id(column: Column[Any], item: Any) -> Any:
    if isinstance(column, SubformColumn):
        item_id = slot_of(item, "id")
        return None if item_id is EMPTY else item_id
    return _encoded(column, item).get("id")


def _entry_id(entry: Mapping[str, Any]) -> Any:
    return entry.get("id", entry.get("attachment_Id"))


def _list(value: object) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list | tuple) else []

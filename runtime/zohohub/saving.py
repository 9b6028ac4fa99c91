"""Saving records: what differs from what was fetched, and nothing else.

A record remembers the JSON object it was read from.  A field that was not loaded, that is
read-only or that still holds what Zoho sent is never sent.  Of the lists whose entries have ids of
their own (subforms, multi-select lookups, files), only the entries that were changed, added or
removed are sent, so that a save leaves alone what others have added meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar, cast

from zohohub.columns import FilesColumn, MultiLookupColumn, MultiUserColumn, SubformColumn
from zohohub.errors import ZohoError
from zohohub.facts import facts_of
from zohohub.records import (
    EMPTY,
    columns_of,
    holds_still,
    json_of,
    remember_json,
    slot_of,
    values_of,
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
    return _changes(row, json_of(row))


def new_values(row: Record) -> dict[str, Any]:
    """The JSON object of a new record: everything it holds that Zoho lets one set."""
    facts = facts_of(type(row))
    body = writable_values(row)
    for name, column in columns_of(type(row)).items():
        if name == "id" or facts[name].get("update_only"):
            body.pop(column.api_name, None)
    return body


def saved(row: Record, body: Mapping[str, Any], result: Result) -> None:
    """Remember that Zoho took ``body``; also the id and the time stamps that it answered with."""
    data = {**json_of(row), **body}
    columns = columns_of(type(row))
    by_api_name = {column.api_name: name for name, column in columns.items()}
    for name, column in columns.items():
        if column.api_name in body and _has_entries(column):
            data[column.api_name] = _entries_now(column, slot_of(row, name) or [])
    if result.id is not None:
        data["id"] = result.id
        # Each generated class has a slot for it; the base class only declares it.
        setattr(row, "id", result.id)  # noqa: B010 - see above
    for api_name in _STAMPS:
        attribute = by_api_name.get(api_name)
        if attribute is not None and api_name in result.details:
            data[api_name] = result.details[api_name]
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
    facts = facts_of(type(row))
    body: dict[str, Any] = {}
    columns = columns_of(type(row))
    for name, value in values_of(row).items():
        column = columns[name]
        if name == "id" or facts[name].get("read_only") or facts[name].get("create_only"):
            continue
        if column.api_name not in before:
            column.encode_into(body, value)
            continue
        sent = before[column.api_name]
        if holds_still(column, sent, value):
            continue
        if _has_entries(column):
            entries = _changed_entries(column, sent or [], value or [])
            if entries:
                body[column.api_name] = entries
        else:
            column.encode_into(body, value)
    return body


def _has_entries(column: Column[Any]) -> bool:
    return isinstance(column, SubformColumn | FilesColumn | MultiLookupColumn | MultiUserColumn)


def _changed_entries(
    column: Column[Any], sent: Sequence[Mapping[str, Any]], value: Sequence[Any]
) -> list[dict[str, Any]]:
    """Changed entries with their id, new ones without, removed ones with ``_delete``."""
    before = {_entry_id(entry): entry for entry in sent if _entry_id(entry) is not None}
    # Entries that an earlier save added: Zoho has them, under ids that it did not tell.
    nameless = [entry for entry in sent if _entry_id(entry) is None]
    kept: set[Any] = set()
    entries: list[dict[str, Any]] = []
    for item in value:
        (encoded,) = cast("list[dict[str, Any]]", column.encode([item]))
        entry_id = _entry_id(encoded)
        if entry_id is None:
            if not _take(column, nameless, item, encoded):
                entries.append(encoded)
            continue
        kept.add(entry_id)
        changed = (
            _changed_entry(column, before[entry_id], item, encoded)
            if entry_id in before
            else encoded
        )
        if changed:
            entries.append({**changed, "id": entry_id})
    if nameless:
        raise ValueError(
            f"{column.api_name}: an entry that an earlier save added was changed or removed, and "
            "Zoho has not told its id: read the record again"
        )
    return entries + [
        {"id": entry_id, "_delete": None} for entry_id in before if entry_id not in kept
    ]


def _changed_entry(
    column: Column[Any], before: Mapping[str, Any], item: Any, encoded: dict[str, Any]
) -> dict[str, Any]:
    if isinstance(column, SubformColumn):
        return _changes(item, before)
    return {} if column.decode([before]) == [item] else encoded


def _take(
    column: Column[Any], nameless: list[Mapping[str, Any]], item: Any, encoded: dict[str, Any]
) -> bool:
    """Take an entry that was added before, and is as it was, out of ``nameless``; else False."""
    for index, entry in enumerate(nameless):
        if isinstance(column, SubformColumn):
            if json_of(item) is not entry or _changes(item, entry):
                continue
        elif entry != encoded:
            continue
        del nameless[index]
        return True
    return False


def _entry_id(entry: Mapping[str, Any]) -> Any:
    return entry.get("id", entry.get("attachment_Id"))


def _entries_now(column: Column[Any], value: Sequence[Any]) -> list[dict[str, Any]]:
    """The whole list that Zoho holds after a save, in the place of the entries that were sent."""
    entries = cast("list[dict[str, Any]]", column.encode(value))
    if not isinstance(column, SubformColumn):
        return entries
    for row, entry in zip(value, entries, strict=True):
        remember_json(row, {**json_of(row), **entry})
    return [cast("dict[str, Any]", json_of(row)) for row in value]

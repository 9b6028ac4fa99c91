"""Writes of many rows: some at a time, one result a row, and no row doubled or lost in silence.

Zoho answers with one result for each row, so that a refused row does not stop the others.  What
does stop a write is a call without such an answer: nothing is sent after it, and the error that is
raised says in its ``results`` what became of *every* row: done, refused, unknown or not sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, cast

from zohohub.errors import (
    ApiError,
    RecordNotFound,
    WriteUnknown,
    ZohoError,
    api_error,
)
from zohohub.json_text import dumps
from zohohub.results import Outcome, Result, Results

if TYPE_CHECKING:
    from zohohub.transport import Answer

__all__ = ["appends_rows", "in_batches"]

T = TypeVar("T")

_BATCH = 100


def in_batches(
    rows: Sequence[T],
    send: Callable[[Sequence[T]], Answer],
    *,
    deletes: bool = False,
    size: int = _BATCH,
) -> Results:
    """Send all rows, ``size`` at a time, and collect their results.

    ``deletes`` says that a record which is not there after a lost answer is one that was deleted.
    What JSON does not have is found before the first call, not between two.

    Raises what ``send`` raises, and `WriteUnknown` if the results do not fit the rows; the
    ``results`` of the error then cover every row.
    """
    if len(rows) > size:
        dumps(rows)
    results: list[Result] = []
    for start in range(0, len(rows), size):
        batch = rows[start : start + size]
        try:
            results += _results(send(batch), start, len(batch), deletes)
        except ZohoError as error:
            outcome = _outcome(error)
            for index in range(start, len(rows)):
                sent = index < start + len(batch)
                results.append(Result(index, outcome if sent else "not sent", error=error))
            error.results = Results(results)
            raise
    return Results(results)


def appends_rows(bodies: Sequence[Mapping[str, Any]]) -> bool:
    """Whether an update has list entries without an id: Zoho adds those each time it is sent."""
    return any(
        isinstance(entry, Mapping) and "id" not in entry
        for body in bodies
        for value in body.values()
        if isinstance(value, list)
        for entry in cast("list[object]", value)
    )


def _results(answer: Answer, start: int, expected: int, deletes: bool) -> list[Result]:
    items = _items(answer)
    if len(items) != expected:
        if answer.status >= 400 and not any(map(_succeeded, items)):
            raise api_error(answer.status, answer.json, answer.request)
        raise WriteUnknown(
            answer.request, f"Zoho answered with {len(items)} results for {expected} rows"
        )
    gone_is_done = deletes and answer.repeated
    return [_result(answer, index, item, gone_is_done) for index, item in enumerate(items, start)]


def _result(answer: Answer, index: int, item: Mapping[str, Any], gone_is_done: bool) -> Result:
    error = None if _succeeded(item) else api_error(answer.status, item, answer.request)
    ok = error is None or (gone_is_done and isinstance(error, RecordNotFound))
    details = _object(item.get("details"))
    return Result(
        index,
        "done" if ok else "refused",
        id=str(details["id"]) if ok and "id" in details else None,
        action=item.get("action"),
        code=str(item.get("code", "")).upper(),
        message=str(item.get("message", "")),
        details=details,
        error=None if ok else error,
    )


def _items(answer: Answer) -> list[Mapping[str, Any]]:
    found = (answer.json or {}).get("data")
    if not isinstance(found, list):
        return []
    return [item for value in cast("list[object]", found) if (item := _object(value))]


def _succeeded(item: Mapping[str, Any]) -> bool:
    return str(item.get("code", "")).upper() == "SUCCESS"


def _object(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _outcome(error: ZohoError) -> Outcome:
    """What a call that ended with an error did to its rows."""
    if error.maybe_done:
        return "unknown"
    return "refused" if isinstance(error, ApiError) else "not sent"

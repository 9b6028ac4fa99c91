"""Results of the APIs of records, the HTTP status that goes with them, and unknown ids."""

from __future__ import annotations

from .errors import ApiError
from .store import Row, Store
from .values import Json, is_id


def success(details: Json, message: str) -> Json:
    """The result of a row that was done."""
    return {"code": "SUCCESS", "details": details, "message": message, "status": "success"}


def status_of(results: list[Json], done: int) -> int:
    """``done`` where every row was, 207 where some were, else 400, or 412 for a lost race."""
    failed = [result for result in results if result["status"] != "success"]
    if not failed:
        return done
    if len(failed) < len(results):
        return 207
    return 412 if any(result["code"] == "ALREADY_MODIFIED" for result in failed) else 400


def invalid_id(index: int) -> ApiError:
    """The id at that part of the address leads nowhere."""
    words = "the related id" if index == 3 else "the id"
    return ApiError(
        400, "INVALID_DATA", f"{words} given seems to be invalid", {"resource_path_index": index}
    )


def row_of(store: Store, module: str, record_id: str) -> Row:
    """The record that the address is about; raises INVALID_DATA."""
    row = store.get(module, record_id) if is_id(record_id) else None
    if row is None:
        raise invalid_id(1)
    return row

"""Per-row results of the APIs around records, and the HTTP status that goes with them."""

from __future__ import annotations

from .errors import ApiError
from .values import Json


def success(details: Json, message: str) -> Json:
    """The result of a row that was done."""
    return {"code": "SUCCESS", "details": details, "message": message, "status": "success"}


def status_of(results: list[Json], done: int) -> int:
    """``done`` where every row was, 207 where some were, else 400."""
    failed = sum(result["status"] != "success" for result in results)
    return done if not failed else 207 if failed < len(results) else 400


def invalid_id(index: int) -> ApiError:
    """The id at that part of the address leads nowhere."""
    words = "the id" if index == 1 else "the related id"
    return ApiError(
        400, "INVALID_DATA", f"{words} given seems to be invalid", {"resource_path_index": index}
    )

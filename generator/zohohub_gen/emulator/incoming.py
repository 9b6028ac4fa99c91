"""What the APIs read from a request, the same way everywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from flask import request

from .catalog import Catalog, ModuleInfo
from .errors import ApiError, invalid_module, unsupported_module
from .values import Json, as_list, as_object, parse_body, parse_time

Route: TypeAlias = tuple[str, Callable[..., Any], list[str]]
"""A rule below ``/crm/v8``, its view, and its HTTP methods."""

MAX_RECORDS = 100


def modified_since() -> int | None:
    """Seconds of the header If-Modified-Since; raises INVALID_DATA."""
    return _moment("If-Modified-Since")


def unmodified_since() -> int | None:
    """Seconds of the header If-Unmodified-Since; raises INVALID_DATA."""
    return _moment("If-Unmodified-Since")


def _moment(header: str) -> int | None:
    text = request.headers.get(header)
    if text is None:
        return None
    seconds = parse_time(text)
    if seconds is None:
        raise ApiError(400, "INVALID_DATA", "invalid data", {"header_name": header})
    return seconds


def module_of(catalog: Catalog, api_name: str) -> ModuleInfo:
    """The module named in the address; raises INVALID_MODULE."""
    raw = catalog.raw_module(api_name)
    if raw is None or raw.get("api_name") != api_name:
        raise invalid_module({"resource_path_index": 0})
    info = catalog.get(api_name)
    if info is None or info.open or not info.module.api_supported:
        raise unsupported_module({"resource_path_index": 0})
    return info


def json_body() -> Json:
    """The JSON object that was sent; raises Zoho's errors for anything else."""
    data = request.get_data()
    if not data.strip():
        raise ApiError(400, "REQUEST_BODY_IS_EMPTY", "the request body is empty")
    try:
        body = as_object(_ids_as_text(parse_body(data)))
    except (ValueError, RecursionError) as error:
        raise ApiError(400, "JSON_PARSE_ERROR", "unable to parse the request body") from error
    if body is None:
        raise ApiError(400, "INVALID_DATA", "invalid data", {"expected_data_type": "jsonobject"})
    return body


def _ids_as_text(value: Any) -> Any:
    """The same with every ``id``, and what is in ``ids``, as text.

    Answers have text, but Zoho takes numbers too: its own SDKs hold ids as integers and send those.
    """
    items, found = as_list(value), as_object(value)
    if items is not None:
        return [_ids_as_text(each) for each in items]
    if found is None:
        return value
    return {
        name: _texts(each) if name in ("id", "ids") else _ids_as_text(each)
        for name, each in found.items()
    }


def _texts(value: Any) -> Any:
    items = as_list(value)
    if items is not None:
        return [_texts(each) for each in items]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def batch(body: Json) -> list[Any]:
    """The ``data`` of a write: 1 to 100 records."""
    place = {"api_name": "data", "json_path": "$.data"}
    if "data" not in body:
        raise ApiError(400, "MANDATORY_NOT_FOUND", "required field not found", place)
    items = as_list(body["data"])
    if items is None:
        raise ApiError(
            400, "INVALID_DATA", "invalid data", {**place, "expected_data_type": "jsonarray"}
        )
    if not items:
        raise ApiError(400, "INVALID_DATA", "invalid data", {**place, "minimum_length": 1})
    if len(items) > MAX_RECORDS:
        raise ApiError(
            400, "LIMIT_EXCEEDED", "limit exceeded", {**place, "maximum_length": MAX_RECORDS}
        )
    return items

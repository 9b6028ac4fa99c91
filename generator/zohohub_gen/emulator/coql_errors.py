"""How COQL refuses a query."""

from __future__ import annotations

from typing import Any

from .errors import ApiError


def syntax_error(
    message: str = "error occurred while parsing the query", **details: Any
) -> ApiError:
    """The text is not COQL."""
    return ApiError(400, "SYNTAX_ERROR", message, details)


def invalid_query(message: str, **details: Any) -> ApiError:
    """The text is COQL, and the org's schema or a limit of Zoho refuses it."""
    return ApiError(400, "INVALID_QUERY", message, details)


def limit_exceeded(clause: str, limit: int) -> ApiError:
    """More of something than Zoho takes in one query."""
    return ApiError(400, "LIMIT_EXCEEDED", "limit exceeded", {"limit": limit, "clause": clause})

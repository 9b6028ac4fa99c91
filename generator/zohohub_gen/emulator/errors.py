"""Zoho's error answers: a code, details, a message, and the HTTP status they travel with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


def error_body(code: str, message: str, details: dict[str, Any] | None = None) -> dict[str, Any]:
    """The JSON object of one error, as Zoho prints it."""
    return {"code": code, "details": details or {}, "message": message, "status": "error"}


class ApiError(Exception):
    """A request that is refused as a whole, answered with a bare error object."""

    def __init__(
        self, status: int, code: str, message: str, details: dict[str, Any] | None = None
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.body = error_body(code, message, details)


@dataclass(frozen=True, slots=True)
class ItemError:
    """One row of a batch that is refused; the other rows go on."""

    code: str
    message: str
    details: dict[str, Any] = field(default_factory=dict[str, Any])

    def body(self) -> dict[str, Any]:
        """The per-row result."""
        return error_body(self.code, self.message, self.details)


def combine(errors: list[ItemError]) -> ItemError:
    """One error for a row: itself when alone, else Zoho's MULTIPLE_OR_MULTI_ERRORS."""
    if len(errors) == 1:
        return errors[0]
    return ItemError(
        "MULTIPLE_OR_MULTI_ERRORS",
        "multiple errors occurred",
        {"errors": [error.body() for error in errors]},
    )


def invalid_url() -> ApiError:
    """No API answers at this address."""
    return ApiError(
        404,
        "INVALID_URL_PATTERN",
        "Please check if the URL trying to access is a correct one",
    )


def invalid_method() -> ApiError:
    """The address exists, the HTTP method does not."""
    return ApiError(
        400, "INVALID_REQUEST_METHOD", "The http request method type is not a valid one"
    )


def invalid_module(details: dict[str, Any]) -> ApiError:
    """The module named in the address or a parameter does not exist."""
    return ApiError(400, "INVALID_MODULE", "the module name given seems to be invalid", details)


def unsupported_module(details: dict[str, Any]) -> ApiError:
    """The module exists but has no record API."""
    return ApiError(400, "INVALID_MODULE", "The given module is not supported in API", details)


def missing_param(name: str) -> ApiError:
    """A mandatory query parameter is missing."""
    return ApiError(
        400, "REQUIRED_PARAM_MISSING", "required param is missing", {"param_name": name}
    )


def invalid_param(name: str, **details: Any) -> ApiError:
    """A query parameter has a value that Zoho refuses."""
    return ApiError(
        400,
        "INVALID_DATA",
        f"the {name} given seems to be invalid",
        {"param_name": name, **details},
    )


def no_permission(permission: str) -> ApiError:
    """The profile of the token's user may not do this."""
    return ApiError(403, "NO_PERMISSION", "permission denied", {"permissions": [permission]})


def internal_error() -> ApiError:
    """Something broke inside the server."""
    return ApiError(500, "INTERNAL_ERROR", "Internal Server Error")

"""Typed client runtime for Zoho CRM.

Generated packages import what they need from the modules of this package; user code usually needs
the names below.  Nothing is imported before it is used: neither this package nor a generated one
loads ``requests`` before the first call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zohohub.auth import Auth
    from zohohub.client import Client
    from zohohub.columns import Column
    from zohohub.conditions import Condition
    from zohohub.errors import (
        ApiError,
        AuthError,
        ConfigurationError,
        ConnectionFailed,
        FieldNotFetched,
        RecordNotFound,
        WriteUnknown,
        ZohoError,
    )
    from zohohub.modules import Module
    from zohohub.queries import Query
    from zohohub.records import Record
    from zohohub.results import Result, Results
    from zohohub.transport import Transport
    from zohohub.values import LayoutRef, Link, Ref, Removed, Tag, UploadedFile, UserRef

__all__ = [
    "ApiError",
    "Auth",
    "AuthError",
    "Client",
    "Column",
    "Condition",
    "ConfigurationError",
    "ConnectionFailed",
    "FieldNotFetched",
    "LayoutRef",
    "Link",
    "Module",
    "Query",
    "Record",
    "RecordNotFound",
    "Ref",
    "Removed",
    "Result",
    "Results",
    "Tag",
    "Transport",
    "UploadedFile",
    "UserRef",
    "WriteUnknown",
    "ZohoError",
]

_HOME = {
    "ApiError": "errors",
    "Auth": "auth",
    "AuthError": "errors",
    "Client": "client",
    "Column": "columns",
    "Condition": "conditions",
    "ConfigurationError": "errors",
    "ConnectionFailed": "errors",
    "FieldNotFetched": "errors",
    "LayoutRef": "values",
    "Link": "values",
    "Module": "modules",
    "Query": "queries",
    "Record": "records",
    "RecordNotFound": "errors",
    "Ref": "values",
    "Removed": "values",
    "Result": "results",
    "Results": "results",
    "Tag": "values",
    "Transport": "transport",
    "UploadedFile": "values",
    "UserRef": "values",
    "WriteUnknown": "errors",
    "ZohoError": "errors",
}


def __getattr__(name: str) -> object:
    try:
        home = _HOME[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
    from importlib import import_module

    value: object = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)

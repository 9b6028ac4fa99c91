"""Typed client runtime for Zoho CRM.

Generated packages import what they need from the modules of this package; user code usually needs
the names below.  Nothing is imported before it is used: neither this package nor a generated one
loads ``requests`` before the first call.
"""

# Checkers know this name too, and importing typing takes longer than all the rest.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from zohohub.attachments import RecordAttachment
    from zohohub.auth import Auth
    from zohohub.bulk_read import BulkRead
    from zohohub.bulk_write import BulkWrite
    from zohohub.client import Client
    from zohohub.columns import Column
    from zohohub.composite import Composite
    from zohohub.conditions import Condition
    from zohohub.drift import Drift
    from zohohub.errors import (
        AlreadyModified,
        ApiError,
        AuthError,
        ConfigurationError,
        ConnectionFailed,
        FieldNotFetched,
        NotificationRefused,
        RecordNotFound,
        ValidationFailed,
        WriteUnknown,
        ZohoError,
    )
    from zohohub.grants import OAuthClient
    from zohohub.modules import Module
    from zohohub.notes import RecordNote
    from zohohub.notifications import NotificationEvent, Subscription, parse_notification
    from zohohub.queries import Query
    from zohohub.records import Record
    from zohohub.results import Result, Results
    from zohohub.token_stores import FileTokenStore, MemoryTokenStore, TokenStore
    from zohohub.tokens import Grant
    from zohohub.transport import Transport
    from zohohub.values import LayoutRef, Link, Ref, Removed, Tag, UploadedFile, UserRef

__all__ = [
    "AlreadyModified",
    "ApiError",
    "Auth",
    "AuthError",
    "BulkRead",
    "BulkWrite",
    "Client",
    "Column",
    "Composite",
    "Condition",
    "ConfigurationError",
    "ConnectionFailed",
    "Drift",
    "FieldNotFetched",
    "FileTokenStore",
    "Grant",
    "LayoutRef",
    "Link",
    "MemoryTokenStore",
    "Module",
    "NotificationEvent",
    "NotificationRefused",
    "OAuthClient",
    "Query",
    "Record",
    "RecordAttachment",
    "RecordNotFound",
    "RecordNote",
    "Ref",
    "Removed",
    "Result",
    "Results",
    "Subscription",
    "Tag",
    "TokenStore",
    "Transport",
    "UploadedFile",
    "UserRef",
    "ValidationFailed",
    "WriteUnknown",
    "ZohoError",
    "parse_notification",
]

_HOME = {
    "AlreadyModified": "errors",
    "ApiError": "errors",
    "Auth": "auth",
    "AuthError": "errors",
    "BulkRead": "bulk_read",
    "BulkWrite": "bulk_write",
    "Client": "client",
    "Column": "columns",
    "Composite": "composite",
    "Condition": "conditions",
    "ConfigurationError": "errors",
    "ConnectionFailed": "errors",
    "Drift": "drift",
    "FieldNotFetched": "errors",
    "FileTokenStore": "token_stores",
    "Grant": "tokens",
    "LayoutRef": "values",
    "Link": "values",
    "MemoryTokenStore": "token_stores",
    "Module": "modules",
    "NotificationEvent": "notifications",
    "NotificationRefused": "errors",
    "OAuthClient": "grants",
    "Query": "queries",
    "Record": "records",
    "RecordAttachment": "attachments",
    "RecordNotFound": "errors",
    "RecordNote": "notes",
    "Ref": "values",
    "Removed": "values",
    "Result": "results",
    "Results": "results",
    "Subscription": "notifications",
    "Tag": "values",
    "TokenStore": "token_stores",
    "Transport": "transport",
    "UploadedFile": "values",
    "UserRef": "values",
    "ValidationFailed": "errors",
    "WriteUnknown": "errors",
    "ZohoError": "errors",
    "parse_notification": "notifications",
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

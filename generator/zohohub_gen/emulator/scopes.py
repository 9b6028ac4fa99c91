"""Which scopes and credits each call takes: one table for the gate and for ``GET /__apis``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from zohohub_gen.scopes import covers, plain

from .errors import ApiError

EVERYTHING = (
    "ZohoCRM.modules.ALL",
    "ZohoCRM.settings.ALL",
    "ZohoCRM.users.ALL",
    "ZohoCRM.org.ALL",
    "ZohoCRM.coql.READ",
    "ZohoCRM.bulk.ALL",
    "ZohoCRM.files.ALL",
    "ZohoCRM.notifications.ALL",
    "ZohoCRM.composite_requests.CUSTOM",
    "ZohoCRM.mass_update.ALL",
    "ZohoCRM.change_owner.CREATE",
    "ZohoCRM.apis.READ",
    "ZohoSearch.securesearch.READ",
    "ZohoFiles.files.ALL",
)
"""What the emulator's own connection was granted."""

_OPERATIONS = {
    "GET": "READ",
    "POST": "CREATE",
    "PUT": "UPDATE",
    "PATCH": "UPDATE",
    "DELETE": "DELETE",
}
_ITEM = "ZohoCRM.modules.{module}.{operation}"
_READS = "ZohoCRM.modules.{module}.READ"
_INDEX = "ZohoSearch.securesearch.READ"


@dataclass(frozen=True, slots=True)
class Call:
    """One kind of call.

    ``path`` lies below ``/crm/v8``, and that of a bulk job below ``/crm``; ``{…}`` stands for one
    part of an address, and ``/…`` at the end for any more parts.  In ``scopes``, all of which are
    needed, ``{module}`` is the module's own scope, ``{operation}`` that of the HTTP method, and a
    bar parts two of which one is enough.
    """

    path: str
    scopes: tuple[str, ...]
    credits: tuple[int, int] = (1, 1)
    """The least and the most that it costs."""
    methods: tuple[str, ...] = tuple(_OPERATIONS)
    pattern: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        text = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path.removesuffix("/…"))
        rest = "(?:/.*)?" if self.path.endswith("/…") else ""
        object.__setattr__(self, "pattern", re.compile(text + rest))


CALLS = (
    Call("/bulk/read", ("ZohoCRM.bulk.READ|ZohoCRM.bulk.CREATE", _READS), (50, 50)),
    Call("/bulk/read/…", ("ZohoCRM.bulk.READ",)),
    Call("/bulk/write", ("ZohoCRM.bulk.CREATE",), (500, 500)),
    Call("/bulk/write/…", ("ZohoCRM.bulk.READ|ZohoCRM.bulk.CREATE",)),
    Call("/upload", ("ZohoFiles.files.ALL",)),
    Call("/files", ("ZohoCRM.files.{operation}",)),
    Call("/__apis", ("ZohoCRM.apis.READ",)),
    Call("/__composite_requests", ("ZohoCRM.composite_requests.CUSTOM",), (1, 2)),
    Call("/coql", ("ZohoCRM.coql.READ", _READS), (1, 3)),
    Call("/org", ("ZohoCRM.org.{operation}",)),
    Call("/users/…", ("ZohoCRM.users.{operation}",)),
    Call("/actions/watch", ("ZohoCRM.notifications.{operation}",)),
    Call("/settings/global_picklists/…", ("ZohoCRM.settings.global_picklist.{operation}",)),
    Call(
        "/settings/layouts/{id}/map_dependency/…",
        ("ZohoCRM.settings.map_dependency.{operation}",),
    ),
    Call("/settings/recycle_bin/…", ("ZohoCRM.settings.recycle_bin.UPDATE",), methods=("POST",)),
    Call("/settings/{group}/…", ("ZohoCRM.settings.{group}.{operation}",)),
    Call("/{module}/search", (_READS, _INDEX)),
    Call("/{module}/actions/count", (_READS, _INDEX), (50, 50)),
    Call("/{module}/actions/mass_update", ("ZohoCRM.mass_update.{module}.READ",), methods=("GET",)),
    Call("/{module}/actions/mass_update", ("ZohoCRM.mass_update.{module}.UPDATE",)),
    Call("/{module}/actions/change_owner", ("ZohoCRM.change_owner.CREATE",)),
    *(
        Call(
            f"/{{module}}{record}/actions/{action}",
            ("ZohoCRM.modules.{module}.UPDATE|ZohoCRM.settings.tags.ALL",),
            (1, 10),
        )
        for record in ("", "/{id}")
        for action in ("add_tags", "remove_tags")
    ),
    Call("/{module}/actions/fetch_full_data", (_READS,)),
    Call("/{module}/deleted", (_READS,), (2, 2)),
    Call("/{module}/upsert", ("ZohoCRM.modules.{module}.CREATE",), (1, 10)),
    Call("/{module}/{id}/actions/convert", ("ZohoCRM.modules.{module}.CREATE",), (5, 5)),
    Call("/{module}/{id}/actions/get_related_records_count", (_READS,)),
    Call("/{module}/{id}/actions/…", (_ITEM,)),
    Call("/{module}/{id}/Notes/…", (_READS, "ZohoCRM.modules.notes.{operation}")),
    Call("/{module}/{id}/Attachments/…", (_READS, "ZohoCRM.modules.attachments.{operation}")),
    Call("/{module}", (_ITEM,), (1, 3), methods=("GET",)),
    Call("/{module}", (_ITEM,), (1, 10), methods=("POST", "PUT")),
    Call("/{module}/…", (_ITEM,)),
)
"""Of two that fit, the first one counts."""


def call_of(method: str, path: str) -> tuple[Call, Mapping[str, str]] | None:
    """The kind of a call and what stands in the places of its path; None for another address."""
    for call in CALLS:
        if method in call.methods and (found := call.pattern.fullmatch(path)) is not None:
            return call, found.groupdict()
    return None


def needed(method: str, path: str, module: str | None = None) -> list[str]:
    """The scopes that a call needs, all of them; a bar parts those of which one is enough.

    ``module`` is the scope of the module that the call is about; without it the scopes are those
    that cover every module.
    """
    found = call_of(method, path)
    if found is None:
        return []
    call, places = found
    # A name in an address may hold a brace, so the places are put in by hand.
    texts = {"operation": _OPERATIONS[method], "group": places.get("group", "")}
    scopes: list[str] = []
    for scope in call.scopes:
        text = scope.replace("{module}.", f"{module}." if module else "")
        for name, value in texts.items():
            text = text.replace(f"{{{name}}}", value)
        scopes.append(text)
    return scopes


def module_scope(api_name: str, *, custom: bool) -> str:
    """What the scopes of a module are called: one word for all custom modules."""
    return "custom" if custom else plain(api_name)


def check(granted: Iterable[str], scopes: Iterable[str]) -> None:
    """Raise OAUTH_SCOPE_MISMATCH unless the token was granted each of the scopes."""
    have = tuple(granted)
    for scope in scopes:
        choices = scope.split("|")
        if not any(covers(mine, each) for mine in have for each in choices):
            raise ApiError(401, "OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL")

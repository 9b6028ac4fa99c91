"""What stands in front of the API: the token, its scopes, the calls at a time, the credits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zohohub.credits import credit_cost

from .oauth import Access
from .scopes import call_of, check, module_scope, needed
from .state import State
from .values import Json, as_list, as_object

COMPOSITE_SLOTS = 5
"""What a composite request takes of the calls at a time."""
PASS = "zohohub.pass"  # noqa: S105  # no password: a key of the WSGI environ
"""Key of the WSGI environ: the `Pass` of the request."""
_MANY_RECORDS = 10

_BELOW = re.compile(r"/crm(/bulk)?/v[\d.]+(/.*)")
_FROM = re.compile(r"\bfrom\s+[\"'`]?(\w+)", re.IGNORECASE)
_COMPOSITE = "/__composite_requests"


@dataclass(frozen=True, slots=True)
class Request:
    """A call, alone or inside a composite request; ``path`` is the whole one."""

    method: str
    path: str
    params: Mapping[str, str]
    body: object = None

    @property
    def below(self) -> str:
        """The path below ``/crm/v8``; that of a bulk job below ``/crm``."""
        found = _BELOW.fullmatch(self.path)
        return "" if found is None else f"{found[1] or ''}{found[2]}".rstrip("/")


@dataclass(frozen=True, slots=True)
class Pass:
    """A call that was let in, to be given back when it has ended."""

    access: Access
    slots: int
    heavy: int
    credits: int


class Gate:
    """Lets calls in, or raises what Zoho answers to those that it does not."""

    def __init__(self, state: State) -> None:
        self._state = state

    def enter(self, header: str | None, request: Request, *, known: bool) -> Pass:
        """Let a call in; one to an address that is not ``known`` needs a token alone.

        Raises AUTHENTICATION_FAILURE, INVALID_TOKEN, OAUTH_SCOPE_MISMATCH or TOO_MANY_REQUESTS.
        """
        access = self._state.accounts.authorize(header)
        if known:
            self.check_scopes(access, request)
        composite = request.below == _COMPOSITE
        cost = credit_cost(request.method, request.path, request.params, request.body)
        if composite:
            # A second credit is due where all of it is done, and the request says so itself.
            cost = 1
        entered = Pass(access, COMPOSITE_SLOTS if composite else 1, _weight(request), cost)
        quotas = self._state.quotas
        quotas.enter(entered.slots, entered.heavy)
        try:
            quotas.charge(cost)
        except BaseException:
            quotas.leave(entered.slots, entered.heavy)
            raise
        return entered

    def check_scopes(self, access: Access, request: Request) -> None:
        """Raise OAUTH_SCOPE_MISMATCH for a call that the token's scopes do not cover."""
        body = as_object(request.body) or {}
        scopes = needed(request.method, request.below, self._module(request, body))
        if request.below == "/coql" and "fields" in (as_list(body.get("include_meta")) or []):
            scopes.append("ZohoCRM.settings.fields.READ")
        check(access.scopes, scopes)

    def leave(self, entered: Pass) -> None:
        """A call has ended."""
        self._state.quotas.leave(entered.slots, entered.heavy)

    def _module(self, request: Request, body: Json) -> str | None:
        """The scope of the module that a call is about."""
        found = call_of(request.method, request.below)
        name: Any = None if found is None else found[1].get("module")
        if request.below == "/coql":
            selected = _FROM.search(str(body.get("select_query")))
            name = None if selected is None else selected[1]
        elif request.below == "/bulk/read":
            module = (as_object(body.get("query")) or {}).get("module")
            name = (as_object(module) or {"api_name": module}).get("api_name")
        if not isinstance(name, str):
            return None
        info = self._state.catalog.get(name)
        return module_scope(name, custom=info is not None and info.module.kind == "custom")


def _weight(request: Request) -> int:
    """How many heavy calls it counts as."""
    body = as_object(request.body) or {}
    if request.below == _COMPOSITE:
        parts = [as_object(part) or {} for part in as_list(body.get("__composite_requests")) or []]
        return sum(map(_weight, map(_part, parts)))
    if request.method == "GET":
        listed = request.below.count("/") == 1
        return int(listed and not {"cvid", "sort_by"}.isdisjoint(request.params))
    many = len(as_list(body.get("data")) or []) > _MANY_RECORDS
    return int(many or request.below.endswith(("/coql", "/actions/convert")))


def _part(part: Json) -> Request:
    """A sub-request as a call of its own."""
    path, _, query = str(part.get("uri")).partition("?")
    pairs = (pair.partition("=") for pair in query.split("&") if pair)
    params = {name: value for name, _, value in pairs}
    given = as_object(part.get("params")) or {}
    params.update({name: str(value) for name, value in given.items()})
    return Request(str(part.get("method")), path, params, part.get("body"))

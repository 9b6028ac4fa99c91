"""The consent page of the accounts server, and the redirect that it ends with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Response, request

from .callers import check_host
from .page_data import org_name
from .page_template import html
from .state import State

LOCATION = "us"
"""The data centre that a redirect names."""

_MOST_CHARACTERS = 8192
"""Of all parameters; what comes back is a header, and clients read 64 KiB of one at most."""

_PARAMETERS = (
    "scope",
    "client_id",
    "response_type",
    "access_type",
    "redirect_uri",
    "prompt",
    "state",
)


class ConsentApi:
    """``/oauth/v2/auth``: shows who wants what, and sends the answer with the browser.

    Beside it ``/oauth/serverinfo``, which tells the accounts server of each data centre.
    """

    def __init__(self, state: State) -> None:
        self._accounts = state.accounts
        self._org = org_name(state)
        self._store = state.store

    def routes(self) -> Iterable[tuple[str, Any, list[str]]]:
        """Address, view and methods of each route."""
        return (
            ("/oauth/v2/auth", self._ask, ["GET"]),
            ("/oauth/v2/auth", self._decide, ["POST"]),
            ("/oauth/serverinfo", self._server_info, ["GET"]),
        )

    def _server_info(self) -> dict[str, Any]:
        return {"result": "success", "locations": {LOCATION: self._accounts.api_domain}}

    def _ask(self) -> Response:
        check_host()
        given = _given(request.args)
        problem = self._problem(given)
        if problem is not None:
            return self._page(problem, status=400)
        return self._page("An emulated Zoho account", given)

    def _decide(self) -> Response:
        check_host()
        given = _given(request.form)
        problem = self._problem(given)
        if problem is not None:
            return self._page(problem, status=400)
        if request.form.get("decision") != "accept":
            answer = {"error": "access_denied"}
        else:
            code = self._accounts.grant_code(
                given["redirect_uri"], offline=self._is_offline(given), scopes=_scopes(given)
            )
            answer = (
                {"error": "access_denied"}
                if code is None
                else {
                    "code": code,
                    "location": LOCATION,
                    "accounts-server": self._accounts.api_domain,
                }
            )
        if "state" in given:
            answer["state"] = given["state"]
        address = given["redirect_uri"]
        sign = "&" if urlsplit(address).query else "?"
        headers = {"Location": f"{address}{sign}{urlencode(answer)}"}
        return Response(status=302, headers=headers)

    def _page(
        self, heading: str, given: Mapping[str, str] | None = None, status: int = 200
    ) -> Response:
        values = {"heading": heading, "given": given, "scopes": _scopes(given or {})}
        return html("consent", status, org=self._org, refreshing=None, **values)

    def _is_offline(self, given: Mapping[str, str]) -> bool:
        """Whether a refresh token comes: again only for those who are asked again."""
        with self._store.transaction():
            asked = given.get("prompt") == "consent" or not self._store.kept("consent")
            self._store.keep("consent", "agreed", True)
        return asked and given.get("access_type") == "offline"

    def _problem(self, given: Mapping[str, str]) -> str | None:
        if sum(len(value) for value in given.values()) > _MOST_CHARACTERS:
            return "request_too_long"
        if given.get("client_id") != self._accounts.client_id:
            return "invalid_client"
        if given.get("response_type") != "code":
            return "invalid_response_type"
        if not _scopes(given):
            return "invalid_scope"
        return None if _is_address(given.get("redirect_uri", "")) else "invalid_redirect_uri"


def _given(values: Mapping[str, str]) -> dict[str, str]:
    return {name: values[name] for name in _PARAMETERS if name in values}


def _is_address(text: str) -> bool:
    """Whether a browser can be sent there."""
    try:
        parts = urlsplit(text)
        known = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False
    return known and text.isprintable()


def _scopes(given: Mapping[str, str]) -> list[str]:
    return given.get("scope", "").replace(",", " ").split()

"""``/``: the emulator in a browser: its modules and records, what clients asked, what they got.

It needs no token, costs no credits, meets no faults, and leaves no trace in the log of requests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Response, request

from .incoming import Route
from .page_data import org_name, overview
from .page_records import RecordPages
from .page_requests import STATUSES, Filter, request_line, request_page
from .page_template import ROOT, asset, html
from .state import State

_LATEST = 50
"""Requests on the overview."""
_REFRESH = (2, 10)
"""Seconds after which the page may load itself again."""


@dataclass(frozen=True, slots=True)
class _Refreshing:
    """Whether a page loads itself again, and the links that change it."""

    seconds: int | None
    links: list[tuple[int | None, str]]


def is_page(method: str, path: str) -> bool:
    """True for what a browser asks of the page."""
    return path.startswith(f"{ROOT}/") or (path == "/" and method in ("GET", "HEAD"))


class Page:
    """The pages, and their style and icon."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._records = RecordPages(state)

    def routes(self) -> Iterator[Route]:
        """Rule, view and methods of each."""
        yield "/", self._overview, ["GET"]
        yield f"{ROOT}/modules/<module>", self._module, ["GET"]
        yield f"{ROOT}/modules/<module>/<record_id>", self._record, ["GET"]
        yield f"{ROOT}/requests", self._requests, ["GET"]
        yield f"{ROOT}/requests/<number>", self._request, ["GET"]
        yield f"{ROOT}/style.css", self._style, ["GET"]
        yield f"{ROOT}/icon.svg", self._icon, ["GET"]
        yield f"{ROOT}/<path:_rest>", self._nothing, ["GET"]

    def _overview(self) -> Response:
        latest = self._state.log.exchanges()[: -_LATEST - 1 : -1]
        return self._html(
            "overview",
            here="overview",
            overview=overview(self._state),
            requests=[request_line(each, self._state.zone) for each in latest],
            refreshing=_refreshing("/"),
        )

    def _module(self, module: str) -> Response:
        found = self._records.records(module, _number(request.args.get("page")))
        if found is None:
            return self._missing(f"The metadata has no module {module}.")
        return self._html("module", records=found)

    def _record(self, module: str, record_id: str) -> Response:
        found = self._records.record(module, record_id)
        if found is None:
            return self._missing(f"{module} has no record {record_id}.")
        return self._html("record", record=found)

    def _requests(self) -> Response:
        wanted = Filter(
            method=request.args.get("method", ""),
            status=request.args.get("status", ""),
            path=request.args.get("path", ""),
        )
        kept = self._state.log.exchanges()[::-1]
        chosen = {
            name: value
            for name in ("method", "status", "path")
            if (value := request.args.get(name, ""))
        }
        return self._html(
            "requests",
            here="requests",
            wanted=wanted,
            methods=sorted({each.request.method for each in kept}),
            statuses=STATUSES,
            kept=len(kept),
            requests=[
                request_line(each, self._state.zone) for each in kept if wanted.matches(each)
            ],
            refreshing=_refreshing(f"{ROOT}/requests", chosen),
        )

    def _request(self, number: str) -> Response:
        wanted = _number(number)
        for each in self._state.log.exchanges():
            if each.number == wanted:
                return self._html("request", shown=request_page(each, self._state.zone))
        return self._missing(f"Request {number} is not kept, or was never made.")

    def _style(self) -> Response:
        return asset("style.css", "text/css")

    def _icon(self) -> Response:
        return asset("icon.svg", "image/svg+xml")

    def _nothing(self, _rest: str) -> Response:
        return self._missing("There is no such page.")

    def _missing(self, message: str) -> Response:
        return self._html("missing", 404, message=message)

    def _html(self, template: str, status: int = 200, **values: object) -> Response:
        shown: dict[str, object] = {"here": "", "refreshing": None, **values}
        return html(template, status, org=org_name(self._state), **shown)


def _number(text: str | None) -> int:
    """A number of an address; 0 for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


def _refreshing(path: str, chosen: Mapping[str, str] | None = None) -> _Refreshing:
    seconds = _number(request.args.get("refresh"))

    def link(each: int | None) -> str:
        given = {**(chosen or {}), **({"refresh": str(each)} if each else {})}
        return f"{path}?{urlencode(given)}" if given else path

    return _Refreshing(
        seconds if seconds in _REFRESH else None,
        [(each, link(each)) for each in (None, *_REFRESH)],
    )

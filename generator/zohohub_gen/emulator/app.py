"""The Flask application: routes, the auth gate, the shape of errors, the request log."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, request
from flask import Request as FlaskRequest
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import BaseConverter

from .apis_api import ApisApi
from .attachments_api import AttachmentsApi
from .blueprint_api import BlueprintApi
from .bulk_read_api import BulkReadApi
from .bulk_write_api import BulkWriteApi
from .callers import check_caller, check_host
from .clock import MovableClock
from .composite_api import CompositeApi
from .consent import ConsentApi
from .control_api import PREFIX, ControlApi
from .convert_api import ConvertApi
from .coql import CoqlApi
from .errors import ApiError, internal_error, invalid_method, invalid_url
from .faults import Fault
from .files_api import FilesApi
from .full_data_api import FullDataApi
from .gate import PASS, Gate, Pass, Request
from .notes_api import NotesApi
from .notifier import Notifier
from .page import Page, is_page
from .people_api import PeopleApi
from .picklists_api import PicklistsApi
from .record_actions_api import RecordActionsApi
from .record_api import RecordApi
from .recycle_bin_api import RecycleBinApi
from .related_api import RelatedApi
from .request_log import ANSWER_KEPT, Answer, Exchange, RecordedRequest
from .search import SearchApi
from .settings_api import SettingsApi
from .state import State
from .tag_settings_api import TagSettingsApi
from .tags_api import TagsApi
from .values import dumps, format_time, parse_body
from .variables_api import VariablesApi
from .views import ViewsApi
from .watch_api import Channels, WatchApi

CUT = "zohohub.cut"
"""Key of the WSGI environ: the server closes the connection instead of answering."""
KEEP_BYTES = "zohohub.keep_bytes"
"""Key of the WSGI environ: the server sends that many bytes of the body, then closes."""
NO_LENGTH = "zohohub.no_length"
"""Key of the WSGI environ: the server leaves Content-Length out."""

_BODY = "zohohub.body"
_BEGAN = "zohohub.began"
_FAULT = "zohohub.fault"

_SECRETS = frozenset({"client_secret", "code", "refresh_token", "token", "access_token"})


class _Incoming(FlaskRequest):
    """Holds the files of a form in memory, where the whole body is anyway.

    Werkzeug's temporary files stay open where a form breaks off in the middle.
    """

    def _get_file_stream(self, *_: object, **__: object) -> io.BytesIO:
        return io.BytesIO()


class _Version(BaseConverter):
    """``v2`` to ``v8``, ``v2.1`` and the like; all of them behave like v8."""

    regex = r"v[2-8](?:\.[0-9]+)?"
    part_isolating = True


class _Module(BaseConverter):
    """An api_name of a module: the first part of an address that no other API begins with."""

    regex = r"(?!(?:__apis|__composite_requests|actions|coql|files|org|settings|users)(?:/|$))[^/]+"
    part_isolating = True


def json_answer(body: object, status: int = 200) -> Response:
    """A JSON answer with the headers that Zoho's carry."""
    answer = Response(dumps(body), status, content_type="application/json;charset=UTF-8")
    answer.headers["Content-Disposition"] = "attachment; filename=response.json"
    answer.headers["Cache-Control"] = "no-store, no-cache, must-revalidate, private"
    return answer


class Application:
    """Wires the APIs of one state into Flask; ``reset`` is what brings back the beginning."""

    def __init__(self, state: State, clock: MovableClock, reset: Callable[[], None]) -> None:
        self._state = state
        self._gate = Gate(state)
        self.flask = Flask("zohohub_emulator", static_folder=None)
        self.flask.request_class = _Incoming
        self.flask.url_map.converters.update({"version": _Version, "module": _Module})
        self.flask.url_map.strict_slashes = False
        self.flask.url_map.merge_slashes = False
        self.flask.before_request(self._before)
        self.flask.after_request(self._after)
        self.flask.teardown_request(self._end)
        self.flask.register_error_handler(ApiError, self._refused)
        self.flask.register_error_handler(HTTPException, self._http_error)
        self.flask.register_error_handler(Exception, self._broken)
        for own in (Page(state), ConsentApi(state), ControlApi(state, clock, reset)):
            for rule, view, methods in own.routes():
                self._route(rule, view, methods)
        self._route("/oauth/v2/token", self._token, ["POST"])
        self._route("/oauth/v2/token/revoke", self._revoke, ["POST"])
        channels = Channels(state)
        self._notifier = Notifier(state, channels)
        for api in (
            SettingsApi(state),
            SearchApi(state),
            CoqlApi(state),
            RecordApi(state),
            RecordActionsApi(state),
            ViewsApi(state),
            PicklistsApi(state),
            PeopleApi(state),
            FullDataApi(state),
            ApisApi(self.flask),
            BlueprintApi(state),
            CompositeApi(state, self.flask, self._gate),
            ConvertApi(state),
            RecycleBinApi(state),
            RelatedApi(state),
            NotesApi(state),
            AttachmentsApi(state),
            TagsApi(state),
            TagSettingsApi(state),
            FilesApi(state),
            VariablesApi(state),
            WatchApi(state, channels),
        ):
            for rule, view, methods in api.routes():
                self._route(f"/crm/<version:version>{rule}", view, methods)

        self._bulk = (BulkReadApi(state), BulkWriteApi(state))
        for bulk_api in self._bulk:
            for rule, view, methods in bulk_api.routes():
                self._route(f"/crm/bulk/<version:version>{rule}", view, methods)
        for rule, view, methods in self._bulk[1].upload_routes():
            self._route(f"/crm/<version:version>{rule}", view, methods)

    def close(self) -> None:
        """End the jobs in the background, and tell nobody of changes any longer."""
        for bulk_api in self._bulk:
            bulk_api.jobs.close()
        self._notifier.close()

    def _route(self, rule: str, view: Any, methods: Iterable[str]) -> None:
        methods = list(methods)
        self.flask.add_url_rule(
            rule,
            endpoint=f"{'+'.join(methods)} {rule}",
            view_func=_answering(view),
            methods=methods,
            provide_automatic_options=False,
        )

    # --- around every request -------------------------------------------------------------

    def _before(self) -> Response | None:
        if _is_control(request.path):
            check_caller()
            return None
        if is_page(request.method, request.path):
            check_host()
            return None
        request.environ[_BEGAN] = time.perf_counter()
        fault = self._state.faults.take(request.method, request.path)
        if fault is not None:
            request.environ[_FAULT] = fault.kind
            answer = self._suffer(fault)
            if answer is not None:
                return answer
        if not request.path.startswith("/crm/"):
            self._wait(fault, 0)
            return None
        try:
            self._enter()
        finally:
            # Only now, so that a slow call takes its place among those at a time.
            self._wait(fault, self._state.quotas.limits.latency)
        return None

    def _enter(self) -> None:
        if isinstance(request.routing_exception, NotFound):
            raise invalid_url()
        call = Request(request.method, request.path, request.args.to_dict(), _json_body())
        request.environ[PASS] = self._gate.enter(
            request.headers.get("Authorization"), call, known=request.routing_exception is None
        )

    def _wait(self, fault: Fault | None, latency: float) -> None:
        seconds = latency + (fault.seconds if fault is not None and fault.kind == "slow" else 0)
        if seconds > 0:
            self._state.stopping.wait(seconds)

    def _end(self, _error: BaseException | None) -> None:
        entered: Pass | None = request.environ.pop(PASS, None)
        if entered is not None:
            self._gate.leave(entered)

    def _suffer(self, fault: Fault) -> Response | None:
        match fault.kind:
            case "status":
                status, body = fault.error()
                answer = json_answer(body, status)
                if fault.retry_after is not None:
                    answer.headers["Retry-After"] = str(fault.retry_after)
                return answer
            case "html":
                status, page = fault.page()
                return Response(page, status, content_type="text/html;charset=UTF-8")
            case "cut_before":
                request.environ[CUT] = True
                return Response(status=500)
            case "cut_after":
                request.environ[CUT] = True
            case "truncate":
                request.environ[KEEP_BYTES] = True
                request.environ[NO_LENGTH] = not fault.declare_length
            case "slow":
                pass  # see _wait
            case "expire_token":
                self._state.accounts.expire(request.headers.get("Authorization"))
        return None

    def _after(self, answer: Response) -> Response:
        answer.date = datetime.fromtimestamp(self._state.clock(), UTC)
        if _is_control(request.path) or is_page(request.method, request.path):
            return answer
        self._notifier.tell(self._state.store.journal.take())
        entered: Pass | None = request.environ.get(PASS)
        if entered is not None and answer.status_code in (200, 201):
            expires = entered.access.expires
            answer.headers["X-ACCESSTOKEN-RESET"] = format_time(expires, self._state.zone)
        counted = entered is not None or (
            answer.status_code == 429 and request.path.startswith("/crm/")
        )
        if counted and (left := self._state.quotas.remaining()) is not None:
            answer.headers["X-API-CREDITS-REMAINING"] = str(left)
        if request.environ.get(KEEP_BYTES):
            request.environ[KEEP_BYTES] = len(answer.get_data()) // 2
        self._state.log.add(self._exchange(answer, entered))
        return answer

    def _exchange(self, answer: Response, entered: Pass | None) -> Exchange:
        body = answer.get_data()
        is_form = request.mimetype == "application/x-www-form-urlencoded"
        return Exchange(
            RecordedRequest(
                method=request.method,
                path=request.path,
                query=_without_secrets(request.args),
                status=None if request.environ.get(CUT) else answer.status_code,
                body=_json_body(),
            ),
            form=_without_secrets(request.form) if is_form else {},
            moment=self._state.clock(),
            milliseconds=(time.perf_counter() - request.environ[_BEGAN]) * 1000,
            credits=0 if entered is None else entered.credits,
            fault=request.environ.get(_FAULT),
            answer=Answer(answer.content_type or "", len(body), body[:ANSWER_KEPT]),
        )

    # --- errors ---------------------------------------------------------------------------

    def _refused(self, error: ApiError) -> Response:
        return json_answer(error.body, error.status)

    def _http_error(self, error: HTTPException) -> Response:
        if isinstance(error, NotFound):
            return self._refused(invalid_url())
        if isinstance(error, MethodNotAllowed):
            return self._refused(invalid_method())
        return self._refused(
            ApiError(error.code or 500, "INVALID_REQUEST", error.name or "invalid request")
        )

    def _broken(self, error: Exception) -> Response:
        self.flask.logger.error("%s %s", request.method, request.path, exc_info=error)
        return self._refused(internal_error())

    # --- OAuth ----------------------------------------------------------------------------

    def _token(self) -> Response:
        status, body = self._state.accounts.token(request.values)
        return json_answer(body, status)

    def _revoke(self) -> Response:
        status, body = self._state.accounts.revoke(request.values.get("token", ""))
        return json_answer(body, status)


def _is_control(path: str) -> bool:
    return path == PREFIX or path.startswith(f"{PREFIX}/")


def _without_secrets(values: Mapping[str, str]) -> dict[str, str]:
    return {name: "***" if name in _SECRETS else value for name, value in values.items()}


def _answering(view: Any) -> Any:
    """A view that may answer a Response, JSON with a status, or None for 204."""

    def answer(**arguments: str) -> Response:
        arguments.pop("version", None)
        result: object = view(**arguments)
        if isinstance(result, Response):
            return result
        if result is None:
            return _empty(204)
        if isinstance(result, tuple):
            status, body = result  # pyright: ignore[reportUnknownVariableType]  # (int, JSON)
            return _empty(status) if body is None else json_answer(body, status)  # pyright: ignore[reportUnknownArgumentType]  # as above
        return json_answer(result)

    return answer


def _empty(status: int) -> Response:
    answer = Response(status=status)
    del answer.headers["Content-Type"]
    return answer


def _json_body() -> object:
    """The JSON that was sent, read once; None where it is none."""
    if _BODY not in request.environ:
        request.environ[_BODY] = _read_json()
    found: object = request.environ[_BODY]
    return found


def _read_json() -> object:
    if not request.is_json and not re.match(rb"\s*[\[{]", request.get_data()):
        return None
    try:
        return parse_body(request.get_data())
    except ValueError:
        return None

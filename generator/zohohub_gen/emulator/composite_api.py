"""POST /__composite_requests: up to five requests in one, which may refer to each other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, request

from .errors import ApiError, ItemError
from .gate import PASS, Gate, Pass, Request
from .incoming import Route, json_body
from .results import status_of
from .state import State
from .values import Json, as_list, as_object, dumps, parse_body

MAX_REQUESTS = 5

_KEY = "__composite_requests"
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
_URI = re.compile(r"/crm(/.*)?/v[0-9]+([.][0-9]+)?/.*")
_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_]*")
_REFERENCE = re.compile(r"@\{([a-zA-Z0-9_]+):(\$[^}]*)\}")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")


class _RolledBackError(Exception):
    """Ends the transaction of a composite request."""


class CompositeApi:
    """Does each sub-request the way it would be done alone."""

    def __init__(self, state: State, flask: Flask, gate: Gate) -> None:
        self._state = state
        self._flask = flask
        self._gate = gate

    def routes(self) -> Iterator[Route]:
        """Rule, view and methods of each."""
        yield f"/{_KEY}", self._composite, ["POST"]

    def _composite(self) -> tuple[int, Json]:
        body = json_body()
        rollback = _flag(body, "rollback_on_fail", default=False)
        parallel = _flag(body, "parallel_execution", default=True)
        if rollback and parallel:
            flags = ("rollback_on_fail", "parallel_execution")
            raise ApiError(
                400,
                "AMBIGUITY_DURING_PROCESSING",
                "Ambiguity while processing the request",
                {"ambiguity_due_to": [{"api_name": n, "json_path": f"$.{n}"} for n in flags]},
            )
        parts = _parts(body)
        results: list[Json] = []
        if not rollback:
            results += [result for result, _ in self._run(parts, parallel=parallel)]
            return status_of(results, 200), {_KEY: results}
        try:
            with self._state.store.transaction():
                for result, ok in self._run(parts, parallel=False):
                    results.append(result)
                    if not ok:
                        raise _RolledBackError
            # The second credit is due only where all of it was done.
            self._state.quotas.add(1)
            entered: Pass = request.environ[PASS]
            request.environ[PASS] = replace(entered, credits=entered.credits + 1)
        except _RolledBackError:
            failed = len(results) - 1
            undone = _error(
                "ROLLBACK_PERFORMED",
                "the sub request was rolled back",
                {"rollbacked_by_sub_request_index": failed},
            )
            skipped = _error("PROCESSING_STOPPED", "the sub request was not executed", {})
            missing = len(parts) - len(results)
            results = [undone] * failed + results[failed:] + [skipped] * missing
        return status_of(results, 200), {_KEY: results}

    def _run(self, parts: list[Json], *, parallel: bool) -> Iterator[tuple[Json, bool]]:
        """The result of each part, and whether it was done."""
        answers: dict[str, Any] = {}
        for index, part in enumerate(parts):
            path = f"$.{_KEY}[{index}]"

            def value(reference: str, name: str, steps: str, path: str = path) -> object:
                if parallel or name not in answers:
                    raise _bad_reference(reference, path)
                return _find(answers[name], steps, reference, path)

            try:
                filled = as_object(_filled(part, value)) or {}
            except ApiError as error:
                yield error.body, False
                continue
            answer = self._do(filled)
            if answer.get_data() and not answer.is_json:  # a file
                yield _unsupported().body, False
                continue
            content: Any = parse_body(answer.get_data() or b"{}")
            answers[str(part.get("sub_request_id") or index + 1)] = content
            yield (
                {
                    "code": "SUCCESS",
                    "message": "composite sub request executed successfully",
                    "status": "success",
                    "details": {
                        "response": {
                            "headers": {"Content-Type": answer.headers.get("Content-Type") or ""},
                            "body": content,
                            "status_code": answer.status_code,
                        }
                    },
                },
                answer.status_code < 300 and answer.status_code != 207,
            )

    def _do(self, part: Json) -> Response:
        """Answer a sub-request without what stands around a request: token, faults, log."""
        body = part.get("body")
        headers = {name: str(text) for name, text in (as_object(part.get("headers")) or {}).items()}
        params = as_object(part.get("params")) or {}
        entered: Pass = request.environ[PASS]
        path, _, query = part["uri"].partition("?")
        query = "&".join(filter(None, (query, urlencode(params))))
        try:
            context = self._flask.test_request_context(
                path,
                method=part["method"],
                query_string=query,
                data=dumps(body) if body is not None else None,
                content_type="application/json" if body is not None else None,
                headers=headers,
            )
        except ValueError as error:  # such as a header of two lines
            refusal = ApiError(400, "INVALID_DATA", f"invalid data: {error}")
            return Response(dumps(refusal.body), 400, content_type="application/json")
        with context:
            try:
                if request.path.endswith(_KEY) or (
                    request.method == "DELETE" and "ids" in request.args
                ):
                    raise _unsupported()
                if request.routing_exception is None:
                    call = Request(request.method, request.path, request.args.to_dict(), body)
                    self._gate.check_scopes(entered.access, call)
                found = self._flask.dispatch_request()
            except Exception as error:  # noqa: BLE001 - the application's handlers take them all
                found = self._flask.handle_user_exception(error)
            return self._flask.make_response(found)


def _flag(body: Json, name: str, *, default: bool) -> bool:
    value = body.get(name, default)
    if not isinstance(value, bool):
        raise ApiError(
            400,
            "INVALID_DATA",
            "invalid data",
            {"api_name": name, "json_path": f"$.{name}", "expected_data_type": "boolean"},
        )
    return value


def _parts(body: Json) -> list[Json]:
    place: Json = {"api_name": _KEY, "json_path": f"$.{_KEY}"}
    if _KEY not in body:
        raise ApiError(400, "MANDATORY_NOT_FOUND", "required field not found", place)
    parts = [as_object(item) for item in as_list(body[_KEY]) or []]
    if not parts or None in parts:
        raise ApiError(
            400, "INVALID_DATA", "invalid data", {**place, "expected_data_type": "jsonarray"}
        )
    if len(parts) > MAX_REQUESTS:
        raise ApiError(
            400, "INVALID_DATA", "invalid data", {**place, "maximum_length": MAX_REQUESTS}
        )
    found = [part for part in parts if part is not None]
    names: set[str] = set()
    for index, part in enumerate(found):
        path = f"$.{_KEY}[{index}]"
        _matching(part, "uri", _URI, path)
        if not isinstance(part.get("method"), str) or part["method"] not in _METHODS:
            place = {"api_name": "method", "json_path": f"{path}.method"}
            raise ApiError(400, "INVALID_DATA", "invalid data", place)
        if "sub_request_id" in part:
            _matching(part, "sub_request_id", _NAME, path)
            if part["sub_request_id"] in names:
                place = {"api_name": "sub_request_id", "json_path": f"{path}.sub_request_id"}
                raise ApiError(400, "DUPLICATE_DATA", "duplicate data", place)
            names.add(part["sub_request_id"])
    return found


def _matching(part: Json, name: str, pattern: re.Pattern[str], path: str) -> None:
    value = part.get(name)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ApiError(
            400,
            "INVALID_DATA",
            "invalid data",
            {"api_name": name, "json_path": f"{path}.{name}", "regex": pattern.pattern},
        )


def _filled(value: Any, lookup: Callable[[str, str, str], object]) -> Any:
    """The same with every ``@{name:$.path}`` replaced by what it stands for."""
    if isinstance(value, str):
        whole = _REFERENCE.fullmatch(value)
        if whole:
            return lookup(whole[0], whole[1], whole[2])
        return _REFERENCE.sub(lambda each: str(lookup(each[0], each[1], each[2])), value)
    if (items := as_list(value)) is not None:
        return [_filled(item, lookup) for item in items]
    if (found := as_object(value)) is not None:
        return {name: _filled(item, lookup) for name, item in found.items()}
    return value


def _find(answer: Any, steps: str, reference: str, path: str) -> object:
    rest = steps[1:]
    while rest:
        step = _STEP.match(rest)
        if step is None:
            raise _bad_reference(reference, path)
        try:
            answer = answer[step[1]] if step[1] is not None else answer[int(step[2])]
        except (KeyError, IndexError, TypeError) as error:
            raise _bad_reference(reference, path) from error
        rest = rest[step.end() :]
    return answer


def _unsupported() -> ApiError:
    return ApiError(400, "NOT_SUPPORTED", "the api is not supported in composite requests")


def _bad_reference(reference: str, path: str) -> ApiError:
    return ApiError(
        400,
        "INVALID_REFERENCE",
        "the reference given seems to be invalid",
        {"api_name": _KEY, "json_path": path, "reference": reference},
    )


def _error(code: str, message: str, details: Json) -> Json:
    return ItemError(code, message, details).body()

"""Checks, while the tests run, what the runtime sends and what the emulator answers."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from .allowed import Allowed, allowed_by
from .contracts import Contracts, Finding, check_error

FAULTY = "zohohub.tests.faulty"


class Watch:
    """A pytest plugin: a test during which something does not fit the contracts fails."""

    def __init__(self, contracts: Contracts) -> None:
        self._contracts = contracts
        self._lock = threading.Lock()
        self._findings: list[Finding] = []
        self.counts: Counter[str] = Counter()
        self.needed: set[Allowed] = set()

    # --- what was said --------------------------------------------------------------------

    def sent(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: object,
        headers: Mapping[str, str],
    ) -> None:
        """The runtime sends a request."""
        operation = self._contracts.find(method, path)
        if operation is None:
            self._note("request", [Finding(f"{method} {path}", "request", "undescribed", "")])
            return
        self._note("request", operation.check_request(query, body, headers))

    def answered(self, method: str, path: str, status: int, body: object) -> None:
        """The emulator answers."""
        operation = self._contracts.find(method, path)
        call = f"{method} {path}"
        if operation is not None:
            self._note("answer", operation.check_answer(status, body))
        elif method == "HEAD":
            self._note("answer", [])  # an answer without a body
        elif status >= 400:
            place = f"answer {status}"
            self._note("answer", check_error(call, place, body, self._contracts.codes))
        else:
            self._note("answer", [Finding(call, "answer", "undescribed", f"{body}"[:300])])

    def _note(self, kind: str, findings: Any) -> None:
        found = list(findings)
        excuses = [allowed_by(each) for each in found]
        with self._lock:
            self.counts[kind] += 1
            self.needed.update(each for each in excuses if each is not None)
            self._findings += [
                each for each, excuse in zip(found, excuses, strict=True) if excuse is None
            ]

    def take(self) -> list[Finding]:
        """What did not fit since the last call."""
        with self._lock:
            found, self._findings = self._findings, []
        return found

    # --- pytest ---------------------------------------------------------------------------

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """A worker tells the process that prints what it has checked."""
        output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
        if output is not None:
            output["contracts"] = dict(self.counts)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """A worker has finished."""
        self.counts.update(getattr(node, "workeroutput", {}).get("contracts", {}))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say how much was checked."""
        sent, answered = self.counts["request"], self.counts["answer"]
        terminalreporter.write_line(
            f"checked against Zoho's OpenAPI files: {sent:,} requests, {answered:,} answers"
        )

    @pytest.fixture(autouse=True)
    def _contracts_hold(self, request: pytest.FixtureRequest) -> Iterator[None]:
        self.take()
        yield
        found = sorted(set(self.take()))
        if request.node.get_closest_marker("outside_contracts"):
            return
        if found:
            pytest.fail("\n".join(map(str, ["not as Zoho's OpenAPI files say:", *found])), False)


def install(watch: Watch) -> None:
    """Let the runtime and the emulator of this process tell the watch."""
    from flask import Response, request
    from zohohub.connection import Connection
    from zohohub_gen.emulator.app import Application

    plain_open = Connection.open
    plain_start = Application.__init__
    plain_suffer = Application._suffer

    def send(self: Connection, method: str, url: str, **more: Any) -> Any:
        parts = urlsplit(url)
        if parts.path.startswith("/crm/"):
            body = more.get("body")
            watch.sent(
                method,
                parts.path,
                {**dict(parse_qsl(parts.query)), **(more.get("params") or {})},
                json.loads(body) if isinstance(body, bytes) else None,
                more["headers"],
            )
        return plain_open(self, method, url, **more)

    def start(self: Application, *arguments: Any, **options: Any) -> None:
        plain_start(self, *arguments, **options)
        self.flask.after_request(after)

    def suffer(self: Application, fault: Any) -> Any:
        request.environ[FAULTY] = True
        return plain_suffer(self, fault)

    def after(answer: Response) -> Response:
        if request.path.startswith("/crm/") and FAULTY not in request.environ:
            is_json = (answer.content_type or "").startswith("application/json")
            body = json.loads(answer.get_data()) if is_json else None
            watch.answered(request.method, request.path, answer.status_code, body)
        return answer

    # In place of the real ones, for as long as the tests run.
    Connection.open = send  # type: ignore[method-assign]
    Application.__init__ = start  # type: ignore[method-assign]
    Application._suffer = suffer  # type: ignore[method-assign]

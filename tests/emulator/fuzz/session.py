"""Sends requests one after the other, judges the answers, and narrows down what went wrong."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from random import Random

from zohohub_gen.emulator import Emulator

from tests.contracts.contracts import Finding
from tests.contracts.watch import Watch

from .calls import Answer, Call, Line
from .maker import Maker
from .oracles import check_answer, check_store
from .org import Org

_CHECK_EVERY = 250
"""Calls after which a plain read is made and the store inspected."""
_SHRINKING = 60.0
"""Seconds for the search for the fewest calls that break something."""
_TOKEN = (
    ("client_id", "client_id"),
    ("client_secret", "client_secret"),
    ("refresh_token", "refresh_token"),
)
_PLAIN_LIMITS = b'{"credits":null,"concurrency":null,"latency":0,"search_lag":0,"credits_used":0}'
_M, _R = "/crm/<version:version>/<module:module>", "<record_id>"
_BULK = "/crm/bulk/<version:version>"
_STORIES = (
    ((_M, "POST"), (f"{_M}/{_R}", "PUT"), (f"{_M}/{_R}", "DELETE"), (f"{_M}/deleted", "GET")),
    (
        (_M, "POST"),
        (f"{_M}/{_R}/actions/clone", "POST"),
        (f"{_M}/{_R}/Notes", "POST"),
        (f"{_M}/{_R}/Attachments", "POST"),
        (f"{_M}/actions/add_tags", "POST"),
        (_M, "DELETE"),
        ("/crm/<version:version>/settings/recycle_bin/actions/restore", "POST"),
        (f"{_M}/{_R}/<related>", "GET"),
    ),
    (
        (_M, "POST"),
        ("/crm/<version:version>/Leads/<record_id>/actions/convert", "POST"),
        (f"{_M}/{_R}", "GET"),
        (f"{_M}/{_R}", "DELETE"),
        (f"{_M}/{_R}/actions/blueprint", "PUT"),
    ),
    (
        ("/crm/<version:version>/upload", "POST"),
        (f"{_BULK}/write", "POST"),
        (f"{_BULK}/write/<job_id>", "GET"),
        (f"{_M}/actions/mass_update", "POST"),
        (f"{_BULK}/read", "POST"),
        (f"{_BULK}/read/<job_id>/result", "GET"),
        (_M, "GET"),
    ),
)


class BrokenError(AssertionError):
    """Something that must hold does not."""


class Errors(logging.Handler):
    """What the emulator wrote to its log as an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self._found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        self._found.append(logging.Formatter().format(record))

    def take(self) -> list[str]:
        """What came since the last call."""
        found, self._found = self._found, []
        return found


def _counts(finding: Finding) -> bool:
    """Whether something that the files do not describe speaks against the emulator."""
    # No file describes odd addresses, and conditions come back as the client sent them.
    undescribed = finding.where == "answer" and finding.rule == "undescribed"
    echoed = "notification_condition" in finding.where
    # The file takes 25 variables at once, and answers one.
    several = finding.where.endswith("$.variables") and finding.rule == "maxItems"
    return not (undescribed or echoed or several)


class Session:
    """One client under one seed.  ``control`` lets it move the clock, arm faults and reset."""

    def __init__(
        self,
        emulator: Emulator,
        seed: int,
        *,
        control: bool = True,
        watch: Watch | None = None,
        errors: Errors | None = None,
    ) -> None:
        self.seed = seed
        self.sent = 0
        self.statuses: Counter[int] = Counter()
        self.routes: Counter[str] = Counter()
        self._emulator = emulator
        self._control = control
        self._watch = watch
        self._errors = errors
        self._token = ""
        self._line = Line(emulator.connection.port)
        self._org = Org(emulator._running().catalog.snapshot)
        application = emulator._application
        assert application is not None
        random = Random(seed)
        self._maker = Maker(
            random, self._org, application.flask.url_map.iter_rules(), emulator.connection
        )
        self._weights = [self._weight(*route) for route in self._maker.routes]
        self._history: list[Call] = []
        self._begin()

    def run(self, go_on: Callable[[int], bool]) -> None:
        """Send requests while ``go_on``, told how many there were, says so.

        Raises `BrokenError`, which tells the seed and the fewest requests found to show it.
        """
        random = self._maker.random
        # Every route once, and then as chance has it.
        routes = [each for each in self._maker.routes if self._control or self._weight(*each)]
        random.shuffle(routes)
        module: str | None = None
        while go_on(self.sent):
            if not routes:
                story = random.random() < 0.15
                module = random.choice(self._org.modules) if story else None
                routes = list(
                    reversed(random.choice(_STORIES))
                    if story
                    else random.choices(self._maker.routes, self._weights)
                )
            call = self._maker.call(routes.pop(), module)
            self._history.append(call)
            problems = self._try(call)
            if not problems and self.sent % _CHECK_EVERY == 0:
                problems = self._look()
            if problems:
                raise BrokenError(self._report(problems))
        problems = self._look()
        if problems:
            raise BrokenError(self._report(problems))

    def close(self) -> None:
        """Hang up."""
        self._line.close()

    # --- one call -------------------------------------------------------------------------

    def _try(self, call: Call) -> list[str]:
        """Send a request, and say what is wrong with what came of it."""
        self.sent += 1
        self.routes[call.rule] += 1
        try:
            answer = self._line.send(call, self._token)
        except TimeoutError:
            return ["no answer came"]
        self.statuses[0 if answer is None else answer.status] += 1
        problems = list(check_answer(call, answer))
        if self._errors is not None:
            problems += self._errors.take()
        if self._watch is not None:
            problems += [str(each) for each in sorted(set(self._watch.take())) if _counts(each)]
        if answer is not None and not problems:
            self._learn(call, answer)
        return problems

    def _learn(self, call: Call, answer: Answer) -> None:
        if answer.is_json and answer.status < 300 and answer.body:
            self._org.learn(call.module, answer.json())
        control = call.path.startswith("/__emulator/") and call.method == "POST"
        if control and call.path.startswith("/__emulator/faults"):
            self._plain("DELETE", "/__emulator/faults")
        elif control and call.path.startswith("/__emulator/limits"):
            self._plain("POST", "/__emulator/limits", _PLAIN_LIMITS)
        elif control and answer.status < 300:
            self._begin()
        elif answer.status == 401 or call.path.startswith("/oauth/"):
            self._refresh()

    def _begin(self) -> None:
        """As at the start, for this client and, where it may, for the emulator."""
        if self._control:
            self._plain("POST", "/__emulator/reset")
        self._org.forget()
        self._history.clear()
        self._refresh()

    def _refresh(self) -> None:
        to = self._emulator.connection
        query = [(name, str(getattr(to, each))) for name, each in _TOKEN]
        query.append(("grant_type", "refresh_token"))
        call = Call("POST", "/oauth/v2/token", tuple(query), body=b"")
        answer = self._line.send(call, "")
        body = {} if answer is None else answer.json()
        if "access_token" in body:
            self._token = body["access_token"]
        elif self._control:
            # The refresh token itself was revoked.
            self._begin()

    def _plain(self, method: str, path: str, body: bytes | None = None) -> Answer:
        headers = (("Authorization", "Zoho-oauthtoken {token}"),)
        answer = self._line.send(Call(method, path, (), headers, body), self._token)
        if answer is None or answer.status >= 300:
            raise BrokenError(f"{method} {path} does not work any longer: {answer}")
        return answer

    def _look(self) -> list[str]:
        """A plain read works, and the store is in order."""
        self._plain("GET", "/crm/v8/org")
        return check_store(self._emulator)

    # --- what went wrong ------------------------------------------------------------------

    def _report(self, problems: list[str]) -> str:
        calls, number = list(self._history), self.sent
        calls = self._fewest(calls) if self._control else calls[-1:]
        lines = [
            f"seed {self.seed}, request {number:,}:",
            *problems[:8],
            f"shown by these {len(calls)} requests, with ZOHO=http://127.0.0.1:<port>:",
            *map(str, calls),
        ]
        return "\n".join(lines)

    def _fewest(self, calls: list[Call]) -> list[Call]:
        """A part of the calls that breaks something as well, in the same order."""
        end = time.monotonic() + _SHRINKING
        if self._breaks(calls[-1:]):
            return calls[-1:]
        if not self._breaks(calls):
            return calls[-20:]
        size = len(calls) // 2
        while size and time.monotonic() < end:
            at = 0
            while at < len(calls) and time.monotonic() < end:
                rest = calls[:at] + calls[at + size :]
                if self._breaks(rest):
                    calls = rest
                else:
                    at += size
            size //= 2
        return calls

    def _breaks(self, calls: Sequence[Call]) -> bool:
        try:
            self._begin()
            return any(self._try(call) for call in calls) or bool(self._look())
        except BrokenError:
            return True

    def _weight(self, rule: str, method: str) -> float:
        if not self._control and (
            rule.startswith("/oauth/v2/token")
            or (rule.startswith("/__emulator") and method != "GET")
        ):
            return 0
        if rule in ("/__emulator/reset", "/__emulator/clock", "/oauth/v2/token/revoke"):
            return 0.1
        if rule.startswith(("/__emulator", "/oauth")) or method == "HEAD":
            return 0.4
        return 3 if rule.startswith(_M) and method != "GET" else 1

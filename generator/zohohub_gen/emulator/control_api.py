"""``/__emulator``: faults, limits, the clock and the log of requests, for tests in any language.

====================================  ============================================================
``GET /__emulator/faults``            what is armed, and what happens by chance
``POST /__emulator/faults``           arm one fault, ``{"kind": "status", "status": 503}`` with any
                                      of the parameters of `Fault`, ``pattern`` for a regular
                                      expression on the path; or faults by chance,
                                      ``{"rate": 0.05, "kinds": ["429", "cut"], "seed": 7}``
``DELETE /__emulator/faults``         disarm all
``GET, POST /__emulator/limits``      `Limits` and the credits used; POST changes those named, and
                                      ``{"credits_used": 0}`` gives all credits back
``GET, POST /__emulator/clock``       seconds since 1970; ``{"advance": 3600}`` moves it on
``GET, DELETE /__emulator/requests``  the latest 10,000 requests, oldest first; forget them
``POST /__emulator/reset``            as at the start: records, faults, limits, credits used, log
====================================  ============================================================

No token is needed, faults and limits do not apply, and the log leaves these requests out.  A page
of another origin that is open in a browser must not get here, so whatever carries its ``Origin``,
or comes for another host name, is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, replace
from decimal import Decimal
from typing import TypeAlias

from .clock import MovableClock
from .errors import ApiError
from .faults import KINDS, Armed, Fault, RandomFaults
from .incoming import Route, json_body
from .state import State
from .values import Json, as_list, format_time

PREFIX = "/__emulator"

_Types: TypeAlias = Mapping[str, tuple[type, ...]]

_LARGEST = 10**15
_DAY = 86_400
_FAULT: _Types = {
    "kind": (str,),
    "times": (int,),
    "skip": (int,),
    "method": (str,),
    "path": (str,),
    "pattern": (str,),
    "status": (int,),
    "code": (str,),
    "retry_after": (int,),
    "seconds": (int, Decimal),
    "declare_length": (bool,),
}
_RANDOM: _Types = {"rate": (int, Decimal), "kinds": (list,), "seed": (int,)}
_LIMITS: _Types = {
    "credits": (int, type(None)),
    "concurrency": (int, type(None)),
    "latency": (int, Decimal),
    "search_lag": (int, Decimal),
    "credits_used": (int,),
}


class ControlApi:
    """What a test may ask of the emulator itself."""

    def __init__(self, state: State, clock: MovableClock, reset: Callable[[], None]) -> None:
        self._state = state
        self._clock = clock
        self._do_reset = reset

    def routes(self) -> Iterator[Route]:
        """Rule, view and methods of each."""
        yield f"{PREFIX}/faults", self._faults, ["GET"]
        yield f"{PREFIX}/faults", self._inject, ["POST"]
        yield f"{PREFIX}/faults", self._clear, ["DELETE"]
        yield f"{PREFIX}/limits", self._limits, ["GET"]
        yield f"{PREFIX}/limits", self._change_limits, ["POST"]
        yield f"{PREFIX}/clock", self._time, ["GET"]
        yield f"{PREFIX}/clock", self._advance, ["POST"]
        yield f"{PREFIX}/requests", self._requests, ["GET"]
        yield f"{PREFIX}/requests", self._forget, ["DELETE"]
        yield f"{PREFIX}/reset", self._reset, ["POST"]

    # --- faults ---------------------------------------------------------------------------

    def _faults(self) -> Json:
        plan = self._state.faults.plan
        return {
            "faults": [_shown(armed) for armed in self._state.faults.all()],
            "random": None if plan is None else asdict(plan),
        }

    def _inject(self) -> tuple[int, Json]:
        body = json_body()
        if "rate" in body:
            _check(body, _RANDOM)
            if not all(isinstance(kind, str) for kind in as_list(body.get("kinds")) or []):
                raise _invalid("kinds is a list of strings")
            values: Json = {**body, "rate": float(body["rate"])}
            if "kinds" in values:
                values["kinds"] = tuple(values["kinds"])
            try:
                plan = RandomFaults(**values)
            except ValueError as error:
                raise _invalid(str(error)) from error
            self._state.faults.at_random(plan)
        else:
            self._state.faults.inject(_fault(body))
        return 201, self._faults()

    def _clear(self) -> Json:
        self._state.faults.clear()
        return self._faults()

    # --- limits and time ------------------------------------------------------------------

    def _limits(self) -> Json:
        quotas = self._state.quotas
        return {**asdict(quotas.limits), "credits_used": quotas.used}

    def _change_limits(self) -> Json:
        body = json_body()
        _check(body, _LIMITS)
        give_back = "credits_used" in body
        if body.pop("credits_used", 0) != 0:
            raise _invalid("credits_used can be set to 0 alone")
        changes: Json = {
            name: float(value) if name in ("latency", "search_lag") else value
            for name, value in body.items()
        }
        if any(value is not None and value < 0 for value in changes.values()):
            raise _invalid("limits are not negative")
        if changes.get("latency", 0) > _DAY:
            raise _invalid("latency is at most a day")
        quotas = self._state.quotas
        quotas.limits = replace(quotas.limits, **changes)
        if give_back:
            quotas.clear()
        return self._limits()

    def _time(self) -> Json:
        now = self._clock()
        return {"now": now, "text": format_time(now, self._state.zone)}

    def _advance(self) -> Json:
        body = json_body()
        _check(body, {"advance": (int, Decimal)})
        if "advance" not in body:
            raise _invalid("advance is missing: how many seconds to move on")
        try:
            self._clock.advance(float(body["advance"]))
        except ValueError as error:
            raise _invalid(str(error)) from error
        return self._time()

    # --- the log, and everything ----------------------------------------------------------

    def _requests(self) -> Json:
        return {"requests": [asdict(each) for each in self._state.log.all()]}

    def _forget(self) -> Json:
        self._state.log.clear()
        return self._requests()

    def _reset(self) -> tuple[int, None]:
        self._do_reset()
        return 204, None


def _fault(body: Json) -> Fault:
    _check(body, _FAULT)
    if body.get("kind") not in KINDS:
        raise _invalid(f"kind is one of {', '.join(KINDS)}")
    if "path" in body and "pattern" in body:
        raise _invalid("a fault has a path or a pattern, not both")
    values = {name: value for name, value in body.items() if name != "pattern"}
    if values.get("times", 1) < 1 or values.get("skip", 0) < 0:
        raise _invalid("times begins at 1, skip at 0")
    if not 200 <= values.get("status", 200) <= 599:
        raise _invalid("status lies between 200 and 599")
    if "seconds" in values:
        values["seconds"] = float(values["seconds"])
        if not 0 <= values["seconds"] <= _DAY:
            raise _invalid("seconds are not negative, and at most a day")
    if "pattern" in body:
        try:
            values["path"] = re.compile(body["pattern"])
        except (re.error, OverflowError, RecursionError) as error:
            raise _invalid(f"pattern is no regular expression: {error}") from error
    return Fault(**values)


def _shown(armed: Armed) -> Json:
    shown: Json = {
        name: value
        for name in _FAULT
        if name != "pattern" and (value := getattr(armed.fault, name)) is not None
    }
    if isinstance(armed.fault.path, re.Pattern):
        shown["pattern"] = shown.pop("path").pattern
    return shown | {"times": armed.times, "skip": armed.skip}


def _check(body: Json, known: _Types) -> None:
    for name, value in body.items():
        if name not in known:
            raise _invalid(f"{name} is unknown here; known are {', '.join(known)}")
        # True is a whole number to Python.
        if not isinstance(value, known[name]) or (value is True or value is False) != (
            known[name] == (bool,)
        ):
            raise _invalid(f"{name} has a value of the wrong type")
        if isinstance(value, int | Decimal) and not -_LARGEST <= value <= _LARGEST:
            raise _invalid(f"{name} is too large")


def _invalid(message: str) -> ApiError:
    return ApiError(400, "INVALID_DATA", message)

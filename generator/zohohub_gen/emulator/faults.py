"""Make the server misbehave, on purpose and always in the same way."""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast, get_args

from .errors import error_body
from .values import Json

FaultKind: TypeAlias = Literal[
    "status", "html", "cut_before", "cut_after", "truncate", "slow", "expire_token"
]
KINDS: tuple[FaultKind, ...] = get_args(FaultKind)
SLOW_SECONDS = 2.0
"""How long an answer takes that is ``slow`` by chance."""

_CODES = {
    400: ("INVALID_REQUEST", "invalid request"),
    401: ("INVALID_TOKEN", "invalid oauth token"),
    403: ("NO_PERMISSION", "permission denied"),
    404: ("INVALID_URL_PATTERN", "Please check if the URL trying to access is a correct one"),
    413: ("BODY_SIZE_REACHED", "the request body is too large"),
    415: ("MEDIA_TYPE_NOT_SUPPORTED", "the media type is not supported"),
    429: ("TOO_MANY_REQUESTS", "Too many requests fired in concurrent"),
    500: ("INTERNAL_ERROR", "Internal Server Error"),
    502: ("SERVICE_UNAVAILABLE", "Bad Gateway"),
    503: ("SERVICE_UNAVAILABLE", "Service Unavailable"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with the next requests that match.

    - ``status``: answer with ``status`` (default 500) and Zoho's JSON error; the request is not
      executed; ``retry_after`` adds that header, seconds; ``code`` stands in for the one that Zoho
      sends with that status
    - ``html``: answer with an HTML page and ``status`` (default 502); not executed
    - ``cut_before``: close the connection without an answer; not executed
    - ``cut_after``: execute, then close the connection without an answer
    - ``truncate``: execute, then send half of the body under the length of the whole, or with
      ``declare_length=False`` under no length at all
    - ``slow``: wait ``seconds``, then go on
    - ``expire_token``: the access token of the request stops working from now on

    It hits ``times`` matching requests after letting ``skip`` of them pass.  A request matches
    by ``method`` and by ``path``: the beginning of the path, or a pattern that is searched for
    in it.  Without ``path`` every address under ``/crm`` matches.
    """

    kind: FaultKind
    times: int = 1
    skip: int = 0
    method: str | None = None
    path: str | re.Pattern[str] | None = None
    status: int | None = None
    code: str | None = None
    retry_after: int | None = None
    seconds: float = 0.0
    declare_length: bool = True

    def matches(self, method: str, path: str) -> bool:
        """True when the fault is meant for such a request."""
        if self.method is not None and self.method.upper() != method:
            return False
        if isinstance(self.path, re.Pattern):
            return self.path.search(path) is not None
        return path.startswith(self.path if self.path is not None else "/crm/")

    def error(self) -> tuple[int, Json]:
        """Status and JSON body of a ``status`` fault."""
        status = self.status or 500
        code, message = _CODES.get(status, ("INTERNAL_ERROR", "Internal Server Error"))
        return status, error_body(self.code or code, message)

    def page(self) -> tuple[int, str]:
        """Status and HTML of an ``html`` fault."""
        status = self.status or 502
        return status, f"<html><head><title>{status}</title></head><body>Sorry.</body></html>"


@dataclass(frozen=True, slots=True)
class RandomFaults:
    """Faults by chance: under one ``seed``, the same requests of a run are always hit.

    Every request under ``/crm`` is hit with the probability ``rate``, 0 to 1, by one of ``kinds``:
    an HTTP status such as ``429``, one of the kinds of `Fault` except ``status``, or ``cut``, which
    is ``cut_before`` or ``cut_after``.  ``slow`` takes 2 seconds.  ValueError for anything else.
    """

    rate: float
    kinds: Sequence[str] = ("429", "500", "cut")
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.rate <= 1:
            raise ValueError(f"the rate of faults is {self.rate}; it lies between 0 and 1")
        if not self.kinds:
            raise ValueError("faults need at least one kind")
        for kind in self.kinds:
            named = kind == "cut" or (kind in KINDS and kind != "status")
            is_error = kind.isascii() and kind.isdigit() and 400 <= int(kind) <= 599
            if not named and not is_error:
                known = ", ".join(("cut", *(each for each in KINDS if each != "status")))
                raise ValueError(f"{kind!r} is no kind of fault: use 400 to 599, {known}")


class _Dice:
    def __init__(self, plan: RandomFaults) -> None:
        self.plan = plan
        self._random = random.Random(plan.seed)  # noqa: S311  # for faults, not for secrets

    def throw(self) -> Fault | None:
        # As many draws whether it hits or not, so that the rate leaves the kinds where they are.
        hit = self._random.random() < self.plan.rate
        kind = self._random.choice(self.plan.kinds)
        side = self._random.choice(("cut_before", "cut_after"))
        if not hit:
            return None
        if kind.isdigit():
            return Fault("status", status=int(kind))
        named = cast("FaultKind", side if kind == "cut" else kind)
        return Fault(named, seconds=SLOW_SECONDS if named == "slow" else 0.0)


@dataclass(slots=True)
class Armed:
    """A fault that is still to come: for ``times`` requests, after ``skip`` more."""

    fault: Fault
    skip: int
    times: int


class Faults:
    """The faults that are still to come, in the order in which they were injected."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: list[Armed] = []
        self._dice: _Dice | None = None

    def inject(self, fault: Fault) -> None:
        """Arm a fault."""
        with self._lock:
            self._armed.append(Armed(fault, fault.skip, fault.times))

    def at_random(self, plan: RandomFaults | None) -> None:
        """Let faults happen by chance from now on, beginning with the seed; None ends that."""
        with self._lock:
            self._dice = None if plan is None else _Dice(plan)

    def clear(self) -> None:
        """Disarm every fault, those by chance too."""
        with self._lock:
            self._armed.clear()
            self._dice = None

    def all(self) -> list[Armed]:
        """The faults that were injected and have not all hit yet."""
        with self._lock:
            return [Armed(each.fault, each.skip, each.times) for each in self._armed]

    @property
    def plan(self) -> RandomFaults | None:
        """What happens by chance."""
        with self._lock:
            return None if self._dice is None else self._dice.plan

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that hits this request, or None."""
        with self._lock:
            for armed in self._armed:
                if not armed.fault.matches(method, path):
                    continue
                if armed.skip > 0:
                    armed.skip -= 1
                    continue
                armed.times -= 1
                if armed.times <= 0:
                    self._armed.remove(armed)
                return armed.fault
            if self._dice is not None and path.startswith("/crm/"):
                return self._dice.throw()
        return None

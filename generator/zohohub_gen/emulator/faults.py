"""Make the server misbehave, on purpose and always in the same way."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from typing import Literal, TypeAlias

from .values import Json

FaultKind: TypeAlias = Literal[
    "status", "html", "cut_before", "cut_after", "truncate", "slow", "expire_token"
]

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

    ========================  ==================================================================
    ``status``                answer with ``status`` (default 500) and Zoho's JSON error; the
                              request is not executed; ``retry_after`` adds that header, seconds
    ``html``                  answer with an HTML page and ``status`` (default 502); not executed
    ``cut_before``            close the connection without an answer; not executed
    ``cut_after``             execute, then close the connection without an answer
    ``truncate``              execute, then send half of the body under the length of the whole,
                              or with ``declare_length=False`` under no length at all
    ``slow``                  wait ``seconds``, then go on
    ``expire_token``          the access token of the request stops working from now on
    ========================  ==================================================================

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
        return status, {"code": code, "details": {}, "message": message, "status": "error"}

    def page(self) -> tuple[int, str]:
        """Status and HTML of an ``html`` fault."""
        status = self.status or 502
        return status, f"<html><head><title>{status}</title></head><body>Sorry.</body></html>"


@dataclass(slots=True)
class _Armed:
    fault: Fault
    skip: int
    times: int


class Faults:
    """The faults that are still to come, in the order in which they were injected."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: list[_Armed] = []

    def inject(self, fault: Fault) -> None:
        """Arm a fault."""
        with self._lock:
            self._armed.append(_Armed(fault, fault.skip, fault.times))

    def clear(self) -> None:
        """Disarm every fault."""
        with self._lock:
            self._armed.clear()

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
        return None

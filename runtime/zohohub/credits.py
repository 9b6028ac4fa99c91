"""API credits: what the calls of one client cost, and what Zoho says is left.

Zoho counts credits over rolling 24 hours and publishes the price of each kind of call.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from typing import Any, cast

from zohohub.forks import watch_forks

__all__ = ["Credits", "credit_cost"]

_HEADER = "X-API-CREDITS-REMAINING"
_ENDINGS: Mapping[str, int] = {
    "actions/convert": 5,
    "actions/count": 50,
    "actions/merge": 50,
    "actions/send_mail": 20,
    "deleted": 2,
}
# Compiled where they are used: most calls need neither.
_LIMIT = r"\blimit\s+(?:\d+\s*,\s*)?(\d+)"
_ADDED = r"/crm/v[\d.]+/[^/]+(?:/upsert)?"


class Credits:
    """What one client has used.  Safe under threads; a forked process counts on by itself."""

    def __init__(self) -> None:
        self.forked()
        self._used = 0
        self._left: int | None = None
        watch_forks(self)

    def forked(self) -> None:
        """Take a lock that no thread of the parent holds."""
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        left = "" if self.left is None else f", {self.left} left"
        return f"<Credits: {self.used} used{left}>"

    @property
    def used(self) -> int:
        """Credits that the calls of this client have cost, by Zoho's price list.

        Calls that Zoho refused for their token or their number are not counted.
        """
        return self._used

    @property
    def left(self) -> int | None:
        """Credits that the org has left; None until Zoho says so, which it does from half on."""
        return self._left

    def count(self, cost: int, status: int, headers: Mapping[str, str]) -> None:
        """Note a call that was answered."""
        left = headers.get(_HEADER, "")
        with self._lock:
            if status not in (401, 429):
                self._used += cost
            if left.isascii() and left.isdigit():
                self._left = int(left)


def credit_cost(
    method: str, path: str, params: Mapping[str, str] | None = None, json: object = None
) -> int:
    """The credits that a call costs; ``path`` with the version, ``/crm/v8/Leads``."""
    body = cast("Mapping[str, Any]", json if isinstance(json, Mapping) else {})
    if path.startswith("/crm/bulk/"):
        return {"read": 50, "write": 500}.get(path.rpartition("/")[2], 1) if method == "POST" else 1
    if path.endswith("/__composite_requests"):
        return 2 if body.get("rollback_on_fail") is True else 1
    if path.endswith("/coql"):
        found = re.findall(_LIMIT, str(body.get("select_query", "")), re.IGNORECASE)
        rows = int(found[-1]) if found else 200
        return 1 if rows <= 200 else 2 if rows <= 1000 else 3
    if "/actions/" in path and path.endswith("tags"):
        listed: object = (params or {}).get("ids", "").split(",")
        return _by_size(body.get("ids", listed), 50)
    for ending, cost in _ENDINGS.items():
        if path.endswith(f"/{ending}"):
            return cost
    if method == "POST" and path.endswith("/settings/modules"):
        return 500
    if method in ("POST", "PUT") and re.fullmatch(_ADDED, path):
        return _by_size(body.get("data"), 10)
    return 3 if method == "GET" and params is not None and "cvid" in params else 1


def _by_size(rows: object, per_credit: int) -> int:
    """One credit for every so many rows, at least 1 and at most 10."""
    count = len(cast("Sequence[object]", rows)) if isinstance(rows, list | tuple) else 1
    return min(10, max(1, -(-count // per_credit)))

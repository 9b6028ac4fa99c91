"""Tells subscribed channels of changes: real POSTs, in the background, to this machine only."""

from __future__ import annotations

import ipaddress
import logging
import queue
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from .journal import Entry
from .state import State
from .values import Json, dumps
from .watch_api import Channel, Channels

_TIMEOUT = 5
_log = logging.getLogger("zohohub_gen.emulator")


@dataclass(frozen=True, slots=True)
class _Call:
    url: str
    body: str


class Notifier:
    """Posts one call for each change and channel, in order.

    A channel whose address is not on this machine is not called: nothing leaves the loopback.
    """

    def __init__(self, state: State, channels: Channels) -> None:
        self._state = state
        self._channels = channels
        self._calls: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def tell(self, entries: Iterable[Entry]) -> None:
        """Tell whoever wants to know of these changes."""
        entries = list(entries)
        # Most requests change nothing, and need not look.
        channels = self._channels.all() if entries else []
        for entry in entries:
            for channel in channels:
                if not channel.wants(entry.module, entry.operation):
                    continue
                if is_loopback(channel.url):
                    self._calls.put(_Call(channel.url, dumps(self._body(channel, entry))))
                    self._start()
                else:
                    _log.warning(
                        "channel %s is not told: the emulator calls loopback addresses only",
                        channel.id,
                    )

    def close(self) -> None:
        """Stop after the call that is under way, and forget those that wait."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            self._calls.put(None)
            thread.join()
        self._calls = queue.SimpleQueue()

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()

    def _run(self) -> None:
        # Few tests have channels: the server starts faster without.
        import requests

        with requests.Session() as session:
            # Proxies of the environment would carry the call away from this machine.
            session.trust_env = False
            while (call := self._calls.get()) is not None and not self._state.stopping.is_set():
                try:
                    session.post(
                        call.url,
                        data=call.body.encode(),
                        headers={"Content-Type": "application/json"},
                        timeout=_TIMEOUT,
                        allow_redirects=False,
                    ).close()
                except requests.RequestException as error:
                    _log.warning("a notification failed: %s", type(error).__name__)

    def _body(self, channel: Channel, entry: Entry) -> Json:
        body: Json = {
            "server_time": int(self._state.clock() * 1000),
            "query_params": {},
            "module": entry.module,
            "resource_uri": f"{self._state.accounts.api_domain}/crm/v8/{entry.module}",
            "ids": [entry.id],
            "affected_fields": [{entry.id: list(entry.values)}]
            if entry.operation == "update"
            else [],
            "operation": entry.operation,
            "channel_id": channel.id,
            "token": channel.token,
        }
        if channel.with_values:
            body["affected_values"] = [{"record_id": entry.id, "values": entry.values}]
        return body


def is_loopback(url: str) -> bool:
    """Whether the address is on this machine, without asking a name server."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

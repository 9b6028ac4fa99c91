"""The emulator of the boatyard, and a plain client for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from zohohub_gen.emulator import Emulator
from zohohub_gen.snapshot import Snapshot

from .boatyard import snapshot


class Client:
    """`requests` with a base address, a token and nothing else."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.http = requests.Session()
        self.base = f"{emulator.connection.api_domain}/crm/v8"
        self.refresh()

    def refresh(self) -> None:
        answer = self.http.post(
            f"{self.emulator.connection.accounts_url}/oauth/v2/token", token_form(self.emulator)
        )
        self.http.headers["Authorization"] = f"Zoho-oauthtoken {answer.json()['access_token']}"

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.http.get(self.base + path, timeout=10, **options)

    def page(self, module: str, **parameters: Any) -> requests.Response:
        return self.get(f"/{module}", params=parameters)

    def one(self, module: str, record_id: str) -> dict[str, Any]:
        answer = self.get(f"/{module}/{record_id}")
        assert answer.status_code == 200, answer.text
        record: dict[str, Any]
        (record,) = answer.json()["data"]
        return record

    def post(self, path: str, body: Any, **options: Any) -> requests.Response:
        return self.http.post(self.base + path, json=body, timeout=10, **options)

    def put(self, path: str, body: Any, **options: Any) -> requests.Response:
        return self.http.put(self.base + path, json=body, timeout=10, **options)

    def delete(self, path: str, **options: Any) -> requests.Response:
        return self.http.delete(self.base + path, timeout=10, **options)

    def add(self, module: str, *records: dict[str, Any]) -> list[str]:
        """Insert records and answer their ids, in order."""
        ids: list[str] = []
        for start in range(0, len(records), 100):
            answer = self.post(f"/{module}", {"data": records[start : start + 100]})
            assert answer.status_code == 201, answer.text
            ids += [item["details"]["id"] for item in answer.json()["data"]]
        return ids

    def refused(self, module: str, record: Any) -> dict[str, Any]:
        """Insert one record, which fails, and answer its error."""
        answer = self.post(f"/{module}", {"data": [record]})
        assert answer.status_code == 400, answer.text
        error: dict[str, Any]
        (error,) = answer.json()["data"]
        assert error["status"] == "error"
        return error

    def coql(self, query: str) -> requests.Response:
        return self.post("/coql", {"select_query": query})


def token_form(emulator: Emulator, **changes: str) -> dict[str, str]:
    to = emulator.connection
    return {
        "grant_type": "refresh_token",
        "client_id": to.client_id,
        "client_secret": to.client_secret,
        "refresh_token": to.refresh_token,
        **changes,
    }


class Clock:
    """A clock that only moves when told."""

    def __init__(self) -> None:
        self.now = 1_780_000_000.0

    def __call__(self) -> float:
        return self.now


Start = Callable[..., Client]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start an emulator, of the boatyard unless told otherwise."""
    clients: list[Client] = []

    def go(source: Snapshot | Path | None = None, **options: Any) -> Client:
        emulator = Emulator(source or snapshot(), **options).start()
        clients.append(Client(emulator))
        return clients[-1]

    yield go
    for client in clients:
        client.http.close()
        client.emulator.stop()


@pytest.fixture
def client(start: Start) -> Client:
    return start()


@pytest.fixture
def clock() -> Clock:
    return Clock()

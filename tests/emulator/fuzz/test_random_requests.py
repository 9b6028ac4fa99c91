"""No request, valid or not, and no sequence of requests breaks the server or what it keeps.

Requests are made for every route that the application has.  ``ZOHOHUB_FUZZ_SECONDS=900`` lets
the slow tests run that long, ``ZOHOHUB_FUZZ_SEED`` says where they begin.  Of the answers to
those, status and shape are checked, and not Zoho's OpenAPI files: a client may store what they
do not describe.
"""

from __future__ import annotations

import logging
import os
import secrets
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from zohohub_gen.emulator import Emulator
from zohohub_gen.emulator.deleted import Deleted
from zohohub_gen.emulator.store import Store

from tests.contracts.watch import Watch
from tests.support.packages import REPOSITORY

from .oracles import check_store
from .session import BrokenError, Errors, Session

ORG = REPOSITORY / "tests" / "cases" / "acme" / "metadata"
SECONDS = float(os.environ.get("ZOHOHUB_FUZZ_SECONDS", "80"))
SEED = int(os.environ.get("ZOHOHUB_FUZZ_SEED", "0"))
AT_ONCE = 6


@pytest.fixture
def errors() -> Iterator[Errors]:
    handler = Errors()
    loggers = [logging.getLogger(name) for name in ("zohohub_emulator", "zohohub_gen.emulator")]
    for logger in loggers:
        logger.addHandler(handler)
    yield handler
    for logger in loggers:
        logger.removeHandler(handler)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(ORG, refresh_limit=10**9) as running:
        yield running


@pytest.fixture
def watch(request: pytest.FixtureRequest) -> Watch | None:
    """Compares answers with Zoho's OpenAPI files, where those are."""
    found: Watch | None = request.config.pluginmanager.get_plugin("contracts")
    return found


def told(*sessions: Session) -> None:
    statuses: Counter[int] = sum((each.statuses for each in sessions), Counter())
    routes = {route for each in sessions for route in each.routes}
    sent = sum(each.sent for each in sessions)
    print(f"{sent:,} requests to {len(routes)} routes: {dict(sorted(statuses.items()))}")


def test_a_few_requests_to_every_route(
    emulator: Emulator, errors: Errors, watch: Watch | None
) -> None:
    session = Session(emulator, 1, watch=watch, errors=errors)
    session.run(lambda sent: sent < 1_500)
    session.close()
    assert emulator._application is not None
    rules = emulator._application.flask.url_map.iter_rules()
    every = {f"{method} {rule.rule}" for rule in rules for method in rule.methods or ()}
    assert session.routes.keys() == every


def test_what_breaks_is_told(
    emulator: Emulator, errors: Errors, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: Deleted) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Deleted, "in_bin", fails)
    session = Session(emulator, 5, errors=errors)
    with pytest.raises(BrokenError, match=r"^seed 5, request ") as raised:
        session.run(lambda sent: sent < 1_500)
    session.close()
    text = str(raised.value)
    assert "disk full" in text
    assert text.count("\ncurl ") == 1
    assert "/settings/recycle_bin" in text.rpartition("\ncurl ")[2]


def test_the_fewest_requests_are_told(
    emulator: Emulator, errors: Errors, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgets(*_: object) -> None:
        pass

    # A record that was deleted can be found by its values afterwards.
    monkeypatch.setattr(Store, "_forget", forgets)
    session = Session(emulator, 6, errors=errors)
    with pytest.raises(BrokenError, match="found by a value that it has not") as raised:
        session.run(lambda sent: sent < 1_500)
    session.close()
    assert 1 <= str(raised.value).count("\ncurl ") <= 3


def threads(emulator: Emulator, errors: Errors, seed: int, requests: float, seconds: float) -> None:
    end = time.monotonic() + seconds
    sessions = [Session(emulator, seed + each, control=False) for each in range(AT_ONCE)]

    def work(session: Session) -> None:
        session.run(lambda sent: sent < requests and time.monotonic() < end)
        session.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(work, sessions))
    told(*sessions)
    assert errors.take() == []
    assert check_store(emulator) == []


@pytest.mark.outside_contracts
def test_a_few_requests_at_the_same_time(emulator: Emulator, errors: Errors) -> None:
    threads(emulator, errors, 1, 100, 60)


@pytest.mark.slow
@pytest.mark.outside_contracts
def test_many_requests(
    emulator: Emulator, errors: Errors, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = SEED or secrets.randbits(32)
    session = Session(emulator, seed, errors=errors)
    end = time.monotonic() + SECONDS
    session.run(lambda _: time.monotonic() < end)
    session.close()
    with capsys.disabled():
        told(session)


@pytest.mark.slow
@pytest.mark.outside_contracts
def test_many_requests_at_the_same_time(emulator: Emulator, errors: Errors) -> None:
    seed = SEED or secrets.randbits(32)
    threads(emulator, errors, seed, float("inf"), SECONDS)

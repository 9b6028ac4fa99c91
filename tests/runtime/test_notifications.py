"""Notifications: channels at the emulator, its calls, and what reads them."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from zohohub.errors import ApiError, InvalidData, NotificationRefused
from zohohub.notifications import (
    ModuleEvent,
    Notifications,
    Subscription,
    parse_notification,
)
from zohohub.transport import Transport
from zohohub.values import Ref
from zohohub_gen.emulator import Emulator
from zohohub_gen.emulator.notifier import is_loopback

from tests.support.packages import ACME

if TYPE_CHECKING:
    from acme_crm import Crm

TOKEN = "the-secret-of-the-channel"


class Hook:
    """An address that notifications are sent to."""

    def __init__(self, url: str, bodies: queue.Queue[bytes]) -> None:
        self.url = url
        self.bodies = bodies

    def next(self) -> bytes:
        return self.bodies.get(timeout=10)


@pytest.fixture
def hook() -> Iterator[Hook]:
    bodies: queue.Queue[bytes] = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.headers["Content-Type"] == "application/json"
            bodies.put(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield Hook(f"http://127.0.0.1:{server.server_address[1]}/zoho", bodies)
    server.shutdown()
    thread.join()
    server.server_close()


def channel(crm: Crm, hook: Hook, **more: Any) -> Subscription:
    events = [*crm.leads.events("create", "edit", "delete"), *crm.deals.events()]
    return Subscription(
        **{"channel_id": "10", "events": events, "notify_url": hook.url, "token": TOKEN, **more}
    )


def test_changes_are_told(crm: Crm, hook: Hook) -> None:
    start = datetime.now(UTC).replace(microsecond=0)
    opened = crm.notifications.subscribe(channel(crm, hook, with_values=True))
    assert opened.expires is not None
    assert timedelta(days=6) <= opened.expires - start < timedelta(days=6, minutes=1)

    lead = crm.leads.create(last_name="Adler")
    event = parse_notification(hook.next(), token=TOKEN)
    assert (event.module, event.operation, event.ids) == ("Leads", "insert", [lead])
    assert event.affected_fields == {}
    assert event.channel_id == "10"
    assert event.time is not None
    assert start <= event.time <= datetime.now(UTC)

    crm.leads.update(lead, city="Bonn", annual_revenue=5)
    event = parse_notification(hook.next(), token=["another", TOKEN])
    assert event.operation == "update"
    assert {name: set(names) for name, names in event.affected_fields.items()} == {
        lead: {"City", "Annual_Revenue"}
    }
    assert event.affected_values == {lead: {"City": "Bonn", "Annual_Revenue": 5}}
    assert event.refs(crm.leads) == [Ref(lead)]
    assert crm.leads.get(event.refs(crm.leads)[0]).city == "Bonn"
    assert event.refs(crm.deals) == []

    crm.leads.delete(lead)
    assert parse_notification(hook.next(), token=TOKEN).operation == "delete"
    deal = crm.deals.create(deal_name="x", pipeline="Residential", stage="Enquiry")
    assert parse_notification(hook.next().decode(), token=TOKEN).ids == [deal]


def test_what_is_not_told(crm: Crm, hook: Hook) -> None:
    crm.notifications.subscribe(channel(crm, hook, events=crm.leads.events("create")))
    crm.accounts.create(account_name="x")
    crm.leads.update("6100000000000401001", city="Bonn")
    results = crm.leads.create_many([{"company": "x"}])
    assert not results[0].ok
    batch = crm.composite(rollback_on_fail=True)
    crm.leads.queue(batch, lambda leads: leads.create(last_name="rolled back"))
    crm.leads.queue(batch, lambda leads: leads.update("1", last_name="nobody"))
    batch.send()
    batch = crm.composite()
    told = crm.leads.queue(batch, lambda leads: leads.create(last_name="told"))
    batch.send()
    assert parse_notification(hook.next(), token=TOKEN).ids == [told.result]
    assert hook.bodies.empty()


def test_channels_are_listed_renewed_and_closed(crm: Crm, hook: Hook) -> None:
    assert crm.notifications.list() == []
    opened = crm.notifications.subscribe(channel(crm, hook), lasting=timedelta(hours=2))
    other = crm.notifications.subscribe(channel(crm, hook, channel_id="11", token=None))
    (listed, second) = crm.notifications.list()
    assert (listed, second) == (opened, other)
    assert listed.expires == opened.expires
    assert [str(event) for event in listed.events] == [
        "Leads.create",
        "Leads.edit",
        "Leads.delete",
        "Deals.all",
    ]
    assert TOKEN not in repr(listed)
    assert listed.token == TOKEN
    renewed = crm.notifications.renew(
        replace(listed, events=[ModuleEvent("Leads", "create")]), lasting=timedelta(days=7)
    )
    assert renewed.expires is not None
    assert opened.expires is not None
    assert renewed.expires - opened.expires > timedelta(days=6)
    assert crm.notifications.list()[0].events == [("Leads", "create")]
    crm.notifications.delete(other)
    assert crm.notifications.list() == [renewed]
    with pytest.raises(ApiError, match="NOT_SUBSCRIBED"):
        crm.notifications.delete("11", renewed)
    assert crm.notifications.list() == []
    with pytest.raises(ApiError, match="NOT_SUBSCRIBED"):
        crm.notifications.renew(renewed)
    crm.notifications.delete()
    crm.leads.create(last_name="x")
    assert hook.bodies.empty()


def test_requests_of_channels(server: Any, transport: Transport) -> None:
    expiry = "2026-01-01T01:00:00+01:00"
    success = {
        "code": "SUCCESS",
        "details": {"events": [{"channel_expiry": expiry, "channel_id": "10"}]},
        "message": "",
        "status": "success",
    }
    server.reply(201, {"watch": [success]})
    condition = {"type": "field_selection", "module": {"api_name": "Leads"}}
    subscription = Subscription(
        "10",
        [ModuleEvent("Leads", "edit")],
        "https://example.com/hook",
        token="t",
        related_actions=False,
        conditions=[condition],
    )
    opened = Notifications(transport).subscribe(subscription)
    assert opened.expires == datetime(2026, 1, 1, tzinfo=UTC)
    (body,) = server.requests[0].json["watch"]
    expires = datetime.fromisoformat(body.pop("channel_expiry"))
    assert expires.microsecond == 0
    assert body == {
        "channel_id": "10",
        "events": ["Leads.edit"],
        "notify_url": "https://example.com/hook",
        "notify_on_related_action": False,
        "token": "t",
        "notification_condition": [condition],
    }
    row = {
        "channel_id": "10",
        "channel_expiry": expiry,
        "resource_name": "Leads",
        "events": None,
        "notify_url": "https://example.com/hook",
        "notify_on_related_action": False,
        "notification_condition": [condition],
        "token": "t",
    }
    server.reply(200, {"watch": [row]})
    (listed,) = Notifications(transport).list()
    assert listed.events == [("Leads", "all")]
    assert listed.conditions == [condition]
    # A deletion that was done before its answer was lost finds nothing to delete.
    gone = {"code": "NOT_SUBSCRIBED", "details": {}, "message": "", "status": "error"}
    server.cut()
    server.reply(400, {"watch": [gone]})
    Notifications(transport).delete("10")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"channel_id": "x"}, "is not the id of a channel"),
        ({"events": []}, "needs events"),
        ({"notify_url": "example.com"}, "a web address"),
        ({"token": "x" * 51}, "1 to 50 characters"),
        ({"token": ""}, "1 to 50 characters"),
    ],
)
def test_channels_that_zoho_would_refuse(crm: Crm, hook: Hook, changes: Any, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        channel(crm, hook, **changes)


@pytest.mark.parametrize("lasting", [timedelta(0), timedelta(days=7, seconds=1)])
def test_how_long_a_channel_lasts(crm: Crm, hook: Hook, lasting: timedelta) -> None:
    with pytest.raises(ValueError, match="lasts 7 days at most"):
        crm.notifications.subscribe(channel(crm, hook), lasting=lasting)


def test_an_event_of_no_module(crm: Crm, hook: Hook) -> None:
    with pytest.raises(InvalidData, match="events"):
        crm.notifications.subscribe(channel(crm, hook, events=[ModuleEvent("Nothing", "all")]))


def test_a_channel_ends(connect: Callable[[Emulator], Transport], hook: Hook) -> None:
    from acme_crm import Crm

    start = datetime.now(UTC).timestamp()
    now = start
    with Emulator(ACME / "metadata", clock=lambda: now, token_lifetime=10**8) as emulator:
        crm = Crm(transport=connect(emulator))
        crm.notifications.subscribe(channel(crm, hook), lasting=timedelta(hours=1))
        crm.leads.create(last_name="A")
        hook.next()
        now = start + 3700
        crm.leads.create(last_name="B")
        assert crm.notifications.list() == []
    assert hook.bodies.empty()


def test_nothing_is_sent_elsewhere(
    crm: Crm, hook: Hook, caplog: pytest.LogCaptureFixture, closed_url: str
) -> None:
    crm.notifications.subscribe(channel(crm, hook, notify_url="https://example.com/hook"))
    crm.notifications.subscribe(channel(crm, hook, channel_id="11", notify_url=closed_url))
    crm.notifications.subscribe(channel(crm, hook, channel_id="12"))
    crm.leads.create(last_name="A")
    hook.next()
    assert "channel 10 is not told" in caplog.text
    # Nobody listens there: the next one is told all the same.
    assert "a notification failed: ConnectionError" in caplog.text


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:8000/x", True),
        ("http://127.9.9.9/", True),
        ("http://[::1]:8000/", True),
        ("http://localhost/x", True),
        ("http://localhost.example.com/", False),
        ("http://127.0.0.1.example.com/", False),
        ("http://127.0.0.1@example.com/", False),
        ("http://192.168.0.1/", False),
        ("https://example.com", False),
        ("", False),
    ],
)
def test_what_is_on_this_machine(url: str, here: bool) -> None:
    assert is_loopback(url) is here


# --- the parser ---------------------------------------------------------------------------

BODY: dict[str, Any] = {
    "server_time": 1767225600000,
    "query_params": {},
    "module": "Leads",
    "resource_uri": "https://www.zohoapis.com/crm/v8/Leads",
    "ids": ["11", 12],
    "affected_fields": [{"11": ["Company", "City"]}, {"12": ["City"]}, {"11": ["Phone"]}],
    "affected_values": [{"record_id": "11", "values": {"City": "Bonn"}}],
    "operation": "update",
    "channel_id": "10",
    "token": TOKEN,
}


@pytest.mark.parametrize("body", [json.dumps(BODY).encode(), json.dumps(BODY), BODY])
def test_a_notification(body: Any) -> None:
    event = parse_notification(body, token=TOKEN)
    assert event.ids == ["11", "12"]
    assert event.affected_fields == {"11": ["Company", "City", "Phone"], "12": ["City"]}
    assert event.affected_values == {"11": {"City": "Bonn"}}
    assert event.time == datetime(2026, 1, 1, tzinfo=UTC)
    assert TOKEN not in repr(event)


def test_a_notification_without_details() -> None:
    left_out = ("server_time", "affected_fields", "affected_values", "query_params")
    body = {name: value for name, value in BODY.items() if name not in left_out}
    event = parse_notification(body, token=TOKEN)
    assert (event.time, event.affected_fields, event.affected_values) == (None, {}, {})


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({**BODY, "token": "wrong"}, "does not carry the token"),
        ({**BODY, "token": None}, "does not carry the token"),
        ({**BODY, "token": 5}, "does not carry the token"),
        ({**BODY, "token": "\ud800"}, "does not carry the token"),
        ({}, "does not carry the token"),
        (b"\xff", "is not JSON"),
        ("", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "is not a JSON object"),
        ({**BODY, "module": None}, "another shape"),
        ({**BODY, "ids": None}, "another shape"),
        ({**BODY, "ids": "11"}, "another shape"),
        ({**BODY, "ids": [None]}, "another shape"),
        ({**BODY, "affected_fields": [{"11": "City"}]}, "another shape"),
        ('{"server_time": 1e99999999999999999999}', "is not JSON"),
        ({**BODY, "affected_fields": ["x"]}, "another shape"),
        ({**BODY, "affected_values": [{"record_id": "1"}]}, "another shape"),
        ({**BODY, "server_time": "soon"}, "another shape"),
        ({**BODY, "server_time": 10**30}, "another shape"),
        ({name: value for name, value in BODY.items() if name != "operation"}, "another shape"),
    ],
)
def test_what_is_no_notification(body: Any, problem: str) -> None:
    with pytest.raises(NotificationRefused, match=problem) as caught:
        parse_notification(body, token=TOKEN)
    assert TOKEN not in str(caught.value)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("token", ["", [], ["", TOKEN]])
def test_without_a_token_anybody_could_send_anything(token: Any) -> None:
    with pytest.raises(ValueError, match="give the channel's"):
        parse_notification({**BODY, "token": ""}, token=token)

"""Notifications: Zoho calls an address of yours when records change, ``/actions/watch``.

A channel says which changes, where to call and for how long.  Zoho does not sign its calls: what
tells a real one is the channel's token, which `parse_notification` checks.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, TypeVar, cast

from zohohub.conditions import datetime_text
from zohohub.errors import NotificationRefused, UnexpectedAnswer
from zohohub.json_text import loads
from zohohub.numbered_pages import check_result, items_of, numbered_items
from zohohub.values import Ref, decode_datetime

if TYPE_CHECKING:
    from zohohub.modules import Module
    from zohohub.records import Record
    from zohohub.transport import Answer, Sender

__all__ = [
    "LONGEST",
    "ModuleEvent",
    "NotificationEvent",
    "Notifications",
    "Operation",
    "Subscription",
    "WatchedOperation",
    "parse_notification",
]

R = TypeVar("R", bound="Record")

WatchedOperation: TypeAlias = Literal["create", "edit", "delete", "all"]
"""What a channel may be subscribed to."""
Operation: TypeAlias = Literal["insert", "update", "delete"]
"""What a notification tells of."""

LONGEST = timedelta(days=7)
"""How long a channel lasts at most; then it has to be renewed."""

_PATH = "actions/watch"
_LONGEST_TOKEN = 50


class ModuleEvent(NamedTuple):
    """A kind of change: of which module's records, and what was done; see `Module.events`."""

    module: str
    operation: WatchedOperation | str

    def __str__(self) -> str:
        return f"{self.module}.{self.operation}"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A channel: which changes Zoho tells of, and where to.

    Raises ``ValueError`` for what Zoho would refuse.
    """

    channel_id: str
    """Digits of your choice, which say the same channel in your org ever after."""
    events: Sequence[ModuleEvent]
    """``[*crm.leads.events("create", "edit"), *crm.deals.events("all")]``"""
    notify_url: str
    """Where Zoho sends its POST requests to."""
    token: str | None = field(default=None, repr=False)
    """A secret of at most 50 characters that each notification then carries."""
    with_values: bool = False
    """Send the new values of changed fields too."""
    related_actions: bool = True
    """Tell of changes that other changes have caused, too."""
    conditions: Sequence[Mapping[str, object]] = ()
    """Zoho's ``notification_condition``, as JSON: tell only of changes of certain fields."""
    expires: datetime | None = field(default=None, compare=False)
    """When the channel ends, as Zoho says; see `Notifications.renew`."""

    def __post_init__(self) -> None:
        _check_channel(self.channel_id)
        if not self.events:
            raise ValueError('a channel needs events, such as crm.leads.events("create")')
        if not self.notify_url.startswith(("https://", "http://")):
            raise ValueError("notify_url has to be a web address")
        if self.token is not None and not 0 < len(self.token) <= _LONGEST_TOKEN:
            raise ValueError(f"a token has 1 to {_LONGEST_TOKEN} characters")


class Notifications:
    """The channels of the org.

    The token needs the scope ZohoCRM.notifications.  Every method may raise what those of
    `zohohub.modules.Module` raise.
    """

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def subscribe(
        self, subscription: Subscription, /, *, lasting: timedelta = timedelta(days=6)
    ) -> Subscription:
        """Open a channel, and return it with the time at which it ends.

        ``lasting`` is 7 days at most; the default leaves a day to `renew` it in.  Calls
        ``POST /actions/watch``.  Raises ``ValueError`` for a longer or no time.
        """
        return self._put("POST", subscription, lasting)

    def renew(
        self, subscription: Subscription, /, *, lasting: timedelta = timedelta(days=6)
    ) -> Subscription:
        """Let a channel last from now on, with whatever else of it was changed.

        Zoho forgets channels that have ended.  Calls ``PUT /actions/watch``.  Raises `ApiError`
        with the code NOT_SUBSCRIBED for a channel that is not there: subscribe again;
        ``ValueError`` as `subscribe` does.
        """
        return self._put("PUT", subscription, lasting)

    def list(self) -> Sequence[Subscription]:
        """The channels that have not ended.  Calls ``GET /actions/watch``."""
        found: dict[str, Subscription] = {}
        for item in numbered_items(self._sender, _PATH, "watch"):
            # Zoho lists a channel once for each of its modules.
            row = _subscription(item)
            known = found.get(row.channel_id)
            events = [*(known.events if known else ()), *row.events]
            found[row.channel_id] = replace(row, events=list(dict.fromkeys(events)))
        return list(found.values())

    def delete(self, *channels: Subscription | str) -> None:
        """Close channels, given as such or by their ids.

        Calls ``DELETE /actions/watch``.  Raises `ApiError` with the code NOT_SUBSCRIBED for the
        first that is not there, after the others were closed.
        """
        ids = [each if isinstance(each, str) else each.channel_id for each in channels]
        for channel_id in ids:
            _check_channel(channel_id)
        if ids:
            params = {"channel_ids": ",".join(ids)}
            answer = self._sender.request("DELETE", _PATH, params=params, items="watch")
            # A repeated call finds closed what the lost one has closed.
            for _ in _results(answer, but="NOT_SUBSCRIBED" if answer.repeated else None):
                pass

    def _put(self, method: str, subscription: Subscription, lasting: timedelta) -> Subscription:
        if not timedelta(0) < lasting <= LONGEST:
            raise ValueError(f"a channel lasts {LONGEST.days} days at most, not {lasting}")
        expires = (datetime.now(UTC) + lasting).replace(microsecond=0)
        body: dict[str, object] = {
            "channel_id": subscription.channel_id,
            "events": [str(event) for event in subscription.events],
            "notify_url": subscription.notify_url,
            "channel_expiry": datetime_text(expires),
        }
        # Only what differs from Zoho's defaults: not every version of the API takes these.
        if subscription.with_values:
            body["return_affected_field_values"] = True
        if not subscription.related_actions:
            body["notify_on_related_action"] = False
        if subscription.token is not None:
            body["token"] = subscription.token
        if subscription.conditions:
            body["notification_condition"] = subscription.conditions
        answer = self._sender.request(method, _PATH, json={"watch": [body]}, items="watch")
        for item in _results(answer):
            events = cast("list[Mapping[str, Any]]", item.get("events") or [])
            times = [decode_datetime(event.get("channel_expiry")) for event in events]
            return replace(subscription, expires=next(filter(None, times), expires))
        raise UnexpectedAnswer(
            "JSON without a result", status=answer.status, request=answer.request
        )


@dataclass(frozen=True, slots=True)
class NotificationEvent:
    """What a notification tells: that records of one module were changed in one way."""

    module: str
    """The module's api_name."""
    operation: Operation | str
    ids: Sequence[str]
    affected_fields: Mapping[str, Sequence[str]]
    """By the id of the record, the api_names of the fields that were changed."""
    affected_values: Mapping[str, Mapping[str, object]]
    """By the id of the record, JSON values by api_name, if the channel asks for values."""
    time: datetime | None
    """When Zoho sent it, in UTC."""
    channel_id: str | None
    json: Mapping[str, Any] = field(repr=False, compare=False)
    """The object it was read from.  It holds the token."""

    def refs(self, module: Module[R], /) -> Sequence[Ref[R]]:
        """The records as references, if they are of this module; else none.

        ``for lead in event.refs(crm.leads): crm.leads.get(lead)``.
        """
        return [Ref(each) for each in self.ids] if self.module == module.api_name else []


def parse_notification(
    body: bytes | str | Mapping[str, Any], *, token: str | Sequence[str]
) -> NotificationEvent:
    """Read the body of a request that says it is a notification from Zoho.

    ``token`` is what the channel was subscribed with; several are allowed while it changes.  They
    are compared in constant time.  Raises `NotificationRefused` for a body without one of them
    or of another shape: answer such a request with 403 and forget it.
    """
    tokens = [token] if isinstance(token, str) else list(token)
    if not tokens or not all(tokens):
        raise ValueError("a notification can only be told by a token: give the channel's")
    data = _object(body)
    sent = str(data.get("token") or "").encode(errors="replace")
    # All of them are compared, so that the time says nothing of which one it was.
    matches = [hmac.compare_digest(sent, each.encode()) for each in tokens]
    if not any(matches):
        raise NotificationRefused("it does not carry the token of the channel")
    try:
        return _event(data)
    except (AttributeError, LookupError, TypeError, ValueError, OverflowError) as error:
        raise NotificationRefused(f"its JSON has another shape ({type(error).__name__})") from error


def _object(body: bytes | str | Mapping[str, Any]) -> Mapping[str, Any]:
    data: object = body
    if isinstance(body, bytes | str):
        try:
            data = loads(body)
        except (ValueError, RecursionError):
            raise NotificationRefused("it is not JSON") from None
    if not isinstance(data, Mapping):
        raise NotificationRefused("it is not a JSON object")
    return cast("Mapping[str, Any]", data)


def _event(data: Mapping[str, Any]) -> NotificationEvent:
    milliseconds = data.get("server_time")
    channel_id = data.get("channel_id")
    fields: dict[str, Sequence[str]] = {}
    for entry in cast("list[Mapping[str, Any]]", data.get("affected_fields") or []):
        for record_id, names in entry.items():
            fields[record_id] = [*fields.get(record_id, ()), *map(_text, _list(names))]
    values = cast("list[Mapping[str, Any]]", data.get("affected_values") or [])
    return NotificationEvent(
        module=_text(data["module"]),
        operation=_text(data["operation"]),
        ids=[_id(each) for each in _list(data["ids"])],
        affected_fields=fields,
        affected_values={_id(each["record_id"]): dict(each["values"]) for each in values},
        time=None
        if milliseconds is None
        else datetime.fromtimestamp(int(milliseconds) / 1000, UTC),
        channel_id=None if channel_id is None else str(channel_id),
        json=data,
    )


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return cast("list[object]", value)


def _id(value: object) -> str:
    return str(value) if type(value) is int else _text(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _check_channel(channel_id: str) -> None:
    if not (channel_id.isascii() and channel_id.isdigit()):
        raise ValueError(f"{channel_id!r} is not the id of a channel; Zoho takes digits")


def _results(answer: Answer, but: str | None = None) -> Iterator[Mapping[str, Any]]:
    """The details of each result; raises the error of one, except those with the code ``but``."""
    for item in items_of(answer, "watch"):
        check_result(answer, item, but)
        yield cast("Mapping[str, Any]", item.get("details") or {})


def _subscription(item: Mapping[str, Any]) -> Subscription:
    events = cast("list[str]", item.get("events") or [])
    module = str(item.get("resource_name"))
    return Subscription(
        channel_id=str(item["channel_id"]),
        events=[_module_event(text) for text in events] or [ModuleEvent(module, "all")],
        notify_url=str(item.get("notify_url")),
        token=item.get("token") or None,
        with_values=item.get("return_affected_field_values") is True,
        related_actions=item.get("notify_on_related_action") is not False,
        conditions=item.get("notification_condition") or (),
        expires=decode_datetime(item.get("channel_expiry")),
    )


def _module_event(text: str) -> ModuleEvent:
    module, _, operation = text.rpartition(".")
    return ModuleEvent(module, operation)

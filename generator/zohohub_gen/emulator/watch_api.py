"""Notifications: /actions/watch, and the channels that are subscribed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from flask import request

from .errors import ApiError, ItemError, missing_param
from .incoming import Route, json_body
from .paging import MAX_PER_PAGE, positive
from .results import status_of, success
from .state import State
from .values import Json, as_list, as_object, format_time, parse_time

WEEK = 7 * 86400
HOUR = 3600
MAX_CHANNELS = 50
MAX_TOKEN = 50
_KIND = "channel"
OPERATIONS = {"create": "insert", "edit": "update", "delete": "delete", "all": None}


@dataclass(frozen=True, slots=True)
class Channel:
    """Who wants to be told of which changes."""

    id: str
    events: tuple[tuple[str, str], ...]
    """Module and operation of each."""
    url: str
    token: str | None
    expires: int
    related: bool
    with_values: bool
    conditions: Any

    def wants(self, module: str, operation: str) -> bool:
        """Whether a change of that kind is one of its events."""
        return any(
            name == module and OPERATIONS[kind] in (None, operation) for name, kind in self.events
        )


def _channel(known: Json) -> Channel:
    events = tuple((str(module), str(operation)) for module, operation in known["events"])
    rest = {name: value for name, value in known.items() if name != "events"}
    return Channel(events=events, **rest)


class Channels:
    """The channels of an org, until they expire."""

    def __init__(self, state: State) -> None:
        self._clock = state.clock
        self._store = state.store

    def all(self) -> list[Channel]:
        """Those that have not expired, in the order in which they were subscribed."""
        now = self._clock()
        with self._store.transaction():
            kept = self._store.kept(_KIND)
        channels = [_channel(known) for known in kept.values()]
        return [channel for channel in channels if channel.expires > now]

    def get(self, channel_id: str) -> Channel | None:
        """The channel of that id, unless it has expired."""
        return next((channel for channel in self.all() if channel.id == channel_id), None)

    def put(self, channel: Channel) -> None:
        """Subscribe a channel, in place of the one with its id."""
        with self._store.transaction():
            self._store.keep(_KIND, channel.id, asdict(channel))

    def remove(self, channel_id: str) -> None:
        """Unsubscribe a channel."""
        with self._store.transaction():
            self._store.drop(_KIND, channel_id)


class WatchApi:
    """Subscribe, list, replace, change and delete channels."""

    def __init__(self, state: State, channels: Channels) -> None:
        self._state = state
        self._channels = channels

    def routes(self) -> Iterator[Route]:
        """Rule, view and methods of each."""
        yield "/actions/watch", self._list, ["GET"]
        yield "/actions/watch", self._subscribe, ["POST"]
        yield "/actions/watch", self._replace, ["PUT"]
        yield "/actions/watch", self._change, ["PATCH"]
        yield "/actions/watch", self._delete, ["DELETE"]

    def _list(self) -> Json | None:
        per_page = positive("per_page", request.args.get("per_page"), MAX_PER_PAGE, MAX_PER_PAGE)
        page = positive("page", request.args.get("page"), 1)
        wanted = request.args.get("channel_id")
        module = request.args.get("module")
        rows = [
            row
            for channel in self._channels.all()
            if wanted in (None, channel.id)
            for row in self._rows(channel)
            if module in (None, row["resource_name"])
        ]
        shown = rows[(page - 1) * per_page : page * per_page]
        if not shown:
            return None
        return {
            "watch": shown,
            "info": {
                "per_page": per_page,
                "count": len(shown),
                "page": page,
                "more_records": page * per_page < len(rows),
            },
        }

    def _rows(self, channel: Channel) -> Iterator[Json]:
        """One row for each module of a channel."""
        for module in dict.fromkeys(name for name, _ in channel.events):
            yield {
                "notify_on_related_action": channel.related,
                "return_affected_field_values": channel.with_values,
                **self._resource(channel, module),
                "notify_url": channel.url,
                "fields": None,
                "notification_condition": channel.conditions,
                "events": [f"{name}.{kind}" for name, kind in channel.events if name == module],
                "token": channel.token,
            }

    def _resource(self, channel: Channel, module: str) -> Json:
        raw = self._state.catalog.raw_module(module) or {}
        return {
            "channel_expiry": format_time(channel.expires, self._state.zone),
            "resource_uri": f"{self._state.accounts.api_domain}/crm/v8/{module}",
            "resource_id": raw.get("id"),
            "resource_name": module,
            "channel_id": channel.id,
        }

    def _subscribe(self) -> tuple[int, Json]:
        results = [
            self._put(item, f"$.watch[{index}]", None) for index, item in enumerate(_items())
        ]
        return status_of(results, 201), {"watch": results}

    def _replace(self) -> tuple[int, Json]:
        results = [
            self._put_known(item, f"$.watch[{index}]", keep=False)
            for index, item in enumerate(_items())
        ]
        return status_of(results, 200), {"watch": results}

    def _change(self) -> tuple[int, Json]:
        results = [
            self._put_known(item, f"$.watch[{index}]", keep=True)
            for index, item in enumerate(_items())
        ]
        return status_of(results, 200), {"watch": results}

    def _delete(self) -> tuple[int, Json]:
        ids = [each.strip() for each in request.args.get("channel_ids", "").split(",")]
        if not any(ids):
            raise missing_param("channel_ids")
        results: list[Json] = []
        for channel_id in ids:
            channel = self._channels.get(channel_id)
            if channel is None:
                results.append(_not_subscribed(channel_id).body())
                continue
            self._channels.remove(channel_id)
            resource = self._resource(channel, channel.events[0][0])
            kept = ("resource_uri", "resource_id", "channel_id")
            results.append(
                success(
                    {name: resource[name] for name in kept},
                    "Successfully un-subscribed for actions-watch of the given module",
                )
            )
        return status_of(results, 200), {"watch": results}

    def _put_known(self, item: Json, path: str, *, keep: bool) -> Json:
        channel_id = str(item.get("channel_id"))
        known = self._channels.get(channel_id)
        if known is None:
            return _not_subscribed(channel_id).body()
        return self._put(item, path, known if keep else None)

    def _put(self, item: Json, path: str, known: Channel | None) -> Json:
        channel = self._channel(item, path, known)
        if isinstance(channel, ItemError):
            return channel.body()
        self._channels.put(channel)
        modules = dict.fromkeys(name for name, _ in channel.events)
        return success(
            {"events": [self._resource(channel, module) for module in modules]},
            "Successfully subscribed for actions-watch of the given module",
        )

    def _channel(self, item: Json, path: str, known: Channel | None) -> Channel | ItemError:
        now = int(self._state.clock())
        if known is None:
            for name in ("channel_id", "events", "notify_url"):
                if not item.get(name):
                    place = {"api_name": name, "json_path": f"{path}.{name}"}
                    return ItemError("MANDATORY_NOT_FOUND", "required field not found", place)
        channel_id = str(item.get("channel_id"))
        if not (channel_id.isascii() and channel_id.isdigit()):
            return _wrong("channel_id", path, expected_data_type="bigint")
        events = known.events if known else ()
        if "events" in item:
            found = [self._event(text) for text in as_list(item["events"]) or []]
            if not found or None in found:
                return _wrong("events", path)
            events = tuple(event for event in found if event is not None)
        url = item.get("notify_url", known.url if known else None)
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            return _wrong("notify_url", path)
        conditions = item.get("notification_condition", known.conditions if known else None)
        if conditions is not None and not all(
            as_object(each) is not None for each in as_list(conditions) or [None]
        ):
            return _wrong("notification_condition", path, expected_data_type="jsonarray")
        token = item.get("token", known.token if known else None)
        if token is not None and not (isinstance(token, str) and len(token) <= MAX_TOKEN):
            return _wrong("token", path, maximum_length=MAX_TOKEN)
        expires: int | None = known.expires if known else now + HOUR
        if "channel_expiry" in item:
            expires = parse_time(item["channel_expiry"])
        if expires is None or not now < expires <= now + WEEK:
            return _wrong("channel_expiry", path)
        return Channel(
            id=channel_id,
            events=events,
            url=url,
            token=token,
            expires=expires,
            related=item.get("notify_on_related_action", known.related if known else True) is True,
            with_values=item.get(
                "return_affected_field_values", known.with_values if known else False
            )
            is True,
            conditions=conditions,
        )

    def _event(self, text: object) -> tuple[str, str] | None:
        module, _, kind = str(text).rpartition(".")
        info = self._state.catalog.get(module)
        if info is None or not info.module.api_supported or kind not in OPERATIONS:
            return None
        if self._state.catalog.raw_module(module) is None:  # Users
            return None
        return module, kind


def _items() -> list[Json]:
    items = as_list(json_body().get("watch"))
    found = [item for each in items or [] if (item := as_object(each)) is not None]
    place: Json = {"api_name": "watch", "json_path": "$.watch"}
    if not found:
        raise ApiError(400, "MANDATORY_NOT_FOUND", "required field not found", place)
    if len(found) > MAX_CHANNELS:
        place["maximum_length"] = MAX_CHANNELS
        raise ApiError(400, "LIMIT_REACHED", "limit reached", place)
    return found


def _wrong(name: str, path: str, **more: object) -> ItemError:
    place = {"api_name": name, "json_path": f"{path}.{name}"}
    return ItemError("INVALID_DATA", "invalid data", {**place, **more})


def _not_subscribed(channel_id: str) -> ItemError:
    return ItemError(
        "NOT_SUBSCRIBED",
        "Not subscribed to actions-watch",
        {"channel_id": channel_id},
    )

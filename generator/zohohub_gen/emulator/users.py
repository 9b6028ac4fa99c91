"""The users of the org: the token's own, those of a file, and every owner that records name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .catalog import USERS
from .store import Row, Store
from .values import Json, as_list, as_object, format_time, id_of, time_zone

_ADMINISTRATOR: Json = {"name": "Administrator", "id": "1000000000026011"}
_ROLE: Json = {"name": "CEO", "id": "1000000000026005"}

USER_TYPES = frozenset(
    {
        "AllUsers",
        "ActiveUsers",
        "DeactiveUsers",
        "ConfirmedUsers",
        "NotConfirmedUsers",
        "DeletedUsers",
        "ActiveConfirmedUsers",
        "AdminUsers",
        "ActiveConfirmedAdmins",
        "CurrentUser",
    }
)


def _complete(known: Json, zone: str, language: str) -> Json:
    """A user with every key that clients read; the ``known`` ones win."""
    user_id = known["id"]
    name = str(known.get("full_name") or known.get("name") or known.get("last_name") or user_id)
    first, _, last = name.rpartition(" ")
    created = format_time(1_600_000_000, time_zone(zone))
    usual: Json = {
        "zuid": user_id,
        "first_name": first or None,
        "last_name": last,
        "email": f"user{user_id}@example.com",
        "status": "active",
        "confirm": True,
        "role": _ROLE,
        "profile": _ADMINISTRATOR,
        "time_zone": zone,
        "locale": language,
        "language": language,
        "created_time": created,
        "Modified_Time": created,
        "Isonline": False,
        "type__s": "Regular User",
        "territories": [],
    }
    given = {key: value for key, value in known.items() if value is not None or key not in usual}
    return {**usual, **given, "full_name": name}


def store_users(
    store: Store, users: Iterable[Json], records: Iterable[Json], zone: str, language: str
) -> str:
    """Store every user and answer the id of the current one: the first, made up if need be."""
    found: dict[str, Json] = {}
    for user in [*users, *_named_in(records)]:
        if (user_id := id_of(user)) and user_id not in found:
            found[user_id] = _complete(user, zone, language)
    if not found:
        admin = {"full_name": "Emulator Admin", "email": "admin@example.com"}
        user_id = store.new_id()
        found[user_id] = _complete({"id": user_id, **admin}, zone, language)
    for user_id, user in found.items():
        store.put(Row(USERS, user_id, 0, 0, user["full_name"], user), ())
    return next(iter(found))


def _named_in(records: Iterable[Json]) -> Iterator[Json]:
    for record in records:
        for value in record.values():
            for reference in as_list(value) or [value]:
                user = as_object(reference)
                # Only users carry an address beside their name.
                if user and user.get("name") and "email" in user:
                    yield user
        for name in ("Owner", "Created_By", "Modified_By"):
            if (user := as_object(record.get(name))) is not None:
                yield user

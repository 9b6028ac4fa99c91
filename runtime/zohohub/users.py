"""The users of the org: ``/users``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from zohohub.errors import RecordNotFound
from zohohub.numbered_pages import items_of, numbered_items
from zohohub.values import UserRef, decode_datetime

if TYPE_CHECKING:
    from zohohub.transport import Answer, Sender

__all__ = ["Profile", "Role", "User", "UserType", "Users"]

UserType: TypeAlias = Literal[
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
]
"""Which users a list is of."""


@dataclass(frozen=True, slots=True)
class Role:
    """A place in the org's hierarchy."""

    id: str
    name: str | None


@dataclass(frozen=True, slots=True)
class Profile:
    """A set of permissions."""

    id: str
    name: str | None


@dataclass(frozen=True, slots=True)
class User:
    """A user of the org."""

    id: str
    zuid: str | None
    """The id of the person's Zoho account."""
    full_name: str | None
    first_name: str | None
    last_name: str | None
    email: str | None
    status: str | None
    """active, inactive, disabled or deleted."""
    confirmed: bool
    """Whether the invitation was accepted."""
    type: str | None
    """Such as ``Regular User``."""
    role: Role | None
    profile: Profile | None
    time_zone: str | None
    locale: str | None
    language: str | None
    created_time: datetime | None
    modified_time: datetime | None
    json: Mapping[str, Any] = field(repr=False, compare=False)
    """The object it was read from, which holds more."""

    @property
    def ref(self) -> UserRef:
        """What the fields of records that hold a user take."""
        return UserRef(self.id, self.full_name, self.email)


class Users:
    """The users of the org.

    The token needs the scope ZohoCRM.users.READ.  Every method may raise what those of
    `zohohub.modules.Module` raise.
    """

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def list(self, type: UserType = "AllUsers") -> Iterator[User]:
        """The users of that type.  Calls ``GET /users`` for every 200, when they are asked for."""
        return map(_user, numbered_items(self._sender, "users", "users", {"type": type}))

    def get(self, user: UserRef | str, /) -> User:
        """One user.

        Calls ``GET /users/{id}``.  Raises `RecordNotFound` for an id that no user has,
        ``ValueError`` for what cannot be an id.
        """
        user_id = user if isinstance(user, str) else user.id
        if not (user_id.isascii() and user_id.isdigit()):
            raise ValueError(f"{user_id!r} is not the id of a user; Zoho's ids are digits")
        return _only(self._sender.request("GET", f"users/{user_id}"), f"no user {user_id}")

    def current(self) -> User:
        """The user whose token this client uses.  Calls ``GET /users?type=CurrentUser``."""
        answer = self._sender.request("GET", "users", params={"type": "CurrentUser"})
        return _only(answer, "no current user")


def _only(answer: Answer, problem: str) -> User:
    for item in items_of(answer, "users"):
        return _user(item)
    raise RecordNotFound(
        "NO_CONTENT", f"the org has {problem}", status=answer.status, request=answer.request
    )


def _user(item: Mapping[str, Any]) -> User:
    # Zoho mixes two ways of writing keys here.
    role = item.get("role")
    profile = item.get("profile")
    return User(
        id=str(item["id"]),
        zuid=item.get("zuid"),
        full_name=item.get("full_name"),
        first_name=item.get("first_name"),
        last_name=item.get("last_name"),
        email=item.get("email"),
        status=item.get("status"),
        confirmed=item.get("confirm") is True,
        type=item.get("type__s"),
        role=Role(role["id"], role.get("name")) if role else None,
        profile=Profile(profile["id"], profile.get("name")) if profile else None,
        time_zone=item.get("time_zone"),
        locale=item.get("locale"),
        language=item.get("language"),
        created_time=decode_datetime(item.get("created_time")),
        modified_time=decode_datetime(item.get("Modified_Time") or item.get("modified_time")),
        json=item,
    )

"""GET /settings/roles and /settings/profiles: those that the users of the org have."""

from __future__ import annotations

from collections.abc import Iterator

from flask import request

from .catalog import USERS
from .errors import invalid_param
from .incoming import Route
from .state import State
from .values import Json, as_object, loads

_PROFILE_TYPES = ("normal_profile", "private_profile")


class PeopleApi:
    """Roles and profiles, to read."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> Iterator[Route]:
        """Rule, view and methods of each."""
        yield "/settings/roles", self._roles, ["GET"]
        yield "/settings/roles/<role_id>", self._role, ["GET"]
        yield "/settings/profiles", self._profiles, ["GET"]
        yield "/settings/profiles/<profile_id>", self._profile, ["GET"]

    def _roles(self) -> Json:
        return {"roles": [_shown_role(role) for role in self._named("role")]}

    def _role(self, role_id: str) -> Json | None:
        roles = [role for role in self._named("role") if role["id"] == role_id]
        return {"roles": [_shown_role(role) for role in roles]} if roles else None

    def _profiles(self) -> Json | None:
        kind = request.args.get("type")
        if kind is not None and kind not in _PROFILE_TYPES:
            raise invalid_param("type", supported_values=list(_PROFILE_TYPES))
        found = [_shown_profile(each) for each in self._named("profile")]
        shown = [each for each in found if kind in (None, each["type"])]
        return {"profiles": shown} if shown else None

    def _profile(self, profile_id: str) -> Json | None:
        for each in self._named("profile"):
            if each["id"] == profile_id:
                details: Json = {"permissions_details": [], "sections": []}
                return {"profiles": [{**_shown_profile(each), **details}]}
        return None

    def _named(self, key: str) -> list[Json]:
        """The different roles or profiles of the users, each with its id."""
        with self._state.store.transaction():
            rows = self._state.store.select(
                "SELECT data FROM record WHERE module = ? ORDER BY key", (USERS,)
            )
        found: dict[str, Json] = {}
        for row in rows:
            named = as_object(loads(row[0]).get(key)) or {}
            if isinstance(named.get("id"), str):
                found.setdefault(named["id"], named)
        return list(found.values())


def _shown_role(role: Json) -> Json:
    return {
        "display_label": role.get("name"),
        "api_name": str(role.get("name")).replace(" ", "_"),
        "forecast_manager": None,
        "reporting_to": None,
        "share_with_peers": True,
        "description": None,
        "created_by__s": None,
        "modified_by__s": None,
        "created_time__s": None,
        "modified_time__s": None,
        **role,
    }


def _shown_profile(profile: Json) -> Json:
    name = str(profile.get("name"))
    return {
        "display_label": name,
        "api_name": name.replace(" ", "_"),
        "description": None,
        "custom": name not in ("Administrator", "Standard"),
        "type": "normal_profile",
        "created_by": None,
        "created_time": None,
        "modified_by": None,
        "modified_time": None,
        **profile,
    }

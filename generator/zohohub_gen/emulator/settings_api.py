"""Routes of the settings, org and users APIs."""

from __future__ import annotations

from collections.abc import Iterator

from flask import request

from .catalog import USERS
from .errors import invalid_param
from .incoming import Route, modified_since
from .listing import record_ids
from .paging import MAX_PER_PAGE, positive
from .state import State
from .users import USER_TYPES
from .values import Json, as_object, loads

ZGID = "60000000001"
"""By which Zoho's file servers know an org whose snapshot does not say."""


class SettingsApi:
    """GET /settings/modules, /settings/fields, /settings/layouts, /org and /users."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._metadata = state.metadata

    def routes(self) -> Iterator[Route]:
        """Rule, view and methods of each."""
        yield "/settings/modules", self._modules, ["GET"]
        yield "/settings/modules/<name>", self._module, ["GET"]
        yield "/settings/fields", self._fields, ["GET"]
        yield "/settings/fields/<field_id>", self._field, ["GET"]
        yield "/settings/layouts", self._layouts, ["GET"]
        yield "/settings/layouts/<layout_id>", self._layout, ["GET"]
        yield "/org", self._org, ["GET"]
        yield "/users", self._users, ["GET"]
        yield "/users/<user_id>", self._user, ["GET"]

    def _modules(self) -> tuple[int, Json | None]:
        since = modified_since()
        modules = self._metadata.modules(since)
        if not modules:
            return (204 if since is None else 304), None
        return 200, {"modules": modules}

    def _module(self, name: str) -> Json:
        return {"modules": [self._metadata.module(name)]}

    def _fields(self) -> Json | None:
        fields = self._metadata.fields(request.args)
        return {"fields": fields} if fields else None

    def _field(self, field_id: str) -> Json:
        return {"fields": [self._metadata.field(field_id, request.args)]}

    def _layouts(self) -> Json | None:
        layouts = self._metadata.layouts(request.args)
        return {"layouts": layouts} if layouts else None

    def _layout(self, layout_id: str) -> Json:
        return {"layouts": [self._metadata.layout(layout_id, request.args)]}

    def _org(self) -> Json:
        user = self._state.user
        return {
            "org": [
                {
                    "primary_email": user.get("email"),
                    "primary_zuid": user.get("zuid"),
                    "mc_status": False,
                    "license_details": {
                        "paid": True,
                        "paid_type": "enterprise",
                        "users_license_purchased": 10,
                        "trial_type": None,
                        "trial_expiry": None,
                    },
                    "photo_id": None,
                    "type": "production",
                    "zgid": ZGID,
                    **self._state.catalog.snapshot.org,
                }
            ]
        }

    def _users(self) -> Json | None:
        kind = request.args.get("type", "AllUsers")
        if kind not in USER_TYPES:
            raise invalid_param("type", supported_values=sorted(USER_TYPES))
        page = positive("page", request.args.get("page"), 1)
        per_page = positive("per_page", request.args.get("per_page"), MAX_PER_PAGE, MAX_PER_PAGE)
        ids = record_ids(request.args)
        users = [user for user in self._all_users() if self._is(user, kind)]
        if ids is not None:
            users = [user for user in users if user["id"] in ids]
        shown = users[(page - 1) * per_page : page * per_page]
        if not shown:
            return None
        return {
            "users": shown,
            "info": {
                "per_page": per_page,
                "count": len(shown),
                "page": page,
                "more_records": page * per_page < len(users),
            },
        }

    def _is(self, user: Json, kind: str) -> bool:
        active = user.get("status") == "active"
        confirmed = user.get("confirm") is True
        match kind:
            case "CurrentUser":
                return bool(user["id"] == self._state.user_id)
            case "ActiveUsers":
                return active
            case "DeactiveUsers":
                return user.get("status") == "disabled"
            case "DeletedUsers":
                return user.get("status") == "deleted"
            case "ConfirmedUsers":
                return confirmed
            case "NotConfirmedUsers":
                return not confirmed
            case "ActiveConfirmedUsers":
                return active and confirmed
            case "AdminUsers" | "ActiveConfirmedAdmins":
                profile = as_object(user.get("profile")) or {}
                return active and profile.get("name") == "Administrator"
            case _:
                return True

    def _all_users(self) -> list[Json]:
        with self._state.store.transaction():
            rows = self._state.store.select(
                "SELECT data FROM record WHERE module = ? ORDER BY key", (USERS,)
            )
        return [loads(row[0]) for row in rows]

    def _user(self, user_id: str) -> Json | None:
        users = [user for user in self._all_users() if user["id"] == user_id]
        return {"users": users} if users else None

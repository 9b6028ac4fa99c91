"""Custom views: of every module all records and those of the token's user, and those of a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import request

from zohohub_gen.diagnostics import GeneratorError

from .catalog import ModuleInfo
from .conditions import Condition, column
from .definitions import CUSTOM_VIEWS_FILE
from .errors import ApiError, invalid_module, invalid_param, missing_param
from .incoming import Route
from .json_criteria import CURRENT_USER, JsonCriteria, texts_in
from .paging import MAX_PER_PAGE, positive
from .values import Json, as_object, is_id

if TYPE_CHECKING:
    from .state import State

_MAX_COLUMNS = 8
_ALONE = ("criteria", "fields", "sort_by", "sort_order", "shared_to", "module")
"""What only the answer about one view holds."""
_TRANSLATION = {
    "public_views": "Public Views",
    "other_users_views": "Other Users Views",
    "shared_with_me": "Shared With Me",
    "created_by_me": "Created By Me",
}


@dataclass(frozen=True, slots=True)
class View:
    """A custom view."""

    id: str
    name: str
    criteria: Json | None
    raw: Json
    """What a file says of it; empty for one that every module has."""


def views_of(state: State, info: ModuleInfo) -> list[View]:
    """The views of a module; their ids never change."""
    names = sorted(module.api_name for module in state.catalog.schema.modules)
    first = 4_900_000_000_000_000 + names.index(info.api_name) * 10
    mine: Json = {
        "field": {"api_name": "Owner", "id": _field_id(state, info, "Owner")},
        "comparator": "equal",
        "value": CURRENT_USER,
        "type": "value",
    }
    label = info.module.plural_label
    return [
        View(str(first), f"All {label}", None, {}),
        View(str(first + 1), f"My {label}", mine, {}),
        *(
            View(raw["id"], raw["name"], as_object(raw.get("criteria")), raw)
            for raw in state.definitions.custom_views
            if raw["module"]["api_name"] == info.api_name
        ),
    ]


def view_condition(
    state: State, info: ModuleInfo, view_id: str | None, alias: str = "record"
) -> Condition | None:
    """The condition on the records of a view; raises INVALID_DATA for one that is not there."""
    if view_id is None:
        return None
    for view in views_of(state, info):
        if view.id == view_id:
            return _condition(state, info, view, alias)
    raise invalid_param("cvid")


def _condition(state: State, info: ModuleInfo, view: View, alias: str) -> Condition:
    if not view.criteria:
        return "1", []
    if not view.raw:
        # Every module has this one, a module without owners too.
        return f"json_extract({alias}.data, '$.Owner.id') = ?", [state.user_id]
    criteria = JsonCriteria(lambda name: column(info, str(name), alias))
    return criteria.condition(texts_in(view.criteria, state.user_id))


def ids_in_view(state: State, info: ModuleInfo, view_id: str) -> list[str]:
    """The ids of the records that a view shows; raises INVALID_DATA for one that is not there."""
    text, values = view_condition(state, info, view_id) or ("1", [])
    rows = state.store.select(
        f"SELECT key FROM record WHERE module = ? AND {text}",  # noqa: S608  # see conditions
        [info.api_name, *values],
    )
    return [row[0].lstrip("0") or "0" for row in rows]


class ViewsApi:
    """GET /settings/custom_views and one of them by id."""

    def __init__(self, state: State) -> None:
        """Raises `GeneratorError` for a view of a file that the schema cannot answer."""
        self._state = state
        for raw in state.definitions.custom_views:
            info = state.catalog.get(raw["module"]["api_name"])
            try:
                if info is None or info.open:
                    raise invalid_module({})
                view_condition(state, info, raw["id"])
            except ApiError as error:
                raise GeneratorError(
                    f"{CUSTOM_VIEWS_FILE} has a view {raw['name']!r} that the metadata does not"
                    f" allow ({error}): look at its module and its criteria"
                ) from error

    def routes(self) -> Iterator[Route]:
        """Rule, view and methods of each."""
        yield "/settings/custom_views", self._list, ["GET"]
        yield "/settings/custom_views/<view_id>", self._get, ["GET"]

    def _list(self) -> Json | None:
        info = self._module()
        page = positive("page", request.args.get("page"), 1)
        per_page = positive("per_page", request.args.get("per_page"), MAX_PER_PAGE, MAX_PER_PAGE)
        views = views_of(self._state, info)
        shown = views[(page - 1) * per_page : page * per_page]
        if not shown:
            return None
        return {
            "custom_views": [self._head(view) for view in shown],
            "info": {
                "per_page": per_page,
                "default": views[0].id,
                "count": len(shown),
                "page": page,
                "more_records": page * per_page < len(views),
                "translation": _TRANSLATION,
            },
        }

    def _get(self, view_id: str) -> Json | None:
        info = self._module()
        if not is_id(view_id):
            raise ApiError(
                400, "UNABLE_TO_PARSE_DATA_TYPE", "either the request body or parameters is wrong"
            )
        view = next((each for each in views_of(self._state, info) if each.id == view_id), None)
        if view is None:
            return None
        columns: list[Json] = [
            {"api_name": name, "id": _field_id(self._state, info, name)}
            for name in [name for name in info.fields if name != "id"][:_MAX_COLUMNS]
        ]
        shown: Json = {
            **self._head(view),
            "criteria": view.criteria,
            "fields": columns,
            "sort_by": None,
            "sort_order": None,
            "shared_to": None,
            **view.raw,
            "module": {"api_name": info.api_name, "id": info.module.id},
        }
        return {"custom_views": [shown], "info": {"translation": _TRANSLATION}}

    def _head(self, view: View) -> Json:
        own = not view.raw
        user = {"name": self._state.user.get("full_name"), "id": self._state.user_id}
        return {
            "id": view.id,
            "name": view.name,
            "display_value": view.name,
            "system_name": ("ALLVIEWS" if view.criteria is None else "MYVIEWS") if own else None,
            "system_defined": own,
            "default": own and view.criteria is None,
            "category": "public_views" if own else "created_by_me",
            "access_type": "public" if own else "only_to_me",
            "favorite": None,
            "locked": False,
            "offline": False,
            "created_by": None if own else user,
            "created_time": None,
            "modified_by": None if own else user,
            "modified_time": None,
            "last_accessed_time": None,
            **{
                name: value
                for name, value in view.raw.items()
                if name
                not in ("criteria", "fields", "sort_by", "sort_order", "shared_to", "module")
            },
        }

    def _module(self) -> ModuleInfo:
        return asked_module(self._state)


def asked_module(state: State) -> ModuleInfo:
    """The module of the parameter ``module``; REQUIRED_PARAM_MISSING or INVALID_MODULE."""
    name = request.args.get("module")
    if not name:
        raise missing_param("module")
    info = state.catalog.get(name) if state.catalog.raw_module(name) else None
    if info is None or info.open or not info.module.api_supported:
        raise invalid_module({"param_name": "module"})
    return info


def _field_id(state: State, info: ModuleInfo, api_name: str) -> str | None:
    for raw in state.catalog.snapshot.fields.get(info.api_name, []):
        if raw.get("api_name") == api_name:
            found = raw.get("id")
            return found if isinstance(found, str) else None
    return None

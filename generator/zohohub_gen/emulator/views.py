"""Custom views: of every module all records, and those of the token's user."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import request

from .catalog import ModuleInfo
from .errors import invalid_param, missing_param
from .incoming import Route, module_of
from .listing import Condition
from .values import Json

if TYPE_CHECKING:
    from .state import State

_KINDS = ("All", "My")


@dataclass(frozen=True, slots=True)
class View:
    """A custom view."""

    id: str
    name: str
    own: bool
    """Whether it shows only the records of the token's user."""


def views_of(state: State, info: ModuleInfo) -> list[View]:
    """The views of a module; their ids never change."""
    names = sorted(module.api_name for module in state.catalog.schema.modules)
    first = 4_900_000_000_000_000 + names.index(info.api_name) * 10
    return [
        View(str(first + number), f"{kind} {info.module.plural_label}", kind == "My")
        for number, kind in enumerate(_KINDS)
    ]


def view_condition(state: State, info: ModuleInfo, view_id: str | None) -> Condition | None:
    """The condition on the records of a view; raises INVALID_DATA for one that is not there."""
    if view_id is None:
        return None
    for view in views_of(state, info):
        if view.id == view_id:
            if view.own:
                return "json_extract(data, '$.Owner.id') = ?", [state.user_id]
            return "1", []
    raise invalid_param("cvid")


def ids_in_view(state: State, info: ModuleInfo, view_id: str) -> list[str]:
    """The ids of the records that a view shows; raises INVALID_DATA for one that is not there."""
    text, values = view_condition(state, info, view_id) or ("1", [])
    rows = state.store.select(
        f"SELECT key FROM record WHERE module = ? AND {text}",  # noqa: S608  # one of two texts
        [info.api_name, *values],
    )
    return [row[0].lstrip("0") or "0" for row in rows]


class ViewsApi:
    """GET /settings/custom_views."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> Iterator[Route]:
        """Rule, view and methods of each."""
        yield "/settings/custom_views", self._list, ["GET"]

    def _list(self) -> Json:
        if "module" not in request.args:
            raise missing_param("module")
        info = module_of(self._state.catalog, request.args["module"])
        views: list[Json] = [
            {
                "id": view.id,
                "name": view.name,
                "display_value": view.name,
                "system_name": view.name.upper().replace(" ", ""),
                "system_defined": True,
                "default": not view.own,
            }
            for view in views_of(self._state, info)
        ]
        page = {"per_page": 200, "count": len(views), "page": 1, "more_records": False}
        return {"custom_views": views, "info": page}

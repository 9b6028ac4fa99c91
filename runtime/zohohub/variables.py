"""The variables of the org: ``/settings/variables``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from zohohub.conditions import datetime_text
from zohohub.errors import RecordNotFound
from zohohub.json_text import dumps
from zohohub.numbered_pages import check_result, items_of
from zohohub.values import decode_date, decode_datetime, decode_decimal, decode_integer

if TYPE_CHECKING:
    from zohohub.transport import Sender

__all__ = ["Variable", "VariableGroup", "VariableValue", "Variables"]

VariableValue: TypeAlias = str | int | bool | Decimal | date | datetime

_INTEGERS = frozenset({"integer", "long"})
_DECIMALS = frozenset({"float", "double", "decimal", "currency", "percent"})
_BOOLEANS = frozenset({"boolean", "checkbox"})


@dataclass(frozen=True, slots=True)
class VariableGroup:
    """A group of variables."""

    id: str
    api_name: str | None


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of the org."""

    id: str
    api_name: str
    name: str | None
    type: str
    """Zoho's word, such as ``text``, ``integer`` or ``date``."""
    value: VariableValue | None
    """In the Python type that fits ``type``; the text itself where it does not fit it."""
    group: VariableGroup | None
    description: str | None
    read_only: bool
    json: Mapping[str, Any] = field(repr=False, compare=False)
    """The object it was read from."""


class Variables:
    """The variables of the org.

    The token needs the scope ZohoCRM.settings.variables.  Every method may raise what those of
    `zohohub.modules.Module` raise.
    """

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def list(self) -> Sequence[Variable]:
        """All variables.  Calls ``GET /settings/variables``."""
        answer = self._sender.request("GET", "settings/variables")
        return [_variable(item) for item in items_of(answer, "variables")]

    def get(self, name: str, /, *, group: str | None = None) -> Variable:
        """One variable, by its id, or by its api_name and the api_name or id of its group.

        Calls ``GET /settings/variables/{name}``.  Raises `ApiError` for a variable that is not
        there, ``ValueError`` for what cannot be its name.
        """
        params = None if group is None else {"group": group}
        answer = self._sender.request("GET", _path(name), params=params)
        for item in items_of(answer, "variables"):
            return _variable(item)
        raise RecordNotFound(
            "NO_CONTENT",
            f"the org has no variable {name}",
            status=answer.status,
            request=answer.request,
        )

    def update(self, variable: Variable | str, value: VariableValue | None, /) -> None:
        """Give a variable, named by itself or its id, another value; None clears it.

        Calls ``PUT /settings/variables/{id}``.  Raises `InvalidData` for a value that does not
        fit the variable, ``ValueError`` for a time without a time zone.
        """
        variable_id = variable if isinstance(variable, str) else variable.id
        body = {"value": None if value is None else _text(value)}
        answer = self._sender.request(
            "PUT", _path(variable_id), json={"variables": [body]}, items="variables"
        )
        for item in items_of(answer, "variables"):
            check_result(answer, item)


def _path(name: str) -> str:
    if not name.isidentifier() and not name.isdigit():
        raise ValueError(f"{name!r} is neither the id nor the api_name of a variable")
    return f"settings/variables/{name}"


def _text(value: VariableValue) -> str:
    """The text that Zoho keeps for a value."""
    match value:
        case str():
            return value
        case datetime():
            return datetime_text(value)
        case date():
            return value.isoformat()
        case _:
            return dumps(value)


def _variable(item: Mapping[str, Any]) -> Variable:
    group = cast("Mapping[str, Any] | None", item.get("variable_group"))
    kind = str(item.get("type", "text"))
    return Variable(
        id=str(item["id"]),
        api_name=item["api_name"],
        name=item.get("name"),
        type=kind,
        value=_value(kind, item.get("value")),
        group=VariableGroup(str(group["id"]), group.get("api_name")) if group else None,
        description=item.get("description"),
        read_only=item.get("read_only") is True,
        json=item,
    )


def _value(kind: str, value: Any) -> VariableValue | None:
    if value is None or value == "":
        return None
    try:
        if kind in _INTEGERS:
            return decode_integer(value)
        if kind in _DECIMALS:
            return decode_decimal(value)
        if kind in _BOOLEANS and str(value).lower() in ("true", "false"):
            return str(value).lower() == "true"
        if kind == "date":
            return decode_date(value)
        if kind == "datetime":
            return decode_datetime(value)
    except (TypeError, ValueError):
        return str(value)
    return str(value)

"""What an org has beside its schema, from files that one may put into the metadata folder.

``blueprints.json`` says which transitions take records from one value of a picklist to the next::

    {"blueprints": [{
        "id": "6100000000000060001",
        "name": "Sale",
        "module": "Deals",
        "field": "Stage",
        "transitions": [{
            "id": "6100000000000060011",
            "name": "Book a visit",
            "from": ["Enquiry"],
            "to": "Site visit",
            "fields": [{"api_name": "Closing_Date", "required": true}, {"api_name": "Amount"}]
        }]
    }]}

``variables.json`` holds the CRM variables, as ``GET /settings/variables`` answers them::

    {"variables": [{"id": "…", "api_name": "Discount", "name": "Discount", "type": "integer",
                    "value": "5", "variable_group": {"id": "…", "api_name": "General"}}]}

``custom_views.json`` holds views beside those that every module has, as
``GET /settings/custom_views/{id}`` answers them, of any number of modules::

    {"custom_views": [{
        "id": "6100000000000070001",
        "name": "Small deals",
        "module": {"api_name": "Deals"},
        "criteria": {"field": {"api_name": "Amount"}, "comparator": "less_than", "value": "500"},
        "fields": [{"api_name": "Deal_Name"}, {"api_name": "Amount"}]
    }]}

``pull`` writes none of these files and leaves them alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zohohub_gen.diagnostics import GeneratorError

from .store import Row
from .values import Json, as_list, as_object, is_id, parse_body

BLUEPRINTS_FILE = "blueprints.json"
VARIABLES_FILE = "variables.json"
CUSTOM_VIEWS_FILE = "custom_views.json"


@dataclass(frozen=True, slots=True)
class Transition:
    """A step of a blueprint."""

    id: str
    name: str
    sources: tuple[str, ...]
    target: str
    fields: dict[str, bool]
    """The fields that it asks for; True for those that it must have."""


@dataclass(frozen=True, slots=True)
class Blueprint:
    """The steps between the values of one picklist."""

    id: str
    name: str
    module: str
    field: str
    transitions: tuple[Transition, ...]

    def holds(self, row: Row) -> bool:
        """Whether a record is in it: some transition starts or ends at its value."""
        value = row.data.get(self.field)
        return self.module == row.module and any(
            value == step.target or value in step.sources for step in self.transitions
        )


@dataclass(frozen=True, slots=True)
class Definitions:
    """What the files hold."""

    blueprints: tuple[Blueprint, ...] = ()
    variables: tuple[Json, ...] = ()
    custom_views: tuple[Json, ...] = ()


def read_definitions(folder: Path) -> Definitions:
    """Read those files that are there; raises `GeneratorError` for what they cannot hold."""
    blueprints = folder / BLUEPRINTS_FILE
    variables = folder / VARIABLES_FILE
    views = folder / CUSTOM_VIEWS_FILE
    return Definitions(
        tuple(_blueprint(blueprints, item) for item in _items(blueprints, "blueprints")),
        tuple(_variable(variables, item) for item in _items(variables, "variables")),
        tuple(_view(views, item) for item in _items(views, "custom_views")),
    )


def _items(path: Path, key: str) -> list[Json]:
    try:
        answer = as_object(parse_body(path.read_bytes()))
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise GeneratorError(f"{path} cannot be read: {error}") from error
    rows = as_list((answer or {}).get(key))
    items = [as_object(row) for row in rows or []]
    if rows is None or None in items:
        raise GeneratorError(f"{path} needs an object with {key!r}, a list of objects")
    return [item for item in items if item is not None]


def _blueprint(path: Path, item: Json) -> Blueprint:
    return Blueprint(
        id=_id(path, item),
        name=_text(path, item, "name"),
        module=_text(path, item, "module"),
        field=_text(path, item, "field"),
        transitions=tuple(
            _transition(path, step)
            for each in as_list(item.get("transitions")) or []
            if (step := as_object(each)) is not None
        ),
    )


def _transition(path: Path, item: Json) -> Transition:
    sources = as_list(item.get("from")) or []
    fields = [as_object(each) or {} for each in as_list(item.get("fields")) or []]
    return Transition(
        id=_id(path, item),
        name=_text(path, item, "name"),
        sources=tuple(map(str, sources)),
        target=_text(path, item, "to"),
        fields={_text(path, each, "api_name"): each.get("required") is True for each in fields},
    )


def _variable(path: Path, item: Json) -> Json:
    _id(path, item)
    _text(path, item, "api_name")
    return {
        "name": item["api_name"],
        "type": "text",
        "value": None,
        "description": None,
        "source": "crm",
        "read_only": False,
        "variable_group": None,
        **item,
    }


def _view(path: Path, item: Json) -> Json:
    _id(path, item)
    _text(path, item, "name")
    _text(path, as_object(item.get("module")) or {"id": item["id"]}, "api_name")
    if as_object(item.get("criteria", {})) is None:
        raise GeneratorError(f"{path}: the criteria of {item['name']} are no object")
    return item


def _id(path: Path, item: Json) -> str:
    if not is_id(item.get("id")):
        raise GeneratorError(f"{path}: {item.get('id')!r} is not an id; write digits in quotes")
    return str(item["id"])


def _text(path: Path, item: Json, key: str) -> str:
    value: Any = item.get(key)
    if not isinstance(value, str) or not value:
        raise GeneratorError(f"{path}: {item.get('id') or item} has no text under {key!r}")
    return value

"""The names of picklists' options, as members of an enumeration: legal, readable and stable.

A name is made from the display value, in capitals.  Where two would be the same, the older option
(by id) keeps it and the younger gets a number.  ``names.json`` locks them under their field by the
ids of the options: an admin who renames an option changes the value of its member alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

from zohohub_gen.choices import Choices
from zohohub_gen.diagnostics import ConfigurationError
from zohohub_gen.ir import Field, Module, Option, Picklist, Schema
from zohohub_gen.lenient import mapping, text
from zohohub_gen.names import Names, plain_ascii
from zohohub_gen.names_lock import key_of
from zohohub_gen.plan_picklists import offered

_MAX_LENGTH = 80
_FALLBACK = "OPTION"
# What a member would hide; no name in capitals is among it, a name of the user's choice may be.
_RESERVED = frozenset(dir(StrEnum)) | {"mro", "name", "value"}


@dataclass(frozen=True, slots=True)
class Overrides:
    """``[tool.zohohub.names]``, taken apart."""

    names: Mapping[str, str] = field(default_factory=dict[str, str])
    """Those of modules and fields."""
    options: Mapping[tuple[str, str], Mapping[str, str]] = field(
        default_factory=dict[tuple[str, str], Mapping[str, str]]
    )
    """Those of options: by module and field, then by display value."""


def take_apart(schema: Schema, names: Mapping[str, str], *, enumerations: bool) -> Overrides:
    """Tell the overrides of options, ``Module.Field.display value``, from all others.

    Raises `ConfigurationError` for one of an option that is not there, that has no name because
    there are no ``enumerations``, or to a name that is not possible.
    """
    if not names:
        return Overrides()
    known = {module.api_name for module in schema.modules}
    known |= {f"{module.api_name}.{item.api_name}" for module, item in _fields(schema)}
    others: dict[str, str] = {}
    options: dict[tuple[str, str], dict[str, str]] = {}
    for place, name in names.items():
        found = None if place in known else _field_of(schema, place)
        if found is None:
            others[place] = name
            continue
        module, item, kind = found
        field_place = f"{module.api_name}.{item.api_name}"
        display = place.removeprefix(f"{field_place}.")
        displays = [option.display for option in kind.options]
        if display not in displays:
            near = get_close_matches(display, displays, n=1)
            hint = f"; did you mean {f'{field_place}.{near[0]}'!r}?" if near else ""
            raise ConfigurationError(
                f"[tool.zohohub.names] {place!r} is no option of {field_place}{hint}"
            )
        if not enumerations:
            raise ConfigurationError(
                f"[tool.zohohub.names] {place!r} is an option, and options have names with "
                'picklists = "enum" only: take it out, or choose that'
            )
        own = options.setdefault((module.api_name, item.api_name), {})
        if not _is_possible(name) or name.lower() in map(str.lower, own.values()):
            raise ConfigurationError(
                f"[tool.zohohub.names] {place} = {name!r}: the name is reserved or given twice; "
                "choose another"
            )
        own[display] = name
    return Overrides(others, options)


def only_known(schema: Schema, choices: Choices) -> dict[str, str]:
    """The overrides of what is in the schema."""
    if not choices.names:
        return {}
    known = {module.api_name for module in schema.modules}
    known |= {f"{module.api_name}.{item.api_name}" for module, item in _fields(schema)}

    def is_known(place: str) -> bool:
        found = None if place in known else _field_of(schema, place)
        if found is None:
            return place in known
        module, item, kind = found
        display = place.removeprefix(f"{module.api_name}.{item.api_name}.")
        return any(option.display == display for option in kind.options)

    return {place: name for place, name in choices.names.items() if is_known(place)}


def name_options(schema: Schema, names: Names, overrides: Overrides) -> Names:
    """Add the names of all options, and lock them."""
    modules = dict(names.modules)
    locked = {key: dict(mapping(entry)) for key, entry in mapping(names.lock["modules"]).items()}
    for module in schema.modules:
        own = modules[module.api_name]
        options: dict[str, Mapping[str, str]] = {}
        entries = dict(mapping(locked[key_of(module)]["fields"]))
        for item in module.fields:
            if item.api_name not in own.picklists or not isinstance(item.type, Picklist):
                continue
            entry = mapping(entries[key_of(item)])
            chosen = overrides.options.get((module.api_name, item.api_name), {})
            options[item.api_name], held = _name(item.type, mapping(entry.get("options")), chosen)
            entries[key_of(item)] = {**entry, "options": held}
        modules[module.api_name] = replace(own, options=options)
        locked[key_of(module)]["fields"] = entries
    return replace(names, modules=modules, lock={**names.lock, "modules": locked})


def member_name(display: str) -> str:
    """``Lost - no budget`` → ``LOST_NO_BUDGET``; ``50 %`` → ``OPTION_50``."""
    name = plain_ascii(display).strip("_").upper()
    name = re.sub(r"_+", "_", name)[:_MAX_LENGTH].strip("_")
    if not name:
        return _FALLBACK
    return f"{_FALLBACK}_{name}" if name[0].isdigit() else name


def _name(
    kind: Picklist, held: Mapping[str, Any], overrides: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """The names of what a picklist offers by display value, and the new lock by id."""
    # Of options with the same display value one is enough: records do not tell them apart.
    options = {option.display: option for option in kind.options}
    options |= offered(kind)
    by_age = sorted(options.values(), key=_age)
    locked = {key: name for key, value in held.items() if (name := _locked(value))}
    names = dict(overrides)
    used = {name.lower() for name in names.values()}
    for option in by_age:
        name = locked.get(_key(option))
        if name is not None and option.display not in names and name.lower() not in used:
            names[option.display] = name
            used.add(name.lower())
    wanted = {display: member_name(display) for display in options if display not in names}
    # The names of options that are gone stay theirs, unless one was made anew that is called so.
    present, new = {_key(option) for option in kind.options}, set(wanted.values())
    gone = {key: name for key, name in locked.items() if key not in present and name not in new}
    used.update(name.lower() for name in gone.values())
    for option in by_age:
        if option.display in wanted:
            names[option.display] = _free(wanted[option.display], used)
    lock = gone | {_key(option): names[option.display] for option in by_age}
    return {display: names[display] for display in offered(kind)}, lock


def _free(wanted: str, used: set[str]) -> str:
    """The name, with a number where it is taken; it is taken from now on."""
    name = wanted
    number = 2
    while name.lower() in used:
        name = f"{wanted}_{number}"
        number += 1
    used.add(name.lower())
    return name


def _locked(value: object) -> str | None:
    """A name from the lock, if it is one: the lock is a file that anything can stand in."""
    name = text(value)
    return name if name is not None and _is_possible(name) else None


def _is_possible(name: str) -> bool:
    """Whether a member may be called so; what begins with ``_`` means something to enumerations."""
    import keyword

    return (
        name.isidentifier()
        and name.isascii()
        and name[0] != "_"
        and name not in _RESERVED
        and not keyword.iskeyword(name)
    )


def _key(option: Option) -> str:
    return option.id or option.display


def _age(option: Option) -> tuple[int, str, str]:
    """Ids count up: the shorter, then the smaller one is older; no id at all comes last."""
    return (len(option.id) if option.id else 99, option.id or "", option.display)


def _fields(schema: Schema) -> Iterator[tuple[Module, Field]]:
    for module in schema.modules:
        for item in module.fields:
            yield module, item


def _field_of(schema: Schema, place: str) -> tuple[Module, Field, Picklist] | None:
    """The picklist that such an override is about: the longest name, as values have dots."""
    found = [
        (module, item, item.type)
        for module, item in _fields(schema)
        if isinstance(item.type, Picklist)
        and place.startswith(f"{module.api_name}.{item.api_name}.")
    ]
    return max(found, key=lambda each: len(each[0].api_name) + len(each[1].api_name), default=None)

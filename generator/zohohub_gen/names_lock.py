"""``names.json`` in the snapshot folder: the names that were handed out, by id."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from zohohub_gen.committed_json import kind_of, read_json
from zohohub_gen.diagnostics import GeneratorError
from zohohub_gen.lenient import mapping

if TYPE_CHECKING:
    from zohohub_gen.ir import Field, Module, RelatedList

Lock: TypeAlias = Mapping[str, Any]

_REMEDY = "restore it from version control: without it attributes may change their names"
_BY_ID = ("fields", "related")
"""The parts of a module's entry that hold names by id."""


def key_of(item: Module | Field | RelatedList) -> str:
    """What something is locked by: its id, or the api_name where the metadata has no ids."""
    return item.id or item.api_name


def read_lock(content: str | None, place: str) -> Lock:
    """Read ``names.json``; raises `GeneratorError` when it is damaged, or of a later version."""
    if content is None:
        return {}
    try:
        content.encode()
    except UnicodeEncodeError as error:  # what was no UTF-8 was read as half a character
        line = content.count("\n", 0, error.start) + 1
        raise GeneratorError(f"{place}:{line} is not UTF-8; {_REMEDY}") from error
    value = read_json(content, place, _REMEDY)
    if not isinstance(value, dict):
        raise _wrong(place, "the whole", "an object", value)
    lock = cast("dict[str, Any]", value)
    unknown = sorted(lock.keys() - {"modules"})
    if unknown:
        raise GeneratorError(
            f"{place} holds {unknown[0]!r}, which this version of zohohub-gen does not know: use "
            "the version that wrote it, or restore it from version control"
        )
    for key, entry in _objects(lock.get("modules", {}), "modules", place).items():
        for part in _BY_ID:
            for member, value in _objects(entry.get(part, {}), f"{part} of {key}", place).items():
                options = value.get("options", {})
                if not isinstance(options, dict):
                    raise _wrong(place, f"options of {key} {member}", "an object", options)
                _check_names(value, (key, member), place)
        _check_names(
            {name: value for name, value in entry.items() if name not in _BY_ID}, (key,), place
        )
    return lock


def _objects(value: object, what: str, place: str) -> Mapping[str, Lock]:
    """An object of objects."""
    if not isinstance(value, dict):
        raise _wrong(place, what, "an object", value)
    for key, entry in cast("Lock", value).items():
        if not isinstance(entry, dict):
            raise _wrong(place, f"{key} in {what}", "an object", entry)
    return cast("Mapping[str, Lock]", value)


def _check_names(entry: Lock, keys: tuple[str, ...], place: str) -> None:
    """Refuse names that are not text; `former_names` and `option_names` see to theirs."""
    for key, value in entry.items():
        if key not in ("former", "options") and not isinstance(value, str):
            raise _wrong(place, f"{key} of {' '.join(keys)}", "text", value)


def _wrong(place: str, what: str, wanted: str, found: object) -> GeneratorError:
    return GeneratorError(
        f"{place}: {what[:100]!r} must be {wanted} and is {kind_of(found)}; {_REMEDY}"
    )


def lock_text(lock: Lock) -> str:
    """The lock as the text of ``names.json``: a line a field, so that changes merge well."""
    modules: list[str] = []
    for key, entry in sorted(mapping(lock.get("modules")).items()):
        own = {name: value for name, value in sorted(entry.items()) if name not in _BY_ID}
        lines = [f"      {_json(name)}: {_json(value)}" for name, value in own.items()]
        for part in _BY_ID:
            members = ",\n".join(
                f"        {_json(member_id)}: {_member_text(value)}"
                for member_id, value in sorted(mapping(entry.get(part)).items())
            )
            if members:
                lines.append(f'      "{part}": {{\n{members}\n      }}')
            elif part == "fields":
                lines.append('      "fields": {}')
        modules.append(f"    {_json(key)}: {{\n" + ",\n".join(lines) + "\n    }")
    body = ",\n".join(modules)
    return f'{{\n  "modules": {{\n{body}\n  }}\n}}\n' if modules else '{\n  "modules": {}\n}\n'


def _member_text(value: object) -> str:
    """A field or related list on one line, and each of its options on one more."""
    entry = mapping(value)
    options = mapping(entry.get("options"))
    if not options:
        return _json(value)
    lines = [f"          {_json(key)}: {_json(name)}" for key, name in sorted(options.items())]
    own = _json({key: part for key, part in entry.items() if key != "options"})
    return f'{own[:-1]}, "options": {{\n' + ",\n".join(lines) + "\n        }}"


# One encoder for all: `json.dumps` makes one each time.
_json = json.JSONEncoder(sort_keys=True).encode

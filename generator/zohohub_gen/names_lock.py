"""``names.json`` in the snapshot folder: the names that were handed out, by id."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from zohohub_gen.diagnostics import GeneratorError
from zohohub_gen.lenient import mapping

if TYPE_CHECKING:
    from zohohub_gen.ir import Field, Module, RelatedList

Lock: TypeAlias = Mapping[str, Any]

_BY_ID = ("fields", "related")
"""The parts of a module's entry that hold names by id."""


def key_of(item: Module | Field | RelatedList) -> str:
    """What something is locked by: its id, or the api_name where the metadata has no ids."""
    return item.id or item.api_name


def read_lock(content: str | None, place: str) -> Lock:
    """Read ``names.json``; raises `GeneratorError` when it is damaged."""
    if content is None:
        return {}
    try:
        lock: object = json.loads(content)
    except ValueError as error:
        raise GeneratorError(
            f"{place} is not JSON ({error}); restore it from version control: without it "
            "attributes may change their names"
        ) from error
    if not isinstance(lock, dict):
        raise GeneratorError(f"{place} does not hold an object; restore it from version control")
    return cast("Lock", lock)


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

"""The options of a picklist as a statement: a ``Literal``, or an enumeration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from zohohub_gen.ir import Field, FieldType, Option, Picklist
from zohohub_gen.source import LINE_LENGTH, docstring, exploded, literal, statement

ENUMERATION = "PicklistEnum"
"""The base class of the enumerations, in `zohohub.picklists`."""


def offered(kind: FieldType) -> dict[str, Option]:
    """What a picklist offers today, by display value, each once."""
    found: dict[str, Option] = {}
    for option in kind.options if isinstance(kind, Picklist) else ():
        if option.used:
            found.setdefault(option.display, option)
    return found


def literals(alias: str, values: Iterable[str], indent: int = 0) -> str:
    """The alias of a Literal."""
    options = [literal(value) for value in values]
    head = f"{alias}: TypeAlias = Literal["
    if len(options) == 1:  # black keeps no comma behind the only one
        return statement(head, options, "]", indent, comma="")
    return exploded(head, options, "]", indent)


def enumeration(item: Field, name: str, members: Mapping[str, str]) -> str:
    """The class of a picklist's options; ``members`` are their names by display value."""
    head = statement(f"class {name}(", [ENUMERATION], "):", comma="")
    label = item.label.strip() or item.api_name
    lines = [head, f"    {docstring(f'The options of {label}.')}", ""]
    lines += [_member(member, literal(display)) for display, member in members.items()]
    return "\n".join(lines)


def _member(name: str, value: str) -> str:
    one_line = f"    {name} = {value}"
    if len(one_line) > LINE_LENGTH >= len(value) + 8:
        return f"    {name} = (\n        {value}\n    )"
    return one_line

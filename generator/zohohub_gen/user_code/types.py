"""What an expression of a program may be, as far as the bindings are concerned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal[
    # Of the generated package.
    "package",
    "client class",
    "client",
    "handle class",
    "handle",
    "record class",
    "record",
    "columns class",
    "columns",
    "column",
    "values class",
    "values",
    "related class",
    "related",
    "related list",
    "options class",
    "option",
    # Of the runtime.
    "query",
    "grouping",
    "bulk",
    "blueprint",
    "link",
    # Of Python and of the program.
    "many",
    "tuple",
    "mapping",
    "method",
    "foreign",
    "file",
    "function",
    "class",
    "object",
    "other",
    "unknown",
]


@dataclass(frozen=True, slots=True)
class Type:
    """One thing that an expression may be.

    ``module`` and ``field`` are api_names where they say which module or field it belongs to;
    for a file of the package, ``module`` is whose file it is.  ``items`` are what it holds.
    ``node`` is what stands in the program: a function, a class, a file.
    """

    kind: Kind
    module: str = ""
    field: str = ""
    items: tuple[frozenset[Type], ...] = ()
    node: object = None


Types: TypeAlias = frozenset[Type]

INSTANCES: Mapping[Kind, Kind] = {
    "client class": "client",
    "handle class": "handle",
    "record class": "record",
    "columns class": "columns",
    "values class": "values",
    "related class": "related",
    "options class": "option",
    "class": "object",
}
"""What is an instance of what."""

NOTHING: Types = frozenset()
"""What is still being worked out."""
OTHER: Types = frozenset({Type("other")})
"""Known to be none of ours."""
UNKNOWN: Types = frozenset({Type("unknown")})

_DEEPEST = 4


def one(kind: Kind, module: str = "", field: str = "", *items: Types, node: object = None) -> Types:
    """The set of one type."""
    if any(_depth(types) >= _DEEPEST for types in items):
        return UNKNOWN  # a list of itself, or nearly
    return frozenset({Type(kind, module, field, items, node)})


def many(element: Types) -> Types:
    """Whatever can be iterated and gives these."""
    return one("many", "", "", element)


def union(parts: Iterable[Types]) -> Types:
    """Any of these."""
    return NOTHING.union(*parts)


def is_sure(types: Types) -> bool:
    """Whether every possibility is known."""
    return bool(types) and not any(each.kind == "unknown" for each in types)


def _depth(types: Types) -> int:
    return max(
        (1 + _depth(held) for each in types for held in each.items), default=1 if types else 0
    )

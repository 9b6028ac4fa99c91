"""Which names a file binds, where, and which of these bindings may reach a place.

A binding that every way to a place goes past hides the older ones: it stands in the same list of
statements or in one around it.  Those between the two may have happened, and in a loop around both
those behind, too.
"""

from __future__ import annotations

import ast
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

How: TypeAlias = Literal[
    "value",
    "element",
    "entered",
    "declared",
    "parameter",
    "import",
    "definition",
    "narrowed",
    "other",
]
Path: TypeAlias = tuple[int, ...]
"""The way into what is unpacked: indexes; -1 is the part with a star."""
REST = -1

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(slots=True, eq=False)
class Block:
    """A list of statements that runs as a whole, or not at all."""

    parent: Block | None
    start: int
    is_loop: bool = False
    end: int = 0
    _around: frozenset[Block] | None = None

    def around(self) -> frozenset[Block]:
        """The block and all that it stands in."""
        if self._around is None:
            outer: frozenset[Block] = self.parent.around() if self.parent else frozenset()
            self._around = outer | {self}
        return self._around


@dataclass(slots=True, eq=False)
class Binding:
    """One way in which a name gets its value: from ``node``, by ``how``."""

    name: str
    how: How
    order: int
    block: Block
    scope: Scope
    node: ast.AST | None = None
    path: Path = ()
    annotation: ast.expr | None = None
    imported: str = ""
    """The name that was imported, with the module before it for ``import a.b``."""


@dataclass(slots=True, eq=False)
class Scope:
    """What has names of its own: a file, a class, a function, a comprehension."""

    node: ast.AST
    parent: Scope | None
    bindings: dict[str, list[Binding]] = field(default_factory=dict[str, list[Binding]])
    elsewhere: dict[str, Literal["global", "nonlocal"]] = field(
        default_factory=dict[str, Literal["global", "nonlocal"]]
    )
    appended: dict[str, list[Written]] = field(default_factory=dict[str, list["Written"]])
    """What ``name.append(…)`` adds to the lists that a name holds."""
    stored: dict[str, list[tuple[Written, Written]]] = field(
        default_factory=dict[str, list[tuple["Written", "Written"]]]
    )
    """The keys and values that ``name[key] = value`` puts into what it holds."""
    shared: set[str] = field(default_factory=set[str])
    """Names that functions bind from elsewhere: at any time."""
    stars: list[ast.ImportFrom] = field(default_factory=list[ast.ImportFrom])
    returns: list[ast.expr] = field(default_factory=list[ast.expr])
    yields: list[ast.expr] = field(default_factory=list[ast.expr])

    @property
    def is_class(self) -> bool:
        """Whether its names are out of sight for the functions in it."""
        return isinstance(self.node, ast.ClassDef)

    def root(self) -> Scope:
        """The scope of the file."""
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope


Written: TypeAlias = tuple[ast.expr, Scope]
"""An expression, and where it stands."""


@dataclass(slots=True, eq=False)
class Place:
    """Where a name is read."""

    scope: Scope
    order: int
    block: Block


def reaching(bindings: Sequence[Binding], place: Place) -> Iterable[Binding]:
    """Those of a name's bindings, which are in their order, that may hold at a place."""
    if len(bindings) == 1:
        return bindings
    around = place.block.around()
    last = bisect_left(bindings, place.order, key=_order_of)
    first = last - 1
    while first >= 0 and bindings[first].block not in around:
        first -= 1
    if first < 0:
        # Nothing is sure to have run before: a later one may have, by a loop or another call.
        return bindings
    found = list(bindings[first:last])
    since = bindings[first].order
    loops = [each for each in around if each.is_loop and each.start > since]
    if loops:
        outermost = min(loops, key=lambda each: each.start)
        end = bisect_right(bindings, outermost.end, key=_order_of)
        found += bindings[last:end]
    return found


def _order_of(binding: Binding) -> int:
    return binding.order

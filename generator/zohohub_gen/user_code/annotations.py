"""What annotations say."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from zohohub_gen.user_code.bindings import Scope
from zohohub_gen.user_code.types import (
    INSTANCES,
    OTHER,
    UNKNOWN,
    Kind,
    Type,
    Types,
    many,
    one,
    union,
)

if TYPE_CHECKING:
    from zohohub_gen.user_code.inference import Inference

_TRANSPARENT = frozenset(
    [
        "Annotated",
        "Awaitable",
        "ClassVar",
        "Final",
        "Optional",
        "Required",
        "NotRequired",
        "ReadOnly",
        "Unpack",
        "TypeGuard",
        "TypeIs",
        "ContextManager",
        "AbstractContextManager",
        "AsyncContextManager",
        "AbstractAsyncContextManager",
    ]
)
_MANY = frozenset(
    [
        "list",
        "List",
        "set",
        "Set",
        "frozenset",
        "FrozenSet",
        "deque",
        "Deque",
        "Collection",
        "Sequence",
        "MutableSequence",
        "Iterable",
        "Iterator",
        "Generator",
        "AsyncIterable",
        "AsyncIterator",
        "AsyncGenerator",
        "AbstractSet",
        "MutableSet",
        "Reversible",
        "Container",
    ]
)
_MAPPINGS = frozenset(["dict", "Dict", "Mapping", "MutableMapping", "defaultdict", "OrderedDict"])
_OF_RUNTIME: Mapping[str, Kind] = {
    "Query": "query",
    "BulkRead": "bulk",
    "BulkPage": "bulk",
    "Module": "handle",
    "RelatedRecords": "related list",
    "LinkedRecords": "related list",
}
_SAY_NOTHING = ("Any", "object", "Self")


class Annotations:
    """Reads annotations, also those that are strings."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference
        self._parsed: dict[ast.Constant, ast.expr | None] = {}

    def parsed(self, node: ast.Constant) -> ast.expr | None:
        """The expression in a string; None where there is none."""
        if node not in self._parsed:
            self._parsed[node] = None
            if isinstance(node.value, str):
                with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
                    self._parsed[node] = ast.parse(node.value, mode="eval").body
        return self._parsed[node]

    def type_of(self, node: ast.expr, scope: Scope, depth: int = 0) -> Types:
        """What has that annotation."""
        if depth > 20:  # an alias of itself
            return UNKNOWN
        match node:
            case ast.Constant(value=None):
                return OTHER
            case ast.Constant():
                inner = self.parsed(node)
                return self.type_of(inner, scope, depth + 1) if inner is not None else OTHER
            case ast.BinOp(left=left, right=right):
                both = (self.type_of(each, scope, depth + 1) for each in (left, right))
                return union(both)
            case ast.Subscript(value=value, slice=index):
                return self._generic(value, index, scope, depth)
            case ast.Name() | ast.Attribute():
                return self._named(node, scope, depth)
            case ast.Call(func=ast.Name(id="TypeVar") | ast.Attribute(attr="TypeVar")):
                bounds = [each.value for each in node.keywords if each.arg == "bound"]
                kinds = [*node.args[1:], *bounds]
                return union(self.type_of(each, scope, depth + 1) for each in kinds) or UNKNOWN
            case _:
                return UNKNOWN

    def instance(self, node: ast.expr, scope: Scope) -> Types:
        """What is an instance of the class, or of one of the tuple."""
        if isinstance(node, ast.Tuple):
            return union(self.instance(each, scope) for each in node.elts)
        return self.type_of(node, scope)

    def _named(self, node: ast.Name | ast.Attribute, scope: Scope, depth: int) -> Types:
        found = self._inference.infer(node, scope)
        instances = union(self._instance_of(each) for each in found)
        if instances - UNKNOWN or not isinstance(node, ast.Name):
            return instances or UNKNOWN
        # An alias of the program: Row = Lead | Contact.
        _, bindings = self._inference.bindings(node.id, scope)
        aliases = [
            self.type_of(each.node, each.scope, depth + 1)
            for each in bindings
            if each.how == "value" and isinstance(each.node, ast.expr)
        ]
        return union(aliases) or instances or UNKNOWN

    def _instance_of(self, found: Type) -> Types:
        if found.kind in INSTANCES:
            return frozenset(
                {Type(INSTANCES[found.kind], found.module, found.field, node=found.node)}
            )
        if found.kind == "foreign":
            return UNKNOWN if found.field.rpartition(".")[2] in _SAY_NOTHING else OTHER
        return UNKNOWN

    def _generic(self, value: ast.expr, index: ast.expr, scope: Scope, depth: int) -> Types:
        name = value.attr if isinstance(value, ast.Attribute) else ""
        if isinstance(value, ast.Name):
            found = self._inference.lookup(value.id, scope)
            name = next((t.field.rpartition(".")[2] for t in found if t.kind == "foreign"), "")
        arguments = index.elts if isinstance(index, ast.Tuple) else [index]

        def argument(number: int) -> Types:
            if number >= len(arguments):
                return UNKNOWN
            return self.type_of(arguments[number], scope, depth + 1)

        if name in _TRANSPARENT:
            return argument(0)
        if name == "Union":
            return union(argument(number) for number in range(len(arguments)))
        if name == "Coroutine":
            return argument(2)
        if name in _MANY:
            return many(argument(0))
        if name in _MAPPINGS:
            return one("mapping", "", "", argument(0), argument(1))
        if name in ("tuple", "Tuple"):
            last = arguments[-1]
            if isinstance(last, ast.Constant) and last.value is ...:
                return many(argument(0))
            return one("tuple", "", "", *(argument(number) for number in range(len(arguments))))
        if name in ("type", "Type"):
            classes = self._inference.infer(arguments[0], scope)
            return frozenset(each for each in classes if each.kind in INSTANCES) or UNKNOWN
        if name in _OF_RUNTIME:
            modules = {each.module for each in argument(0) if each.kind == "record"}
            kind = _OF_RUNTIME[name]
            return frozenset(Type(kind, module) for module in modules) or UNKNOWN
        if name in ("Ref", "Condition", "Column", "Callable", "Literal"):
            return OTHER
        if isinstance(value, (ast.Name, ast.Attribute)):
            return self._named(value, scope, depth)
        return UNKNOWN

"""What calls give: those of the package, of the program, and a few of the standard library."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING

from zohohub_gen.user_code.bindings import Scope
from zohohub_gen.user_code.scopes import every_argument
from zohohub_gen.user_code.types import (
    INSTANCES,
    NOTHING,
    OTHER,
    UNKNOWN,
    Type,
    Types,
    many,
    one,
    union,
)

if TYPE_CHECKING:
    from zohohub_gen.user_code.inference import Inference

_SAME_ELEMENTS = frozenset(
    [
        "list",
        "tuple",
        "set",
        "frozenset",
        "sorted",
        "reversed",
        "iter",
        "aiter",
        "islice",
        "deque",
        "takewhile",
        "dropwhile",
        "cycle",
    ]
)
_SAME = {"copy", "deepcopy", "replace", "closing", "wait_for", "shield", "cached", "nullcontext"}
_FIRST = {"next", "anext", "choice"}
_FILTERS = {"filter", "filterfalse"}
_PLAIN = frozenset(
    [
        "len",
        "str",
        "int",
        "float",
        "bool",
        "bytes",
        "print",
        "sum",
        "any",
        "all",
        "repr",
        "isinstance",
        "issubclass",
        "hash",
        "id",
        "range",
        "open",
        "abs",
        "round",
        "format",
    ]
)
_KEYED = {"sorted", "min", "max", "groupby", "nlargest", "nsmallest"}
_MAPPED = {"map", "filter", "filterfalse", "takewhile", "dropwhile", "starmap"}


class Calls:
    """Answers what a call may give."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference

    def result(self, node: ast.Call, scope: Scope) -> Types:
        """What the call may give."""
        called = self._inference.infer(node.func, scope)
        return union(self.call(each, node, scope) for each in called)

    def call(self, called: Type, node: ast.Call | None = None, scope: Scope | None = None) -> Types:
        """What calling this gives, perhaps with the arguments of a call."""
        if called.kind in INSTANCES and called.kind != "class":
            return frozenset({Type(INSTANCES[called.kind], called.module)})
        match called.kind:
            case "class":
                return one("object", node=called.node)
            case "function":
                function = called.node
                if isinstance(function, ast.Lambda):
                    return self._inference.infer(function.body, self._inference.scopes[function])
                if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    return self.returned(function)
                return UNKNOWN
            case "method":
                return union(
                    self._method(each, called.field, node, scope) for each in called.items[0]
                )
            case "foreign" if node is not None and scope is not None:
                return self._foreign(called.field, node, scope)
            case "unknown" | "foreign":
                return UNKNOWN
            case "object":
                found = self._inference.members.of(frozenset({called}), "__call__")
                return (
                    union(self.call(each) for each in found if each.kind == "function") or UNKNOWN
                )
            case _:
                return OTHER

    def returned(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Types:
        """What a function of the program gives: as annotated, else what it returns or yields."""
        scope = self._inference.scopes[node]
        if node.returns is not None:
            found = self._inference.annotations.type_of(node.returns, scope.parent or scope)
            if isinstance(node.returns, (ast.Name, ast.Constant)) and found == UNKNOWN:
                return self._own_type(node, scope) or UNKNOWN
            return found
        if scope.yields:
            return many(union(self._inference.infer(each, scope) for each in scope.yields))
        return union(self._inference.infer(each, scope) for each in scope.returns) or OTHER

    def _own_type(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> Types:
        """The object itself, for ``-> Self``."""
        returns = node.returns
        text = returns.id if isinstance(returns, ast.Name) else ""
        outer = scope.parent
        if text == "Self" and outer is not None and isinstance(outer.node, ast.ClassDef):
            return one("object", node=outer.node)
        return NOTHING

    # --- The package and the runtime -----------------------------------------------------------

    def _method(  # one case a method
        self, owner: Type, name: str, node: ast.Call | None, scope: Scope | None
    ) -> Types:
        module = owner.module
        record = one("record", module) if module else OTHER
        match owner.kind, name:
            case (("client" | "client class"), "from_env"):
                return one("client")
            case "client", "__enter__":
                return one("client")
            case "handle", ("get" | "get_or_none" | "first"):
                return record
            case "handle", ("list" | "search"):
                return many(record)
            case "handle", "query":
                return one("query", module)
            case "handle", ("bulk_read" | "resume_bulk_read"):
                return one("bulk", module)
            case "handle", "with_options":
                return one("handle", module)
            case "handle", "related":
                return one("related", module)
            case "handle", "blueprint":
                return one("blueprint", module)
            case "query", ("where" | "select" | "order_by" | "limit"):
                return one("query", module)
            case "query", "first":
                return record
            case "query", "values":
                return many(one("tuple", "", "", *self._columns(node, scope)))
            case "query", "group_by":
                return one("grouping", "", "", *self._columns(node, scope))
            case "grouping", "aggregate":
                totals = (OTHER for _ in (node.args if node else ()))
                return many(one("tuple", "", "", *owner.items, *totals))
            case "bulk", "pages":
                return many(one("bulk", module))
            case "related list", "list":
                return many(record)
            case "column", "to":
                classes = self._argument(node, scope, 0)
                return union(
                    one("columns", each.module) for each in classes if each.kind == "record class"
                )
            case "many", ("pop" | "popleft" | "__next__" | "__getitem__"):
                return owner.items[0]
            case "many", "copy":
                return frozenset({owner})
            case "mapping", ("get" | "pop" | "setdefault" | "__getitem__"):
                return owner.items[1]
            case "mapping", "values":
                return many(owner.items[1])
            case "mapping", "keys":
                return many(owner.items[0])
            case "mapping", "items":
                return many(one("tuple", "", "", *owner.items))
            case "mapping", "copy":
                return frozenset({owner})
            case "values", ("get" | "pop" | "setdefault"):
                key = node.args[0] if node is not None and node.args else None
                value = key.value if isinstance(key, ast.Constant) else None
                return self._inference.members.item(frozenset({owner}), value)
            case "values", "copy":
                return frozenset({owner})
            case _:
                return OTHER

    def _columns(self, node: ast.Call | None, scope: Scope | None) -> Sequence[Types]:
        """What a query gives for each of the columns."""
        if node is None or scope is None:
            return ()
        return [
            union(
                self._inference.words.value_type(found.module, found.field)
                if found.kind == "column"
                else OTHER
                for found in self._inference.infer(each, scope)
            )
            for each in node.args
        ]

    def _argument(self, node: ast.Call | None, scope: Scope | None, index: int) -> Types:
        if node is None or scope is None or index >= len(node.args):
            return UNKNOWN
        return self._inference.infer(node.args[index], scope)

    # --- Python --------------------------------------------------------------------------------

    def _foreign(self, dotted: str, node: ast.Call, scope: Scope) -> Types:  # one case a function
        name = dotted.rpartition(".")[2]
        members = self._inference.members

        def argument(index: int) -> Types:
            return self._argument(node, scope, index)

        if name in _SAME_ELEMENTS:
            return many(members.element(argument(0)) if node.args else NOTHING)
        if name in _SAME:
            return argument(0)
        if name in _FIRST:
            return members.element(argument(0))
        if name in ("min", "max"):
            if len(node.args) == 1:
                return members.element(argument(0))
            return union(argument(index) for index in range(len(node.args)))
        if name in _FILTERS:
            return many(members.element(argument(1)))
        if name == "map":
            return many(union(self.call(each) for each in argument(0)))
        if name == "enumerate":
            return many(one("tuple", "", "", OTHER, members.element(argument(0))))
        if name == "zip":
            parts = (members.element(argument(index)) for index in range(len(node.args)))
            return many(one("tuple", "", "", *parts))
        if name == "chain":
            parts = (members.element(argument(index)) for index in range(len(node.args)))
            return many(union(parts))
        if name == "from_iterable":
            return many(members.element(members.element(argument(0))))
        if name == "groupby":
            groups = many(members.element(argument(0)))
            return many(one("tuple", "", "", UNKNOWN, groups))
        if name == "cast" and len(node.args) == 2:
            return self._inference.annotations.type_of(node.args[0], scope)
        if name in ("to_thread", "partial", "run", "submit"):
            return union(self.call(each) for each in argument(0)) if node.args else UNKNOWN
        if dotted.startswith("builtins.") and name == "dict":
            known = node.args or node.keywords
            return one("mapping", "", "", *((UNKNOWN, UNKNOWN) if known else (NOTHING, NOTHING)))
        return OTHER if dotted.startswith("builtins.") and name in _PLAIN else UNKNOWN

    def lambda_parameter(self, call: ast.Call, node: ast.Lambda, name: str, scope: Scope) -> Types:
        """What a lambda that is an argument gets for one of its parameters."""
        names = [each.arg for each in every_argument(node.args)]
        inference = self._inference
        index = names.index(name)
        found: list[Types] = []
        for called in inference.infer(call.func, scope):
            last = called.field.rpartition(".")[2]
            if called.kind == "method" and last == "queue":
                found.append(called.items[0])
            elif called.kind == "method" and last == "sort":
                found.append(inference.members.element(called.items[0]))
            elif called.kind == "foreign" and last in _KEYED and call.args:
                of = call.args[-1] if last in ("nlargest", "nsmallest") else call.args[0]
                found.append(inference.members.element(inference.infer(of, scope)))
            elif called.kind == "foreign" and last in _MAPPED and index + 1 < len(call.args):
                of = call.args[index + 1]
                found.append(inference.members.element(inference.infer(of, scope)))
            else:
                found.append(UNKNOWN)
        return union(found) or UNKNOWN

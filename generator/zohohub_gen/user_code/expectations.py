"""What a program writes down for something: the keys of values, options, names of layouts."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias

from zohohub_gen.user_code.bindings import Scope
from zohohub_gen.user_code.scopes import every_argument
from zohohub_gen.user_code.types import (
    NOTHING,
    Type,
    Types,
    is_sure,
    many,
    one,
    union,
)

if TYPE_CHECKING:
    from zohohub_gen.user_code.inference import Inference

Note: TypeAlias = Callable[
    [Literal["field", "option", "layout"], Type, ast.Constant, Scope, bool], None
]

_ONE_RECORD = ("create", "update", "clone", "mass_update", "mass_update_view")
_ROWS = (
    "create_many",
    "update_many",
    "upsert_many",
    "bulk_create",
    "bulk_update",
    "bulk_upsert",
)
_DISPLAYS = (ast.Tuple, ast.List, ast.Set)
_CONDITIONS = ("is_in", "not_in", "contains", "not_contains", "is_exactly")


class Expectations:
    """Goes into displays and strings by the types that are wanted there."""

    def __init__(self, inference: Inference, note: Note) -> None:
        self._inference = inference
        self._note = note
        self._seen: set[tuple[ast.expr, Types]] = set()
        self._flows: dict[tuple[Scope, str], Types] = {}

    def expect(  # one case an expression
        self, node: ast.expr, wanted: Types, scope: Scope, *, certain: bool = True
    ) -> None:
        """Note what stands in ``node``, which is given where ``wanted`` is taken."""
        wanted = frozenset(each for each in wanted if each.kind not in ("other", "unknown"))
        if not wanted or (node, wanted) in self._seen:
            return
        self._seen.add((node, wanted))
        inference = self._inference
        match node:
            case ast.Constant(value=str(text)):
                for each in wanted:
                    self._string(node, each, text, scope, certain=certain)
            case ast.Dict(keys=keys, values=values):
                self._dict(keys, values, wanted, scope, certain=certain)
            case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
                for number, element in enumerate(elements):
                    inner = inference.members.item(wanted, number)
                    if isinstance(element, ast.Starred):
                        self.expect(element.value, wanted, scope, certain=certain)
                    else:
                        self.expect(element, inner, scope, certain=certain)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                inner = inference.members.element(wanted)
                self.expect(node.elt, inner, inference.scopes.get(node, scope), certain=certain)
            case ast.IfExp(body=body, orelse=other):
                self.expect(body, wanted, scope, certain=certain)
                self.expect(other, wanted, scope, certain=certain)
            case ast.BoolOp(values=values):
                for value in values:
                    self.expect(value, wanted, scope, certain=certain)
            case ast.BinOp(left=left, right=right):
                self.expect(left, wanted, scope, certain=certain)
                self.expect(right, wanted, scope, certain=certain)
            case ast.NamedExpr(value=value) | ast.Await(value=value) | ast.Starred(value=value):
                self.expect(value, wanted, scope, certain=certain)
            case ast.Call():
                self._called(node, wanted, scope, certain=certain)
            case ast.Name(id=name):
                self._follow(name, wanted, scope, certain=certain)
            case _:
                pass

    def _string(
        self, node: ast.Constant, wanted: Type, text: str, scope: Scope, *, certain: bool
    ) -> None:
        words = self._inference.words
        if wanted.kind != "option":
            return
        if not wanted.field:
            if text in words.layouts.get(wanted.module, ()):
                self._note("layout", wanted, node, scope.root(), certain)
        elif words.has_option(wanted.module, wanted.field, text):
            self._note("option", wanted, node, scope.root(), certain)

    def _dict(
        self,
        keys: Sequence[ast.expr | None],
        values: Sequence[ast.expr],
        wanted: Types,
        scope: Scope,
        *,
        certain: bool,
    ) -> None:
        for key, value in zip(keys, values, strict=True):
            if key is None:
                self.expect(value, wanted, scope, certain=certain)
                continue
            for each in wanted:
                if each.kind == "mapping":
                    self.expect(key, each.items[0], scope, certain=certain)
                    self.expect(value, each.items[1], scope, certain=certain)
                elif each.kind == "values" and isinstance(key, ast.Constant):
                    held = self.key(frozenset({each}), key, scope, certain=certain)
                    self.expect(value, held, scope, certain=certain)

    def key(self, held: Types, node: ast.Constant, scope: Scope, *, certain: bool = True) -> Types:
        """Note a key of values, or of a mapping by options; what stands under it."""
        found: list[Types] = []
        certain = certain and is_sure(held)
        for each in held:
            if each.kind == "mapping":
                self.expect(node, each.items[0], scope, certain=certain)
            if each.kind != "values" or not isinstance(node.value, str) or node.value == "id":
                continue
            field = self._inference.words.field(each.module, node.value)
            if field is not None:
                self._note("field", each, node, scope.root(), certain)
                found.append(self._inference.members.written(each.module, field))
        return union(found)

    def _called(self, node: ast.Call, wanted: Types, scope: Scope, *, certain: bool) -> None:
        for called in self._inference.infer(node.func, scope):
            name = called.field.rpartition(".")[2] if called.kind == "foreign" else ""
            if name == "dict":
                for keyword in node.keywords:
                    key = keyword.arg and ast.copy_location(ast.Constant(keyword.arg), keyword)
                    pair = ([key or None], [keyword.value])
                    self._dict(*pair, wanted, scope, certain=certain)
                for argument in node.args:
                    self.expect(argument, wanted, scope, certain=certain)
            elif name in ("list", "tuple", "set", "frozenset", "sorted", "reversed"):
                for argument in node.args[:1]:
                    self.expect(argument, wanted, scope, certain=certain)
            elif isinstance(called.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                inner = self._inference.scopes[called.node]
                if called.kind == "function" and called.node.returns is None:
                    element = self._inference.members.element(wanted) if inner.yields else wanted
                    for each in inner.yields or inner.returns:
                        self.expect(each, element, inner, certain=certain)

    def _follow(self, name: str, wanted: Types, scope: Scope, *, certain: bool) -> None:
        """Go to what was assigned to a name."""
        holder, bindings = self._inference.bindings(name, scope)
        if holder is None:
            return
        for each in bindings:
            if each.how == "value" and not each.path and isinstance(each.node, ast.expr):
                self.expect(each.node, wanted, each.scope, certain=certain)
            elif each.how == "element" and not each.path and isinstance(each.node, _DISPLAYS):
                # for status in ("New", "Contacted"): …
                self.expect(each.node, many(wanted), each.scope, certain=certain)
        element = self._inference.members.element(wanted)
        for value, inner in holder.appended.get(name, ()):
            self.expect(value, element, inner, certain=certain)
        values = frozenset(each for each in wanted if each.kind == "values")
        if values:
            self._flows[holder, name] = self._flows.get((holder, name), NOTHING) | values

    def follow_up(self, nodes: Iterable[tuple[ast.AST, Scope]]) -> None:
        """Note the keys that are set on dictionaries which were used as values somewhere."""
        if not self._flows:
            return
        for node, scope in nodes:
            match node:
                case ast.Assign(
                    targets=[ast.Subscript(value=ast.Name(id=name), slice=ast.Constant() as key)],
                    value=value,
                ):
                    holder, _ = self._inference.bindings(name, scope)
                    wanted = self._flows.get((holder, name)) if holder else None
                    if wanted:
                        self.expect(value, self.key(wanted, key, scope), scope)
                case _:
                    pass

    def comparison(self, node: ast.Compare, scope: Scope) -> None:
        """Note the options that something is compared with."""
        sides = [node.left, *node.comparators]
        for left, operator, right in zip(sides, node.ops, sides[1:], strict=False):
            of_left, of_right = (_compared(self._inference.infer(e, scope)) for e in (left, right))
            if isinstance(operator, (ast.Eq, ast.NotEq, ast.Is, ast.IsNot)):
                self.expect(right, of_left, scope)
                self.expect(left, of_right, scope)
            elif isinstance(operator, (ast.In, ast.NotIn)):
                self.expect(right, many(of_left), scope)
                self.expect(left, self._inference.members.element(of_right), scope)

    # --- Arguments -----------------------------------------------------------------------------

    def of_call(self, called: Type, node: ast.Call, scope: Scope, *, certain: bool) -> Types:
        """Note what the arguments hold; what the keywords are, where they are fields."""
        match called.kind:
            case "record class" | "values class":
                return one("values", called.module)
            case "function":
                if isinstance(called.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    self._parameters(called.node, node, scope, certain=certain)
            case "class":
                self._constructor(called, node, scope, certain=certain)
            case "foreign" if called.field.rpartition(".")[2] == "replace" and node.args:
                held = self._inference.infer(node.args[0], scope)
                return union(one("values", each.module) for each in held if each.kind == "record")
            case "foreign" | "unknown" if node.args:
                # partial(crm.leads.create, city="Graz"), executor.submit(…), asyncio.to_thread(…)
                return union(
                    one("values", owner.module)
                    for passed in self._inference.infer(node.args[0], scope)
                    if passed.kind == "method" and passed.field in _ONE_RECORD
                    for owner in passed.items[0]
                    if owner.kind == "handle"
                )
            case "method":
                return union(
                    self._method(owner, called.field, node, scope, certain=certain)
                    for owner in called.items[0]
                )
            case _:
                pass
        return NOTHING

    def _method(  # one case a method
        self, owner: Type, name: str, node: ast.Call, scope: Scope, *, certain: bool
    ) -> Types:
        values = one("values", owner.module)
        wanted: dict[int | str, Types] = {}
        match owner.kind, name:
            case "handle", name if name in _ONE_RECORD:
                return values
            case "handle", name if name in _ROWS:
                wanted = {0: many(values), "rows": many(values)}
            case "handle", "validate":
                wanted = {0: values}
            case "handle", "layout":
                wanted = {0: one("option", owner.module)}
            case "handle", "convert":
                wanted = {"deal": one("values", "Deals")}
            case "blueprint", "apply":
                wanted = {1: values}
            case "column", name if name in _CONDITIONS:
                option = _compared(frozenset({owner}))
                wanted = {0: option | many(option)}
            case "many", ("append" | "add" | "appendleft" | "remove" | "count" | "index"):
                wanted = {0: owner.items[0]}
            case "many", "insert":
                wanted = {1: owner.items[0]}
            case "many", "extend":
                wanted = {0: frozenset({owner})}
            case "mapping", ("get" | "pop" | "setdefault"):
                wanted = {0: owner.items[0], 1: owner.items[1]}
            case "values", ("get" | "pop" | "setdefault"):
                if node.args and isinstance(node.args[0], ast.Constant):
                    wanted = {1: self.key(frozenset({owner}), node.args[0], scope, certain=certain)}
            case "values", "update":
                wanted = {0: frozenset({owner})}
                self._arguments(wanted, node, scope, certain=certain)
                return frozenset({owner})
            case _:
                pass
        self._arguments(wanted, node, scope, certain=certain)
        return NOTHING

    def _arguments(
        self, wanted: dict[int | str, Types], node: ast.Call, scope: Scope, *, certain: bool
    ) -> None:
        for index, argument in enumerate(node.args):
            if isinstance(argument, ast.Starred):
                break
            self.expect(argument, wanted.get(index, NOTHING), scope, certain=certain)
        for keyword in node.keywords:
            if keyword.arg is not None:
                held = wanted.get(keyword.arg, NOTHING)
                self.expect(keyword.value, held, scope, certain=certain)

    def _parameters(
        self,
        function: ast.FunctionDef | ast.AsyncFunctionDef,
        node: ast.Call,
        scope: Scope,
        *,
        certain: bool,
        skipped: int | None = None,
    ) -> None:
        outer = self._inference.scopes[function].parent or scope
        positional = [*function.args.posonlyargs, *function.args.args]
        if skipped is None:
            is_method = isinstance(outer.node, ast.ClassDef)
            decorators = {d.id for d in function.decorator_list if isinstance(d, ast.Name)}
            skipped = 1 if is_method and "staticmethod" not in decorators else 0
        wanted: dict[int | str, Types] = {}
        for argument in every_argument(function.args):
            if argument.annotation is not None:
                held = self._inference.annotations.type_of(argument.annotation, outer)
                wanted[argument.arg] = held
                if argument in positional:
                    wanted[positional.index(argument) - skipped] = held
        self._arguments(wanted, node, scope, certain=certain)

    def _constructor(self, called: Type, node: ast.Call, scope: Scope, *, certain: bool) -> None:
        definition = called.node
        if not isinstance(definition, ast.ClassDef):
            return
        inner = self._inference.scopes[definition]
        for binding in inner.bindings.get("__init__", ()):
            if isinstance(binding.node, ast.FunctionDef):
                self._parameters(binding.node, node, scope, certain=certain, skipped=1)
                return
        wanted: dict[int | str, Types] = {}
        fields = [each for each in definition.body if isinstance(each, ast.AnnAssign)]
        for index, field in enumerate(fields):
            if isinstance(field.target, ast.Name):
                held = self._inference.annotations.type_of(field.annotation, inner)
                wanted[index] = wanted[field.target.id] = held
        self._arguments(wanted, node, scope, certain=certain)


def _compared(held: Types) -> Types:
    """The options that values or columns are compared with."""
    found: list[Types] = []
    for each in held:
        if each.kind == "column":
            found.append(one("option", each.module, each.field))
        elif each.kind in ("option", "many", "tuple"):
            found.append(frozenset({each}))
    return union(found)

"""Which names a file binds, where, and the order in which its parts run."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from zohohub_gen.user_code.bindings import (
    COMPREHENSIONS,
    REST,
    Binding,
    Block,
    How,
    Path,
    Place,
    Scope,
)


class ScopedFile:
    """All scopes of a file, the place of each name, and the nodes in the order of the text."""

    def __init__(self, tree: ast.Module) -> None:
        self.scopes: dict[ast.AST, Scope] = {}
        self.places: dict[ast.Name, Place] = {}
        self.nodes: list[tuple[ast.AST, Scope]] = []
        self.lambda_calls: dict[ast.Lambda, ast.Call] = {}
        self.attributes: dict[ast.ClassDef, dict[str, list[Binding]]] = {}
        """What methods assign to their first parameter: ``self.crm = …``."""
        self._order = 0
        self._self: list[tuple[str, ast.ClassDef] | None] = []
        self._deferred: list[tuple[ast.FunctionDef | ast.AsyncFunctionDef, Scope]] = []
        root = Scope(tree, None)
        self.root = root
        self.scopes[tree] = root
        block = Block(None, 0)
        self._statements(tree.body, root, block)
        self._run_deferred()
        block.end = self._order

    # --- Statements ----------------------------------------------------------------------------

    def _statements(self, body: Iterable[ast.stmt], scope: Scope, block: Block) -> None:
        for statement in body:
            self._statement(statement, scope, block)

    def _inner(
        self,
        body: Iterable[ast.stmt],
        scope: Scope,
        block: Block,
        *,
        is_loop: bool = False,
        narrowing: ast.expr | None = None,
    ) -> None:
        inner = Block(block, self._next(), is_loop)
        self._narrow(narrowing, scope, inner)
        self._statements(body, scope, inner)
        inner.end = self._order

    def _statement(self, node: ast.stmt, scope: Scope, block: Block) -> None:
        self.nodes.append((node, scope))
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._expressions([*node.decorator_list, *_signature(node)], scope, block)
                self._bind(node.name, "definition", scope, block, node)
                self._defer(node, scope)
            case ast.ClassDef():
                keywords = [each.value for each in node.keywords]
                self._expressions([*node.decorator_list, *node.bases, *keywords], scope, block)
                inner = Scope(node, scope)
                self.scopes[node] = inner
                self._statements(node.body, inner, Block(block, self._next()))
                self._bind(node.name, "definition", scope, block, node)
            case ast.Return(value=value):
                self._expressions([value], scope, block)
                if value is not None:
                    scope.returns.append(value)
            case ast.Assign(targets=targets, value=value):
                self._expressions([value], scope, block)
                for target in targets:
                    self._target(target, "value", value, scope, block)
            case ast.AnnAssign(target=target, annotation=annotation, value=value):
                self._expressions([annotation, value], scope, block)
                how: How = "declared" if value is None else "value"
                self._target(target, how, value, scope, block, annotation=annotation)
            case ast.AugAssign(target=target, value=value):
                self._expressions([target, value], scope, block)
                if isinstance(target, ast.Name) and isinstance(value, (ast.List, ast.Tuple)):
                    self._append(target.id, value.elts, scope)
            case ast.For(target=target) | ast.AsyncFor(target=target):
                self._expressions([node.iter], scope, block)
                inner_block = Block(block, self._next(), is_loop=True)
                self._target(target, "element", node.iter, scope, inner_block)
                self._statements(node.body, scope, inner_block)
                inner_block.end = self._order
                self._inner(node.orelse, scope, block)
            case ast.While(test=test):
                inner_block = Block(block, self._next(), is_loop=True)
                self._expressions([test], scope, inner_block)
                self._narrow(test, scope, inner_block)
                self._statements(node.body, scope, inner_block)
                inner_block.end = self._order
                self._inner(node.orelse, scope, block)
            case ast.If(test=test):
                self._expressions([test], scope, block)
                self._inner(node.body, scope, block, narrowing=test)
                self._inner(node.orelse, scope, block)
            case ast.With(items=items) | ast.AsyncWith(items=items):
                for item in items:
                    self._expressions([item.context_expr], scope, block)
                    if item.optional_vars is not None:
                        self._target(item.optional_vars, "entered", item.context_expr, scope, block)
                if any(_may_stop(item.context_expr) for item in items):
                    self._inner(node.body, scope, block)
                else:
                    self._statements(node.body, scope, block)
            case ast.Try() | ast.TryStar():
                self._inner(node.body, scope, block)
                for handler in node.handlers:
                    inner_block = Block(block, self._next())
                    self._expressions([handler.type], scope, inner_block)
                    if handler.name:
                        self._bind(handler.name, "other", scope, inner_block)
                    self._statements(handler.body, scope, inner_block)
                    inner_block.end = self._order
                self._inner(node.orelse, scope, block)
                self._statements(node.finalbody, scope, block)
            case ast.Match(subject=subject):
                self._expressions([subject], scope, block)
                for case in node.cases:
                    inner_block = Block(block, self._next())
                    self._pattern(case.pattern, subject, scope, inner_block)
                    self._expressions([case.guard], scope, inner_block)
                    self._statements(case.body, scope, inner_block)
                    inner_block.end = self._order
            case ast.Import(names=names):
                for alias in names:
                    top = alias.name.partition(".")[0]
                    imported = alias.name if alias.asname else top
                    self._bind(alias.asname or top, "import", scope, block, node, imported=imported)
            case ast.ImportFrom(names=names):
                for alias in names:
                    if alias.name == "*":
                        scope.stars.append(node)
                    else:
                        name = alias.asname or alias.name
                        self._bind(name, "import", scope, block, node, imported=alias.name)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                for name in names:
                    is_global = isinstance(node, ast.Global)
                    scope.elsewhere[name] = "global" if is_global else "nonlocal"
            case ast.Assert(test=test):
                self._expressions([test, node.msg], scope, block)
                self._narrow(test, scope, block)
            case _:
                found = [each for each in ast.iter_child_nodes(node) if isinstance(each, ast.expr)]
                self._expressions(found, scope, block)

    def _defer(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> None:
        """The body of a function runs when everything around it has: it comes later."""
        self.scopes[node] = Scope(node, scope)
        self._deferred.append((node, scope))

    def _run_deferred(self) -> None:
        while self._deferred:
            node, outer = self._deferred.pop(0)
            scope = self.scopes[node]
            block = Block(None, self._next())
            self._parameters(node.args, node, scope, block)
            self._self.append(_own_parameter(node, outer))
            self._statements(node.body, scope, block)
            self._self.pop()
            block.end = self._order

    def _parameters(
        self, arguments: ast.arguments, node: ast.AST, scope: Scope, block: Block
    ) -> None:
        for argument in every_argument(arguments):
            self._bind(
                argument.arg, "parameter", scope, block, node, annotation=argument.annotation
            )

    # --- Expressions ---------------------------------------------------------------------------

    def _expressions(self, found: Iterable[ast.AST | None], scope: Scope, block: Block) -> None:
        stack = [each for each in found if each is not None][::-1]
        while stack:
            node = stack.pop()
            self.nodes.append((node, scope))
            match node:
                case ast.Name():
                    self.places[node] = Place(scope, self._next(), block)
                    continue
                case ast.NamedExpr(target=target, value=value):
                    holder = scope
                    while isinstance(holder.node, COMPREHENSIONS) and holder.parent:
                        holder = holder.parent
                    self._expressions([value], scope, block)
                    self._target(target, "value", value, holder, block)
                    continue
                case ast.Lambda(args=arguments, body=body):
                    inner = self.scopes[node] = Scope(node, scope)
                    self._expressions(_defaults(arguments), scope, block)
                    inner_block = Block(block, self._next())
                    self._parameters(arguments, node, inner, inner_block)
                    self._expressions([body], inner, inner_block)
                    continue
                case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                    self._comprehension(node, scope, block)
                    continue
                case ast.Call(func=function, args=arguments, keywords=keywords):
                    for value in [*arguments, *(each.value for each in keywords)]:
                        if isinstance(value, ast.Lambda):
                            self.lambda_calls[value] = node
                    match function:
                        case ast.Attribute(
                            value=ast.Name(id=name), attr="append" | "add" | "appendleft"
                        ):
                            self._append(name, arguments[:1], scope)
                        case ast.Attribute(value=ast.Name(id=name), attr="insert"):
                            self._append(name, arguments[1:2], scope)
                        case _:
                            pass
                case ast.Yield(value=value) if value is not None:
                    scope.yields.append(value)
                case _:
                    pass
            stack.extend([*ast.iter_child_nodes(node)][::-1])

    def _comprehension(
        self,
        node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp,
        scope: Scope,
        block: Block,
    ) -> None:
        inner = self.scopes[node] = Scope(node, scope)
        inner_block = Block(block, self._next())
        for number, generator in enumerate(node.generators):
            self._expressions([generator.iter], inner if number else scope, inner_block)
            self._target(generator.target, "element", generator.iter, inner, inner_block)
            self._expressions(generator.ifs, inner, inner_block)
            for condition in generator.ifs:
                self._narrow(condition, inner, inner_block)
        parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        self._expressions(parts, inner, inner_block)
        inner_block.end = self._order

    # --- Bindings ------------------------------------------------------------------------------

    def _target(
        self,
        target: ast.expr,
        how: How,
        node: ast.AST | None,
        scope: Scope,
        block: Block,
        path: Path = (),
        annotation: ast.expr | None = None,
    ) -> None:
        match target:
            case ast.Name(id=name):
                self.nodes.append((target, scope))
                self._bind(name, how, scope, block, node, path=path, annotation=annotation)
                self.places[target] = Place(scope, self._order, block)
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                for number, element in enumerate(elements):
                    self._target(element, how, node, scope, block, (*path, number))
            case ast.Starred(value=value):
                self._target(value, how, node, scope, block, (*path[:-1], REST))
            case _:
                self._expressions([target], scope, block)
                self._store(target, how, node, scope)
                own = self._self[-1] if self._self else None
                match target:
                    case ast.Attribute(value=ast.Name(id=name), attr=attribute) if (
                        own is not None and name == own[0]
                    ):
                        found = Binding(attribute, how, self._order, block, scope, node, path)
                        found.annotation = annotation
                        of_class = self.attributes.setdefault(own[1], {})
                        of_class.setdefault(attribute, []).append(found)
                    case _:
                        pass

    def _pattern(
        self, pattern: ast.pattern, subject: ast.AST | None, scope: Scope, block: Block
    ) -> None:
        self.nodes.append((pattern, scope))
        match pattern:
            case ast.MatchValue(value=value):
                self._expressions([value], scope, block)
            case ast.MatchAs(pattern=None, name=str(name)):
                how: How = "other" if subject is None else "value"
                self._bind(name, how, scope, block, subject)
            case ast.MatchAs(pattern=inner, name=name) if inner is not None:
                self._pattern(inner, subject, scope, block)
                if name is not None:
                    if isinstance(inner, ast.MatchClass):
                        self._bind(name, "narrowed", scope, block, inner.cls)
                    else:
                        self._bind(name, "value" if subject else "other", scope, block, subject)
            case ast.MatchClass(cls=cls, patterns=patterns, kwd_patterns=keyword_patterns):
                self._expressions([cls], scope, block)
                if isinstance(subject, ast.Name):
                    self._bind(subject.id, "narrowed", scope, block, cls)
                for each in [*patterns, *keyword_patterns]:
                    self._pattern(each, None, scope, block)
            case ast.MatchOr(patterns=patterns):
                for each in patterns:
                    self._pattern(each, subject, scope, block)
            case ast.MatchStar(name=name) if name is not None:
                self._bind(name, "other", scope, block)
            case _:
                if isinstance(pattern, ast.MatchMapping):
                    self._expressions(pattern.keys, scope, block)
                    if pattern.rest:
                        self._bind(pattern.rest, "other", scope, block)
                for each in getattr(pattern, "patterns", ()):
                    self._pattern(each, None, scope, block)

    def _narrow(self, test: ast.expr | None, scope: Scope, block: Block) -> None:
        """``isinstance(x, C)`` holds behind it, as if x had been bound anew."""
        match test:
            case ast.Call(func=ast.Name(id="isinstance"), args=[ast.Name(id=name), cls]):
                if name in scope.bindings:
                    self._bind(name, "narrowed", scope, block, cls)
            case ast.BoolOp(op=ast.And(), values=values):
                for value in values:
                    self._narrow(value, scope, block)
            case _:
                pass

    def _bind(
        self,
        name: str,
        how: How,
        scope: Scope,
        block: Block,
        node: ast.AST | None = None,
        *,
        path: Path = (),
        annotation: ast.expr | None = None,
        imported: str = "",
    ) -> None:
        found = Binding(name, how, self._next(), block, scope, node, path, annotation, imported)
        holder = scope
        kind = scope.elsewhere.get(name)
        if kind == "global":
            holder = scope.root()
        elif kind == "nonlocal":
            holder = _holder(name, scope.parent) or scope
        if kind is not None:
            holder.shared.add(name)
        holder.bindings.setdefault(name, []).append(found)

    def _store(self, target: ast.expr, how: How, node: ast.AST | None, scope: Scope) -> None:
        match target, node:
            case ast.Subscript(value=ast.Name(id=name), slice=key), ast.expr() if how == "value":
                holder = _holder(name, scope) or scope
                pair = (key, scope), (node, scope)
                holder.stored.setdefault(name, []).append(pair)
            case _:
                pass

    def _append(self, name: str, values: Sequence[ast.expr], scope: Scope) -> None:
        holder = _holder(name, scope) or scope
        holder.appended.setdefault(name, []).extend((value, scope) for value in values)

    def _next(self) -> int:
        self._order += 1
        return self._order


def _holder(name: str, scope: Scope | None) -> Scope | None:
    """The innermost scope from here on that binds the name."""
    while scope is not None and name not in scope.bindings:
        scope = scope.parent
    return scope


def _may_stop(context: ast.expr) -> bool:
    """Whether what is inside may end early, and the program goes on behind it."""
    return isinstance(context, ast.Call) and ast.unparse(context.func).endswith(
        ("suppress", "raises")
    )


def _signature(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.AST | None]:
    annotations = [each.annotation for each in every_argument(node.args)]
    return [*annotations, node.returns, *_defaults(node.args)]


def _defaults(arguments: ast.arguments) -> list[ast.expr | None]:
    return [*arguments.defaults, *arguments.kw_defaults]


def every_argument(arguments: ast.arguments) -> list[ast.arg]:
    """All parameters of a function, those with stars too."""
    stars = [each for each in (arguments.vararg, arguments.kwarg) if each is not None]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *stars]


def _own_parameter(
    node: ast.FunctionDef | ast.AsyncFunctionDef, outer: Scope
) -> tuple[str, ast.ClassDef] | None:
    """The name of ``self`` in a method."""
    names = [*node.args.posonlyargs, *node.args.args]
    if not isinstance(outer.node, ast.ClassDef) or not names:
        return None
    decorators = {each.id for each in node.decorator_list if isinstance(each, ast.Name)}
    return None if "staticmethod" in decorators else (names[0].arg, outer.node)

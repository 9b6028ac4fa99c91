"""What the attributes and the elements of things are."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from zohohub_gen.user_code.bindings import Binding
from zohohub_gen.user_code.sources import SourceFile
from zohohub_gen.user_code.types import (
    INSTANCES,
    NOTHING,
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

_METHODS = (
    "client",
    "client class",
    "handle",
    "query",
    "grouping",
    "bulk",
    "blueprint",
    "related list",
    "column",
    "many",
    "mapping",
    "values",
)
"""What has methods that `Calls` knows."""

_MOST_BASES = 10


@dataclass(frozen=True, slots=True)
class Member:
    """A name of the bindings that an attribute stands for."""

    kind: Literal["file", "class", "handle", "field", "related"]
    module: str
    name: str = ""
    """The api_name of the field or related list; of a picklist's options, that of its field."""


class Members:
    """Answers what ``x.name``, ``x[key]``, ``for … in x`` and ``with x as …`` are."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference
        self._words = inference.words

    # --- Attributes ----------------------------------------------------------------------------

    def named(self, owner: Type, name: str) -> Member | None:
        """Which name of the bindings ``owner.name`` is; None if it is none."""
        words = self._words
        match owner.kind:
            case "package" if not owner.field and name in words.files:
                return Member("file", words.files[name])
            case "package" if name in words.classes:
                return Member("class", words.classes[name].module, words.classes[name].field)
            case "client" | "client class" if name in words.files:
                return Member("handle", words.files[name])
            case "record" | "record class" | "columns" | "values" | "columns class":
                field = words.field(owner.module, name)
                return Member("field", owner.module, field) if field and name != "id" else None
            case "column":
                target = words.target(owner.module, owner.field)
                field = words.field(target, name) if target else None
                return Member("field", target, field) if target and field else None
            case "related":
                found = words.related(owner.module, name)
                return Member("related", owner.module, found) if found else None
            case _:
                return None

    def of(self, owners: Types, name: str) -> Types:
        """What ``x.name`` may be."""
        return union(self._of(owner, name) for owner in owners)

    def _of(self, owner: Type, name: str) -> Types:  # one case a kind
        member = self.named(owner, name)
        if member is not None:
            return self._of_member(owner, member, name)
        match owner.kind:
            case "unknown":
                return UNKNOWN
            case "package" if name == "Crm":
                return one("client class")
            case "package" if name == "client":
                return one("package", "", "client")
            case "record" | "record class" if name == "fields":
                return one("columns", owner.module)
            case "handle" | "handle class" if name == "record_type":
                return one("record class", owner.module)
            case "options class" if self._words.member(owner, name) is not None:
                return one("option", owner.module, owner.field)
            case "link" if name == "target":
                return OTHER
            case "foreign":
                dotted = f"{owner.field}.{name}"
                own = dotted == self._words.package
                return one("package") if own else one("foreign", field=dotted)
            case "file":
                return self._of_file(owner, name)
            case "class" | "object":
                return self._of_object(owner, name)
            case "query" | "many" | "tuple" | "values" if name == "fields":
                return OTHER
            case kind if kind in _METHODS:
                return one("method", "", name, frozenset({owner}))
            case _:
                return OTHER

    def _of_member(self, owner: Type, member: Member, name: str) -> Types:
        words = self._words
        match member.kind:
            case "file":
                return one("package", member.module, name)
            case "class":
                meaning = words.classes[name]
                return one(meaning.kind, meaning.module, meaning.field)
            case "handle":
                return one("handle", member.module)
            case "related":
                target = words.related_target(owner.module, member.name)
                return one("related list", target or "")
            case _ if owner.kind in ("columns", "columns class", "column"):
                return one("column", member.module, member.name)
            case _:
                return words.value_type(member.module, member.name)

    def _of_file(self, owner: Type, name: str) -> Types:
        file = owner.node
        if not isinstance(file, SourceFile):
            return UNKNOWN
        inference = self._inference
        root = inference.scoped[file].root
        if name in root.bindings:
            return inference.lookup(name, root)
        below = inference.files.below(file, name)
        if below is not None:
            return one("file", node=below)
        if name == self._words.package.rpartition(".")[2]:
            return one("package")
        found = inference.lookup(name, root)
        return UNKNOWN if any(each.kind == "foreign" for each in found) else found

    def owners(self, held: Types, name: str) -> Types:
        """What may own an attribute: for objects of the program, what their classes derive from."""
        return union(self._owners(each, name) for each in held)

    def _owners(self, owner: Type, name: str) -> Types:
        if owner.kind not in ("class", "object"):
            return frozenset({owner})
        for base in self.bases(owner):
            if isinstance(base, Type):
                return frozenset({base})
            if not isinstance(base, ast.ClassDef):
                return UNKNOWN
            if self._of_class(owner, base, name) is not None:
                break
        return OTHER

    # --- Classes of the program ----------------------------------------------------------------

    def _of_object(self, owner: Type, name: str) -> Types:
        for node in self.bases(owner):
            if isinstance(node, Type):
                return self._of(node, name)
            if not isinstance(node, ast.ClassDef):
                return UNKNOWN
            found = self._of_class(owner, node, name)
            if found is not None:
                return found
        return OTHER

    def bases(self, owner: Type) -> Iterator[object]:
        """The class and all that it is derived from.

        One of the package is a `Type`, one from elsewhere None.
        """
        seen: list[object] = []
        waiting: list[object] = [owner.node]
        while waiting and len(seen) < _MOST_BASES:
            node = waiting.pop(0)
            if node in seen:
                continue
            seen.append(node)
            yield node
            scope = self._inference.scopes.get(node) if isinstance(node, ast.ClassDef) else None
            if isinstance(node, ast.ClassDef) and scope is not None:
                outer = scope.parent or scope
                for base in node.bases:
                    for found in self._inference.infer(_plain(base), outer):
                        if found.kind == "class":
                            waiting.append(found.node)
                        elif found.kind in ("client class", "handle class", "record class"):
                            own: Kind = found.kind
                            own = INSTANCES[own] if owner.kind == "object" else own
                            waiting.append(Type(own, found.module))
                        elif found.field not in _PLAIN_BASES:
                            waiting.append(None)

    def _of_class(self, owner: Type, node: ast.ClassDef, name: str) -> Types | None:
        inference = self._inference
        scope = inference.scopes[node]
        source = inference.homes[scope.root()]
        by_methods = inference.scoped[source].attributes.get(node, {}).get(name, [])
        bindings = [*scope.bindings.get(name, ()), *by_methods]
        if not bindings:
            return None
        declared = [each for each in bindings if each.annotation is not None]
        return union(self._bound_method(owner, each) for each in (declared or bindings))

    def _bound_method(self, owner: Type, binding: Binding) -> Types:
        node = binding.node
        if binding.how == "definition" and isinstance(
            node, (ast.FunctionDef, ast.AsyncFunctionDef)
        ):
            decorators = [ast.unparse(each).rpartition(".")[2] for each in node.decorator_list]
            if owner.kind == "object" and {"property", "cached_property"}.intersection(decorators):
                return self._inference.calls.returned(node)
        return self._inference.of_binding(binding)

    # --- Elements ------------------------------------------------------------------------------

    def element(self, held: Types) -> Types:
        """What iterating gives."""
        return union(self._element(each) for each in held)

    def _element(self, held: Type) -> Types:
        match held.kind:
            case "many" | "mapping":
                return held.items[0]
            case "tuple":
                return union(held.items)
            case "query" | "bulk":
                return one("record", held.module)
            case "unknown" | "foreign":
                return UNKNOWN
            case "object":
                return union(self._next(each) for each in self._returned(held, "__iter__"))
            case _:
                return OTHER

    def _next(self, held: Type) -> Types:
        """What an iterator gives; one of the program may be its own ``__iter__``."""
        return self._returned(held, "__next__") if held.kind == "object" else self._element(held)

    def _returned(self, held: Type, method: str) -> Types:
        found = self._of_object(held, method)
        return union(self._inference.calls.call(each) for each in found)

    def item(self, held: Types, key: object) -> Types:
        """What ``x[key]`` is, where the key is a constant."""
        return union(self._item(each, key) for each in held)

    def _item(self, held: Type, key: object) -> Types:
        match held.kind:
            case "many":
                return held.items[0]
            case "tuple":
                if isinstance(key, int) and -len(held.items) <= key < len(held.items):
                    return held.items[key]
                return union(held.items)
            case "mapping":
                return held.items[1]
            case "values":
                field = self._words.field(held.module, key) if isinstance(key, str) else None
                return self.written(held.module, field) if field else OTHER
            case "unknown":
                return UNKNOWN
            case "foreign":
                return UNKNOWN
            case _:
                return OTHER

    def written(self, module: str, field: str) -> Types:
        """What a write takes for a field: what a record holds, rows of subforms as values, too."""
        found = self._words.value_type(module, field)
        return union(self._as_written(each) for each in found)

    def _as_written(self, held: Type) -> Types:
        match held.kind:
            case "many":
                return many(union(self._as_written(each) for each in held.items[0]))
            case "record":
                return one("values", held.module) | one("record", held.module)
            case _:
                return frozenset({held})

    def entered(self, held: Types) -> Types:
        """What ``with x as …`` gives; of a generator function, what it yields."""
        return union(self._entered(each) for each in held)

    def _entered(self, held: Type) -> Types:
        match held.kind:
            case "many":
                return held.items[0]
            case "object":
                for method in self._of_object(held, "__enter__"):
                    if method.kind == "function":
                        found = self._inference.calls.call(method)
                        return found if found not in (NOTHING, UNKNOWN) else frozenset({held})
                return frozenset({held})
            case "foreign":
                return UNKNOWN
            case _:
                return frozenset({held})


_PLAIN_BASES = {
    "builtins.object",
    "abc.ABC",
    "typing.Protocol",
    "typing.Generic",
    "typing.NamedTuple",
    "enum.Enum",
}
"""Classes that bring no attributes which could be taken for ours."""


def _plain(base: ast.expr) -> ast.expr:
    """``Generic`` of ``Generic[T]``."""
    return base.value if isinstance(base, ast.Subscript) else base

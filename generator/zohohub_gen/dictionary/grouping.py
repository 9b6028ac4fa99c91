"""Which modules stand in which diagram: a few of them all in one, many in groups around hubs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zohohub_gen.dictionary.diagram import (
    Drawing,
    Edge,
    Node,
    draw_neighbours,
    draw_ranks,
)
from zohohub_gen.dictionary.facts import Dictionary, ModuleFacts, ModuleLink, Relation, counted

_ALL_IN_ONE = 26
_GROUP = 12
_BESIDE = 12
"""Neighbours on one side of a module, before the rest is a number."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One diagram of the overview."""

    title: str
    drawing: Drawing


def overview(dictionary: Dictionary) -> list[Figure]:
    """The diagrams of all modules that refer to another or are referred to."""
    modules = {module.link.api_name: module for module in dictionary.modules}
    relations = [
        each for each in _drawn(dictionary.relations, modules) if each.target.api_name in modules
    ]
    near: dict[str, set[str]] = {}
    for each in relations:
        source, target = each.source.api_name, each.target.api_name
        if source != target:
            near.setdefault(source, set()).add(target)
            near.setdefault(target, set()).add(source)
    alone = {each.source.api_name for each in relations} - near.keys()
    near |= {api_name: set[str]() for api_name in alone}
    figures: list[Figure] = []
    titles: dict[str, int] = {}
    for group in _groups(near):
        inside = set(group)
        shown = [
            each
            for each in relations
            if each.source.api_name in inside
            and (each.target.api_name in inside or len(near) > _ALL_IN_ONE)
        ]
        linked = {end.api_name for each in shown for end in (each.source, each.target)}
        # What is referred to from other groups alone would stand there without a line.
        shown += [each for each in relations if each.target.api_name in inside - linked]
        ends = {end.api_name for each in shown for end in (each.source, each.target)}
        outside = sorted(ends - inside)
        nodes = [
            *(_node(modules[api_name]) for api_name in group),
            *(_node(modules[api_name], outside=True) for api_name in outside),
        ]
        figures.append(
            Figure(
                "All modules with lookups"
                if len(near) <= _ALL_IN_ONE
                else _title([modules[node.key] for node in nodes], near, titles),
                draw_ranks(nodes, _edges(shown)),
            )
        )
    return figures


def neighbourhood(dictionary: Dictionary, module: ModuleFacts) -> Drawing | None:
    """The module between those that refer to it and those that it refers to; None without any."""
    modules = {each.link.api_name: each for each in dictionary.modules}
    left = _beside(
        [(each.source, each) for each in _drawn(module.referred, modules)], "refer to it"
    )
    right = _beside(
        [(each.target, each) for each in _drawn(module.refers, modules)], "that it refers to"
    )
    if not left and not right:
        return None
    return draw_neighbours(_node(module, here=True), left, right)


def _title(
    modules: Sequence[ModuleFacts], near: Mapping[str, set[str]], given: dict[str, int]
) -> str:
    """Which module most of the others are linked to; ``given`` counts the titles so far."""
    shown = {module.link.api_name for module in modules}
    hub = max(
        modules, key=lambda module: (len(near[module.link.api_name] & shown), module.link.api_name)
    )
    title = f"Around {hub.link.label}"
    given[title] = given.get(title, 0) + 1
    return title if given[title] == 1 else f"{title} ({given[title]})"


def _drawn(relations: Sequence[Relation], modules: Mapping[str, ModuleFacts]) -> list[Relation]:
    """The relations without the way back from the rows of a subform to their record."""
    return [
        each
        for each in relations
        if not (
            each.kind == "lookup"
            and each.api_name == "Parent_Id"
            and (parent := modules.get(each.target.api_name)) is not None
            and any(own.target == each.source for own in parent.subforms)
        )
    ]


def _node(module: ModuleFacts, *, here: bool = False, outside: bool = False) -> Node:
    return Node(
        module.link.api_name,
        module.link.label,
        counted(module.count, "field"),
        None if here else module.page,
        "here" if here else "outside" if outside else "plain",
    )


def _beside(found: Sequence[tuple[ModuleLink, Relation]], words: str) -> list[Node]:
    """One node a module, with the labels of the fields."""
    labels: dict[ModuleLink, list[str]] = {}
    for link, relation in found:
        labels.setdefault(link, []).append(relation.label)
    nodes = [
        Node(link.api_name, link.label, ", ".join(via), link.page) for link, via in labels.items()
    ]
    nodes.sort(key=lambda node: (node.label.lower(), node.key))
    if len(nodes) <= _BESIDE:
        return nodes
    rest = len(nodes) - _BESIDE + 1
    return [*nodes[: _BESIDE - 1], Node("", f"{rest} more", f"{words}; listed below", None, "more")]


def _edges(relations: Sequence[Relation]) -> list[Edge]:
    """One edge a pair of modules."""
    by_pair: dict[tuple[ModuleLink, ModuleLink], list[Relation]] = {}
    for each in relations:
        by_pair.setdefault((each.source, each.target), []).append(each)
    return [
        Edge(
            source.api_name,
            target.api_name,
            f"{source.label} → {target.label}: {', '.join(each.label for each in own)}",
            all(each.kind == "subform" for each in own),
        )
        for (source, target), own in by_pair.items()
    ]


def _groups(near: Mapping[str, set[str]]) -> list[list[str]]:
    """The modules in groups, the largest hubs first; what is left over stands together."""
    if len(near) <= _ALL_IN_ONE:
        return [sorted(near)] if near else list[list[str]]()
    left = dict.fromkeys(sorted(near, key=lambda each: (-len(near[each]), each)))
    groups: list[list[str]] = []
    small: dict[str, list[str]] = {}
    while left:
        start = max(left, key=lambda each: sum(1 for other in near[each] if other in left))
        group: list[str] = [start]
        for each in group:
            free = sorted(near[each] - set(group), key=lambda other: (len(near[other]), other))
            group += [other for other in free if other in left][: _GROUP - len(group)]
        for each in group:
            del left[each]
        if len(group) > 2:
            groups.append(group)
        else:
            hub = max(near[start], key=lambda each: (len(near[each]), each), default="")
            small.setdefault(hub, []).extend(group)
    together: list[str] = []
    for found in small.values():
        if together and len(together) + len(found) > _GROUP:
            groups.append(together)
            together = []
        together = [*together, *found]
        while len(together) > _GROUP:
            groups.append(together[:_GROUP])
            together = together[_GROUP:]
    if together:
        groups.append(together)
    return groups

"""Where the boxes and lines of a diagram of modules go: numbers, no markup.

Boxes stand in ranks, those that refer left of those that they refer to, and each rank in the order
that makes lines cross little: the method of Sugiyama, with barycentres.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias
from unicodedata import east_asian_width

from zohohub_gen.terminal import printable

Style: TypeAlias = Literal["plain", "here", "outside", "more"]

_WIDTH, _HEIGHT = 176.0, 44.0
_BETWEEN_RANKS, _BETWEEN_BOXES = 76.0, 14.0
_MARGIN = 8.0
_SWEEPS = 12
_PAGE = 1240.0
"""Ranks that would take more room beside each other stand below each other, if that takes less."""
_WAYPOINT = 18.0
"""The room of a line that passes a rank."""
_LETTERS = 20


@dataclass(frozen=True, slots=True)
class Node:
    """A module in a diagram; ``note`` is its second line, ``page`` where it leads."""

    key: str
    label: str
    note: str
    page: str | None
    style: Style = "plain"


@dataclass(frozen=True, slots=True)
class Edge:
    """A reference from one node to another; ``title`` says by which fields."""

    source: str
    target: str
    title: str
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    """A node and its place; ``label`` and ``note`` are cut to its width."""

    node: Node
    x: float
    y: float
    width: float
    height: float
    label: str
    note: str


@dataclass(frozen=True, slots=True)
class Line:
    """A path of SVG."""

    path: str
    title: str
    dashed: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """A finished diagram."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


def draw_ranks(nodes: Sequence[Node], edges: Sequence[Edge]) -> Drawing:
    """Draw nodes so that most edges go from left to right, or of long chains downwards."""
    keys = [node.key for node in nodes]
    forward = _without_cycles(keys, edges)
    ranks = _ranks(keys, forward)
    rows, chains = _with_waypoints(keys, forward, ranks)
    _put_in_order(rows, chains)
    places = _positions(rows, chains, _WAYPOINT / (_HEIGHT + _BETWEEN_BOXES))
    across = len(rows) * (_WIDTH + _BETWEEN_RANKS)
    down = False
    if across > _PAGE:
        below = _positions(rows, chains, _WAYPOINT / (_WIDTH + _BETWEEN_BOXES))
        down = (1 + max(below.values())) * (_WIDTH + _BETWEEN_BOXES) < across
        places = below if down else places
    boxes = {
        node.key: _box(node, *_place(ranks[node.key], places[node.key], down=down))
        for node in nodes
    }
    lines: list[Line] = []
    for edge in edges:
        if edge.source == edge.target:
            lines.append(Line(_loop(boxes[edge.source]), edge.title, edge.dashed))
            continue
        turned = (edge.source, edge.target) not in chains
        chain = chains[(edge.target, edge.source) if turned else (edge.source, edge.target)]
        first = ranks[chain[0]]
        spots = [(first + step, places[each], each in boxes) for step, each in enumerate(chain)]
        path = _path(spots[::-1] if turned else spots, down=down)
        lines.append(Line(path, edge.title, edge.dashed))
    return _drawing(boxes.values(), lines)


def draw_neighbours(here: Node, left: Sequence[Node], right: Sequence[Node]) -> Drawing:
    """Draw one node between those that refer to it and those that it refers to."""
    tallest = max(len(left), len(right), 1)
    boxes = [_box(here, *_place(1 if left else 0, (tallest - 1) / 2, down=False))]
    lines: list[Line] = []
    for rank, column in ((0, left), (2 if left else 1, right)):
        start = (tallest - len(column)) / 2
        for number, node in enumerate(column):
            box = _box(node, *_place(rank, start + number, down=False))
            ends = (box, boxes[0]) if rank == 0 and left else (boxes[0], box)
            boxes.append(box)
            lines.append(Line(_between(*ends), node.note, dashed=False))
    return _drawing(boxes, lines)


def shortened(text: str, letters: int = _LETTERS) -> str:
    """The text, cut to what fits; wide letters take the room of two."""
    shown = " ".join(printable(text).split())
    room = letters
    for position, letter in enumerate(shown):
        room -= 2 if east_asian_width(letter) in "WF" else 1
        if room < 0:
            return f"{shown[: position - 1].rstrip()}…"
    return shown


# --- Ranks ------------------------------------------------------------------------------------

Pair: TypeAlias = tuple[str, str]


def _without_cycles(keys: Sequence[str], edges: Iterable[Edge]) -> list[Pair]:
    """The edges as pairs, those turned around that would close a circle."""
    onward: dict[str, list[str]] = {key: [] for key in keys}
    for edge in edges:
        if edge.source != edge.target and edge.target not in onward[edge.source]:
            onward[edge.source].append(edge.target)
    done: set[str] = set()
    above: set[str] = set()
    pairs: dict[Pair, None] = {}
    for root in keys:
        if root in done:
            continue
        above.add(root)
        stack = [(root, iter(onward[root]))]
        while stack:
            key, rest = stack[-1]
            for following in rest:
                if following in above:
                    pairs[following, key] = None
                    continue
                pairs[key, following] = None
                if following not in done:
                    above.add(following)
                    stack.append((following, iter(onward[following])))
                    break
            else:
                stack.pop()
                above.discard(key)
                done.add(key)
    return list(pairs)


def _ranks(keys: Sequence[str], pairs: Sequence[Pair]) -> dict[str, int]:
    """How far from the left each node stands: as far as what it refers to lets it."""
    onward: dict[str, list[str]] = {key: [] for key in keys}
    for source, target in pairs:
        onward[source].append(target)
    depth: dict[str, int] = {}
    for root in keys:
        stack = [root]
        while stack:
            key = stack[-1]
            waiting = [each for each in onward[key] if each not in depth]
            if waiting:
                stack += waiting
                continue
            stack.pop()
            depth[key] = 1 + max((depth[each] for each in onward[key]), default=-1)
    deepest = max(depth.values(), default=0)
    return {key: deepest - depth[key] for key in keys}


def _with_waypoints(
    keys: Sequence[str], pairs: Sequence[Pair], ranks: Mapping[str, int]
) -> tuple[list[list[str]], dict[Pair, list[str]]]:
    """The ranks as rows, and each pair as a chain with a waypoint in each rank between."""
    rows: list[list[str]] = [[] for _ in range(max(ranks.values(), default=0) + 1)]
    for key in keys:
        rows[ranks[key]].append(key)
    chains: dict[Pair, list[str]] = {}
    for source, target in pairs:
        chain = [source]
        for rank in range(ranks[source] + 1, ranks[target]):
            waypoint = f"{source}\n{target}\n{rank}"
            rows[rank].append(waypoint)
            chain.append(waypoint)
        chains[source, target] = [*chain, target]
    return rows, chains


def _put_in_order(rows: list[list[str]], chains: Mapping[Pair, Sequence[str]]) -> None:
    """Sort each rank by where its neighbours stand, to and fro."""
    before, after = _neighbours(chains)
    best, fewest = [list(row) for row in rows], _crossings(rows, after)
    for sweep in range(_SWEEPS):
        forwards = sweep % 2 == 0
        near = before if forwards else after
        order = range(1, len(rows)) if forwards else range(len(rows) - 2, -1, -1)
        for number in order:
            fixed = rows[number - 1 if forwards else number + 1]
            at = {key: place for place, key in enumerate(fixed)}
            own = {key: float(place) for place, key in enumerate(rows[number])}
            for key in rows[number]:
                seen = [at[each] for each in near.get(key, ()) if each in at]
                if seen:
                    own[key] = sum(seen) / len(seen)
            rows[number].sort(key=own.__getitem__)
        crossings = _crossings(rows, after)
        if crossings < fewest:
            best, fewest = [list(row) for row in rows], crossings
    rows[:] = best


def _neighbours(
    chains: Mapping[Pair, Sequence[str]],
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    before: dict[str, list[str]] = {}
    after: dict[str, list[str]] = {}
    for chain in chains.values():
        for left, right in itertools.pairwise(chain):
            after.setdefault(left, []).append(right)
            before.setdefault(right, []).append(left)
    return before, after


def _crossings(rows: Sequence[Sequence[str]], after: Mapping[str, Sequence[str]]) -> int:
    crossings = 0
    for left, right in itertools.pairwise(rows):
        at = {key: place for place, key in enumerate(right)}
        ends = [place for key in left for place in sorted(at[each] for each in after.get(key, ()))]
        crossings += sum(
            1 for number, place in enumerate(ends) for later in ends[number + 1 :] if later < place
        )
    return crossings


def _positions(
    rows: Sequence[Sequence[str]], chains: Mapping[Pair, Sequence[str]], waypoint: float
) -> dict[str, float]:
    """Where in its rank each stands: near its neighbours, in the given order, not over another.

    A box takes the room of 1, a waypoint that of ``waypoint``.
    """
    before, after = _neighbours(chains)
    ends = {end for chain in chains.values() for end in (chain[0], chain[-1])}
    waypoints = {each for chain in chains.values() for each in chain} - ends
    steps = {
        key: step
        for row in rows
        for key, step in zip(row, _steps(row, waypoints, waypoint), strict=True)
    }
    places = dict(steps)
    for sweep in range(_SWEEPS):
        for row in rows if sweep % 2 == 0 else reversed(rows):
            wanted = [
                sum(places[each] for each in near) / len(near)
                if (near := [*before.get(key, ()), *after.get(key, ())])
                else places[key]
                for key in row
            ]
            places |= zip(row, _apart(wanted, [steps[key] for key in row]), strict=True)
    lowest = min(places.values(), default=0.0)
    return {key: place - lowest for key, place in places.items()}


def _steps(row: Sequence[str], waypoints: set[str], waypoint: float) -> list[float]:
    """Where each stands when all of the rank stand as close as can be."""
    steps: list[float] = []
    reached = 0.0
    for key in row:
        half = (waypoint if key in waypoints else 1.0) / 2
        steps.append(reached + half)
        reached += 2 * half
    return steps


def _apart(wanted: Sequence[float], steps: Sequence[float]) -> list[float]:
    """Places in the same order, no closer than the steps, as near to what is wanted as can be.

    Those that would overlap form a block, which stands where its members on average want to be.
    """
    blocks: list[tuple[float, int]] = []  # sum of where each wants the block to begin; how many
    for number, step in zip(wanted, steps, strict=True):
        total, count = number - step, 1
        while blocks and blocks[-1][0] / blocks[-1][1] > total / count:
            before_total, before_count = blocks.pop()
            total, count = before_total + total, before_count + count
        blocks.append((total, count))
    begins = [total / count for total, count in blocks for _ in range(count)]
    return [begin + step for begin, step in zip(begins, steps, strict=True)]


# --- Coordinates ------------------------------------------------------------------------------


def _place(rank: float, place: float, *, down: bool) -> tuple[float, float]:
    """The upper left corner of the box at a place of a rank."""
    if down:
        return place * (_WIDTH + _BETWEEN_BOXES), rank * (_HEIGHT + _BETWEEN_RANKS / 2)
    return rank * (_WIDTH + _BETWEEN_RANKS), place * (_HEIGHT + _BETWEEN_BOXES)


def _box(node: Node, x: float, y: float) -> Box:
    label = shortened(node.label)
    return Box(node, x, y, _WIDTH, _HEIGHT, label, shortened(node.note, _LETTERS + 5))


def _path(spots: Sequence[tuple[int, float, bool]], *, down: bool) -> str:
    """A curve through places of ranks; the last element says whether a box stands there."""
    points: list[tuple[float, float]] = []
    forwards = spots[-1][0] > spots[0][0]
    for number, (rank, place, is_box) in enumerate(spots):
        x, y = _place(rank, place, down=down)
        near, far = (
            ((x + _WIDTH / 2, y), (x + _WIDTH / 2, y + _HEIGHT))
            if down
            else ((x, y + _HEIGHT / 2), (x + _WIDTH, y + _HEIGHT / 2))
        )
        both = [near, far] if forwards else [far, near]
        if is_box:
            both = both[1:] if number == 0 else both[:1]
        points += both
    return _curve(points, down=down)


def _between(left: Box, right: Box) -> str:
    start = (left.x + left.width, left.y + left.height / 2)
    end = (right.x, right.y + right.height / 2)
    return _curve([start, end], down=False)


def _curve(points: Sequence[tuple[float, float]], *, down: bool) -> str:
    (x, y), *rest = points
    path = f"M{_number(x)} {_number(y)}"
    for number, (next_x, next_y) in enumerate(rest):
        if number % 2:  # past a waypoint: straight on
            path += f"L{_number(next_x)} {_number(next_y)}"
        elif down:
            middle = _number((y + next_y) / 2)
            path += f"C{_number(x)} {middle} {_number(next_x)} {middle} "
            path += f"{_number(next_x)} {_number(next_y)}"
        else:
            middle = _number((x + next_x) / 2)
            path += f"C{middle} {_number(y)} {middle} {_number(next_y)} "
            path += f"{_number(next_x)} {_number(next_y)}"
        x, y = next_x, next_y
    return path


def _loop(box: Box) -> str:
    """From a box to itself, over its upper right corner."""
    right, top = box.x + box.width, box.y
    return (
        f"M{_number(right - 26)} {_number(top)}"
        f"C{_number(right - 26)} {_number(top - 12)} {_number(right + 22)} {_number(top - 8)} "
        f"{_number(right)} {_number(top + 15)}"
    )


def _drawing(boxes: Iterable[Box], lines: Iterable[Line]) -> Drawing:
    placed = tuple(boxes)
    return Drawing(
        max((box.x + box.width for box in placed), default=0.0) + 2 * _MARGIN,
        max((box.y + box.height for box in placed), default=0.0) + 2 * _MARGIN,
        placed,
        tuple(lines),
    )


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")

"""Where boxes and lines of a diagram go."""

from __future__ import annotations

from itertools import combinations, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from zohohub_gen.dictionary.diagram import (
    Drawing,
    Edge,
    Node,
    draw_neighbours,
    draw_ranks,
    shortened,
)


def node(key: str) -> Node:
    return Node(key, f"Module {key}", "3 fields", f"{key}")


def drawn(keys: str, *edges: str) -> Drawing:
    return draw_ranks([node(key) for key in keys], [Edge(each[0], each[1], each) for each in edges])


def place(drawing: Drawing, key: str) -> tuple[float, float]:
    (box,) = (box for box in drawing.boxes if box.node.key == key)
    return box.x, box.y


def check(drawing: Drawing) -> None:
    for one, other in combinations(drawing.boxes, 2):
        apart = (
            one.x + one.width <= other.x
            or other.x + other.width <= one.x
            or one.y + one.height <= other.y
            or other.y + other.height <= one.y
        )
        assert apart, (one, other)
    for box in drawing.boxes:
        assert box.x >= 0
        assert box.y >= 0
        assert box.x + box.width <= drawing.width
        assert box.y + box.height <= drawing.height


def test_who_refers_stands_left_of_whom_it_refers_to() -> None:
    drawing = drawn("abcd", "ab", "bc", "ac", "dc")
    check(drawing)
    across = [place(drawing, key)[0] for key in "abc"]
    assert across == sorted(set(across))
    assert place(drawing, "d")[0] == place(drawing, "b")[0]
    assert len(drawing.lines) == 4


def test_circles_and_references_to_oneself_are_drawn() -> None:
    drawing = drawn("abc", "ab", "bc", "ca", "aa")
    check(drawing)
    assert [line.title for line in drawing.lines] == ["ab", "bc", "ca", "aa"]


def test_a_long_chain_goes_down() -> None:
    keys = "abcdefghijkl"
    drawing = drawn(keys, *(f"{one}{other}" for one, other in pairwise(keys)))
    check(drawing)
    assert len({place(drawing, key)[0] for key in keys}) == 1
    assert drawing.width < 300


def test_lines_do_not_cross_without_need() -> None:
    drawing = drawn("abcxyz", "az", "by", "cx")
    assert [place(drawing, each)[1] for each in "abc"] == [
        place(drawing, each)[1] for each in "zyx"
    ]


@given(
    st.lists(st.tuples(st.sampled_from("abcdefghij"), st.sampled_from("abcdefghij")), max_size=25)
)
@settings(max_examples=150, deadline=None)
def test_boxes_never_overlap(pairs: list[tuple[str, str]]) -> None:
    drawing = drawn("abcdefghij", *dict.fromkeys(f"{one}{other}" for one, other in pairs))
    check(drawing)
    assert len(drawing.lines) == len(set(pairs))


def test_neighbours_stand_around() -> None:
    drawing = draw_neighbours(node("m"), [node("a"), node("b")], [node("c")])
    check(drawing)
    assert place(drawing, "a")[0] < place(drawing, "m")[0] < place(drawing, "c")[0]
    check(draw_neighbours(node("m"), [], [node("c")]))
    check(draw_neighbours(node("m"), [node("a")], []))


def test_labels_are_cut_to_their_box() -> None:
    assert shortened("Site Visits") == "Site Visits"
    assert shortened("x" * 60) == f"{'x' * 19}…"
    assert shortened("設" * 60) == f"{'設' * 9}…"
    assert shortened("a\nb\x1b") == "a b\\x1b"

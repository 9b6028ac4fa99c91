"""Conditions in their three languages, read back by the parsers of the emulator."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from functools import reduce
from operator import and_, or_
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zohohub.auth import Auth
from zohohub.columns import (
    BooleanColumn,
    DateColumn,
    DateTimeColumn,
    DecimalColumn,
    DigitsColumn,
    IntegerColumn,
    LookupColumn,
    MultiPicklistColumn,
    PicklistColumn,
    TextColumn,
    UserColumn,
)
from zohohub.conditions import Condition, coql_name
from zohohub.transport import Transport
from zohohub.values import Ref, UserRef
from zohohub_gen.emulator import Emulator
from zohohub_gen.emulator.coql_query import _parse
from zohohub_gen.emulator.coql_where import column_text, literal
from zohohub_gen.emulator.criteria import Criterion, Group, parse_criteria

from .bindings import FIRST_ID, Thing, Things

name_: TextColumn[Any] = TextColumn("Name")
size: IntegerColumn[Any] = IntegerColumn("Size")
price: DecimalColumn[Any] = DecimalColumn("Price")
day: DateColumn[Any] = DateColumn("Day")
time: DateTimeColumn[Any] = DateTimeColumn("Time")
is_open: BooleanColumn[Any] = BooleanColumn("Open")
kind: PicklistColumn[Any, str] = PicklistColumn("Kind")
topics: MultiPicklistColumn[Any, str] = MultiPicklistColumn("Topics")
account: LookupColumn[Any, Any] = LookupColumn("Account")
owner: UserColumn[Any] = UserColumn("Owner")
id_: DigitsColumn[Any] = DigitsColumn("id")

# A lone surrogate is no text: it cannot be sent at all.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
AWKWARD = [
    "",
    "'",
    "''",
    "O'Hara",
    "' or 1=1 --",
    '"',
    "\\",
    "\\'",
    "a\\",
    "(a,b)",
    "(",
    ")",
    ",",
    "and(x:equals:y)or",
    "a:b",
    "%",
    "a%b_c",
    "-- x",
    "/* x */",
    "; select",
    "{{x}}",
    "$1 ? :x @x #x",
    "\n\t\r",
    "\0",
    "ünïcödé 見積 🌞",
    " spaces ",
    "true",
    "null",
    "2024-01-01",
]


def compared(condition: Condition[Any]) -> Any:
    """The one comparison that the parser of COQL finds."""
    tree = _parse(f"select id from Things where {condition.coql()}")
    return tree.args["where"].this


def criterion(condition: Condition[Any]) -> Criterion:
    tree = parse_criteria(condition.criteria())
    assert isinstance(tree, Criterion)
    return tree


def each(test: Callable[[str], None]) -> Any:
    """Awkward texts, and any."""
    return settings(max_examples=300, deadline=None)(given(TEXTS)(test))


@each
def test_any_text_round_trips_through_search_criteria(text: str) -> None:
    found = criterion(name_ == text)
    assert (found.api_name, found.operator, found.values) == ("Name", "equals", (text,))
    assert criterion(name_.starts_with(text)).values == (text,)
    assert criterion(name_.is_in([text, "x", text])).values == (text, "x", text)


@each
def test_any_text_round_trips_through_coql(text: str) -> None:
    found = compared(name_ == text)
    assert (column_text(found.this), literal(found.expression)) == ("Name", text)
    assert literal(compared(name_.contains(text)).expression) == f"%{text}%"
    assert literal(compared(name_.starts_with(text)).expression) == f"{text}%"
    assert [literal(item) for item in compared(name_.is_in([text, "x"])).expressions] == [text, "x"]


@each
def test_any_text_round_trips_through_the_criteria_of_bulk_reads(text: str) -> None:
    if text != "${EMPTY}":
        assert json.loads(json.dumps((name_ == text).bulk()))["value"] == text


@pytest.mark.parametrize("text", AWKWARD)
def test_awkward_texts_round_trip(text: str) -> None:
    tests: list[Any] = [
        test_any_text_round_trips_through_search_criteria,
        test_any_text_round_trips_through_coql,
    ]
    for test in tests:
        test.hypothesis.inner_test(text)


@settings(max_examples=200, deadline=None)
@given(st.text("abcXYZ_09äß見-() '\"%.", min_size=1).filter(lambda name: "." not in name))
def test_any_name_round_trips_through_coql(name: str) -> None:
    assert column_text(compared(TextColumn[Any](name) == "x").this) == name


@pytest.mark.parametrize("name", ["order", "Group", "FROM", "External", "select", "Limit", "is"])
def test_words_of_the_language_are_quoted(name: str) -> None:
    assert coql_name(name) == f"'{name}'"
    assert coql_name(f"Account.{name}") == f"'Account.{name}'"
    assert column_text(compared(TextColumn[Any](name) == "x").this) == name
    assert coql_name(f"{name}_1") == f"{name}_1"


class NoOffset(tzinfo):
    """A time zone that does not know its offset, which Python takes for none."""

    def utcoffset(self, dt: datetime | None, /) -> None: ...
    def dst(self, dt: datetime | None, /) -> None: ...
    def tzname(self, dt: datetime | None, /) -> None: ...


NOON = datetime(2026, 5, 14, 12, 51, 54, 999, tzinfo=timezone(timedelta(hours=3)))


@pytest.mark.parametrize(
    ("condition", "coql", "criteria", "bulk"),
    [
        (size > 5, "Size > 5", "(Size:greater_than:5)", ("greater_than", "5")),
        (size == -5, "Size = -5", "(Size:equals:-5)", ("equal", "-5")),
        (
            price <= Decimal("1E+3"),
            "Price <= 1000",
            "(Price:less_equal:1000)",
            ("less_equal", "1000"),
        ),
        (
            price.between(1, Decimal("2.50")),
            "Price between 1 and 2.50",
            "(Price:between:1,2.50)",
            ("between", ["1", "2.50"]),
        ),
        (is_open == True, "Open = 'true'", "(Open:equals:true)", ("equal", "true")),  # noqa: E712
        (is_open != False, "Open = 'true'", "(Open:equals:true)", ("equal", "true")),  # noqa: E712
        (
            day >= date(2026, 1, 2),
            "Day >= '2026-01-02'",
            "(Day:greater_equal:2026-01-02)",
            ("greater_equal", "2026-01-02"),
        ),
        (
            time < NOON,
            "Time < '2026-05-14T12:51:54+03:00'",
            "(Time:less_than:2026-05-14T12:51:54+03:00)",
            ("less_than", "2026-05-14T12:51:54+03:00"),
        ),
        (
            time == datetime(2026, 1, 1, tzinfo=UTC),
            "Time = '2026-01-01T00:00:00+00:00'",
            "(Time:equals:2026-01-01T00:00:00+00:00)",
            ("equal", "2026-01-01T00:00:00+00:00"),
        ),
        (
            account == Ref("12", "Acme"),
            "Account = '12'",
            "(Account:equals:12)",
            ("equal", "12"),
        ),
        (owner.is_in([UserRef("7")]), "Owner in ('7')", "(Owner:in:7)", ("in", ["7"])),
        (id_ == "5", "id = '5'", "(id:equals:5)", ("equal", "5")),
        (kind.is_in(["a, b"]), "Kind in ('a, b')", "(Kind:in:a\\, b)", ("in", ["a, b"])),
        (
            topics.is_exactly(["a", "b"]),
            "Topics = 'a;b'",
            None,
            ("equal", "a;b"),
        ),
        (topics.contains("a"), "Topics like '%a%'", None, ("contains", "a")),
        (topics.not_contains("a"), "Topics not like '%a%'", None, ("not_contains", "a")),
        (
            price.not_between(1, Decimal("1E+1")),
            "Price not between 1 and 10",
            None,
            ("not_between", ["1", "10"]),
        ),
        (name_.ends_with("a"), "Name like '%a'", None, ("ends_with", "a")),
        (
            time == datetime(1880, 1, 1, tzinfo=timezone(timedelta(minutes=53, seconds=28))),
            "Time = '1879-12-31T23:06:32+00:00'",
            "(Time:equals:1879-12-31T23:06:32+00:00)",
            ("equal", "1879-12-31T23:06:32+00:00"),
        ),
        (kind.not_in(["a"]), "Kind not in ('a')", None, ("not_in", ["a"])),
        (name_.is_null(), "Name is null", None, ("equal", "${EMPTY}")),
        (name_.is_not_null(), "Name is not null", None, ("not_equal", "${EMPTY}")),
        (name_.contains("a"), "Name like '%a%'", None, ("contains", "a")),
        (name_.not_contains("a"), "Name not like '%a%'", None, ("not_contains", "a")),
        (name_.starts_with("a"), "Name like 'a%'", "(Name:starts_with:a)", ("starts_with", "a")),
    ],
)
def test_values_and_operators(
    condition: Condition[Any], coql: str, criteria: str | None, bulk: tuple[str, Any]
) -> None:
    assert condition.coql() == coql
    assert repr(condition) == f"<Condition {coql}>"
    compared(condition)
    if criteria is None:
        with pytest.raises(ValueError, match=r"search has no '.*; use query"):
            condition.criteria()
    else:
        assert condition.criteria() == criteria
        parse_criteria(criteria)
    (name,) = condition.names()
    assert condition.bulk() == {
        "field": {"api_name": name},
        "comparator": bulk[0],
        "value": bulk[1],
    }


TREES = st.recursive(
    st.integers(0, 99).map(lambda number: size == number),
    lambda inner: st.tuples(st.sampled_from([and_, or_]), inner, inner).map(
        lambda parts: parts[0](parts[1], parts[2])
    ),
    max_leaves=10,
)


def truth(tree: Any, held: set[int]) -> bool:
    """What a condition that was read back means where ``held`` of the sizes are true."""
    if isinstance(tree, Criterion):
        return int(tree.values[0]) in held
    assert isinstance(tree, Group)
    combine = all if tree.joiner == "and" else any
    return combine(truth(member, held) for member in tree.members)


def meaning(condition: Any, held: set[int]) -> bool:
    if hasattr(condition, "word"):
        combine = all if condition.word == "and" else any
        return combine(meaning(side, held) for side in (condition.left, condition.right))
    return condition.values[0] in held


def bulk_truth(item: Any, held: set[int]) -> bool:
    if "group" not in item:
        return int(item["value"]) in held
    combine = all if item["group_operator"] == "and" else any
    return combine(bulk_truth(member, held) for member in item["group"])


def coql_truth(node: Any, held: set[int]) -> bool:
    kind = type(node).__name__
    if kind == "Paren":
        return coql_truth(node.this, held)
    if kind in ("And", "Or"):
        combine = all if kind == "And" else any
        return combine(coql_truth(side, held) for side in (node.this, node.expression))
    return int(literal(node.expression)) in held


@settings(max_examples=150, deadline=None)
@given(TREES, st.sets(st.integers(0, 99)))
def test_groups_mean_the_same_in_every_language(condition: Any, held: set[int]) -> None:
    expected = meaning(condition, held)
    assert truth(parse_criteria(condition.criteria()), held) == expected
    assert bulk_truth(condition.bulk(), held) == expected
    assert coql_truth(compared(condition), held) == expected


def test_what_conditions_refuse() -> None:
    with pytest.raises(ValueError, match="1 to 100 values, not 101; split"):
        name_.is_in(["x"] * 101)
    with pytest.raises(ValueError, match="1 to 100 values, not 0"):
        name_.not_in([])
    with pytest.raises(ValueError, match="needs a time zone"):
        (datetime(2026, 1, 1) < time).coql()
    with pytest.raises(ValueError, match="Zoho has no number NaN"):
        (price == Decimal("NaN")).coql()
    with pytest.raises(ValueError, match="means no value"):
        (name_ == "${EMPTY}").bulk()
    with pytest.raises(TypeError, match="no truth value"):
        bool(name_ == "x")
    untyped: Any = name_
    with pytest.raises(ValueError, match="Name: nothing compares with None; is_null"):
        untyped == None  # noqa: B015, E711
    with pytest.raises(ValueError, match="nothing compares with None"):
        untyped.is_in(["x", None])
    with pytest.raises(ValueError, match=r"Day holds a day: give value\.date\(\)"):
        day >= NOON  # noqa: B015
    with pytest.raises(ValueError, match="Day holds a day"):
        day.encode(NOON)
    with pytest.raises(ValueError, match="needs a time zone"):
        (time == datetime(2026, 1, 1, tzinfo=NoOffset())).coql()
    odd: IntegerColumn[Any] = IntegerColumn("Revenue(First_Touch)")
    assert (odd == 5).coql() == "'Revenue(First_Touch)' = 5"
    with pytest.raises(ValueError, match=r"cannot name Revenue\(First_Touch\); use query"):
        (odd == 5).criteria()
    with pytest.raises(ValueError, match=r"bulk reads do not follow What_Id->Leads\.Company"):
        (TextColumn[Any]("What_Id->Leads.Company") == "x").bulk()


def test_a_search_looks_for_options_one_by_one() -> None:
    condition = topics.is_in(["a", "b, c"])
    assert condition.criteria() == "(Topics:in:a,b\\, c)"
    assert repr(condition) == "<Condition (Topics:in:a,b\\, c)>"
    for render in (condition.coql, condition.bulk):
        with pytest.raises(ValueError, match=r"one by one \(in Topics\): use contains"):
            render()
    with pytest.raises(ValueError, match="1 to 100 values, not 0"):
        topics.is_in([])


def test_floats_of_callers_without_a_type_checker() -> None:
    untyped: Any = price
    assert (untyped == 1e22).coql() == "Price = 10000000000000000000000"
    assert (untyped == 0.1).coql() == "Price = 0.1"
    with pytest.raises(ValueError, match="no number"):
        (untyped == float("inf")).coql()
    with pytest.raises(ValueError, match=r"no Owner\.email of other records; use query"):
        (owner.email == "a@example.com").criteria()


def test_a_long_chain_of_conditions_is_no_problem() -> None:
    condition = reduce(or_, (size == number for number in range(5000)))
    assert condition.size == 5000


def test_awkward_texts_find_their_record(
    start: Callable[..., Emulator], connect: Callable[[Emulator], Transport]
) -> None:
    """Over HTTP: each text is a name, and a query for it finds that record alone."""
    texts = [text for text in AWKWARD if text and text != "\0"]
    records = [{"id": str(FIRST_ID + number), "Name": text} for number, text in enumerate(texts)]
    things = Things(connect(start({"Things": records})))
    f = Thing.fields
    for text in texts:
        assert [thing.name for thing in things.query().where(f.name == text)] == [text]
        pages = things.bulk_read(f.name, where=f.name == text)
        assert [thing.name for thing in pages] == [text]
    assert isinstance(things._transport, Transport)
    assert isinstance(things._transport._auth, Auth)

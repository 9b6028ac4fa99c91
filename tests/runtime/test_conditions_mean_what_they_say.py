"""Random conditions over the records of the sample org: the emulator finds what Python finds.

What is compared here has one meaning only.  An empty field meets no comparison but ``is_null``;
that, and text without regard to case, is the emulator's reading of what Zoho does not document.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from acme_crm import Crm, Deal, Lead, Task
from hypothesis import given, settings
from hypothesis import strategies as st
from zohohub.auth import Auth
from zohohub.conditions import Condition
from zohohub.transport import Transport
from zohohub.values import Ref, UserRef
from zohohub_gen.emulator import Emulator

ACME = Path(__file__).parents[1] / "cases" / "acme"
L, D, T = Lead.fields, Deal.fields, Task.fields
ZONES = [UTC, timezone(timedelta(hours=5, minutes=45)), timezone(-timedelta(hours=9))]
AWKWARD = ["O'Neill", 'Síle "Shay"', "a\\", "(a, b)", "50% off_", "' or 1=1 --", "日本; 語", "x:y"]


@dataclass(frozen=True)
class Field:
    """A column, how Python reads its value from a record, and what kind of value that is."""

    column: Any
    read: Callable[[Any], Any]
    kind: str


LEADS = [
    Field(L.company, lambda lead: lead.company, "text"),
    Field(L.last_name, lambda lead: lead.last_name, "text"),
    Field(L.email, lambda lead: lead.email, "email"),
    Field(L.annual_revenue, lambda lead: lead.annual_revenue, "number"),
    Field(L.roof_age_years, lambda lead: lead.roof_age_years, "number"),
    Field(L.email_opt_out, lambda lead: lead.email_opt_out, "boolean"),
    Field(L.lead_source, lambda lead: lead.lead_source, "picklist"),
    Field(L.interests, lambda lead: lead.interests, "options"),
    Field(L.created_time, lambda lead: lead.created_time, "time"),
    Field(L.owner, lambda lead: lead.owner, "reference"),
    Field(L.id, lambda lead: lead.id, "id"),
]


@pytest.fixture(scope="module")
def crm() -> Iterator[Crm]:
    with Emulator(ACME / "metadata") as emulator:
        to = emulator.connection
        auth = Auth(to.client_id, to.client_secret, to.refresh_token, accounts_url=to.accounts_url)
        with Crm(transport=Transport(auth)) as client:
            client.leads.create_many(
                [
                    {
                        "last_name": name,
                        "company": AWKWARD[-number],
                        "annual_revenue": Decimal(number) / 4 - 1,
                        "roof_age_years": number - 3,
                        "email": f"{number}@example.com" if number % 2 else None,
                        "email_opt_out": number % 3 == 0,
                        "lead_source": "Trade fair" if number % 2 else None,
                        "interests": ["Heat pump", "Wallbox"][: number % 3],
                    }
                    for number, name in enumerate(AWKWARD)
                ]
            ).raise_for_failures()
            yield client


@dataclass(frozen=True)
class Test:
    """One comparison, as the library renders it and as Python does it."""

    __test__ = False

    condition: Condition[Any]
    holds: Callable[[Any], bool]


def folded(value: Any) -> Any:
    if isinstance(value, str):
        return value.casefold()
    return value.id if isinstance(value, Ref | UserRef) else value


def pattern(text: str, *, start: bool, end: bool) -> Callable[[Any], bool]:
    """What ``like`` finds: a per cent sign stands for any characters."""
    middle = ".*".join(map(re.escape, text.casefold().split("%")))
    found = re.compile(f"{'' if start else '.*'}{middle}{'' if end else '.*'}", re.DOTALL)
    return lambda value: found.fullmatch(value.casefold()) is not None


ORDERED = {"==", "!=", "in", "<", "<=", ">", ">=", "between"}
EXACT = {"==", "!=", "in"}
OPERATORS = {
    "text": EXACT | {"not in", "starts", "ends", "contains", "not contains", "null", "not null"},
    "email": EXACT | {"not in", "starts", "ends", "contains", "null", "not null"},
    "picklist": EXACT | {"not in", "null", "not null"},
    "number": ORDERED | {"not in", "not between", "null", "not null"},
    "id": ORDERED | {"not in", "not between"},
    "time": ORDERED | {"not in", "not between", "null"},
    "boolean": {"==", "!="},
    "reference": EXACT | {"not in", "null", "not null"},
    "options": {"exactly", "has", "has not", "null", "not null"},
}
SEARCHED = {
    "text": {"!=", "in", "begins"},  # == finds words, as Zoho's index does
    "email": EXACT | {"begins"},
    "picklist": EXACT,
    "number": ORDERED,
    "time": ORDERED,
    "boolean": {"==", "!="},
    "reference": EXACT,
    "options": {"one of"},
}


def made(field: Field, operator: str, values: Sequence[Any]) -> Test:
    """The comparison of a field; an empty field meets none but ``null``."""
    column, first = field.column, values[0]
    keys = [folded(value) for value in values]
    order: Callable[[Any], Any] = int if field.kind == "id" else (lambda value: value)
    low, high = sorted(values[:2], key=order) if "between" in operator else (first, first)
    ways: dict[str, tuple[Any, Callable[[Any], bool]]] = {
        "==": (lambda: column == first, lambda value: folded(value) == keys[0]),
        "!=": (lambda: column != first, lambda value: folded(value) != keys[0]),
        "in": (lambda: column.is_in(values), lambda value: folded(value) in keys),
        "not in": (lambda: column.not_in(values), lambda value: folded(value) not in keys),
        "<": (lambda: column < first, lambda value: order(value) < order(first)),
        "<=": (lambda: column <= first, lambda value: order(value) <= order(first)),
        ">": (lambda: column > first, lambda value: order(value) > order(first)),
        ">=": (lambda: column >= first, lambda value: order(value) >= order(first)),
        "between": (
            lambda: column.between(low, high),
            lambda value: order(low) <= order(value) <= order(high),
        ),
        "not between": (
            lambda: column.not_between(low, high),
            lambda value: not order(low) <= order(value) <= order(high),
        ),
        "starts": (
            lambda: column.starts_with(first),
            lambda value: pattern(first, start=True, end=False)(value),
        ),
        "begins": (
            lambda: column.starts_with(first),
            lambda value: value.casefold().startswith(keys[0]),
        ),
        "ends": (
            lambda: column.ends_with(first),
            lambda value: pattern(first, start=False, end=True)(value),
        ),
        "contains": (
            lambda: column.contains(first),
            lambda value: pattern(first, start=False, end=False)(value),
        ),
        "not contains": (
            lambda: column.not_contains(first),
            lambda value: not pattern(first, start=False, end=False)(value),
        ),
        "exactly": (lambda: column.is_exactly(values), lambda value: set(value) == set(values)),
        "has": (lambda: column.contains(first), lambda value: first in value),
        "has not": (lambda: column.not_contains(first), lambda value: first not in value),
        "one of": (lambda: column.is_in(values), lambda value: bool(set(value) & set(values))),
    }
    if operator == "null":
        return Test(column.is_null(), lambda record: not_there(field.read(record)))
    if operator == "not null":
        return Test(column.is_not_null(), lambda record: not not_there(field.read(record)))
    condition, holds = ways[operator]
    return Test(
        condition(),
        lambda record: not not_there(field.read(record)) and holds(field.read(record)),
    )


def not_there(value: Any) -> bool:
    return value is None or value == []


NUMBERS = st.one_of(
    st.integers(-5, 5),
    st.decimals(-2, 2, places=2, allow_nan=False),
    st.sampled_from([Decimal("1.25E+7"), Decimal("480000.55"), Decimal("-0"), Decimal("5E-1")]),
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": st.sampled_from([*AWKWARD, "CALDAIE", "%", "a%b", "söhne", "e", "", "\\'"])
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=3),
    "email": st.sampled_from(["1@example.com", "GIULIA@example.net", "giulia", "x@example.com"]),
    "picklist": st.sampled_from(["Trade fair", "Recommendation", "Phone enquiry", "Web shop"]),
    "number": NUMBERS,
    "boolean": st.booleans(),
    "options": st.sampled_from(["Heat pump", "Wallbox"]),
    "time": st.builds(
        lambda moment, zone: moment.replace(tzinfo=UTC).astimezone(zone),
        st.sampled_from([datetime(2026, 2, 14, 7, 5), datetime(2019, 5, 6, 8)])
        | st.datetimes(datetime(2019, 1, 1), datetime(2026, 12, 31)),
        st.sampled_from(ZONES),
    ).map(lambda moment: moment.replace(microsecond=0)),
    "reference": st.sampled_from(
        [UserRef("6100000000000004001"), "6100000000000004002", "6100000000000004009"]
    ),
    "id": st.sampled_from(["6100000000000401001", "6100000000000401003", "7", "99999999999999999"]),
}


def comparisons(operators: dict[str, set[str]]) -> st.SearchStrategy[Test]:
    """Any comparison of any field that the language has operators for."""
    fields = [field for field in LEADS if field.kind in operators]
    return st.sampled_from(fields).flatmap(
        lambda field: st.builds(
            made,
            st.just(field),
            st.sampled_from(sorted(operators[field.kind])),
            st.lists(VALUES[field.kind], min_size=2, max_size=4, unique=field.kind == "options")
            if field.kind != "boolean"
            else st.lists(st.booleans(), min_size=2, max_size=2),
        )
    )


def joined(word: str, left: Test, right: Test) -> Test:
    if word == "and":
        return Test(
            left.condition & right.condition,
            lambda record: left.holds(record) and right.holds(record),
        )
    return Test(
        left.condition | right.condition,
        lambda record: left.holds(record) or right.holds(record),
    )


def trees(operators: dict[str, set[str]], leaves: int) -> st.SearchStrategy[Test]:
    return st.recursive(
        comparisons(operators),
        lambda inner: st.builds(joined, st.sampled_from(["and", "or"]), inner, inner),
        max_leaves=leaves,
    )


@pytest.fixture(scope="module")
def leads(crm: Crm) -> list[Lead]:
    return list(crm.leads.list(converted="both"))


@settings(max_examples=400, deadline=None)
@given(test=trees(OPERATORS, 12))
def test_a_query_finds_what_python_finds(crm: Crm, leads: list[Lead], test: Test) -> None:
    found = {lead.id for lead in crm.leads.query().select(L.id).where(test.condition)}
    assert found == {lead.id for lead in leads if test.holds(lead)}, test.condition


@settings(max_examples=250, deadline=None)
@given(test=trees(SEARCHED, 8))
def test_a_search_finds_what_python_finds(crm: Crm, leads: list[Lead], test: Test) -> None:
    found = {lead.id for lead in crm.leads.search(test.condition, converted="both")}
    assert found == {lead.id for lead in leads if test.holds(lead)}, test.condition


@settings(max_examples=100, deadline=None)
@given(texts=st.lists(VALUES["text"], min_size=2, max_size=2), word=st.sampled_from(["and", "or"]))
def test_a_join_finds_what_python_finds(crm: Crm, texts: list[str], word: str) -> None:
    """Through a lookup, and through one of several modules."""
    lead = T.what_id.to(Lead)
    owners = {each.id: each for each in crm.leads.list(converted="both")}

    def company(task: Task) -> str | None:
        found = owners.get(task.what_id.id) if task.what_id else None
        return found.company if found else None

    def name(task: Task) -> str | None:
        found = owners.get(task.what_id.id) if task.what_id else None
        return found.last_name if found else None

    test = joined(
        word,
        made(Field(lead.company, company, "text"), "!=", texts),
        made(Field(lead.last_name, name, "text"), "contains", texts[::-1]),
    )
    rows = crm.tasks.query().where(test.condition).values(T.id)
    tasks = list(crm.tasks.list(T.what_id))
    assert {task_id for (task_id,) in rows} == {task.id for task in tasks if test.holds(task)}


def test_converted_leads_are_found_where_they_are_asked_for(crm: Crm) -> None:
    condition = L.email == "giulia@example.net"
    assert list(crm.leads.search(condition)) == []
    (converted,) = crm.leads.search(condition, converted=True)
    assert converted.last_name == "Ferrari"
    assert len(list(crm.leads.search(condition, converted="both"))) == 1
    assert crm.leads.query().where(condition).count() == 1

"""The names of options: legal members of an enumeration, and the same after every change."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zohohub.picklists import PicklistEnum
from zohohub_gen.diagnostics import ConfigurationError
from zohohub_gen.ir import Field, Module, Option, Picklist, Schema, Text
from zohohub_gen.names import Names, name_schema
from zohohub_gen.names_lock import lock_text, read_lock
from zohohub_gen.option_names import member_name, name_options, take_apart


def schema(*options: Option) -> Schema:
    fields = (
        Field("A.b", "A.b", Picklist((Option("Odd", "Odd", "Odd", "90"),)), "picklist", "12"),
        Field("A", "A", Picklist(options), "picklist", "11"),
        Field("Name", "Name", Text(), "text", "13"),
    )
    return Schema((Module("Leads", "Lead", "Leads", "custom", fields, "1"),))


def option(option_id: str, display: str, *, used: bool = True) -> Option:
    return Option(display, display, display, option_id, used)


def named(
    *options: Option, before: Names | None = None, overrides: Mapping[str, str] | None = None
) -> Names:
    """Name the options of ``Leads.A``; the lock goes through its file, as it does."""
    made = schema(*options)
    lock = read_lock(lock_text(before.lock) if before else None, "names.json")
    apart = take_apart(made, overrides or {}, enumerations=True)
    return name_options(made, name_schema(made, lock, apart.names), apart)


def of(names: Names) -> dict[str, str]:
    return dict(names.modules["Leads"].options["A"])


def locked(names: Names) -> dict[str, str]:
    found: dict[str, str] = names.lock["modules"]["1"]["fields"]["11"]["options"]
    return found


@pytest.mark.parametrize(
    ("display", "name"),
    [
        ("Lost - no budget", "LOST_NO_BUDGET"),
        ("50 - 100 %", "OPTION_50_100"),
        ("Terminé", "TERMINE"),
        ("已关闭", "OPTION"),
        ("", "OPTION"),
        ("title", "TITLE"),
        ("None", "NONE"),
        ("__class__", "CLASS"),
        ("_sunder_", "SUNDER"),
        ("a__b", "A_B"),
        ("x" * 100, "X" * 80),
        ("LinkedIn", "LINKEDIN"),
    ],
)
def test_names_of_display_values(display: str, name: str) -> None:
    assert member_name(display) == name


@given(st.lists(st.text(max_size=30), min_size=1, max_size=12, unique=True))
def test_any_display_values_make_an_enumeration(displays: list[str]) -> None:
    names = of(named(*(option(str(n), display) for n, display in enumerate(displays, 10))))
    assert list(names) == displays
    made = PicklistEnum("made", {name: display for display, name in names.items()})
    assert [member.value for member in made] == displays
    assert all(name not in dir(StrEnum) and name.isascii() for name in names.values())


def test_the_older_option_keeps_the_name() -> None:
    assert of(named(option("10", "New!"), option("9", "New"))) == {"New!": "NEW_2", "New": "NEW"}


def test_a_renamed_option_keeps_its_name() -> None:
    first = named(option("9", "New"), option("10", "Won"))
    second = named(option("9", "Fresh"), option("10", "Won"), option("8", "New"), before=first)
    assert of(second) == {"Fresh": "NEW", "Won": "WON", "New": "NEW_2"}
    third = named(option("8", "New"), option("10", "Won"), before=second)
    assert of(third) == {"New": "NEW_2", "Won": "WON"}
    assert locked(third)["9"] == "NEW", "the name of an option that is gone stays its own"
    back = named(option("9", "Fresh"), option("10", "Won"), option("8", "New"), before=third)
    assert of(back) == of(second)
    assert lock_text(back.lock) == lock_text(second.lock)


def test_an_option_that_was_made_anew_takes_its_name() -> None:
    first = named(option("9", "New"), option("10", "Won"))
    second = named(option("20", "New"), option("10", "Won"), before=first)
    assert of(second) == {"New": "NEW", "Won": "WON"}
    assert locked(second) == {"20": "NEW", "10": "WON"}


def test_a_retired_option_keeps_its_name_and_has_no_member() -> None:
    first = named(option("9", "New"), option("10", "New?"))
    second = named(option("9", "New", used=False), option("10", "New?"), before=first)
    assert of(second) == {"New?": "NEW_2"}
    third = named(option("9", "New"), option("10", "New?"), before=second)
    assert of(third) == of(first)


def test_options_without_ids_are_locked_by_what_they_show() -> None:
    made = named(Option("New", "New", "New"), Option("New?", "New?", "New?"))
    assert locked(made) == {"New": "NEW", "New?": "NEW_2"}


def test_of_one_display_value_there_is_one_member() -> None:
    made = named(option("9", "New", used=False), option("10", "New"), option("11", "New"))
    assert of(made) == {"New": "NEW"}
    assert locked(made) == {"10": "NEW"}


@pytest.mark.parametrize("held", ["not a name", "title", "_x", "class", "Ünal", 5, None, ["NEW"]])
def test_a_damaged_lock_is_no_name(held: object) -> None:
    lock: Any = {"modules": {"1": {"fields": {"11": {"name": "a", "options": {"9": held}}}}}}
    made = schema(option("9", "New"))
    apart = take_apart(made, {}, enumerations=True)
    assert of(name_options(made, name_schema(made, lock, {}), apart)) == {"New": "NEW"}


def test_names_outlast_a_time_without_enumerations() -> None:
    first = named(option("9", "New"), option("10", "Won"))
    made = schema(option("9", "Fresh"), option("10", "Won"))
    literals = name_schema(made, read_lock(lock_text(first.lock), "names.json"), {})
    assert locked(literals) == {"9": "NEW", "10": "WON"}
    again = named(option("9", "Fresh"), option("10", "Won"), before=literals)
    assert of(again) == {"Fresh": "NEW", "Won": "WON"}


def test_overrides() -> None:
    before = named(option("9", "New"), option("10", "Lost. No budget"))
    made = named(
        option("9", "New"),
        option("10", "Lost. No budget"),
        option("11", "b.Odd"),
        before=before,
        overrides={"Leads.A.Lost. No budget": "NEW", "Leads.A.b.Odd": "Strange", "Leads.A": "kind"},
    )
    assert of(made) == {"New": "NEW_2", "Lost. No budget": "NEW", "b.Odd": "B_ODD"}
    assert made.modules["Leads"].options["A.b"] == {"Odd": "Strange"}, "the longest field counts"
    assert made.modules["Leads"].fields["A"] == "kind"


@pytest.mark.parametrize(
    ("place", "name", "message"),
    [
        ("Leads.A.Nwe", "NEW", "'Leads.A.Nwe' is no option of Leads.A; did you mean 'Leads.A.New'"),
        ("Leads.A.Won", "title", "reserved or given twice"),
        ("Leads.A.Won", "mro", "reserved or given twice"),
        ("Leads.A.Won", "_won", "reserved or given twice"),
        ("Leads.A.Won", "name", "reserved or given twice"),
        ("Leads.Name.Won", "WON", "'Leads.Name.Won' is not in the metadata"),
        ("Leads.B.Won", "WON", "'Leads.B.Won' is not in the metadata"),
    ],
)
def test_overrides_that_cannot_be(place: str, name: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        named(option("9", "New"), option("10", "Won"), overrides={place: name})
    assert "\n" not in str(caught.value)


def test_two_options_of_one_name() -> None:
    overrides = {"Leads.A.New": "X", "Leads.A.Won": "x"}
    with pytest.raises(ConfigurationError, match="given twice"):
        named(option("9", "New"), option("10", "Won"), overrides=overrides)


def test_an_option_has_a_name_in_enumerations_alone() -> None:
    with pytest.raises(ConfigurationError, match='options have names with picklists = "enum" only'):
        take_apart(schema(option("9", "New")), {"Leads.A.New": "NEW"}, enumerations=False)

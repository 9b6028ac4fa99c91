"""A name that is given up goes on as a former one, and means nothing else unawares."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zohohub_gen.diagnostics import ConfigurationError
from zohohub_gen.names import Names
from zohohub_gen.names_lock import lock_text
from zohohub_gen.package import LOCK_FILE
from zohohub_gen.pipeline import generate

from tests.generator.test_stable_names import named, named_org, of
from tests.support.packages import CASES, imported, options, write_json, write_snapshot

FIRST = {"1": "Company", "2": "Mail"}


def entries(names: Names, module: str = "9") -> dict[str, Any]:
    """The entries of the fields, as the file has them."""
    return json.loads(lock_text(names.lock))["modules"][module]["fields"]


def former(names: Names) -> Mapping[str, tuple[str, ...]]:
    return names.modules["Leads"].former_fields


def said(names: Names) -> list[str]:
    return [f"{item.severity}: {item}" for item in names.diagnostics]


def test_an_override_keeps_the_name_of_before() -> None:
    first = named(FIRST)
    second = named(FIRST, first, {"Leads.Company": "firm"})
    assert former(second) == {"Company": ("company",)}
    assert entries(second)["1"] == {"api_name": "Company", "former": ["company"], "name": "firm"}
    assert entries(second)["2"] == {"api_name": "Mail", "name": "mail"}
    assert said(second) == [
        "info: Leads.Company: is called 'firm' now; 'company' is deprecated and still works"
    ]
    again = named(FIRST, second, {"Leads.Company": "firm"})
    assert (again.lock, again.diagnostics) == (second.lock, ())


def test_a_chain_of_names_is_kept_newest_first() -> None:
    lock = named(FIRST)
    for name in ("firm", "business", "customer"):
        lock = named(FIRST, lock, {"Leads.Company": name})
    assert former(lock) == {"Company": ("business", "firm", "company")}
    back = named(FIRST, lock, {"Leads.Company": "firm"})
    assert former(back) == {"Company": ("customer", "business", "company")}


def test_an_override_that_is_removed_changes_nothing() -> None:
    """The lock keeps the name; one that says the old name takes it back."""
    changed = named(FIRST, named(FIRST), {"Leads.Company": "firm"})
    removed = named(FIRST, changed)
    assert of(removed) == of(changed)
    assert (removed.lock, removed.diagnostics) == (changed.lock, ())
    back = named(FIRST, removed, {"Leads.Company": "company"})
    assert of(back)["Company"] == "company"
    assert former(back) == {"Company": ("firm",)}


def test_an_admin_who_edits_an_api_name_renames_nothing_before_an_override_does() -> None:
    first = named(FIRST)
    edited = named({**FIRST, "1": "Firm"}, first)
    assert (of(edited)["Firm"], former(edited)) == ("company", {})
    followed = named({**FIRST, "1": "Firm"}, edited, {"Leads.Firm": "firm"})
    assert former(followed) == {"Firm": ("company",)}


def test_two_overrides_that_swap_names_end_both() -> None:
    swapped = named(FIRST, named(FIRST), {"Leads.Company": "mail", "Leads.Mail": "company"})
    assert of(swapped) == {"Company": "mail", "Mail": "company"}
    assert former(swapped) == {}
    assert said(swapped) == [
        "warning: Leads.Company: 'company', its name of before, means something else now: code "
        "that still uses it has to say 'mail'",
        "warning: Leads.Mail: 'mail', its name of before, means something else now: code that "
        "still uses it has to say 'company'",
    ]


def test_a_new_field_never_takes_a_name_of_before() -> None:
    changed = named(FIRST, named(FIRST), {"Leads.Company": "firm"})
    grown = named({**FIRST, "3": "company", "0": "COMPANY"}, changed)
    assert of(grown) == {**of(changed), "COMPANY": "company_2", "company": "company_3"}
    assert former(grown) == former(changed)


def test_an_override_takes_a_name_of_before_from_another_and_says_so() -> None:
    changed = named(FIRST, named(FIRST), {"Leads.Company": "firm"})
    taken = named(FIRST, changed, {"Leads.Mail": "company"})
    assert former(taken) == {"Mail": ("mail",)}
    assert said(taken)[0].startswith("warning: Leads.Company: 'company', its name of before, means")
    # It does not come back when the other gives the name up.
    again = named(FIRST, taken, {"Leads.Mail": "post"})
    assert former(again) == {"Mail": ("company", "mail")}


def test_who_is_pushed_aside_by_an_override_has_no_alias() -> None:
    pushed = named(FIRST, named(FIRST), {"Leads.Mail": "company"})
    assert of(pushed) == {"Company": "company_2", "Mail": "company"}
    assert former(pushed) == {"Mail": ("mail",)}
    assert [item.place for item in pushed.diagnostics] == ["Leads.Company", "Leads.Mail"]


def test_who_is_pushed_aside_does_not_push_on() -> None:
    """Neither onto the name of another field, nor onto one of before."""
    fields = {"1": "A", "2": "B", "3": "C"}
    lock = named(fields, named(fields), {"Leads.B": "a_2", "Leads.C": "a_3"})
    lock = named(fields, lock, {"Leads.C": "c"})
    pushed = named(fields, lock, {"Leads.B": "a"})
    assert of(pushed) == {"A": "a_4", "B": "a", "C": "c"}
    assert former(pushed) == {"B": ("a_2", "b"), "C": ("a_3",)}


def test_a_field_that_is_gone_keeps_its_names_of_before() -> None:
    changed = named(FIRST, named(FIRST), {"Leads.Company": "firm"})
    gone = named({"2": "Mail", "3": "company"}, changed)
    assert of(gone) == {"Mail": "mail", "company": "company_2"}
    back = named({**FIRST, "3": "company"}, gone)
    assert former(back) == {"Company": ("company",)}


def test_a_field_made_anew_was_not_renamed() -> None:
    changed = named(FIRST, named(FIRST), {"Leads.Company": "firm"})
    anew = named({"2": "Mail", "8": "Company"}, changed, {"Leads.Company": "firm"})
    assert (of(anew)["Company"], former(anew)) == ("firm", {})


def test_deleting_the_entry_ends_the_alias_and_frees_the_name() -> None:
    changed = named(FIRST, named(FIRST), {"Leads.Company": "firm"})
    lock = json.loads(lock_text(changed.lock))
    del lock["modules"]["9"]["fields"]["1"]["former"]
    ended = named({**FIRST, "3": "company"}, Names({}, lock))
    assert of(ended) == {"Company": "firm", "Mail": "mail", "company": "company"}
    assert former(ended) == {}


@pytest.mark.parametrize("damage", [7, "company", None, {}, [7, "", "a b", "_x", "größe", ["y"]]])
def test_what_is_no_name_in_the_lock_is_left_out(damage: object) -> None:
    lock = json.loads(lock_text(named(FIRST).lock))
    lock["modules"]["9"]["fields"]["1"]["former"] = damage
    lock["modules"]["9"]["former"] = damage
    names = named(FIRST, Names({}, lock))
    assert (former(names), names.modules["Leads"].former) == ({}, ())
    assert "former" not in entries(names)["1"]


@pytest.mark.parametrize("reserved", ["fields", "class", "to_json"])
def test_what_generated_code_needs_itself_is_no_alias(reserved: str) -> None:
    """As when a new version reserves a name that a field has."""
    lock = json.loads(lock_text(named(FIRST).lock))
    lock["modules"]["9"]["fields"]["1"]["name"] = reserved
    names = named(FIRST, Names({}, lock))
    assert of(names)["Company"] == f"{reserved}_"
    assert former(names) == {}
    assert said(names) == [
        f"warning: Leads.Company: {reserved!r}, its name of before, is needed by generated code "
        f"itself: code that still uses it has to say '{reserved}_'"
    ]


# --- modules ------------------------------------------------------------------------------

ORG = {"1": ("Leads", {"11": "A"}), "2": ("Deals", {"21": "B"})}


def test_a_module_keeps_its_names_of_before() -> None:
    first = named_org(ORG)
    second = named_org(ORG, first, {"Leads": "prospects"})
    third = named_org(ORG, second, {"Leads": "enquiries"})
    assert json.loads(lock_text(third.lock))["modules"]["1"]["former"] == [
        {"file": "prospects", "handle": "Prospects", "record": "Prospect"},
        {"file": "leads", "handle": "Leads", "record": "Lead"},
    ]
    assert said(third) == [
        "info: Leads: is called 'enquiries' now; 'prospects' is deprecated and still works"
    ]
    assert named_org(ORG, third).lock == third.lock


def test_a_new_module_never_takes_names_of_before() -> None:
    changed = named_org(ORG, named_org(ORG), {"Leads": "prospects"})
    grown = named_org({**ORG, "3": ("leads", {"31": "C"}), "4": ("Lead", {"41": "D"})}, changed)
    assert grown.modules["leads"].file == "leads_2"
    assert grown.modules["Lead"].record == "Lead_3"
    assert grown.modules["Leads"] == changed.modules["Leads"]


def test_two_modules_that_swap_names_end_both() -> None:
    swapped = named_org(ORG, named_org(ORG), {"Leads": "deals", "Deals": "leads"})
    assert [swapped.modules[name].file for name in ORG_NAMES] == ["deals", "leads"]
    assert [swapped.modules[name].former for name in ORG_NAMES] == [(), ()]
    assert [item.severity for item in swapped.diagnostics] == ["warning", "warning"]
    assert "'leads', its name of before, means something else now" in said(swapped)[1]


ORG_NAMES = ("Leads", "Deals")


def test_a_hidden_module_keeps_its_names_of_before() -> None:
    changed = named_org(ORG, named_org(ORG), {"Leads": "prospects"})
    hidden = named_org({"2": ORG["2"], "5": ("leads", {"51": "A"})}, changed)
    assert hidden.modules["leads"].file == "leads_2"
    back = named_org({**ORG, "5": ("leads", {"51": "A"})}, hidden)
    assert back.modules["Leads"] == changed.modules["Leads"]


# --- any sequence of changes --------------------------------------------------------------

_API_NAMES = ["A", "B", "a", "A_2", "C"]
_PYTHON_NAMES = ["a", "b", "c", "A", "a_2", "a_3", "x"]

step = st.tuples(
    st.dictionaries(
        st.sampled_from(["1", "2", "3", "4"]), st.sampled_from(_API_NAMES), min_size=1
    ).filter(lambda fields: len(set(fields.values())) == len(fields)),
    st.dictionaries(st.sampled_from(_API_NAMES), st.sampled_from(_PYTHON_NAMES), max_size=3),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(step, min_size=1, max_size=7))
def test_no_field_ever_has_the_name_of_another(
    steps: list[tuple[dict[str, str], dict[str, str]]],
) -> None:
    before: Names | None = None
    for fields, wishes in steps:
        overrides = {f"Leads.{key}": name for key, name in wishes.items() if key in fields.values()}
        try:
            names = named(fields, before, overrides)
        except ConfigurationError:
            continue
        current = of(names)
        aliases = [alias for found in former(names).values() for alias in found]
        everything = [name.lower() for name in (*current.values(), *aliases)]
        own = {
            api_name: [current[api_name].lower(), *map(str.lower, former(names).get(api_name, ()))]
            for api_name in current
        }
        # Names that differ in case alone may both be those of one field.
        apart = [name for found in own.values() for name in set(found)]
        assert len(apart) == len(set(apart)), everything
        assert all(current[api_name] not in found for api_name, found in former(names).items())
        held = set(everything) | {
            str(entry["name"]).lower() for key, entry in entries(names).items() if key not in fields
        }
        if before is not None:
            for key, entry in entries(before).items():
                if key in fields:
                    lost = {entry["name"], *entry.get("former", ())} - set(own[fields[key]])
                    assert {name.lower() for name in lost} <= held | {"id"}, "a name was let go"
        assert named(fields, names, overrides).lock == names.lock
        before = names


modules_step = st.tuples(
    st.sets(st.sampled_from(["1", "2", "3"]), min_size=1),
    st.dictionaries(
        st.sampled_from(["Leads", "leads", "Deals"]),
        st.sampled_from(["Leads", "Lead", "Deals", "deal", "Offers", "LeadFields"]),
        max_size=2,
    ),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(modules_step, min_size=1, max_size=6))
def test_no_module_ever_has_the_name_of_another(
    steps: list[tuple[set[str], dict[str, str]]],
) -> None:
    org = {"1": ("Leads", {"11": "A"}), "2": ("leads", {"21": "B"}), "3": ("Deals", {"31": "C"})}
    before: Names | None = None
    for keys, wishes in steps:
        present = {key: org[key] for key in sorted(keys)}
        known = {name for name, _ in present.values()}
        overrides = {name: wish for name, wish in wishes.items() if name in known}
        try:
            names = named_org(present, before, overrides)
        except ConfigurationError:
            continue
        files: list[str] = []
        classes: list[str] = []
        for each in names.modules.values():
            own = [each, *each.former]
            files += {item.file.lower() for item in own}
            classes += {
                name.lower()
                for item in own
                for name in (item.handle, item.record, f"{item.record}Fields")
            }
            assert (each.file, each.handle, each.record) not in [
                (item.file, item.handle, item.record) for item in each.former
            ]
        assert len(files) == len(set(files))
        assert len(classes) == len(set(classes))
        assert named_org(present, names, overrides).lock == names.lock
        before = names


# --- packages -----------------------------------------------------------------------------


def test_a_package_without_names_of_before_needs_nothing_new(tmp_path: Path) -> None:
    metadata = write_snapshot(tmp_path / "metadata", {"Leads": [{"api_name": "Company"}]})
    generate(options(metadata, tmp_path / "output"))
    for path in (tmp_path / "output" / "crm").glob("*.py"):
        text = path.read_text("utf-8")
        assert "renamed" not in text.lower(), path
        assert "former" not in text.lower(), path


def test_ending_an_alias_takes_its_files_away(tmp_path: Path) -> None:
    fields = {"Leads": [{"api_name": "Company", "id": "1"}]}
    metadata = write_snapshot(tmp_path / "metadata", fields)
    package = tmp_path / "output" / "crm"
    generate(options(metadata, tmp_path / "output"))
    before = {path.name: path.read_bytes() for path in package.glob("*.py")}
    generate(options(metadata, tmp_path / "output", names={"Leads": "prospects"}))
    assert (package / "leads.py").is_file()
    lock = json.loads((metadata / LOCK_FILE).read_text("utf-8"))
    del lock["modules"]["Leads"]["former"]
    write_json(metadata / LOCK_FILE, lock)
    generate(options(metadata, tmp_path / "output", names={"Leads": "prospects"}))
    assert not (package / "leads.py").exists()
    assert {path.name for path in package.glob("*.py")} == {
        "__init__.py",
        "client.py",
        "prospects.py",
    }
    assert before.keys() == {"__init__.py", "client.py", "leads.py"}
    with imported(package) as crm, pytest.raises(AttributeError, match="no attribute 'Lead'"):
        assert crm.Lead


def test_the_case_has_every_kind_of_alias() -> None:
    folder = CASES / "former_names" / "expected" / "crm"
    leads = (folder / "leads.py").read_text("utf-8")
    for sign in ("Former(", "_LeadFormerCreate", "alias=", "@overload", "# Renamed: use `firm`."):
        assert sign in leads, sign
    assert "@deprecated" in (folder / "customers.py").read_text("utf-8")
    assert "_FORMER" in (folder / "campaigns.py").read_text("utf-8")
    assert "interface=3" in (folder / "client.py").read_text("utf-8")

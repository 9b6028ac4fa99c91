"""Finding before sending what Zoho would refuse."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from acme_crm import Crm, Deal, Lead, LeadSiteVisit
from zohohub.errors import Problem, ValidationFailed, ZohoError
from zohohub.facts import ModuleLayout
from zohohub.records import ABSENT, Record, api, record
from zohohub.validation import validate
from zohohub.values import Link, Ref, Removed, UserRef
from zohohub_gen.emulator import Emulator


def problems(crm: Crm, values: Any, layout: ModuleLayout[Lead] | None = None) -> list[Problem]:
    with pytest.raises(ValidationFailed) as caught:
        crm.leads.validate(values, layout=layout)
    assert isinstance(caught.value, ZohoError)
    assert isinstance(caught.value, ValueError)
    assert all(str(problem) in str(caught.value) for problem in caught.value.problems)
    return list(caught.value.problems)


def places(found: list[Problem]) -> list[tuple[str, str]]:
    return [(problem.place, problem.kind) for problem in found]


def test_what_is_right_passes(crm: Crm, acme: Emulator) -> None:
    crm.leads.validate(
        {
            "last_name": "x" * 80,
            "annual_revenue": Decimal("1234567890123456.05"),
            "roof_age_years": 999,
            "interests": ["Wallbox"],
            "lead_status": "New",
            "email_opt_out": False,
            "city": None,
            "tag": ["vip"],
            "site_visits_1": [{"city": "Graz", "visited_on": date(2026, 5, 4)}, Removed("1")],
        }
    )
    crm.leads.validate({"id": "1", "city": "Graz"})
    crm.leads.validate(Lead(last_name="x"))
    crm.leads.validate(Lead(id="1", city="x"))
    for lead in crm.leads.list():
        crm.leads.validate(crm.leads.get(lead.id))
    assert acme.requests[-1].method == "GET"


def test_all_problems_at_once(crm: Crm, acme: Emulator) -> None:
    found = problems(
        crm,
        {
            "city": "x" * 101,
            "lead_status": "Won",
            "lead_source": "Newspaper",
            "interests": ["Wallbox", "Pool"],
            "roof_age_years": 1000,
            "annual_revenue": Decimal("1.005"),
            "estimated_output_k_wp": 10**8,
            "weighted_value": 1,
            "nothing_like_it": 1,
            "email_opt_out": "yes",
            "company": 5,
            "site_visits_1": [{"city": "x" * 101, "parent_id": "1"}, LeadSiteVisit(roof_ok=True)],
        },
    )
    assert places(found) == [
        ("city", "length"),
        ("lead_status", "option"),
        ("lead_source", "option"),
        ("interests", "option"),
        ("roof_age_years", "digits"),
        ("annual_revenue", "digits"),
        ("estimated_output_k_wp", "digits"),
        ("weighted_value", "read-only"),
        ("nothing_like_it", "unknown"),
        ("email_opt_out", "type"),
        ("company", "type"),
        ("site_visits_1[0].city", "length"),
        ("site_visits_1[0].parent_id", "read-only"),
        ("last_name", "mandatory"),
    ]
    assert str(found[0]) == "city: at most 100 characters, not 101"
    assert str(found[1]) == "lead_status: 'Won' is not an option"
    assert acme.requests == []


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("annual_revenue", 1.5, "type"),
        ("annual_revenue", True, "type"),
        ("annual_revenue", Decimal("NaN"), "range"),
        ("annual_revenue", 10**16, "digits"),
        ("interests", "Wallbox", "type"),
        ("site_visits_1", {"city": "x"}, "type"),
        ("site_visits_1", [{"visited_on": datetime(2026, 5, 4)}], "type"),
        ("site_visits_1", [{"visited_on": "2026-05-04"}], "type"),
        ("interests", [["Wallbox"]], "type"),
        ("site_visits_1", [5], "type"),
        ("site_visits_1", ["7"], "type"),
        ("owner", 5, "type"),
        ("layout", 5, "type"),
        ("tag", "vip", "type"),
        ("tag", [5], "type"),
        ("last_name", None, "mandatory"),
        ("last_name", "", "mandatory"),
        ("created_time", None, "read-only"),
    ],
)
def test_one_value(crm: Crm, name: str, value: Any, kind: str) -> None:
    ((_, found),) = places(problems(crm, {"id": "1", name: value}))
    assert found == kind


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("customer", 5, "takes a reference or an id, not int"),
        ("documents", "file", "takes a list of files, not str"),
        ("documents", [b"content"], "takes a list of files, not list"),
        ("residents", Ref("1"), "takes a list of links, not Ref"),
        ("residents", [5], "takes a list of links, not list"),
        ("crew", [Ref("1")], "takes a list of links to users, not list"),
        ("meter_number", "1٢", "a whole number of at most 18 digits"),
    ],
)
def test_references_and_lists(crm: Crm, name: str, value: Any, text: str) -> None:
    """None of them may crash where all problems are to be told."""
    with pytest.raises(ValidationFailed) as caught:
        crm.installations.validate({"id": "1", name: value})
    assert [str(each) for each in caught.value.problems] == [f"{name}: {text}"]
    crm.installations.validate(
        {
            "id": "1",
            "customer": Ref("1"),
            "documents": ["1", Removed("2")],
            "residents": ["1", Ref("2"), Link(Ref("3")), Removed("4")],
            "crew": ["1", UserRef("2")],
            "meter_number": "-12",
        }
    )


def test_a_reference_of_any_module_names_it(crm: Crm) -> None:
    crm.tasks.validate({"id": "1", "what_id": Ref("2", module="Deals")})
    for value in ("2", Ref("2")):
        with pytest.raises(ValidationFailed, match="what_id: takes a Ref that names its module"):
            crm.tasks.validate({"id": "1", "what_id": value})


def test_a_clone_is_validated(crm: Crm, acme: Emulator) -> None:
    wrong: Any = "Won"
    with pytest.raises(ValidationFailed):
        crm.leads.with_options(validate=True).clone("1", lead_status=wrong)
    assert acme.requests == []


def test_records(crm: Crm) -> None:
    lead = Lead(city="x" * 101, full_name="left out of a write")
    assert places(problems(crm, lead)) == [("city", "length"), ("last_name", "mandatory")]
    made = crm.leads.create(last_name="Sandoval")
    fetched = crm.leads.get(made)
    fetched.last_name = None
    fetched.lead_status = "Odd"
    assert sorted(places(problems(crm, fetched))) == [
        ("last_name", "mandatory"),
        ("lead_status", "option"),
    ]


def test_layouts(crm: Crm) -> None:
    standard = crm.leads.layout("Standard")
    found = problems(crm, {"last_name": "x", "company": None}, standard)
    assert places(found) == [("company", "mandatory"), ("lead_source", "mandatory")]
    assert found[1].text == "mandatory in layout Standard, and missing"
    values = {"deal_name": "Roof", "stage": "Grid approval", "account_name": "1", "pipeline": "x"}
    with pytest.raises(ValidationFailed) as caught:
        crm.deals.validate(values, layout=crm.deals.layout("Residential"))
    texts = [str(problem) for problem in caught.value.problems]
    assert "stage: 'Grid approval' is not an option in layout Residential" in texts
    assert "closing_date: mandatory in layout Residential, and missing" in texts


def test_writes_that_validate_send_nothing_wrong(crm: Crm, acme: Emulator) -> None:
    leads = crm.leads.with_options(validate=True, layout=crm.leads.layout("Standard"))
    made = crm.leads.create(last_name="Sandoval")
    lead = crm.leads.get(made)
    lead.city = "x" * 101
    acme.clear_requests()
    wrong: Any = "Won"
    for write in (
        lambda: leads.create(last_name="x"),
        lambda: leads.update(made, lead_status=wrong),
        lambda: leads.update_many([{"id": made, "lead_status": wrong}]),
        lambda: leads.upsert_many([{"last_name": "x", "company": "x"}]),
        lambda: leads.mass_update([made], lead_status=wrong),
        lambda: leads.save(lead),
        lambda: leads.save_many([lead, Lead(last_name="y")]),
    ):
        with pytest.raises(ValidationFailed):
            write()
    assert acme.requests == []
    leads.create(last_name="x", company="x", lead_source="Web shop")


def test_unique_values_given_twice(crm: Crm, acme: Emulator) -> None:
    leads = crm.leads.with_options(validate=True)
    with pytest.raises(ValidationFailed) as caught:
        leads.create_many(
            [
                {"last_name": "a", "email": "a@example.com"},
                {"last_name": "b"},
                {"last_name": "c", "email": "a@example.com"},
            ]
        )
    assert [str(each) for each in caught.value.problems] == [
        "[2].email: unique, and row 0 has the same value"
    ]
    assert acme.requests == []


class _FormFields:
    from zohohub.columns import DecimalColumn, FilesColumn, TextColumn

    id: TextColumn[Any] = TextColumn("id")
    code: TextColumn[Any] = TextColumn("Code")
    note: TextColumn[Any] = TextColumn("Note")
    share: DecimalColumn[Any] = DecimalColumn("Share")
    papers: FilesColumn[Any] = FilesColumn("Papers")


@record
class _Form(Record):
    fields = _FormFields

    id: str = api("id", default=ABSENT, read_only=True)
    code: str | None = api("Code", default=ABSENT, create_only=True)
    note: str | None = api("Note", default=ABSENT, update_only=True)
    share: Decimal | None = api("Share", default=ABSENT, minimum=0, maximum=Decimal("99.5"))
    papers: list[Any] | None = api("Papers", default=ABSENT, max_count=1)


@pytest.mark.parametrize(
    ("values", "creating", "found"),
    [
        ({"code": "x"}, True, []),
        ({"code": "x"}, False, [("code", "read-only")]),
        ({"note": "x"}, True, [("note", "read-only")]),
        ({"note": "x"}, False, []),
        ({"share": Decimal("99.50")}, True, []),
        ({"share": 100}, True, [("share", "range")]),
        ({"share": -1}, True, [("share", "range")]),
        ({"papers": ["1", "2"]}, True, [("papers", "length")]),
    ],
)
def test_the_rarer_facts(
    values: dict[str, Any], creating: bool, found: list[tuple[str, str]]
) -> None:
    if not found:
        validate(_Form, values, creating=creating)
        return
    with pytest.raises(ValidationFailed) as caught:
        validate(_Form, values, creating=creating)
    assert places(list(caught.value.problems)) == found


def test_a_record_is_validated_as_it_is_saved() -> None:
    """What a save leaves out is no problem, and never sent."""
    from zohohub.saving import changes, new_values

    new = _Form(code="x", note="x")
    assert new_values(new) == {"Code": "x"}
    validate(_Form, new, creating=True)
    old = _Form(id="1", code="x", note="x")
    assert changes(old) == {"Note": "x"}
    validate(_Form, old, creating=False)


def test_a_deal_knows_its_layouts() -> None:
    from acme_crm.deals import Deals

    assert [layout.name for layout in Deals.layouts] == ["Residential", "Commercial"]
    assert Deals.record_type is Deal

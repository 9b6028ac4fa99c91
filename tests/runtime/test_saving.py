"""Saving records: only what was changed, against the emulator over real HTTP."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from acme_crm import Crm, Installation, Lead, LeadSiteVisit
from zohohub.errors import AlreadyModified, InvalidData, WriteUnknown
from zohohub.transport import Transport
from zohohub.values import Link, Ref, Tag
from zohohub_gen.emulator import Emulator, Fault

from .bindings import FIRST_ID, Thing, Things, calls, things

F = Lead.fields
Start = Callable[..., Emulator]
Connect = Callable[[Emulator], Transport]


def writes(emulator: Emulator) -> list[Any]:
    """The bodies of the writes so far; they are forgotten."""
    bodies = [
        request.body["data"]
        for request in emulator.requests
        if request.method in ("POST", "PUT") and request.path.startswith("/crm/")
    ]
    emulator.clear_requests()
    return bodies


@pytest.fixture
def lead_id(crm: Crm, acme: Emulator) -> str:
    made = crm.leads.create(
        last_name="Sandoval",
        company="Sandoval GmbH",
        annual_revenue=Decimal("250000.05"),
        interests=["Wallbox", "Heat pump"],
        site_visits_1=[
            {"city": "Vienna", "visited_on": date(2026, 5, 4)},
            {"city": "Graz", "roof_ok": True},
        ],
    )
    acme.clear_requests()
    return made


def test_nothing_changed_is_no_call(crm: Crm, acme: Emulator, lead_id: str) -> None:
    lead = crm.leads.get(lead_id)
    lead.company = lead.company
    lead.interests = list(lead.interests or ())
    assert crm.leads.save(lead) == lead_id
    assert writes(acme) == []
    (result,) = crm.leads.save_many([lead])
    assert (result.ok, result.id, result.error) == (True, lead_id, None)
    assert writes(acme) == []


def test_only_what_differs_is_sent(crm: Crm, acme: Emulator, lead_id: str) -> None:
    lead = crm.leads.get(lead_id, F.company, F.city, F.annual_revenue, F.full_name)
    lead.company = None
    lead.annual_revenue = Decimal("1.10")
    lead.full_name = "read-only, and never sent"
    lead.phone = "not loaded, but set"
    crm.leads.save(lead)
    assert writes(acme) == [
        [{"id": lead_id, "Company": None, "Annual_Revenue": Decimal("1.10"), "Phone": lead.phone}]
    ]
    crm.leads.save(lead)
    assert writes(acme) == []
    whole = crm.leads.get(lead_id)
    assert (whole.company, whole.last_name) == (None, "Sandoval")
    assert whole.annual_revenue == Decimal("1.10")


def test_changes_inside_lists_are_noticed(crm: Crm, acme: Emulator, lead_id: str) -> None:
    lead = crm.leads.get(lead_id)
    assert lead.interests is not None
    lead.interests.append("Photovoltaics")
    lead.tag = [*(lead.tag or ()), Tag("vip")]
    crm.leads.save(lead)
    assert writes(acme) == [
        [
            {
                "id": lead_id,
                "Interests": ["Wallbox", "Heat pump", "Photovoltaics"],
                "Tag": [{"name": "vip"}],
            }
        ]
    ]
    crm.leads.save(lead)
    assert writes(acme) == []


def test_rows_of_a_subform(crm: Crm, acme: Emulator, lead_id: str) -> None:
    lead = crm.leads.get(lead_id)
    assert lead.site_visits_1 is not None
    vienna, graz = lead.site_visits_1
    vienna.roof_ok = True
    lead.site_visits_1.append(LeadSiteVisit(city="Linz"))
    lead.site_visits_1.remove(graz)
    crm.leads.update(lead_id, site_visits_1=[{"city": "of a colleague"}])
    acme.clear_requests()
    crm.leads.save(lead)
    assert writes(acme) == [
        [
            {
                "id": lead_id,
                "Site_Visits_1": [
                    {"id": vienna.id, "Roof_OK": True},
                    {"City": "Linz"},
                    {"id": graz.id, "_delete": None},
                ],
            }
        ]
    ]
    crm.leads.save(lead)
    assert writes(acme) == [], "the new row is not sent twice"
    again = crm.leads.get(lead_id)
    cities = [row.city for row in again.site_visits_1 or ()]
    assert sorted(cities, key=str) == ["Linz", "Vienna", "of a colleague"]
    again.site_visits_1 = None
    crm.leads.save(again)
    assert crm.leads.get(lead_id).site_visits_1 == []


def test_a_row_whose_id_is_not_known_yet(crm: Crm, acme: Emulator, lead_id: str) -> None:
    lead = crm.leads.get(lead_id)
    assert lead.site_visits_1 is not None
    lead.site_visits_1.append(LeadSiteVisit(city="Linz"))
    crm.leads.save(lead)
    lead.site_visits_1.append(LeadSiteVisit(city="Wels"))
    crm.leads.save(lead)
    assert writes(acme)[1][0]["Site_Visits_1"] == [{"City": "Wels"}]
    lead.site_visits_1[2].city = "Steyr"
    with pytest.raises(ValueError, match=r"Site_Visits_1: .* read the record again"):
        crm.leads.save(lead)
    lead.site_visits_1.pop(2)
    with pytest.raises(ValueError, match=r"Site_Visits_1: .* read the record again"):
        crm.leads.save(lead)
    assert writes(acme) == []


def test_links(crm: Crm, acme: Emulator) -> None:
    account = crm.accounts.create(account_name="Sandoval GmbH")
    one, two, three = (crm.contacts.create(last_name=name) for name in ("A", "B", "C"))
    installation_id = crm.installations.create(
        name="Roof",
        serial_number="S-1",
        customer=Ref(account),
        residents=[Ref(one), Ref(two)],
    )
    installation = crm.installations.get(installation_id, Installation.fields.residents)
    assert installation.residents is not None
    first, second = installation.residents
    installation.residents = [second, Link(Ref(three))]
    acme.clear_requests()
    crm.installations.save(installation)
    (((body,)),) = writes(acme)
    name = Installation.fields.residents.connected_field
    assert body["Residents"] == [{name: {"id": three}}, {"id": first.id, "_delete": None}]
    crm.installations.save(installation)
    assert writes(acme) == []
    now = crm.installations.get(installation_id).residents or ()
    assert {link.target.id for link in now} == {two, three}


def test_a_record_without_an_id_is_created(crm: Crm, acme: Emulator) -> None:
    lead = Lead(last_name="New", lead_status="Contacted", full_name="never sent")
    made = crm.leads.save(lead)
    assert lead.id == made
    assert lead.modified_time is not None
    assert writes(acme) == [[{"Last_Name": "New", "Lead_Status": "Contacted"}]]
    lead.lead_status = None
    crm.leads.save(lead)
    assert writes(acme) == [[{"id": made, "Lead_Status": None}]]
    assert crm.leads.get(made).lead_status is None


def test_a_record_of_an_id_alone(crm: Crm, acme: Emulator, lead_id: str) -> None:
    crm.leads.save(Lead(id=lead_id, city="Graz"))
    assert writes(acme) == [[{"id": lead_id, "City": "Graz"}]]


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda lead: pickle.loads(pickle.dumps(lead))])
def test_copies_remember_what_was_fetched(
    crm: Crm, acme: Emulator, lead_id: str, copied: Callable[[Lead], Lead]
) -> None:
    lead = copied(crm.leads.get(lead_id))
    lead.city = "Graz"
    crm.leads.save(lead)
    assert writes(acme) == [[{"id": lead_id, "City": "Graz"}]]


def test_nobody_elses_change_is_overwritten(start: Start, connect: Connect) -> None:
    now = [1_780_000_000.0]
    emulator = start({"Things": things(1)}, clock=lambda: now[0])
    module = Things(connect(emulator))
    mine = module.get(str(FIRST_ID))
    mine.name = "Mine"
    module.save(mine, unless_modified=True)
    mine.name = "Mine again"
    now[0] += 5
    module.save(mine, unless_modified=True)
    theirs = module.get(str(FIRST_ID))
    now[0] += 5
    mine.name = "Mine at last"
    module.save(mine)
    theirs.name = "Theirs"
    with pytest.raises(AlreadyModified):
        module.save(theirs, unless_modified=True)
    assert module.get(str(FIRST_ID)).name == "Mine at last"
    theirs = module.get(str(FIRST_ID), Thing.fields.name)
    theirs.name = "Theirs"
    with pytest.raises(ValueError, match="add it to the columns"):
        module.save(theirs, unless_modified=True)
    # An answer that was lost cannot be asked for again: it would say that somebody was faster.
    emulator.inject(Fault("cut_after", method="PUT"))
    mine.name = "Lost"
    with pytest.raises(WriteUnknown):
        module.save(mine, unless_modified=True)


def test_many(start: Start, connect: Connect) -> None:
    emulator = start({"Things": things(150)})
    module = Things(connect(emulator))
    records: list[Thing] = []
    for number, thing in enumerate(module.list()):
        if number != 77:
            thing.name = "x" * 41 if number == 5 else f"Changed {number}"
        records += [thing] if number % 2 else [thing, Thing(name=f"New {number}")]
    emulator.clear_requests()
    results = module.save_many(records)
    assert [len(calls(emulator, method)) for method in ("POST", "PUT")] == [1, 2]
    assert [result.index for result in results] == list(range(225))
    (failed,) = results.failures
    assert records[failed.index].name == "x" * 41
    assert isinstance(failed.error, InvalidData)
    assert [result.id for result in results if result.ok] == [
        record.id for record in records if record is not records[failed.index]
    ]
    assert module.count() == 225
    emulator.clear_requests()
    assert module.save_many(records).failures[0].index == failed.index
    ((body,),) = (request.body["data"] for request in calls(emulator, "PUT"))
    assert body["Name"] == "x" * 41


def test_an_interruption_tells_what_became_of_each(start: Start, connect: Connect) -> None:
    emulator = start({"Things": things(2)})
    module = Things(connect(emulator))
    old, same = module.list()
    old.name = "Changed"
    new = Thing(name="New")
    emulator.inject(Fault("status", status=403, method="PUT", path="/crm/"))
    with pytest.raises(PermissionError) as caught:
        module.save_many([old, new, same])
    results = caught.value.results  # type: ignore[attr-defined]  # it is a ZohoError
    assert [result.outcome for result in results] == ["refused", "done", "done"]
    assert new.id == results[1].id
    emulator.inject(Fault("status", status=403, method="POST", path="/crm/"))
    with pytest.raises(PermissionError) as caught:
        module.save_many([old, Thing(name="Other")])
    results = caught.value.results  # type: ignore[attr-defined]  # it is a ZohoError
    assert [result.outcome for result in results] == ["not sent", "refused"]
    assert all(result.error is caught.value for result in results)
    module.save(old)
    assert module.get(old.id).name == "Changed"


def test_the_same_record_twice(start: Start, connect: Connect) -> None:
    emulator = start()
    thing = Thing(name="Twin")
    with pytest.raises(ValueError, match="given twice"):
        Things(connect(emulator)).save_many([thing, thing])
    assert emulator.requests == []

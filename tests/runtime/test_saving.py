"""Saving records: only what was changed, against the emulator over real HTTP."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from acme_crm import Case, Contact, Crm, Deal, Installation, Lead, LeadSiteVisit, Task
from zohohub.errors import AlreadyModified, InvalidData, WriteUnknown
from zohohub.transport import Transport
from zohohub.values import Link, Ref, Tag, UploadedFile, UserRef
from zohohub_gen.emulator import Emulator, Fault

from .bindings import FIRST_ID, Thing, Things, calls, things

F = Lead.fields
Start = Callable[..., Emulator]
Connect = Callable[[Emulator], Transport]


CLEARABLE = [
    *("company", "annual_revenue", "roof_age_years", "lead_status", "interests", "tag"),
    *("site_visits_1", "customer", "meter_number", "commissioned_on", "residents", "crew"),
    *("documents", "what_id", "recurring_activity"),
]


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


def test_a_change_inside_an_object_is_noticed_after_a_save_too(crm: Crm, acme: Emulator) -> None:
    case = Case(
        subject="Roof",
        case_origin="Web",
        status="New",
        comments=[{"comment_content": "one"}],
    )
    crm.cases.save(case)
    assert case.comments is not None
    case.comments[0]["comment_content"] = "two"
    crm.cases.save(case)
    assert crm.cases.get(case.id).comments == [{"comment_content": "two"}]
    case.comments.append({"comment_content": "three"})
    crm.cases.save(case)
    assert len(crm.cases.get(case.id).comments or ()) == 2
    acme.clear_requests()
    crm.cases.save(case)
    assert writes(acme) == []


def test_to_json_shares_nothing_with_the_record(crm: Crm, acme: Emulator, lead_id: str) -> None:
    lead = crm.leads.get(lead_id)
    before = copy.deepcopy(lead.to_json())
    lead.interests = ["Wallbox"]
    for each in (lead.to_json(), crm.leads.get(lead_id).to_json()):
        each["Interests"].append("Pool")
        each["Site_Visits_1"][0]["City"] = "Elsewhere"
        each["Owner"]["id"] = "1"
        each["$approval"]["reject"] = True
    assert lead.interests == ["Wallbox"]
    assert lead.to_json() == {**before, "Interests": ["Wallbox"]}
    acme.clear_requests()
    crm.leads.save(lead)
    assert writes(acme) == [[{"id": lead_id, "Interests": ["Wallbox"]}]]
    assert lead.to_json()["Site_Visits_1"] == before["Site_Visits_1"]


def test_what_a_write_does_not_carry_is_no_difference(
    crm: Crm, acme: Emulator, lead_id: str
) -> None:
    """The ids of tags, the names of lookups, the fractions of seconds."""
    crm.leads.update(lead_id, tag=["old"])
    lead = crm.leads.get(lead_id)
    lead.tag = [*(lead.tag or ()), Tag("vip")]
    crm.leads.save(lead)
    acme.clear_requests()
    crm.leads.save(lead)
    lead.tag = [Tag("old"), Tag("vip")]
    crm.leads.save(lead)
    contact = Contact(
        last_name="x", newsletter_consent_at=datetime(2026, 5, 4, 1, 2, 3, 456, tzinfo=UTC)
    )
    crm.contacts.save(contact)
    assert len(writes(acme)) == 1
    crm.contacts.save(contact)
    assert writes(acme) == []


def test_links_and_files_that_are_there_already(crm: Crm, acme: Emulator) -> None:
    """Naming them without the id of their entry adds none and removes none."""
    account = crm.accounts.create(account_name="Sandoval GmbH")
    one, two, three = (crm.contacts.create(last_name=name) for name in ("A", "B", "C"))
    plan, photo = (crm.files.upload(name.encode(), name=name) for name in ("plan", "photo"))
    (user, *_) = crm.users.list()
    made = crm.installations.create(
        name="Roof",
        serial_number="S-1",
        customer=Ref(account),
        residents=[one, two],
        crew=[user.ref],
        documents=[plan],
    )
    row = crm.installations.get(made)
    row.residents = [Link(Ref(two)), Link(Ref(one))]
    row.crew = [Link(UserRef(user.id))]
    row.documents = [UploadedFile(plan)]
    acme.clear_requests()
    crm.installations.save(row)
    assert writes(acme) == []
    row.residents = [Link(Ref(two)), Link(Ref(three))]
    row.documents.append(UploadedFile(photo))
    crm.installations.save(row)
    row.residents = [Link(Ref(three))]
    row.documents = [UploadedFile(photo)]
    crm.installations.save(row)
    now = crm.installations.get(made)
    assert [link.target.id for link in now.residents or ()] == [three]
    assert [link.target.id for link in now.crew or ()] == [user.id]
    assert [file.file_id for file in now.documents or ()] == [photo]


def test_clearing_each_kind_of_field(crm: Crm, acme: Emulator) -> None:
    lead_id = crm.leads.create(
        last_name="x",
        company="x",
        annual_revenue=1,
        roof_age_years=3,
        lead_status="New",
        interests=["Wallbox"],
        tag=["vip"],
        site_visits_1=[{"city": "Graz"}],
    )
    account = crm.accounts.create(account_name="x")
    (user, *_) = crm.users.list()
    installation_id = crm.installations.create(
        name="x",
        serial_number="S-1",
        customer=account,
        meter_number="1",
        commissioned_on=date(2026, 5, 4),
        residents=[crm.contacts.create(last_name="x")],
        crew=[user.ref],
        documents=[crm.files.upload(b"x", name="x")],
    )
    deal = Ref[Deal](next(crm.deals.list()).id, module="Deals")
    task_id = crm.tasks.create(subject="x", what_id=deal, recurring_activity={"RRULE": "x"})
    for module, record_id in (
        (crm.leads, lead_id),
        (crm.installations, installation_id),
        (crm.tasks, task_id),
    ):
        handle: Any = module
        row = handle.get(record_id)
        filled = {name: value for name in CLEARABLE if (value := getattr(row, name, None))}
        assert len(filled) >= 2
        for name in filled:
            setattr(row, name, None)
        handle.save(row)
        now = handle.get(record_id)
        assert [getattr(now, name) or None for name in filled] == [None] * len(filled)
        acme.clear_requests()
        handle.save(row)
        assert writes(acme) == []
    crm.leads.update(lead_id, site_visits_1=[{"city": "Graz"}])
    crm.leads.update(lead_id, site_visits_1=None)
    assert writes(acme)[-1] == [{"id": lead_id, "Site_Visits_1": []}]
    assert crm.leads.get(lead_id).site_visits_1 == []


def test_rows_of_a_record_are_records(crm: Crm, acme: Emulator, lead_id: str) -> None:
    row: Any = {"city": "Graz"}
    lead = crm.leads.get(lead_id)
    lead.site_visits_1 = [row]
    acme.clear_requests()
    for wrong in (lead, Lead(last_name="x", site_visits_1=[row])):
        with pytest.raises(TypeError, match=r"Lead\.site_visits_1 .* LeadSiteVisit, not dict"):
            crm.leads.save(wrong)
    assert writes(acme) == []


def test_a_reference_that_was_read_without_its_module(crm: Crm, acme: Emulator) -> None:
    """It stays as it is when something else is saved."""
    deal = Ref[Deal](next(crm.deals.list()).id, module="Deals")
    task_id = crm.tasks.create(subject="x", what_id=deal)
    (task,) = crm.tasks.query().where(Task.fields.id == task_id)
    task.subject = "y"
    acme.clear_requests()
    crm.tasks.save(task)
    assert writes(acme) == [[{"id": task_id, "Subject": "y"}]]


def test_a_field_that_came_in_another_shape(server: Any, transport: Transport) -> None:
    """It can be written anew; what Zoho sent in its place is not looked into."""
    from acme_crm.leads import Leads

    leads = Leads(transport, lambda _: None)
    server.reply(200, {"data": [{"id": "1", "Site_Visits_1": "many"}]})
    lead = leads.get("1")
    lead.site_visits_1 = [LeadSiteVisit(city="Graz")]
    server.reply(200, {"data": [{"code": "SUCCESS", "details": {"id": "1"}}]})
    leads.save(lead)
    assert server.requests[-1].json["data"] == [{"Site_Visits_1": [{"City": "Graz"}], "id": "1"}]


def test_a_stamp_that_cannot_be_read_does_not_undo_a_save(
    server: Any, transport: Transport
) -> None:
    details = {"id": "1", "Modified_Time": "just now"}
    server.reply(201, {"data": [{"code": "SUCCESS", "details": details}]})
    thing = Thing(name="x")
    assert Things(transport).save(thing) == thing.id == "1"


def test_what_json_does_not_have_is_found_before_the_first_call(
    start: Start, connect: Connect
) -> None:
    """Else some records would be written, and nobody be told which."""
    emulator = start({"Things": things(1)})
    module = Things(connect(emulator))
    (old,) = module.list()
    old.amount = Decimal("NaN")
    emulator.clear_requests()
    rows = [{"name": f"Thing {n}"} for n in range(100)] + [{"name": "x", "amount": old.amount}]
    with pytest.raises(ValueError, match="JSON has no NaN"):
        module.create_many(rows)
    with pytest.raises(ValueError, match="JSON has no NaN"):
        module.save_many([Thing(name="new"), old])
    assert emulator.requests == []


def test_a_new_record_has_not_been_modified(start: Start, connect: Connect) -> None:
    module = Things(connect(start()))
    thing = Thing(name="x")
    module.save(thing, unless_modified=True)
    assert module.get(thing.id).name == "x"

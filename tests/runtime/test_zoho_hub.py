"""The record side of from-zoho-hub.md, row by row, over real HTTP; see test_zoho_hub_table.py."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from acme_crm import Account, Campaign, Contact, Crm, Deal, Lead, Product
from zohohub import Subscription
from zohohub.errors import (
    ApiError,
    FieldNotFetched,
    InvalidData,
    InvalidModule,
    InvalidRequest,
    InvalidToken,
    MandatoryNotFound,
    NoPermission,
    RecordInBlueprint,
    RecordNotFound,
    RecordNotInProcess,
    ServerError,
    TooManyRequests,
    ValidationFailed,
    ZohoError,
)
from zohohub.facts import facts_of
from zohohub.transport import Transport
from zohohub_gen.emulator import Emulator, Fault

from .bindings import calls
from .conftest import Server

LENA = "6100000000000401001"
ROSENTAL = "6100000000000403001"
NOBODY = "4999999999999999"


def new_deal(crm: Crm) -> str:
    """A deal at the beginning of its blueprint."""
    return crm.deals.create(deal_name="Roof", pipeline="Residential", stage="Enquiry")


@pytest.fixture
def answering(transport: Transport) -> Crm:
    """A client of the server that answers what a test tells it to."""
    return Crm(transport=transport)


# --- record classes ---------------------------------------------------------------------------


def test_attributes(crm: Crm) -> None:
    names = [item.name for item in fields(Lead)]
    assert {"id", "company", "lead_status", "site_visits_1"} <= set(names)
    lead = crm.leads.get(LENA)
    assert isinstance(lead.created_time, datetime)
    assert (lead.lead_status, lead.email) == ("Site visit booked", "lena.brandt@example.org")


def test_attr_to_zoho_key(crm: Crm) -> None:
    assert Lead.fields.annual_revenue.api_name == "Annual_Revenue"
    # No rule leads from one to the other, in either direction.
    assert Lead.fields.site_visits_1.api_name == "Site_Visits_1"
    assert crm.leads.get(LENA).to_json()["Site_Visits_1"]


def test_request_path(crm: Crm, acme: Emulator) -> None:
    assert crm.site_visits.api_name == "Site_Visits"
    acme.clear_requests()
    list(crm.site_visits.list())
    assert calls(acme, "GET")[0].path == "/crm/v8/Site_Visits"


def test_new(crm: Crm) -> None:
    lead = Lead(last_name="Ito", email="ito@example.com")
    assert (lead.last_name, lead.email) == ("Ito", "ito@example.com")
    with pytest.raises(FieldNotFetched):
        _ = lead.company
    with pytest.raises(TypeError, match="did you mean 'company'"):
        Lead(compnay="Ito & Co")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def test_assign_attributes(crm: Crm) -> None:
    lead = Lead(last_name="Ito")
    lead.city = "Graz"
    assert lead == Lead(last_name="Ito", city="Graz")
    with pytest.raises(AttributeError):
        lead.ctiy = "Graz"  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]


# --- reading ----------------------------------------------------------------------------------


def test_find(crm: Crm) -> None:
    lead_id = LENA
    lead = crm.leads.get(lead_id)
    assert (lead.id, lead.last_name) == (LENA, "Brandt")
    assert lead.site_visits_1
    with pytest.raises(RecordNotFound):
        crm.leads.get(NOBODY)
    assert crm.leads.get_or_none(NOBODY) is None


def test_find_by(crm: Crm) -> None:
    lead = crm.leads.first(Lead.fields.email == "lena.brandt@example.org")
    assert lead is not None
    assert lead.id == LENA
    assert crm.leads.first(Lead.fields.email == "nobody@example.org") is None


def test_where_attribute(crm: Crm, acme: Emulator) -> None:
    acme.clear_requests()
    found = list(crm.leads.query().where(Lead.fields.last_name == "O'Neill"))
    # An apostrophe is only text, and a search by equals would find more than what equals.
    assert [lead.last_name for lead in found] == ["O'Neill"]
    assert [call.path for call in calls(acme, "POST")] == ["/crm/v8/coql"]


def test_where_criteria(crm: Crm, acme: Emulator) -> None:
    acme.clear_requests()
    f = Lead.fields
    found = crm.leads.search((f.city == "Eichenhof") & (f.lead_status != "New"))
    assert LENA in [lead.id for lead in found]
    (call,) = calls(acme, "GET")
    assert call.query["criteria"] == "((City:equals:Eichenhof)and(Lead_Status:not_equal:New))"


def test_where_email(crm: Crm) -> None:
    (lead,) = crm.leads.search(email="lena.brandt@example.org")
    assert lead.id == LENA


def test_where_phone(crm: Crm) -> None:
    (lead,) = crm.leads.search(phone="+49 30 555 0101")
    assert lead.id == LENA


def test_where_word(crm: Crm) -> None:
    assert LENA in [lead.id for lead in crm.leads.search(word="Brandt")]
    assert list(crm.leads.search(word="Nobodyatall")) == []


def test_all(crm: Crm, acme: Emulator) -> None:
    created = crm.leads.create_many([{"last_name": f"Lead {number}"} for number in range(250)])
    acme.clear_requests()
    leads = list(crm.leads.list(Lead.fields.last_name))
    assert set(created.ids) < {lead.id for lead in leads}
    assert len(calls(acme, "GET")) == 2
    with pytest.raises(FieldNotFetched, match=r"add Lead\.fields\.city"):
        _ = leads[0].city


def test_exists(crm: Crm) -> None:
    lead_id = LENA
    assert crm.leads.exists(lead_id)
    assert not crm.leads.exists(NOBODY)
    assert crm.leads.exists(Lead.fields.city == "Eichenhof")


# --- writing ----------------------------------------------------------------------------------


def test_create(crm: Crm, acme: Emulator) -> None:
    acme.clear_requests()
    lead_id = crm.leads.create(last_name="Ito", annual_revenue=Decimal("250000.05"))
    assert calls(acme, "POST")[0].body == {
        "data": [{"Last_Name": "Ito", "Annual_Revenue": Decimal("250000.05")}]
    }
    assert crm.leads.get(lead_id).annual_revenue == Decimal("250000.05")


def test_save_new(crm: Crm) -> None:
    lead = Lead(last_name="Ito")
    lead_id = crm.leads.save(lead)
    assert lead.id == lead_id
    assert crm.leads.get(lead_id).last_name == "Ito"


def test_save(crm: Crm, acme: Emulator) -> None:
    lead = crm.leads.get(LENA)
    lead.city = "Graz"
    acme.clear_requests()
    crm.leads.save(lead)
    assert calls(acme, "PUT")[0].body == {"data": [{"id": LENA, "City": "Graz"}]}
    after = crm.leads.get(LENA)
    assert (after.city, after.company) == ("Graz", "Familie Brandt")


def test_update_by_id(crm: Crm) -> None:
    lead_id = LENA
    crm.leads.update(lead_id, city="Graz", company=None)
    after = crm.leads.get(LENA)
    assert (after.city, after.company, after.last_name) == ("Graz", None, "Brandt")


def test_update_record(crm: Crm) -> None:
    lead = crm.leads.get(LENA)
    crm.leads.update(lead, city="Graz")
    assert crm.leads.get(LENA).city == "Graz"
    with pytest.raises(TypeError, match="did you mean 'city'"):
        crm.leads.update(lead, ctiy="Graz")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def test_update_all(crm: Crm, acme: Emulator) -> None:
    ids = crm.leads.create_many([{"last_name": f"Lead {number}"} for number in range(101)]).ids
    acme.clear_requests()
    results = crm.leads.update_many([{"id": lead_id, "city": "Graz"} for lead_id in ids])
    assert results.ids == ids
    assert [len(call.body["data"]) for call in calls(acme, "PUT")] == [100, 1]
    mixed = crm.leads.update_many([{"id": ids[0], "city": "Wien"}, {"id": NOBODY, "city": "Wien"}])
    assert [result.ok for result in mixed] == [True, False]
    assert isinstance(mixed[1].error, RecordNotFound)


def test_delete_record(crm: Crm) -> None:
    lead_id = crm.leads.create(last_name="Ito")
    crm.leads.delete(lead_id)
    assert not crm.leads.exists(lead_id)
    assert lead_id in [each.id for each in crm.leads.deleted()]
    with pytest.raises(RecordNotFound):
        crm.leads.delete(lead_id)


def test_new_record(crm: Crm) -> None:
    lead = Lead(last_name="Ito")
    assert not hasattr(lead, "id")
    crm.leads.save(lead)
    assert hasattr(lead, "id")


def test_to_params(crm: Crm) -> None:
    lead = Lead(last_name="Ito", annual_revenue=Decimal("0.10"), city=None)
    expected = {"Last_Name": "Ito", "Annual_Revenue": Decimal("0.10"), "City": None}
    assert lead.to_json() == expected


# --- validation -------------------------------------------------------------------------------


def test_validations(crm: Crm) -> None:
    assert facts_of(Lead)["company"]["max_length"] == 200
    assert facts_of(Lead)["company"].get("required") is None


def test_validate(crm: Crm, acme: Emulator) -> None:
    lead = Lead(last_name="Ito", company="x" * 201, lead_status="Won")
    acme.clear_requests()
    with pytest.raises(ValidationFailed) as caught:
        crm.leads.validate(lead)
    assert [(each.place, each.kind) for each in caught.value.problems] == [
        ("company", "length"),
        ("lead_status", "option"),
    ]
    strict = crm.leads.with_options(validate=True)
    with pytest.raises(ValidationFailed):
        strict.save(lead)
    assert acme.requests == []


# --- blueprint --------------------------------------------------------------------------------


def test_blueprint_transitions(crm: Crm) -> None:
    deal_id = new_deal(crm)
    transitions = crm.deals.blueprint(deal_id).transitions
    assert [step.name for step in transitions] == ["Book a visit", "Lose"]
    assert [field.api_name for field in transitions[0].fields] == ["Closing_Date"]


def test_blueprint_transition(crm: Crm) -> None:
    deal_id = new_deal(crm)
    blueprint = crm.deals.blueprint(deal_id)
    step = blueprint.transition("Book a visit")
    blueprint.apply(step, {"closing_date": date(2026, 9, 1)})
    assert crm.deals.get(deal_id).closing_date == date(2026, 9, 1)
    assert crm.deals.blueprint(deal_id).value == "Site visit"


# --- notes ------------------------------------------------------------------------------------


def test_add_note(crm: Crm) -> None:
    lead_id = crm.leads.create(last_name="Ito")
    note_id = crm.leads.notes(lead_id).add("Call back on Monday", title="Phone")
    (note,) = crm.leads.notes(lead_id).list()
    assert (note.id, note.title, note.content) == (note_id, "Phone", "Call back on Monday")


def test_notes(crm: Crm) -> None:
    lead = crm.leads.get(LENA)
    (note,) = crm.leads.notes(lead).list()
    assert note.content == "☀️ 屋根は南向き"
    assert note.created_time is not None
    assert list(crm.leads.notes(crm.leads.create(last_name="Ito")).list()) == []


# --- related lists ----------------------------------------------------------------------------


def test_all_related(crm: Crm) -> None:
    account_id = ROSENTAL
    contacts = list(crm.accounts.related(account_id).contacts.list())
    assert [contact.id for contact in contacts] == ["6100000000000402001"]
    assert isinstance(contacts[0], Contact)
    assert isinstance(crm.accounts.get(account_id), Account)


def test_add_related(crm: Crm) -> None:
    deal: Deal = next(crm.deals.list())
    product: Product = next(crm.products.list())
    crm.deals.related(deal).products.link(product)
    assert [each.id for each in crm.deals.related(deal).products.list()] == [product.id]


def test_update_related(crm: Crm) -> None:
    campaign: Campaign = next(crm.campaigns.list())
    lead = crm.leads.get(LENA)
    crm.campaigns.related(campaign).leads.link(lead, status="Invited")
    (member,) = crm.campaigns.related(campaign).leads.list(Lead.fields.last_name)
    assert (member.id, member.extra) == (LENA, {"Member_Status": "Invited"})


def test_remove_related(crm: Crm) -> None:
    deal, product = next(crm.deals.list()), next(crm.products.list())
    crm.deals.related(deal).products.link(product)
    crm.deals.related(deal).products.unlink(product)
    assert list(crm.deals.related(deal).products.list()) == []
    assert crm.products.exists(product)


# --- attachments ------------------------------------------------------------------------------


def test_related_attachments(crm: Crm) -> None:
    deal_id = new_deal(crm)
    assert list(crm.deals.attachments(deal_id).list()) == []
    crm.deals.attachments(deal_id).upload(b"%PDF", name="offer.pdf")
    (attachment,) = crm.deals.attachments(deal_id).list()
    assert (attachment.name, attachment.size) == ("offer.pdf", 4)


def test_download_attachment(crm: Crm, tmp_path: Path) -> None:
    deal_id, content = new_deal(crm), bytes(range(256)) * 1000
    attachment_id = crm.deals.attachments(deal_id).upload(content, name="offer.pdf")
    to = tmp_path / "offer.pdf"
    crm.deals.attachments(deal_id).download(attachment_id, to)
    assert to.read_bytes() == content


# --- notifications ----------------------------------------------------------------------------


def test_enable(crm: Crm, acme: Emulator) -> None:
    url = f"{acme.connection.api_domain}/hook"
    events = crm.leads.events("create", "edit")
    channel = Subscription("1000", events, url, token="secret")
    opened = crm.notifications.subscribe(channel, lasting=timedelta(days=1))
    assert opened.expires is not None
    (found,) = crm.notifications.list()
    assert [str(event) for event in found.events] == ["Leads.create", "Leads.edit"]
    with pytest.raises(ValueError, match="Zoho takes digits"):
        Subscription("channel", events, url)


def test_notifications_all(crm: Crm, acme: Emulator) -> None:
    url = f"{acme.connection.api_domain}/hook"
    assert crm.notifications.list() == []
    for number in ("1000", "1001"):
        crm.notifications.subscribe(Subscription(number, crm.leads.events(), url))
    assert [each.channel_id for each in crm.notifications.list()] == ["1000", "1001"]
    crm.notifications.delete("1000", "1001")
    assert crm.notifications.list() == []


# --- errors -----------------------------------------------------------------------------------


def test_record_not_found(crm: Crm) -> None:
    with pytest.raises(RecordNotFound, match=r"GET /crm/v8/Leads/4999999999999999 failed"):
        crm.leads.get(NOBODY)
    assert issubclass(RecordNotFound, LookupError)


def test_record_invalid(crm: Crm) -> None:
    with pytest.raises(InvalidData, match=r"field Email.*takes email"):
        crm.leads.update(LENA, email="no address")
    assert crm.leads.get(LENA).email == "lena.brandt@example.org"


def test_validation_error(crm: Crm) -> None:
    with pytest.raises(ValidationFailed, match="company: at most 200 characters"):
        crm.leads.validate({"last_name": "Ito", "company": "x" * 201})


def test_invalid_token(crm: Crm, acme: Emulator) -> None:
    acme.inject(Fault("status", status=401, times=2))
    with pytest.raises(InvalidToken):
        crm.leads.get(LENA)
    assert crm.leads.get(LENA).id == LENA


def test_authentication_failure(answering: Crm, server: Server) -> None:
    # The emulator refuses tokens with the other code alone.
    for _ in range(2):
        server.reply(401, {"code": "AUTHENTICATION_FAILURE", "message": "Authentication failed"})
    with pytest.raises(InvalidToken):
        answering.leads.get(LENA)
    assert len(server.token_requests) == 2


def test_internal_error(crm: Crm, acme: Emulator) -> None:
    acme.inject(Fault("status", status=500, times=20))
    with pytest.raises(ServerError) as caught:
        crm.leads.get(LENA)
    assert caught.value.code == "INTERNAL_ERROR"


def test_invalid_request(crm: Crm) -> None:
    with pytest.raises(InvalidRequest):
        crm.request("PUT", "org")


def test_invalid_module(crm: Crm) -> None:
    with pytest.raises(InvalidModule):
        crm.request("GET", "Leeds", params={"fields": "id"})


def test_no_permission(crm: Crm, acme: Emulator) -> None:
    acme.inject(Fault("status", status=403))
    with pytest.raises(NoPermission):
        crm.leads.delete(LENA)
    assert crm.leads.exists(LENA)


def test_mandatory_not_found(crm: Crm) -> None:
    with pytest.raises(MandatoryNotFound, match="field Last_Name"):
        crm.leads.create()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    assert issubclass(MandatoryNotFound, InvalidData)


def test_record_in_blueprint(answering: Crm, server: Server) -> None:
    # The emulator lets any update through, as Zoho does where the blueprint allows it.
    item = {
        "code": "RECORD_IN_BLUEPRINT",
        "details": {"id": "7"},
        "message": "m",
        "status": "error",
    }
    server.reply(400, {"data": [item]})
    with pytest.raises(RecordInBlueprint, match="record 7"):
        answering.deals.update("7", stage="Won")


def test_too_many_requests(crm: Crm, acme: Emulator) -> None:
    acme.inject(Fault("status", status=429, times=2))
    assert crm.leads.get(LENA).id == LENA
    acme.inject(Fault("status", status=429, times=20))
    with pytest.raises(TooManyRequests):
        crm.leads.get(LENA)


def test_record_not_in_process(crm: Crm) -> None:
    with pytest.raises(RecordNotInProcess):
        crm.leads.blueprint(LENA)


def test_zoho_api_error(crm: Crm) -> None:
    with pytest.raises(ApiError) as caught:
        crm.leads.update(LENA, email="no address")
    error = caught.value
    assert (error.code, error.status) == ("INVALID_DATA", 400)
    assert error.details["api_name"] == "Email"
    assert isinstance(error, ZohoError)

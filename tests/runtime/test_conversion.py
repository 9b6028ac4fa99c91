"""Lead conversion, against the emulator and in both shapes of answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from zohohub.errors import ApiError, DuplicateData, MandatoryNotFound, RecordNotFound
from zohohub.values import Ref
from zohohub_gen.emulator import Emulator

if TYPE_CHECKING:
    from acme_crm import Crm


def test_a_lead_becomes_an_account_a_contact_and_a_deal(crm: Crm, acme: Emulator) -> None:
    lead = crm.leads.get(
        crm.leads.create(
            last_name="Adler", first_name="Eva", company="Adler KG", email="eva@example.com"
        )
    )
    acme.clear_requests()
    done = crm.leads.convert(
        lead,
        deal={
            "deal_name": "Adler roof",
            "pipeline": "Residential",
            "stage": "Enquiry",
            "closing_date": date(2026, 10, 1),
            "amount": Decimal("9000.10"),
        },
        notify_new_owner=True,
        contact_role="Decision Maker",
        move_attachments_to="Deals",
    )
    assert acme.requests[0].body == {
        "data": [
            {
                "overwrite": False,
                "notify_lead_owner": False,
                "notify_new_entity_owner": True,
                "move_attachments_to": {"api_name": "Deals"},
                "Deals": {
                    "Deal_Name": "Adler roof",
                    "Pipeline": "Residential",
                    "Stage": "Enquiry",
                    "Closing_Date": "2026-10-01",
                    "Amount": Decimal("9000.10"),
                    "Contact_Role": "Decision Maker",
                },
            }
        ]
    }
    assert done.account is not None
    assert done.contact is not None
    assert done.deal is not None
    assert done.job_id is None
    assert done.account.name == "Adler KG"
    contact = crm.contacts.get(done.contact)
    assert (contact.first_name, contact.email) == ("Eva", "eva@example.com")
    assert contact.account_name == done.account
    deal = crm.deals.get(done.deal)
    assert (deal.amount, deal.closing_date) == (Decimal("9000.10"), date(2026, 10, 1))
    assert (deal.account_name, deal.contact_name) == (done.account, done.contact)
    converted = crm.leads.get(lead)
    assert converted.converted is True
    assert converted.converted_account == done.account
    with pytest.raises(ApiError) as caught:
        crm.leads.convert(lead)
    assert caught.value.code == "ID_ALREADY_CONVERTED"


def test_a_converted_lead_is_not_listed(crm: Crm) -> None:
    f = crm.leads.record_type.fields
    lead = crm.leads.create(last_name="Adler")
    assert lead in {row.id for row in crm.leads.list(f.last_name)}
    crm.leads.convert(lead)
    assert lead not in {row.id for row in crm.leads.list(f.last_name)}
    assert lead in {row.id for row in crm.leads.list(f.last_name, converted=True)}


def test_into_records_that_are_there(crm: Crm) -> None:
    account = crm.accounts.create(account_name="Old & Sons")
    contact = crm.contacts.create(last_name="Old", phone="1")
    lead = crm.leads.create(last_name="New", company="New & Sons", phone="2")
    owner = crm.users.current().ref
    done = crm.leads.convert(lead, account=account, contact=Ref(contact), assign_to=owner)
    assert done.account == Ref(account)
    assert done.contact == Ref(contact)
    assert done.deal is None
    assert crm.contacts.get(contact).phone == "1"

    lead = crm.leads.create(last_name="New", phone="2")
    done = crm.leads.convert(lead, contact=crm.contacts.get(contact), overwrite=True)
    assert done.account is None
    assert crm.contacts.get(contact).phone == "2"
    assert crm.contacts.get(contact).last_name == "New"


def test_what_zoho_refuses_changes_nothing(crm: Crm) -> None:
    lead = crm.leads.create(last_name="Adler", company="Adler KG")
    accounts = crm.accounts.query().count()
    with pytest.raises(MandatoryNotFound, match="Stage"):
        crm.leads.convert(lead, deal={"deal_name": "x", "pipeline": "Residential"})
    with pytest.raises(ApiError, match="the id given"):
        crm.leads.convert(lead, account="1")
    with pytest.raises(ValueError, match="give the deal too"):
        crm.leads.convert(lead, contact_role="Buyer")
    with pytest.raises(RecordNotFound):
        crm.leads.convert("1")
    with pytest.raises(ValueError, match="not the id of a record"):
        crm.leads.convert("../Deals")
    assert crm.accounts.query().count() == accounts
    assert crm.leads.get(lead).converted is False


@pytest.mark.parametrize(
    "answer",
    [
        {"data": [{"Contacts": "11", "Deals": None, "Accounts": "13"}]},
        {
            "data": [
                {
                    "code": "SUCCESS",
                    "details": {
                        "Contacts": {"name": "Eva", "id": "11"},
                        "Deals": None,
                        "Accounts": {"name": "Adler", "id": "13"},
                    },
                    "message": "The record has been converted successfully",
                    "status": "success",
                }
            ]
        },
    ],
)
def test_both_shapes_of_the_answer(server: Any, transport: Any, answer: Any) -> None:
    from acme_crm.leads import Leads

    server.reply(200, answer)
    done = Leads(transport).convert("1")
    assert (done.account, done.contact, done.deal) == (Ref("13"), Ref("11"), None)


def test_other_answers(server: Any, transport: Any) -> None:
    from acme_crm.leads import Leads

    leads = Leads(transport)
    item = {"code": "SCHEDULED", "details": {"job_id": "77"}, "message": "", "status": "success"}
    server.reply(202, {"data": [item]})
    done = leads.convert("1")
    assert (done.account, done.job_id) == (None, "77")
    refused = {"code": "DUPLICATE_DATA", "details": {}, "message": "x", "status": "error"}
    server.reply(202, {"data": [refused]})
    with pytest.raises(DuplicateData):
        leads.convert("1")


def test_the_orgs_own_mapping(
    tmp_path: Path,
    copy_acme: Callable[[Path], Path],
    connect: Callable[[Emulator], Any],
) -> None:
    from acme_crm import Crm

    folder = copy_acme(tmp_path)
    path = folder / "fields" / "Leads.json"
    content = json.loads(path.read_text("utf-8"))
    mappings = {
        "Last_Name": {"Contacts": "Last_Name"},
        "City": {"Contacts": "Mailing_City", "Accounts": "Billing_City"},
        "Company": {"Accounts": "Account_Name", "Deals": "Description"},
    }
    for field in content["fields"]:
        if field["api_name"] in mappings:
            field["convert_mapping"] = mappings[field["api_name"]]
    path.write_text(json.dumps(content), "utf-8")
    with Emulator(folder) as emulator:
        crm = Crm(transport=connect(emulator))
        lead = crm.leads.create(last_name="A", company="B", city="Bonn", phone="1")
        done = crm.leads.convert(
            lead, deal={"deal_name": "x", "pipeline": "Residential", "stage": "Enquiry"}
        )
        assert done.account is not None
        assert done.contact is not None
        assert done.deal is not None
        assert crm.accounts.get(done.account).billing_city == "Bonn"
        contact = crm.contacts.get(done.contact)
        assert (contact.mailing_city, contact.phone) == ("Bonn", None)
        assert crm.deals.get(done.deal).description == "B"

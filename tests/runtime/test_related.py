"""Related lists: read, link, unlink, over real HTTP."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from acme_crm import Account, Campaign, Contact, Crm, Lead, Product
from zohohub.drift import Drift
from zohohub.errors import (
    ApiError,
    FieldNotFetched,
    InvalidData,
    RecordNotFound,
    UnexpectedAnswer,
)
from zohohub.records import columns_of
from zohohub.related import PricedRecords, Related, RelatedRecords, RelatedRows
from zohohub.transport import Transport
from zohohub.values import Ref
from zohohub_gen.emulator import Emulator, Fault

from .bindings import FIRST_ID, Things, Wides, calls, things
from .conftest import Server

Start = Callable[..., Emulator]
Connect = Callable[[Emulator], Transport]

ROSENTAL = "6100000000000403001"
LENA = "6100000000000401001"
NOBODY = "4999999999999999"


def paths(emulator: Emulator) -> list[str]:
    return [f"{each.method} {each.path.removeprefix('/crm/v8/')}" for each in emulator.requests]


# --- reading ----------------------------------------------------------------------------------


def test_the_records_of_a_list_are_typed(crm: Crm, acme: Emulator) -> None:
    acme.clear_requests()
    (contact,) = crm.accounts.related(ROSENTAL).contacts.list(
        Contact.fields.email, Contact.fields.last_name
    )
    assert isinstance(contact, Contact)
    assert contact.id == "6100000000000402001"
    assert contact.last_name
    with pytest.raises(FieldNotFetched):
        _ = contact.phone
    (call,) = [each for each in acme.requests if each.path.startswith("/crm/")]
    assert call.path == f"/crm/v8/Accounts/{ROSENTAL}/Contacts"
    assert call.query == {"fields": "Email,Last_Name", "per_page": "200"}


def test_without_columns_everything_that_lists_have_is_read(crm: Crm) -> None:
    account = crm.accounts.get(ROSENTAL)
    deals = list(crm.accounts.related(account).deals.list())
    assert [deal.id for deal in deals] == ["6100000000000404004", "6100000000000404001"]
    assert all(deal.account_name == Ref(ROSENTAL) for deal in deals)
    assert list(crm.accounts.related(Ref[Account](ROSENTAL)).tasks.list()) == []


def test_lists_follow_the_lookup_that_makes_them(crm: Crm) -> None:
    (child,) = crm.accounts.related(ROSENTAL).child_accounts.list(Account.fields.account_name)
    assert child.account_name == "Rosental Service GmbH"
    installation = next(crm.installations.related("6100000000000417001").residents.list())
    assert installation.resident == Ref("6100000000000402001")
    visits = crm.leads.related(LENA).visits_of_person.list()
    assert {visit.visited_person for visit in visits} == {Ref(LENA)}
    made = crm.tasks.create(subject="Call", what_id=Ref[Lead](LENA, module="Leads"))
    assert made in [task.id for task in crm.leads.related(LENA).tasks.list()]
    assert made not in [task.id for task in crm.accounts.related(ROSENTAL).tasks.list()]


def test_what_is_written_shows_in_the_list(crm: Crm) -> None:
    lists = crm.accounts.related(ROSENTAL)
    before = len(list(lists.contacts.list(Contact.fields.id)))
    made = crm.contacts.create(last_name="Sandoval", account_name=ROSENTAL)
    assert len(list(lists.contacts.list(Contact.fields.id))) == before + 1
    crm.contacts.delete(made)
    assert len(list(lists.contacts.list(Contact.fields.id))) == before


def test_more_than_fifty_columns_and_more_than_one_page(start: Start, connect: Connect) -> None:
    rows = [{"id": str(FIRST_ID + n), "Text_001": str(n), "Text_129": str(n)} for n in range(250)]
    emulator = start({"Wide": rows, "Things": things(1)})
    transport = connect(emulator)

    class Everything:
        """A list of all records, which the org of these tests does not have."""

        def request(self, method: str, path: str, **more: Any) -> Any:
            return transport.request(method, path.replace("Things/7/All", "Wide"), **more)

        def download(self, path: str, **more: Any) -> Any:
            raise AssertionError(path)

    wide = RelatedRecords(Related(Everything(), "Things", "7"), "All", Wides)
    found = list(wide.list())
    assert [row.text_129 for row in found] == [str(n) for n in reversed(range(250))]
    columns = list(columns_of(Wides.record_type).values())[:3]
    assert len(list(wide.list(*columns))) == 250


def test_pages_by_token_and_by_number(server: Server, transport: Transport) -> None:
    def info(**more: Any) -> dict[str, Any]:
        return {"more_records": True, **more}

    server.reply(200, {"data": [{"id": "1"}], "info": info(next_page_token="t1")})
    server.reply(200, {"data": [{"id": "2"}], "info": info(next_page_token=None)})
    server.reply(200, {"data": [{"id": "3"}], "info": info()})
    server.reply(200, {"data": [{"id": "4"}], "info": {"more_records": False}})
    rows = RelatedRows(Related(transport, "Things", "7"), "Odd").list("Name", "Code")
    assert [row["id"] for row in rows] == ["1", "2", "3", "4"]
    common = {"fields": "Name,Code", "per_page": "200"}
    assert [each.params for each in server.requests] == [
        common,
        common | {"page_token": "t1"},
        common | {"page": "3"},
        common | {"page": "4"},
    ]
    assert {each.path for each in server.requests} == {"/crm/v8/Things/7/Odd"}


def test_rows_of_modules_without_a_class(crm: Crm, server: Server, transport: Transport) -> None:
    visits = crm.leads.related(LENA).visits
    assert isinstance(visits, RelatedRows)
    rows = RelatedRows(Related(transport, "Leads", "7"), "Visits")
    server.reply(204)
    assert list(rows.list("Time_Spent")) == []
    server.reply(200, {"visits": []})
    with pytest.raises(UnexpectedAnswer, match="JSON without data"):
        list(rows.list("Time_Spent"))
    for names in ([], [f"F{n}" for n in range(51)]):
        with pytest.raises(ValueError, match="1 to 50 fields"):
            rows.list(*names)


def test_what_cannot_be_read(crm: Crm, acme: Emulator) -> None:
    with pytest.raises(RecordNotFound):
        list(crm.accounts.related(NOBODY).contacts.list())
    with pytest.raises(ValueError, match="not the id of a record"):
        crm.accounts.related("1/Contacts")
    with pytest.raises(ValueError, match="out of lists"):
        crm.accounts.related(ROSENTAL).installations.list(
            crm.installations.record_type.fields.residents
        )
    with pytest.raises(ApiError, match="relation name"):
        list(RelatedRecords(crm.accounts.related(ROSENTAL), "Nonsense", Things).list())


def test_drift_is_told_of_lists_too(crm: Crm, acme: Emulator, drifts: list[Drift]) -> None:
    # The sample org has a deal in a stage that was taken out of the picklist.
    for account in crm.accounts.list():
        list(crm.accounts.related(account).deals.list())
    assert [(drift.module, drift.field) for drift in drifts] == [("Deals", "Stage")]


def test_a_list_imports_its_module_when_it_is_used() -> None:
    program = """
import sys
from acme_crm.accounts import AccountRelated
assert "acme_crm.contacts" not in sys.modules
related = AccountRelated(None, "Accounts", "1")
print(related)
assert "acme_crm.contacts" not in sys.modules
print(related.contacts)
assert "acme_crm.contacts" in sys.modules
assert "requests" not in sys.modules
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == ("<AccountRelated of Accounts/1>\n<RelatedRecords Accounts/1/Contacts>\n")


# --- linking ----------------------------------------------------------------------------------


def test_link_and_unlink(crm: Crm, acme: Emulator) -> None:
    product = next(crm.products.list())
    deal = next(crm.deals.list())
    products = crm.deals.related(deal).products
    acme.clear_requests()
    products.link(product)
    products.link(product)
    assert [each.id for each in products.list(Product.fields.id)] == [product.id]
    assert [each.id for each in crm.products.related(product).deals.list()] == [deal.id]
    products.unlink(product)
    assert list(products.list()) == []
    assert list(crm.products.related(product).deals.list()) == []
    with pytest.raises(RecordNotFound):
        products.unlink(product)
    with pytest.raises(RecordNotFound):
        products.link(NOBODY)
    with pytest.raises(ValueError, match="not the id of a record"):
        products.link("1/2")
    first = calls(acme, "PUT")[0]
    assert first.path == f"/crm/v8/Deals/{deal.id}/Products/{product.id}"
    assert first.body == {"data": [{"id": product.id}]}


def test_link_many(crm: Crm, acme: Emulator) -> None:
    leads = [crm.leads.create(last_name=f"Lead {number}") for number in range(3)]
    campaign = next(crm.campaigns.list())
    members = crm.campaigns.related(campaign).leads
    acme.clear_requests()
    results = members.link_many([leads[0], NOBODY, Ref[Lead](leads[1])], status="Invited")
    assert [result.ok for result in results] == [True, False, True]
    assert isinstance(results[1].error, RecordNotFound)
    found = {lead.id: lead.extra for lead in members.list(Lead.fields.last_name)}
    assert found == {leads[0]: {"Member_Status": "Invited"}, leads[1]: {"Member_Status": "Invited"}}
    members.link(leads[0], status="Responded")
    (own,) = crm.leads.related(leads[0]).campaigns.list(Campaign.fields.campaign_name)
    assert own.extra == {"Member_Status": "Responded"}
    members.link(leads[2])
    removed = members.unlink_many([leads[0], leads[2]])
    assert removed.ids == [leads[0], leads[2]]
    assert [lead.id for lead in members.list()] == [leads[1]]
    assert calls(acme, "DELETE")[-1].query == {"ids": f"{leads[0]},{leads[2]}"}
    assert calls(acme, "PUT")[0].body == {
        "data": [
            {"id": record_id, "Member_Status": "Invited"}
            for record_id in (leads[0], NOBODY, leads[1])
        ]
    }


def test_links_go_in_batches(server: Server, transport: Transport) -> None:
    def answer(seen: Any) -> Any:
        items = seen.json["data"] if seen.method == "PUT" else seen.params["ids"].split(",")
        ids = [item["id"] if isinstance(item, dict) else item for item in items]
        return {"data": [{"code": "SUCCESS", "details": {"id": each}} for each in ids]}

    server.responder = answer
    books = PricedRecords(Related(transport, "Products", "7"), "Price_Books", Things)
    ids = [str(FIRST_ID + n) for n in range(250)]
    assert books.link_many(ids, list_price=Decimal("9.50")).ids == ids
    assert books.unlink_many(ids).ids == ids
    assert [len(each.json["data"]) for each in server.requests[:3]] == [100, 100, 50]
    assert server.requests[0].json["data"][0] == {"id": ids[0], "list_price": 9.5}
    assert b'"list_price":9.50' in server.requests[0].body.replace(b" ", b"")
    books.link(ids[0], list_price=3)
    assert server.requests[-1].path == f"/crm/v8/Products/7/Price_Books/{ids[0]}"


def test_contact_roles(crm: Crm, acme: Emulator) -> None:
    deal = next(crm.deals.list())
    contact = next(crm.contacts.list())
    roles = crm.deals.related(deal).contact_roles
    decider, *others = roles.roles()
    assert (decider.id, decider.name) == ("6100000000000006871", "Decision Maker")
    assert len(others) == 3
    roles.link(contact, role=decider)
    (found,) = roles.list(Contact.fields.last_name)
    assert (found.id, found.extra) == (
        contact.id,
        {"Contact_Role": {"id": "6100000000000006871"}},
    )
    with pytest.raises(ValueError, match="not the id"):
        roles.link(contact, role="Decision Maker")
    other = crm.contacts.create(last_name="Roe")
    acme.clear_requests()
    results = roles.link_many([contact, NOBODY, other], role=others[0])
    assert [result.ok for result in results] == [True, False, True]
    assert {each.id: each.extra for each in roles.list(Contact.fields.last_name)} == {
        contact.id: {"Contact_Role": {"id": others[0].id}},
        other: {"Contact_Role": {"id": others[0].id}},
    }
    (put,) = calls(acme, "PUT")
    assert put.path == f"/crm/v8/Deals/{deal.id}/Contact_Roles"
    assert put.body["data"][0] == {"id": contact.id, "Contact_Role": {"id": others[0].id}}
    assert roles.unlink_many([contact, other]).ids == [contact.id, other]
    assert list(roles.list()) == []


def test_links_are_no_drift(crm: Crm, drifts: list[Drift]) -> None:
    campaign = next(crm.campaigns.list())
    members = crm.campaigns.related(campaign).contacts
    members.link(next(crm.contacts.list()), status="Invited")
    drifts.clear()
    assert len(list(members.list(Contact.fields.last_name))) == 1
    assert drifts == []


def test_a_list_that_a_lookup_makes_is_not_linked(crm: Crm, acme: Emulator) -> None:
    path = f"Accounts/{ROSENTAL}/Contacts"
    with pytest.raises(ApiError, match="NOT_SUPPORTED"):
        crm.request("PUT", path, json={"data": [{"id": "6100000000000402002"}]})
    assert not hasattr(crm.accounts.related(ROSENTAL).contacts, "link")


def test_a_lost_answer_is_asked_for_again(crm: Crm, acme: Emulator) -> None:
    product = next(crm.products.list())
    products = crm.deals.related(next(crm.deals.list())).products
    acme.inject(Fault("cut_after", method="PUT"))
    products.link(product)
    acme.inject(Fault("cut_after", method="DELETE"))
    products.unlink(product)
    assert list(products.list()) == []


def test_records_of_a_related_list_can_be_asked_for_one_by_one(crm: Crm) -> None:
    contact = "6100000000000402001"
    answer = crm.request(
        "GET", f"Accounts/{ROSENTAL}/Contacts/{contact}", params={"fields": "Email"}
    )
    assert answer.json is not None
    assert answer.json["data"][0]["id"] == contact
    other = crm.request(
        "GET", f"Accounts/{ROSENTAL}/Contacts/6100000000000402002", params={"fields": "Email"}
    )
    assert other.status == 204
    with pytest.raises(InvalidData):
        crm.request("GET", f"Accounts/{ROSENTAL}/Emails", params={"fields": "id"})

"""Composite requests, against the emulator."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from zohohub.composite import Composite
from zohohub.errors import (
    ApiError,
    ConfigurationError,
    MandatoryNotFound,
    RecordNotFound,
    WriteUnknown,
)
from zohohub.transport import Transport
from zohohub.values import Ref
from zohohub_gen.emulator import Emulator

if TYPE_CHECKING:
    from acme_crm import Crm


def test_calls_that_refer_to_each_other(crm: Crm, acme: Emulator) -> None:
    batch = crm.composite()
    account = crm.accounts.queue(batch, lambda accounts: accounts.create(account_name="Adler KG"))
    contact = crm.contacts.queue(
        batch,
        lambda contacts: contacts.create(last_name="Adler", account_name=account.ref()),
    )
    read = crm.contacts.queue(batch, lambda contacts: contacts.get(contact.ref()))
    city = crm.accounts.queue(
        batch,
        lambda accounts: accounts.update(
            account.ref(), billing_city=read.reference("$.data[0].Last_Name")
        ),
    )
    batch.send()
    (request,) = [each for each in acme.requests if each.path.startswith("/crm/")]
    assert (request.method, request.path) == ("POST", "/crm/v8/__composite_requests")
    assert request.body == {
        "rollback_on_fail": False,
        "parallel_execution": False,
        "__composite_requests": [
            {
                "sub_request_id": "1",
                "method": "POST",
                "uri": "/crm/v8/Accounts",
                "body": {"data": [{"Account_Name": "Adler KG"}]},
            },
            {
                "sub_request_id": "2",
                "method": "POST",
                "uri": "/crm/v8/Contacts",
                "body": {
                    "data": [
                        {
                            "Last_Name": "Adler",
                            "Account_Name": {"id": "@{1:$.data[0].details.id}"},
                        }
                    ]
                },
            },
            {
                "sub_request_id": "3",
                "method": "GET",
                "uri": "/crm/v8/Contacts/@{2:$.data[0].details.id}",
            },
            {
                "sub_request_id": "4",
                "method": "PUT",
                "uri": "/crm/v8/Accounts",
                "body": {
                    "data": [
                        {
                            "Billing_City": "@{3:$.data[0].Last_Name}",
                            "id": "@{1:$.data[0].details.id}",
                        }
                    ]
                },
            },
        ],
    }
    assert read.result.id == contact.result
    assert read.result.account_name == Ref(account.result)
    assert city.result is None
    assert city.error is None
    assert crm.accounts.get(account.result).billing_city == "Adler"


def test_a_call_that_fails_leaves_the_others(crm: Crm) -> None:
    lead = crm.leads.create(last_name="Adler")
    batch = crm.composite(parallel_execution=True)
    wrong = crm.deals.queue(
        batch, lambda deals: deals.create_many([{"deal_name": "x", "stage": "Enquiry"}])
    )
    gone = crm.leads.queue(batch, lambda leads: leads.get("1"))
    missing = crm.leads.queue(batch, lambda leads: leads.get_or_none("1"))
    deleted = crm.leads.queue(batch, lambda leads: leads.delete(lead))
    found = crm.leads.queue(batch, lambda leads: list(leads.search(word="Kowalczyk")))
    batch.send()
    (result,) = wrong.result
    assert isinstance(result.error, MandatoryNotFound)
    assert isinstance(gone.error, RecordNotFound)
    with pytest.raises(RecordNotFound):
        _ = gone.result
    assert missing.result is None
    assert deleted.result is None
    assert [row.last_name for row in found.result] == ["Kowalczyk"]
    assert not crm.leads.exists(lead)


def test_rollback(crm: Crm) -> None:
    before = crm.accounts.query().count()
    batch = crm.composite(rollback_on_fail=True)
    account = crm.accounts.queue(batch, lambda accounts: accounts.create(account_name="Adler KG"))
    wrong = crm.contacts.queue(
        batch, lambda contacts: contacts.update(account.ref().id, last_name="x")
    )
    never = crm.accounts.queue(batch, lambda accounts: accounts.create(account_name="B"))
    batch.send()
    assert isinstance(account.error, ApiError)
    assert account.error.code == "ROLLBACK_PERFORMED"
    assert isinstance(wrong.error, RecordNotFound)
    assert isinstance(never.error, ApiError)
    assert never.error.code == "PROCESSING_STOPPED"
    with pytest.raises(ApiError):
        _ = account.result
    assert crm.accounts.query().count() == before

    batch = crm.composite(rollback_on_fail=True)
    calls = [
        crm.accounts.queue(batch, lambda accounts, name=name: accounts.create(account_name=name))
        for name in ("A1", "A2")
    ]
    batch.send()
    assert [crm.accounts.get(call.result).account_name for call in calls] == ["A1", "A2"]


def test_a_reference_to_what_is_not_there(crm: Crm) -> None:
    batch = crm.composite()
    first = crm.leads.queue(batch, lambda leads: leads.get("1"))
    second = crm.leads.queue(batch, lambda leads: leads.get(first.ref()))
    batch.send()
    assert isinstance(second.error, ApiError)
    assert second.error.code == "INVALID_REFERENCE"


def test_what_cannot_be_queued(crm: Crm) -> None:
    with pytest.raises(ValueError, match="choose one"):
        crm.composite(rollback_on_fail=True, parallel_execution=True)
    batch = crm.composite()
    with pytest.raises(ValueError, match="queue some calls first"):
        batch.send()
    with pytest.raises(ValueError, match="makes no call"):
        crm.leads.queue(batch, lambda leads: leads.search(word="x"))
    with pytest.raises(ValueError, match="one record a call"):
        crm.leads.queue(batch, lambda leads: leads.delete_many(["1", "2"]))
    with pytest.raises(ValueError, match="no files"):
        crm.leads.queue(batch, lambda leads: leads.photo("1"))
    with pytest.raises(TypeError, match="no field 'nothing'"):
        crm.leads.queue(batch, lambda leads: leads.create(last_name="x", nothing=1))
    for _ in range(5):
        call = crm.leads.queue(batch, lambda leads: leads.get("1"))
    with pytest.raises(ValueError, match="takes 5 calls"):
        crm.leads.queue(batch, lambda leads: leads.get("1"))
    with pytest.raises(ValueError, match="not sent yet"):
        _ = call.result
    with pytest.raises(ValueError, match="is not a path"):
        call.reference("data")
    with pytest.raises(ValueError, match="is not a path"):
        call.reference("$.data}/../x")
    batch.send()
    with pytest.raises(ValueError, match="sent already"):
        batch.send()
    with pytest.raises(ValueError, match="sent already"):
        crm.leads.queue(batch, lambda leads: leads.get("1"))
    parallel = crm.composite(parallel_execution=True)
    call = crm.leads.queue(parallel, lambda leads: leads.get("1"))
    with pytest.raises(ValueError, match="cannot refer"):
        call.ref()


def test_a_function_of_two_calls(crm: Crm) -> None:
    batch = crm.composite()
    call = crm.leads.queue(
        batch, lambda leads: (leads.create(last_name="A"), leads.create(last_name="B"))
    )
    batch.send()
    assert isinstance(call.error, ConfigurationError)
    assert "one call only" in str(call.error)
    assert crm.leads.query().where(crm.leads.record_type.fields.last_name == "A").count() == 1
    assert crm.leads.query().where(crm.leads.record_type.fields.last_name == "B").count() == 0


def test_a_function_that_fails_with_the_answer(crm: Crm) -> None:
    batch = crm.composite()
    first = crm.leads.queue(batch, lambda leads: [leads.get("6100000000000401001")][1])
    second = crm.leads.queue(batch, lambda leads: leads.create(last_name="A"))
    batch.send()
    assert isinstance(first.error, IndexError)
    with pytest.raises(IndexError):
        _ = first.result
    assert crm.leads.get(second.result).last_name == "A", "the calls behind it have their results"


def test_an_answer_without_a_status(server: Any, transport: Transport) -> None:
    from acme_crm import Crm

    crm = Crm(transport=transport)
    batch = crm.composite()
    calls = [crm.leads.queue(batch, lambda leads: leads.get("1")) for _ in "ab"]
    good = {"body": {"data": [{"id": "1"}]}, "status_code": 200}
    items = [{"code": "SUCCESS", "details": {"response": each}} for each in ({"body": {}}, good)]
    server.reply(200, {"__composite_requests": items})
    batch.send()
    assert isinstance(calls[0].error, ApiError)
    assert calls[1].result.id == "1"


def test_a_lost_answer(crm: Crm, server: Any, transport: Transport) -> None:
    from acme_crm import Crm

    crm = Crm(transport=transport)
    batch = crm.composite()
    write = crm.leads.queue(batch, lambda leads: leads.create(last_name="A"))
    crm.leads.queue(batch, lambda leads: leads.get("1"))
    server.cut()
    with pytest.raises(WriteUnknown):
        batch.send()
    assert isinstance(write.error, WriteUnknown)
    assert len(server.requests) == 1

    response = {"headers": {}, "body": {"data": [{"id": "1"}]}, "status_code": 200}
    item = {
        "code": "SUCCESS",
        "status": "success",
        "message": "",
        "details": {"response": response},
    }
    batch = crm.composite()
    read = crm.leads.queue(batch, lambda leads: leads.get("1"))
    server.cut()
    server.reply(200, {"__composite_requests": [item]})
    batch.send()
    assert read.result.id == "1"

    batch = crm.composite()
    calls = [crm.leads.queue(batch, lambda leads: leads.create(last_name="A")) for _ in "ab"]
    server.reply(200, {"__composite_requests": [item]})
    with pytest.raises(WriteUnknown, match="1 results for 2 calls"):
        batch.send()
    assert all(isinstance(call.error, WriteUnknown) for call in calls)


def test_refusals_of_the_whole(server: Any, transport: Transport) -> None:
    from acme_crm import Crm

    crm = Crm(transport=transport)
    refused = {"code": "NOT_SUPPORTED", "details": {}, "message": "no", "status": "error"}
    batch = crm.composite()
    call = crm.leads.queue(batch, lambda leads: leads.get("1"))
    server.reply(400, refused)
    with pytest.raises(ApiError, match="NOT_SUPPORTED"):
        batch.send()
    assert isinstance(call.error, ApiError)

    batch = crm.composite()
    call = crm.leads.queue(batch, lambda leads: leads.get("1"))
    server.reply(400, {"__composite_requests": [refused]})
    batch.send()
    assert isinstance(call.error, ApiError)
    assert call.error.request == "GET /crm/v8/Leads/1"


@pytest.mark.outside_contracts("requests that Zoho refuses")
def test_emulator_checks_the_request(
    acme: Emulator, connect: Callable[[Emulator], Transport]
) -> None:
    transport = connect(acme)

    def refuse(body: Any, code: str) -> dict[str, Any]:
        with pytest.raises(ApiError) as caught:
            transport.request("POST", "__composite_requests", json=body)
        assert caught.value.code == code
        return dict(caught.value.details)

    key = "__composite_requests"
    get = {"method": "GET", "uri": "/crm/v8/Leads?fields=id"}
    both = {"rollback_on_fail": True, key: [get]}
    assert "ambiguity_due_to" in refuse(both, "AMBIGUITY_DURING_PROCESSING")
    refuse({"rollback_on_fail": "x", key: [get]}, "INVALID_DATA")
    refuse({}, "MANDATORY_NOT_FOUND")
    assert refuse({key: [get] * 6}, "INVALID_DATA")["maximum_length"] == 5
    assert "regex" in refuse({key: [{**get, "uri": "Leads"}]}, "INVALID_DATA")
    refuse({key: [{**get, "method": "HEAD"}]}, "INVALID_DATA")
    refuse({key: []}, "INVALID_DATA")
    refuse({key: [{**get, "sub_request_id": "a"}] * 2}, "DUPLICATE_DATA")
    delete = {"method": "DELETE", "uri": "/crm/v8/Leads", "params": {"ids": "1"}}
    nowhere = {"method": "GET", "uri": "/crm/v8/settings/nothing/of/this"}
    answer = transport.request("POST", key, json={key: [get, delete, nowhere]})
    statuses = [item["details"]["response"]["status_code"] for item in (answer.json or {})[key]]
    assert statuses == [200, 400, 404]


def test_composite_takes_a_sender_of_ones_own() -> None:
    assert repr(Composite(None)) == "<Composite []>"

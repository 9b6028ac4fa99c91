"""Tags on records, over real HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from acme_crm import Crm, Lead
from zohohub.errors import ApiError, LimitExceeded, RecordNotFound, UnexpectedAnswer
from zohohub.tags import ModuleTags
from zohohub.transport import Transport
from zohohub.values import Ref, Tag
from zohohub_gen.emulator import Emulator, Fault

from .bindings import calls
from .conftest import Server

NOBODY = "4999999999999999"


def names(lead: Lead) -> list[str]:
    return sorted(tag.name for tag in lead.tag or ())


def test_add_and_remove(crm: Crm, acme: Emulator) -> None:
    first, second = (crm.leads.create(last_name=name) for name in ("One", "Two"))
    acme.clear_requests()
    results = crm.leads.tags.add([first, Ref[Lead](second)], ["hot", Tag("south roof")])
    assert results.ids == [first, second]
    assert names(crm.leads.get(first)) == names(crm.leads.get(second)) == ["hot", "south roof"]
    crm.leads.tags.add([crm.leads.get(first)], ["hot", "vip"])
    assert names(crm.leads.get(first)) == ["hot", "south roof", "vip"]
    crm.leads.tags.remove([first, second], ["hot", "never put on"])
    assert names(crm.leads.get(first)) == ["south roof", "vip"]
    assert names(crm.leads.get(second)) == ["south roof"]
    crm.leads.tags.add([first], ["vip"], replace=True)
    assert names(crm.leads.get(first)) == ["vip"]
    posts = calls(acme, "POST")
    assert posts[0].path == "/crm/v8/Leads/actions/add_tags"
    assert posts[0].body == {
        "tags": [{"name": "hot"}, {"name": "south roof"}],
        "over_write": False,
        "ids": [first, second],
    }
    assert posts[2].path == "/crm/v8/Leads/actions/remove_tags"
    assert posts[2].body == {
        "tags": [{"name": "hot"}, {"name": "never put on"}],
        "ids": [first, second],
    }


def test_the_tags_of_a_module(crm: Crm) -> None:
    (known,) = crm.leads.tags.list()
    assert known.name == "south roof"
    assert known.id == "6100000000000007002"
    lead = crm.leads.create(last_name="One")
    crm.leads.tags.add([lead], ["alpha", "south roof"])
    assert [tag.name for tag in crm.leads.tags.list()] == ["alpha", "south roof"]
    assert {tag.id for tag in crm.leads.get(lead).tag or ()} == {
        tag.id for tag in crm.leads.tags.list()
    }
    assert all(tag.name != "alpha" for tag in crm.accounts.tags.list())


def test_results_are_by_record(crm: Crm) -> None:
    lead = crm.leads.create(last_name="One")
    results = crm.leads.tags.add([NOBODY, lead], ["hot"])
    assert [result.ok for result in results] == [False, True]
    assert isinstance(results[0].error, RecordNotFound)
    crm.leads.tags.add([lead], [f"t{n}" for n in range(9)])
    (full,) = crm.leads.tags.add([lead], ["one more"])
    assert isinstance(full.error, LimitExceeded)


def test_five_hundred_a_call(server: Server, transport: Transport) -> None:
    def answer(seen: Any) -> Any:
        return {
            "data": [{"code": "SUCCESS", "details": {"id": each}} for each in seen.json["ids"]],
            "success_count": str(len(seen.json["ids"])),
            "locked_count": "0",
        }

    server.responder = answer
    tags = ModuleTags[Lead](transport, "Leads")
    ids = [str(number) for number in range(1, 1201)]
    assert tags.add(ids, ["hot"]).ids == ids
    assert [len(each.json["ids"]) for each in server.requests] == [500, 500, 200]


def test_what_zoho_would_refuse_is_not_sent(crm: Crm, acme: Emulator) -> None:
    acme.clear_requests()
    tags = crm.leads.tags
    for wrong in ([], [f"t{n}" for n in range(11)]):
        with pytest.raises(ValueError, match="1 to 10 tags"):
            tags.add(["1"], wrong)
    for name in ("", "n" * 26):
        with pytest.raises(ValueError, match="1 to 25 characters"):
            tags.remove(["1"], [name])
    with pytest.raises(TypeError, match=r"\['hot'\]"):
        tags.add(["1"], "hot")
    with pytest.raises(ValueError, match="not the id of a record"):
        tags.add(["1,2"], ["hot"])
    assert acme.requests == []


def test_odd_answers(server: Server, transport: Transport) -> None:
    tags = ModuleTags[Lead](transport, "Leads")
    server.reply(204)
    assert tags.list() == []
    server.reply(200, {"data": []})
    with pytest.raises(UnexpectedAnswer, match="JSON without tags"):
        tags.list()
    server.reply(400, {"code": "INVALID_MODULE", "message": "no", "details": {}})
    with pytest.raises(ApiError, match="INVALID_MODULE"):
        tags.list()


def test_twice_does_no_harm(crm: Crm, acme: Emulator) -> None:
    lead = crm.leads.create(last_name="One")
    acme.inject(Fault("cut_after", method="POST"))
    assert crm.leads.tags.add([lead], ["hot"]).ids == [lead]
    assert names(crm.leads.get(lead)) == ["hot"]

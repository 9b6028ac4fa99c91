"""Clones, photos, mass updates, owners, automation and layouts, over real HTTP."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from acme_crm import Crm, Lead
from zohohub import mass_update
from zohohub.errors import ApiError, InvalidData, RecordNotFound, UnexpectedAnswer, WriteUnknown
from zohohub.transport import Transport
from zohohub.values import Ref
from zohohub_gen.emulator import Emulator, Fault

from .bindings import FIRST_ID, Things, calls, things

Start = Callable[..., Emulator]
Connect = Callable[[Emulator], Transport]
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40


def test_a_clone_is_a_record_of_its_own(crm: Crm, acme: Emulator) -> None:
    made = crm.leads.create(
        last_name="Sandoval", email="one@example.com", site_visits_1=[{"city": "Graz"}]
    )
    copy = crm.leads.clone(made, email="two@example.com", city="Vienna")
    assert copy != made
    lead = crm.leads.get(copy)
    assert (lead.last_name, lead.email, lead.city) == ("Sandoval", "two@example.com", "Vienna")
    assert [row.city for row in lead.site_visits_1 or ()] == ["Graz"]
    crm.leads.clone(Ref[Lead](made))
    assert calls(acme, "POST")[-1].body == {"data": [{}]}
    with pytest.raises(RecordNotFound):
        crm.leads.clone("4999999999999999")


def test_photos(crm: Crm, acme: Emulator, tmp_path: Path) -> None:
    made = crm.leads.create(last_name="Sandoval")
    assert crm.leads.photo(made) is None
    crm.leads.upload_photo(made, PNG)
    assert crm.leads.photo(made) == PNG
    path = tmp_path / "portrait.jpg"
    path.write_bytes(b"\xff\xd8\xff" + bytes(100))
    acme.inject(Fault("cut_after", method="POST"))
    crm.leads.upload_photo(made, path)
    assert crm.leads.photo(made) == path.read_bytes()
    crm.leads.upload_photo(made, str(path))
    crm.leads.delete_photo(made)
    assert crm.leads.photo(made) is None
    with pytest.raises(RecordNotFound):
        crm.leads.photo("4999999999999999")
    acme.clear_requests()
    for wrong in (b"", b"text", PNG + bytes(10 * 1024 * 1024)):
        with pytest.raises(ValueError, match="a photo"):
            crm.leads.upload_photo(made, wrong)
    assert acme.requests == []
    crm.leads.upload_photo(made, PNG)
    acme.inject(Fault("html", status=200))
    with pytest.raises(UnexpectedAnswer, match="not an image"):
        crm.leads.photo(made)


def test_a_mass_update_of_ids(start: Start, connect: Connect) -> None:
    emulator = start({"Things": things(620)})
    module = Things(connect(emulator))
    ids = [str(FIRST_ID + n) for n in range(620)]
    results = module._mass_update([*ids, "4999999999999999"], {"code": None, "name": "Same"})
    assert [len(call.body["ids"]) for call in calls(emulator, "POST")] == [500, 121]
    assert [result.ok for result in results] == [True] * 620 + [False]
    assert isinstance(results[620].error, RecordNotFound)
    assert {row.name for row in module.list()} == {"Same"}


def test_a_mass_update_of_a_view(crm: Crm, acme: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(mass_update.time, "sleep", waits.append)
    answer = crm.request("GET", "settings/custom_views", params={"module": "Leads"})
    assert answer.json is not None
    view: str = answer.json["custom_views"][0]["id"]
    job = crm.leads.mass_update_view(view, city="Linz")
    assert repr(job) == f"MassUpdate({job.job_id!r}, 'Leads')"
    status = job.wait(interval=2)
    assert (status.state, status.running, status.failed) == ("COMPLETED", False, 0)
    assert status.updated == status.total == len(list(crm.leads.list(converted="both")))
    assert waits == [2]
    assert {lead.city for lead in crm.leads.list(Lead.fields.city)} == {"Linz"}
    again = crm.leads.mass_update_view(view, city="Graz")
    with pytest.raises(TimeoutError, match="is still SCHEDULED"):
        again.wait(timeout=1, interval=2)
    with pytest.raises(ApiError):
        crm.leads.mass_update_view("1", city="Linz")


def test_a_mass_update_that_is_already_scheduled(server: Any, transport: Transport) -> None:
    item = {"code": "ALREADY_SCHEDULED", "details": {}, "message": "wait", "status": "error"}
    server.reply(202, {"data": [item]})
    with pytest.raises(ApiError, match="ALREADY_SCHEDULED"):
        Things(transport)._mass_update_view("1", {"name": "x"})


ONCE: dict[str, Callable[[Transport], object]] = {
    "a clone": lambda sender: Crm(transport=sender).leads.clone("1"),
    "a conversion": lambda sender: Crm(transport=sender).leads.convert("1"),
    "rows that it adds": lambda sender: mass_update.mass_update(
        sender, "Leads", ["1"], {"Rows": [{"City": "Graz"}]}
    ),
    "a job of Zoho's": lambda sender: mass_update.update_view(sender, "Leads", "3", {"City": ""}),
    "an e-mail": lambda sender: mass_update.change_owner(sender, "Leads", ["1"], "2", notify=True),
}
AGAIN: dict[str, Callable[[Transport], object]] = {
    "values": lambda sender: mass_update.mass_update(sender, "Leads", ["1"], {"City": "Graz"}),
    "an owner": lambda sender: mass_update.change_owner(sender, "Leads", ["1"], "2", notify=False),
}


@pytest.mark.parametrize("call", ONCE.values(), ids=ONCE)
def test_what_would_be_done_twice_is_not_sent_again(
    server: Any, transport: Transport, call: Callable[[Transport], object]
) -> None:
    server.cut()
    with pytest.raises(WriteUnknown):
        call(transport)
    assert len(server.requests) == 1


@pytest.mark.parametrize("call", AGAIN.values(), ids=AGAIN)
def test_what_is_the_same_the_second_time_is_sent_again(
    server: Any, transport: Transport, call: Callable[[Transport], Any]
) -> None:
    server.cut()
    server.reply(200, {"data": [{"code": "SUCCESS", "details": {"id": "1"}}]})
    assert call(transport).ids == ["1"]
    assert len(server.requests) == 2


def test_owners(crm: Crm, acme: Emulator) -> None:
    leads = list(crm.leads.list(Lead.fields.owner))
    owners = {lead.owner for lead in leads if lead.owner}
    new = next(iter(sorted(owners, key=lambda owner: owner.id)))
    results = crm.leads.change_owner(leads, new)
    results.raise_for_failures()
    body = calls(acme, "POST")[-1].body
    assert body == {"ids": [lead.id for lead in leads], "owner": {"id": new.id}, "notify": False}
    assert {lead.owner for lead in crm.leads.list(Lead.fields.owner)} == {new}


def test_automation(crm: Crm, acme: Emulator) -> None:
    quiet = crm.leads.with_options(trigger=())
    made = quiet.create(last_name="Sandoval")
    quiet.update(made, city="Graz")
    quiet.upsert_many([{"last_name": "Sandoval", "email": "s@example.com"}])
    quiet.clone(made)
    assert [call.body["trigger"] for method in ("POST", "PUT") for call in calls(acme, method)] == [
        []
    ] * 4
    quiet.delete(made)
    assert calls(acme, "DELETE")[-1].query == {"ids": made, "wf_trigger": "false"}
    made = crm.leads.with_options(trigger=["workflow", "approval"]).create(last_name="Ito")
    assert calls(acme, "POST")[-1].body["trigger"] == ["workflow", "approval"]
    crm.leads.delete(made)
    assert "wf_trigger" not in calls(acme, "DELETE")[-1].query
    crm.leads.create(last_name="Okafor")
    assert "trigger" not in calls(acme, "POST")[-1].body


def test_layouts(crm: Crm, acme: Emulator) -> None:
    commercial = crm.deals.layout("Commercial")
    assert (commercial.id, commercial.name) == ("6100000000000003009", "Commercial")
    deals = crm.deals.with_options(layout=commercial)
    values: dict[str, Any] = {"deal_name": "Roof", "stage": "Enquiry", "pipeline": "Commercial"}
    with pytest.raises(InvalidData, match=r"MANDATORY_NOT_FOUND: .*\.Amount\)"):
        deals.create(**values)
    account = crm.accounts.create(account_name="Sandoval GmbH")
    made = deals.create(**values, account_name=account, amount=1000, fiscal_year="2026")
    layout = crm.deals.get(made).layout
    assert layout is not None
    assert layout.id == commercial.id
    with pytest.raises(ValueError, match="no layout 'Nothing', only 'Residential', 'Commercial'"):
        crm.deals.layout("Nothing")  # type: ignore[arg-type]  # the mistake to find

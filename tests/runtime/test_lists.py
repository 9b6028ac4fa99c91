"""Lists, single records and deleted ones, against the emulator over real HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from acme_crm import Crm, Lead
from zohohub.deleted import DeletedRecord
from zohohub.errors import RecordNotFound
from zohohub.transport import Transport
from zohohub.values import Ref
from zohohub_gen.emulator import Emulator

from .bindings import FIRST_ID, Thing, Things, Wides, calls, things

F = Thing.fields
Start = Callable[..., Emulator]
Connect = Callable[[Emulator], Transport]


def test_sorted_lists(start: Start, connect: Connect) -> None:
    now = [1_780_000_000.0]
    emulator = start({"Things": things(450)}, clock=lambda: now[0])
    module = Things(connect(emulator))
    now[0] += 60
    module.update(str(FIRST_ID + 7), name="the latest")
    ids = [str(FIRST_ID + n) for n in range(450)]
    assert [row.id for row in module.list(F.name, sort=F.id)] == ids
    assert [row.id for row in module.list(F.name, sort=F.id.asc())] == ids
    latest = next(module.list(F.name, sort=F.modified_time.desc()))
    assert latest.name == "the latest"
    assert calls(emulator, "GET")[-1].query["sort_by"] == "Modified_Time"
    with pytest.raises(ValueError, match=r"not by Name: use query\(\)"):
        module.list(F.name, sort=F.name)
    with pytest.raises(ValueError, match="has its own order"):
        module.list(F.name, sort=F.id, view="1")


def test_lists_by_id(start: Start, connect: Connect) -> None:
    emulator = start({"Things": things(300)})
    module = Things(connect(emulator))
    wanted = [str(FIRST_ID + n) for n in range(250)]
    found = list(module.list(F.name, ids=[*wanted[:249], Ref[Thing](wanted[249]), "4999"]))
    assert sorted(row.id for row in found) == wanted
    assert [len(call.query["ids"].split(",")) for call in calls(emulator, "GET")] == [100, 100, 51]
    emulator.clear_requests()
    assert list(module.list(F.name, ids=[])) == []
    assert emulator.requests == []
    with pytest.raises(ValueError, match="sorts at most 100 ids"):
        module.list(ids=wanted, sort=F.id)
    with pytest.raises(ValueError, match="is not the id"):
        module.list(ids=["1,2"])
    assert [row.id for row in module.list(ids=wanted[:3], sort=F.id)] == wanted[:3]


def test_lists_of_what_was_modified(start: Start, connect: Connect) -> None:
    now = [1_780_000_000.0]
    emulator = start({"Things": things(5)}, clock=lambda: now[0])
    module = Things(connect(emulator))
    now[0] += 60
    since = datetime.fromtimestamp(now[0], UTC)
    assert list(module.list(F.name, modified_since=since)) == []
    assert calls(emulator, "GET")[-1].status == 304
    module.update(str(FIRST_ID + 2), name="new")
    assert [row.name for row in module.list(F.name, modified_since=since)] == ["new"]
    assert list(module.list(modified_since=since + timedelta(seconds=1))) == []
    with pytest.raises(ValueError, match="time zone"):
        module.list(modified_since=datetime(2026, 1, 1))


def test_custom_views(crm: Crm, acme: Emulator) -> None:
    answer = crm.request("GET", "settings/custom_views", params={"module": "Leads"})
    views: dict[str, str] = {view["name"]: view["id"] for view in answer.json["custom_views"]}  # type: ignore[index]  # a body is there
    everything = {lead.id for lead in crm.leads.list(Lead.fields.owner)}
    assert {lead.id for lead in crm.leads.list(Lead.fields.owner, view=views["All Leads"])} == (
        everything
    )
    mine = list(crm.leads.list(Lead.fields.owner, view=views["My Leads"]))
    assert 0 < len(mine) < len(everything)
    assert len({lead.owner for lead in mine}) == 1


def test_converted_leads(crm: Crm, acme: Emulator) -> None:
    before = {lead.id for lead in crm.leads.list(Lead.fields.company)}
    converted = {lead.id for lead in crm.leads.list(Lead.fields.company, converted=True)}
    both = {lead.id for lead in crm.leads.list(Lead.fields.company, converted="both")}
    assert both == before | converted
    assert not before & converted
    asked = [call.query.get("converted") for call in calls(acme, "GET")]
    assert asked == [None, "true", "both"]


def test_lists_with_more_than_50_fields_keep_their_options(start: Start, connect: Connect) -> None:
    from .test_modules import texts, wides

    emulator = start({"Wide": wides(120)})
    module = Wides(connect(emulator))
    fields = Wides.record_type.fields
    rows = list(module.list(sort=fields.id, modified_since=datetime(2020, 1, 1, tzinfo=UTC)))
    assert [int(row.id) - FIRST_ID for row in rows] == list(range(120))
    assert all(texts(row) == {str(int(row.id) - FIRST_ID)} for row in rows)
    some: Any = [row.id for row in rows[:3]]
    assert len([texts(row) for row in module.list(ids=some)]) == 3


def test_one_record_or_none(start: Start, connect: Connect) -> None:
    emulator = start({"Things": things(3)})
    module = Things(connect(emulator))
    thing = module.get_or_none(str(FIRST_ID), F.name)
    assert thing is not None
    assert thing.name == "Thing 0"
    assert module.get_or_none("4999999999999999") is None
    assert module.exists(thing)
    assert module.exists(str(FIRST_ID + 2))
    assert not module.exists("4999999999999999")
    assert calls(emulator, "GET")[-1].query == {"fields": "id"}
    assert module.exists(F.name == "Thing 1")
    assert not module.exists(F.name == "Thing 9")
    first = module.first()
    assert first is not None
    assert first.id == str(FIRST_ID)
    found = module.first(F.name.contains("2"))
    assert found is not None
    assert found.name == "Thing 2"
    assert module.first(F.name == "Thing 9") is None
    with pytest.raises(ValueError, match="is not the id"):
        module.get_or_none("a/b")


def test_deleted_records(start: Start, connect: Connect) -> None:
    now = [1_780_000_000.0]
    emulator = start({"Things": things(250)}, clock=lambda: now[0])
    module = Things(connect(emulator))
    assert list(module.deleted()) == []
    module.delete_many([str(FIRST_ID + n) for n in range(201)])
    now[0] += 60
    module.delete(str(FIRST_ID + 249))
    deleted = list(module.deleted())
    assert len(deleted) == 202
    last = deleted[0]
    assert isinstance(last, DeletedRecord)
    assert (last.id, last.name, last.kind) == (str(FIRST_ID + 249), "Thing 249", "recycle")
    assert last.deleted_time == datetime.fromtimestamp(now[0], UTC)
    assert last.deleted_by is not None
    assert list(module.deleted("permanent")) == []
    since = datetime.fromtimestamp(now[0], UTC)
    assert [row.id for row in module.deleted("recycle", modified_since=since)] == [last.id]
    assert list(module.deleted(modified_since=since + timedelta(seconds=1))) == []
    now[0] += 61 * 86400
    assert len(list(module.deleted("permanent"))) == 202
    with pytest.raises(RecordNotFound):
        module.get(last.id)

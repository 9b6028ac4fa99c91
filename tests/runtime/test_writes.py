"""Writing records, against the emulator over real HTTP."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from zohohub.auth import Auth
from zohohub.client import Client
from zohohub.errors import (
    ConnectionFailed,
    DuplicateData,
    InvalidData,
    MandatoryNotFound,
    NoPermission,
    RecordNotFound,
    ServerError,
    UnexpectedAnswer,
    WriteUnknown,
    ZohoError,
)
from zohohub.transport import Transport
from zohohub_gen.emulator import Emulator, Fault

from .bindings import FIRST_ID, Thing, Things, calls, things

F = Thing.fields
Start = Callable[..., Emulator]
Connect = Callable[[Emulator], Transport]


def test_create_update_delete(start: Start, connect: Connect) -> None:
    module = Things(connect(start()))
    created = module.create(name="Pump", code="P-1", amount=Decimal("0.10"))
    module.update(created, name="Big pump", amount=None)
    thing = module.get(created)
    assert (thing.name, thing.code, thing.amount) == ("Big pump", "P-1", None)
    module.delete(created)
    with pytest.raises(RecordNotFound):
        module.get(created)


def test_single_writes_raise_the_error_of_their_record(start: Start, connect: Connect) -> None:
    module = Things(connect(start()))
    with pytest.raises(MandatoryNotFound, match=r"field Name \(\$\.data\[0\]\.Name\)") as caught:
        module.create(code="P-1")
    assert isinstance(caught.value, ValueError)
    assert caught.value.request == "POST /crm/v8/Things"
    created = module.create(name="Pump", code="P-1")
    with pytest.raises(DuplicateData, match="field Code") as duplicate:
        module.create(name="Other pump", code="P-1")
    assert duplicate.value.details["duplicate_record"]["id"] == created
    with pytest.raises(InvalidData, match="at most 40 long"):
        module.update(created, name="x" * 41)


def test_250_rows_with_failures_keep_their_order(start: Start, connect: Connect) -> None:
    emulator = start()
    module = Things(connect(emulator))
    bad = {7, 99, 100, 249}
    rows = [{"code": f"C-{n}"} if n in bad else {"name": f"N-{n}"} for n in range(250)]
    results = module.create_many(rows)
    assert [len(request.body["data"]) for request in calls(emulator, "POST")] == [100, 100, 50]
    assert len(results) == 250
    assert repr(results) == "<Results: 250 rows, 246 done, 4 refused>"
    assert [result.index for result in results] == list(range(250))
    assert {result.index for result in results.failures} == bad
    names = {row.id: row.name for row in module.list(F.name)}
    for result in results:
        if result.index in bad:
            assert (result.outcome, result.ok, result.id) == ("refused", False, None)
            assert result.code == "MANDATORY_NOT_FOUND"
            assert isinstance(result.error, MandatoryNotFound)
        else:
            assert (result.outcome, result.ok, result.error) == ("done", True, None)
            assert result.id is not None
            assert names[result.id] == f"N-{result.index}"
            assert "Modified_Time" in result.details
    with pytest.raises(MandatoryNotFound) as caught:
        _ = results.ids
    assert caught.value.results is results
    assert caught.value is results[7].error
    assert results[:7].ids == [result.id for result in results[:7]]

    again = module.update_many([{"id": result.id, "code": "K"} for result in results[:1]])
    again.raise_for_failures()
    assert again.ids == [results[0].id]
    deleted = module.delete_many([result.id for result in results if result.id])
    assert len(deleted) == 246
    assert not deleted.failures
    assert list(module.list()) == []


def test_upserts_say_what_they_did(start: Start, connect: Connect) -> None:
    emulator = start()
    module = Things(connect(emulator))
    created = module.create(name="Pump", code="P-1")
    rows = [{"name": "New pump", "code": "P-1"}, {"name": "Valve", "code": "V-1"}, {"code": "X"}]
    updated, inserted, refused = module.upsert_many(rows, match=[F.code])
    assert (updated.action, updated.id) == ("update", created)
    assert inserted.action == "insert"
    assert refused.code == "MANDATORY_NOT_FOUND"
    assert calls(emulator, "POST")[-1].body["duplicate_check_fields"] == ["Code"]
    module.upsert_many([{"name": "Screw"}])
    assert "duplicate_check_fields" not in calls(emulator, "POST")[-1].body


def test_no_rows_are_no_call(start: Start, connect: Connect) -> None:
    emulator = start()
    module = Things(connect(emulator))
    assert list(module.create_many([])) == []
    assert list(module.delete_many([])) == []
    assert emulator.requests == []


def test_a_row_that_cannot_be_written_stops_the_call_before_it_begins(
    start: Start, connect: Connect
) -> None:
    emulator = start()
    module = Things(connect(emulator))
    good = [{"name": "x"}] * 150
    with pytest.raises(TypeError, match="did you mean 'name'"):
        module.create_many([*good, {"nmae": "x"}])
    with pytest.raises(TypeError, match=r"Thing\.id is read-only"):
        module.create_many([*good, {"id": "5"}])
    with pytest.raises(ValueError, match="row 1 has no id"):
        module.update_many([{"id": "5"}, {"name": "x"}])
    with pytest.raises(ValueError, match="not JSON compliant"):
        module.create_many([*good, {"name": float("nan")}])
    assert emulator.requests == []


@pytest.mark.parametrize(
    ("fault", "written"),
    [
        (Fault("cut_before", skip=1), 100),
        (Fault("cut_after", skip=1), 200),
        (Fault("truncate", skip=1), 200),
        (Fault("html", status=200, skip=1), 100),
        (Fault("status", status=500, skip=1), 100),
    ],
    ids=lambda value: getattr(value, "kind", None),
)
def test_a_lost_answer_in_the_middle_doubles_and_loses_nothing(
    start: Start, connect: Connect, fault: Fault, written: int
) -> None:
    emulator = start()
    module = Things(connect(emulator))
    emulator.inject(fault)
    with pytest.raises(WriteUnknown) as caught:
        module.create_many([{"name": f"N-{n}"} for n in range(250)])
    results = caught.value.results
    assert results is not None
    outcomes = [result.outcome for result in results]
    assert outcomes == ["done"] * 100 + ["unknown"] * 100 + ["not sent"] * 50
    assert results[100].unknown
    assert {result.error for result in results.failures} == {caught.value}
    names = sorted(int(str(row.name)[2:]) for row in module.list(F.name))
    assert names == list(range(written))


DONE = {"code": "SUCCESS", "details": {"id": "1"}, "message": "record added", "status": "success"}
REFUSED = {"code": "NO_PERMISSION", "details": {}, "message": "permission denied"}


@pytest.mark.parametrize(
    ("status", "body", "error_type", "outcome"),
    [
        (403, REFUSED, NoPermission, "refused"),
        (403, {"data": [REFUSED]}, NoPermission, "refused"),
        (201, {"data": [DONE] * 99}, WriteUnknown, "unknown"),
        (207, {"data": [DONE, REFUSED]}, WriteUnknown, "unknown"),
        (201, {"data": [DONE] * 99 + ["?"]}, WriteUnknown, "unknown"),
        (201, {"data": {}}, WriteUnknown, "unknown"),
        (201, {}, WriteUnknown, "unknown"),
        (204, None, WriteUnknown, "unknown"),
        (403, "<html>Blocked</html>", UnexpectedAnswer, "not sent"),
    ],
)
def test_a_batch_without_a_result_for_each_row(
    server: Any,
    transport: Transport,
    status: int,
    body: Any,
    error_type: type[ZohoError],
    outcome: str,
) -> None:
    server.reply(201, {"data": [DONE] * 100})
    server.reply(status, body)
    with pytest.raises(error_type) as caught:
        Things(transport).create_many([{"name": "x"}] * 201)
    outcomes = [result.outcome for result in caught.value.results or ()]
    assert outcomes == ["done"] * 100 + [outcome] * 100 + ["not sent"]
    assert len(server.requests) == 2


def test_a_batch_without_a_connection_was_not_sent(
    server: Any, transport: Transport, closed_url: str
) -> None:
    server.reply_token(
        200, {"access_token": "1000.a", "expires_in": 3600, "api_domain": closed_url}
    )
    with pytest.raises(ConnectionFailed) as caught:
        Things(transport).create_many([{"name": "x"}])
    assert [result.outcome for result in caught.value.results or ()] == ["not sent"]


def test_deleting_again_after_a_lost_answer_is_no_failure(start: Start, connect: Connect) -> None:
    emulator = start({"Things": things(2)})
    module = Things(connect(emulator))
    emulator.inject(Fault("cut_after", method="DELETE"))
    results = module.delete_many([str(FIRST_ID), str(FIRST_ID + 1)])
    assert results.ids == [str(FIRST_ID), str(FIRST_ID + 1)]
    assert len(calls(emulator, "DELETE")) == 2
    assert not module.delete_many([str(FIRST_ID)])[0].ok


def test_an_update_whose_answer_is_lost_is_sent_again(start: Start, connect: Connect) -> None:
    emulator = start({"Things": things(1)})
    module = Things(connect(emulator))
    emulator.inject(Fault("cut_after", method="PUT"))
    module.update(str(FIRST_ID), name="new")
    assert len(calls(emulator, "PUT")) == 2
    assert module.get(str(FIRST_ID)).name == "new"


def test_an_update_that_adds_rows_is_not_sent_again(start: Start, connect: Connect) -> None:
    emulator = start({"Things": things(1)})
    module = Things(connect(emulator))
    emulator.inject(Fault("cut_after", method="PUT"))
    with pytest.raises(WriteUnknown):
        module.update(str(FIRST_ID), rows=[{"part": "a"}])
    rows = module.get(str(FIRST_ID)).rows
    assert rows is not None
    assert [row.part for row in rows] == ["a"]
    emulator.inject(Fault("cut_after", method="PUT"))
    module.update(str(FIRST_ID), rows=[{"id": rows[0].id, "part": "b"}])
    rows = module.get(str(FIRST_ID)).rows
    assert rows is not None
    assert [row.part for row in rows] == ["b"]


def test_updates_that_fail_for_good_are_unknown_too(start: Start, connect: Connect) -> None:
    emulator = start({"Things": things(1)})
    module = Things(connect(emulator))
    emulator.inject(Fault("status", status=500, method="PUT", times=9))
    with pytest.raises(ServerError) as caught:
        module.update_many([{"id": str(FIRST_ID), "name": "new"}])
    assert caught.value.results is not None
    assert caught.value.results[0].outcome == "unknown"
    assert len(calls(emulator, "PUT")) == 5


def test_a_client_with_a_module(start: Start) -> None:
    emulator = start({"Things": things(3)})
    to = emulator.connection
    auth = Auth(to.client_id, to.client_secret, to.refresh_token, accounts_url=to.accounts_url)
    with Client(auth) as client:
        assert len(list(Things(client._transport).list())) == 3

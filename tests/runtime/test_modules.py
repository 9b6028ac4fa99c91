"""Reading records, against the emulator over real HTTP."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from zohohub.errors import (
    FieldNotFetched,
    RecordNotFound,
)
from zohohub.transport import Answer, Sender, Transport
from zohohub.values import Ref
from zohohub_gen.emulator import Emulator, Fault

from .bindings import FIRST_ID, WIDE_NAMES, Thing, Things, Wides, calls, things

F = Thing.fields
Start = Callable[..., Emulator]
Connect = Callable[[Emulator], Transport]


@pytest.mark.parametrize("count", [0, 1, 199, 200, 201, 2000, 2001, 10_000])
def test_a_list_reads_every_record_once(start: Start, connect: Connect, count: int) -> None:
    emulator = start({"Things": things(count)})
    rows = list(Things(connect(emulator)).list(F.name))
    assert [row.id for row in rows] == [str(FIRST_ID + n) for n in reversed(range(count))]
    assert all(row.name == f"Thing {int(row.id) - FIRST_ID}" for row in rows)
    assert len(calls(emulator, "GET")) == max(1, -(-count // 200))


def test_a_list_is_lazy(start: Start, connect: Connect) -> None:
    emulator = start({"Things": things(500)})
    rows = Things(connect(emulator)).list()
    assert emulator.requests == []
    next(rows)
    (request,) = calls(emulator, "GET")
    assert request.query == {"fields": "id,Name,Code,Amount,Modified_Time", "per_page": "200"}


def test_lists_leave_subforms_out(start: Start, connect: Connect) -> None:
    emulator = start({"Things": things(1)})
    module = Things(connect(emulator))
    with pytest.raises(ValueError, match=r"leaves Thing_Rows out of lists: .* get\(\)"):
        module.list(F.name, F.rows)
    (row,) = module.list()
    with pytest.raises(FieldNotFetched, match=r"read the record with get\(\)"):
        _ = row.rows


def test_get(start: Start, connect: Connect) -> None:
    things_ = Things(connect(start()))
    created = things_.create(
        name="Pump", amount=Decimal("1234567.10"), rows=[{"part": "a"}, {"part": "b"}]
    )
    whole = things_.get(created)
    assert (whole.id, whole.name, whole.amount) == (created, "Pump", Decimal("1234567.10"))
    assert whole.rows is not None
    assert [row.part for row in whole.rows] == ["a", "b"]
    part = things_.get(Ref[Thing](created), F.name)
    assert part.name == "Pump"
    with pytest.raises(FieldNotFetched, match=r"add Thing\.fields\.amount"):
        _ = part.amount


@pytest.mark.parametrize("record_id", ["4999999999999999", "nonsense"])
def test_get_what_is_not_there(start: Start, connect: Connect, record_id: str) -> None:
    module = Things(connect(start()))
    with pytest.raises(RecordNotFound, match=record_id if record_id.isdigit() else "id given"):
        module.get(record_id)
    with pytest.raises(LookupError):
        module.delete("4999999999999999")
    with pytest.raises(LookupError):
        module.update("4999999999999999", name="x")


@pytest.mark.parametrize("record_id", ["", "1,2", "../users", "1/actions/clone", "५"])
def test_what_cannot_be_an_id_is_not_sent(start: Start, connect: Connect, record_id: str) -> None:
    emulator = start()
    module = Things(connect(emulator))
    for call in (module.get, module.delete, module.update):
        with pytest.raises(ValueError, match="is not the id of a record"):
            call(record_id)
    assert emulator.requests == []


def test_queries_and_searches_find_the_same_records(start: Start, connect: Connect) -> None:
    # One second for all: the order by time must be that by name.
    emulator = start({"Things": things(4001)}, clock=lambda: 1_780_000_000.0)
    module = Things(connect(emulator))
    everything = [str(FIRST_ID + n) for n in range(4001)]
    query = module.query().select(F.name)
    assert [row.id for row in query] == everything
    assert [row.id for row in query.order_by(F.id.desc())] == everything[::-1]
    assert [row.id for row in query.order_by(F.modified_time, F.name.desc()).limit(1)] == [
        str(FIRST_ID + 999)
    ]
    assert sorted(row.id for row in query.order_by(F.name)) == everything
    assert query.count() == module.count() == 4001
    some = F.name.contains("Thing 40")
    assert query.where(some).count() == 12
    assert len({row.id for row in module.search(F.name.starts_with("Thing 40"))}) == 12
    found = module.search((F.name == "Thing 5") & F.name.starts_with("Thing"), columns=[F.name])
    assert str(FIRST_ID + 5) in [row.id for row in found]


FAULTS = [
    Fault("status", status=429),
    Fault("status", status=429, retry_after=2),
    Fault("status", status=500),
    Fault("status", status=503),
    Fault("html"),
    Fault("html", status=200),
    Fault("cut_before"),
    Fault("cut_after"),
    Fault("truncate"),
    Fault("truncate", declare_length=False),
    Fault("expire_token"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.kind}-{fault.status}")
def test_a_list_survives(start: Start, connect: Connect, fault: Fault) -> None:
    emulator = start({"Things": things(450)})
    rows = Things(connect(emulator)).list(F.name)
    next(rows)
    emulator.inject(fault)
    assert len(list(rows)) == 449


def test_threads_share_one_client(start: Start, connect: Connect) -> None:
    emulator = start({"Things": things(250)})
    transport = connect(emulator)
    list(Things(transport).list())
    emulator.inject(Fault("expire_token"))
    barrier = threading.Barrier(20)

    def work(number: int) -> int:
        barrier.wait()
        module = Things(transport)
        module.create(name=f"of thread {number}")
        return len(list(module.list()))

    with ThreadPoolExecutor(20) as pool:
        lengths = list(pool.map(work, range(20)))
    assert all(251 <= length <= 270 for length in lengths)
    assert len(list(Things(transport).list())) == 270
    refreshes = [seen for seen in emulator.requests if seen.path == "/oauth/v2/token"]
    assert len(refreshes) == 2


# --- more than 50 fields ------------------------------------------------------------------


def wides(count: int) -> list[dict[str, Any]]:
    return [
        {"id": str(FIRST_ID + n)} | {name: f"{n} {name}" for name in WIDE_NAMES}
        for n in range(count)
    ]


class Meddling:
    """Passes calls on, and does something before one of them."""

    def __init__(self, sender: Sender, before: int, act: Callable[[], object]) -> None:
        self.sender = sender
        self.before = before
        self.act = act
        self.count = 0

    def request(self, *args: Any, **options: Any) -> Answer:
        self.count += 1
        if self.count == self.before:
            self.act()
        return self.sender.request(*args, **options)


def texts(row: Any) -> set[str]:
    """The number with which each text of a wide record begins: one, unless it was torn."""
    return {getattr(row, name.lower()).partition(" ")[0] for name in WIDE_NAMES}


def test_more_than_50_fields_are_put_together(start: Start, connect: Connect) -> None:
    emulator = start({"Wide": wides(250)})
    rows = list(Wides(connect(emulator)).list())
    assert [int(row.id) - FIRST_ID for row in rows] == list(reversed(range(250)))
    for row in rows:
        assert texts(row) == {str(int(row.id) - FIRST_ID)}
    # Two pages in three parts each: the first by pages, the others by 100 ids.
    requests = calls(emulator, "GET")
    assert len(requests) == 2 + 2 * 3
    assert all(len(request.query["fields"].split(",")) <= 50 for request in requests)


@pytest.mark.parametrize("before", [2, 3])
def test_a_record_that_changes_between_the_parts_is_not_torn(
    start: Start, connect: Connect, before: int
) -> None:
    now = [1_780_000_000.0]
    emulator = start({"Wide": wides(5)}, clock=lambda: now[0])
    transport = connect(emulator)
    changed, deleted = str(FIRST_ID + 3), str(FIRST_ID + 1)

    def meddle() -> None:
        now[0] += 1
        values = {name: f"new {name}" for name in WIDE_NAMES}
        transport.request("PUT", "Wide", json={"data": [{"id": changed, **values}]}, items="data")
        transport.request("DELETE", "Wide", params={"ids": deleted}, items="data")

    rows = list(Wides(Meddling(transport, before, meddle)).list())
    assert [texts(row) for row in rows] == [{"4"}, {"new"}, {"2"}, {"0"}]
    assert [row.modified_time is None for row in rows] == [False] * 4


def test_a_record_read_again_holds_what_was_asked_for(start: Start, connect: Connect) -> None:
    now = [1_780_000_000.0]
    emulator = start({"Wide": wides(2)}, clock=lambda: now[0])
    transport = connect(emulator)

    def meddle() -> None:
        now[0] += 1
        body = {"data": [{"id": str(FIRST_ID), "Text_000": "new"}]}
        transport.request("PUT", "Wide", json=body, items="data")

    fields = Wides.record_type.fields
    columns = [getattr(fields, name.lower()) for name in WIDE_NAMES[:60]]
    _, row = Wides(Meddling(transport, 2, meddle)).list(*columns)
    assert row.text_000 == "new"
    assert row.text_059 == "0 Text_059"
    with pytest.raises(FieldNotFetched):
        _ = row.text_060


def test_more_than_50_columns_of_one_record(start: Start, connect: Connect) -> None:
    emulator = start({"Wide": wides(1)})
    fields = Wides.record_type.fields
    columns = [getattr(fields, name.lower()) for name in WIDE_NAMES[:60]]
    row = Wides(connect(emulator)).get(str(FIRST_ID), *columns)
    assert row.text_059 == "0 Text_059"
    (request,) = calls(emulator, "GET")
    assert request.query == {}

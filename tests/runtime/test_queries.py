"""COQL and searches, against a loopback server that keeps Zoho's limits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest
from zohohub.columns import (
    DateTimeColumn,
    FilesColumn,
    IntegerColumn,
    MultiLookupColumn,
    TextColumn,
)
from zohohub.errors import InvalidQuery, LimitExceeded, UnexpectedAnswer
from zohohub.modules import Module
from zohohub.records import ABSENT, Record, api, decoder, record
from zohohub.transport import Transport


class NoteFields:
    id: TextColumn[Note] = TextColumn("id")
    title: TextColumn[Note] = TextColumn("Title")
    odd: TextColumn[Note] = TextColumn("Non-reimbursable")
    size: IntegerColumn[Note] = IntegerColumn("Size")
    modified_time: DateTimeColumn[Note] = DateTimeColumn("Modified_Time")
    files: FilesColumn[Note] = FilesColumn("Files")
    friends: MultiLookupColumn[Note, Note] = MultiLookupColumn("Friends", "Friend")


@record
class Note(Record):
    fields: ClassVar[type[NoteFields]] = NoteFields

    id: str = api("id", default=ABSENT, read_only=True)
    title: str | None = api("Title", default=ABSENT)
    odd: str | None = api("Non-reimbursable", default=ABSENT)
    size: int | None = api("Size", default=ABSENT)
    modified_time: datetime | None = api("Modified_Time", default=ABSENT, read_only=True)
    files: list[Any] | None = api("Files", default=ABSENT)
    friends: list[Any] | None = api("Friends", default=ABSENT)


@decoder(Note)
def decode_note(row: Note, data: Mapping[str, Any], /) -> None:
    if "id" in data:
        row.id = data["id"]
    if "Title" in data:
        row.title = data["Title"]
    if "Size" in data:
        row.size = data["Size"]


class Notes(Module[Note]):
    api_name = "Notes"
    record_type = Note
    decode = staticmethod(decode_note)


F = Note.fields
LIMIT = re.compile(r" limit (?:(\d+), )?(\d+)$")
AFTER = re.compile(r"id ([<>]) '(\d+)'")


class Coql:
    """Answers queries over records with the ids 1 to ``count``, and keeps the queries."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.queries: list[str] = []

    def __call__(self, seen: Any) -> Any:
        assert (seen.method, seen.path) == ("POST", "/crm/v8/coql")
        query = seen.json["select_query"]
        self.queries.append(query)
        if "COUNT(id)" in query:
            return {"data": [{"COUNT(id)": self.count}], "info": {"count": 1}}
        limit = LIMIT.search(query)
        assert limit is not None
        offset, size = int(limit[1] or 0), int(limit[2])
        assert size <= 2000
        assert offset + size <= 100_000
        numbers: list[int] = list(range(1, self.count + 1))
        if "id desc" in query:
            numbers.reverse()
        if after := AFTER.search(query):
            last = int(after[2])
            numbers = [n for n in numbers if (n > last if after[1] == ">" else n < last)]
        page = numbers[offset : offset + size]
        return {
            "data": [{"id": str(n), "Title": f"Note {n}"} for n in page],
            "info": {"count": len(page), "more_records": len(numbers) > offset + size},
        }


@pytest.fixture
def notes(transport: Transport) -> Notes:
    return Notes(transport)


def ids(rows: Iterator[Note] | Any) -> list[int]:
    return [int(row.id) for row in rows]


@pytest.mark.parametrize("count", [0, 1, 1999, 2000, 2001, 4000, 10_000])
@pytest.mark.parametrize("order", ["none", "id desc", "title"])
def test_a_query_reads_every_record_once(server: Any, notes: Notes, count: int, order: str) -> None:
    server.responder = coql = Coql(count)
    query = notes.query().select(F.title)
    if order == "id desc":
        query = query.order_by(F.id.desc())
    elif order == "title":
        query = query.order_by(F.title)
    expected = list(range(1, count + 1))
    assert ids(query) == (expected[::-1] if order == "id desc" else expected)
    assert len(coql.queries) == max(1, -(-count // 2000))


def test_pages_by_id_begin_behind_the_last_id(server: Any, notes: Notes) -> None:
    server.responder = coql = Coql(2001)
    list(notes.query().select(F.title, F.odd).where(F.title == "O'Hara"))
    assert coql.queries == [
        "select Title, 'Non-reimbursable' from Notes where Title = 'O''Hara' "
        "order by id asc limit 2000",
        "select Title, 'Non-reimbursable' from Notes where (Title = 'O''Hara' and id > '2000') "
        "order by id asc limit 2000",
    ]


def test_pages_in_another_order_use_an_offset_and_the_id(server: Any, notes: Notes) -> None:
    server.responder = coql = Coql(2001)
    query = notes.query().select(F.id).order_by(F.size.desc(), F.title)
    list(query.where((F.size > 5) | (F.size == 1)).where(F.title != "x"))
    assert coql.queries[1] == (
        "select id from Notes where ((Size > 5 or Size = 1) and Title != 'x') "
        "order by Size desc, Title asc, id asc limit 2000, 2000"
    )


def test_a_query_in_another_order_says_where_zoho_ends(server: Any, notes: Notes) -> None:
    server.responder = coql = Coql(100_001)
    seen: list[str] = []
    with pytest.raises(LimitExceeded, match="order by id"):
        seen.extend(row.id for row in notes.query().select(F.title).order_by(F.title))
    assert len(seen) == 100_000
    assert len(coql.queries) == 50
    assert sum(1 for _ in notes.query().select(F.title)) == 100_001


def test_25_comparisons_leave_no_room_for_the_id(server: Any, notes: Notes) -> None:
    server.responder = coql = Coql(2001)
    condition = F.size > 0
    for number in range(1, 25):
        condition &= F.size != -number
    assert len(ids(notes.query().where(condition))) == 2001
    assert "limit 2000, 2000" in coql.queries[1]
    assert "id >" not in coql.queries[1]
    server.responder = Coql(100_001)
    with pytest.raises(LimitExceeded, match="in this order: compare 24 times"):
        ids(notes.query().where(condition))
    with pytest.raises(ValueError, match="25 comparisons, not 26"):
        notes.query().where(condition & (F.size != 99))


def test_limits_and_first(server: Any, notes: Notes) -> None:
    server.responder = coql = Coql(5000)
    query = notes.query().select(F.title)
    assert ids(query.limit(2100)) == list(range(1, 2101))
    assert [text.rpartition(" ")[2] for text in coql.queries] == ["2000", "100"]
    first = query.order_by(F.id.desc()).first()
    assert first is not None
    assert first.title == "Note 5000"
    server.responder = Coql(0)
    assert query.first() is None
    with pytest.raises(ValueError, match="at least 1"):
        query.limit(0)


def test_a_query_is_lazy_and_never_changes(server: Any, notes: Notes) -> None:
    server.responder = coql = Coql(5000)
    base = notes.query()
    narrow = base.where(F.title == "x").limit(3)
    assert coql.queries == []
    rows = iter(base)
    next(rows)
    assert len(coql.queries) == 1
    assert repr(base) == (
        "<Query select id, Title, 'Non-reimbursable', Size, Modified_Time from Notes "
        "where id is not null order by id asc limit 2000>"
    )
    assert repr(narrow).endswith("where Title = 'x' order by id asc limit 3>")


def test_counting(server: Any, notes: Notes) -> None:
    server.responder = coql = Coql(1234)
    assert notes.query().where(F.size >= 5).limit(3).count() == 1234
    assert coql.queries == ["select COUNT(id) from Notes where Size >= 5"]
    server.reply(204)
    assert notes.query().count() == 0
    server.reply(200, {"count": 694})
    assert notes.count() == 694
    server.reply(200, {"count": 4})
    assert notes.count(F.title == "a,b") == 4
    assert server.requests[-1].path == "/crm/v8/Notes/actions/count"
    assert server.requests[-1].params == {"criteria": "(Title:equals:a\\,b)"}


def test_counting_where_zoho_refuses_to(server: Any, notes: Notes) -> None:
    """COUNT(id) is in no documentation: without it, the ids of all pages are counted."""
    refusal = {"code": "INVALID_QUERY", "details": {"column_name": "id"}, "message": "no"}
    server.reply(400, refusal)
    server.responder = coql = Coql(2001)
    query = notes.query().select(F.title).where(F.size >= 5).order_by(F.title).limit(3)
    assert query.count() == 2001
    assert coql.queries[0] == "select id from Notes where Size >= 5 order by id asc limit 2000"
    assert len(coql.queries) == 2
    server.reply(400, refusal)
    server.reply(400, {**refusal, "details": {"column_name": "Size"}})
    with pytest.raises(InvalidQuery, match="Size"):
        query.count()


def test_a_query_whose_answer_is_lost_is_repeated(server: Any, notes: Notes) -> None:
    server.cut()
    server.reply(500, {"code": "INTERNAL_ERROR"})
    server.responder = Coql(3)
    assert ids(notes.query()) == [1, 2, 3]


def test_coql_may_spell_the_id_otherwise(server: Any, notes: Notes) -> None:
    server.reply(200, {"data": [{"Id": "7", "Title": "x"}], "info": {"more_records": False}})
    assert ids(notes.query()) == [7]


def test_what_coql_cannot_do(notes: Notes) -> None:
    with pytest.raises(ValueError, match=r"COQL cannot read Files: .* get"):
        notes.query().select(F.files)
    with pytest.raises(ValueError, match=r"COQL cannot read Friends: .* get"):
        notes.query().select(F.friends)
    with pytest.raises(ValueError, match="1 to 500 columns, not 0"):
        notes.query().select()
    with pytest.raises(ValueError, match="9 columns, not 10"):
        notes.query().order_by(*[F.title] * 10)


class Found:
    """Answers searches that find ``count`` records."""

    def __init__(self, count: int) -> None:
        self.count = count

    def __call__(self, seen: Any) -> Any:
        assert seen.path == "/crm/v8/Notes/search"
        page, size = int(seen.params["page"]), int(seen.params["per_page"])
        start = (page - 1) * size
        assert start + size <= 2000
        found = range(start + 1, min(start + size, self.count) + 1)
        more = start + size < self.count
        return {"data": [{"id": str(n)} for n in found], "info": {"more_records": more}}


@pytest.mark.parametrize("count", [0, 1, 199, 200, 201, 2000])
def test_a_search_reads_all_that_is_found(server: Any, notes: Notes, count: int) -> None:
    server.responder = Found(count)
    assert ids(notes.search(word="note")) == list(range(1, count + 1))
    assert len(server.requests) == max(1, -(-count // 200))


def test_a_search_that_finds_too_much_says_so(server: Any, notes: Notes) -> None:
    server.responder = Found(2001)
    seen: list[int] = []
    with pytest.raises(LimitExceeded, match="first 2000 records: narrow it, or use query"):
        seen.extend(int(row.id) for row in notes.search(word="note"))
    assert len(server.requests) == 10


def test_what_a_search_sends(server: Any, notes: Notes) -> None:
    server.reply(204)
    when = datetime(2026, 5, 1, tzinfo=UTC)
    condition = (F.title == "Burns, (B)") & (F.modified_time >= when)
    assert list(notes.search(condition, columns=[F.title, F.size, F.title])) == []
    server.reply(204)
    assert list(notes.search(email="a+b@example.com")) == []
    assert [request.params for request in server.requests] == [
        {
            "criteria": "((Title:equals:Burns\\, \\(B\\))and"
            "(Modified_Time:greater_equal:2026-05-01T00:00:00+00:00))",
            "fields": "Title,Size",
            "page": "1",
            "per_page": "200",
        },
        {"email": "a+b@example.com", "page": "1", "per_page": "200"},
    ]


def test_what_a_search_cannot_do(server: Any, notes: Notes) -> None:
    with pytest.raises(ValueError, match="one thing"):
        notes.search()
    with pytest.raises(ValueError, match="one thing"):
        notes.search(email="a@example.com", word="b")
    with pytest.raises(ValueError, match="out of lists"):
        notes.search(word="b", columns=[F.friends])
    condition = F.title == "x"
    for _ in range(10):
        condition |= F.title == "x"
    with pytest.raises(ValueError, match=r"not 11 and .*: use query"):
        notes.search(condition)
    with pytest.raises(ValueError, match="not 1 and 3015: use query"):
        notes.count(F.title == "x" * 3000)
    assert server.requests == []


def test_answers_without_what_they_should_have(server: Any, notes: Notes) -> None:
    server.reply(200, {"rows": []})
    with pytest.raises(UnexpectedAnswer, match="JSON without data"):
        next(notes.search(word="note"))
    server.reply(200, {"message": "none"})
    with pytest.raises(UnexpectedAnswer, match="JSON without count"):
        notes.count()
    server.reply(200, {"data": [{"id": "1"}], "info": {"more_records": True}})
    with pytest.raises(UnexpectedAnswer, match="no next_page_token"):
        list(notes.list())

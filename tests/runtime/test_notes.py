"""The notes of a record, over real HTTP."""

from __future__ import annotations

from datetime import datetime

import pytest
from acme_crm import Crm, Lead
from zohohub.errors import ApiError, RecordNotFound, WriteUnknown
from zohohub.notes import RecordNote
from zohohub.values import Ref, UserRef
from zohohub_gen.emulator import Emulator, Fault

from .bindings import calls

LENA = "6100000000000401001"
NOBODY = "4999999999999999"


def test_list(crm: Crm, acme: Emulator) -> None:
    acme.clear_requests()
    (note,) = crm.leads.notes(LENA).list()
    assert isinstance(note, RecordNote)
    assert note.id == "6100000000000413002"
    assert (note.title, note.content) == (None, "☀️ 屋根は南向き")
    assert note.owner == UserRef("6100000000000004004")
    assert note.created_by is not None
    assert note.created_by.name == "Kenji Mori"
    assert isinstance(note.created_time, datetime)
    assert note.created_time.tzinfo is not None
    (call,) = calls(acme, "GET")
    assert call.path == f"/crm/v8/Leads/{LENA}/Notes"
    assert call.query["fields"].startswith("id,Note_Title,Note_Content,")


def test_add_update_delete(crm: Crm, acme: Emulator) -> None:
    lead = crm.leads.create(last_name="Sandoval")
    notes = crm.leads.notes(Ref[Lead](lead))
    assert list(notes.list()) == []
    acme.clear_requests()
    first = notes.add("Call back\non Monday", title="Phone")
    second = notes.add("二")
    assert [note.id for note in notes.list()] == [second, first]
    assert calls(acme, "POST")[0].body == {
        "data": [
            {
                "Note_Content": "Call back\non Monday",
                "Note_Title": "Phone",
                "Parent_Id": {"module": {"api_name": "Leads"}, "id": lead},
            }
        ]
    }
    notes.update(first, title=None)
    notes.update(next(notes.list()), content="Two", title="Number")
    found = {note.id: (note.title, note.content) for note in notes.list()}
    assert found == {first: (None, "Call back\non Monday"), second: ("Number", "Two")}
    notes.delete(first)
    notes.delete(next(notes.list()))
    assert list(notes.list()) == []


def test_notes_belong_to_one_record(crm: Crm) -> None:
    (note,) = crm.leads.notes(LENA).list()
    other = crm.leads.notes(crm.leads.create(last_name="Sandoval"))
    with pytest.raises(RecordNotFound):
        other.update(note, content="x")
    with pytest.raises(RecordNotFound):
        other.delete(note)
    assert [each.content for each in crm.leads.notes(LENA).list()] == [note.content]
    with pytest.raises(RecordNotFound):
        list(crm.leads.notes(NOBODY).list())
    with pytest.raises(RecordNotFound):
        crm.leads.notes(NOBODY).add("x")


def test_what_zoho_would_refuse_is_not_sent(crm: Crm, acme: Emulator) -> None:
    notes = crm.leads.notes(LENA)
    acme.clear_requests()
    with pytest.raises(ValueError, match="needs content"):
        notes.add("")
    with pytest.raises(ValueError, match="the title of a note has at most 120 characters, not 121"):
        notes.add("x", title="t" * 121)
    with pytest.raises(ValueError, match="the content of a note has at most 65535"):
        notes.update("1", content="c" * 65_536)
    with pytest.raises(ValueError, match="nothing to change"):
        notes.update("1")
    with pytest.raises(TypeError, match="no 'text', only content and title"):
        notes.update("1", text="x")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    with pytest.raises(ValueError, match="not the id"):
        notes.delete("1/2")
    assert acme.requests == []
    with pytest.raises(ApiError, match="EXPECTED_FIELD_MISSING"):
        notes.update(next(notes.list()), content=None)


def test_a_note_is_not_added_twice(crm: Crm, acme: Emulator) -> None:
    notes = crm.leads.notes(LENA)
    acme.inject(Fault("cut_after", method="POST"))
    with pytest.raises(WriteUnknown):
        notes.add("once")
    (added,) = [note for note in notes.list() if note.content == "once"]
    acme.inject(Fault("cut_after", method="DELETE"))
    notes.delete(added)
    assert "once" not in [note.content for note in notes.list()]

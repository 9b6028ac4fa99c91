"""Zoho's SDK and what hangs on a record: notes, attachments, tags, related records."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from zohocrmsdk.src.com.zoho.crm.api import attachments, notes, related_records, tags
from zohocrmsdk.src.com.zoho.crm.api.modules import MinifiedModule
from zohocrmsdk.src.com.zoho.crm.api.util import StreamWrapper

from .sdk import create, parameters, read, record, results

pytestmark = pytest.mark.usefixtures("sdk")

ACCOUNT = 6100000000000403001
CONTACT = 6100000000000402001
LEAD = 6100000000000401001


@pytest.fixture
def lead() -> int:
    (made,) = create("Leads", record(Last_Name="Sandoval"))
    return made


# --- notes ------------------------------------------------------------------------------------


def _notes(*items: notes.Note) -> notes.BodyWrapper:
    request = notes.BodyWrapper()
    request.set_data(list(items))
    return request


def test_notes(lead: int) -> None:
    module = MinifiedModule()
    module.set_api_name("Leads")
    parent = notes.ParentId()
    parent.set_id(lead)
    parent.set_module(module)
    note = notes.Note()
    note.set_note_title("Keys")
    note.set_note_content("☀️ with the caretaker")
    note.set_parent_id(parent)
    operations = notes.NotesOperations()
    (made,) = results(operations.create_notes(_notes(note)), 201)
    note_id = int(made.get_details()["id"])

    change = notes.Note()
    change.set_note_content("with the neighbour")
    results(operations.update_note(note_id, _notes(change)), 200)
    (found,) = operations.get_note(note_id).get_object().get_data()
    assert (found.get_note_title(), found.get_note_content()) == ("Keys", "with the neighbour")
    assert (found.get_parent_id().get_id(), found.get_parent_id().get_name()) == (lead, "Sandoval")
    assert found.get_created_by().get_name() == "Amira Haddad"

    fields = parameters((notes.GetNotesParam.fields, "Note_Title,Parent_Id"))
    assert note_id in [
        each.get_id() for each in operations.get_notes(fields).get_object().get_data()
    ]
    results(operations.delete_note(note_id), 200)
    assert operations.get_note(note_id).get_status_code() == 204


# --- attachments ------------------------------------------------------------------------------


def _attached(lead: int) -> list[attachments.Attachment]:
    fields = parameters((attachments.GetAttachmentsParam.fields, "File_Name,Size,Parent_Id"))
    answer = attachments.AttachmentsOperations().get_attachments(lead, "Leads", fields)
    return [] if answer.get_status_code() == 204 else answer.get_object().get_data()


def _attach(lead: int, path: Path) -> int:
    request = attachments.FileBodyWrapper()
    request.set_file(StreamWrapper(file_path=str(path)))
    with request.get_file().get_stream():  # the SDK opens files and leaves them open
        answer = attachments.AttachmentsOperations().upload_attachments(lead, "Leads", request)
    (made,) = results(answer, 200)
    assert made.get_message() == "attachment uploaded successfully"
    attachment_id: int = made.get_details()["id"]
    return attachment_id


def test_attachments(lead: int, tmp_path: Path) -> None:
    path = tmp_path / "plan ä.txt"
    path.write_bytes(b"south roof")
    made = _attach(lead, path)
    (shown,) = _attached(lead)
    assert (shown.get_id(), shown.get_file_name(), shown.get_size()) == (made, "plan ä.txt", "10")
    assert shown.get_parent_id().get_id() == lead
    operations = attachments.AttachmentsOperations()
    file = operations.get_attachment(made, lead, "Leads").get_object().get_file()
    assert file.get_stream().content == b"south roof"
    # The SDK takes what follows filename*=UTF-8'' as it stands, percent signs included.
    assert file.get_name() == "plan%20%C3%A4.txt"
    results(operations.delete_attachment(made, lead, "Leads"), 200)
    assert _attached(lead) == []


def test_a_stream_without_a_name(lead: int) -> None:
    request = attachments.FileBodyWrapper()
    request.set_file(StreamWrapper("photo.png", io.BytesIO(b"\x89PNG")))
    results(attachments.AttachmentsOperations().upload_attachments(lead, "Leads", request), 200)
    # The SDK sends the stream alone, and not the name that it was given for it.
    assert [each.get_file_name() for each in _attached(lead)] == ["file"]


def test_links_and_deleting_several(lead: int, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"x")
    file_id = _attach(lead, path)
    operations = attachments.AttachmentsOperations()
    link = parameters(
        (attachments.UploadUrlAttachmentsParam.attachmenturl, "https://example.com/plan"),
        (attachments.UploadUrlAttachmentsParam.title, "Plan"),
    )
    (made,) = results(operations.upload_url_attachments(lead, "Leads", link), 200)
    link_id = made.get_details()["id"]
    assert {each.get_file_name() for each in _attached(lead)} == {"a.txt", "Plan"}
    refused = operations.get_attachment(link_id, lead, "Leads")
    assert refused.get_status_code() == 400
    ids = parameters((attachments.DeleteAttachmentsParam.ids, f"{file_id},{link_id},999"))
    answer = results(operations.delete_attachments(lead, "Leads", ids), 207)
    codes = [each.get_code().get_value() for each in answer]
    assert codes == ["SUCCESS", "SUCCESS", "INVALID_DATA"]
    assert _attached(lead) == []


# --- tags -------------------------------------------------------------------------------------


def _new(*names: str) -> tags.NewTagRequestWrapper:
    request = tags.NewTagRequestWrapper()
    found: list[tags.Tag] = []
    for name in names:
        tag = tags.Tag()
        tag.set_name(name)
        found.append(tag)
    request.set_tags(found)
    return request


def _existing(*names: str) -> tags.ExistingTagRequestWrapper:
    request = tags.ExistingTagRequestWrapper()
    found: list[tags.ExistingTag] = []
    for name in names:
        tag = tags.ExistingTag()
        tag.set_name(name)
        found.append(tag)
    request.set_tags(found)
    return request


def _names(lead: int) -> list[str]:
    return [tag.get_name() for tag in read("Leads", lead)["Tag"]]


def test_tags_of_a_record(lead: int) -> None:
    operations = tags.TagsOperations()
    answer = operations.add_tags("Leads", lead, _new("flat roof", "urgent"))
    (done,) = results(answer, 200)
    assert done.get_message() == "tags updated successfully"
    assert [tag.get_name() for tag in done.get_details()["tags"]] == ["flat roof", "urgent"]
    assert answer.get_object().get_success_count() == "1"
    assert _names(lead) == ["flat roof", "urgent"]
    results(operations.remove_tags("Leads", lead, _existing("urgent")), 200)
    assert _names(lead) == ["flat roof"]
    known = operations.get_tags(parameters((tags.GetTagsParam.module, "Leads"))).get_object()
    assert {"flat roof", "south roof"} <= {tag.get_name() for tag in known.get_tags()}


def test_tags_of_several_records(lead: int) -> None:
    (other,) = create("Leads", record(Last_Name="Ito"))
    operations = tags.TagsOperations()
    request = _new("east")
    request.set_ids([lead, other, 999])
    answer = operations.add_tags_to_multiple_records("Leads", request)
    codes = [each.get_code().get_value() for each in results(answer, 207)]
    assert codes == ["SUCCESS", "SUCCESS", "INVALID_DATA"]
    assert answer.get_object().get_success_count() == "2"
    gone = _existing("east")
    gone.set_ids([lead, other])
    results(operations.remove_tags_from_multiple_records("Leads", gone), 200)
    assert _names(lead) == _names(other) == []


# --- related records --------------------------------------------------------------------------


def _related(name: str, module: str, id: int, fields: str) -> dict[int, dict[str, Any]]:
    operations = related_records.RelatedRecordsOperations(name, module)
    wanted = parameters((related_records.GetRelatedRecordsParam.fields, fields))
    answer = operations.get_related_records(id, wanted)
    if answer.get_status_code() == 204:
        return {}
    return {each.get_id(): each.get_key_values() for each in answer.get_object().get_data()}


def test_records_that_look_up_this_one() -> None:
    contacts = _related("Contacts", "Accounts", ACCOUNT, "Last_Name,Email,Date_of_Birth")
    assert contacts[CONTACT]["Email"] == "mara.lindqvist@example.com"
    assert contacts[CONTACT]["Date_of_Birth"].year == 1979


def test_the_notes_of_a_record() -> None:
    (note,) = _related("Notes", "Leads", LEAD, "Note_Title,Note_Content").values()
    assert note["Note_Content"] == "☀️ 屋根は南向き"


def test_records_are_linked_and_delinked(lead: int) -> None:
    (campaign,) = create("Campaigns", record(Campaign_Name="Open day"))
    operations = related_records.RelatedRecordsOperations("Campaigns", "Leads")
    request = related_records.BodyWrapper()
    request.set_data([record(campaign), record(999)])
    linked, refused = results(operations.update_related_records(lead, request), 207)
    assert linked.get_code().get_value() == "SUCCESS"
    assert refused.get_code().get_value() == "INVALID_DATA"
    found = _related("Campaigns", "Leads", lead, "Campaign_Name")
    assert found[campaign]["Campaign_Name"] == "Open day"
    ids = parameters((related_records.DelinkRecordsParam.ids, str(campaign)))
    results(operations.delink_records(lead, ids), 200)
    assert _related("Campaigns", "Leads", lead, "Campaign_Name") == {}


def test_a_list_that_is_not_there() -> None:
    operations = related_records.RelatedRecordsOperations("Nothing", "Contacts")
    answer = operations.get_related_records(CONTACT, parameters())
    assert answer.get_status_code() == 400
    refused = answer.get_object()
    assert isinstance(refused, related_records.APIException)
    assert refused.get_code().get_value() == "INVALID_DATA"

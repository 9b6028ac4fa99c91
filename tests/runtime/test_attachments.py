"""Attachments of records, and the file store, over real HTTP."""

from __future__ import annotations

import io
import os
import shutil
from pathlib import Path

import pytest
from acme_crm import Crm
from zohohub.errors import (
    ApiError,
    ConnectionFailed,
    RecordNotFound,
    UnexpectedAnswer,
    WriteUnknown,
)
from zohohub.files import Files
from zohohub.local_files import MAX_BYTES
from zohohub.transport import Transport
from zohohub.values import Removed, UserRef
from zohohub_gen.emulator import Emulator, Fault

from .bindings import calls
from .conftest import Server

LENA = "6100000000000401001"
PLAN = bytes(range(256)) * 1000


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "Grundriß (1).pdf"
    path.write_bytes(PLAN)
    return path


# --- attachments ------------------------------------------------------------------------------


def test_upload_list_download_delete(crm: Crm, acme: Emulator, plan: Path, tmp_path: Path) -> None:
    attachments = crm.leads.attachments(LENA)
    assert list(attachments.list()) == []
    first = attachments.upload(plan)
    second = attachments.upload(b"hello", name="notes.txt")
    third = attachments.upload(str(plan), name="other.pdf")
    found = list(attachments.list())
    assert [each.id for each in found] == [third, second, first]
    assert [(each.name, each.size) for each in found] == [
        ("other.pdf", len(PLAN)),
        ("notes.txt", 5),
        ("Grundriß (1).pdf", len(PLAN)),
    ]
    assert all(each.url is None for each in found)
    assert found[0].owner == UserRef("6100000000000004001")
    assert found[0].created_time is not None

    target = tmp_path / "copy.pdf"
    target.write_bytes(b"old")
    attachments.download(found[2], target)
    assert target.read_bytes() == PLAN
    with attachments.stream(first) as download:
        assert download.headers["content-type"] == "application/pdf"
        assert b"".join(download.chunks(1000)) == PLAN
    copied = io.BytesIO()
    with attachments.stream(first) as download:
        assert download.read(3) == PLAN[:3]
        shutil.copyfileobj(download, copied, 1000)
        assert download.read(5) == download.read() == b""
    assert copied.getvalue() == PLAN[3:]
    attachments.delete(first)
    attachments.delete(found[1])
    assert [each.id for each in attachments.list()] == [third]
    with pytest.raises(RecordNotFound):
        attachments.download(first, tmp_path / "gone.pdf")
    with pytest.raises(RecordNotFound):
        attachments.delete(first)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Grundriß (1).pdf", "copy.pdf"]


def test_links(crm: Crm, acme: Emulator, tmp_path: Path) -> None:
    attachments = crm.leads.attachments(LENA)
    acme.clear_requests()
    link = attachments.link("https://example.com/ä?b=1", title="A & B")
    attachments.link("http://example.com/")
    found = {each.id: each for each in attachments.list()}
    assert (found[link].name, found[link].url) == ("A & B", "https://example.com/ä?b=1")
    assert found[link].size is None
    assert {each.url for each in found.values()} == {
        "https://example.com/ä?b=1",
        "http://example.com/",
    }
    with pytest.raises(ApiError, match="DOWNLOAD_NOT_ALLOWED"):
        attachments.download(link, tmp_path / "page.html")
    assert list(tmp_path.iterdir()) == []
    for url in ("ftp://example.com/", "example.com", "https://example.com/" + "x" * 3000):
        with pytest.raises(ValueError, match="a link begins with"):
            attachments.link(url)
    for title in ("", "t" * 256):
        with pytest.raises(ValueError, match="a title has"):
            attachments.link("https://example.com", title=title)
    assert len(calls(acme, "POST")) == 2


def test_a_link_is_a_plain_value_of_a_form(server: Server, transport: Transport) -> None:
    from zohohub.attachments import RecordAttachments

    server.reply(200, {"data": [{"code": "SUCCESS", "details": {"id": "9"}}]})
    attachments = RecordAttachments(transport, "Leads", "7")
    assert attachments.link("https://example.com/a") == "9"
    (seen,) = server.requests
    assert seen.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert b'name="attachmentUrl"\r\n' in seen.body
    assert b"filename" not in seen.body
    assert b"\r\n\r\nhttps://example.com/a\r\n" in seen.body


def test_files_that_zoho_would_refuse_are_not_sent(
    crm: Crm, acme: Emulator, tmp_path: Path
) -> None:
    attachments = crm.leads.attachments(LENA)
    acme.clear_requests()
    large = tmp_path / "large.bin"
    with large.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    empty = tmp_path / "empty.txt"
    empty.touch()
    for send in (attachments.upload, crm.files.upload):
        with pytest.raises(ValueError, match=r"large\.bin has 20971521 bytes; Zoho takes 1 to"):
            send(large)
        with pytest.raises(ValueError, match=r"empty\.txt has 0 bytes"):
            send(empty)
        with pytest.raises(ValueError, match="the name that the file shall have"):
            send(b"x", name="")
        with pytest.raises(FileNotFoundError):
            send(tmp_path / "missing.txt")
    with pytest.raises(ValueError, match="not the id"):
        attachments.delete("1/../2")
    assert acme.requests == []


def test_an_attachment_of_another_record_is_not_there(crm: Crm) -> None:
    made = crm.leads.attachments(LENA).upload(b"x", name="x.txt")
    other = crm.leads.attachments(crm.leads.create(last_name="Sandoval"))
    with pytest.raises(RecordNotFound), other.stream(made) as download:
        download.read()
    with pytest.raises(RecordNotFound):
        crm.leads.attachments("4999999999999999").upload(b"x", name="x.txt")


def test_half_a_file_is_none(crm: Crm, acme: Emulator, tmp_path: Path) -> None:
    attachments = crm.leads.attachments(LENA)
    made = attachments.upload(PLAN, name="plan.pdf")
    target = tmp_path / "plan.pdf"
    target.write_bytes(b"the one before")
    acme.inject(Fault("truncate", path=f"/crm/v8/Leads/{LENA}/Attachments/{made}"))
    with pytest.raises(ConnectionFailed):
        attachments.download(made, target)
    assert target.read_bytes() == b"the one before"
    assert list(tmp_path.iterdir()) == [target]
    with pytest.raises(FileNotFoundError):
        attachments.download(made, tmp_path / "no folder" / "plan.pdf")
    acme.inject(Fault("truncate", path=f"/crm/v8/Leads/{LENA}/Attachments/{made}"))
    with attachments.stream(made) as download, pytest.raises(ConnectionFailed):
        download.read(len(PLAN))


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
def test_a_download_has_the_usual_mode(crm: Crm, tmp_path: Path) -> None:
    attachments = crm.leads.attachments(LENA)
    target = tmp_path / "x.txt"
    attachments.download(attachments.upload(b"x", name="x.txt"), target)
    plain = tmp_path / "plain.txt"
    plain.touch()
    assert target.stat().st_mode == plain.stat().st_mode


def test_an_upload_is_not_repeated(crm: Crm, acme: Emulator) -> None:
    attachments = crm.leads.attachments(LENA)
    acme.inject(Fault("cut_after", method="POST"))
    with pytest.raises(WriteUnknown):
        attachments.upload(b"x", name="x.txt")
    (made,) = attachments.list()
    acme.inject(Fault("cut_after", method="DELETE"))
    attachments.delete(made)
    assert list(attachments.list()) == []


# --- the file store ---------------------------------------------------------------------------


def test_a_file_field(crm: Crm, acme: Emulator, plan: Path, tmp_path: Path) -> None:
    installation = "6100000000000417004"
    documents = [crm.files.upload(plan), crm.files.upload(b"hello", name="notes.txt")]
    crm.installations.update(installation, documents=documents)
    found = crm.installations.get(installation).documents or []
    assert [(file.name, file.size) for file in found] == [
        ("Grundriß (1).pdf", len(PLAN)),
        ("notes.txt", 5),
    ]
    target = tmp_path / "copy.pdf"
    crm.files.download(found[0], target)
    assert target.read_bytes() == PLAN
    with crm.files.stream(documents[1]) as download:
        assert download.read() == b"hello"
    assert found[0].id is not None
    crm.installations.update(installation, documents=[Removed(found[0].id)])
    left = crm.installations.get(installation).documents or []
    assert [file.name for file in left] == ["notes.txt"]
    with pytest.raises(RecordNotFound):
        crm.files.download("0" * 64, tmp_path / "none")


def test_an_image_field(crm: Crm) -> None:
    visit = next(crm.site_visits.list()).id
    before = [Removed(photo.id) for photo in crm.site_visits.get(visit).photos or [] if photo.id]
    made = crm.files.upload(b"\x89PNG\r\n\x1a\n", name="roof.png")
    crm.site_visits.update(visit, photos=[*before, made])
    (photo,) = crm.site_visits.get(visit).photos or []
    assert photo.name == "roof.png"


def test_an_upload_to_the_store_may_be_repeated(crm: Crm, acme: Emulator) -> None:
    acme.inject(Fault("cut_after", method="POST"))
    file_id = crm.files.upload(b"x", name="x.txt")
    with crm.files.stream(file_id) as download:
        assert download.read() == b"x"


def test_odd_answers_of_the_store(server: Server, transport: Transport) -> None:
    files = Files(transport)
    server.reply(200, {"data": []})
    with pytest.raises(UnexpectedAnswer, match="no file"):
        files.upload(b"x", name="x.txt")
    server.reply(200, {"data": [{"code": "VIRUS_DETECTED", "message": "no", "details": {}}]})
    with pytest.raises(ApiError, match="VIRUS_DETECTED"):
        files.upload(b"x", name="x.txt")
    server.reply(400, {"code": "failure_in_attachment_handling", "message": "no"})
    with pytest.raises(ApiError, match="FAILURE_IN_ATTACHMENT_HANDLING"):
        files.upload(b"x", name="x.txt")

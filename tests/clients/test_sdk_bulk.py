"""Zoho's SDK reads and writes in bulk, and uploads files."""

from __future__ import annotations

import csv
import io
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from zohocrmsdk.src.com.zoho.crm.api import HeaderMap, files
from zohocrmsdk.src.com.zoho.crm.api import bulk_read as reading
from zohocrmsdk.src.com.zoho.crm.api import bulk_write as writing
from zohocrmsdk.src.com.zoho.crm.api.fields import MinifiedField
from zohocrmsdk.src.com.zoho.crm.api.modules import MinifiedModule
from zohocrmsdk.src.com.zoho.crm.api.util import Choice, StreamWrapper

from .sdk import parameters, read

pytestmark = pytest.mark.usefixtures("sdk")


def _module(api_name: str) -> MinifiedModule:
    module = MinifiedModule()
    module.set_api_name(api_name)
    return module


def _rows(content: bytes) -> list[dict[str, str]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        (name,) = archive.namelist()
        return list(csv.DictReader(io.StringIO(archive.read(name).decode(), newline="")))


def _zipped(path: Path, text: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("leads.csv", text)
    return path


def test_bulk_read() -> None:
    field = MinifiedField()
    field.set_api_name("Last_Name")
    criteria = reading.Criteria()
    criteria.set_field(field)
    criteria.set_comparator(Choice("equal"))
    criteria.set_value("Brandt")
    query = reading.Query()
    query.set_module(_module("Leads"))
    query.set_fields(["Last_Name", "Email", "Owner"])
    query.set_criteria(criteria)
    request = reading.BodyWrapper()
    request.set_query(query)
    operations = reading.BulkReadOperations()
    answer = operations.create_bulk_read_job(request)
    assert answer.get_status_code() == 201
    (made,) = answer.get_object().get_data()
    assert made.get_code().get_value() == "ADDED_SUCCESSFULLY"
    job_id = int(made.get_details()["id"])
    while (job := _read_job(job_id)).get_state().get_value() != "COMPLETED":
        time.sleep(0.02)
    assert (job.get_result().get_count(), job.get_result().get_more_records()) == (1, False)
    assert job.get_query().get_module().get_api_name() == "Leads"
    file = operations.download_result(job_id).get_object().get_file()
    assert file.get_name() == f"{job_id}.zip"
    assert _rows(file.get_stream().content) == [
        {
            "Id": "6100000000000401001",
            "Last_Name": "Brandt",
            "Email": "lena.brandt@example.org",
            "Owner": "6100000000000004001",
        }
    ]


def _read_job(job_id: int) -> Any:
    (job,) = reading.BulkReadOperations().get_bulk_read_job_details(job_id).get_object().get_data()
    return job


def test_a_bulk_read_that_is_refused() -> None:
    query = reading.Query()
    query.set_module(_module("Nothing"))
    request = reading.BodyWrapper()
    request.set_query(query)
    answer = reading.BulkReadOperations().create_bulk_read_job(request)
    assert answer.get_status_code() == 400
    assert isinstance(answer.get_object(), reading.APIException)


def _upload(path: Path) -> str:
    body = writing.FileBodyWrapper()
    body.set_file(StreamWrapper(file_path=str(path)))
    headers = HeaderMap()
    headers.add(writing.UploadFileHeader.feature, "bulk-write")
    headers.add(writing.UploadFileHeader.x_crm_org, "60099000111")
    with body.get_file().get_stream():  # the SDK opens files and leaves them open
        answer = writing.BulkWriteOperations().upload_file(body, headers)
    assert answer.get_status_code() == 200
    made = answer.get_object()
    assert made.get_code().get_value() == "FILE_UPLOAD_SUCCESS"
    return str(made.get_details()["file_id"])


def test_bulk_write(tmp_path: Path) -> None:
    text = "Last_Name,Email\nBulk,bulk@example.com\n,nameless@example.com\n"
    resource = writing.Resource()
    resource.set_type(Choice("data"))
    resource.set_module(_module("Leads"))
    resource.set_file_id(_upload(_zipped(tmp_path / "leads.zip", text)))
    mappings: list[writing.FieldMapping] = []
    for index, api_name in enumerate(("Last_Name", "Email")):
        mapping = writing.FieldMapping()
        mapping.set_api_name(api_name)
        mapping.set_index(index)
        mappings.append(mapping)
    resource.set_field_mappings(mappings)
    request = writing.RequestWrapper()
    request.set_operation(Choice("insert"))
    request.set_resource([resource])
    operations = writing.BulkWriteOperations()
    made = operations.create_bulk_write_job(request).get_object()
    assert isinstance(made, writing.SuccessResponse)
    job_id = made.get_details()["id"]
    while (job := operations.get_bulk_write_job_details(job_id).get_object()).get_status() != (
        "COMPLETED"
    ):
        time.sleep(0.02)
    file = job.get_resource()[0].get_file()
    assert (file.get_name(), file.get_total_count()) == ("leads.csv", 2)
    assert (file.get_added_count(), file.get_skipped_count()) == (1, 1)
    url = job.get_result().get_download_url()
    result = operations.download_bulk_write_result(url).get_object().get_file()
    added, skipped = _rows(result.get_stream().content)
    assert (added["STATUS"], skipped["STATUS"]) == ("ADDED", "SKIPPED")
    assert skipped["ERRORS"] == "MANDATORY_NOT_FOUND-Last_Name"
    assert read("Leads", int(added["RECORD_ID"]))["Email"] == "bulk@example.com"


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "plan.pdf"
    path.write_bytes(b"%PDF-1.7")
    body = files.BodyWrapper()
    body.set_file([StreamWrapper(file_path=str(path))])
    with body.get_file()[0].get_stream():
        (made,) = files.FilesOperations().upload_files(body, parameters()).get_object().get_data()
    details = made.get_details()
    assert details["name"] == "plan.pdf"
    answer = files.FilesOperations().get_file(parameters((files.GetFileParam.id, details["id"])))
    file = answer.get_object().get_file()
    assert (file.get_name(), file.get_stream().content) == ("plan.pdf", b"%PDF-1.7")

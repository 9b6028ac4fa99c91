"""Bulk write: POST /upload, POST /bulk/write, GET /bulk/write/{id} and its result."""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, request

from .bulk_cells import value, zipped
from .bulk_jobs import Job, Jobs
from .catalog import ModuleInfo
from .errors import ApiError, ItemError, no_permission
from .files_api import uploaded, zip_answer
from .incoming import Route, json_body
from .settings_api import ZGID
from .state import State
from .store import Content, Row
from .values import Json, as_list, as_object, format_time

MAX_FILE = 25 * 1024 * 1024
MAX_ROWS = 25_000

_MAX_TABLE = 500 * 1024 * 1024
"""Bytes of a table that was unpacked; no honest one is larger."""
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    csv.Error,
    UnicodeDecodeError,
    EOFError,
    OSError,
    RuntimeError,  # of zipfile: a password is needed
    NotImplementedError,  # of zipfile: another kind of compression
)
"""What is wrong with a file that is no archive of tables in UTF-8, whatever it begins with."""
_AT_ONCE = 100
_SHOWN = 3
_STATES = {"RUNNING": "INPROGRESS", "QUEUED": "ADDED"}
_NOT_TOLD = ("file_id", "file_names", "find_by")
"""What an answer about a job leaves out of what was asked."""
_OPERATIONS = ("insert", "update", "upsert")


@dataclass(frozen=True, slots=True)
class _Plan:
    operation: str
    info: ModuleInfo
    resource: Json
    file_name: str
    find_by: str
    mappings: list[tuple[int, str]]
    rows: list[list[str]]


class BulkWriteApi:
    """Imports of up to 25,000 rows a job."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.jobs = Jobs(state, "$bulk_writes")
        self.jobs.resume(lambda job: self._import(job, self._plan(job.order)))

    def routes(self) -> Iterator[Route]:
        """Rule, view and methods of each, below ``/crm/bulk/v8``."""
        yield "/write", self._create, ["POST"]
        yield "/write/<job_id>", self._get, ["GET"]
        yield "/write/<job_id>/result", self._result, ["GET"]

    def upload_routes(self) -> Iterator[Route]:
        """Rule, view and methods of the upload, which stands below ``/crm/v8``."""
        yield "/upload", self._upload, ["POST"]

    # --- the routes -----------------------------------------------------------------------

    def _upload(self) -> Json:
        if request.headers.get("feature") != "bulk-write":
            raise ApiError(400, "NOT_SUPPORTED_FEATURE", "the feature is not supported")
        zgid = self._state.catalog.snapshot.org.get("zgid") or ZGID
        if request.headers.get("X-CRM-ORG") != zgid:
            raise ApiError(400, "INVALID_DATA", "invalid org", {"header_name": "X-CRM-ORG"})
        file = request.files.get("file")
        if file is None:
            raise ApiError(400, "MANDATORY_NOT_FOUND", "no file", {"api_name": "file"})
        content = uploaded(file)
        if len(content.bytes) > MAX_FILE:
            raise ApiError(413, "FILE_TOO_LARGE", "file size exceeds the limit")
        if not zipfile.is_zipfile(io.BytesIO(content.bytes)):
            raise ApiError(400, "INVALID_FILE_FORMAT", "unsupported format of a file")
        with self._state.store.transaction():
            file_id = self._state.store.new_id()
            self._state.store.put_content(file_id, content)
        moment = format_time(self._state.clock(), self._state.zone)
        return {
            "status": "success",
            "code": "FILE_UPLOAD_SUCCESS",
            "message": "file uploaded.",
            "details": {"file_id": file_id, "created_time": moment},
        }

    def _create(self) -> tuple[int, Json]:
        body = json_body()
        plan = self._plan(body)
        asked = {"operation": plan.operation, "resource": plan.resource}
        job = self.jobs.add(body, asked, lambda job: self._import(job, plan))
        return 201, {
            "status": "success",
            "code": "SUCCESS",
            "message": "success",
            "details": {"id": job.id, "created_by": job.created_by},
        }

    def _get(self, job_id: str) -> Json:
        job = self.jobs.get(job_id)
        state = _STATES.get(job.stage, job.stage)
        asked: Json = job.request["resource"]
        resource = {name: each for name, each in asked.items() if name not in _NOT_TOLD}
        resource["status"] = state
        if "file" in job.details:
            resource |= {"code": "SUCCESS", "file": job.details["file"]}
        if state == "FAILED":
            resource |= job.details["error"]
            resource["status"] = state
        answer: Json = {
            "id": job.id,
            "status": state,
            "character_encoding": "UTF-8",
            "operation": job.request["operation"],
            "resource": [resource],
            "created_by": job.created_by,
            "created_time": job.created_time,
            "callback": None,
        }
        if state == "COMPLETED":
            address = self._state.accounts.api_domain + request.path.rstrip("/")
            answer["result"] = {"download_url": f"{address}/result"}
        return answer

    def _result(self, job_id: str) -> Response:
        return zip_answer(job_id, self.jobs.download(job_id))

    # --- the plan -------------------------------------------------------------------------

    def _plan(self, body: Json) -> _Plan:
        operation = body.get("operation")
        if operation not in _OPERATIONS:
            raise _invalid("INVALID_DATA", json_path="$.operation")
        resources = as_list(body.get("resource")) or []
        resource = as_object(resources[0]) if len(resources) == 1 else None
        if resource is None or resource.get("type") != "data":
            raise _invalid("INVALID_DATA", json_path="$.resource")
        name = (as_object(resource.get("module")) or {}).get("api_name")
        info = self._state.catalog.get(name) if isinstance(name, str) else None
        if info is None or info.open or not info.module.api_supported:
            raise _invalid("MODULE_NOT_AVAILABLE", json_path="$.resource[0].module")
        if operation != "update" and not info.module.creatable:
            raise no_permission(f"Crm_Implied_Create_{name}")
        if operation != "insert" and not info.module.editable:
            raise no_permission(f"Crm_Implied_Edit_{name}")
        if not isinstance(resource.get("ignore_empty", False), bool):
            raise _invalid("INVALID_DATA", json_path="$.resource[0].ignore_empty")
        mappings = self._mappings(info, resource)
        find_by = resource.get("find_by")
        if operation != "insert":
            if not isinstance(find_by, str):
                raise _invalid("MANDATORY_NOT_FOUND", "Required key find_by is not available")
            if find_by not in (*info.unique, info.duplicate_field, "id"):
                raise _invalid("INVALID_DATA", json_path="$.resource[0].find_by")
            if find_by not in [api_name for _, api_name in mappings]:
                raise _invalid("MANDATORY_FIELDS_NOT_MAPPED", fields=[find_by])
        if operation == "insert":
            mapped = {api_name for _, api_name in mappings}
            missing = sorted(
                field.api_name
                for field in info.fields.values()
                if field.required and field.creatable and field.api_name not in {*mapped, "Owner"}
            )
            if missing:
                raise _invalid("MANDATORY_FIELDS_NOT_MAPPED", fields=missing)
        (wanted, *_) = as_list(resource.get("file_names")) or [None]
        name, rows = self._table(resource.get("file_id"), wanted)
        for number, (index, _) in enumerate(mappings):
            if index >= len(rows[0]):
                path = f"$.resource[0].field_mappings[{number}].index"
                raise _invalid("INVALID_DATA", json_path=path)
        return _Plan(operation, info, resource, name, str(find_by), mappings, rows)

    def _mappings(self, info: ModuleInfo, resource: Json) -> list[tuple[int, str]]:
        """Index and api_name of each column that is read."""
        found: list[tuple[int, str]] = []
        for number, each in enumerate(as_list(resource.get("field_mappings")) or []):
            mapping = as_object(each) or {}
            index, api_name = mapping.get("index"), mapping.get("api_name")
            if (
                not isinstance(index, int)
                or index < 0
                or not isinstance(api_name, str)
                or (api_name != "id" and api_name not in info.fields)
            ):
                raise _invalid("INVALID_DATA", json_path=f"$.resource[0].field_mappings[{number}]")
            found.append((index, api_name))
        if not found:
            raise _invalid("MISSING_REQUIRED_KEY", json_path="$.resource[0].field_mappings")
        return found

    def _table(self, file_id: Any, wanted: Any) -> tuple[str, list[list[str]]]:
        """Name and rows of an uploaded file, the header first.

        ``file_names`` may be left out where the archive holds one file.
        """
        with self._state.store.transaction():
            content: Content | None = self._state.store.content(str(file_id))
        if content is None:
            raise _invalid("FILE_NOT_FOUND", file_id=file_id)
        try:
            with zipfile.ZipFile(io.BytesIO(content.bytes)) as archive:
                names = archive.namelist()
                name: Any = names[0] if wanted is None and len(names) == 1 else wanted
                if name not in names:
                    raise _invalid("FILE_NOT_FOUND", file_name=name)
                if archive.getinfo(name).file_size > _MAX_TABLE:
                    raise _invalid("FILE_NOT_SUPPORTED", file_name=name)
                text = archive.read(name).decode("utf-8-sig")
            rows = list(csv.reader(io.StringIO(text, newline="")))
        except _UNREADABLE as error:
            raise _invalid("FILE_NOT_SUPPORTED", file_id=file_id) from error
        if not 1 < len(rows) <= MAX_ROWS + 1:
            raise _invalid("FILE_NOT_SUPPORTED", rows=len(rows) - 1, limit=MAX_ROWS)
        return name, rows

    # --- the work -------------------------------------------------------------------------

    def _import(self, job: Job, plan: _Plan) -> None:
        header, *rows = plan.rows
        store = self._state.store
        done = f"rows of job {job.id}"
        with store.transaction():
            results: list[list[str]] = [row for part in store.kept(done).values() for row in part]
        for start in range(len(results), len(rows), _AT_ONCE):
            self.jobs.check()
            with store.transaction():
                part = [self._row(plan, header, row) for row in rows[start : start + _AT_ONCE]]
                # With the rows themselves, so that none is done twice after a restart.
                store.keep(done, str(start), part)
            results += part
        shown = [index for index, _ in plan.mappings[:_SHOWN]]
        names = [header[index] for index in shown]
        job.result = zipped(
            f"{plan.info.api_name}-{plan.file_name}",
            [*names, "STATUS", "RECORD_ID", "ERRORS"],
            (
                [*(row[index] if index < len(row) else "" for index in shown), *result]
                for row, result in zip(rows, results, strict=True)
            ),
        )
        counts = [status for status, _, _ in results]
        job.details = {
            "file": {
                "status": "COMPLETED",
                "name": plan.file_name,
                "added_count": counts.count("ADDED"),
                "updated_count": counts.count("UPDATED"),
                "skipped_count": counts.count("SKIPPED"),
                "total_count": len(rows),
            },
        }

    def _row(self, plan: _Plan, header: Sequence[str], row: Sequence[str]) -> list[str]:
        """STATUS, RECORD_ID and ERRORS of one row."""
        item: Json = {}
        for index, api_name in plan.mappings:
            text = row[index] if index < len(row) else ""
            if text:
                item[api_name] = value(plan.info.fields.get(api_name), text)
            elif not plan.resource.get("ignore_empty"):
                item[api_name] = None
        found = None if plan.operation == "insert" else self._find(plan, item)
        record_id = item.pop("id", None)
        path = "$.data[0]"
        outcome: Row | ItemError
        if plan.operation == "update" and found is None:
            details = {"api_name": plan.find_by}
            outcome = ItemError("RESOURCE_NOT_FOUND", "no such record", details)
        elif found is not None:
            outcome = self._state.writer.update(plan.info, found, item, path, None)
        elif plan.find_by == "id" and record_id and plan.operation == "upsert":
            outcome = ItemError("RESOURCE_NOT_FOUND", "no such record", {"api_name": "id"})
        else:
            item = {name: each for name, each in item.items() if each is not None}
            outcome = self._state.writer.insert(plan.info, item, path)
        if isinstance(outcome, Row):
            return ["ADDED" if found is None else "UPDATED", outcome.id, ""]
        columns = {api_name: header[index] for index, api_name in plan.mappings}
        return ["SKIPPED", "", _errors(outcome, columns)]

    def _find(self, plan: _Plan, item: Json) -> str | None:
        wanted = item.get(plan.find_by)
        if plan.find_by == "id":
            known = isinstance(wanted, str) and self._state.store.exists(plan.info.api_name, wanted)
            return wanted if known else None
        return next(iter(self._state.store.find(plan.info.api_name, plan.find_by, wanted)), None)


def _errors(error: ItemError, columns: dict[str, str]) -> str:
    """``CODE-Column,Column:CODE-Column``."""
    by_code: dict[str, list[str]] = {}
    nested = as_list(error.details.get("errors"))
    for each in [error.body()] if nested is None else nested:
        name = str(each["details"].get("api_name", ""))
        by_code.setdefault(each["code"], []).append(columns.get(name, name))
    return ":".join(f"{code}-{','.join(names)}" for code, names in by_code.items())


def _invalid(code: str, message: str = "the job is not valid", **details: Any) -> ApiError:
    return ApiError(400, code, message, details)

"""Bulk writes: any number of rows, through jobs that Zoho does in the background."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from zohohub.bulk_files import FILE_NAME, Operation, write_parts
from zohohub.errors import UnexpectedAnswer, ZohoError, api_error
from zohohub.jobs import PATIENCE, check_job_id, open_table, wait_for
from zohohub.results import Result, Results
from zohohub.transport import UPLOAD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from zohohub.bulk_files import Part
    from zohohub.columns import Column
    from zohohub.records import Record
    from zohohub.transport import Answer, Sender

__all__ = ["BulkWrite", "start_bulk_write"]

_PATH = "/crm/bulk/v8/write"
_ACTIONS = {"ADDED": "insert", "UPDATED": "update"}
# One for all: there may be a million rows.
_NO_DETAILS: Mapping[str, Any] = {}


class BulkWrite:
    """Rows on their way into a module, by bulk write jobs of at most 25,000 rows or 25 MB each.

    The jobs go on whether anybody waits or not: keep the ``ids`` to take the results up later, in
    another process too.  A job costs 500 credits.  The token needs the scopes ZohoCRM.bulk.ALL,
    ZohoFiles.files.ALL and ZohoCRM.org.READ.
    """

    def __init__(self, sender: Sender, ids: Sequence[str]) -> None:
        self.ids: Sequence[str] = [check_job_id(job_id) for job_id in ids]
        """The ids of the jobs, in the order of the rows."""
        self._sender = sender

    def __repr__(self) -> str:
        return f"<BulkWrite {', '.join(self.ids) or 'of no rows'}>"

    def ready(self) -> bool:
        """Whether all jobs are done.  Calls ``GET /bulk/write/{id}`` for each until one is not."""
        return all(self._done(job_id) is not None for job_id in self.ids)

    def results(self, timeout: float = PATIENCE) -> Results:
        """Wait for the jobs, and return one result for each row, in order.

        ``timeout`` holds the seconds to wait for each job.  A row that Zoho skipped has an error
        that says why.  Calls ``GET /bulk/write/{id}`` and downloads the files that the jobs leave.
        Raises `TimedOut` for a job that takes too long, the `ApiError` of one that failed, and
        `RecordNotFound` when a file is no longer kept; the ``results`` of the error are those of
        the jobs before.
        """
        results: list[Result] = []
        for job_id in self.ids:
            name = f"bulk write {job_id}"
            try:
                done = wait_for(partial(self._done, job_id), name, timeout)
                with open_table(self._sender, done.url) as lines:
                    found = list(_results(lines, len(results), name))
                if done.count not in (None, len(found)):
                    problem = f"{len(found)} results for {done.count} rows"
                    raise UnexpectedAnswer(problem, status=200, request=name)
            except ZohoError as error:
                error.results = Results(results)
                raise
            results += found
        return Results(results)

    def _done(self, job_id: str) -> _Done | None:
        """What a job came to; None while it runs."""
        answer = self._sender.request("GET", f"{_PATH}/{job_id}")
        job = _object(answer.json)
        state = str(job.get("status", "")).upper()
        if state in ("FAILED", "FAILURE"):
            raise api_error(200, _failure(job), f"bulk write {job_id}")
        if state != "COMPLETED":
            return None
        url = _object(job.get("result")).get("download_url")
        if not isinstance(url, str):
            raise UnexpectedAnswer(
                "a job that is done and has no result",
                status=answer.status,
                request=answer.request,
            )
        resources = [_object(each) for each in _list(job.get("resource"))]
        count = _object(resources[0].get("file")).get("total_count") if resources else None
        return _Done(url, count if isinstance(count, int) else None)


@dataclass(frozen=True, slots=True)
class _Done:
    url: str
    """Where the file is that the job left."""
    count: int | None
    """How many rows it says that it read."""


def start_bulk_write(
    sender: Sender,
    module: str,
    record_type: type[Record],
    operation: Operation,
    rows: Iterable[Mapping[str, object]],
    match: Column[Any] | None = None,
) -> BulkWrite:
    """Write all rows into files, then upload each file and start its job.

    Nothing is sent before every row is in a file: a row that cannot be written raises
    ``ValueError`` or ``TypeError``, and no job was started.  An error after that holds the ids of
    the jobs that were, in ``bulk_jobs``.
    """
    parts: list[Part] = []
    started: list[str] = []
    try:
        parts += write_parts(record_type, operation, rows)
        organization = _organization(sender) if parts else ""
        for part in parts:
            file_id = _upload(sender, part, organization)
            started.append(_start(sender, module, operation, part, file_id, match))
    except ZohoError as error:
        error.bulk_jobs = started
        if started:
            error.add_note(f"bulk write jobs that were started before: {', '.join(started)}")
        raise
    finally:
        for part in parts:
            part.content.close()
    return BulkWrite(sender, started)


def _organization(sender: Sender) -> str:
    """The id by which Zoho's file servers know the org."""
    answer = sender.request("GET", "org")
    orgs = _list(_object(answer.json).get("org"))
    number = _object(orgs[0] if orgs else None).get("zgid")
    if not isinstance(number, str):
        raise UnexpectedAnswer("an org without zgid", status=answer.status, request=answer.request)
    return number


def _upload(sender: Sender, part: Part, organization: str) -> str:
    from zohohub.connection import Upload

    part.content.seek(0)
    answer = sender.request(
        "POST",
        "upload",
        headers={"feature": "bulk-write", "X-CRM-ORG": organization},
        upload=Upload("rows.zip", part.content.read(), content_type="application/zip"),
        host=UPLOAD,
        # A file that no job reads is of no consequence.
        idempotent=True,
    )
    return _id(answer, "file_id")


def _start(
    sender: Sender,
    module: str,
    operation: Operation,
    part: Part,
    file_id: str,
    match: Column[Any] | None,
) -> str:
    from zohohub.columns import LayoutColumn, LookupColumn, UserColumn

    mappings: list[dict[str, Any]] = []
    for index, column in enumerate(part.columns):
        mapping: dict[str, Any] = {"api_name": column.api_name, "index": index}
        if isinstance(column, LookupColumn | UserColumn | LayoutColumn):
            mapping["find_by"] = "id"
        mappings.append(mapping)
    resource: dict[str, Any] = {
        "type": "data",
        "module": {"api_name": module},
        "file_id": file_id,
        "file_names": [FILE_NAME],
        "ignore_empty": not part.clears,
        "field_mappings": mappings,
    }
    if operation != "insert":
        resource["find_by"] = "id" if match is None else match.api_name
    body = {"operation": operation, "character_encoding": "UTF-8", "resource": [resource]}
    return _id(sender.request("POST", _PATH, json=body), "id")


def _id(answer: Answer, name: str) -> str:
    found = _object(_object(answer.json).get("details")).get(name)
    if not isinstance(found, str):
        raise UnexpectedAnswer(f"no {name}", status=answer.status, request=answer.request)
    return found


def _failure(job: Mapping[str, Any]) -> Mapping[str, Any]:
    """The code of a job that failed, which stands at its file."""
    for item in _list(job.get("resource")):
        resource = _object(item)
        if resource.get("code") not in (None, "SUCCESS"):
            return resource
    return {"code": "FAILED", "message": "the job failed"}


def _results(lines: Iterator[list[str]], start: int, request: str) -> Iterator[Result]:
    header = next(lines, [""])
    try:
        # The module's own columns come first, and one may have such a name too.
        places = [_last(header, name) for name in ("STATUS", "RECORD_ID", "ERRORS")]
    except ValueError:
        raise UnexpectedAnswer("a result without STATUS", status=200, request=request) from None
    for index, line in enumerate(lines, start):
        if len(line) != len(header):
            problem = f"a line of {len(line)} cells under {len(header)} columns"
            raise UnexpectedAnswer(problem, status=200, request=request)
        status, record_id, errors = (line[place] for place in places)
        yield _result(index, status.upper(), record_id, errors, request)


def _last(header: Sequence[str], name: str) -> int:
    return len(header) - 1 - header[::-1].index(name)


def _result(index: int, status: str, record_id: str, errors: str, request: str) -> Result:
    action = _ACTIONS.get(status)
    if action is not None:
        return Result(
            index,
            "done",
            id=record_id or None,
            action=action,
            code="SUCCESS",
            details=_NO_DETAILS,
        )
    body = _error(status, errors)
    return Result(
        index,
        "not sent" if status == "UNPROCESSED" else "refused",
        code=body["code"],
        message=body["message"],
        details=body["details"],
        error=api_error(200, body, request),
    )


def _error(status: str, errors: str) -> dict[str, Any]:
    """The error of a row out of ``CODE-Column,Column:CODE-Column``."""
    found: list[dict[str, Any]] = []
    for item in errors.split(":") if errors else ():
        code, _, names = item.partition("-")
        found += [
            {"code": code, "message": f"the row was {status.lower()}", "details": details}
            for details in ([{"api_name": name} for name in names.split(",") if name] or [{}])
        ]
    if len(found) == 1:
        return found[0]
    return {
        "code": "MULTIPLE_OR_MULTI_ERRORS" if found else status,
        "message": f"the row was {status.lower()}",
        "details": {"errors": found} if found else {},
    }


def _object(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []

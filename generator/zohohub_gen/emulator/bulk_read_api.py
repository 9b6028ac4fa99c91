"""Bulk read: POST /bulk/read, GET /bulk/read/{id} and its result."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Response, request

from .bulk_cells import cell, zipped
from .bulk_jobs import Job, Jobs
from .catalog import ModuleInfo
from .conditions import Column, Condition
from .coql_columns import Reference, Sources
from .errors import ApiError
from .files_api import zip_answer
from .incoming import Route, json_body
from .json_criteria import JsonCriteria, invalid_query
from .paging import TOKEN_LIFETIME
from .state import State
from .values import Json, as_list, as_object

PER_PAGE = 200_000

_AT_ONCE = 2_000
_TOKENS = "bulk read page"
_NO_BULK = frozenset({"Notes", "Attachments", "Emails"})
_STATES = {"RUNNING": "IN PROGRESS", "FAILED": "FAILURE"}


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a job reads; the next job of the same query differs in ``page`` and ``after``."""

    info: ModuleInfo
    query: Json
    columns: list[Reference]
    condition: Condition
    sources: Sources
    page: int = 1
    after: str = ""
    """The key of the last record of the page before."""


class BulkReadApi:
    """Exports of up to 200,000 records a job.  Routes lie below ``/crm/bulk/v8``."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.jobs = Jobs(state, "$bulk_reads")
        self.jobs.resume(lambda job: self._export(job, self._plan(job.order)))

    def routes(self) -> Iterator[Route]:
        """Rule, view and methods of each."""
        yield "/read", self._create, ["POST"]
        yield "/read/<job_id>", self._get, ["GET"]
        yield "/read/<job_id>/result", self._result, ["GET"]

    # --- the routes -----------------------------------------------------------------------

    def _create(self) -> tuple[int, Json]:
        if not request.is_json:
            raise ApiError(415, "MEDIA_TYPE_NOT_SUPPORTED", "the media type is not supported")
        body = json_body()
        if body.get("file_type", "csv") != "csv":
            raise ApiError(400, "NOT_SUPPORTED_FEATURE", "the emulator exports csv files only")
        query = as_object(body.get("query"))
        if query is None:
            raise invalid_query("MANDATORY_NOT_FOUND", api_name="query", json_path="$.query")
        order = self._next_page(query) if "page_token" in query else {"query": query}
        plan = self._plan(order)
        job = self.jobs.add(order, plan.query, lambda job: self._export(job, plan))
        details = {
            "id": job.id,
            "operation": "read",
            "state": job.stage,
            "created_by": job.created_by,
            "created_time": job.created_time,
        }
        item = {
            "status": "success",
            "code": "ADDED_SUCCESSFULLY",
            "message": "Added successfully.",
            "details": details,
        }
        return 201, {"data": [item], "info": {}}

    def _get(self, job_id: str) -> Json:
        job = self.jobs.get(job_id)
        state = _STATES.get(job.stage, job.stage)
        answer: Json = {
            "id": job.id,
            "operation": "read",
            "state": state,
            "query": job.request,
            "created_by": job.created_by,
            "created_time": job.created_time,
            "file_type": "csv",
        }
        if state == "COMPLETED":
            url = request.path.rstrip("/") + "/result"
            answer["result"] = {**job.details, "download_url": url}
        elif state == "FAILURE":
            answer["result"] = {"error_message": job.details["error"]}
        return {"data": [answer]}

    def _result(self, job_id: str) -> Response:
        return zip_answer(job_id, self.jobs.download(job_id))

    # --- the work -------------------------------------------------------------------------

    def _export(self, job: Job, plan: _Plan) -> None:
        rows = list(self._rows(plan))
        more = len(rows) > PER_PAGE
        rows = rows[:PER_PAGE]
        token = self._token(plan, rows[-1][0]) if more else None
        names = ["Id", *(column.text for column in plan.columns)]
        job.result = zipped(f"{job.id}.csv", names, (cells for _, cells in rows))
        job.details = {
            "page": plan.page,
            "per_page": PER_PAGE,
            "count": len(rows),
            "more_records": more,
            "next_page_token": token,
        }

    def _rows(self, plan: _Plan) -> Iterator[tuple[str, list[str]]]:
        """Key and cells of the records of a page, and of one more."""
        condition, bound = plan.condition
        aliases = [source.alias for source in plan.sources.all]
        selected = ", ".join(f"{alias}.data" for alias in aliases)
        sql = (
            f"SELECT r.key, {selected} FROM {plan.sources.sql}"  # noqa: S608 - names of the schema
            f" WHERE r.module = ? AND r.key > ? AND {condition} ORDER BY r.key LIMIT ?"
        )
        after, left = plan.after, PER_PAGE + 1
        while left > 0:
            self.jobs.check()
            parameters = (*plan.sources.parameters, plan.info.api_name, after, *bound)
            with self._state.store.transaction():
                found = self._state.store.select(sql, (*parameters, min(left, _AT_ONCE)))
                texts = [row[1:] for row in found]
                records = plan.sources.read(texts, plan.columns, self._state.computed)
            for (key, *_), data in zip(found, records, strict=True):
                cells = [cell(column.value(data[column.source.alias])) for column in plan.columns]
                yield key, [key.lstrip("0"), *cells]
            if len(found) < min(left, _AT_ONCE):
                return
            left -= len(found)
            after = found[-1][0]

    def _token(self, plan: _Plan, after: str) -> str:
        token = secrets.token_hex(24)
        order = {"query": plan.query, "page": plan.page + 1, "after": after}
        with self._state.store.transaction():
            expires = self._state.clock() + TOKEN_LIFETIME
            self._state.store.keep(_TOKENS, token, {"expires": int(expires), "order": order})
        return token

    def _next_page(self, query: Json) -> Json:
        """The order that a page token stands for."""
        with self._state.store.transaction():
            known = self._state.store.kept(_TOKENS).get(str(query["page_token"]))
        if len(query) > 1 or known is None:
            raise invalid_query("TOKEN_BOUND_DATA_MISMATCH", param_name="page_token")
        if known["expires"] <= self._state.clock():
            raise invalid_query("EXPIRED_VALUE", param_name="page_token")
        return dict(known["order"])

    # --- the query ------------------------------------------------------------------------

    def _plan(self, order: Json) -> _Plan:
        query: Json = order["query"]
        if query.get("page", 1) != 1:
            raise invalid_query("PAGE_NOT_SUPPORTED", page=query["page"])
        module = query.get("module")
        name = (as_object(module) or {"api_name": module}).get("api_name")
        info = self._state.catalog.get(name) if isinstance(name, str) else None
        if info is None or info.open:
            raise invalid_query("MODULE_NOT_AVAILABLE", api_name=name)
        if info.api_name in _NO_BULK or not info.module.api_supported:
            raise invalid_query("MODULE_NOT_SUPPORTED", api_name=name)
        sources = Sources(self._state.catalog, info)
        names = as_list(query.get("fields"))
        if names is None:
            names = [field.api_name for field in info.fields.values() if _exportable(info, field)]
        columns: list[Reference] = []
        for each in names:
            if each == "id":
                continue
            column = self._field(sources, each, "FIELD_NOT_SUPPORTED")
            if column.field is not None and not _exportable(column.source.info, column.field):
                raise invalid_query("FIELD_NOT_SUPPORTED", api_name=each)
            columns.append(column)
        criteria = as_object(query.get("criteria"))
        tree = JsonCriteria(lambda name: self._compared(sources, name))
        condition: Condition = ("1", []) if criteria is None else tree.condition(criteria)
        shown = {"api_name": info.api_name, "id": info.module.id}
        return _Plan(
            info=info,
            query={**query, "module": shown, "page": 1},
            columns=columns,
            condition=condition,
            sources=sources,
            page=order.get("page", 1),
            after=order.get("after", ""),
        )

    def _compared(self, sources: Sources, name: object) -> Column | None:
        return self._field(sources, name, "FIELD_IN_CRITERIA_NOT_SUPPORTED").column()

    def _field(self, sources: Sources, name: Any, code: str) -> Reference:
        try:
            return sources.resolve(str(name), "select")
        except ApiError as error:
            raise invalid_query(code, api_name=name) from error


def _exportable(info: ModuleInfo, field: Any) -> bool:
    from zohohub_gen import ir

    kept_elsewhere = isinstance(field.type, ir.Subform | ir.Files) or field.api_name in info.links
    return field.api_name != "id" and not kept_elsewhere

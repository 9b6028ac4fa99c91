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
from .conditions import BadValueError, Condition, Operator, compare
from .coql_columns import Reference, Sources
from .errors import ApiError
from .incoming import Route, json_body
from .paging import TOKEN_LIFETIME
from .state import State
from .values import Json, as_list, as_object, loads

PER_PAGE = 200_000
MAX_CRITERIA = 25
MAX_VALUES = 100
EMPTY = "${EMPTY}"

_AT_ONCE = 2_000
_TOKENS = "bulk read page"
_NO_BULK = frozenset({"Notes", "Attachments", "Emails"})
_STATES = {"RUNNING": "IN PROGRESS", "FAILED": "FAILURE"}
_SQL: dict[str, Operator] = {
    "equal": "=",
    "not_equal": "!=",
    "less_than": "<",
    "less_equal": "<=",
    "greater_than": ">",
    "greater_equal": ">=",
    "in": "in",
    "not_in": "not in",
    "between": "between",
    "not_between": "not between",
    "starts_with": "starts with",
}
_ORDERED = frozenset(
    {"less_than", "less_equal", "greater_than", "greater_equal", "between", "not_between"}
)
_TEXT = frozenset({"contains", "not_contains", "starts_with", "ends_with"})
_WITHOUT_ORDER = frozenset({"text", "picklist", "options", "reference", "boolean"})


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
            raise _invalid("MANDATORY_NOT_FOUND", api_name="query", json_path="$.query")
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
        answer = Response(self.jobs.download(job_id), content_type="application/zip")
        answer.headers["Content-Disposition"] = f"attachment; filename={job_id}.zip"
        return answer

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
            for key, *texts in found:
                data = {
                    alias: None if text is None else loads(text)
                    for alias, text in zip(aliases, texts, strict=True)
                }
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
            raise _invalid("TOKEN_BOUND_DATA_MISMATCH", param_name="page_token")
        if known["expires"] <= self._state.clock():
            raise _invalid("EXPIRED_VALUE", param_name="page_token")
        return dict(known["order"])

    # --- the query ------------------------------------------------------------------------

    def _plan(self, order: Json) -> _Plan:
        query: Json = order["query"]
        if query.get("page", 1) != 1:
            raise _invalid("PAGE_NOT_SUPPORTED", page=query["page"])
        module = query.get("module")
        name = (as_object(module) or {"api_name": module}).get("api_name")
        info = self._state.catalog.get(name) if isinstance(name, str) else None
        if info is None or info.open:
            raise _invalid("MODULE_NOT_AVAILABLE", api_name=name)
        if info.api_name in _NO_BULK or not info.module.api_supported:
            raise _invalid("MODULE_NOT_SUPPORTED", api_name=name)
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
                raise _invalid("FIELD_NOT_SUPPORTED", api_name=each)
            columns.append(column)
        criteria = as_object(query.get("criteria"))
        counted = _Criteria(self._field, sources)
        condition: Condition = ("1", []) if criteria is None else counted.condition(criteria)
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

    def _field(self, sources: Sources, name: Any, code: str) -> Reference:
        try:
            return sources.resolve(str(name), "select")
        except ApiError as error:
            raise _invalid(code, api_name=name) from error


class _Criteria:
    """Turns the criteria of a query into SQL with bound values."""

    def __init__(self, resolve: Any, sources: Sources) -> None:
        self._resolve = resolve
        self._sources = sources
        self._count = 0

    def condition(self, item: Json) -> Condition:
        """SQL of a group or of one comparison."""
        group = as_list(item.get("group"))
        if group is None:
            return self._comparison(item)
        word = str(item.get("group_operator")).upper()
        if word not in ("AND", "OR"):
            raise _invalid("GROUP_OPERATOR_NOT_SUPPORTED", supported=["and", "or"])
        parts = [self.condition(as_object(each) or {}) for each in group]
        if not parts:
            raise _invalid("AMBIGUOUS_GROUP_IN_CRITERIA")
        bound = [value for _, values in parts for value in values]
        return "(" + f" {word} ".join(sql for sql, _ in parts) + ")", bound

    def _comparison(self, item: Json) -> Condition:
        self._count += 1
        if self._count > MAX_CRITERIA:
            raise _invalid("CRITERIA_LIMIT_EXCEEDED", max_limit=MAX_CRITERIA)
        name = (as_object(item.get("field")) or {}).get("api_name")
        comparator, value = item.get("comparator"), item.get("value")
        left = self._resolve(self._sources, name, "FIELD_IN_CRITERIA_NOT_SUPPORTED").column()
        if left is None:
            raise _invalid("FIELD_IN_CRITERIA_NOT_SUPPORTED", api_name=name)
        place = {"api_name": name, "comparator": comparator}
        if value == EMPTY and comparator in ("equal", "not_equal"):
            return compare(left, "is null" if comparator == "equal" else "is not null", [])
        fits = comparator in _TEXT or comparator in _SQL
        if left.kind in _WITHOUT_ORDER:
            fits = fits and comparator not in _ORDERED
        if comparator in _TEXT:
            fits = left.kind in ("text", "picklist")
        if not fits:
            raise _invalid("FIELD_COMPARATOR_IN_CRITERIA_NOT_SUPPORTED", **place)
        several = comparator in ("in", "not_in", "between", "not_between")
        given = (as_list(value) or []) if several else [value]
        values = [each for each in given if isinstance(each, str)]
        if not values or len(values) < len(given):
            raise _invalid("COMPARATOR_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE", **place)
        if len(values) > MAX_VALUES:
            raise _invalid("VALUE_LIMIT_EXCEEDED_IN_CRITERIA", **place)
        if "between" in str(comparator) and len(values) != 2:
            raise _invalid("COMPARATOR_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE", **place)
        try:
            if comparator in ("contains", "not_contains", "ends_with"):
                # Here a per cent sign is one.
                sql = f"instr(zoho_fold({left.sql}), zoho_fold(?)) > 0"
                if comparator == "ends_with":
                    sql = f"substr(zoho_fold({left.sql}), -length(?)) = zoho_fold(?)"
                    return sql, [values[0], values[0]]
                return (f"NOT ({sql})" if comparator == "not_contains" else sql), [values[0]]
            return compare(left, _SQL[str(comparator)], values)
        except BadValueError as error:
            raise _invalid("COMPARATOR_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE", **place) from error


def _exportable(info: ModuleInfo, field: Any) -> bool:
    from zohohub_gen import ir

    kept_elsewhere = isinstance(field.type, ir.Subform | ir.Files) or field.api_name in info.links
    return field.api_name != "id" and not kept_elsewhere


def _invalid(code: str, **details: Any) -> ApiError:
    return ApiError(400, code, "the query is not valid", details)

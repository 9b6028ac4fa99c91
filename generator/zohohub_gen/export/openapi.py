"""The record endpoints of the org's modules as an OpenAPI 3.1 document, with the org's schemas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from zohohub_gen.bindings import Bindings
from zohohub_gen.export.parts import JsonSchema, refer
from zohohub_gen.export.schema import DIALECT, define, free_name, record_names
from zohohub_gen.ir import Module
from zohohub_gen.source import visible

_PLACE: Final = "#/components/schemas/"
_MOST_RECORDS = 100
"""In one write."""
_MOST_ROWS = 200
"""In one answer."""


def openapi_document(bindings: Bindings) -> Mapping[str, Any]:
    """List, get, create, update, delete and search for every module of which the API has records.

    The scopes are ``ZohoCRM.modules.ALL``, and ``ZohoSearch.securesearch.READ`` to search.
    """
    schemas = define(bindings, _PLACE, "", "Create", "Update").schemas
    info = free_name("PageInfo", bindings.names.classes)
    named = bindings.names.modules
    records = record_names(bindings.names)
    modules = sorted(
        (each for each in bindings.chosen().modules if each.api_supported and not each.is_subform),
        key=lambda each: named[each.api_name].file,
    )
    paths: dict[str, Any] = {}
    for module in modules:
        paths |= dict(
            _paths(
                module, named[module.api_name].file, records[module.api_name], refer(_PLACE, info)
            )
        )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Zoho CRM",
            "version": "v8",
            "description": "The records of an org, by the modules and fields that it has.",
        },
        "jsonSchemaDialect": DIALECT,
        "servers": [_SERVER],
        "security": [{"zoho": []}],
        "tags": [{"name": visible(each.api_name), "description": _label(each)} for each in modules],
        "paths": paths,
        "components": {
            "schemas": {**schemas, info: _PAGE_INFO},
            "parameters": _PARAMETERS,
            "responses": _RESPONSES,
            "securitySchemes": {"zoho": _SECURITY},
        },
    }


def _label(module: Module) -> str:
    return visible(module.plural_label or module.api_name)


def _paths(
    module: Module, file: str, name: str, info: JsonSchema
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    label = _label(module)
    record = refer(_PLACE, name)
    listed = _body(_envelope(record, _MOST_ROWS, info=info), "The records.")

    def operation(verb: str, summary: str, responses: Mapping[str, Any], **more: Any) -> Any:
        return {
            "operationId": f"{file}_{verb}",
            "summary": summary,
            "tags": [visible(module.api_name)],
            **more,
            "responses": {**responses, "default": _see("responses", "Error")},
        }

    nothing = {"204": _see("responses", "Nothing")}
    many: dict[str, Any] = {
        "get": operation(
            "list",
            f"List records of {label}.",
            {"200": listed, **nothing, "304": _see("responses", "NotModified")},
            parameters=[_parameter(name) for name in (*_OF_LISTS, "Fields", "Since")],
        )
    }
    if module.creatable:
        many["post"] = operation(
            "create",
            f"Create records of {label}.",
            {"201": _see("responses", "Results"), "207": _see("responses", "Results")},
            requestBody=_write(refer(_PLACE, f"{name}Create"), _MOST_RECORDS),
        )
    one: dict[str, Any] = {
        "parameters": [_parameter("Id")],
        "get": operation(
            "get",
            f"Read one record of {label}, with all of its fields.",
            {"200": _body(_envelope(record, 1), "The record."), **nothing},
        ),
    }
    done = {"200": _see("responses", "Results")}
    if module.editable:
        one["put"] = operation(
            "update",
            f"Change one record of {label}: a key left out is left alone, null clears.",
            done,
            requestBody=_write(refer(_PLACE, f"{name}Update"), 1),
        )
    if module.deletable:
        one["delete"] = operation("delete", f"Delete one record of {label}.", done)
    found = operation(
        "search",
        f"Search records of {label}, by one of criteria, email, phone and word.",
        {"200": listed, **nothing},
        parameters=[_parameter(name) for name in _OF_SEARCHES],
    )
    path = f"/{quote(module.api_name, safe='', errors='replace')}"
    yield path, many
    yield f"{path}/search", {"get": found}
    yield f"{path}/{{id}}", one


def _see(kind: str, name: str) -> JsonSchema:
    return {"$ref": f"#/components/{kind}/{name}"}


def _parameter(name: str) -> JsonSchema:
    return _see("parameters", name)


def _body(schema: JsonSchema, text: str) -> Mapping[str, Any]:
    return {"description": text, "content": {"application/json": {"schema": schema}}}


def _write(record: JsonSchema, most: int) -> Mapping[str, Any]:
    triggers: JsonSchema = {
        "description": "Which automations run: all without the key, none of an empty list.",
        "type": "array",
        "items": {"type": "string"},
    }
    schema = _envelope(record, most, trigger=triggers)
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _envelope(item: JsonSchema, most: int, **more: JsonSchema) -> JsonSchema:
    data: JsonSchema = {"type": "array", "items": item, "minItems": 1, "maxItems": most}
    return {"type": "object", "properties": {"data": data, **more}, "required": ["data"]}


# --- What is the same in every org ---------------------------------------------------------------

_SERVER: Final = {
    "url": "https://{domain}/crm/v8",
    "variables": {
        "domain": {
            "default": "www.zohoapis.com",
            "description": "The api_domain that came with the access token.",
        }
    },
}
_SECURITY: Final = {
    "type": "apiKey",
    "in": "header",
    "name": "Authorization",
    "description": "`Zoho-oauthtoken `, and then the access token.",
}
_TEXT: Final[JsonSchema] = {"type": "string"}
_PAGE_INFO: Final[JsonSchema] = {
    "description": "Which page of a list it is.",
    "type": "object",
    "properties": {
        "page": {"type": "integer"},
        "per_page": {"type": "integer"},
        "count": {"type": "integer"},
        "more_records": {"type": "boolean"},
        "next_page_token": {"type": ["string", "null"]},
        "previous_page_token": {"type": ["string", "null"]},
        "page_token_expiry": {"type": ["string", "null"], "format": "date-time"},
        "sort_by": _TEXT,
        "sort_order": _TEXT,
    },
}
_RESULT: Final[JsonSchema] = {
    "description": "What became of the call, or of one record of it.",
    "type": "object",
    "properties": {
        "code": _TEXT,
        "details": {"type": "object"},
        "message": _TEXT,
        "status": {"enum": ["success", "error"]},
    },
    "required": ["code", "status"],
}
_RESPONSES: Final = {
    "Results": _body(
        _envelope(_RESULT, _MOST_RECORDS), "What became of each record, in the order of the call."
    ),
    "Error": _body(
        {"anyOf": [_RESULT, _envelope(_RESULT, _MOST_RECORDS)]}, "Why the call was refused."
    ),
    "Nothing": {"description": "There is no such record."},
    "NotModified": {"description": "No record has changed since."},
}


def _query(name: str, text: str, schema: JsonSchema, **more: Any) -> Mapping[str, Any]:
    return {"name": name, "in": "query", "description": text, "schema": schema, **more}


def _listed(item: JsonSchema, most: int) -> JsonSchema:
    return {"type": "array", "items": item, "minItems": 1, "maxItems": most}


_COMMAS: Final[Mapping[str, Any]] = {"style": "form", "explode": False}
_SOME_FIELDS = _listed(_TEXT, 50)
_PARAMETERS: Final[Mapping[str, Any]] = {
    "Id": {"name": "id", "in": "path", "required": True, "schema": _TEXT},
    "Fields": _query(
        "fields", "The api_names of the fields to read.", _SOME_FIELDS, required=True, **_COMMAS
    ),
    "SomeFields": _query(
        "fields", "The api_names of the fields to read; all without it.", _SOME_FIELDS, **_COMMAS
    ),
    "Ids": _query("ids", "These records alone.", _listed(_TEXT, _MOST_RECORDS), **_COMMAS),
    "Page": _query(
        "page",
        "Up to the first 2,000 records; then page_token.",
        {"type": "integer", "minimum": 1},
    ),
    "PerPage": _query(
        "per_page", "200 without it.", {"type": "integer", "minimum": 1, "maximum": _MOST_ROWS}
    ),
    "PageToken": _query("page_token", "The next_page_token of the page before.", _TEXT),
    "SortBy": _query(
        "sort_by", "id without it.", {"enum": ["id", "Created_Time", "Modified_Time"]}
    ),
    "SortOrder": _query("sort_order", "desc without it.", {"enum": ["asc", "desc"]}),
    "View": _query("cvid", "The id of a custom view; not with sort_by.", _TEXT),
    "Converted": _query(
        "converted", "Of leads: false without it.", {"enum": ["false", "true", "both"]}
    ),
    "Criteria": _query("criteria", "(Last_Name:equals:Burns)and(City:starts_with:B)", _TEXT),
    "Email": _query("email", "A whole e-mail address.", _TEXT),
    "Phone": _query("phone", "A whole phone number.", _TEXT),
    "Word": _query("word", "A word of two characters or more.", {**_TEXT, "minLength": 2}),
    "Since": {
        "name": "If-Modified-Since",
        "in": "header",
        "description": "Only records that were changed since.",
        "schema": {"type": "string", "format": "date-time"},
    },
}
_OF_LISTS = ("Ids", "Page", "PerPage", "PageToken", "SortBy", "SortOrder", "View", "Converted")
_OF_SEARCHES = ("Criteria", "Email", "Phone", "Word", "SomeFields", "Page", "PerPage", "Converted")

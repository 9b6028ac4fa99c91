"""Zoho's published OpenAPI files: does a request or an answer fit them?

The files are not part of the project.  Their folder is named by ``ZOHOHUB_OPENAPI``, or lies at
``../shared/zoho/openapi`` beside the repository.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema_rs

from tests.support.packages import REPOSITORY

OPENAPI = Path(
    os.environ.get("ZOHOHUB_OPENAPI") or REPOSITORY.parent / "shared" / "zoho" / "openapi"
)

_ERROR_KEYS = {"code", "details", "message", "status"}
_RESULT_KEYS = {*_ERROR_KEYS, "action", "duplicate_field"}
UNLISTED_CODES = frozenset(
    {
        "DUPLICATE_LINKING_DATA",
        "FILE_TOO_LARGE",
        "JSON_PARSE_ERROR",
        "RECORD_IN_BLUEPRINT",
        "RECORD_NOT_IN_PROCESS",
    }
)
"""Codes of errors that the guide has and no file lists."""
_METHODS = ("get", "post", "put", "patch", "delete")
_VERSION = re.compile(r"/crm(?P<bulk>/bulk)?/v[\d.]+(?P<rest>/.*)")
_ANY_NAME = r"(?!(?:actions|deleted|roles|search|upsert)(?:/|$))[^/]+"
"""What a variable part of a path may be: no record has such an id."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that does not fit."""

    operation: str
    """The method and the path as the file has it, such as ``GET /{module}``."""
    where: str
    """``request`` or ``answer 200`` and the place in it, list positions as ``*``."""
    rule: str
    """The keyword of JSON Schema, or ``undescribed``."""
    message: str = field(compare=False)

    def __str__(self) -> str:
        return f"{self.operation} | {self.where} | {self.rule} | {self.message}"


@dataclass(frozen=True, slots=True)
class Operation:
    """One call of one file."""

    name: str
    pattern: re.Pattern[str]
    specificity: tuple[int, ...]
    document: Mapping[str, Any]
    parameters: Sequence[Mapping[str, Any]]
    body: Mapping[str, Any] | None
    answers: Mapping[str, Mapping[str, Any]]
    codes: Set[str]
    """The codes of errors of all files."""
    validators: dict[int, Any] = field(default_factory=dict[int, Any])

    def check_request(
        self, query: Mapping[str, str], body: object, headers: Mapping[str, str]
    ) -> Iterator[Finding]:
        """What is wrong with a request; ``body`` is JSON, None for none or a form."""
        known = {each["name"]: each for each in self.parameters if each["in"] == "query"}
        for name, value in query.items():
            place = f"request query.{name}"
            if name not in known:
                yield Finding(self.name, place, "undescribed", f"{name}={value}")
            elif schema := known[name].get("schema"):
                yield from self._check(schema, _typed(schema, value), place)
        for name, parameter in known.items():
            if parameter.get("required") and name not in query:
                yield Finding(self.name, f"request query.{name}", "required", "it is missing")
        described = {
            each["name"].lower(): each for each in self.parameters if each["in"] == "header"
        }
        given = {name.lower(): value for name, value in headers.items()}
        for name, parameter in described.items():
            place = f"request header.{name}"
            if name in given:
                yield from self._check(parameter.get("schema", {}), given[name], place)
            elif parameter.get("required"):
                yield Finding(self.name, place, "required", "it is missing")
        described_body = None if self.body is None else _json_schema(self.body)
        if described_body is not None and body is not None:
            yield from self._check(described_body, body, "request $")
        elif body is not None:
            yield Finding(self.name, "request $", "undescribed", "a JSON body")
        elif described_body is not None and self.body and self.body.get("required"):
            yield Finding(self.name, "request $", "required", "there is no JSON body")

    def check_answer(self, status: int, body: object) -> Iterator[Finding]:
        """What is wrong with an answer; ``body`` is JSON, None for none.

        Of errors the files list some codes and statuses a call: all have one shape, and their
        codes are those of all files together.
        """
        place = f"answer {status}"
        if status >= 400:
            yield from check_error(self.name, place, body, self.codes)
            return
        answer = self.answers.get(str(status))
        if answer is None:
            yield Finding(self.name, place, "undescribed", f"{body}"[:300])
            return
        schema = _json_schema(answer)
        if schema is not None and body is not None:
            yield from self._check(schema, body, f"{place} $")
        elif body is not None:
            yield Finding(self.name, f"{place} $", "undescribed", f"{body}"[:300])
        elif schema is not None:
            yield Finding(self.name, f"{place} $", "required", "there is no JSON body")

    def _check(self, schema: Mapping[str, Any], value: object, place: str) -> Iterator[Finding]:
        key = id(schema)  # the documents live as long as this
        if key not in self.validators:
            self.validators[key] = jsonschema_rs.Draft202012Validator(
                {**schema, "components": self.document.get("components", {})},
                validate_formats=True,
                formats={"date-time": _is_datetime, "int64": str.isdigit},
            )
        for error in self.validators[key].iter_errors(value):
            for each in _violations(error):
                rule = str(each.schema_path[-1])
                yield Finding(self.name, place + _place(each), rule, each.message[:300])


def check_error(call: str, place: str, body: object, codes: Set[str]) -> Iterator[Finding]:
    """What is wrong with the answer to a call that was refused, or some of whose records were."""
    errors, where = [body], f"{place} $"
    if isinstance(body, dict) and "code" not in body:
        (name, items), *_ = body.items()
        errors, where = [each for each in items if "code" in each], f"{place} $.{name}.*"
    for error in errors:
        if not isinstance(error, dict) or not _ERROR_KEYS <= error.keys() <= _RESULT_KEYS:
            yield Finding(call, where, "required", f"{error}"[:300])
            continue
        expected = "success" if error["code"] == "SUCCESS" else "error"
        if error["status"] != expected:
            yield Finding(call, f"{where}.status", "const", f"{error}"[:300])
        if error["code"] not in codes and error["code"] not in UNLISTED_CODES:
            yield Finding(call, f"{where}.code", "enum", f"{error}"[:300])


def _json_schema(content: Mapping[str, Any]) -> Mapping[str, Any] | None:
    media: Mapping[str, Any] = content.get("content", {})
    return next((each.get("schema") for kind, each in media.items() if "json" in kind), None)


def _typed(schema: Mapping[str, Any], value: str) -> object:
    """A parameter's text as the JSON that its schema speaks of."""
    kind = schema.get("type")
    if kind in ("integer", "number") and re.fullmatch(r"-?\d+", value):
        return int(value)
    if kind == "boolean" and value in ("true", "false"):
        return value == "true"
    return value.split(",") if kind == "array" else value


# --- JSON Schema ----------------------------------------------------------------------------


def _resolved(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        found: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = found
    return schema


def _violations(error: jsonschema_rs.ValidationError) -> list[jsonschema_rs.ValidationError]:
    """The error itself; of one that has alternatives, those of the nearest alternative."""
    branches: Sequence[Any] = getattr(error.kind, "context", ())
    nearest = [[each for inner in branch for each in _violations(inner)] for branch in branches]
    return min(nearest, key=len, default=[]) or [error]


def _place(error: jsonschema_rs.ValidationError) -> str:
    return "".join(".*" if isinstance(part, int) else f".{part}" for part in error.instance_path)


def _is_datetime(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


# --- the files ------------------------------------------------------------------------------


class Contracts:
    """All files of a folder."""

    def __init__(self, folder: Path = OPENAPI) -> None:
        documents = [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))]
        self.codes = frozenset(code for document in documents for code in _codes(document))
        self.operations = [
            each for document in documents for each in _operations(document, self.codes)
        ]
        self.operations.sort(key=lambda operation: operation.specificity)

    def find(self, method: str, path: str) -> Operation | None:
        """The call that an address belongs to; None for one that no file describes."""
        match = _VERSION.fullmatch(path)
        if match is None:
            return None
        base = "bulk" if match["bulk"] else "crm"
        target = f"{method} {base}{unquote(match['rest'])}"
        return next((each for each in self.operations if each.pattern.fullmatch(target)), None)


def _codes(schema: Any, name: str = "") -> Iterator[str]:
    """Every value that a property ``code`` may have."""
    if isinstance(schema, dict):
        if name == "code":
            yield from (str(each) for each in schema.get("enum", [schema.get("const")]))
        for key, each in schema.items():
            yield from _codes(each, key)
    elif isinstance(schema, list):
        for each in schema:
            yield from _codes(each)


def _operations(document: Mapping[str, Any], codes: Set[str]) -> Iterator[Operation]:
    base = "bulk" if "/bulk/" in document["servers"][0]["url"] else "crm"
    shown = "/bulk" if base == "bulk" else ""
    for path, item in document["paths"].items():
        parts = path.split("/")[1:]
        for method in _METHODS:
            if method not in item:
                continue
            call = item[method]
            parameters = [*item.get("parameters", []), *call.get("parameters", [])]
            pattern = "/".join(
                _ANY_NAME if part.startswith("{") else re.escape(part) for part in parts
            )
            body = call.get("requestBody")
            yield Operation(
                name=f"{method.upper()} {shown}{path}",
                pattern=re.compile(f"{method.upper()} {base}/{pattern}"),
                specificity=tuple(int(part.startswith("{")) for part in parts),
                document=document,
                parameters=[_resolved(document, each) for each in parameters],
                body=None if body is None else _resolved(document, body),
                answers={
                    status: _resolved(document, each) for status, each in call["responses"].items()
                },
                codes=codes,
            )

"""Comparisons of fields with values, as SQL over the stored JSON: for search and for COQL.

Only names out of the schema and question marks enter the SQL text; values are bound.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Literal, TypeAlias

from zohohub_gen import ir

from .catalog import ModuleInfo
from .values import fold, id_key, is_id, parse_time

Kind: TypeAlias = Literal[
    "id", "text", "picklist", "options", "reference", "boolean", "number", "bigint", "date", "time"
]
Operator: TypeAlias = Literal[
    "=",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "in",
    "not in",
    "like",
    "not like",
    "between",
    "not between",
    "is null",
    "is not null",
    "starts with",
    "has words",
    "has option",
]
Parameters: TypeAlias = list[object]
Condition: TypeAlias = tuple[str, Parameters]

_DATE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")


class BadValueError(ValueError):
    """The literal does not fit the field."""


@dataclass(frozen=True, slots=True)
class Column:
    """A field in SQL, comparable by ``kind``."""

    sql: str
    kind: Kind


def json_path(*names: str) -> str | None:
    """An SQL literal with the JSON path of a key; None for names that SQLite cannot address."""
    if any('"' in name or "\0" in name for name in names):
        return None
    path = "$" + "".join(f'."{name}"' for name in names)
    return "'" + path.replace("'", "''") + "'"


def column(info: ModuleInfo, name: str, alias: str = "r") -> Column | None:
    """The column of a field; None where the module lacks it or nothing compares with it."""
    if name == "id":
        return Column(f"{alias}.key", "id")
    if name in ("Created_Time", "Modified_Time"):
        return Column(f"{alias}.{name.partition('_')[0].lower()}", "time")
    field = info.fields.get(name)
    path = json_path(name)
    if field is None or path is None:
        return None
    computed = info.computed.get(name)
    value = computed(alias) if computed else f"json_extract({alias}.data, {path})"
    match field.type:
        case ir.Text():
            return Column(value, "text")
        case ir.Picklist():
            return Column(value, "options" if field.type.multiple else "picklist")
        case ir.Lookup() | ir.MultiModuleLookup() | ir.User() | ir.LayoutReference():
            path = json_path(name, "id")
            return Column(f"json_extract({alias}.data, {path})", "reference")
        case ir.Boolean():
            return Column(value, "boolean")
        case ir.Integer() | ir.Number():
            return Column(value, "number")
        case ir.LongInteger():
            return Column(f"CAST({value} AS INTEGER)", "bigint")
        case ir.Date():
            return Column(value, "date")
        case ir.DateTime():
            return Column(value if computed else f"zoho_time({value})", "time")
        case _:
            return None


def compare(left: Column, operator: Operator, values: list[str]) -> Condition:
    """SQL for one comparison; raises `BadValueError` for a literal that does not fit the field."""
    if operator in ("is null", "is not null"):
        if left.kind == "options":
            empty = f"coalesce({left.sql}, '[]') = '[]'"
            return (empty if operator == "is null" else f"NOT ({empty})"), []
        return f"{left.sql} {operator.upper()}", []
    if operator == "starts with":
        return f"zoho_starts({_text(left)}, ?)", [values[0]]
    if operator in ("like", "not like"):
        sql = f"zoho_like({_text(left)}, ?)"
        return (sql if operator == "like" else f"NOT ({sql})"), [values[0]]
    if operator == "has words":
        return f"zoho_words({left.sql}, ?)", [values[0]]
    if operator == "has option":
        return f"zoho_has_option({left.sql}, ?)", [values[0]]
    bound: Parameters = [_bind(left.kind, value) for value in values]
    sql = left.sql
    if left.kind in ("text", "picklist"):
        sql = f"zoho_fold({sql})"
    elif left.kind == "options":
        sql = f"zoho_options({sql})"
    if operator in ("in", "not in"):
        return f"{sql} {operator.upper()} ({','.join('?' * len(bound))})", bound
    if operator in ("between", "not between"):
        return f"{sql} {operator.upper()} ? AND ?", bound
    return f"{sql} {operator} ?", bound


def _text(left: Column) -> str:
    """What patterns are compared with: several options are one text."""
    return f"zoho_joined({left.sql})" if left.kind == "options" else left.sql


def _bind(kind: Kind, text: str) -> object:
    match kind:
        case "id":
            if not is_id(text):
                raise BadValueError("not an id")
            return id_key(text)
        case "number" | "bigint":
            return _number(text)
        case "boolean":
            if text.lower() not in ("true", "false"):
                raise BadValueError("not true or false")
            return 1 if text.lower() == "true" else 0
        case "date":
            try:
                # Python takes more forms of ISO 8601 than Zoho.
                return date.fromisoformat(text if _DATE.fullmatch(text) else "").isoformat()
            except ValueError as error:
                raise BadValueError("not a date") from error
        case "time":
            seconds = parse_time(text)
            if seconds is None:
                raise BadValueError("not a moment with an offset")
            return seconds
        case "options":
            return options_key(text.split(";"))
        case "reference":
            if not is_id(text):
                raise BadValueError("not an id")
            return text
        case _:
            return fold(text)


def _number(text: str) -> object:
    if not _NUMBER.fullmatch(text):
        raise BadValueError("not a number")
    try:
        exact = Decimal(text)
    except InvalidOperation as error:
        raise BadValueError("not a number") from error
    # SQLite's whole numbers have 64 bits.
    whole = exact == exact.to_integral_value() and abs(exact) < 2**63
    return int(exact) if whole else float(exact)


def options_key(options: list[str]) -> str:
    """Chosen options of a multi-select picklist, without regard to order and case."""
    return ";".join(sorted(str(fold(option.strip())) for option in options))

"""Finding what Zoho would refuse before anything is sent, from the metadata in the bindings.

Types, lengths, options, numbers, mandatory and read-only fields are known beforehand; whether a
value is already in another record, and what an org's own validation rules say, only Zoho knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from zohohub.columns import (
    BooleanColumn,
    DateColumn,
    DateTimeColumn,
    DecimalColumn,
    DigitsColumn,
    FilesColumn,
    IntegerColumn,
    LayoutColumn,
    LookupColumn,
    MultiLookupColumn,
    MultiModuleLookupColumn,
    MultiPicklistColumn,
    MultiUserColumn,
    PicklistColumn,
    RelatedToColumn,
    SubformColumn,
    TagsColumn,
    TextColumn,
    UserColumn,
)
from zohohub.errors import Problem, ValidationFailed
from zohohub.facts import facts_of, options_of
from zohohub.picklists import plain
from zohohub.records import (
    EMPTY,
    NOT_READ,
    Record,
    columns_of,
    json_of,
    slot_of,
    values_of,
    values_to_write,
)
from zohohub.renamed import current_values
from zohohub.values import Link, Ref, Removed, Tag, UploadedFile, UserRef

if TYPE_CHECKING:
    from zohohub.columns import Column
    from zohohub.facts import Facts, ModuleLayout

__all__ = ["validate", "validate_rows"]

_TYPES: tuple[tuple[type[Column[Any]], tuple[type[Any], ...], str], ...] = (
    (TextColumn, (str,), "text"),
    (PicklistColumn, (str,), "one of the options"),
    (DigitsColumn, (str,), "text of digits"),
    (BooleanColumn, (bool,), "True or False"),
    (IntegerColumn, (int,), "an int"),
    (DecimalColumn, (Decimal, int), "a Decimal or int"),
    (DateTimeColumn, (datetime,), "a datetime"),
    (DateColumn, (date,), "a date"),
)
_LISTS: tuple[tuple[type[Column[Any]], tuple[type[Any], ...], str], ...] = (
    (MultiPicklistColumn, (str,), "a list of options"),
    (TagsColumn, (str, Tag), "a list of tags"),
    (FilesColumn, (str, UploadedFile, Removed), "a list of files"),
    (MultiLookupColumn, (str, Ref, Record, Link, Removed), "a list of links"),
    (MultiUserColumn, (str, UserRef, Link, Removed), "a list of links to users"),
)
_COMMON_DIGITS = 9, 16
"""What Zoho allows before the decimal point unless told otherwise: integers, other numbers."""
_MAX_DIGITS = 18


def validate(
    record_type: type[Record],
    values: Record | Mapping[str, Any],
    *,
    creating: bool,
    layout: ModuleLayout[Any] | None = None,
) -> None:
    """Raise `ValidationFailed` with all problems of the values of one record, if it has any."""
    problems = list(_problems(record_type, values, "", creating, layout))
    if problems:
        raise ValidationFailed(record_type.__name__, problems)


def validate_rows(
    record_type: type[Record],
    rows: Sequence[Record | Mapping[str, Any]],
    *,
    creating: bool,
    layout: ModuleLayout[Any] | None = None,
) -> None:
    """Raise `ValidationFailed` with all problems of all rows, unique values given twice too."""
    problems: list[Problem] = []
    seen: dict[tuple[str, object], int] = {}
    unique = [name for name, facts in facts_of(record_type).items() if facts.get("unique")]
    for index, given in enumerate(rows):
        row = given if isinstance(given, Record) else current_values(record_type, given)
        values = values_of(row) if isinstance(row, Record) else row
        is_new = creating and not values.get("id")
        problems += _problems(record_type, row, f"[{index}].", is_new, layout)
        for name in unique:
            value = values.get(name)
            if value is None or not isinstance(value, str | int | Decimal):
                continue
            first = seen.setdefault((name, value), index)
            if first != index:
                text = f"unique, and row {first} has the same value"
                problems.append(Problem(f"[{index}].{name}", "duplicate", text))
    if problems:
        raise ValidationFailed(record_type.__name__, problems)


def _problems(
    record_type: type[Record],
    given: Record | Mapping[str, Any],
    place: str,
    creating: bool,
    layout: ModuleLayout[Any] | None,
) -> Iterator[Problem]:
    columns = columns_of(record_type)
    facts = facts_of(record_type)
    values = _sent(given) if isinstance(given, Record) else current_values(record_type, given)
    for name, value in values.items():
        where = place + name
        column = columns.get(name)
        if column is None:
            yield Problem(where, "unknown", f"no field of {record_type.__name__}")
        elif name == "id":
            continue
        elif word := _not_writable(facts[name], creating):
            yield Problem(where, "read-only", word)
        elif value is None or value in ("", []):
            if _is_required(column, facts[name], layout):
                yield Problem(where, "mandatory", "mandatory, and empty")
        elif isinstance(column, SubformColumn):
            rows = cast("SubformColumn[Any, Record]", column)
            yield from _subform_problems(rows, value, where)
        else:
            yield from _value_problems(column, facts[name], value, where, layout)
    if creating:
        for name, column in columns.items():
            if name not in values and _is_required(column, facts[name], layout):
                yield Problem(place + name, "mandatory", _why_mandatory(facts[name], layout))


def _sent(row: Record) -> dict[str, Any]:
    """What a save of the record would send, by attribute name."""
    return values_to_write(row, NOT_READ if slot_of(row, "id") is EMPTY else json_of(row))


def _not_writable(facts: Facts, creating: bool) -> str | None:
    if facts.get("read_only"):
        return "read-only"
    if creating and facts.get("update_only"):
        return "cannot be set on a new record, only changed"
    if not creating and facts.get("create_only"):
        return "can be set on a new record only"
    return None


def _is_required(column: Column[Any], facts: Facts, layout: ModuleLayout[Any] | None) -> bool:
    return facts.get("required", False) or (
        layout is not None and column.api_name in layout.required
    )


def _why_mandatory(facts: Facts, layout: ModuleLayout[Any] | None) -> str:
    if facts.get("required") or layout is None:
        return "mandatory, and missing"
    return f"mandatory in layout {layout.name}, and missing"


def _subform_problems(
    column: SubformColumn[Any, Record], value: Any, where: str
) -> Iterator[Problem]:
    if isinstance(value, str | bytes | Mapping) or not hasattr(value, "__iter__"):
        yield Problem(where, "type", "takes a list of rows")
        return
    for index, row in enumerate(value):
        if isinstance(row, Removed):
            continue
        if isinstance(row, Record):
            is_new = slot_of(row, "id") is EMPTY
        elif isinstance(row, Mapping):
            is_new = not cast("Mapping[str, Any]", row).get("id")
        else:
            yield Problem(f"{where}[{index}]", "type", f"takes a row, not {type(row).__name__}")
            continue
        given = cast("Record | Mapping[str, Any]", row)
        yield from _problems(column.row_type, given, f"{where}[{index}].", is_new, None)


def _value_problems(
    column: Column[Any],
    facts: Facts,
    value: Any,
    where: str,
    layout: ModuleLayout[Any] | None,
) -> Iterator[Problem]:
    if wanted := _other_type(column, value):
        yield Problem(where, "type", f"takes {wanted}, not {type(value).__name__}")
        return
    limit = facts.get("max_length")
    if limit is not None and isinstance(value, str) and len(value) > limit:
        yield Problem(where, "length", f"at most {limit:,} characters, not {len(value):,}")
    if "options" in facts:
        yield from _option_problems(column, facts, value, where, layout)
    elif isinstance(column, IntegerColumn | DecimalColumn):
        yield from _number_problems(column, facts, Decimal(value), where)
    elif isinstance(column, DigitsColumn):
        digits = value.removeprefix("-")
        if not (digits.isascii() and digits.isdecimal()) or len(digits) > _MAX_DIGITS:
            yield Problem(where, "digits", f"a whole number of at most {_MAX_DIGITS} digits")
    elif isinstance(value, datetime):
        if value.tzinfo is None:
            yield Problem(where, "type", "takes a datetime with a time zone")
    elif isinstance(column, FilesColumn):
        count = facts.get("max_count")
        if count is not None and len(value) > count:
            yield Problem(where, "length", f"at most {count} files, not {len(value)}")


def _other_type(column: Column[Any], value: Any) -> str | None:
    """What the column takes, in words, if the value is something else."""
    for kind, types, words in _LISTS:
        if isinstance(column, kind):
            if not isinstance(value, Sequence) or isinstance(value, str | bytes):
                return words
            fits = all(isinstance(each, types) for each in cast("Sequence[object]", value))
            return None if fits else words
    if isinstance(column, MultiModuleLookupColumn | RelatedToColumn):
        fits = isinstance(value, Ref) and value.module is not None
        return None if fits else "a Ref that names its module"
    if isinstance(column, LookupColumn | UserColumn | LayoutColumn):
        fits = isinstance(value, str) or isinstance(getattr(value, "id", None), str)
        return None if fits else "a reference or an id"
    for kind, types, words in _TYPES:
        if isinstance(column, kind):
            fits = isinstance(value, types) and (bool in types or not isinstance(value, bool))
            if kind is DateColumn and isinstance(value, datetime):
                fits = False
            return None if fits else words
    return None


def _option_problems(
    column: Column[Any],
    facts: Facts,
    value: Any,
    where: str,
    layout: ModuleLayout[Any] | None,
) -> Iterator[Problem]:
    known = options_of(facts) or frozenset()
    offered = layout.options.get(column.api_name) if layout is not None else None
    for option in [value] if isinstance(value, str) else value:
        if option not in known:
            yield Problem(where, "option", f"{plain(option)!r} is not an option")
        elif layout is not None and offered is not None and option not in offered:
            text = f"{plain(option)!r} is not an option in layout {layout.name}"
            yield Problem(where, "option", text)


def _number_problems(
    column: Column[Any], facts: Facts, value: Decimal, where: str
) -> Iterator[Problem]:
    if not value.is_finite():
        yield Problem(where, "range", "takes a number")
        return
    low, high = facts.get("minimum"), facts.get("maximum")
    if (low is not None and value < low) or (high is not None and value > high):
        yield Problem(where, "range", f"from {low} to {high}, not {value}")
    digits = facts.get("max_digits", _COMMON_DIGITS[not isinstance(column, IntegerColumn)])
    if value and value.adjusted() >= digits:
        yield Problem(where, "digits", f"at most {digits} digits before the decimal point")
    places = facts.get("decimal_places")
    exponent = value.normalize().as_tuple().exponent
    if places is not None and isinstance(exponent, int) and -exponent > places:
        yield Problem(where, "digits", f"at most {places} decimal places, not {-exponent}")

"""One type for a field that several orgs have: right for each of them.

Where orgs differ, the narrowest limits count, and a type that none of them contradicts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TypeVar

from zohohub_gen.config_values import listed
from zohohub_gen.diagnostics import Diagnostic
from zohohub_gen.ir import (
    Boolean,
    Date,
    DateTime,
    Field,
    FieldType,
    Files,
    Integer,
    LongInteger,
    Lookup,
    MultiLookup,
    MultiModuleLookup,
    MultiUser,
    Number,
    Opaque,
    Option,
    Picklist,
    Structured,
    Subform,
    Tags,
    Text,
)

T = TypeVar("T")

Range = tuple[Decimal, Decimal] | None


def unite_types(
    place: str, own: Sequence[tuple[str, Field]], diagnostics: list[Diagnostic]
) -> FieldType:
    """The type of a field, of which ``own`` has what each profile says; notes where they differ."""
    kinds = [item.type for _, item in own]
    first = kinds[0]
    if all(kind == first for kind in kinds):
        if len({item.data_type for _, item in own}) > 1:
            diagnostics.append(Diagnostic(place, f"is {_data_types(own)}", "info"))
        return first
    match first:
        case Text() if texts := _all(kinds, Text):
            return _text(place, own, texts, diagnostics)
        case Integer() if integers := _all(kinds, Integer):
            _note_limits(place, own, diagnostics)
            return Integer(
                _least(each.max_digits for each in integers),
                _inside(each.range for each in integers),
            )
        case Number() if numbers := _all(kinds, Number):
            _note_limits(place, own, diagnostics)
            return _number(numbers)
        case Files() if files := _all(kinds, Files):
            _note_limits(place, own, diagnostics)
            return replace(first, max_count=_least(each.max_count for each in files))
        case Picklist() if picklists := _all(kinds, Picklist):
            if all(each.multiple == first.multiple for each in picklists):
                return replace(first, options=_options(own))
        case Lookup() if lookups := _all(kinds, Lookup):
            _note_targets(place, [each.module for each in lookups], own, diagnostics)
            return Lookup("")
        case MultiLookup() if links := _all(kinds, MultiLookup):
            if all(each.connected_field == first.connected_field for each in links):
                _note_targets(place, [each.module for each in links], own, diagnostics)
                return replace(first, module="")
        case MultiModuleLookup() if several := _all(kinds, MultiModuleLookup):
            if all(each.style == first.style for each in several):
                modules = [" or ".join(each.modules) for each in several]
                _note_targets(place, modules, own, diagnostics, "a reference to all of them")
                return replace(first, modules=_all_modules(several))
        case _:
            pass
    kind = _common(own[0][1].data_type, kinds)
    words = _data_types(own)
    if len({item.data_type for _, item in own}) == 1:
        words = f"another kind of {own[0][1].data_type} in each org"
    diagnostics.append(Diagnostic(place, f"is {words}; typed as {_words(kind)}"))
    return kind


def _all(kinds: Sequence[object], wanted: type[T]) -> list[T]:
    """The types, if all are of that class; else none."""
    found = [kind for kind in kinds if isinstance(kind, wanted)]
    return found if len(found) == len(kinds) else []


def _common(data_type: str, kinds: Sequence[FieldType]) -> FieldType:
    """What is right for values of all these types, which differ."""
    plain = [isinstance(kind, Text | Picklist) and _form(kind) == "string" for kind in kinds]
    if all(plain):
        return Text(_least(kind.max_length for kind in kinds if isinstance(kind, Text)))
    if all(isinstance(kind, Integer | Number) for kind in kinds):
        return _number(
            [
                kind if isinstance(kind, Number) else Number(kind.max_digits, 0, kind.range)
                for kind in kinds
                if isinstance(kind, Integer | Number)
            ]
        )
    forms = {_form(kind) for kind in kinds}
    return Opaque(data_type, forms.pop() if len(forms) == 1 else None)


def _form(kind: FieldType) -> str | None:
    """How values travel, in the words of Zoho's json_type."""
    match kind:
        case Opaque(json_type=json_type):
            return json_type
        case Picklist(multiple=many) | Structured(many=many):
            one = "string" if isinstance(kind, Picklist) else "jsonobject"
            return "jsonarray" if many else one
        case Text() | LongInteger() | Date() | DateTime():
            return "string"
        case Boolean():
            return "boolean"
        case Integer() | Number():
            return None
        case MultiLookup() | MultiUser() | Subform() | Files() | Tags():
            return "jsonarray"
        case _:
            return "jsonobject"


def _data_types(own: Sequence[tuple[str, Field]]) -> str:
    return ", ".join(f"{item.data_type} in {profile}" for profile, item in own)


def _words(kind: FieldType) -> str:
    match kind:
        case Text() | Opaque(json_type="string"):
            return "text"
        case Number():
            return "a decimal number"
        case Opaque(json_type="jsonarray"):
            return "a list"
        case Opaque(json_type="jsonobject"):
            return "a JSON object"
        case _:
            return "any value"


# --- Parts --------------------------------------------------------------------------------------


def _text(
    place: str,
    own: Sequence[tuple[str, Field]],
    texts: Sequence[Text],
    diagnostics: list[Diagnostic],
) -> Text:
    least = _least(each.max_length for each in texts)
    words = ", ".join(
        f"{each.max_length or 'any number of'} in {profile}"
        for (profile, _), each in zip(own, texts, strict=True)
    )
    message = f"differs in how many characters it holds, {words}; {least} count"
    diagnostics.append(Diagnostic(place, message, "info"))
    return Text(least)


def _number(numbers: Sequence[Number]) -> Number:
    return Number(
        _least(each.max_digits for each in numbers),
        _least(each.decimal_places for each in numbers),
        _inside(each.range for each in numbers),
    )


def _options(own: Sequence[tuple[str, Field]]) -> tuple[Option, ...]:
    """The options of all, the first profile's first; used where one of them uses it."""
    found: dict[str, Option] = {}
    offered: dict[str, set[str]] = {}
    for profile, item in own:
        for option in item.type.options if isinstance(item.type, Picklist) else ():
            known = found.setdefault(option.display, option)
            if option.used:
                found[option.display] = replace(known, used=True)
                offered.setdefault(option.display, set()).add(profile)
    return tuple(
        replace(
            option,
            missing_in=tuple(profile for profile, _ in own if profile not in offered[display])
            if option.used
            else (),
        )
        for display, option in found.items()
    )


def _all_modules(lookups: Sequence[MultiModuleLookup]) -> tuple[str, ...]:
    if not all(each.modules for each in lookups):
        return ()  # any module
    return tuple(dict.fromkeys(module for each in lookups for module in each.modules))


def _least(values: Iterable[int | None]) -> int | None:
    return min((value for value in values if value is not None), default=None)


def _inside(ranges: Iterable[Range]) -> Range:
    """What lies in all the ranges; None where none is given, or nothing does."""
    given = [each for each in ranges if each is not None]
    if not given:
        return None
    low, high = max(each[0] for each in given), min(each[1] for each in given)
    return (low, high) if low <= high else None


def _note_limits(
    place: str, own: Sequence[tuple[str, Field]], diagnostics: list[Diagnostic]
) -> None:
    message = f"has other limits in {listed([profile for profile, _ in own])}; the narrowest count"
    diagnostics.append(Diagnostic(place, message, "info"))


def _note_targets(
    place: str,
    modules: Sequence[str],
    own: Sequence[tuple[str, Field]],
    diagnostics: list[Diagnostic],
    typed_as: str = "a reference to any record",
) -> None:
    words = ", ".join(
        f"{module or 'any module'} in {profile}"
        for (profile, _), module in zip(own, modules, strict=True)
    )
    message = f"is a lookup of {words}; typed as {typed_as}"
    diagnostics.append(Diagnostic(place, message))

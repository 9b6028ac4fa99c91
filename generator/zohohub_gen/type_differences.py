"""What became of the types of fields, and what that means for programs."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from zohohub_gen.annotations import Typed, type_words
from zohohub_gen.changes import Change, Kind, Severity
from zohohub_gen.ir import (
    Field,
    Files,
    Integer,
    Lookup,
    MultiLookup,
    MultiModuleLookup,
    MultiUser,
    Number,
    Opaque,
    Picklist,
    Structured,
    Subform,
    Text,
    User,
)
from zohohub_gen.module_pair import ModulePair, Renames
from zohohub_gen.option_differences import compare_options

_LOOKUPS = (Lookup, MultiLookup, MultiModuleLookup, MultiUser, User)
_JSON = (Opaque, Structured)
_BARE_COLUMNS = frozenset(
    {
        *("FilesColumn", "JsonColumn", "MultiLookupColumn", "MultiUserColumn", "RowsColumn"),
        "SubformColumn",
    }
)
"""Columns that queries compare with nothing."""
_COLUMNS_LIKE = {
    "LookupColumn": ("MultiModuleLookupColumn", "RelatedToColumn"),
    "MultiModuleLookupColumn": ("RelatedToColumn",),
    "PicklistColumn": ("DigitsColumn",),
    "RelatedToColumn": ("MultiModuleLookupColumn",),
}
"""Columns that have all that another has; a lookup whose target is known has a class of its own."""


def compare_types(pair: ModulePair, old: Field, new: Field) -> Iterator[Change]:
    """The changes of the type of one field, and of its limits and options."""
    same_word, same_family = old.data_type == new.data_type, type(old.type) is type(new.type)
    are_lookups = isinstance(old.type, _LOOKUPS) and isinstance(new.type, _LOOKUPS)
    if same_word and are_lookups and not same_family:
        yield _retargeted(pair, old, new)
        return
    is_reshaped = isinstance(old.type, _JSON) and old.type != new.type
    if not (same_word and same_family) or is_reshaped:
        yield _type_changed(pair, old, new)
    # A type that stays in its family still has the limits of the family.
    if same_family:
        yield from _details(pair, old, new)


def _type_changed(pair: ModulePair, old: Field, new: Field) -> Change:
    severity, reason = _typing_change(pair, old, new, "Zoho may take other values")
    if severity == "risky" and new.data_type == "textarea":
        target = pair.attribute(old)
        reason = f"{target} stays str, but Zoho takes no text area in the conditions of a query"
    return _typed_otherwise(pair, "type changed", old, new, severity, reason)


def _retargeted(pair: ModulePair, old: Field, new: Field) -> Change:
    verdict = _typing_change(pair, old, new, "it refers to other records")
    is_subform = isinstance(old.type, Subform)
    kind: Kind = "subform target changed" if is_subform else "lookup target changed"
    return _typed_otherwise(pair, kind, old, new, *verdict)


def _typed_otherwise(
    pair: ModulePair, kind: Kind, old: Field, new: Field, severity: Severity, reason: str
) -> Change:
    return pair.change(
        kind,
        severity,
        reason,
        field=old.api_name,
        before=type_words(old),
        after=type_words(new),
        target=pair.attribute(old),
    )


def _typing_change(pair: ModulePair, old: Field, new: Field, caveat: str) -> tuple[Severity, str]:
    """What it means for programs that a field is typed in another way.

    It is risky where all of them type-check; ``caveat`` says why, where nothing is typed otherwise.
    """
    target = pair.attribute(old)
    was, now = pair.typed(old, new)
    # The name of its options goes with a picklist.
    had_options = old.api_name in pair.old_names.picklists
    options_gone = had_options and new.api_name not in pair.new_names.picklists
    if options_gone or not _is_read_as(was, now):
        return (
            "breaking",
            f"{target} is {now.read} now and was {was.read}: code that takes it for that does not "
            "type-check",
        )
    is_written = (old.creatable and pair.has_create) or (old.updatable and pair.has_update)
    if is_written and not _takes_what_it_took(was, now):
        return (
            "breaking",
            f"writes to {target} take {now.write} now and took {was.write}: code that writes that "
            "does not type-check",
        )
    # Queries have no conditions on rows.
    columns = [each.column.partition("[")[0] for each in (was, now)]
    if not pair.old.is_subform and not _has_its_conditions(*columns):
        return (
            "breaking",
            f"the column {target} is a {columns[1]} now and was a {columns[0]}: conditions that it "
            "had do not type-check",
        )
    if was.read == now.read:
        return "risky", f"{target} stays {was.read} in Python, but {caveat}"
    if now.read == "list[Any]" and columns[0] == "SubformColumn":
        return (
            "risky",
            f"the package has no class for the rows of {target} any more: code that takes them for "
            f"{was.read} type-checks, and meets JSON objects",
        )
    return (
        "risky",
        f"{target} is {now.read} now and was {was.read}: code that takes it for that type-checks, "
        "and may meet other values",
    )


def _is_read_as(old: Typed, new: Typed) -> bool:
    """Whether code that reads the old type, and sets it, type-checks with the new one."""
    if old.read.startswith("list["):
        return new.read in (old.read, "list[Any]", "Any")
    is_option = old.read == "str" and new.read.endswith(" | str")  # options are texts
    return is_option or new.read in (old.read, "Any")


def _takes_what_it_took(old: Typed, new: Typed) -> bool:
    """Whether a write takes every value that it took."""
    if old.clearable and not new.clearable:
        return False
    return (
        new.write == "Any"
        or (new.write == "Sequence[Any]" and old.write.startswith("Sequence["))
        or {*old.write.split(" | ")} <= {*new.write.split(" | ")}
    )


def _has_its_conditions(old: str, new: str) -> bool:
    """Whether a column of the new class has all that one of the old class has."""
    return old == new or old in _BARE_COLUMNS or new in _COLUMNS_LIKE.get(old, ())


def _details(pair: ModulePair, old: Field, new: Field) -> Iterator[Change]:
    """The changes inside a type that stays the same."""
    match old.type, new.type:
        case Text() as was, Text() as now:
            yield from _length(pair, old, was.max_length, now.max_length, "characters")
        case Files() as was, Files() as now:
            yield from _length(pair, old, was.max_count, now.max_count, "files")
        case (Integer() | Number()) as was, (Integer() | Number()) as now:
            if was != now:
                yield _precision(pair, old, was, now)
        case Picklist() as was, Picklist() as now:
            yield from compare_options(pair, old, new, was, now)
        case Subform() as was, Subform() as now:
            if pair.renames.of_type(was) != now:
                yield _retargeted(pair, old, new)
        case (Lookup() | MultiModuleLookup()) as was, now:
            if pair.renames.of_type(was) != now:
                yield _retargeted(pair, old, new)
        case (MultiLookup() as was, MultiLookup() as now) | (
            MultiUser() as was,
            MultiUser() as now,
        ):
            if not _same_links(pair.renames, was, now):
                yield _retargeted(pair, old, new)
        case _:
            pass


def _same_links(
    renames: Renames, old: MultiLookup | MultiUser, new: MultiLookup | MultiUser
) -> bool:
    if renames.of_type(old) == new:
        return True
    same_target = (
        not isinstance(old, MultiLookup)
        or not isinstance(new, MultiLookup)
        or renames.of_module(old.module) == new.module
    )
    return same_target and (old.connected_field, new.connected_field) in renames.fields


def _length(
    pair: ModulePair, old: Field, was: int | None, now: int | None, unit: str
) -> Iterator[Change]:
    if was == now:
        return
    target = pair.attribute(old)
    severity: Severity = "safe"
    if now is None or (was is not None and now > was):
        reason = f"{target} takes whatever it took"
    elif old.read_only:
        reason = f"nothing is written to {target}"
    else:
        severity = "risky"
        reason = f"Zoho refuses more than {now:,} {unit} in {target}, and took {_limit(was)}"
    yield pair.change(
        "length changed",
        severity,
        reason,
        field=old.api_name,
        before=_limit(was),
        after=_limit(now),
        target=target,
    )


def _limit(count: int | None) -> str:
    return "any number" if count is None else f"{count:,}"


def _precision(
    pair: ModulePair, old: Field, was: Integer | Number, now: Integer | Number
) -> Change:
    target = pair.attribute(old)
    fewer_places = _is_less(_places(now), _places(was))
    narrower = fewer_places or _is_less(now.max_digits, was.max_digits) or not _is_within(was, now)
    severity: Severity = "safe"
    if fewer_places:
        severity = "risky"
        reason = f"{target} holds fewer decimal places, so values are cut or refused"
    elif narrower and not old.read_only:
        severity = "risky"
        reason = f"Zoho refuses values in {target} that it took"
    elif narrower:
        reason = f"nothing is written to {target}"
    else:
        reason = f"{target} takes whatever it took"
    return pair.change(
        "precision changed",
        severity,
        reason,
        field=old.api_name,
        before=_precision_words(was),
        after=_precision_words(now),
        target=target,
    )


def _places(kind: Integer | Number) -> int | None:
    return kind.decimal_places if isinstance(kind, Number) else None


def _is_less(now: int | None, was: int | None) -> bool:
    """Whether a limit became tighter; None is no limit."""
    return now is not None and (was is None or now < was)


def _is_within(was: Integer | Number, now: Integer | Number) -> bool:
    """Whether every value of the old range is in the new one."""
    if now.range is None:
        return True
    return was.range is not None and now.range[0] <= was.range[0] and was.range[1] <= now.range[1]


def _precision_words(kind: Integer | Number) -> str:
    parts: list[str] = []
    if kind.max_digits is not None:
        parts.append(f"{kind.max_digits} digits")
    if (places := _places(kind)) is not None:
        parts.append(f"{places} decimal place{'' if places == 1 else 's'}")
    if kind.range is not None:
        parts.append(f"{_plain(kind.range[0])} to {_plain(kind.range[1])}")
    return ", ".join(parts) or "no limits"


def _plain(value: Decimal) -> str:
    return format(value, "f")

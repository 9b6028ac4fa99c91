"""What became of the fields of a module, and what that means for programs."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from zohohub_gen.annotations import Typed, type_words
from zohohub_gen.changes import Change, Severity
from zohohub_gen.ir import (
    Field,
    Files,
    Integer,
    Layout,
    Lookup,
    Module,
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
from zohohub_gen.module_pair import ModulePair, Renames, matched
from zohohub_gen.option_differences import compare_options
from zohohub_gen.selection import needed_to_create

_LOOKUPS = (Lookup, MultiLookup, MultiModuleLookup, MultiUser, User)
_JSON = (Opaque, Structured)
_DOCSTRINGS = "stand in docstrings only"


def compare_fields(pair: ModulePair) -> Iterator[Change]:
    """The changes of the fields of a module that both packages have."""
    pairs, removed, added = matched(pair.old.fields, pair.new.fields)
    for item in removed:
        target = _target(pair, item)
        yield pair.change(
            "field removed",
            "breaking",
            f"{target} is gone: code that reads it, writes it or has it in a condition does not "
            "type-check",
            field=item.api_name,
            before=type_words(item),
            target=target,
        )
    for item in added:
        yield _added(pair, item)
    for old, new in pairs:
        yield from _compare(pair, old, new)


def field_renames(old: Module, new: Module) -> Iterator[tuple[str, str]]:
    """The old and the new api_names of fields that kept their ids."""
    if old.fields == new.fields:
        return
    for was, now in matched(old.fields, new.fields)[0]:
        if was.api_name != now.api_name:
            yield was.api_name, now.api_name


def _compare(pair: ModulePair, old: Field, new: Field) -> Iterator[Change]:
    """The changes of one field."""
    yield from _names(pair, old, new)
    if old == new and pair.renames.of_type(old.type) == new.type:
        return
    target = _target(pair, old)
    for what, before, after in (("label", old.label, new.label), ("help", old.help, new.help)):
        if before != after:
            yield pair.change(
                "field label changed" if what == "label" else "field help changed",
                "safe",
                f"{what}s {_DOCSTRINGS}",
                field=old.api_name,
                before=before,
                after=after,
                target=target,
            )
    yield from _types(pair, old, new)
    yield from _access(pair, old, new)
    yield from _mandatory(pair, old, new)
    yield from _unique(pair, old, new)


# --- Names, and coming and going --------------------------------------------------------------


def _added(pair: ModulePair, item: Field) -> Change:
    name = pair.new_names.fields[item.api_name]
    severity: Severity = "safe"
    reason = "a new attribute takes nothing away"
    layouts = [each.name for each in pair.new.layouts if _requires(pair.new, each, item)]
    if needed_to_create(pair.new, item) and pair.has_create:
        severity = "breaking"
        reason = f"a new record needs {name}: code that creates one without it does not type-check"
    elif layouts:
        severity = "risky"
        reason = f"Zoho refuses new records without {name} in the layout {' and '.join(layouts)}"
    return pair.change(
        "field added",
        severity,
        reason,
        field=item.api_name,
        after=type_words(item),
        target=f"{pair.new_names.record}.{name}",
    )


def _names(pair: ModulePair, old: Field, new: Field) -> Iterator[Change]:
    old_names, new_names = pair.old_names, pair.new_names
    was, now = old_names.fields[old.api_name], new_names.fields[new.api_name]
    was_alias = old_names.picklists.get(old.api_name)
    now_alias = new_names.picklists.get(new.api_name)
    if (old.api_name, was, was_alias) == (new.api_name, now, now_alias):
        return
    target = _target(pair, old)
    if old.api_name != new.api_name:
        kept = was == now
        yield pair.change(
            "field renamed",
            "risky" if kept else "breaking",
            f"{target} keeps its name, but bindings that are deployed ask Zoho for {old.api_name}, "
            "which is gone"
            if kept
            else f"{target} is called {now} now: code that uses the old name does not type-check",
            field=old.api_name,
            before=old.api_name,
            after=new.api_name,
            target=target,
        )
    elif was != now:
        yield pair.change(
            "name changed",
            "breaking",
            f"{target} is called {now} now, and {was} is deprecated, which strict type checkers "
            "refuse; `zohohub-gen migrate` renames it in your code"
            if was in new_names.former_fields.get(new.api_name, ())
            else f"{target} is called {now} now: code that uses the old name does not type-check",
            field=old.api_name,
            before=was,
            after=now,
            target=target,
        )
    if was_alias and now_alias and was_alias != now_alias:
        yield pair.change(
            "name changed",
            "breaking",
            f"{was_alias} is called {now_alias} now: code that imports it does not type-check",
            field=old.api_name,
            before=was_alias,
            after=now_alias,
            target=was_alias,
        )


# --- Types ------------------------------------------------------------------------------------


def _types(pair: ModulePair, old: Field, new: Field) -> Iterator[Change]:
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
    target = _target(pair, old)
    severity, reason = typing_change(target, *pair.typed(old, new))
    if severity == "risky" and new.data_type == "textarea":
        reason = f"{target} stays str, but Zoho takes no text area in the conditions of a query"
    elif severity == "risky":
        reason = f"{target} stays what it is in Python, but Zoho may take other values"
    return pair.change(
        "type changed",
        severity,
        reason,
        field=old.api_name,
        before=type_words(old),
        after=type_words(new),
        target=target,
    )


def typing_change(target: str, old: Typed, new: Typed) -> tuple[Severity, str]:
    """What it means that a field is typed in another way; risky where it is not."""
    if new.read == "list[Any]" and old.column.startswith("SubformColumn["):
        return (
            "risky",
            f"the package has no class for the rows of {target} any more: code that takes them for "
            f"{old.read} type-checks, and meets JSON objects",
        )
    if old.read != new.read:
        return (
            "breaking",
            f"{target} is {new.read} now and was {old.read}: code that takes it for that does not "
            "type-check",
        )
    if old.write != new.write or (old.clearable and not new.clearable):
        return (
            "breaking",
            f"writes to {target} take {new.write} now and took {old.write}: code that writes that "
            "does not type-check",
        )
    if old.column != new.column:
        columns = [each.column.partition("[")[0] for each in (old, new)]
        return (
            "breaking",
            f"the column {target} is a {columns[1]} now and was a {columns[0]}: conditions that it "
            "had do not type-check",
        )
    return "risky", f"{target} stays {old.read} in Python"


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


def _retargeted(pair: ModulePair, old: Field, new: Field) -> Change:
    target = _target(pair, old)
    severity, reason = typing_change(target, *pair.typed(old, new))
    if severity == "risky":
        reason += ", but it refers to other records"
    return pair.change(
        "subform target changed" if isinstance(old.type, Subform) else "lookup target changed",
        severity,
        reason,
        field=old.api_name,
        before=type_words(old),
        after=type_words(new),
        target=target,
    )


def _length(
    pair: ModulePair, old: Field, was: int | None, now: int | None, unit: str
) -> Iterator[Change]:
    if was == now:
        return
    target = _target(pair, old)
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
    target = _target(pair, old)
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


# --- Writing ----------------------------------------------------------------------------------


def _access(pair: ModulePair, old: Field, new: Field) -> Iterator[Change]:
    if old.api_name == "id":
        return
    target = _target(pair, old)
    lost = [
        word
        for word, was, now in (
            ("new records", old.creatable, new.creatable),
            ("changes", old.updatable, new.updatable),
        )
        if was and not now
    ]
    if lost:
        used = ("new records" in lost and pair.has_create) or (
            "changes" in lost and pair.has_update
        )
        yield pair.change(
            "read-only on",
            "breaking" if used else "risky",
            f"{' and '.join(lost)} do not take {target.partition('.')[2]} any more: code that "
            "writes it does not type-check"
            if used
            else f"Zoho refuses {target} in what `save` sends",
            field=old.api_name,
            before=_access_words(old),
            after=_access_words(new),
            target=target,
        )
    if (new.creatable and not old.creatable) or (new.updatable and not old.updatable):
        yield pair.change(
            "read-only off",
            "safe",
            f"{target} may be written besides",
            field=old.api_name,
            before=_access_words(old),
            after=_access_words(new),
            target=target,
        )


def _access_words(item: Field) -> str:
    if item.creatable and item.updatable:
        return "written"
    if item.read_only:
        return "read-only"
    return "set on creation only" if item.creatable else "not set on creation"


def _mandatory(pair: ModulePair, old: Field, new: Field) -> Iterator[Change]:
    was, now = needed_to_create(pair.old, old), needed_to_create(pair.new, new)
    if was == now or (was and not new.creatable):  # of a field that is not written, none is needed
        return
    target = _target(pair, old)
    name = target.partition(".")[2]
    if now:
        typed = pair.typed(old, new)[0]
        cleared = old.updatable and typed.clearable and typed.write != "Any" and pair.has_update
        if pair.has_create:
            severity: Severity = "breaking"
            reason = (
                f"a new record needs {name}: code that creates one without it does not type-check"
            )
        elif cleared:
            severity = "breaking"
            reason = f"{name} cannot be None: code that clears it does not type-check"
        else:
            severity = "risky"
            reason = f"Zoho refuses a record without {name}"
    else:
        severity = "safe"
        reason = f"code that always writes {name} goes on doing so"
    yield pair.change(
        "mandatory on" if now else "mandatory off",
        severity,
        reason,
        field=old.api_name,
        before="mandatory" if was else "optional",
        after="mandatory" if now else "optional",
        target=target,
    )


def _unique(pair: ModulePair, old: Field, new: Field) -> Iterator[Change]:
    if old.unique == new.unique:
        return
    target = _target(pair, old)
    yield pair.change(
        "unique on" if new.unique else "unique off",
        "risky",
        f"Zoho refuses a second record with the same {target}"
        if new.unique
        else f"Zoho refuses an upsert that matches by {target}, and two records may hold the same",
        field=old.api_name,
        before="unique" if old.unique else "not unique",
        after="unique" if new.unique else "not unique",
        target=target,
    )


# --- Words ------------------------------------------------------------------------------------


def _requires(module: Module, layout: Layout, item: Field) -> bool:
    """Whether an active layout makes a field mandatory that is not so everywhere."""
    own = layout.fields.get(item.api_name)
    return layout.active and own is not None and own.required and not needed_to_create(module, item)


def _target(pair: ModulePair, item: Field) -> str:
    return f"{pair.old_names.record}.{pair.old_names.fields[item.api_name]}"

"""What became of the fields of a module, and what that means for programs."""

from __future__ import annotations

from collections.abc import Iterator

from zohohub_gen.annotations import type_words
from zohohub_gen.changes import Change, Severity
from zohohub_gen.ir import Field, Layout, Module
from zohohub_gen.module_pair import ModulePair, matched
from zohohub_gen.selection import needed_to_create
from zohohub_gen.type_differences import compare_types

_DOCSTRINGS = "stand in docstrings only"


def compare_fields(pair: ModulePair) -> Iterator[Change]:
    """The changes of the fields of a module that both packages have."""
    pairs, removed, added = matched(pair.old.fields, pair.new.fields)
    for item in removed:
        target = pair.attribute(item)
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
    target = pair.attribute(old)
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
    yield from compare_types(pair, old, new)
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
    target = pair.attribute(old)
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


# --- Writing ----------------------------------------------------------------------------------


def _access(pair: ModulePair, old: Field, new: Field) -> Iterator[Change]:
    if old.api_name == "id":
        return
    target = pair.attribute(old)
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
    target = pair.attribute(old)
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
    target = pair.attribute(old)
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

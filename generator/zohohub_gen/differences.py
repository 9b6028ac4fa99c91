"""Two sides of an org → typed changes, each breaking, risky or safe for programs.  Pure.

What is breaking follows from what the package prints: names, types, keywords and methods.  Fields,
options and layouts have files of their own beside this one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from zohohub_gen.bindings import Bindings
from zohohub_gen.changes import SEVERITIES, Change, Kind, Severity
from zohohub_gen.field_differences import compare_fields, field_renames
from zohohub_gen.ir import Lookup, Module, MultiLookup, MultiModuleLookup, Org, Subform
from zohohub_gen.layout_differences import compare_layouts, compare_related_lists
from zohohub_gen.module_pair import ModulePair, Renames, Side, matched, place_of
from zohohub_gen.plan_convert import CONVERTED, LEADS
from zohohub_gen.plan_related import shown_lists

__all__ = ["SEVERITIES", "Bindings", "Change", "Kind", "Severity", "compare"]

_ORDER = {kind: position for position, kind in enumerate(get_args(Kind))}
_OPERATIONS = ("create", "edit", "delete", "API")


def compare(old: Bindings, new: Bindings) -> list[Change]:
    """Every difference between two sides of an org, by module, field and kind.

    ``old`` is what programs were written against.  Modules that neither package holds are left out.
    A module or field that was deleted and made anew under its api_name counts as the same one.
    """
    old_side, new_side = Side(old), Side(new)
    modules, removed, added = matched(old.schema.modules, new.schema.modules)
    renames = Renames(
        {was.api_name: now.api_name for was, now in modules if was.api_name != now.api_name},
        frozenset(rename for was, now in modules for rename in field_renames(was, now)),
    )
    changes = list(_org(old.schema.org, new.schema.org))
    pairs: list[ModulePair] = []
    for was, now in modules:
        before, after = (
            old_side.selected.get(was.api_name),
            new_side.selected.get(now.api_name),
        )
        if before and after:
            pairs.append(ModulePair(before, after, old_side, new_side, renames))
        elif before:
            changes.append(_deselected(ModulePair(before, now, old_side, new_side, renames)))
        elif after:
            added.append(now)
    changes += [
        _removed(module, old_side) for module in removed if module.api_name in old_side.selected
    ]
    changes += [
        _added(module, new_side, pairs) for module in added if module.api_name in new_side.selected
    ]
    for pair in pairs:
        # Where a module was renamed, lookups that did not follow are a change of their own.
        if renames.modules or pair.old != pair.new or pair.old_names != pair.new_names:
            changes += _compare(pair)
    return sorted(changes, key=_key)


def _key(change: Change) -> tuple[object, ...]:
    return (
        change.module or "",
        change.field or "",
        _ORDER[change.kind],
        change.option or "",
        change.before or "",
        change.after or "",
    )


def _compare(pair: ModulePair) -> Iterator[Change]:
    yield from _names(pair)
    yield from _labels(pair)
    yield from _operations(pair)
    yield from compare_fields(pair)
    yield from compare_layouts(pair)
    yield from compare_related_lists(pair)


# --- The org ----------------------------------------------------------------------------------


def _org(old: Org, new: Org) -> Iterator[Change]:
    if old.language and new.language and old.language != new.language:
        yield _of_org(
            "language changed",
            f"labels and options now come in {new.language}: values that programs name are right "
            "for users of that language only",
            old.language,
            new.language,
        )
    if old.currency and new.currency and old.currency != new.currency:
        yield _of_org(
            "currency changed",
            "amounts are in another currency, and their types stay the same",
            old.currency,
            new.currency,
        )


def _of_org(kind: Kind, reason: str, before: str, after: str) -> Change:
    return Change(
        kind=kind,
        severity="risky",
        module=None,
        field=None,
        option=None,
        before=before,
        after=after,
        reason=reason,
        target=None,
    )


# --- Modules ----------------------------------------------------------------------------------


def _removed(module: Module, side: Side) -> Change:
    names = side.names(module)
    place = place_of(module, names)
    both = place if module.is_subform else f"{place} and {names.record}"
    return Change(
        kind="module removed",
        severity="breaking",
        module=module.api_name,
        field=None,
        option=None,
        before=module.plural_label,
        after=None,
        reason=f"{both} {'is' if module.is_subform else 'are'} gone: code that uses it does not "
        "type-check",
        target=place,
    )


def _added(module: Module, side: Side, pairs: list[ModulePair]) -> Change:
    narrowed = next(_typed_by(module, pairs), None)
    return Change(
        kind="module added",
        severity="breaking" if narrowed else "safe",
        module=module.api_name,
        field=None,
        option=None,
        before=None,
        after=module.plural_label,
        reason=f"{narrowed} now that there is a class for it: code that takes it for that does not "
        "type-check"
        if narrowed
        else "a new module takes nothing away",
        target=place_of(module, side.names(module)),
    )


def _typed_by(module: Module, pairs: list[ModulePair]) -> Iterator[str]:
    """What pointed at the module before the package had it, and is typed by it now."""
    name = module.api_name
    for pair in pairs:
        for was, now in matched(pair.old.fields, pair.new.fields)[0]:
            kind = now.type
            points = (isinstance(kind, Lookup | MultiLookup | Subform) and kind.module == name) or (
                isinstance(kind, MultiModuleLookup) and name in kind.modules
            )
            if points and pair.renames.of_type(was.type) == kind:
                old, new = pair.typed(was, now)
                if old != new:
                    target = pair.attribute(was)
                    yield f"{target}, which was {old.read}, is {new.read}"
        for before, after in matched(shown_lists(pair.old), shown_lists(pair.new))[0]:
            if after.module == name and before.module == name:
                types = pair.old_side.list_type(before), pair.new_side.list_type(after)
                if types[0] != types[1]:
                    target = f"{pair.old_names.record}Related"
                    attribute = pair.old_names.related[before.api_name]
                    yield f"{target}.{attribute}, which was {types[0]}, is {types[1]}"


def _deselected(pair: ModulePair) -> Change:
    """Of a module that is there, but that the package does not hold any more."""
    if pair.old.api_name != pair.new.api_name:
        return pair.change(
            "module renamed",
            "breaking",
            f"no glob of `modules` names {pair.new.api_name}, so that {pair.handle} goes: code "
            "that uses it does not type-check",
            before=pair.old.api_name,
            after=pair.new.api_name,
        )
    return _removed(pair.old, pair.old_side)


def _names(pair: ModulePair) -> Iterator[Change]:
    old, new = pair.old_names, pair.new_names
    was, now = ((each.file, each.handle, each.record) for each in (old, new))
    called = f"{pair.handle} is called {place_of(pair.new, new)} now"
    if now[0] == was[0]:
        called = f"{' and '.join(was[1:])} are called {' and '.join(now[1:])} now"
    if pair.old.api_name != pair.new.api_name:
        severity: Severity = "breaking"
        if was != now:
            reason = f"{called}: code that uses the old names does not type-check"
        elif pair.old.api_name == LEADS and pair.old.editable:
            reason = f"{pair.handle} loses convert, which only {LEADS} has"
        elif pair.old.api_name in CONVERTED and _converts(pair.old_side):
            reason = (
                f"convert of a lead knows {pair.old.api_name} by that api_name alone: code that "
                f"takes what it gives for a {old.record} does not type-check"
            )
        else:
            severity = "risky"
            reason = (
                f"{pair.handle} keeps its name, but bindings that are deployed ask Zoho for "
                f"{pair.old.api_name}, which is gone"
            )
        yield pair.change(
            "module renamed",
            severity,
            reason,
            before=pair.old.api_name,
            after=pair.new.api_name,
        )
    elif was != now:
        yield pair.change(
            "name changed",
            "breaking",
            f"{called}: code that uses the old names does not type-check",
            before=", ".join(was),
            after=", ".join(now),
        )


def _converts(side: Side) -> bool:
    """Whether the package converts leads."""
    leads = side.selected.get(LEADS)
    return leads is not None and leads.editable and not leads.is_subform


def _labels(pair: ModulePair) -> Iterator[Change]:
    labels = [(each.plural_label, each.singular_label) for each in (pair.old, pair.new)]
    if labels[0] != labels[1]:
        plural = labels[0][0] != labels[1][0]
        yield pair.change(
            "module label changed",
            "safe",
            "labels stand in docstrings only",
            before=labels[0][0 if plural else 1],
            after=labels[1][0 if plural else 1],
        )


def _operations(pair: ModulePair) -> Iterator[Change]:
    before, after = _allowed(pair.old), _allowed(pair.new)
    if before == after and pair.old.is_subform == pair.new.is_subform:
        return
    lost = [each for each in before if each not in after]
    severity: Severity = "safe"
    reason = "new methods take nothing away"
    if pair.old.is_subform != pair.new.is_subform:
        severity = "breaking"
        reason = f"{pair.handle} becomes " + (
            "rows of a subform" if pair.new.is_subform else "a module of its own"
        )
        reason += ": code that uses it as it was does not type-check"
    elif pair.old.is_subform:
        reason = "rows of a subform have no methods of their own"
    elif {"create", "edit"}.intersection(lost):
        severity = "breaking"
        methods = [
            method
            for operation, method in (
                ("create", "create, clone"),
                ("edit", "update, blueprint"),
            )
            if operation in lost
        ]
        reason = (
            f"{pair.handle} loses {', '.join(methods)} and what goes with them: code that calls "
            "them does not type-check"
        )
    elif lost:
        severity = "risky"
        reason = (
            f"Zoho refuses what {pair.handle} still has methods for"
            if "API" in lost
            else f"Zoho refuses {pair.handle}.delete, and the method stays"
        )
    yield pair.change(
        "module operations changed",
        severity,
        reason,
        before=_words(pair.old, before),
        after=_words(pair.new, after),
    )


def _allowed(module: Module) -> list[str]:
    flags = (module.creatable, module.editable, module.deletable, module.api_supported)
    return [name for name, allowed in zip(_OPERATIONS, flags, strict=True) if allowed]


def _words(module: Module, allowed: list[str]) -> str:
    names = [name for name in allowed if name != "API"]
    if not module.api_supported:
        names.append("not in the API")
    return f"{'subform: ' if module.is_subform else ''}{', '.join(names) or 'read only'}"

"""What became of the layouts and related lists of a module, and what that means for programs."""

from __future__ import annotations

from collections.abc import Iterator

from zohohub_gen.changes import Change, Severity
from zohohub_gen.facts import layouts
from zohohub_gen.ir import Boolean, Field, Layout, LayoutReference, Module, Picklist, RelatedList
from zohohub_gen.module_pair import ModulePair, matched
from zohohub_gen.option_differences import match_options
from zohohub_gen.plan_related import shown_lists
from zohohub_gen.selection import needed_to_create


def compare_layouts(pair: ModulePair) -> Iterator[Change]:
    """The changes of the layouts of a module that both packages have."""
    if pair.old.layouts == pair.new.layouts and pair.old.fields == pair.new.fields:
        return
    names = [_names(pair.old), _names(pair.new)]
    pairs, removed, added = _matched(layouts(pair.old), layouts(pair.new))
    for item in removed:
        yield pair.change("layout removed", *_lost(pair, item.name, names[1]), before=item.name)
    for item in added:
        yield pair.change(
            "layout added", "safe", "a new layout takes nothing away", after=item.name
        )
    fields = matched(pair.old.fields, pair.new.fields)[0]
    for old, new in pairs:
        if old.name != new.name:
            yield pair.change(
                "layout renamed",
                *_lost(pair, old.name, names[1]),
                before=old.name,
                after=new.name,
            )
        for was, now in fields:
            yield from _requirement(pair, old, new, was, now)
            yield from _options(pair, old, new, was, now)


def compare_related_lists(pair: ModulePair) -> Iterator[Change]:
    """The changes of the related lists of a module that both packages have."""
    if (
        not pair.renames.modules
        and pair.old.related_lists == pair.new.related_lists
        and pair.old_names.related == pair.new_names.related
    ):
        return
    pairs, removed, added = matched(shown_lists(pair.old), shown_lists(pair.new))
    for item in removed:
        target = _list_target(pair, item)
        yield pair.change(
            "related list removed",
            "breaking",
            f"{target} is gone: code that uses it does not type-check",
            field=item.api_name,
            before=item.api_name,
            target=target,
        )
    for item in added:
        yield pair.change(
            "related list added",
            "safe",
            "a new list takes nothing away",
            field=item.api_name,
            after=item.api_name,
            target=f"{pair.new_names.record}Related.{pair.new_names.related[item.api_name]}",
        )
    for old, new in pairs:
        yield from _compare_list(pair, old, new)


# --- Layouts ----------------------------------------------------------------------------------


def _names(module: Module) -> frozenset[str]:
    """The names that `layout` of the handle takes; the rows of a subform have no handle."""
    return frozenset() if module.is_subform else frozenset(each.name for each in layouts(module))


def _matched(
    old: list[Layout], new: list[Layout]
) -> tuple[list[tuple[Layout, Layout]], list[Layout], list[Layout]]:
    """As `matched` does, by id, then by name."""
    by_id = {each.id: each for each in new}
    pairs = [(each, by_id[each.id]) for each in old if each.id in by_id]
    gone = [each for each in old if each.id not in by_id]
    known = {now.id for _, now in pairs}
    by_name = {each.name: each for each in new if each.id not in known}
    pairs += [(each, by_name[each.name]) for each in gone if each.name in by_name]
    known |= {now.id for _, now in pairs}
    return (
        pairs,
        [each for each in gone if each.name not in by_name],
        [each for each in new if each.id not in known],
    )


def _lost(pair: ModulePair, name: str, remaining: frozenset[str]) -> tuple[Severity, str]:
    call = f"{pair.handle}.layout({name!r})"
    if pair.old.is_subform:
        return "safe", "rows of a subform are not written by layout"
    if name in remaining:
        return "risky", f"{call} is another layout now"
    return "breaking", f"{call} does not type-check any more"


def _requirement(
    pair: ModulePair, old: Layout, new: Layout, was: Field, now: Field
) -> Iterator[Change]:
    before, after = _requires(pair.old, old, was), _requires(pair.new, new, now)
    if before == after or needed_to_create(pair.old, was) or needed_to_create(pair.new, now):
        return
    name = pair.old_names.fields[was.api_name]
    yield pair.change(
        "layout requirement added" if after else "layout requirement removed",
        "risky" if after else "safe",
        f"Zoho refuses new records in the layout {new.name} without {name}"
        if after
        else f"code that always writes {name} goes on doing so",
        field=was.api_name,
        before=old.name if before else None,
        after=new.name if after else None,
        target=f"{pair.old_names.record}.{name}",
    )


def _requires(module: Module, layout: Layout, item: Field) -> bool:
    own = layout.fields.get(item.api_name)
    return (
        own is not None
        and own.required
        and item.creatable
        and item.api_name not in ("Owner", "id")
        and not isinstance(item.type, Boolean | LayoutReference)
        and not needed_to_create(module, item)
    )


def _options(
    pair: ModulePair, old: Layout, new: Layout, was: Field, now: Field
) -> Iterator[Change]:
    """Options that the layout offers or hides, among those that the field has on both sides."""
    if not isinstance(was.type, Picklist) or not isinstance(now.type, Picklist):
        return
    before, after = old.fields.get(was.api_name), new.fields.get(now.api_name)
    if before == after and was.type == now.type:
        return
    if before is None or after is None or (before.options is None and after.options is None):
        return
    both = [
        (first.display, second.display)
        for first, second in match_options(was.type.options, now.type.options)[0]
        if first.used and second.used
    ]
    had = [now for was, now in both if before.options is None or was in before.options]
    has = [now for _, now in both if after.options is None or now in after.options]
    if had == has:
        return
    hidden = [each for each in had if each not in has]
    name = pair.attribute(was)
    yield pair.change(
        "layout options changed",
        "risky" if hidden else "safe",
        f"the layout {new.name} does not offer {', '.join(map(repr, hidden))} any more: Zoho may "
        f"refuse it in {name}"
        if hidden
        else f"the layout {new.name} offers whatever it offered",
        field=was.api_name,
        before=", ".join(had),
        after=", ".join(has),
        target=name,
    )


# --- Related lists ----------------------------------------------------------------------------


def _list_target(pair: ModulePair, item: RelatedList) -> str:
    return f"{pair.old_names.record}Related.{pair.old_names.related[item.api_name]}"


def _compare_list(pair: ModulePair, old: RelatedList, new: RelatedList) -> Iterator[Change]:
    target = _list_target(pair, old)
    was, now = pair.old_names.related[old.api_name], pair.new_names.related[new.api_name]
    renamed = f"{target} is called {now} now: code that uses the old name does not type-check"
    if old.api_name != new.api_name:
        kept = was == now
        yield pair.change(
            "related list renamed",
            "risky" if kept else "breaking",
            f"{target} keeps its name, but bindings that are deployed ask Zoho for {old.api_name}, "
            "which is gone"
            if kept
            else renamed,
            before=old.api_name,
            after=new.api_name,
            field=old.api_name,
            target=target,
        )
    elif was != now:
        yield pair.change(
            "name changed",
            "breaking",
            renamed,
            before=was,
            after=now,
            field=old.api_name,
            target=target,
        )
    elif old.label != new.label:
        yield pair.change(
            "related list renamed",
            "safe",
            "labels stand in docstrings only",
            before=old.label,
            after=new.label,
            field=old.api_name,
            target=target,
        )
    same_module = pair.renames.of_module(old.module or "") == (new.module or "")
    if not same_module or old.link != new.link:
        types = pair.old_side.list_type(old), pair.new_side.list_type(new)
        yield pair.change(
            "related list target changed",
            "risky" if types[0] == types[1] else "breaking",
            f"{target} stays {types[0]}, but holds other records"
            if types[0] == types[1]
            else f"{target} is {types[1]} now and was {types[0]}: code that takes it for that does "
            "not type-check",
            before=old.module,
            after=new.module,
            field=old.api_name,
            target=target,
        )

"""What became of the options of a picklist, and what that means for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from zohohub_gen.changes import Change, Severity
from zohohub_gen.choices import Picklists, Writes
from zohohub_gen.ir import Field, Option, Picklist
from zohohub_gen.module_pair import ModulePair


def compare_options(
    pair: ModulePair, old_field: Field, new_field: Field, old: Picklist, new: Picklist
) -> Iterator[Change]:
    """The changes of the options of a field that is a picklist on both sides."""
    if old.options == new.options:
        return
    target = pair.attribute(old_field)
    alias = pair.old_names.picklists.get(old_field.api_name)
    new_alias = pair.new_names.picklists.get(new_field.api_name)
    offered, offers = _offered(old), _offered(new)
    choices = pair.old_side.bindings.choices
    style, writes = choices.picklists, choices.writes
    members = pair.old_names.options.get(old_field.api_name, {})
    new_members = pair.new_names.options.get(new_field.api_name, {})

    def lost(option: Option) -> tuple[Severity, str]:
        if not option.used:
            return "safe", "programs could not name it before"
        if option.display in offers:
            return (
                "risky",
                f"another option of {target} is called so, and is what programs name now",
            )
        return option_lost(target, alias or "str", writes, style, last=new_alias is None)

    def gained(option: Option) -> tuple[Severity, str]:
        if not option.used or option.display in offered:
            return "safe", "the options that programs may name stay the same"
        return option_gained(
            target, alias or new_alias or "str", writes, style, first=alias is None
        )

    pairs, removed, added = match_options(old.options, new.options)
    for was, now in pairs:
        if was.display != now.display:
            severity, reason = lost(was)
            member = members.get(was.display)
            if member is not None and member == new_members.get(now.display):
                severity = "risky"
                reason = f"{alias}.{member} keeps its name, and has another value"
            yield pair.change(
                "option renamed",
                severity,
                reason,
                field=old_field.api_name,
                option=was.display,
                before=was.display,
                after=now.display,
                target=target,
            )
        if was.used and not now.used:
            severity, reason = lost(was)
            yield pair.change(
                "option retired",
                severity,
                reason,
                field=old_field.api_name,
                option=was.display,
                before="used",
                after="unused",
                target=target,
            )
        elif now.used and not was.used:
            severity, reason = gained(now)
            yield pair.change(
                "option restored",
                severity,
                reason,
                field=old_field.api_name,
                option=was.display,
                before="unused",
                after="used",
                target=target,
            )
    for item in removed:
        severity, reason = lost(item)
        yield pair.change(
            "option removed",
            severity,
            reason,
            field=old_field.api_name,
            option=item.display,
            before=item.display,
            target=target,
        )
    for item in added:
        severity, reason = gained(item)
        yield pair.change(
            "option added",
            severity,
            reason,
            field=old_field.api_name,
            option=item.display,
            after=item.display,
            target=target,
        )


def option_lost(
    target: str, alias: str, writes: Writes, style: Picklists, *, last: bool
) -> tuple[Severity, str]:
    """What it means that programs may not name an option any more.

    ``last``: none is left to name, so that ``alias`` is gone as well.
    """
    if style == "str":
        return (
            "risky",
            f"any text may be written to {target}, so type checkers do not point at code that "
            "names it, and Zoho may refuse it",
        )
    if last:
        return (
            "breaking",
            f"{alias} is gone with its last option: code that names it does not type-check",
        )
    if style == "literal" and writes == "open":
        return (
            "risky",
            f"writes take any text, so type checkers point at it only where code names {alias} "
            "itself, and Zoho may refuse it",
        )
    return (
        "breaking",
        f"{alias} does not have it any more: code that writes it to {target}, or compares the "
        "column with it, does not type-check",
    )


def option_gained(
    target: str, alias: str, writes: Writes, style: Picklists, *, first: bool
) -> tuple[Severity, str]:
    """What it means that programs may name one option more.

    ``first``: there was none, so that any text was written.
    """
    if style == "str":
        return "risky", f"code that reads {target} meets a value that it does not know"
    if first and (style == "enum" or writes == "strict"):
        return (
            "breaking",
            f"{target} took any text and takes the options of {alias} now: code that writes "
            "another text does not type-check",
        )
    if first:
        return "risky", f"Zoho may refuse in {target} what is not in {alias}; writes take any text"
    return (
        "risky",
        f"{alias} has one option more: only code that lists all of them, such as a match without "
        "a default, does not type-check; any other meets a value that it does not know",
    )


def match_options(
    old: Sequence[Option], new: Sequence[Option]
) -> tuple[list[tuple[Option, Option]], list[Option], list[Option]]:
    """Pairs of the same option: by id, by actual value where one lacks it, by display value."""
    pairs: list[tuple[Option, Option]] = []
    before, after = list(old), list(new)
    for is_same in (_same_id, _same_actual, _same_display):
        rest: list[Option] = []
        for was in before:
            now = next((each for each in after if is_same(was, each)), None)
            if now is None:
                rest.append(was)
            else:
                pairs.append((was, now))
                after.remove(now)
        before = rest
    return pairs, before, after


def _same_id(old: Option, new: Option) -> bool:
    return old.id is not None and old.id == new.id


def _same_actual(old: Option, new: Option) -> bool:
    return (old.id is None or new.id is None) and old.actual == new.actual


def _same_display(old: Option, new: Option) -> bool:
    return old.display == new.display


def _offered(kind: Picklist) -> frozenset[str]:
    return frozenset(option.display for option in kind.options if option.used)

"""What generated code tells the runtime of each field and layout: limits, options, what must be.

The runtime validates values and notices drift with it.  Limits that Zoho has for every field of a
type are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from zohohub_gen.ir import (
    Boolean,
    Field,
    Files,
    Integer,
    Layout,
    LayoutReference,
    Module,
    Number,
    Picklist,
    Text,
)
from zohohub_gen.source import LINE_LENGTH, constants, exploded, literal

_COMMON_DIGITS = {Integer: 9, Number: 16}


def field_facts(item: Field, alias: str | None, *, required: bool) -> list[str]:
    """Arguments of ``api``; ``alias`` is the name of a picklist's options, if there is one."""
    if item.api_name == "id":
        return ["read_only=True"]
    facts = _picklist_facts(item.type, alias) if isinstance(item.type, Picklist) else []
    if item.missing_in:
        facts.append(constants("missing_in=", list(item.missing_in), 8))
    if item.read_only:
        return ["read_only=True", *facts]
    flags: list[str] = []
    if not item.updatable:
        flags.append("create_only=True")
    if not item.creatable:
        flags.append("update_only=True")
    if required:
        flags.append("required=True")
    if item.unique:
        flags.append("unique=True")
    return [*flags, *facts, *_limits(item)]


def _picklist_facts(kind: Picklist, alias: str | None) -> list[str]:
    used = dict.fromkeys(option.display for option in kind.options if option.used)
    if not used:
        return []
    retired = dict.fromkeys(
        option.display for option in kind.options if not option.used and option.display not in used
    )
    facts = [f"options={alias}"]
    if alias is None:
        # Not a tuple: pyright gives up on one of more than 256 items.
        items = [literal(option) for option in used]
        one_line = f"options=[{', '.join(items)}],"
        fits = 8 + len(one_line) <= LINE_LENGTH
        facts = [one_line[:-1] if fits else exploded("options=[", items, "]", 8)]
    if retired:
        facts.append(constants("unused=", list(retired), 8))
    return facts


def _limits(item: Field) -> list[str]:
    kind = item.type
    limits: dict[str, int | Decimal | None] = {}
    match kind:
        case Text():
            return [] if kind.max_length is None else [f"max_length={kind.max_length}"]
        case Files():
            limits = {"max_count": kind.max_count}
        case Integer() | Number():
            if kind.max_digits != _COMMON_DIGITS[type(kind)]:
                limits["max_digits"] = kind.max_digits
            if isinstance(kind, Number):
                limits["decimal_places"] = kind.decimal_places
            limits["minimum"], limits["maximum"] = kind.range or (None, None)
        case _:
            pass
    return [f"{name}={_number(value)}" for name, value in limits.items() if value is not None]


def _number(value: int | Decimal) -> str:
    if value == int(value):
        return str(int(value))
    return f"Decimal({literal(format(value, 'f'))})"


def layouts(module: Module) -> list[Layout]:
    """The active layouts, the first of each name, in a fixed order."""
    by_name: dict[str, Layout] = {}
    for layout in sorted(module.layouts, key=lambda each: (len(each.id), each.id)):
        if layout.active and layout.id.isdigit():
            by_name.setdefault(layout.name, layout)
    return list(by_name.values())


def layouts_text(module: Module) -> str | None:
    """The statement of a handle that lists its layouts."""
    found = [_layout(module, layout) for layout in layouts(module)]
    if not found:
        return None
    one_line = f"layouts = ({found[0]},)"
    if len(found) == 1 and "\n" not in one_line and len(one_line) + 4 <= LINE_LENGTH:
        return one_line
    return exploded("layouts = (", found, ")", 4)


def _layout(module: Module, layout: Layout) -> str:
    items = [literal(layout.id), literal(layout.name)]
    if required := _required(module, layout):
        items.append(constants("required=", required, 12))
    if options := _options(module, layout):
        inner = [constants(f"{literal(name)}: ", chosen, 16) for name, chosen in options.items()]
        items.append(exploded("options={", inner, "}", 12))
    one_line = f"ModuleLayout({', '.join(items)}),"
    if "\n" not in one_line and len(one_line) + 8 <= LINE_LENGTH:
        return one_line[:-1]
    return exploded("ModuleLayout(", items, ")", 8)


def _required(module: Module, layout: Layout) -> list[str]:
    """What the layout makes mandatory beside what always is."""
    return [
        item.api_name
        for item in sorted(module.fields, key=lambda each: each.api_name)
        if (own := layout.fields.get(item.api_name)) is not None
        and own.required
        and not item.required
        and item.creatable
        and item.api_name not in ("Owner", "id")
        and not isinstance(item.type, Boolean | LayoutReference)
    ]


def _options(module: Module, layout: Layout) -> Mapping[str, list[str]]:
    """The options that the layout offers, where it offers a part of them."""
    found: dict[str, list[str]] = {}
    for item in sorted(module.fields, key=lambda each: each.api_name):
        own = layout.fields.get(item.api_name)
        if not isinstance(item.type, Picklist) or own is None or own.options is None:
            continue
        known = list(dict.fromkeys(each.display for each in item.type.options if each.used))
        offered = [option for option in known if option in own.options]
        if offered and offered != known:
            found[item.api_name] = offered
    return found

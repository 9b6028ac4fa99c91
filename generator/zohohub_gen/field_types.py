"""What a field holds: Zoho's (json_type, data_type) and a few names → `ir.FieldType`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from zohohub_gen.diagnostics import Diagnostic
from zohohub_gen.ir import (
    Boolean,
    Date,
    DateTime,
    FieldType,
    Files,
    Integer,
    LayoutReference,
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
    User,
)
from zohohub_gen.lenient import items, mapping, number, reference, text, whole_number

if TYPE_CHECKING:
    from zohohub_gen import wire

Builder: TypeAlias = "Callable[[wire.Field], FieldType | None]"

NO_VALUE = "-None-"
"""The option that stands for no value: records hold null."""


def field_type(
    place: str,
    module: str,
    api_name: str,
    data_type: str,
    item: wire.Field,
    diagnostics: list[Diagnostic],
) -> FieldType:
    """The type of a field; `Opaque` with a diagnostic where it is not known."""
    json_type = text(item.get("json_type"))
    special = _special(module, api_name, data_type, json_type)
    if special is not None:
        return special
    entry = _BY_DATA_TYPE.get(data_type)
    if entry is None:
        diagnostics.append(
            Diagnostic(place, f"data type {data_type!r} is not known; read as plain JSON")
        )
        return Opaque(data_type, json_type)
    json_types, build = entry
    if json_type is not None and json_types and json_type not in json_types:
        if data_type not in ("text", "picklist"):  # text is a cover for many things, by design
            diagnostics.append(
                Diagnostic(place, f"{data_type} as {json_type} is not known; read as plain JSON")
            )
        return Opaque(data_type, json_type)
    found = build(item)
    if found is None:
        diagnostics.append(
            Diagnostic(place, f"the metadata does not say what this {data_type} points at")
        )
        return Opaque(data_type, json_type or _JSON_OF.get(data_type))
    return found


def _special(module: str, api_name: str, data_type: str, json_type: str | None) -> FieldType | None:
    """Fields whose data_type does not say what they hold."""
    if api_name == "Tag" and json_type in ("jsonarray", None):
        return Tags()
    if api_name == "Reminder" and data_type == "picklist":
        return Text()  # holds a date and time, none of its options
    if api_name == "Discount" and module.endswith("_Items"):
        return Text()  # an amount or a percentage: "0", "5%"
    if module == "Products" and api_name == "Tax" and json_type in ("jsonarray", None):
        return Structured("ProductTax", many=True)
    if json_type == "jsonarray" and data_type in ("text", "textarea", "bigint"):
        if api_name == "Participants":
            return Structured("Participant", many=True)
        if api_name == "Pricing_Details":
            return Structured("PricingDetail", many=True)
        if api_name == "Product_Details":
            return Structured("LineItem", many=True)
        if api_name == "Comments":
            return Structured("CaseComment", many=True)
    return None


# --- By data type -----------------------------------------------------------------------------


def _text(item: wire.Field) -> FieldType:
    return Text(whole_number(item.get("length")))


def _long_integer(item: wire.Field) -> FieldType:
    if text(item.get("json_type")) == "integer":
        return Integer(whole_number(item.get("length")), _range(item))
    return LongInteger()


def _integer(item: wire.Field) -> FieldType:
    if text(item.get("json_type")) == "string":
        return LongInteger()
    return Integer(whole_number(item.get("length")), _range(item))


def _number(item: wire.Field) -> FieldType:
    return Number(
        whole_number(item.get("length")), whole_number(item.get("decimal_place")), _range(item)
    )


def _range(item: wire.Field) -> tuple[Decimal, Decimal] | None:
    limits = mapping(item.get("range"))
    low, high = number(limits.get("from")), number(limits.get("to"))
    return None if low is None or high is None else (low, high)


def _picklist(item: wire.Field) -> FieldType:
    return _options(item, multiple=False)


def _multi_picklist(item: wire.Field) -> FieldType:
    return _options(item, multiple=True)


def _options(item: wire.Field, *, multiple: bool) -> FieldType:
    options: list[Option] = []
    for raw in items(item.get("pick_list_values")):
        display = text(raw.get("display_value"), empty=True)
        actual = text(raw.get("actual_value"), empty=True)
        if display is None:
            display = actual
        if display is None or NO_VALUE in (display, actual):
            continue
        options.append(
            Option(
                display=display,
                actual=display if actual is None else actual,
                reference=text(raw.get("reference_value")) or display,
                id=text(raw.get("id")),
                used=text(raw.get("type")) != "unused",
            )
        )
    return Picklist(tuple(options), multiple, reference(item.get("global_picklist")))


def _lookup(item: wire.Field) -> FieldType | None:
    target = reference(mapping(item.get("lookup")).get("module"))
    if target is None:
        return MultiModuleLookup((), "module")
    if target == "se_module":
        return MultiModuleLookup((), "se_module")
    return User() if target.lower() == "users" else Lookup(target)


def _multi_module_lookup(item: wire.Field) -> FieldType:
    lookup = mapping(item.get("multi_module_lookup"))
    names = (reference(dict(module)) for module in items(lookup.get("modules")))
    return MultiModuleLookup(tuple(sorted({name for name in names if name})), "module")


def _multi_lookup(item: wire.Field) -> FieldType | None:
    lookup = mapping(item.get("multiselectlookup")) or mapping(item.get("multiuserlookup"))
    connected = _connected_field(lookup)
    target = reference(mapping(lookup.get("connected_details")).get("module")) or reference(
        lookup.get("connected_module")
    )
    if connected is None:
        return None
    if target is None or target.lower() == "users":
        return MultiUser(connected)
    return MultiLookup(target, connected)


def _multi_user(item: wire.Field) -> FieldType | None:
    lookup = mapping(item.get("multiuserlookup")) or mapping(item.get("multiselectlookup"))
    connected = _connected_field(lookup)
    return None if connected is None else MultiUser(connected)


def _connected_field(lookup: Mapping[str, object]) -> str | None:
    """The field of the linking module that points away from this one; v8, then before."""
    details = mapping(lookup.get("linking_details"))
    return reference(details.get("connected_lookup_field")) or text(
        lookup.get("connectedlookup_apiname")
    )


def _subform(item: wire.Field) -> FieldType | None:
    associated = mapping(item.get("associated_module")) or mapping(item.get("subform"))
    target = reference(associated.get("module")) or text(associated.get("api_name"))
    return None if target is None else Subform(target)


def _returned(item: wire.Field) -> FieldType | None:
    """What a formula or roll-up returns."""
    holder = mapping(item.get("formula")) or mapping(item.get("rollup_summary"))
    returns = (text(holder.get("return_type")) or "").lower()
    by_name = _RETURNS.get(returns) or _RETURNS.get(text(item.get("json_type")) or "")
    if by_name is None:
        return Opaque(text(item.get("data_type")) or "formula", text(item.get("json_type")))
    return by_name(item)


def _files(item: wire.Field) -> FieldType:
    return Files(whole_number(item.get("length")))


def _images(item: wire.Field) -> FieldType:
    return Files(whole_number(item.get("length")), images=True)


def _address(item: wire.Field) -> FieldType:
    # The parts are fields of their own; what the whole reads as is not documented.
    return Opaque("address", text(item.get("json_type")))


def _always(found: FieldType) -> Builder:
    def build(_item: wire.Field) -> FieldType:
        return found

    return build


_RETURNS: Mapping[str, Builder] = {
    "bigint": _long_integer,
    "boolean": _always(Boolean()),
    "currency": _number,
    "date": _always(Date()),
    "datetime": _always(DateTime()),
    "decimal": _number,
    "double": _number,
    "integer": _integer,
    "number": _number,
    "percent": _number,
    "string": _always(Text()),
    "text": _always(Text()),
}

_STRING = ("string",)
_OBJECT = ("jsonobject",)
_ARRAY = ("jsonarray",)
_NUMBER = ("double", "integer", "string")

_BY_DATA_TYPE: Mapping[str, tuple[tuple[str, ...], Builder]] = {
    "ALARM": ((), _always(Structured("Alarm"))),
    "RRULE": ((), _always(Structured("Recurrence"))),
    "address": ((), _address),
    "autonumber": (_STRING, _text),
    "bigint": (("string", "integer", "double"), _long_integer),
    "boolean": (("boolean",), _always(Boolean())),
    "consent_lookup": (_OBJECT, _always(Structured("Consent"))),
    "currency": (_NUMBER, _number),
    "date": (_STRING, _always(Date())),
    "datetime": (_STRING, _always(DateTime())),
    "decimal": (_NUMBER, _number),
    "double": (_NUMBER, _number),
    "email": (_STRING, _text),
    "event_reminder": (_STRING, _always(DateTime())),
    "fileupload": (_ARRAY, _files),
    "formula": ((), _returned),
    "imageupload": (_ARRAY, _images),
    "integer": (("integer", "string", "double"), _integer),
    "layout": ((), _always(LayoutReference())),
    "linetax": (_ARRAY, _always(Structured("LineTax", many=True))),
    "long": (("string", "integer", "double"), _long_integer),
    "lookup": (_OBJECT, _lookup),
    "mediumtext": (_STRING, _text),
    "module": (_OBJECT, _always(Structured("ModuleReference"))),
    "multi_module_lookup": (_OBJECT, _multi_module_lookup),
    "multireminder": (_ARRAY, _always(Structured("Reminder", many=True))),
    "multiselectlookup": (_ARRAY, _multi_lookup),
    "multiselectpicklist": (_ARRAY, _multi_picklist),
    "multiuserlookup": (_ARRAY, _multi_user),
    "ownerlookup": (_OBJECT, _always(User())),
    "percent": (_NUMBER, _number),
    "phone": (_STRING, _text),
    "picklist": (_STRING, _picklist),
    "profileimage": (_STRING, _always(Text())),
    "rollup_summary": ((), _returned),
    "subform": (_ARRAY, _subform),
    "territories": (_ARRAY, _always(Structured("Territory", many=True))),
    "text": (_STRING, _text),
    "textarea": (_STRING, _text),
    "time_range": (_OBJECT, _always(Structured("TimeRange"))),
    "userlookup": (_OBJECT, _always(User())),
    "website": (_STRING, _text),
}

_JSON_OF: Mapping[str, str] = {
    "multiselectlookup": "jsonarray",
    "multiuserlookup": "jsonarray",
    "subform": "jsonarray",
}

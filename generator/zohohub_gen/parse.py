"""Zoho's metadata answers → the schema.  Pure; never fails on what an answer holds.

Shapes differ between API versions and orgs, and keys are missing: everything here branches on the
shape of a value, never on a version, and what cannot be understood becomes a `Diagnostic`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from zohohub_gen.diagnostics import Diagnostic
from zohohub_gen.field_types import field_type
from zohohub_gen.ir import (
    Field,
    Layout,
    LayoutField,
    LongInteger,
    Module,
    Org,
    RelatedList,
    Schema,
    Subform,
)
from zohohub_gen.lenient import boolean, filled, items, mapping, reference, text, whole_number
from zohohub_gen.related_lists import related_lists

if TYPE_CHECKING:
    from zohohub_gen import wire
    from zohohub_gen.snapshot import Snapshot

# Set by Zoho alone; consulted only where a field has no operation_type (before v6).
_SET_BY_ZOHO = frozenset(
    {
        "Change_Log_Time__s",
        "Converted__s",
        "Converted_Account",
        "Converted_Contact",
        "Converted_Date_Time",
        "Converted_Deal",
        "Created_By",
        "Created_Time",
        "Full_Name",
        "Last_Activity_Time",
        "Locked__s",
        "Modified_By",
        "Modified_Time",
        "Record_Image",
        "id",
    }
)
_NEVER_WRITTEN = frozenset({"autonumber", "formula", "profileimage", "rollup_summary"})
_NOT_ENFORCED = frozenset({"Call_Duration"})  # listed as mandatory, yet calls are made without it


def parse(
    snapshot: Snapshot,
    beside: tuple[Snapshot, Schema] | None = None,
    untouched: Container[str] = (),
) -> tuple[Schema, list[Diagnostic]]:
    """Build the schema, and say what was odd about the metadata.

    ``beside`` is another snapshot and its schema: modules of the same objects are shared with it,
    and fields that are described as there, and nothing is said of them.  ``untouched`` modules have
    no fields, and are there all the same.
    """
    diagnostics: list[Diagnostic] = []
    modules: dict[str, Module] = {}
    shared = _shared(snapshot, *beside) if beside is not None else {}
    known = _described(*beside) if beside is not None else {}
    for item in _module_items(snapshot):
        api_name = text(item.get("api_name"))
        if api_name is None:
            diagnostics.append(Diagnostic("modules.json", "a module without api_name was left out"))
            continue
        if api_name in modules:
            diagnostics.append(Diagnostic(api_name, "is listed twice; the first entry counts"))
            continue
        if api_name in shared:
            modules[api_name] = shared[api_name]
            continue
        if api_name in untouched:
            modules[api_name] = _module(api_name, item, (), (), ())
            continue
        fields = _fields(
            api_name, snapshot.fields.get(api_name, []), diagnostics, known.get(api_name, {})
        )
        if not fields:
            if boolean(item.get("api_supported"), default=True):
                diagnostics.append(
                    Diagnostic(api_name, "has no field metadata and was left out", "info")
                )
            continue
        layouts = tuple(_layout(raw) for raw in snapshot.layouts.get(api_name, []))
        lists = related_lists(api_name, snapshot.related_lists.get(api_name, []))
        modules[api_name] = _module(api_name, item, fields, layouts, lists)
    ordered = tuple(modules[api_name] for api_name in sorted(modules))
    schema = Schema(_with_subforms_marked(ordered), _org(snapshot))
    return schema, sorted(diagnostics)


def _shared(snapshot: Snapshot, other: Snapshot, schema: Schema) -> dict[str, Module]:
    """The modules of another schema whose metadata is here too: all of it the same objects."""
    entries = {text(item.get("api_name")): item for item in snapshot.modules}
    others = {text(item.get("api_name")): item for item in other.modules}
    return {
        module.api_name: module
        for module in schema.modules
        if (entry := entries.get(module.api_name)) is not None
        and "generated_type" in entry  # else other modules tell the kind
        and entry == others.get(module.api_name)
        and all(
            here.get(module.api_name) is there.get(module.api_name)
            for here, there in (
                (snapshot.fields, other.fields),
                (snapshot.layouts, other.layouts),
                (snapshot.related_lists, other.related_lists),
            )
        )
    }


def _described(
    snapshot: Snapshot, schema: Schema
) -> dict[str, dict[str, tuple[dict[str, Any], Field]]]:
    """By module and field of a schema, what it was made from; fields listed twice are left out."""
    found: dict[str, dict[str, tuple[dict[str, Any], Field]]] = {}
    for module in schema.modules:
        made = {each.api_name: each for each in module.fields}
        raw_fields = snapshot.fields.get(module.api_name, [])
        counts = Counter(text(raw.get("api_name")) for raw in raw_fields)
        found[module.api_name] = {
            api_name: (raw, made[api_name])
            for raw in raw_fields
            if (api_name := text(raw.get("api_name"))) in made and counts[api_name] == 1
        }
    return found


def _module_items(snapshot: Snapshot) -> Iterator[wire.Module]:
    """The modules of modules.json, then those that only have a file of fields."""
    listed = {text(item.get("api_name")) for item in snapshot.modules}
    for item in snapshot.modules:
        yield cast("wire.Module", item)
    for api_name in sorted(snapshot.fields.keys() - listed):
        yield {"api_name": api_name}


def _module(
    api_name: str,
    item: wire.Module,
    fields: tuple[Field, ...],
    layouts: tuple[Layout, ...],
    lists: tuple[RelatedList, ...],
) -> Module:
    plural = text(item.get("plural_label")) or api_name.replace("_", " ")
    return Module(
        api_name=api_name,
        id=text(item.get("id")),
        singular_label=text(item.get("singular_label")) or plural,
        plural_label=plural,
        kind=text(item.get("generated_type")) or "unknown",
        fields=fields,
        layouts=layouts,
        related_lists=lists,
        parent=reference(item.get("parent_module")),
        api_supported=boolean(item.get("api_supported"), default=True),
        creatable=boolean(item.get("creatable"), default=True),
        editable=boolean(item.get("editable"), default=True),
        deletable=boolean(item.get("deletable"), default=True),
        modified_time=text(item.get("modified_time")),
    )


def _with_subforms_marked(modules: tuple[Module, ...]) -> tuple[Module, ...]:
    """Mark the modules that hold rows of subforms where modules.json does not say so."""
    from dataclasses import replace

    rows = {
        item.type.module
        for module in modules
        for item in module.fields
        if isinstance(item.type, Subform)
    }
    return tuple(
        replace(module, kind="subform")
        if module.kind == "unknown" and module.api_name in rows
        else module
        for module in modules
    )


def _fields(
    module: str,
    raw_fields: list[dict[str, Any]],
    diagnostics: list[Diagnostic],
    known: Mapping[str, tuple[dict[str, Any], Field]],
) -> tuple[Field, ...]:
    found: dict[str, Field] = {}
    for raw in sorted(raw_fields, key=_age):
        item = cast("wire.Field", raw)
        api_name = text(item.get("api_name"))
        if api_name is None:
            diagnostics.append(Diagnostic(module, "a field without api_name was left out"))
        elif api_name in found:
            diagnostics.append(
                Diagnostic(f"{module}.{api_name}", "is listed twice; the older entry counts")
            )
        elif (described := known.get(api_name)) is not None and described[0] == raw:
            found[api_name] = described[1]
        else:
            found[api_name] = _field(module, api_name, item, diagnostics)
    if found and "id" not in found:
        found["id"] = Field(
            "id", "Record Id", LongInteger(), "bigint", creatable=False, updatable=False
        )
    return tuple(found[api_name] for api_name in sorted(found))


def _age(raw: Mapping[str, Any]) -> tuple[int, str, str]:
    """Ids count up, so the shorter, then smaller one is older; fields without id come last."""
    field_id = text(raw.get("id")) or "~"
    return (len(field_id) if field_id != "~" else 99, field_id, str(raw.get("api_name")))


def _field(module: str, api_name: str, item: wire.Field, diagnostics: list[Diagnostic]) -> Field:
    data_type = text(item.get("data_type")) or "unknown"
    creatable, updatable = _access(api_name, data_type, item)
    place = f"{module}.{api_name}"
    return Field(
        api_name=api_name,
        id=text(item.get("id")),
        label=text(item.get("field_label")) or text(item.get("display_label")) or api_name,
        type=field_type(place, module, api_name, data_type, item, diagnostics),
        data_type=data_type,
        creatable=creatable,
        updatable=updatable,
        required=(
            boolean(item.get("system_mandatory"))
            and creatable
            and api_name not in _NOT_ENFORCED
            and data_type != "boolean"
        ),
        unique=filled(item.get("unique")),
        custom=boolean(item.get("custom_field")),
        visible=boolean(item.get("visible"), default=True),
        encrypted=filled(item.get("crypt")),
        external_id=filled(item.get("external")),
        help=text(mapping(item.get("tooltip")).get("value")),
        auto_number=_auto_number(item) if data_type == "autonumber" else None,
    )


def _auto_number(item: wire.Field) -> tuple[str, int, str]:
    """Prefix, first number and suffix."""
    found = mapping(item.get("auto_number")) or mapping(item.get("autonumber"))
    return (
        text(found.get("prefix")) or "",
        whole_number(found.get("start_number")) or 1,
        text(found.get("suffix")) or "",
    )


def _access(api_name: str, data_type: str, item: wire.Field) -> tuple[bool, bool]:
    """Whether the API sets the field on a new record, and whether it changes it."""
    if data_type in _NEVER_WRITTEN or api_name == "id":
        return False, False
    operations = mapping(item.get("operation_type"))
    if data_type == "subform":
        # Zoho lists all operations as false, and takes rows all the same.
        writable = not boolean(item.get("read_only"))
        return writable, writable
    if "api_create" in operations or "api_update" in operations:
        return (
            boolean(operations.get("api_create"), default=True),
            boolean(operations.get("api_update"), default=True),
        )
    writable = (
        api_name not in _SET_BY_ZOHO
        and not boolean(item.get("read_only"))
        and not boolean(item.get("field_read_only"))
    )
    return writable, writable


def _layout(raw: dict[str, Any]) -> Layout:
    item = cast("wire.Layout", raw)
    found: dict[str, LayoutField] = {}
    for section in items(item.get("sections")):
        for raw_field in items(section.get("fields")):
            api_name = text(raw_field.get("api_name"))
            if api_name is None:
                continue
            options = tuple(
                display
                for option in items(raw_field.get("pick_list_values"))
                if (display := text(option.get("display_value"), empty=True)) is not None
            )
            default: object = raw_field.get("default_value")
            found[api_name] = LayoutField(
                boolean(raw_field.get("required")),
                options or None,
                text(default) or text(mapping(default).get("id")),
            )
    layout_id = text(item.get("id")) or ""
    return Layout(
        id=layout_id,
        name=text(item.get("name")) or layout_id,
        active=item.get("status") not in ("inactive", "downgraded", -1),
        fields={api_name: found[api_name] for api_name in sorted(found)},
    )


def _org(snapshot: Snapshot) -> Org:
    item = cast("wire.Org", snapshot.org)
    return Org(
        id=text(item.get("id")) or text(item.get("zgid")),
        company_name=text(item.get("company_name")),
        currency=text(item.get("iso_code")) or text(item.get("currency")),
        time_zone=text(item.get("time_zone")),
        language=snapshot.language,
    )

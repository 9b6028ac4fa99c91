"""Write a correctly typed program that uses all of a package, as the docs show its use.

Every attribute is read into a variable of its exact type and set, every keyword and key of a write
is given every kind of value that it takes, every option is written, every column is compared,
sorted by and read, every handle, layout and related list is used.  One use stands on one line, so
that what a type checker says of a line names what it is about.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeGuard

from zohohub_gen.choices import Choices
from zohohub_gen.facts import layouts
from zohohub_gen.ir import (
    Field,
    FieldType,
    Lookup,
    Module,
    MultiModuleLookup,
    Picklist,
    RelatedList,
    Schema,
)
from zohohub_gen.names import ModuleNames, Names

from tests.support.field_uses import Kind, Kinds, display, offered

ALL = "  # all at once"
"""Marks a line that uses all fields of a module."""

_RELATED = {
    None: "RelatedRecords",
    "plain": "LinkedRecords",
    "member": "CampaignMembers",
    "price": "PricedRecords",
    "role": "ContactRoles",
}
_LINKS = {"plain": "", "member": ', status="Invited"', "price": ", list_price=5"}
_SOME = 3
"""Of how many modules the columns are used behind a lookup of any module."""
_IN_RELATED_ELSEWHERE = ("Attachments", "Notes", "Emails")

_IMPORTS: Mapping[str, tuple[str, ...]] = {
    "collections.abc": ("Iterator", "Sequence"),
    "datetime": ("date", "datetime", "timezone"),
    "decimal": ("Decimal",),
    "typing": ("Any",),
    "zohohub": ("LayoutRef", "Link", "Ref", "Removed", "Results", "Tag", "UploadedFile", "UserRef"),
    "zohohub.records": ("Record",),
    "zohohub.related": (*_RELATED.values(), "RelatedRows"),
    "zohohub.shapes": (
        "Alarm",
        "CaseComment",
        "Consent",
        "LineItem",
        "LineTax",
        "ModuleReference",
        "Participant",
        "PricingDetail",
        "ProductTax",
        "Recurrence",
        "Reminder",
        "Territory",
        "TimeRange",
    ),
}


class Writer:
    """Writes the program of one package."""

    def __init__(
        self,
        schema: Schema,
        names: Names,
        choices: Choices,
    ) -> None:
        self._modules = {module.api_name: module for module in schema.modules}
        self._names = {name: names.modules[name] for name in self._modules}
        self._kinds = Kinds(self._modules, self._names, choices)

    def files(self, package: str, folder: str) -> dict[str, str]:
        """The files of the program for a package of this name, two a module.

        ``use_<module>.py`` uses everything; ``options_<module>.py`` lists the options of each
        picklist one by one, without a default.
        """
        files: dict[str, str] = {}
        for module in self._modules.values():
            file = self._names[module.api_name].file
            files[f"{folder}/use_{file}.py"] = self._file(package, list(self._module(module)))
            if options := list(self._exhaustive(module)):
                files[f"{folder}/options_{file}.py"] = self._file(package, options)
        return files

    # --- Files ------------------------------------------------------------------------------

    def _file(self, package: str, body: list[str]) -> str:
        used = {node.id for node in ast.walk(ast.parse("\n".join(body))) if _is_name(node)}
        lines = ["from __future__ import annotations"]
        for module, wanted in _IMPORTS.items():
            if found := [name for name in wanted if name in used]:
                lines.append(f"from {module} import {', '.join(found)}")
        own = {"Crm"}
        for names in self._names.values():
            own |= {names.record, names.handle}
        if found := sorted(own & used):
            lines.append(f"from {package} import {', '.join(found)}")
        lines += [
            f"from {package}.{names.file} import {', '.join(aliases)}"
            for names in self._names.values()
            if (aliases := sorted(used & set(names.picklists.values())))
        ]
        return "\n".join([*lines, "", *body, ""])

    def _module(self, module: Module) -> Iterator[str]:
        names = self._names[module.api_name]
        fields = sorted(module.fields, key=lambda item: names.fields[item.api_name])
        kinds = {item.api_name: self._kinds.of(module, item) for item in fields}
        yield from _function("reads", f"record: {names.record}", self._reads(names, fields, kinds))
        yield from _function("sets", f"record: {names.record}", self._sets(names, fields, kinds))
        if module.is_subform:
            return
        writes = list(self._writes(module, fields))
        for number in range(0, len(writes), 100):
            yield from _function(f"writes_{number}", "crm: Crm", writes[number : number + 100])
        columns = list(self._columns(names, fields, kinds))
        for number in range(0, len(columns), 100):
            part = [
                f"f, q = {names.record}.fields, crm.{names.file}.query()",
                "assert f and q",
                *columns[number : number + 100],
            ]
            yield from _function(f"columns_{number}", "crm: Crm", part)
        yield from _function("handle", "crm: Crm", self._handle(module, names))
        yield from _function("related", "crm: Crm", self._related(module, names))

    # --- Records ----------------------------------------------------------------------------

    def _reads(
        self, names: ModuleNames, fields: Iterable[Field], kinds: Mapping[str, Kind]
    ) -> Iterator[str]:
        for item in fields:
            name = names.fields[item.api_name]
            read = kinds[item.api_name].read
            null = "" if item.api_name == "id" or read == "Any" else " | None"
            yield f"_{name}: {read}{null} = record.{name}"

    def _sets(
        self, names: ModuleNames, fields: Iterable[Field], kinds: Mapping[str, Kind]
    ) -> Iterator[str]:
        for item in fields:
            name = names.fields[item.api_name]
            for value in kinds[item.api_name].held:
                yield f"{names.record}({name}={value})"
            if not item.read_only and item.api_name != "id":
                for value in (*kinds[item.api_name].held, "None"):
                    yield f"record.{name} = {value}"

    # --- Writes -----------------------------------------------------------------------------

    def _writes(self, module: Module, fields: list[Field]) -> Iterator[str]:
        handle = f"crm.{self._names[module.api_name].file}"
        created = [item for item in fields if item.creatable and item.api_name != "id"]
        updated = [item for item in fields if item.updatable and item.api_name != "id"]
        if module.creatable:
            needed = self._kinds.needed(module, created)
            yield f"{handle}.create({_keywords(needed)})"
            for name, value in self._kinds.values(module, created):
                yield f"{handle}.create({_keywords({**needed, name: value})})"
            full = display({**dict(self._kinds.values(module, created)), **needed})
            rows = f"[{display(needed)}, {full}]"
            yield f"_created: Results = {handle}.create_many({rows}){ALL}"
            yield f"{handle}.bulk_create({rows}){ALL}"
            if module.editable:
                yield f"{handle}.upsert_many({rows}){ALL}"
                yield f"{handle}.bulk_upsert({rows}, match={self._column_of(module)}){ALL}"
        values = list(self._kinds.values(module, updated))
        all_at_once = _keywords(dict(values))
        if module.creatable:
            yield f'{handle}.clone("1", {all_at_once}){ALL}'
        if not module.editable:
            return
        for name, value in values:
            yield f'{handle}.update("1", {name}={value})'
        rows = "[" + display({"id": '"1"'}) + ", " + display({"id": '"1"', **dict(values)}) + "]"
        yield f"{handle}.update_many({rows}){ALL}"
        yield f"{handle}.bulk_update({rows}){ALL}"
        yield f'{handle}.mass_update(["1"], {all_at_once}){ALL}'
        yield f'{handle}.mass_update_view("1", {all_at_once}){ALL}'
        for name, value in dict(values).items():
            data = display({name: value})
            yield f'(b := {handle}.blueprint("1")).apply(b.transition("a"), {data})'

    # --- Columns ----------------------------------------------------------------------------

    def _columns(
        self, names: ModuleNames, fields: Iterable[Field], kinds: Mapping[str, Kind]
    ) -> Iterator[str]:
        handle = f"crm.{names.file}"
        for item in fields:
            kind, name = kinds[item.api_name], names.fields[item.api_name]
            yield f"_r_{name}: Iterator[{names.record}] = {handle}.list(f.{name})"
            yield f'{handle}.get("1", f.{name})'
            yield f"q.select(f.{name}).order_by(f.{name}, f.{name}.desc())"
            yield f"q.where(f.{name}.is_null() | f.{name}.is_not_null())"
            for text in kind.compared:
                yield f"q.where(f.{name}{text if text[0] == '.' else f' {text}'})"
            if kind.selectable:
                value = f"{kind.read} | None"
                yield f"_v_{name}: Iterator[tuple[{value}]] = q.values(f.{name})"
                for total in kind.totals:
                    yield f"q.group_by(f.{name}).aggregate(f.{name}.{total}())"
            for column in self._behind(item.type):
                yield f"q.where(f.{name}.{column}.is_null())"
            yield f"{handle}.upsert_many([], match=[f.{name}])" if item.unique else "pass"

    def _behind(self, kind: FieldType) -> Iterator[str]:
        """Some columns of the records that a lookup leads to."""
        targets: tuple[str, ...] = ()
        if isinstance(kind, Lookup):
            targets, text = (kind.module,), "{0}"
        elif isinstance(kind, MultiModuleLookup):
            targets, text = kind.modules or tuple(self._modules)[:_SOME], "to({1}).{0}"
        else:
            return
        for target in targets:
            names = self._names.get(target)
            module = self._modules.get(target)
            if names is not None and module is not None and not module.is_subform:
                for column in ["id", *sorted(set(names.fields.values()) - {"id"})[:2]]:
                    yield text.format(column, names.record)

    def _column_of(self, module: Module) -> str:
        return f"{self._names[module.api_name].record}.fields.id"

    # --- Handles ----------------------------------------------------------------------------

    def _handle(self, module: Module, names: ModuleNames) -> Iterator[str]:
        handle = f"crm.{names.file}"
        yield f"_handle: {names.handle} = {handle}"
        yield f'_record: {names.record} = {handle}.get("1")'
        yield f'_same: {names.record} = {handle}.get(Ref[{names.record}]("1"))'
        yield f"_id: str = {handle}.save(_record)"
        yield f'{handle}.delete_many(["1", _record, Ref[{names.record}]("2")])'
        yield f"_first: {names.record} | None = {handle}.query().first()"
        yield f'{handle}.with_options(trigger=()).notes("1").add("text")'
        yield f'{handle}.tags.add([_record], ["a"])'
        yield f"_bulk: list[{names.record}] = list({handle}.bulk_read())"
        for layout in layouts(module):
            chosen = f"{handle}.layout({layout.name!r})"
            yield f"{handle}.with_options(layout={chosen})"
        if module.api_name == "Leads" and module.editable:
            yield from self._convert(handle)

    def _convert(self, handle: str) -> Iterator[str]:
        for keyword, target in (("account", "Accounts"), ("contact", "Contacts")):
            record = self._kinds.record(target)
            yield f'{handle}.convert("1", {keyword}=Ref[{record}]("1"))'
            yield f'_{keyword}: Ref[{record}] | None = {handle}.convert("1").{keyword}'
        deals = self._modules.get("Deals")
        if deals is None or deals.is_subform:
            yield f'{handle}.convert("1", deal={{"a": 1}})'
            return
        created = [item for item in deals.fields if item.creatable and item.api_name != "id"]
        needed = self._kinds.needed(deals, created)
        yield f'{handle}.convert("1", deal={display(needed)})'
        full = {**dict(self._kinds.values(deals, created)), **needed}
        yield f'{handle}.convert("1", deal={display(full)}, notify_new_owner=True){ALL}'
        deal = self._kinds.record("Deals")
        yield f'_deal: Ref[{deal}] | None = {handle}.convert("1").deal'

    def _related(self, module: Module, names: ModuleNames) -> Iterator[str]:
        for item in module.related_lists:
            if item.served and item.api_name not in _IN_RELATED_ELSEWHERE:
                yield from self._related_list(item, names)

    def _related_list(self, item: RelatedList, names: ModuleNames) -> Iterator[str]:
        name = names.related[item.api_name]
        place = f'crm.{names.file}.related("1").{name}'
        target = self._modules.get(item.module or "")
        if target is None or target.is_subform:
            yield f"_{name}: RelatedRows = {place}"
            yield f'_l_{name}: Iterator[dict[str, Any]] = {place}.list("Name")'
            return
        record = self._names[target.api_name].record
        yield f"_{name}: {_RELATED[item.link]}[{record}] = {place}"
        yield f"_l_{name}: Iterator[{record}] = {place}.list({record}.fields.id)"
        if item.link == "role":
            yield f'{place}.link("1", role="6")'
        elif item.link is not None:
            yield f'{place}.link(Ref[{record}]("1"){_LINKS[item.link]})'
            yield f'{place}.unlink_many(["1"])'

    # --- Options ----------------------------------------------------------------------------

    def _exhaustive(self, module: Module) -> Iterator[str]:
        """A function a picklist that knows an answer for every option, and none for others."""
        names = self._names[module.api_name]
        for item in module.fields:
            alias = names.picklists.get(item.api_name)
            if alias is None or not isinstance(item.type, Picklist):
                continue
            yield f"def of_{names.fields[item.api_name]}(option: {alias}) -> int:"
            yield "    match option:"
            for number, option in enumerate(offered(item.type)):
                yield f"        case {option!r}:"
                yield f"            return {number}"
            yield ""


def _is_name(node: ast.AST) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name)


def _function(name: str, parameters: str, body: Iterable[str]) -> Iterator[str]:
    lines = [f"    {line}" for line in body if line != "pass"]
    if lines:
        yield from (f"def {name}({parameters}) -> None:", *lines, "")


def _keywords(values: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in values.items())

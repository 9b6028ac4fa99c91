"""The Python names of a package, and what each of them means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zohohub_gen.ir import (
    Lookup,
    MultiLookup,
    MultiModuleLookup,
    Picklist,
    Subform,
)
from zohohub_gen.user_code.former_names import renames
from zohohub_gen.user_code.types import OTHER, Kind, Type, Types, many, one

if TYPE_CHECKING:
    from zohohub_gen.bindings import Bindings
    from zohohub_gen.ir import Field, Module, Schema
    from zohohub_gen.names import ModuleNames

_OF_RECORD: Mapping[str, Kind] = {
    "": "record class",
    "Fields": "columns class",
    "Lookup": "columns class",
    "Create": "values class",
    "Update": "values class",
    "UpdateRow": "values class",
    "Input": "values class",
    "Related": "related class",
    "LayoutName": "options class",
}
"""The classes that each record class brings with it, by their suffix."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a class of the package stands for."""

    kind: Kind
    module: str
    field: str = ""
    suffix: str = ""


@dataclass(slots=True)
class _Members:
    """The members of one module: api_names by Python names, and the names that hold today."""

    api_names: dict[str, str] = field(default_factory=dict[str, str])
    current: dict[str, str] = field(default_factory=dict[str, str])

    def add(self, current: Mapping[str, str], former: Mapping[str, str]) -> None:
        self.current.update(current)
        self.api_names.update({name: api_name for api_name, name in current.items()})
        for name, api_name in former.items():
            # A name that something else has today means that.
            if api_name in current:
                self.api_names.setdefault(name, api_name)


class Words:
    """Looks up what the names of a package mean; former names count, where they are free."""

    def __init__(self, bindings: Bindings, package: str) -> None:
        self.package = package
        self.classes: dict[str, Meaning] = {}
        self.files: dict[str, str] = {}
        """The modules by the names of their files, which are those of the handles, too."""
        self.current_classes: dict[Meaning, str] = {}
        self.current_files: dict[str, str] = {}
        self.holders: dict[str, tuple[str, ...]] = {}
        """The modules that have a field of that Python name."""
        self._fields: dict[str, _Members] = {}
        self._related: dict[str, _Members] = {}
        self._types: dict[tuple[str, str], Types] = {}
        self._options: dict[tuple[str, str], frozenset[str]] = {}
        self._members: dict[tuple[str, str], dict[str, str]] = {}
        self._targets: dict[tuple[str, str], str] = {}
        self._related_targets: dict[tuple[str, str], str] = {}
        self.layouts: dict[str, frozenset[str]] = {}
        modules = bindings.chosen().modules
        for module in modules:
            self._add_module(module, bindings.names.modules[module.api_name])
        self._add_former(bindings.names.lock, bindings.schema, {each.api_name for each in modules})
        holders: dict[str, list[str]] = {}
        for module in modules:
            self._add_types(module)
            for name in self._fields[module.api_name].api_names:
                holders.setdefault(name, []).append(module.api_name)
        self.holders = {name: tuple(found) for name, found in holders.items()}

    # --- Asking --------------------------------------------------------------------------------

    def field(self, module: str, name: str) -> str | None:
        """The api_name of a field of that Python name."""
        members = self._fields.get(module)
        return members.api_names.get(name) if members else None

    def related(self, module: str, name: str) -> str | None:
        """The api_name of a related list of that Python name."""
        members = self._related.get(module)
        return members.api_names.get(name) if members else None

    def value_type(self, module: str, api_name: str) -> Types:
        """What a record holds in that field."""
        return self._types.get((module, api_name), OTHER)

    def target(self, module: str, api_name: str) -> str | None:
        """The module that a lookup refers to, if it is one of the package."""
        return self._targets.get((module, api_name))

    def related_target(self, module: str, api_name: str) -> str | None:
        """The module whose records a related list holds, if it is one of the package."""
        return self._related_targets.get((module, api_name))

    def has_option(self, module: str, api_name: str, display: str) -> bool:
        """Whether that is an option of the picklist."""
        return display in self._options.get((module, api_name), ())

    def member(self, owner: Type, name: str) -> str | None:
        """The display value of a member of an enumeration, where ``owner`` is one."""
        if owner.kind != "options class":
            return None
        return self._members.get((owner.module, owner.field), {}).get(name)

    def current(self, kind: str, module: str, name: str | None, written: str) -> str:
        """How what a program calls ``written`` is called today."""
        match kind:
            case "file" | "handle":
                return self.current_files[module]
            case "class":
                return self.current_classes.get(self.classes[written], written)
            case "field" if name is not None:
                return self._fields[module].current.get(name, written)
            case "related" if name is not None:
                return self._related[module].current.get(name, written)
            case _:
                return written

    # --- Collecting ----------------------------------------------------------------------------

    def _add_module(self, module: Module, names: ModuleNames) -> None:
        api_name = module.api_name
        self.files[names.file] = api_name
        self.current_files[api_name] = names.file
        self._add_classes(api_name, names.record, names.handle, current=True)
        for field_api_name, alias in names.picklists.items():
            self.classes[alias] = Meaning("options class", api_name, field_api_name)
        for field_api_name, options in names.options.items():
            self._members[api_name, field_api_name] = {
                name: display for display, name in options.items()
            }
        self._fields[api_name] = members = _Members()
        members.add(names.fields, {})
        self._related[api_name] = members = _Members()
        members.add(names.related, {})

    def _add_classes(self, api_name: str, record: str, handle: str, *, current: bool) -> None:
        found = {
            record + suffix: Meaning(kind, api_name, suffix=suffix)
            for suffix, kind in _OF_RECORD.items()
        }
        found[handle] = Meaning("handle class", api_name)
        for name, meaning in found.items():
            if current:
                self.classes[name] = meaning
                self.current_classes[meaning] = name
            else:
                self.classes.setdefault(name, meaning)

    def _add_former(self, lock: Mapping[str, object], schema: Schema, selected: set[str]) -> None:
        former = renames(lock, schema)
        for api_name in sorted(selected):
            for names in former.modules.get(api_name, ()):
                self.files.setdefault(names.file, api_name)
                self._add_classes(api_name, names.record, names.handle, current=False)
            for kept, old in ((self._fields, former.fields), (self._related, former.related)):
                members = kept[api_name]
                members.add(members.current, old.get(api_name, {}))

    def _add_types(self, module: Module) -> None:
        for item in module.fields:
            place = (module.api_name, item.api_name)
            types, target = self._type_of(module.api_name, item)
            self._types[place] = types
            if target is not None:
                self._targets[place] = target
            if isinstance(item.type, Picklist):
                self._options[place] = frozenset(option.display for option in item.type.options)
        for each in module.related_lists:
            if each.module in self.current_files:
                self._related_targets[module.api_name, each.api_name] = each.module
        self.layouts[module.api_name] = frozenset(layout.name for layout in module.layouts)

    def _type_of(self, module: str, item: Field) -> tuple[Types, str | None]:
        match item.type:
            case Picklist(multiple=multiple):
                option = one("option", module, item.api_name)
                return (many(option) if multiple else option), None
            case Subform(module=target) if target in self.current_files:
                return many(one("record", target)), None
            case Lookup(module=target) if target in self.current_files:
                return OTHER, target
            case MultiModuleLookup(modules=(target,)) if target in self.current_files:
                return OTHER, target
            case MultiLookup():
                return many(one("link")), None
            case _:
                return OTHER, None

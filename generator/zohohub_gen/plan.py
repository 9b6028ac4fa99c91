"""Schema + names → the plan of the package: its modules, and the files that know all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import inflection

from zohohub_gen.annotations import Target, missing_sentence
from zohohub_gen.choices import Choices
from zohohub_gen.ir import Module, Schema, Subform
from zohohub_gen.names import Names
from zohohub_gen.plan_former import NO_FORMER, PackageFormer, plan_package_former
from zohohub_gen.plan_module import ModuleHead, ModulePlan, ModulePlanner
from zohohub_gen.source import docstring, exploded, import_line, literal


@dataclass(frozen=True, slots=True)
class Handle:
    """One module on the client."""

    attribute: str
    type: str
    documentation: str


@dataclass(frozen=True, slots=True)
class PackagePlan:
    """The whole package."""

    documentation: str
    modules: tuple[ModuleHead, ...]
    """Whole plans, where a template of the user's may ask for them."""
    handles: tuple[Handle, ...]
    checking_imports: tuple[str, ...]
    """Of ``client.py``."""
    exports: str
    export_imports: tuple[str, ...]
    """Of ``__init__.py``."""
    homes: str
    former: PackageFormer
    interface: int


INTERFACE = 3
"""The runtime interface that generated code is written against; see `zohohub.interface`."""


class PackagePlanner:
    """Plans a package module by module: no file of a module depends on the plan of another."""

    def __init__(self, schema: Schema, names: Names, choices: Choices) -> None:
        self.modules = schema.modules
        self._org = schema.org
        self._names = names
        self._choices = choices
        self._targets, self._rows = targets_of(schema.modules, names)
        self._with_handles = {
            module.api_name: names.modules[module.api_name]
            for module in schema.modules
            if not module.is_subform
        }

    def module(self, module: Module) -> ModulePlan:
        """Plan the file of one of the modules."""
        return ModulePlanner(
            module,
            self._names.modules[module.api_name],
            self._targets,
            self._rows,
            self._names.classes,
            self._choices,
        ).plan(self._with_handles)

    def head(self, module: Module) -> ModuleHead:
        """What the rest knows of a module without names of before, whose file is not planned."""
        names = self._names.modules[module.api_name]
        handle = None if module.is_subform else names.handle
        return ModuleHead(names.file, names.record, handle, NO_FORMER)

    def package(self, modules: Sequence[ModuleHead]) -> PackagePlan:
        """Plan the rest, for these heads of all the modules."""
        names = self._names.modules
        handles = [
            Handle(
                attribute=names[module.api_name].file,
                type=names[module.api_name].handle,
                documentation=docstring(f"{module.plural_label}.{missing_sentence(module)}"),
            )
            for module in self.modules
            if not module.is_subform
        ]
        homes = _homes(modules)
        return PackagePlan(
            documentation=docstring(
                f"Typed client of {self._org.company_name or 'a Zoho CRM org'}."
            ),
            modules=tuple(modules),
            handles=tuple(sorted(handles, key=lambda handle: handle.attribute)),
            checking_imports=tuple(
                import_line(f".{head.file}", [head.handle], 4)
                for head in sorted(modules, key=lambda head: head.file)
                if head.handle
            ),
            exports=_name_list("__all__ = [", homes),
            export_imports=tuple(
                import_line(f".{home}", [name for name in homes if homes[name] == home], 4)
                for home in sorted(set(homes.values()))
            ),
            homes=exploded(
                "_HOME = {",
                [f"{literal(name)}: {literal(home)}" for name, home in homes.items()],
                "}",
            ),
            former=plan_package_former([head.former for head in modules], homes),
            interface=INTERFACE,
        )


def plan_package(schema: Schema, names: Names, choices: Choices) -> PackagePlan:
    """Plan the package of all modules and fields of the schema, the files of modules included."""
    planner = PackagePlanner(schema, names, choices)
    return planner.package([planner.module(module) for module in planner.modules])


def targets_of(
    modules: Sequence[Module], names: Names
) -> tuple[Mapping[str, Target], Mapping[str, Target]]:
    """What lookups and what subforms may name, by api_name; ``modules`` are those selected."""
    targets = {module.api_name: _target(names, module) for module in modules}
    rows = {
        module.api_name: targets[module.api_name]
        for module in modules
        if module.is_subform and not any(isinstance(item.type, Subform) for item in module.fields)
    }
    return targets, rows


def _target(names: Names, module: Module) -> Target:
    own = names.modules[module.api_name]
    return Target(own.file, own.record, f"decode_{inflection.underscore(own.record)}")


def _homes(modules: Sequence[ModuleHead]) -> dict[str, str]:
    """Which file each exported name lives in; the client first, then by file."""
    homes = {"Crm": "client"}
    for head in modules:
        homes |= dict.fromkeys((head.record, f"{head.record}Fields"), head.file)
        if head.handle is not None:
            homes[head.handle] = head.file
    return homes


def _name_list(head: str, names: Mapping[str, str]) -> str:
    return exploded(head, [literal(name) for name in names], "]")

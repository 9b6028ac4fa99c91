"""One module on both sides of a comparison, and how its fields are typed on each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

from zohohub_gen.annotations import Imports, Target, Typed, Typer
from zohohub_gen.bindings import Bindings
from zohohub_gen.changes import Change, Kind, Severity
from zohohub_gen.ir import (
    Field,
    FieldType,
    Lookup,
    Module,
    MultiLookup,
    MultiModuleLookup,
    RelatedList,
    Subform,
)
from zohohub_gen.names import ModuleNames
from zohohub_gen.plan import targets_of
from zohohub_gen.plan_convert import DEALS
from zohohub_gen.plan_related import list_type


class _Identified(Protocol):
    @property
    def id(self) -> str | None: ...

    @property
    def api_name(self) -> str: ...


Item = TypeVar("Item", bound=_Identified)


def matched(
    old: Sequence[Item], new: Sequence[Item]
) -> tuple[list[tuple[Item, Item]], list[Item], list[Item]]:
    """Pairs of what is the same on both sides; what is gone; what is new.

    The id decides.  What has none, or was deleted and made anew, goes by its api_name.
    """
    pairs: list[tuple[Item, Item]] = []
    paired: set[int] = set()
    by_id = {item.id: item for item in new if item.id is not None}
    by_api_name = {item.api_name: item for item in new}
    for item in old:
        other = None if item.id is None else by_id.pop(item.id, None)
        if other is not None:
            pairs.append((item, other))
            paired.update((id(item), id(other)))
    for item in old:
        other = by_api_name.get(item.api_name)
        if id(item) not in paired and other is not None and id(other) not in paired:
            pairs.append((item, other))
            paired.update((id(item), id(other)))
    return (
        pairs,
        [item for item in old if id(item) not in paired],
        [item for item in new if id(item) not in paired],
    )


class Side:
    """One side of the comparison, with what the typing of a field depends on."""

    def __init__(self, bindings: Bindings) -> None:
        self.bindings = bindings
        modules = bindings.chosen().modules
        self.selected = {module.api_name: module for module in modules}
        """What the package holds of each module that it holds."""
        self._targets: Mapping[str, Target]
        self._rows: Mapping[str, Target]
        self._targets, self._rows = targets_of(modules, bindings.names)
        self._handles = {
            each.api_name: bindings.names.modules[each.api_name].record
            for each in modules
            if not each.is_subform
        }

    def names(self, module: Module) -> ModuleNames:
        """The Python names of a module."""
        return self.bindings.names.modules[module.api_name]

    def typed(self, module: Module, item: Field) -> Typed:
        """How generated code types a field."""
        names = self.names(module)
        typer = Typer(
            names.record,
            self._targets,
            self._rows,
            names.file,
            Imports(),
            self.bindings.choices,
        )
        return typer.typed(item, names.picklists.get(item.api_name))

    def list_type(self, item: RelatedList) -> str:
        """How generated code types a related list."""
        return list_type(item, self._handles.get(item.module or ""))


@dataclass(frozen=True, slots=True)
class Renames:
    """New api_names by the old ones, of modules and of fields that kept their ids."""

    modules: Mapping[str, str] = field(default_factory=dict[str, str])
    fields: frozenset[tuple[str, str]] = frozenset()
    """Old and new api_name."""

    def of_module(self, api_name: str) -> str:
        """What a module is called now."""
        return self.modules.get(api_name, api_name)

    def of_type(self, kind: FieldType) -> FieldType:
        """A type that names modules, as it would be said now."""
        if not self.modules:
            return kind
        match kind:
            case Lookup() | MultiLookup() | Subform():
                return replace(kind, module=self.of_module(kind.module))
            case MultiModuleLookup():
                return replace(kind, modules=tuple(sorted(map(self.of_module, kind.modules))))
            case _:
                return kind


@dataclass(frozen=True, slots=True)
class ModulePair:
    """A module that both packages have."""

    old: Module
    new: Module
    old_side: Side
    new_side: Side
    renames: Renames

    @property
    def old_names(self) -> ModuleNames:
        """The Python names before."""
        return self.old_side.names(self.old)

    @property
    def new_names(self) -> ModuleNames:
        """The Python names now."""
        return self.new_side.names(self.new)

    @property
    def handle(self) -> str:
        """How programs reach the module: ``crm.leads``, or the class of a subform's rows."""
        return place_of(self.old, self.old_names)

    @property
    def has_create(self) -> bool:
        """Whether new records are written with the old package: by methods, or as rows.

        Converting a lead takes the values of a deal, whether or not deals are created otherwise.
        """
        return self.old.is_subform or self.old.creatable or self.old.api_name == DEALS

    @property
    def has_update(self) -> bool:
        """Whether records are changed with the old package; a clone takes values like an update."""
        return self.old.is_subform or self.old.creatable or self.old.editable

    def typed(self, old: Field, new: Field) -> tuple[Typed, Typed]:
        """How the two packages type a field."""
        return self.old_side.typed(self.old, old), self.new_side.typed(self.new, new)

    def attribute(self, item: Field) -> str:
        """How programs name a field of the old side: ``Lead.company``."""
        return f"{self.old_names.record}.{self.old_names.fields[item.api_name]}"

    def change(
        self,
        kind: Kind,
        severity: Severity,
        reason: str,
        *,
        field: str | None = None,
        option: str | None = None,
        before: str | None = None,
        after: str | None = None,
        target: str | None = None,
    ) -> Change:
        """A change of this module."""
        return Change(
            kind=kind,
            severity=severity,
            module=self.old.api_name,
            field=field,
            option=option,
            before=before,
            after=after,
            reason=reason,
            target=target or self.handle,
        )


def place_of(module: Module, names: ModuleNames) -> str:
    """How programs reach a module: ``crm.leads``, or the class of a subform's rows."""
    return names.record if module.is_subform else f"crm.{names.file}"

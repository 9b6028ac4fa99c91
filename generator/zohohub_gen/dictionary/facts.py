"""Bindings → what a data dictionary says of each module: plain facts, in the order they are read.

All of the org is in it; what the settings leave out of the package has no Python name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from zohohub_gen.annotations import attribute_type, kind_words
from zohohub_gen.bindings import Bindings
from zohohub_gen.ir import (
    Field,
    Files,
    Integer,
    Layout,
    Lookup,
    Module,
    MultiLookup,
    MultiModuleLookup,
    Number,
    Picklist,
    RelatedList,
    Schema,
    Subform,
    Text,
)
from zohohub_gen.module_pair import Side
from zohohub_gen.plan_related import shown_lists

_KINDS = {
    "default": "Standard",
    "custom": "Custom",
    "subform": "Subform",
    "static_subform": "Subform",
    "linking": "Linking",
}

_OF_EVERY_HANDLE = ("Attachments", "Notes")
"""Lists for which every handle has a method called so."""

RelationKind: TypeAlias = Literal["lookup", "subform"]


@dataclass(frozen=True, slots=True)
class ModuleLink:
    """A module by its name; without a ``page`` where the metadata says no more of it."""

    api_name: str
    label: str
    page: str | None


@dataclass(frozen=True, slots=True)
class OptionFacts:
    """One option of a picklist; ``actual`` only where it is not the display value."""

    display: str
    actual: str | None
    python: str | None
    used: bool
    missing_in: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FieldFacts:
    """One field.  ``required_in`` are layouts, ``defaults`` what layouts fill in, by value."""

    api_name: str
    label: str
    anchor: str
    python: str | None
    python_type: str | None
    kind: str
    data_type: str
    limits: tuple[str, ...]
    targets: tuple[ModuleLink, ...]
    flags: tuple[str, ...]
    required_in: tuple[str, ...]
    defaults: tuple[tuple[str, tuple[str, ...]], ...]
    help: str | None
    options: tuple[OptionFacts, ...]
    missing_in: tuple[str, ...]

    @property
    def used(self) -> int:
        """How many of its options are in use."""
        return sum(1 for option in self.options if option.used)


@dataclass(frozen=True, slots=True)
class LayoutFacts:
    """One layout: what it requires beside what every layout does, and options that it narrows."""

    name: str
    active: bool
    shown: int
    required: tuple[FieldFacts, ...]
    narrowed: tuple[tuple[FieldFacts, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class RelatedFacts:
    """One related list; ``module`` is None where Zoho does not say whose records they are.

    ``kind`` says where the records come from, and is empty where that is nobody's to choose.
    """

    api_name: str
    label: str
    module: ModuleLink | None
    kind: str
    served: bool
    python: str | None
    missing_in: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """A field of one module that refers to records of another, or holds rows of it."""

    source: ModuleLink
    label: str
    api_name: str
    anchor: str
    target: ModuleLink
    kind: RelationKind
    words: str


@dataclass(frozen=True, slots=True)
class ModuleFacts:
    """One module and its place among the others."""

    link: ModuleLink
    page: str
    singular: str
    kind: str
    handle: str | None
    record: str | None
    allows: tuple[str, ...]
    api_supported: bool
    missing_in: tuple[str, ...]
    fields: tuple[FieldFacts, ...]
    layouts: tuple[LayoutFacts, ...]
    related: tuple[RelatedFacts, ...]
    refers: tuple[Relation, ...]
    referred: tuple[Relation, ...]

    @property
    def python(self) -> str | None:
        """What one begins with in Python; None where the package lacks the module."""
        return self.handle or self.record

    @property
    def count(self) -> int:
        """How many fields it has."""
        return len(self.fields)

    @property
    def targets(self) -> list[ModuleLink]:
        """The modules that it refers to."""
        return list(dict.fromkeys(each.target for each in self.refers))

    @property
    def sources(self) -> list[ModuleLink]:
        """The modules that refer to it."""
        return list(dict.fromkeys(each.source for each in self.referred))

    @property
    def subforms(self) -> list[Relation]:
        """The subforms of its records."""
        return [each for each in self.refers if each.kind == "subform"]


@dataclass(frozen=True, slots=True)
class Dictionary:
    """Everything that is written down of an org."""

    title: str
    org: tuple[tuple[str, str], ...]
    modules: tuple[ModuleFacts, ...]

    @property
    def relations(self) -> list[Relation]:
        """Who refers to whom, by module."""
        return [each for module in self.modules for each in module.refers]

    def kinds(self) -> list[tuple[str, list[ModuleFacts]]]:
        """The modules by what they are, standard ones first."""
        order = list(dict.fromkeys(_KINDS.values()))
        found = {kind: [each for each in self.modules if each.kind == kind] for kind in order}
        for each in self.modules:
            if each.kind not in order:
                found.setdefault(each.kind, []).append(each)
        return [(kind, modules) for kind, modules in found.items() if modules]


def anchor_of(api_name: str) -> str:
    """What a field is called in an address; any other character than A-Z, 0-9, _ by number."""
    return "field-" + re.sub(r"[^A-Za-z0-9_]", lambda found: f".{ord(found[0])}.", api_name)


def collect(bindings: Bindings) -> Dictionary:
    """Say of each module what there is to say."""
    schema = bindings.schema
    side = Side(bindings)
    pages = {
        module.api_name: bindings.names.modules[module.api_name].file for module in schema.modules
    }
    links = _module_links(schema, pages)
    relations = sorted(
        _relations(schema, links),
        key=lambda each: (
            *(each.source.label.lower(), each.source.api_name, each.label.lower(), each.api_name),
            *(each.target.label.lower(), each.target.api_name),
        ),
    )
    modules = tuple(
        _Collector(side, module, links).facts(relations)
        for module in sorted(
            schema.modules, key=lambda each: (links[each.api_name].label.lower(), each.api_name)
        )
    )
    org = schema.org
    facts = (
        ("Organisation id", org.id),
        ("Currency", org.currency),
        ("Time zone", org.time_zone),
        ("Language", org.language),
    )
    return Dictionary(
        org.company_name or "Zoho CRM",
        tuple((term, value) for term, value in facts if value),
        modules,
    )


def _label(label: str, api_name: str) -> str:
    return label if label.strip() else api_name


def _module_links(schema: Schema, pages: Mapping[str, str]) -> dict[str, ModuleLink]:
    """What each module is called here: by its label, and its api_name where two share one."""
    labels = {
        module.api_name: _label(module.plural_label, module.api_name) for module in schema.modules
    }
    shared = {label for label, count in Counter(labels.values()).items() if count > 1}
    return {
        api_name: ModuleLink(
            api_name, f"{label} ({api_name})" if label in shared else label, pages[api_name]
        )
        for api_name, label in labels.items()
    }


def _link(links: Mapping[str, ModuleLink], api_name: str) -> ModuleLink:
    return links.get(api_name) or ModuleLink(api_name, api_name, None)


def _targets(item: Field) -> tuple[str, ...]:
    match item.type:
        case Lookup(module=module) | MultiLookup(module=module) | Subform(module=module) if module:
            return (module,)
        case MultiModuleLookup(modules=modules):
            return modules
        case _:
            return ()


def _relations(schema: Schema, links: Mapping[str, ModuleLink]) -> Iterator[Relation]:
    for module in schema.modules:
        for item in module.fields:
            kind: RelationKind = "subform" if isinstance(item.type, Subform) else "lookup"
            for target in _targets(item):
                yield Relation(
                    links[module.api_name],
                    _label(item.label, item.api_name),
                    item.api_name,
                    anchor_of(item.api_name),
                    _link(links, target),
                    kind,
                    kind_words(item),
                )


class _Collector:
    """Collects what there is to say of one module."""

    def __init__(self, side: Side, module: Module, links: Mapping[str, ModuleLink]) -> None:
        self._side = side
        self._module = module
        self._links = links
        self._names = side.names(module)
        package = side.selected.get(module.api_name)
        self._in_package = frozenset(
            item.api_name for item in (package.fields if package is not None else ())
        )
        self._has_handle = package is not None and not module.is_subform

    def facts(self, relations: Sequence[Relation]) -> ModuleFacts:
        """Everything of the module."""
        module, names = self._module, self._names
        own = self._links[module.api_name]
        fields = tuple(
            self._field(item)
            for item in sorted(
                module.fields,
                key=lambda each: (_label(each.label, each.api_name).lower(), each.api_name),
            )
        )
        by_name = {item.api_name: item for item in fields}
        allows = {
            "create": module.creatable,
            "change": module.editable,
            "delete": module.deletable,
        }
        return ModuleFacts(
            link=own,
            page=names.file,
            singular=module.singular_label,
            kind=_KINDS.get(module.kind, module.kind.replace("_", " ").strip().capitalize()),
            handle=f"crm.{names.file}" if self._has_handle else None,
            record=names.record if self._in_package else None,
            allows=tuple(word for word, possible in allows.items() if possible),
            api_supported=module.api_supported,
            missing_in=module.missing_in,
            fields=fields,
            layouts=tuple(self._layout(layout, by_name) for layout in module.layouts),
            related=tuple(
                self._related(
                    item, {each.source.api_name for each in relations if each.target == own}
                )
                for item in sorted(
                    module.related_lists, key=lambda each: (each.label.lower(), each.api_name)
                )
            ),
            refers=tuple(each for each in relations if each.source == own),
            referred=tuple(each for each in relations if each.target == own),
        )

    def _field(self, item: Field) -> FieldFacts:
        present = item.api_name in self._in_package
        typed = self._side.typed(self._module, item) if present else None
        shown = [
            (layout.name, own)
            for layout in self._module.layouts
            if layout.active and (own := layout.fields.get(item.api_name))
        ]
        defaults: dict[str, list[str]] = {}
        for name, own in shown:
            if own.default is not None:
                defaults.setdefault(own.default, []).append(name)
        return FieldFacts(
            api_name=item.api_name,
            label=_label(item.label, item.api_name),
            anchor=anchor_of(item.api_name),
            python=self._names.fields.get(item.api_name) if present else None,
            python_type=attribute_type(item, typed) if typed is not None else None,
            kind=kind_words(item),
            data_type=item.data_type,
            limits=tuple(_limits(item)),
            targets=tuple(_link(self._links, target) for target in _targets(item)),
            flags=tuple(_flags(item)),
            required_in=()
            if item.required
            else tuple(dict.fromkeys(name for name, own in shown if own.required)),
            defaults=tuple((value, tuple(names)) for value, names in sorted(defaults.items())),
            help=item.help,
            options=self._options(item),
            missing_in=item.missing_in,
        )

    def _options(self, item: Field) -> tuple[OptionFacts, ...]:
        if not isinstance(item.type, Picklist):
            return ()
        names = self._names.options.get(item.api_name, {})
        return tuple(
            OptionFacts(
                option.display,
                option.actual if option.actual != option.display else None,
                names.get(option.display) if option.used else None,
                option.used,
                option.missing_in,
            )
            for option in sorted(item.type.options, key=lambda each: not each.used)
        )

    def _layout(self, layout: Layout, fields: Mapping[str, FieldFacts]) -> LayoutFacts:
        narrowed: list[tuple[FieldFacts, tuple[str, ...]]] = []
        for api_name, own in layout.fields.items():
            known = fields.get(api_name)
            if known is None or own.options is None:
                continue
            offered = {option.display for option in known.options if option.used}
            kept = tuple(option for option in own.options if option in offered)
            if kept and len(set(kept)) < len(offered):
                narrowed.append((known, kept))
        return LayoutFacts(
            name=layout.name,
            active=layout.active,
            shown=len(layout.fields),
            required=tuple(
                fields[api_name]
                for api_name, own in layout.fields.items()
                if own.required and api_name in fields
            ),
            narrowed=tuple(narrowed),
        )

    def _related(self, item: RelatedList, referring: set[str]) -> RelatedFacts:
        handle = f"crm.{self._names.file}"
        python = None
        if self._has_handle and item in shown_lists(self._module):
            python = f"{handle}.related(…).{self._names.related[item.api_name]}"
        elif self._has_handle and item.served and item.api_name in _OF_EVERY_HANDLE:
            python = f"{handle}.{item.api_name.lower()}(…)"
        kind = ""
        if item.link is not None:
            kind = "linked by hand"
        elif item.kind == "multiselectlookup":
            kind = "by multi-select lookup"
        elif item.module in referring:
            kind = "by lookup"
        return RelatedFacts(
            api_name=item.api_name,
            label=_label(item.label, item.api_name),
            module=None if item.module is None else _link(self._links, item.module),
            kind=kind,
            served=item.served,
            python=python,
            missing_in=item.missing_in,
        )


def _limits(item: Field) -> Iterator[str]:
    match item.type:
        case Text(max_length=int(length)):
            yield f"at most {counted(length, 'character')}"
        case Integer() | Number() as kind:
            if kind.max_digits is not None:
                yield f"at most {counted(kind.max_digits, 'digit')}"
            if isinstance(kind, Number) and kind.decimal_places is not None:
                yield counted(kind.decimal_places, "decimal place")
            if kind.range is not None:
                lowest, highest = kind.range
                yield f"from {lowest:,f} to {highest:,f}"
        case Files(max_count=int(count)):
            yield f"at most {counted(count, 'file')}"
        case Picklist() as kind if kind.global_api_name:
            yield f"global picklist {kind.global_api_name}"
        case MultiModuleLookup(modules=()):
            yield "any module"
        case _:
            pass
    if item.auto_number is not None:
        prefix, first, suffix = item.auto_number
        yield f"counts from {prefix}{first}{suffix}"


def counted(number: int, noun: str) -> str:
    """A number and what it counts: ``1 field``, ``2,000 fields``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _flags(item: Field) -> Iterator[str]:
    flags = (
        ("required", item.required),
        ("unique", item.unique),
        ("read-only", item.read_only),
        ("set on creation only", item.creatable and not item.updatable),
        ("not set on creation", item.updatable and not item.creatable),
        ("custom", item.custom),
        ("encrypted", item.encrypted),
        ("external id", item.external_id),
        ("hidden", not item.visible),
    )
    yield from (word for word, present in flags if present)

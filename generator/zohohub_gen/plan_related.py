"""The class of a module's related lists: one property a list, which imports nothing before use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zohohub_gen.annotations import Imports, missing_words
from zohohub_gen.ir import LinkKind, Module, RelatedList
from zohohub_gen.names import ModuleNames
from zohohub_gen.plan_former import RENAMED, FormerGetter, getter
from zohohub_gen.source import docstring, import_line, literal, statement

_RUNTIME = "zohohub.related"
_CLASSES: dict[LinkKind | None, str] = {
    None: "RelatedRecords",
    "plain": "LinkedRecords",
    "member": "CampaignMembers",
    "price": "PricedRecords",
    "role": "ContactRoles",
}
# Every handle has methods for the first two; mails come in a shape of their own.
_LEFT_OUT = frozenset({"Attachments", "Notes", "Emails"})


@dataclass(frozen=True, slots=True)
class RelatedAttribute:
    """One related list as a property."""

    definition: str
    documentation: str
    import_line: str | None
    """What its body imports."""
    result: str
    former: tuple[FormerGetter, ...]
    """Its names of before."""


def plan_related(
    module: Module,
    names: ModuleNames,
    handles: Mapping[str, ModuleNames],
    imports: Imports,
) -> tuple[RelatedAttribute, ...]:
    """Plan the lists that the API gives, by attribute name.

    ``handles`` are the names of the modules that have a handle; a list of any other module is
    typed as rows of JSON.
    """
    shown = shown_lists(module)
    if not shown:
        return ()
    imports.use(_RUNTIME, "Related")
    imports.check("zohohub.values", "Ref")
    return tuple(
        _attribute(item, names, handles.get(item.module or ""), imports)
        for item in sorted(shown, key=lambda item: names.related[item.api_name])
    )


def shown_lists(module: Module) -> list[RelatedList]:
    """The related lists that the package has properties for."""
    if module.is_subform:
        return []
    return [item for item in module.related_lists if item.served and item.api_name not in _LEFT_OUT]


def list_type(item: RelatedList, record: str | None) -> str:
    """The type of a related list; ``record`` is the class of its records, where there is one."""
    return "RelatedRows" if record is None else f"{_CLASSES[item.link]}[{record}]"


def _attribute(
    item: RelatedList, names: ModuleNames, target: ModuleNames | None, imports: Imports
) -> RelatedAttribute:
    returned = list_type(item, target.record if target else None)
    kind = returned.partition("[")[0]
    imports.use(_RUNTIME, kind)
    arguments = ["self", literal(item.api_name)]
    import_from: str | None = None
    if target is not None:
        arguments.append(target.handle)
        if target.file != names.file:
            imports.check(f".{target.file}", target.record)
            import_from = import_line(f".{target.file}", [target.handle], 8)
    name = names.related[item.api_name]
    former = tuple(
        getter(before, name, returned, f"{names.record}Related.")
        for before in names.former_related.get(item.api_name, ())
    )
    if former:
        imports.use(RENAMED, "deprecated")
    return RelatedAttribute(
        definition=statement(f"def {name}(", ["self"], f") -> {returned}:", 4),
        documentation=docstring(_description(item, target)),
        import_line=import_from,
        result=statement(f"return {kind}(", arguments, ")", 8),
        former=former,
    )


def _description(item: RelatedList, target: ModuleNames | None) -> str:
    missing = f" {missing_words(item)}." if item.missing_in else ""
    if target is not None:
        return f"{item.label}.{missing}"
    if item.module is None:
        return f"{item.label}.{missing} Zoho does not say whose records they are."
    return f"{item.label}.{missing} Records of {item.module}, which has no class here."

"""Which module the example of ``zohohub-gen init --pytest`` is about, and what its records need."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from zohohub_gen import ir
from zohohub_gen.source import literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zohohub_gen.choices import Picklists
    from zohohub_gen.config import Settings

_TEXT = "Example"
# What every org has, with the one field that Zoho itself asks for.
_STANDARD = {
    "Leads": ("leads", "Lead", "last_name"),
    "Contacts": ("contacts", "Contact", "last_name"),
    "Accounts": ("accounts", "Account", "account_name"),
    "Products": ("products", "Product", "product_name"),
    "Campaigns": ("campaigns", "Campaign", "campaign_name"),
}
# Others are hard to write in a query.
_QUERIED = re.compile(r"[A-Za-z]\w*", re.ASCII)
# Zoho fills these in by itself.
_GIVEN = ("Owner", "id")


@dataclass(frozen=True, slots=True)
class Example:
    """A module by its Python names, and the arguments that make a record of it.

    ``attribute`` is the field to look records up by, ``text`` the literal that it gets.
    """

    handle: str
    record: str
    attribute: str
    values: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """The literal that the field ``attribute`` gets."""
        return dict(self.values)[self.attribute]


def find_example(settings: Settings) -> Example | None:
    """The first module whose records can be made from text, numbers and options alone.

    Looks into the snapshot; where there is none yet, takes a module that every org has, if the
    package is to hold one.
    """
    if settings.metadata.is_dir():
        # Where nothing tells of the modules, the emulator has no records either.
        known = (settings.metadata / "modules.json").is_file()
        return _of_the_snapshot(settings) if known else None
    choices = settings.choices
    for api_name, (handle, record, attribute) in _STANDARD.items():
        renamed = any(key.partition(".")[0] == api_name for key in choices.names)
        left_out = any(fnmatchcase(api_name, glob) for glob in choices.exclude_modules)
        if _is_chosen(api_name, choices.modules) and not left_out and not renamed:
            return Example(handle, record, attribute, ((attribute, literal(_TEXT)),))
    return None


def _of_the_snapshot(settings: Settings) -> Example | None:
    from zohohub_gen.bindings import read_bindings

    bindings, _ = read_bindings(settings.options())
    names = bindings.names
    standard = [*_STANDARD]
    modules = sorted(
        filter(_is_usable, bindings.chosen().modules),
        key=lambda each: (
            standard.index(each.api_name) if each.api_name in standard else len(standard)
        ),
    )
    for module in modules:
        values = _values(module, settings.choices.picklists)
        if values is not None:
            field, given = values
            known = names.modules[module.api_name]
            return Example(
                known.file,
                known.record,
                known.fields[field],
                tuple((known.fields[api_name], text) for api_name, text in given.items()),
            )
    return None


def _is_chosen(api_name: str, globs: Sequence[str]) -> bool:
    return not globs or any(fnmatchcase(api_name, glob) for glob in globs)


def _is_usable(module: ir.Module) -> bool:
    return (
        _QUERIED.fullmatch(module.api_name) is not None
        and module.api_supported
        and module.creatable
        and not module.is_subform
    )


def _values(module: ir.Module, picklists: Picklists) -> tuple[str, dict[str, str]] | None:
    """The text field to look records up by, and a literal for each field that a record needs."""
    needed = [
        field
        for field in module.fields
        if field.required and field.creatable and field.api_name not in _GIVEN
    ]
    texts = [field for field in (*needed, *module.fields) if _is_plain_text(field)]
    if not texts:
        return None
    found: dict[str, str] = {texts[0].api_name: literal(_TEXT)}
    for field in needed:
        value = _value(field, picklists)
        if value is None:
            return None
        found[field.api_name] = value
    return texts[0].api_name, found


def _is_plain_text(field: ir.Field) -> bool:
    return (
        isinstance(field.type, ir.Text)
        and field.data_type == "text"
        and _QUERIED.fullmatch(field.api_name) is not None
        and field.creatable
        and field.visible
        and not field.encrypted
        and (field.type.max_length or len(_TEXT)) >= len(_TEXT)
    )


def _value(field: ir.Field, picklists: Picklists) -> str | None:
    match field.type:
        case ir.Text() if _is_plain_text(field):
            return literal(_TEXT)
        case ir.Integer(range=None):
            return "1"
        case ir.Boolean():
            return "True"
        case ir.Picklist(multiple=False) if picklists != "enum":  # whose members need an import
            options = [option.display for option in field.type.options if option.used]
            return next((literal(each) for each in options if each != "-None-"), None)
        case _:
            return None

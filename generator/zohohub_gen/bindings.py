"""Metadata, lock and choices → the bindings: what a package is made from, and what programs use."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from zohohub_gen.choices import Choices
from zohohub_gen.config_values import listed
from zohohub_gen.diagnostics import Diagnostic
from zohohub_gen.ir import Schema
from zohohub_gen.names import Names, name_schema
from zohohub_gen.names_lock import Lock, read_lock
from zohohub_gen.option_names import name_options, only_known, take_apart
from zohohub_gen.package import LOCK_FILE
from zohohub_gen.parse import parse
from zohohub_gen.selection import narrow
from zohohub_gen.snapshot import read_snapshot
from zohohub_gen.write import read_text

if TYPE_CHECKING:
    from zohohub_gen.package import Options


@dataclass(frozen=True, slots=True)
class Bindings:
    """What a package is, or would be, made from."""

    schema: Schema
    """All that the metadata holds; `chosen` is what the package holds of it."""
    names: Names
    choices: Choices

    def chosen(self) -> Schema:
        """The part of the schema that the package holds.

        A glob that names nothing here is passed over: it may name what another side has.
        """
        return narrow(self.schema, self.choices)[0]


def bind(schema: Schema, lock: Lock, choices: Choices, untouched: Container[str] = ()) -> Bindings:
    """Give names to all of a schema, also to what the choices leave out: it may come back.

    Of ``untouched`` modules only what others see of them gets names, see `name_schema`.
    Raises `ConfigurationError` for an override of what is not there, or to an impossible name.
    """
    are_named = choices.picklists == "enum"
    overrides = take_apart(schema, choices.names, enumerations=are_named)
    names = name_schema(schema, lock, overrides.names, untouched)
    if are_named:
        names = name_options(schema, names, overrides)
    elif choices.picklists == "str":
        # The lock keeps what options were called, for the day of another choice.
        modules = {each: replace(own, picklists={}) for each, own in names.modules.items()}
        names = replace(names, modules=modules)
    return Bindings(schema, names, choices)


def read_bindings(
    options: Options, untouched: Container[str] = ()
) -> tuple[Bindings, tuple[Diagnostic, ...]]:
    """The bindings that the snapshot folder gives, and what was odd about the metadata.

    ``untouched`` are the api_names of modules whose fields nobody will ask for.
    """
    lock = locked(options)
    schema, diagnostics = read_schema(options, lock, untouched)
    return bind(schema, lock, options.choices, untouched), diagnostics


def locked(options: Options) -> Lock:
    """The lock of the names, as it is on disk."""
    path = options.metadata / LOCK_FILE
    return read_lock(read_text(path), str(path))


def bind_side(
    schema: Schema, lock: Lock, choices: Choices, untouched: Container[str] = ()
) -> Bindings:
    """As `bind`, for one side of two: overrides of what only the other has do not count."""
    return bind(schema, lock, replace(choices, names=only_known(schema, choices)), untouched)


def read_schema(
    options: Options, lock: Lock, untouched: Container[str] = ()
) -> tuple[Schema, tuple[Diagnostic, ...]]:
    """The schema of the org, or the union of several, and what was odd about the metadata.

    ``untouched`` modules of an org have no fields in it; those of a union have theirs.
    """
    if not options.union:
        schema, remarks = parse(read_snapshot(options.metadata, untouched), untouched=untouched)
        return schema, tuple(remarks)
    from zohohub_gen.union import unite

    schemas: list[tuple[str, Schema]] = []
    heard_in: dict[Diagnostic, list[str]] = {}
    for profile, folder in options.union:
        schema, remarks = parse(read_snapshot(folder))
        schemas.append((profile, schema))
        for remark in remarks:
            heard_in.setdefault(remark, []).append(profile)
    united, conflicts = unite(schemas, lock)
    everywhere = [profile for profile, _ in options.union]
    heard = [
        each
        if profiles == everywhere
        else replace(each, place=f"{each.place} ({listed(profiles)})")
        for each, profiles in heard_in.items()
    ]
    return united, (*sorted(heard), *conflicts)

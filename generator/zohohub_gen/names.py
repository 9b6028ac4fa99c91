"""The Python names of modules and fields: legal, readable, without collisions, and stable.

A name is made from the api_name.  Where two would be the same, the older one (by id) keeps it and
the younger gets a number.  ``names.json`` in the snapshot folder locks what was handed out, by id:
a new field never renames an existing attribute, and neither does an admin who edits an api_name.
"""

from __future__ import annotations

import builtins
import json
import keyword
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, cast
from unicodedata import ucd_3_2_0

import inflection

from zohohub_gen.diagnostics import ConfigurationError, Diagnostic, GeneratorError
from zohohub_gen.lenient import mapping, text

if TYPE_CHECKING:
    from zohohub_gen.ir import Field, Module, RelatedList, Schema

Lock: TypeAlias = Mapping[str, Any]

_MAX_LENGTH = 80

# An attribute with one of these names would hide what its class body uses, or what every record
# or every lookup has.
_RESERVED_ATTRIBUTES = frozenset(
    {
        "api",
        "api_name",
        "asc",
        "behind",
        "bool",
        "coql",
        "date",
        "datetime",
        "decode",
        "desc",
        "dict",
        "encode",
        "encode_into",
        "extra",
        "field",
        "fields",
        "in_files",
        "in_lists",
        "int",
        "is_in",
        "is_not_null",
        "is_null",
        "joined",
        "list",
        "list_names",
        "listable",
        "lookup",
        "not_in",
        "query_names",
        "read_text",
        "self",
        "str",
        "system",
        "to_json",
    }
)
# What a class of related lists uses in its own body.
_RESERVED_RELATED = frozenset({"property"})
# What a module handle's create(**values) and update(target, /, **values) need for themselves.
_RESERVED_FILES = frozenset(
    {"client", "con", "prn", "aux", "nul"}
    | {f"{device}{number}" for device in ("com", "lpt") for number in range(10)}
)
# Attributes of the client itself.
_RESERVED_HANDLES = frozenset(
    {
        "auth",
        "close",
        "composite",
        "credits",
        "download",
        "files",
        "from_env",
        "notifications",
        "org",
        "recycle_bin",
        "request",
        "transport",
        "users",
        "variables",
    }
)
# What generated modules import, and the builtins.
_RESERVED_CLASSES = frozenset(
    {
        "ABSENT",
        "Any",
        "Blueprint",
        "BulkWrite",
        "ClassVar",
        "CampaignMembers",
        "Client",
        "Column",
        "Condition",
        "ContactRoles",
        "Conversion",
        "ConvertOptions",
        "Crm",
        "Decimal",
        "Generic",
        "Iterable",
        "LinkedRecords",
        "Literal",
        "Mapping",
        "MassUpdate",
        "Module",
        "ModuleLayout",
        "PricedRecords",
        "Protocol",
        "Query",
        "Record",
        "Related",
        "RelatedRecords",
        "RelatedRows",
        "Result",
        "Results",
        "Sequence",
        "TypeAlias",
        "TypeVar",
        "TypedDict",
        "Unpack",
        # zohohub.values and zohohub.shapes
        "Alarm",
        "CaseComment",
        "Consent",
        "FileInput",
        "LayoutRef",
        "LineItem",
        "LineTax",
        "Link",
        "LinkInput",
        "ModuleReference",
        "Participant",
        "PricingDetail",
        "ProductTax",
        "Recurrence",
        "Ref",
        "Removed",
        "Reminder",
        "Tag",
        "Territory",
        "TimeRange",
        "UploadedFile",
        "UserRef",
        *(name for name in dir(builtins) if name[:1].isupper()),
        *keyword.kwlist,
    }
)
_COLUMN_CLASS = re.compile(r"[A-Za-z]*Column$")
_NAMELESS = re.compile(r"(?:CustomModule|LinkingModule)\d+$|[A-Za-z]$")
_CLASS_SUFFIXES = ("", "Fields", "Create", "Input", "Lookup", "Related", "Update", "UpdateRow")
_BY_ID = ("fields", "related")
"""The parts of a module's entry in the lock that hold names by id."""


@dataclass(frozen=True, slots=True)
class ModuleNames:
    """The names of one module: file ``leads``, handle class ``Leads``, record class ``Lead``."""

    file: str
    handle: str
    record: str
    fields: Mapping[str, str] = field(default_factory=dict[str, str])
    """Attribute names by the fields' api_names."""
    related: Mapping[str, str] = field(default_factory=dict[str, str])
    """Attribute names by the related lists' api_names."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names of every module by api_name, and the lock to write."""

    modules: Mapping[str, ModuleNames]
    lock: Lock
    diagnostics: tuple[Diagnostic, ...] = ()


def name_schema(schema: Schema, lock: Lock, overrides: Mapping[str, str]) -> Names:
    """Give every module and field its name.

    ``overrides`` maps ``Module`` to the name of its file and handle, and ``Module.Field`` to the
    name of an attribute.  Raises `ConfigurationError` for an override of something that is not
    there, or to a name that is taken or not possible.
    """
    _check_overrides(schema, overrides)
    locked = _module_locks(lock)
    diagnostics: list[Diagnostic] = []
    modules = _name_modules(schema, locked, overrides)
    named: dict[str, ModuleNames] = {}
    new_lock: dict[str, Any] = {}
    for module in schema.modules:
        file, handle, record = modules[module.api_name]
        entry = locked.get(_key(module), {})
        fields, field_lock = _name_fields(
            module, mapping(entry.get("fields")), overrides, diagnostics
        )
        related, related_lock = _name_related(module, mapping(entry.get("related")))
        named[module.api_name] = ModuleNames(file, handle, record, fields, related)
        new_lock[_key(module)] = {
            "api_name": module.api_name,
            "file": file,
            "handle": handle,
            "record": record,
            "fields": field_lock,
        }
        if related_lock:
            new_lock[_key(module)]["related"] = related_lock
    # A module that is hidden today keeps its names for the day it comes back.
    new_lock |= _absent(schema, locked)
    ordered = {key: new_lock[key] for key in sorted(new_lock)}
    return Names(named, {"modules": ordered}, tuple(diagnostics))


def read_lock(content: str | None, place: str) -> Lock:
    """Read ``names.json``; raises `GeneratorError` when it is damaged."""
    if content is None:
        return {}
    try:
        lock: object = json.loads(content)
    except ValueError as error:
        raise GeneratorError(
            f"{place} is not JSON ({error}); restore it from version control: without it "
            "attributes may change their names"
        ) from error
    if not isinstance(lock, dict):
        raise GeneratorError(f"{place} does not hold an object; restore it from version control")
    return cast("Lock", lock)


def lock_text(lock: Lock) -> str:
    """The lock as the text of ``names.json``: a line a field, so that changes merge well."""
    modules: list[str] = []
    for key, entry in sorted(mapping(lock.get("modules")).items()):
        own = {name: value for name, value in sorted(entry.items()) if name not in _BY_ID}
        lines = [f"      {_json(name)}: {_json(value)}" for name, value in own.items()]
        for part in _BY_ID:
            members = ",\n".join(
                f"        {_json(member_id)}: {_json(value)}"
                for member_id, value in sorted(mapping(entry.get(part)).items())
            )
            if members:
                lines.append(f'      "{part}": {{\n{members}\n      }}')
            elif part == "fields":
                lines.append('      "fields": {}')
        modules.append(f"    {_json(key)}: {{\n" + ",\n".join(lines) + "\n    }")
    body = ",\n".join(modules)
    return f'{{\n  "modules": {{\n{body}\n  }}\n}}\n' if modules else '{\n  "modules": {}\n}\n'


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True)


# --- Making names -----------------------------------------------------------------------------


def snake_case(api_name: str, fallback: str) -> str:
    """``Annual_Revenue`` → ``annual_revenue``; ``Non-reimbursable_Amount``, ``X(Y)``, ``é`` too."""
    words = _ascii(api_name.removesuffix("__s"))
    name = re.sub(r"_+", "_", inflection.underscore(words)).strip("_")[:_MAX_LENGTH].strip("_")
    if not name:
        return fallback
    return f"{fallback[0]}_{name}" if name[0].isdigit() else name


def class_name(api_name: str, fallback: str) -> str:
    """``Price_Books`` → ``PriceBooks``; capitals inside a word are kept."""
    words = [word for word in _ascii(api_name.removesuffix("__s")).split("_") if word]
    name = "".join(word[0].upper() + word[1:] for word in words)[:_MAX_LENGTH]
    if not name:
        return fallback
    return f"{fallback[0]}{name}" if name[0].isdigit() else name


def singular(name: str) -> str:
    """``Leads`` → ``Lead``; the last word of a class name counts."""
    return inflection.singularize(name) or name


def _ascii(text_: str) -> str:
    """ASCII letters, digits and underscores; accents are dropped, the rest becomes ``_``."""
    # The database of one Unicode version: names must not change with the version of Python.
    plain = ucd_3_2_0.normalize("NFKD", text_)
    plain = "".join(character for character in plain if not ucd_3_2_0.combining(character))
    return re.sub(r"[^A-Za-z0-9]+", "_", plain)


def _source_name(module: Module) -> str:
    """What the names of a module are made from: the api_name, if it says anything."""
    if _NAMELESS.match(module.api_name):
        label = module.plural_label
        if label.isascii() and _ascii(label).strip("_") and not label[0].isdigit():
            return label
    return module.api_name


# --- Modules ----------------------------------------------------------------------------------


def _name_modules(
    schema: Schema, locked: Mapping[str, Lock], overrides: Mapping[str, str]
) -> dict[str, tuple[str, str, str]]:
    """File, handle class and record class of each module; the lock's first, then the oldest's."""
    files = _Taken(_RESERVED_FILES | _RESERVED_HANDLES | set(keyword.kwlist))
    classes = _Taken(_RESERVED_CLASSES)
    found: dict[str, tuple[str, str, str]] = {}
    ranked = sorted(schema.modules, key=lambda module: _rank(module, locked, overrides))
    gone = list(_absent(schema, locked).values())
    for module in ranked:
        override = overrides.get(module.api_name)
        if not override and _key(module) not in locked:
            # Names of modules that are gone stay theirs; here begin the new ones.
            while gone:
                _hold(gone.pop(), files, classes)
        entry: Lock = {} if override else locked.get(_key(module), {})
        source = override or _source_name(module)
        if override and not files.free(snake_case(source, "module")):
            raise ConfigurationError(
                f"[tool.zohohub.names] {module.api_name} = {override!r}: the name is reserved or "
                "given twice; choose another"
            )
        file = files.take(_locked(entry, "file") or snake_case(source, "module"))
        handle = class_name(source, "Module")
        record = _locked(entry, "record") or singular(handle)
        record = classes.take(record, _class_family)
        if _locked(entry, "handle") is None and handle == record:
            handle += "Module"
        handle = classes.take(_locked(entry, "handle") or handle)
        found[module.api_name] = (file, handle, record)
    return found


def _hold(entry: Lock, files: _Taken, classes: _Taken) -> None:
    """Keep the names of a module that is gone from all others."""
    file, record, handle = (_locked(entry, kind) for kind in ("file", "record", "handle"))
    if file and record and handle:
        files.take(file)
        classes.take(record, _class_family)
        classes.take(handle)


def _locked(entry: Lock, kind: str) -> str | None:
    """A name from the lock, if it is one: the lock is a file that anything can stand in."""
    name = text(entry.get(kind))
    fits = name is not None and name.isidentifier() and name.isascii() and name[0] != "_"
    return name if fits else None


def _absent(schema: Schema, locked: Mapping[str, Lock]) -> dict[str, Lock]:
    """What is locked for modules that are not there today, nor were made anew since."""
    keys = {_key(module) for module in schema.modules}
    api_names = {module.api_name for module in schema.modules}
    return {
        key: entry
        for key, entry in locked.items()
        if key not in keys and text(entry.get("api_name")) not in api_names
    }


def _rank(
    module: Module, locked: Mapping[str, Lock], overrides: Mapping[str, str]
) -> tuple[int, int, str, str]:
    """Overrides first, then what is locked, then by age."""
    group = 0 if module.api_name in overrides else 1 if _key(module) in locked else 2
    module_id = module.id or ""
    return (group, len(module_id) or 99, module_id, module.api_name)


def _class_family(name: str) -> Iterable[str]:
    """The names that one record class brings with it."""
    return (name + suffix for suffix in _CLASS_SUFFIXES)


def _key(item: Module | Field | RelatedList) -> str:
    return item.id or item.api_name


def _module_locks(lock: Lock) -> dict[str, Lock]:
    return {key: mapping(entry) for key, entry in mapping(lock.get("modules")).items()}


# --- Fields -----------------------------------------------------------------------------------


def _name_fields(
    module: Module,
    locked: Lock,
    overrides: Mapping[str, str],
    diagnostics: list[Diagnostic],
) -> tuple[dict[str, str], dict[str, Any]]:
    """The attribute names of a module by api_name, and the lock by id."""
    taken = _Taken(_RESERVED_ATTRIBUTES | set(keyword.kwlist))
    names: dict[str, str] = {"id": taken.take("id")}
    held = {key: mapping(entry) for key, entry in locked.items()}
    for item in module.fields:
        override = overrides.get(f"{module.api_name}.{item.api_name}")
        if override is not None:
            names[item.api_name] = _take_override(taken, module, item, override)
    lock = _name_members(module.fields, held, taken, names, "field")
    for item in module.fields:
        wanted, name = snake_case(item.api_name, "field"), names[item.api_name]
        is_new = _locked(held.get(_key(item), {}), "name") is None
        is_new = is_new and f"{module.api_name}.{item.api_name}" not in overrides
        if is_new and name not in (wanted, f"{wanted}_"):
            diagnostics.append(
                Diagnostic(
                    f"{module.api_name}.{item.api_name}",
                    f"is called {name!r} because {wanted!r} is taken by an older field",
                    "info",
                )
            )
    return names, lock


def _name_related(module: Module, locked: Lock) -> tuple[dict[str, str], dict[str, Any]]:
    """The attribute names of a module's related lists by api_name, and the lock by id."""
    taken = _Taken(_RESERVED_RELATED | set(keyword.kwlist))
    names: dict[str, str] = {}
    held = {key: mapping(entry) for key, entry in locked.items()}
    lock = _name_members(module.related_lists, held, taken, names, "related")
    return names, lock


def _name_members(
    members: Sequence[Field | RelatedList],
    held: Mapping[str, Lock],
    taken: _Taken,
    names: dict[str, str],
    fallback: str,
) -> dict[str, Any]:
    """Add to ``names`` those that are missing, the lock's first; the new lock."""
    present = {_key(item) for item in members}
    for item in members:
        name = _locked(held.get(_key(item), {}), "name")
        if item.api_name not in names and name is not None:
            names[item.api_name] = taken.take(name)
    # Names of members that are gone stay theirs, unless one was made anew under its old name.
    new_api_names = {item.api_name for item in members if item.api_name not in names}
    lock = {
        key: dict(entry)
        for key, entry in held.items()
        if key not in present and text(entry.get("api_name")) not in new_api_names
    }
    for entry in lock.values():
        name = text(entry.get("name"))
        if name:
            taken.take(name)
    for item in sorted(members, key=_age):
        if item.api_name not in names:
            names[item.api_name] = taken.take(snake_case(item.api_name, fallback))
    for item in members:
        if item.api_name != "id":
            lock[_key(item)] = {"api_name": item.api_name, "name": names[item.api_name]}
    return lock


def _age(item: Field | RelatedList) -> tuple[int, str, str]:
    """Ids count up: the shorter, then the smaller one is older; no id at all comes last."""
    return (len(item.id) if item.id else 99, item.id or "", item.api_name)


def _take_override(taken: _Taken, module: Module, item: Field, name: str) -> str:
    if not taken.free(name):
        raise ConfigurationError(
            f"[tool.zohohub.names] {module.api_name}.{item.api_name} = {name!r}: the name is "
            "reserved or given twice; choose another"
        )
    return taken.take(name)


def _check_overrides(schema: Schema, overrides: Mapping[str, str]) -> None:
    known = {module.api_name for module in schema.modules}
    known |= {
        f"{module.api_name}.{item.api_name}" for module in schema.modules for item in module.fields
    }
    for place, name in overrides.items():
        if place not in known:
            from difflib import get_close_matches

            near = get_close_matches(place, sorted(known), n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ConfigurationError(f"[tool.zohohub.names] {place!r} is not in the metadata{hint}")
        if not name.isidentifier() or keyword.iskeyword(name) or not name.isascii():
            raise ConfigurationError(
                f"[tool.zohohub.names] {place} = {name!r} is not a Python name"
            )


def _alone(name: str) -> Iterable[str]:
    return (name,)


class _Taken:
    """Names in use.  Comparison ignores case, as some file systems do."""

    def __init__(self, reserved: Iterable[str]) -> None:
        self._reserved = frozenset(reserved)
        self._used: set[str] = set()

    def free(self, name: str) -> bool:
        return name not in self._reserved and name.lower() not in self._used

    def take(self, wanted: str, family: Callable[[str], Iterable[str]] | None = None) -> str:
        """The name itself, with ``_`` where it is reserved, with a number where it is taken."""
        family = family or _alone
        name = wanted
        if any(member in self._reserved or _COLUMN_CLASS.match(member) for member in family(name)):
            name = wanted = f"{wanted}_"
        number = 2
        while any(member.lower() in self._used for member in family(name)):
            name = f"{wanted}{'' if wanted.endswith('_') else '_'}{number}"
            number += 1
        self._used.update(member.lower() for member in family(name))
        return name

"""The Python names of modules and fields: legal, readable, without collisions, and stable.

A name is made from the api_name.  Where two would be the same, the older one (by id) keeps it and
the younger gets a number.  ``names.json`` in the snapshot folder locks what was handed out, by id:
a new field never renames an existing attribute, and neither does an admin who edits an api_name.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from unicodedata import ucd_3_2_0

import inflection

from zohohub_gen.diagnostics import ConfigurationError, Diagnostic
from zohohub_gen.former_names import (
    FormerModule,
    Item,
    Tell,
    candidates,
    former_by_api_name,
    former_members,
    former_modules,
    keep_former,
    keep_former_members,
    used_by,
    without_former,
)
from zohohub_gen.former_names import locked_name as _locked
from zohohub_gen.ir import Picklist
from zohohub_gen.lenient import mapping, text
from zohohub_gen.names_lock import key_of as _key
from zohohub_gen.reserved_names import ALIASES, ATTRIBUTES, CLASSES, FILES, HANDLES, RELATED

if TYPE_CHECKING:
    from zohohub_gen.ir import Field, Module, RelatedList, Schema
    from zohohub_gen.names_lock import Lock

_MAX_LENGTH = 80
_NO_FILES = FILES | HANDLES | set(keyword.kwlist)
_NO_MODULE_WORDS = frozenset(f".{name}" for name in _NO_FILES | ALIASES) | CLASSES

_CLIENT_CLASS = "Crm"
_COLUMN_CLASS = re.compile(r"[A-Za-z]*Column$")
_NAMELESS = re.compile(r"(?:CustomModule|LinkingModule)\d+$|[A-Za-z]$")
_CLASS_SUFFIXES = ("", "Fields", "Create", "Input", "Lookup", "Related", "Update", "UpdateRow")


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
    picklists: Mapping[str, str] = field(default_factory=dict[str, str])
    """The names of the Literals of picklists that have options, by the fields' api_names."""
    former: tuple[FormerModule, ...] = ()
    """What the module was called before, newest first; likewise its fields and related lists."""
    former_fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    former_related: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict[str, tuple[str, ...]]
    )
    options: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    """The names of options by their fields' api_names and display values, in enumerations only."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names of every module by api_name, and the lock to write."""

    modules: Mapping[str, ModuleNames]
    lock: Lock
    diagnostics: tuple[Diagnostic, ...] = ()
    classes: frozenset[str] = frozenset()
    """The names of all classes of the package, in lower case."""


def name_schema(
    schema: Schema, lock: Lock, overrides: Mapping[str, str], untouched: Container[str] = ()
) -> Names:
    """Give every module and field its name.

    ``untouched`` are the api_names of modules for which the lock stays as it is: their fields are
    not in the schema, and get no names.

    ``overrides`` maps ``Module`` to the name of its file and handle, and ``Module.Field`` to the
    name of an attribute.  Raises `ConfigurationError` for an override of something that is not
    there, or to a name that is taken or not possible.
    """
    _check_overrides(schema, overrides)
    locked = _module_locks(lock)
    diagnostics: list[Diagnostic] = []
    modules = _name_modules(schema, locked, overrides)
    former = _former_modules(schema, locked, modules, diagnostics.append)
    classes = frozenset(
        name.lower()
        for each in (*modules.values(), *(each for found in former.values() for each in found))
        for name in _classes(each)
    )
    named: dict[str, ModuleNames] = {}
    new_lock: dict[str, Any] = {}
    for module in schema.modules:
        own = modules[module.api_name]
        entry = locked.get(_key(module), {})
        if module.api_name in untouched:
            named[module.api_name] = ModuleNames(own.file, own.handle, own.record)
            new_lock[_key(module)] = entry
            continue
        fields, field_lock = _name_fields(
            module, mapping(entry.get("fields")), overrides, diagnostics
        )
        related, related_lock = _name_related(
            module, mapping(entry.get("related")), diagnostics.append
        )
        picklists = _name_picklists(
            module, own.record, fields, mapping(entry.get("fields")), field_lock, classes
        )
        before = former[_key(module)]
        named[module.api_name] = ModuleNames(
            own.file,
            own.handle,
            own.record,
            fields,
            related,
            picklists,
            tuple(before),
            former_by_api_name(field_lock, fields),
            former_by_api_name(related_lock, related),
        )
        new_lock[_key(module)] = {
            "api_name": module.api_name,
            **own.entry(),
            "fields": field_lock,
        }
        if related_lock:
            new_lock[_key(module)]["related"] = related_lock
        if before:
            new_lock[_key(module)]["former"] = [each.entry() for each in before]
    # A module that is hidden today keeps its names for the day it comes back.
    for key, entry in _absent(schema, locked).items():
        new_lock[key] = without_former(entry)
        if former.get(key):
            new_lock[key]["former"] = [each.entry() for each in former[key]]
    ordered = {key: new_lock[key] for key in sorted(new_lock)}
    return Names(named, {"modules": ordered}, tuple(diagnostics), classes)


# --- Making names -----------------------------------------------------------------------------


def snake_case(api_name: str, fallback: str) -> str:
    """``Annual_Revenue`` → ``annual_revenue``; ``Non-reimbursable_Amount``, ``X(Y)``, ``é`` too."""
    words = plain_ascii(api_name.removesuffix("__s"))
    name = re.sub(r"_+", "_", inflection.underscore(words)).strip("_")[:_MAX_LENGTH].strip("_")
    if not name:
        return fallback
    return f"{fallback[0]}_{name}" if name[0].isdigit() else name


def class_name(api_name: str, fallback: str) -> str:
    """``Price_Books`` → ``PriceBooks``; capitals inside a word are kept."""
    words = [word for word in plain_ascii(api_name.removesuffix("__s")).split("_") if word]
    name = "".join(word[0].upper() + word[1:] for word in words)[:_MAX_LENGTH]
    if not name:
        return fallback
    return f"{fallback[0]}{name}" if name[0].isdigit() else name


def singular(name: str) -> str:
    """``Leads`` → ``Lead``; the last word of a class name counts."""
    return inflection.singularize(name) or name


def plain_ascii(text_: str) -> str:
    """ASCII letters, digits and underscores; accents are dropped, the rest becomes ``_``."""
    # The database of one Unicode version: names must not change with the version of Python.
    plain = text_
    if not text_.isascii():
        plain = ucd_3_2_0.normalize("NFKD", text_)
        plain = "".join(character for character in plain if not ucd_3_2_0.combining(character))
    return re.sub(r"[^A-Za-z0-9]+", "_", plain)


def _source_name(module: Module) -> str:
    """What the names of a module are made from: the api_name, if it says anything."""
    if _NAMELESS.match(module.api_name):
        label = module.plural_label
        if label.isascii() and plain_ascii(label).strip("_") and not label[0].isdigit():
            return label
    return module.api_name


# --- Modules ----------------------------------------------------------------------------------


def _name_modules(
    schema: Schema, locked: Mapping[str, Lock], overrides: Mapping[str, str]
) -> dict[str, FormerModule]:
    """File, handle class and record class of each module; the lock's first, then the oldest's."""
    files = _Taken(_NO_FILES)
    classes = _Taken(CLASSES)
    classes.hold([_CLIENT_CLASS])  # both are imported from the package: no CrM beside it
    found: dict[str, FormerModule] = {}
    later: list[Module] = []
    for module in sorted(schema.modules, key=lambda module: _rank(module, locked, overrides)):
        override = overrides.get(module.api_name)
        entry = locked.get(_key(module), {})
        if override:
            found[module.api_name] = _take_module(module, override, {}, files, classes)
        elif _is_free(entry, files, classes):
            found[module.api_name] = _take_module(module, None, entry, files, classes)
        else:
            later.append(module)
    # Names of modules that are gone stay theirs, and so do those that were or are given up.
    for entry in _absent(schema, locked).values():
        _hold([*_names_of(entry), *former_modules(entry)], files, classes)
    for module in schema.modules:
        entry = locked.get(_key(module), {})
        given_up = _names_of(entry) if module.api_name in overrides else []
        _hold([*given_up, *former_modules(entry)], files, classes)
    for entry in locked.values():
        fields = mapping(entry.get("fields")).values()
        aliases = (_locked(mapping(member), "picklist") for member in fields)
        classes.hold(alias for alias in aliases if alias is not None)
    for module in later:
        entry = locked.get(_key(module), {})
        found[module.api_name] = _take_module(module, None, entry, files, classes)
    return found


def _take_module(
    module: Module, override: str | None, entry: Lock, files: _Taken, classes: _Taken
) -> FormerModule:
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
    return FormerModule(file, handle, record)


def _is_free(entry: Lock, files: _Taken, classes: _Taken) -> bool:
    """Whether all names that the lock has for a module are to be had."""
    return any(
        files.free(each.file) and all(map(classes.free, _classes(each)))
        for each in _names_of(entry)
    )


def _names_of(entry: Lock) -> list[FormerModule]:
    """The names of a module in the lock, if it has all of them."""
    return former_modules({"former": [entry]})


def _hold(names: Iterable[FormerModule], files: _Taken, classes: _Taken) -> None:
    """Keep the names of a module that is gone, or its former ones, from all others."""
    for each in names:
        files.hold([each.file])
        classes.hold(_classes(each))


def _former_modules(
    schema: Schema, locked: Mapping[str, Lock], modules: Mapping[str, FormerModule], tell: Tell
) -> dict[str, list[FormerModule]]:
    """What modules were called before, by key."""
    entries = _absent(schema, locked)
    places = {_key(module): module.api_name for module in schema.modules}
    now = {key: modules[place] for key, place in places.items()}
    now |= {key: each for key, entry in entries.items() for each in _names_of(entry)}
    items: list[tuple[Item, list[FormerModule]]] = []
    for key in now:
        entry = locked.get(key, {})
        was = next(iter(_names_of(entry)), None)
        item = Item(key, places.get(key, ""), now[key].file, was.file if was else None)
        items.append((item, candidates(now[key], was, former_modules(entry))))
    return keep_former(
        items,
        _module_words,
        used_by([("", [_CLIENT_CLASS]), *((key, _module_words(now[key])) for key in now)]),
        lambda word: word not in _NO_MODULE_WORDS and not _COLUMN_CLASS.match(word),
        tell,
    )


def _module_words(names: FormerModule) -> Iterable[str]:
    """The names of a module: of its file with a dot, which no class has, and of its classes."""
    return (f".{names.file}", *_classes(names))


def _classes(names: FormerModule) -> Iterable[str]:
    return (names.handle, *_class_family(names.record))


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
    taken = _Taken(ATTRIBUTES | set(keyword.kwlist))
    names: dict[str, str] = {"id": taken.take("id")}
    held = {key: mapping(entry) for key, entry in locked.items()}
    for item in module.fields:
        override = overrides.get(f"{module.api_name}.{item.api_name}")
        if override is not None:
            names[item.api_name] = _take_override(taken, module, item, override)
    lock = _name_members(module, module.fields, held, taken, names, diagnostics.append)
    for item in module.fields:
        if _locked(held.get(_key(item), {}), "name") is not None:
            continue
        if f"{module.api_name}.{item.api_name}" in overrides:
            continue
        wanted, name = snake_case(item.api_name, "field"), names[item.api_name]
        if name not in (wanted, f"{wanted}_"):
            diagnostics.append(
                Diagnostic(
                    f"{module.api_name}.{item.api_name}",
                    f"is called {name!r} because {wanted!r} is taken by an older field",
                    "info",
                )
            )
    return names, lock


def _name_picklists(
    module: Module,
    record: str,
    names: Mapping[str, str],
    held: Lock,
    lock: dict[str, Any],
    classes: frozenset[str],
) -> dict[str, str]:
    """The names of the Literals by api_name, the lock's first; they are added to ``lock``."""
    found: dict[str, str] = {}
    used = set(classes)
    present = {_key(item): item.api_name for item in module.fields}
    for key in sorted(held):
        if key in lock and (options := mapping(held[key]).get("options")):
            lock[key]["options"] = options  # for the day that they are members again
        alias = _locked(mapping(held[key]), "picklist")
        if alias is None or alias.lower() in used or alias in CLASSES or key not in lock:
            continue
        # Also that of a field that is gone, or has no options today.
        used.add(alias.lower())
        lock[key]["picklist"] = alias
        if key in present:
            found[present[key]] = alias
    for item in sorted(module.fields, key=lambda each: names[each.api_name]):
        if item.api_name in found or not _has_options(item):
            continue
        word = class_name(names[item.api_name], "Picklist")
        wanted = alias = word if word.startswith(record) and word != record else record + word
        number = 2
        while alias.lower() in used or alias in CLASSES:
            alias = f"{wanted}_{number}"
            number += 1
        used.add(alias.lower())
        found[item.api_name] = lock[_key(item)]["picklist"] = alias
    return {item.api_name: found[item.api_name] for item in module.fields if _has_options(item)}


def _has_options(item: Field) -> bool:
    if item.api_name == "id" or not isinstance(item.type, Picklist):
        return False
    return any(option.used for option in item.type.options)


def _name_related(
    module: Module, locked: Lock, tell: Tell
) -> tuple[dict[str, str], dict[str, Any]]:
    """The attribute names of a module's related lists by api_name, and the lock by id."""
    taken = _Taken(RELATED | set(keyword.kwlist))
    names: dict[str, str] = {}
    held = {key: mapping(entry) for key, entry in locked.items()}
    lock = _name_members(module, module.related_lists, held, taken, names, tell)
    return names, lock


def _name_members(
    module: Module,
    members: Sequence[Field | RelatedList],
    held: Mapping[str, Lock],
    taken: _Taken,
    names: dict[str, str],
    tell: Tell,
) -> dict[str, Any]:
    """Add to ``names`` those that are missing, the lock's first; the new lock."""
    fallback = "related" if members is module.related_lists else "field"
    present = {_key(item): item.api_name for item in members if item.api_name != "id"}
    before = {key: _locked(entry, "name") for key, entry in held.items()}
    for key, api_name in present.items():
        name = before.get(key)
        if api_name not in names and name is not None and taken.free(name):
            names[api_name] = taken.take(name)
    # Names of members that are gone stay theirs, unless one was made anew under its old name.
    new_api_names = {api_name for key, api_name in present.items() if before.get(key) is None}
    lock = {
        key: dict(entry)
        for key, entry in held.items()
        if key not in present and text(entry.get("api_name")) not in new_api_names
    }
    taken.hold(name for entry in lock.values() if (name := text(entry.get("name"))))
    # Names of before too, also those that are given up now.
    had_names = [key for key in (*lock, *present) if key in held]
    taken.hold(name for key in had_names if (name := before[key]) is not None)
    for key in had_names:
        taken.hold(former_members(held[key]))
    for key, api_name in present.items():
        name = before.get(key)
        if api_name not in names and name is not None:
            names[api_name] = taken.take(name)
    for item in sorted(members, key=_age):
        if item.api_name not in names:
            names[item.api_name] = taken.take(snake_case(item.api_name, fallback))
    for key, api_name in present.items():
        lock[key] = {"api_name": api_name, "name": names[api_name]}
    places = {key: f"{module.api_name}.{api_name}" for key, api_name in present.items()}
    keep_former_members(lock, held, places, taken.possible, tell)
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
    if not overrides:
        return
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

    def possible(self, name: str) -> bool:
        """Whether generated code can bear the name as an alias."""
        free = name not in self._reserved and name not in ALIASES
        return free and not _COLUMN_CLASS.match(name)

    def hold(self, names: Iterable[str]) -> None:
        """Keep names that stand elsewhere from being taken."""
        self._used.update(name.lower() for name in names)

    def take(self, wanted: str, family: Callable[[str], Iterable[str]] | None = None) -> str:
        """The name itself, with ``_`` where it is reserved, with a number where it is taken."""
        if family is None and self.free(wanted) and not _COLUMN_CLASS.match(wanted):
            self._used.add(wanted.lower())  # nearly all names of an org go this way
            return wanted
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

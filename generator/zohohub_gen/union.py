"""Several orgs → one schema, from which a package is made that works with each of them.  Pure.

Members are the same where their api_names are: that is what travels.  The first profile that has a
member leads with its label, its order and its id.  What an org lacks is noted on the member; where
orgs contradict each other, the schema is what is right in all of them, and a `Diagnostic` says so.
docs/architecture.md has the reasons.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from zohohub_gen.config_values import listed
from zohohub_gen.diagnostics import Diagnostic, Severity
from zohohub_gen.ir import Field, Layout, LayoutField, Module, Org, RelatedList, Schema
from zohohub_gen.lenient import mapping, text
from zohohub_gen.names_lock import Lock
from zohohub_gen.union_types import unite_types

M = TypeVar("M", Module, Field, RelatedList)
T = TypeVar("T")


def unite(
    schemas: Sequence[tuple[str, Schema]], lock: Lock
) -> tuple[Schema, tuple[Diagnostic, ...]]:
    """Unite the schemas of the profiles, which come with their names.

    ``lock`` is that of the union: a member that it knows keeps its key, whichever org the id is of,
    and with it the Python name.
    """
    union = _Union([profile for profile, _ in schemas])
    for profile, schema in schemas[1:]:
        language, leading = schema.org.language, schemas[0][1].org.language
        if language and leading and language != leading:
            union.note(
                "language",
                f"labels and picklist values are in {leading} in {schemas[0][0]} and in {language} "
                f"in {profile}: each language gives options of its own; pull with users of one",
            )
    locked = {key: mapping(entry) for key, entry in mapping(lock.get("modules")).items()}
    modules = _by_api_name([(profile, schema.modules) for profile, schema in schemas])
    ids = _ids(modules, locked)
    united = tuple(
        union.module(own, ids[api_name], locked.get(ids[api_name] or api_name, {}))
        for api_name, own in modules.items()
    )
    org = _org([schema.org for _, schema in schemas])
    return Schema(united, org), tuple(sorted(union.diagnostics))


def _by_api_name(
    sources: Iterable[tuple[str, Iterable[M]]],
) -> dict[str, list[tuple[str, M]]]:
    """What each profile has under an api_name, in the order of the api_names."""
    found: dict[str, list[tuple[str, M]]] = {}
    for profile, items in sources:
        for item in items:
            found.setdefault(item.api_name, []).append((profile, item))
    return {api_name: found[api_name] for api_name in sorted(found)}


def _ids(
    members: Mapping[str, Sequence[tuple[str, M]]], locked: Mapping[str, Lock]
) -> dict[str, str | None]:
    """The id of each member, each once: what the lock has it under, else that of the first org.

    A sandbox may have the id of a field under an api_name that production has changed since: then
    there are two fields, and only one of them gets the id.
    """
    by_api_name = {text(entry.get("api_name")): key for key, entry in sorted(locked.items())}
    candidates = (
        {name: [by_api_name.get(name)] for name in members},
        {name: [item.id for _, item in own if item.id in locked] for name, own in members.items()},
        {name: [item.id for _, item in own] for name, own in members.items()},
    )
    found: dict[str, str] = {}
    for offers in candidates:
        taken = set(found.values())
        for name, ids in offers.items():
            free = next((each for each in ids if each and each not in taken), None)
            if name not in found and free is not None:
                found[name] = free
                taken.add(free)
    # The lock knows what has no id by its api_name.
    return {name: None if found.get(name) == name else found.get(name) for name in members}


@dataclass(slots=True)
class _Union:
    profiles: Sequence[str]
    diagnostics: list[Diagnostic] = field(default_factory=list[Diagnostic])

    def note(self, place: str, message: str, severity: Severity = "warning") -> None:
        self.diagnostics.append(Diagnostic(place, message, severity))

    def module(self, own: Sequence[tuple[str, Module]], key: str | None, locked: Lock) -> Module:
        """The module that the profiles of ``own`` have."""
        first = own[0][1]
        place = first.api_name
        items = [item for _, item in own]
        if len({item.is_subform for item in items}) > 1:
            words = _each(own, lambda item: "rows of a subform" if item.is_subform else "a module")
            self.note(place, f"is {words}; the first counts")
        for verb, can in (
            ("created", [item.creatable for item in items]),
            ("changed", [item.editable for item in items]),
        ):
            if len(set(can)) > 1:
                cannot = [profile for (profile, _), it in zip(own, can, strict=True) if not it]
                self.note(
                    place,
                    f"has records that cannot be {verb} in {listed(cannot)}; the package has no "
                    "method for it",
                )
        by_field = _by_api_name((profile, item.fields) for profile, item in own)
        field_ids = _ids(by_field, _members(locked, "fields"))
        fields = tuple(
            self.field(place, parts, field_ids[api_name], own)
            for api_name, parts in by_field.items()
        )
        by_list = _by_api_name((profile, item.related_lists) for profile, item in own)
        list_ids = _ids(by_list, _members(locked, "related"))
        return replace(
            first,
            id=key,
            kind=next((item.kind for item in items if item.kind != "unknown"), first.kind),
            fields=fields,
            layouts=self.layouts(place, own, {item.api_name: item for item in fields}),
            related_lists=tuple(
                self.related_list(place, parts, list_ids[api_name], own)
                for api_name, parts in by_list.items()
            ),
            parent=next((item.parent for item in items if item.parent), None),
            api_supported=any(item.api_supported for item in items),
            creatable=all(item.creatable for item in items),
            editable=all(item.editable for item in items),
            deletable=all(item.deletable for item in items),
            missing_in=_without(self.profiles, own),
        )

    # --- fields -------------------------------------------------------------------------------

    def field(
        self,
        module: str,
        own: Sequence[tuple[str, Field]],
        key: str | None,
        modules: Sequence[tuple[str, Module]],
    ) -> Field:
        """A field of the module, which the profiles of ``modules`` have."""
        first = own[0][1]
        place = f"{module}.{first.api_name}"
        items = [item for _, item in own]
        missing = _without([profile for profile, _ in modules], own)
        kind = unite_types(place, own, self.diagnostics)
        mandatory = any(item.required for item in items)
        settable = all(item.creatable for item in items)
        required = mandatory and settable and not missing
        if mandatory:
            self._note_mandatory(place, own, missing, required)
        if not mandatory:
            self._note_access(place, own, "set on a new record", lambda item: item.creatable)
        self._note_access(place, own, "changed", lambda item: item.updatable)
        data_types = dict.fromkeys(item.data_type for item in items)
        return replace(
            first,
            id=key,
            type=kind,
            data_type=" or ".join(data_types),
            # What one org wants must be possible, though another does not take it.
            creatable=settable or mandatory,
            updatable=all(item.updatable for item in items),
            required=required,
            unique=any(item.unique for item in items),
            visible=any(item.visible for item in items),
            encrypted=any(item.encrypted for item in items),
            external_id=any(item.external_id for item in items),
            help=next((item.help for item in items if item.help), None),
            missing_in=missing,
        )

    def _note_mandatory(
        self,
        place: str,
        own: Sequence[tuple[str, Field]],
        missing: Sequence[str],
        required: bool,
    ) -> None:
        where = listed([profile for profile, item in own if item.required])
        optional = [profile for profile, item in own if not item.required and item.creatable]
        closed = [profile for profile, item in own if not item.creatable]
        if required and optional:
            self.note(
                place,
                f"is mandatory in {where} and not in {listed(optional)}; it is mandatory in the "
                "package",
            )
        elif missing or closed:
            other = f"cannot be set in {listed(closed)}" if closed else ""
            gone = f"is missing in {listed(missing)}" if missing else ""
            self.note(
                place,
                f"is mandatory in {where} and {' and '.join(filter(None, (gone, other)))}; a new "
                "record may leave it out",
            )

    def _note_access(
        self,
        place: str,
        own: Sequence[tuple[str, Field]],
        verb: str,
        can: Callable[[Field], bool],
    ) -> None:
        cannot = [profile for profile, item in own if not can(item)]
        if 0 < len(cannot) < len(own):
            self.note(place, f"cannot be {verb} in {listed(cannot)}; nor can it by the package")

    # --- layouts and related lists --------------------------------------------------------------

    def layouts(
        self, module: str, own: Sequence[tuple[str, Module]], fields: Mapping[str, Field]
    ) -> tuple[Layout, ...]:
        """The active layouts by name, with the ids of the first profile that has them."""
        by_name: dict[str, list[tuple[str, Layout]]] = {}
        for profile, item in own:
            seen: set[str] = set()
            for layout in sorted(item.layouts, key=lambda each: (len(each.id), each.id)):
                if layout.active and layout.name not in seen:
                    seen.add(layout.name)
                    by_name.setdefault(layout.name, []).append((profile, layout))
        found: list[Layout] = []
        for name, parts in by_name.items():
            others = [profile for profile, layout in parts if layout.id != parts[0][1].id]
            if others:
                self.note(
                    module,
                    f"has the layout {name} under another id in {listed(others)}: layout() gives "
                    f"that of {parts[0][0]}",
                    "info",
                )
            if missing := _without([profile for profile, _ in own], parts):
                self.note(module, f"has no layout {name} in {listed(missing)}", "info")
            found.append(
                replace(parts[0][1], fields=self._layout_fields(module, name, parts, fields))
            )
        return tuple(found)

    def _layout_fields(
        self,
        module: str,
        layout_name: str,
        own: Sequence[tuple[str, Layout]],
        fields: Mapping[str, Field],
    ) -> dict[str, LayoutField]:
        """What a layout says of its fields: mandatory if in one, and all have it."""
        by_name: dict[str, list[tuple[str, LayoutField]]] = {}
        for profile, layout in own:
            for api_name, item in layout.fields.items():
                by_name.setdefault(api_name, []).append((profile, item))
        found: dict[str, LayoutField] = {}
        for api_name in sorted(by_name):
            known = fields.get(api_name)
            possible = known is None or not known.missing_in
            demanding = [profile for profile, item in by_name[api_name] if item.required]
            if demanding and (not possible or len(demanding) < len(own)):
                self.note(
                    f"{module}.{api_name}",
                    f"is mandatory in layout {layout_name} in {listed(demanding)} alone; "
                    + ("so it is in the package" if possible else "it is optional in the package"),
                    "info",
                )
            options: dict[str, None] | None = {}
            for _, item in by_name[api_name]:
                # An org that says nothing of the options offers them all.
                if options is not None and item.options is not None:
                    options |= dict.fromkeys(item.options)
                else:
                    options = None
            found[api_name] = LayoutField(
                required=possible and bool(demanding),
                options=None if options is None else tuple(options),
                default=_agreed([item.default for _, item in by_name[api_name]]),
            )
        return found

    def related_list(
        self,
        module: str,
        own: Sequence[tuple[str, RelatedList]],
        key: str | None,
        modules: Sequence[tuple[str, Module]],
    ) -> RelatedList:
        """A related list of the module, which the profiles of ``modules`` have."""
        served = [(profile, item) for profile, item in own if item.served] or own
        first = served[0][1]
        target = first.module
        if any(item.module != target for _, item in served):
            target = None
            self.note(
                f"{module}.{first.api_name}",
                f"lists records of {_each(served, lambda item: item.module or 'no module')}; typed "
                "as rows of JSON",
            )
        missing = _without([profile for profile, _ in modules], served) if first.served else ()
        return replace(first, id=key, module=target, missing_in=missing)


def _agreed(values: Sequence[str | None]) -> str | None:
    """What all orgs say; None where they differ."""
    return values[0] if len(set(values)) == 1 else None


def _org(orgs: Sequence[Org]) -> Org:
    names = list(dict.fromkeys(org.company_name for org in orgs if org.company_name))
    return Org(company_name=listed(names) if names else None)


def _members(locked: Lock, part: str) -> dict[str, Lock]:
    return {key: mapping(entry) for key, entry in mapping(locked.get(part)).items()}


def _without(profiles: Sequence[str], own: Sequence[tuple[str, object]]) -> tuple[str, ...]:
    """The profiles that ``own`` has nothing of."""
    have = {profile for profile, _ in own}
    return tuple(profile for profile in profiles if profile not in have)


def _each(own: Sequence[tuple[str, T]], words: Callable[[T], str]) -> str:
    """``text in production, picklist in sandbox``."""
    return ", ".join(f"{words(item)} in {profile}" for profile, item in own)

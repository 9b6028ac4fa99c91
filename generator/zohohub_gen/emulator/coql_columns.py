"""Columns of a COQL query: from a dotted path to the joins and the JSON that it needs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from zohohub_gen import ir

from .catalog import USERS, Catalog, ModuleInfo
from .computed import Computed
from .conditions import Column, column, json_path
from .coql_errors import invalid_query
from .values import Json, as_object, loads

MAX_RELATIONS = 2
"""How many lookups a path may follow."""
MODULE = ("module", "api_name")
"""What stands behind a lookup of several modules for the one that it leads to."""

_ACTIVITIES = ("Tasks", "Calls", "Events")


@dataclass(frozen=True, slots=True)
class Source:
    """One row of a result: the record itself or one that a lookup leads to."""

    alias: str
    info: ModuleInfo


@dataclass(frozen=True, slots=True)
class Reference:
    """A field of a source, or with ``inner`` the keys to a value inside its JSON object."""

    text: str
    source: Source
    name: str
    inner: tuple[str, ...] = ()

    def column(self) -> Column | None:
        """How it compares; None where nothing compares with it."""
        if not self.inner:
            return column(self.source.info, self.name, self.source.alias)
        path = json_path(self.name, *self.inner)
        if path is None:
            return None
        return Column(f"json_extract({self.source.alias}.data, {path})", "text")

    def value(self, data: Json | None) -> Any:
        """What the result carries, out of the source's stored data."""
        value = (data or {}).get(self.name)
        for key in self.inner:
            value = (as_object(value) or {}).get(key)
        return value

    @property
    def names_module(self) -> bool:
        """Whether the field carries the module of its target inside."""
        kind = self.field.type if self.field is not None else None
        return isinstance(kind, ir.MultiModuleLookup) and kind.style == "module"

    @property
    def field(self) -> ir.Field | None:
        """The field in the schema; None for keys that every record has."""
        return self.source.info.fields.get(self.name)


class Sources:
    """The module of FROM and the modules that lookups join to it."""

    def __init__(self, catalog: Catalog, info: ModuleInfo) -> None:
        self._catalog = catalog
        self.base = Source("r", info)
        self._joined: dict[tuple[str, str, str], Source] = {}
        self._joins: list[str] = []
        self.parameters: list[object] = []

    @property
    def sql(self) -> str:
        """FROM, with its joins; ``parameters`` go with it."""
        return "record r" + "".join(self._joins)

    @property
    def all(self) -> list[Source]:
        """Every source, the base first."""
        return [self.base, *self._joined.values()]

    def read(
        self,
        rows: Iterable[Sequence[str | None]],
        references: Iterable[Reference],
        computed: Computed,
    ) -> list[dict[str, Json | None]]:
        """The records of each row by the alias of their source, with what the columns show.

        ``rows`` hold the stored JSON of `all` sources.
        """
        columns: list[list[Json | None]] = []
        names = [(reference.source, reference.name) for reference in references]
        for source, texts in zip(self.all, zip(*rows, strict=True), strict=False):
            found = iter(
                computed.fill(
                    source.info,
                    [loads(text) for text in texts if text is not None],
                    [name for owner, name in names if owner == source],
                )
            )
            columns.append([None if text is None else next(found) for text in texts])
        aliases = [source.alias for source in self.all]
        return [dict(zip(aliases, row, strict=True)) for row in zip(*columns, strict=True)]

    def resolve(self, path: str, clause: str) -> Reference:
        """The reference of a dotted path; raises INVALID_QUERY where the schema lacks it."""
        *lookups, last = path.split(".")
        source = self.base
        inner: tuple[str, ...] = ()
        if len(lookups) > 1 and (lookups[-1], last) == MODULE:
            *lookups, last = lookups[:-1]
            inner = MODULE
        for depth, name in enumerate(lookups):
            name, _, module = name.partition("->")
            if source.info.api_name == USERS and name in ("role", "profile"):
                if depth != len(lookups) - 1:
                    raise _unknown(path, clause)
                last, inner = name, (last,)
                break
            if depth >= MAX_RELATIONS:
                raise invalid_query(
                    "the column follows too many relations",
                    column_name=path,
                    clause=clause,
                    limit=MAX_RELATIONS,
                )
            # An arrow comes with its field: What_Id->Leads.Last_Name
            source = self._join(source, name, module, path, clause)
        reference = Reference(path, source, last, inner)
        if inner == MODULE and not reference.names_module:
            raise _unknown(path, clause)
        if not inner and last != "id" and not self._has(source.info, last):
            raise _unknown(path, clause)
        return reference

    def _has(self, info: ModuleInfo, name: str) -> bool:
        return name in info.fields or name in ("Created_Time", "Modified_Time")

    def _leads_to(self, kind: ir.MultiModuleLookup, source: Source, module: str) -> bool:
        if kind.style == "se_module" and source.info.api_name not in _ACTIVITIES:
            return False  # Zoho has it for activities alone
        info = self._catalog.get(module)
        if info is None or info.module.is_subform or module == USERS:
            return False
        return not kind.modules or module in kind.modules

    def _join(self, source: Source, name: str, module: str, path: str, clause: str) -> Source:
        field = source.info.fields.get(name)
        kind = field.type if field is not None else None
        if isinstance(kind, ir.Lookup) and module in ("", kind.module):
            target = kind.module
        elif isinstance(kind, ir.User) and not module:
            target = USERS
        elif isinstance(kind, ir.MultiModuleLookup) and self._leads_to(kind, source, module):
            target = module
        else:
            raise _unknown(path, clause)
        info = self._catalog.get(target)
        key = json_path(name, "id")
        if info is None or key is None:
            raise _unknown(path, clause)
        known = self._joined.get((source.alias, name, target))
        if known is not None:
            return known
        joined = Source(f"j{len(self._joined)}", info)
        self._joined[source.alias, name, target] = joined
        self._joins.append(
            f" LEFT JOIN record {joined.alias} ON {joined.alias}.module = ?"
            f" AND {joined.alias}.key = substr('00000000000000000000'"
            f" || json_extract({source.alias}.data, {key}), -20)"
        )
        self.parameters.append(target)
        return joined


def _unknown(path: str, clause: str) -> Exception:
    return invalid_query("column given seems to be invalid", column_name=path, clause=clause)

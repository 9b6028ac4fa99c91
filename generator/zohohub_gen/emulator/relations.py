"""Which records a related list holds: those whose lookups say so, and those that were linked."""

from __future__ import annotations

import json
from dataclasses import dataclass

from zohohub_gen import ir

from .catalog import Catalog, ModuleInfo
from .conditions import json_path
from .errors import ApiError
from .listing import Condition
from .related_lookups import NOTES, lookups_of
from .store import Row, Store
from .values import Json, id_key, id_of


@dataclass(frozen=True, slots=True)
class Relation:
    """One related list of one record."""

    info: ModuleInfo
    """The module of the record."""
    record: Row
    api_name: str
    target: ModuleInfo
    link: ir.LinkKind | None

    @property
    def links(self) -> str:
        """Where the store keeps the links; the lists of both sides share them."""
        other = self.api_name if self.link == "role" else self.target.api_name
        return "Links of {} and {}".format(*sorted((self.info.api_name, other)))


class Relations:
    """Finds related lists and what is in them.  Use inside a transaction."""

    def __init__(self, catalog: Catalog, store: Store) -> None:
        self._catalog = catalog
        self._store = store

    def find(self, info: ModuleInfo, record: Row, api_name: str) -> Relation:
        """The list of that name; raises INVALID_DATA where there is none, or none that is shown."""
        for each in info.module.related_lists:
            if each.api_name == api_name and each.served:
                target = self._catalog.get(each.module or "")
                if target is not None:
                    return Relation(info, record, api_name, target, each.link)
        notes = self._catalog.get(NOTES)
        if api_name == NOTES and notes is not None:
            return Relation(info, record, api_name, notes, None)
        raise ApiError(
            400,
            "INVALID_DATA",
            "the relation name given seems to be invalid",
            {"resource_path_index": 2},
        )

    def condition(self, relation: Relation) -> Condition:
        """The condition on the records of the target."""
        if relation.link is not None:
            keys = [id_key(other) for other in self.linked(relation)]
            return "key IN (SELECT value FROM json_each(?))", [json.dumps(keys)]
        paths = [
            path for name in self._lookups(relation) if (path := json_path(name, "id")) is not None
        ]
        if not paths:
            return "0", []
        tests = " OR ".join(f"json_extract(data, {path}) = ?" for path in paths)
        return f"({tests})", [relation.record.id] * len(paths)

    # --- links ----------------------------------------------------------------------------

    def linked(self, relation: Relation) -> dict[str, Row]:
        """The links of the list, by the id of the other record."""
        own, other = relation.info.api_name, relation.target.api_name
        links = (
            self._store.get(relation.links, link_id)
            for link_id in self._store.find(relation.links, own, relation.record.id)
        )
        return {
            record_id: link
            for link in links
            if link is not None and (record_id := id_of(link.data.get(other))) is not None
        }

    def put(self, relation: Relation, record_id: str, details: Json, now: int) -> None:
        """Link a record, or change what its link carries."""
        own, other = relation.info.api_name, relation.target.api_name
        known = self.linked(relation).get(record_id)
        data: Json = {
            "id": known.id if known else self._store.new_id(),
            **(known.data if known else {}),
            **details,
            own: {"id": relation.record.id},
            other: {"id": record_id},
        }
        row = Row(relation.links, data["id"], now, now, None, data)
        self._store.put(row, (own, other), known.data if known else None)

    def remove(self, relation: Relation, record_id: str) -> bool:
        """Take a record out of the list; False where it is not in it."""
        link = self.linked(relation).get(record_id)
        if link is None:
            return False
        self._store.delete(link, (relation.info.api_name, relation.target.api_name))
        return True

    # --- lookups --------------------------------------------------------------------------

    def _lookups(self, relation: Relation) -> list[str]:
        """The fields of the target that make the list."""
        raw_fields = self._catalog.snapshot.fields.get(relation.target.api_name, [])
        return lookups_of(
            relation.api_name, relation.info.api_name, relation.target.module.fields, raw_fields
        )

"""What a client knows of the org: its modules and fields, and the ids that answers brought."""

from __future__ import annotations

from collections import defaultdict
from random import Random
from typing import Any

from zohohub_gen.snapshot import Snapshot

_KEPT = 400
_IDS = frozenset({"id", "file_id", "File_Id__s", "channel_id", "job_id"})
_ODD_MODULES = (
    "Users",
    "users",
    "Nowhere",
    "leads",
    "$variables",
    "",
    "Leads ",
    "🛶",
    "__apis",
    "1",
)
_SYSTEM_FIELDS = ("id", "Owner", "Created_Time", "Modified_Time", "Tag", "Parent_Id", "$x", "Nope")


class Org:
    """Grows while answers come in.  What it holds follows from the order of the answers alone."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.modules = [str(raw["api_name"]) for raw in snapshot.modules]
        self.fields = {
            name: {str(raw["api_name"]): raw for raw in snapshot.fields.get(name, [])}
            for name in self.modules
        }
        self.lists = sorted(
            {str(raw["api_name"]) for each in snapshot.related_lists.values() for raw in each}
        )
        self.org_id = str(snapshot.org.get("zgid", "1"))
        self.forget()

    def forget(self) -> None:
        """Nothing is known but the metadata."""
        self.ids: list[str] = []
        self.files: list[str] = []
        self.tokens: list[str] = []
        self.in_module: dict[str, list[str]] = defaultdict(list)

    def module(self, random: Random) -> str:
        """The api_name of a module, mostly one that there is."""
        return random.choice(self.modules if random.random() < 0.93 else _ODD_MODULES)

    def field(self, random: Random, module: str) -> str:
        """The api_name of a field, mostly one that there is."""
        known = list(self.fields.get(module, ()))
        return random.choice(known if known and random.random() < 0.85 else _SYSTEM_FIELDS)

    def id(self, random: Random, module: str | None = None) -> str:
        """The id of something, of the module if one is known."""
        own = self.in_module.get(module or "", [])
        if own and random.random() < 0.85:
            return random.choice(own)
        if self.ids and random.random() < 0.9:
            return random.choice(self.ids)
        return random.choice(("1", "0", "x", "", "9" * 20, "9" * 21, "٣", "1 ", "null"))

    def learn(self, module: str | None, answer: Any) -> None:
        """Remember what an answer brought."""
        if isinstance(answer, list):
            for each in answer:
                self.learn(module, each)
        elif isinstance(answer, dict):
            for name, value in answer.items():
                if name in _IDS and isinstance(value, str) and value:
                    self._keep(self.ids if value.isdigit() else self.files, value)
                    if name == "file_id":
                        self._keep(self.files, value)
                    if module is not None and value.isdigit():
                        self._keep(self.in_module[module], value)
                elif name in ("next_page_token", "page_token") and isinstance(value, str):
                    self._keep(self.tokens, value)
                elif isinstance(value, dict | list):
                    # References inside a record belong to other modules.
                    inside = name in ("data", "details", "duplicate_record")
                    self.learn(module if inside else None, value)

    def _keep(self, known: list[str], value: str) -> None:
        if value not in known:
            known.append(value)
            if len(known) > _KEPT:
                known.pop(0)

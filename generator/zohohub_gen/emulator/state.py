"""Everything that one running emulator holds."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

from zohohub_gen.diagnostics import GeneratorError
from zohohub_gen.parse import parse
from zohohub_gen.progress import Work
from zohohub_gen.snapshot import Snapshot

from .catalog import USERS, Catalog
from .computed import Computed
from .definitions import Definitions
from .faults import Faults
from .limits import Quotas
from .listing import Lister
from .metadata import Metadata
from .oauth import Accounts
from .origin import check_origin
from .request_log import RequestLog
from .shape import Shaper
from .store import Store
from .users import store_users
from .values import Clock, Json, as_list, as_object, parse_body, time_zone
from .write import Writer


class State:
    """The org, its records, its tokens, and what tests asked for."""

    def __init__(
        self,
        snapshot: Snapshot,
        records: Path | None,
        database: Path | None,
        clock: Clock,
        accounts: Accounts,
        definitions: Definitions,
        seed: Mapping[str, int],
        progress: Work,
    ) -> None:
        self.clock = clock
        self.accounts = accounts
        self.definitions = definitions
        self.faults = Faults()
        self.quotas = Quotas(clock)
        self.log = RequestLog()
        self.stopping = threading.Event()
        """Set when the emulator stops: nobody waits any longer."""
        schema, _ = parse(snapshot)
        self.catalog = Catalog(snapshot, schema)
        zone_name = schema.org.time_zone or "UTC"
        self.zone = time_zone(zone_name)
        self.store = Store(_first_id(snapshot), database)
        try:
            with self.store.transaction():
                check_origin(self.store, self.catalog, database)
                known = self.store.kept("user").get("current")
                self.user_id = known or self._fill(records, zone_name, snapshot.language or "en_US")
                self.writer = Writer(
                    self.catalog,
                    self.store,
                    self.zone,
                    clock,
                    self.user_id,
                    definitions.blueprints,
                )
                if known and seed:
                    progress.note(f"{database} holds an org already, and is not filled again")
                elif seed:
                    # Only who wants made-up records pays for the lists of words.
                    from .seed import Seeder

                    Seeder(self.catalog, self.store, self.writer, self.zone).fill(seed, progress)
                user = self.store.get(USERS, self.user_id)
            accounts.load(self.store)
            self.computed = Computed(self.catalog, self.store, self.zone, clock)
            self.shaper = Shaper(self.catalog, self.store, self.computed)
            self.lister = Lister(self.store, self.shaper, clock, self.zone)
        except BaseException:
            self.store.close()
            raise
        self.user: Json = user.data if user else {}
        self.metadata = Metadata(self.catalog, self.user)

    def reset(self) -> None:
        """Hold what was held when the emulator had started."""
        self.store.reset()
        self.accounts.load(self.store)
        self.faults.clear()
        self.quotas.clear()
        self.log.clear()

    def _fill(self, folder: Path | None, zone: str, language: str) -> str:
        """Store the records to start with; answers the id of the current user."""
        files = _read_records(folder)
        users = files.pop(USERS, [])
        everything = [record for records in files.values() for record in records]
        user_id = store_users(self.store, users, everything, zone, language)
        self.store.keep("user", "current", user_id)
        writer = Writer(self.catalog, self.store, self.zone, self.clock, user_id)
        for api_name, records in files.items():
            info = self.catalog.get(api_name)
            if info is None:
                raise GeneratorError(
                    f"records of {api_name} were given, and the metadata has no such module:"
                    f" remove {api_name}.json or pull the metadata again"
                )
            writer.load(info, records)
        return user_id


def _first_id(snapshot: Snapshot) -> int:
    """Ids of new records start well above those of the modules."""
    ids = [int(module["id"]) for module in snapshot.modules if str(module.get("id", "")).isdigit()]
    return max([*ids, 5_000_000_000_000_000]) + 1_000_000


def _read_records(folder: Path | None) -> dict[str, list[Json]]:
    files: dict[str, list[Json]] = {}
    if folder is None:
        return files
    for path in sorted(folder.glob("*.json")):
        try:
            answer = as_object(parse_body(path.read_bytes())) or {}
        except ValueError as error:
            raise GeneratorError(f"{path} is not JSON: {error}") from error
        rows = as_list(answer.get("data")) or as_list(answer.get("users")) or []
        files[unquote(path.stem)] = [
            record for row in rows if (record := as_object(row)) is not None
        ]
    return files

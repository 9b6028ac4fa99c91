"""What any sequence of edits and saves leaves in Zoho: the record's values, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from acme_crm import Crm, LeadSiteVisit
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from zohohub import columns as c
from zohohub.auth import Auth
from zohohub.facts import facts_of, options_of
from zohohub.records import EMPTY, Record, columns_of, slot_of
from zohohub.transport import Transport
from zohohub.values import Link, Ref, Tag, UploadedFile, UserRef
from zohohub_gen.emulator import Emulator

from .conftest import ACME

MODULES = ("leads", "contacts", "installations", "site_visits", "events", "tasks", "cases")
NUMBERS = count(1)
"""For unique fields: also an example that is tried again needs values that nobody has."""
WORDS = st.sampled_from(["Graz", "Linz", "Wien ✓", "a,b;c", "q\"uo'te", "x" * 9, " y ", "\n"])


@dataclass
class Org:
    """The emulator, a client that saves, and what the values of its records can point at."""

    emulator: Emulator
    crm: Crm
    files: list[str]
    targets: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    def ids(self, module: str) -> list[str]:
        if module not in self.targets:
            handle: Any = getattr(self.crm, module)
            self.targets[module] = [row.id for row in handle.list(handle.record_type.fields.id)]
        return self.targets[module]


@pytest.fixture(scope="module")
def org(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Org]:
    with Emulator(ACME / "metadata") as emulator:
        to = emulator.connection
        auth = Auth(to.client_id, to.client_secret, to.refresh_token, accounts_url=to.accounts_url)
        with Crm(transport=Transport(auth)) as crm:
            path = Path(tmp_path_factory.mktemp("files")) / "plan.txt"
            path.write_text("plan")
            yield Org(emulator, crm, [crm.files.upload(path) for _ in range(3)])


# --- values -------------------------------------------------------------------------------


def values(org: Org, name: str, column: c.Column[Any], facts: Any) -> st.SearchStrategy[Any]:
    """Values that the field takes."""
    match column:
        case c.PicklistColumn() | c.MultiPicklistColumn():
            options = st.sampled_from(sorted(options_of(facts) or ()))
            many = isinstance(column, c.MultiPicklistColumn)
            return st.lists(options, unique=True, min_size=1) if many else options
        case c.TextColumn():
            unique = st.builds(lambda: f"u{next(NUMBERS)}")
            if name == "email":
                return unique.map(lambda word: f"{word}@example.com")
            return unique if facts.get("unique") else WORDS
        case c.BooleanColumn():
            return st.booleans()
        case c.IntegerColumn():
            return st.integers(-9, 99)
        case c.DecimalColumn():
            return st.decimals(-999, 999, places=facts.get("decimal_places", 2))
        case c.DigitsColumn():
            return st.sampled_from(["0012", "9007199254740993"])
        case c.DateColumn():
            return st.dates(date(2020, 1, 1), date(2030, 1, 1))
        case c.DateTimeColumn():
            zones = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))])
            return st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=zones)
        case c.UserColumn():
            return st.sampled_from(users(org))
        case c.TagsColumn():
            return st.lists(st.sampled_from(["vip", "old"]).map(Tag), unique_by=lambda t: t.name)
        case c.FilesColumn():
            return st.lists(st.sampled_from(org.files).map(UploadedFile), min_size=1, max_size=1)
        case c.MultiLookupColumn():
            module = "contacts" if name == "residents" else "installations"
            return links(st.sampled_from(org.ids(module)).map(Ref[Any]))
        case c.MultiUserColumn():
            return links(st.sampled_from(users(org)))
        case c.LookupColumn():
            module = str(column._target).partition(".")[0]
            return st.sampled_from(org.ids(module)).map(Ref[Any])
        case c.RelatedToColumn():
            return st.sampled_from(org.ids("deals")).map(lambda key: Ref(key, module="Deals"))
        case _:
            return st.nothing()


def links(targets: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(targets.map(Link[Any]), unique_by=lambda link: link.target.id, max_size=3)


def users(org: Org) -> list[UserRef]:
    return [UserRef(user.id) for user in org.crm.users.list()]


JSON: dict[str, st.SearchStrategy[Any]] = {
    "participants": st.lists(
        st.fixed_dictionaries({"type": st.just("email"), "participant": WORDS}), max_size=2
    ),
    "comments": st.lists(st.fixed_dictionaries({"comment_content": WORDS}), max_size=2),
    "access_window": st.fixed_dictionaries({"From": WORDS, "To": WORDS}),
    "recurring_activity": st.fixed_dictionaries({"RRULE": WORDS}),
}
ENTRIES = (c.SubformColumn, c.FilesColumn, c.MultiLookupColumn, c.MultiUserColumn)


def writable(record_type: type[Record]) -> dict[str, c.Column[Any]]:
    facts = facts_of(record_type)
    return {
        name: column
        for name, column in columns_of(record_type).items()
        if not {"read_only", "create_only", "update_only"} & facts[name].keys()
        and not isinstance(column, c.LayoutColumn)
    }


def may_be_cleared(name: str, column: c.Column[Any], facts: Any) -> bool:
    return not facts.get("required") and not isinstance(column, c.BooleanColumn) and name != "owner"


def some_value(org: Org, record_type: type[Record], name: str) -> st.SearchStrategy[Any]:
    """A value of the field, or None where it may be cleared."""
    column, facts = columns_of(record_type)[name], facts_of(record_type)[name]
    if isinstance(column, c.SubformColumn):
        made: st.SearchStrategy[Any] = st.lists(new_rows(org), max_size=2)
    else:
        made = values(org, name, column, facts) | JSON.get(name, st.nothing())
    return made | st.none() if may_be_cleared(name, column, facts) else made


def new_rows(org: Org) -> st.SearchStrategy[LeadSiteVisit]:
    cells = {name: some_value(org, LeadSiteVisit, name) for name in writable(LeadSiteVisit)}
    return st.fixed_dictionaries({}, optional=cells).map(lambda given: LeadSiteVisit(**given))


def edit(org: Org, data: st.DataObject, row: Record, name: str) -> None:
    """Put another value into the attribute, or change the one that it holds in its place."""
    now = slot_of(row, name)
    if not isinstance(now, list | dict) or not now or data.draw(st.booleans(), "anew"):
        setattr(row, name, data.draw(some_value(org, type(row), name), name))
        return
    if isinstance(now, dict):
        now[data.draw(st.sampled_from(sorted(now)), "key")] = data.draw(WORDS, "value")
        return
    place = data.draw(st.integers(0, len(now) - 1), "place")
    more: Any = data.draw(some_value(org, type(row), name), f"more {name}") or []
    match data.draw(st.sampled_from(["add", "remove", "swap", "change"]), "how"):
        case "remove":
            del now[place]
        case "swap":
            now.insert(0, now.pop(place))
        case "change" if isinstance(now[place], Record):
            cell = data.draw(st.sampled_from(sorted(writable(type(now[place])))), "cell")
            setattr(now[place], cell, data.draw(some_value(org, type(now[place]), cell), cell))
        case "change" if isinstance(now[place], dict):
            key = data.draw(st.sampled_from(sorted(now[place])), "key")
            now[place][key] = data.draw(WORDS, "value")
        case _:
            kept = seen(columns_of(type(row))[name], now)
            now += [
                item for item in more if seen(columns_of(type(row))[name], [item])[0] not in kept
            ]


def some_of(names: list[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(names), max_size=1) if names else st.just([])


def seen(column: c.Column[Any], value: Any) -> Any:
    """What two people see of a value who know nothing of ids of entries."""
    match column:
        case c.SubformColumn():
            return sorted(repr(cells(row)) for row in value or ())
        case c.MultiLookupColumn() | c.MultiUserColumn():
            return sorted(link.target.id for link in value or ())
        case c.FilesColumn():
            return sorted(file.file_id for file in value or ())
        case c.UserColumn() | c.LookupColumn():
            return value and value.id
        case c.DateTimeColumn():
            return value and value.replace(microsecond=0)
        case c.TagsColumn():
            return value and sorted(tag.name for tag in value)
        case _:
            return value


def cells(row: Record) -> dict[str, Any]:
    """The values of a row; a box that nobody ticked is one that is not ticked."""
    found: dict[str, Any] = {}
    for name, column in writable(type(row)).items():
        value = slot_of(row, name)
        empty = False if isinstance(column, c.BooleanColumn) else None
        found[name] = empty if value is EMPTY or value is None else seen(column, value)
    return found


def everything(row: Record) -> dict[str, Any]:
    return {name: seen(column, slot_of(row, name)) for name, column in writable(type(row)).items()}


def made(org: Org, data: st.DataObject, module: Any) -> str:
    """A new record with some values; what it must have is chosen too."""
    record_type = module.record_type
    facts = facts_of(record_type)
    names = [
        name
        for name, column in writable(record_type).items()
        if usable(org, record_type, name)
        if facts[name].get("required") or data.draw(st.booleans(), f"with {name}")
    ]
    given = {name: data.draw(some_value(org, record_type, name), name) for name in names}
    return str(module.save(record_type(**given)))


def usable(org: Org, record_type: type[Record], name: str) -> bool:
    return not some_value(org, record_type, name).is_empty


@pytest.mark.parametrize("module_name", MODULES)
@settings(
    max_examples=15,
    deadline=None,
    # Making a failure small would take thousands of calls.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(data=st.data())
def test_zoho_holds_what_the_record_holds(org: Org, module_name: str, data: st.DataObject) -> None:
    module: Any = getattr(org.crm, module_name)
    record_type: type[Record] = module.record_type
    names = [name for name in writable(record_type) if usable(org, record_type, name)]
    # Lists and objects are where a save may go wrong; records have few of them.
    rare = [
        name for name in names if name in JSON or isinstance(columns_of(record_type)[name], ENTRIES)
    ]
    columns = columns_of(record_type)
    bystander: Any = module.get(made(org, data, module))
    row: Any = module.get(made(org, data, module))
    others: dict[str, Any] = {}
    for _ in range(data.draw(st.integers(1, 3), "rounds")):
        before = deepcopy(everything(row))
        edited = data.draw(st.lists(st.sampled_from(names + 6 * rare), max_size=4), "edited")
        for name in edited:
            edit(org, data, row, name)
        colleagues = [
            name for name in names if name not in edited and type(columns[name]) is c.TextColumn
        ]
        theirs: dict[str, Any] = {}
        for name in data.draw(some_of(colleagues), "a colleague's"):
            facts = facts_of(record_type)[name]
            theirs[name] = data.draw(values(org, name, columns[name], facts))
            module.update(row.id, **theirs)
        org.emulator.clear_requests()
        mine = deepcopy(everything(row))
        changed = {name for name in edited if mine[name] != before[name]}
        others = {name: others[name] for name in others if name not in changed} | theirs
        module.save(row)
        assert everything(row) == mine, "a save changes no attribute"
        sent = {
            key
            for request in org.emulator.requests
            if request.method == "PUT"
            for key in request.body["data"][0]
        }
        assert {columns[name].api_name for name in changed} <= sent
        assert sent <= {columns[name].api_name for name in edited} | {"id", "$se_module"}
        org.emulator.clear_requests()
        module.save(row)
        assert org.emulator.requests == [], "a second save has nothing to send"
        now = module.get(row.id)
        assert everything(now) == mine | others
        if data.draw(st.sampled_from([False, False, True]), "read again") or any(
            isinstance(columns[name], ENTRIES) for name in edited
        ):
            row, others = now, {}
        elif data.draw(st.booleans(), "copied"):
            row = deepcopy(row)
    assert everything(module.get(bystander.id)) == everything(bystander)

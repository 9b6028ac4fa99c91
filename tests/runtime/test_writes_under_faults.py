"""Thousands of writes over a network that goes wrong: what was acknowledged is what is there."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
import requests
from zohohub.auth import Auth
from zohohub.errors import ApiError, TimedOut, ZohoError
from zohohub.results import Result, Results
from zohohub.transport import Transport
from zohohub_gen.emulator import Emulator, Fault

from tests.support.bad_network import FAULTS, BadNetwork

from .bindings import SNAPSHOT, Thing, Things

F = Thing.fields
_TIMEOUT = 0.4

Row = dict[str, Any]


@dataclass
class Line:
    """An emulator at the end of a bad line, and a client at the other end."""

    emulator: Emulator
    network: BadNetwork
    things: Things
    transport: Transport

    def held(self) -> dict[str, tuple[str, str | None, Decimal | None]]:
        """What the emulator holds, asked for on another line: name, code and amount by id."""
        to = self.emulator.connection
        direct = f"http://127.0.0.1:{self.network.to}"
        form = {
            "grant_type": "refresh_token",
            "client_id": to.client_id,
            "client_secret": to.client_secret,
            "refresh_token": to.refresh_token,
        }
        with requests.Session() as http:
            token = http.post(f"{direct}/oauth/v2/token", form, timeout=10).json()["access_token"]
            http.headers["Authorization"] = f"Zoho-oauthtoken {token}"
            found: dict[str, tuple[str, str | None, Decimal | None]] = {}
            parameters = {"fields": "Name,Code,Amount", "per_page": "200"}
            while True:
                answer = http.get(f"{direct}/crm/v8/Things", params=parameters, timeout=10)
                if answer.status_code == 204:
                    return found
                page = answer.json()
                for row in page["data"]:
                    assert row["id"] not in found
                    amount = row["Amount"]
                    found[row["id"]] = (
                        row["Name"],
                        row["Code"],
                        None if amount is None else Decimal(str(amount)),
                    )
                if not page["info"]["more_records"]:
                    return found
                parameters["page_token"] = page["info"]["next_page_token"]


@pytest.fixture
def line() -> Iterator[Callable[[float, int], Line]]:
    """Lay a line on which ``rate`` of the requests go wrong, from a seed."""
    laid: list[Line] = []

    def lay(rate: float, seed: int) -> Line:
        emulator = Emulator(SNAPSHOT, refresh_limit=10**9).start()
        network = BadNetwork(
            emulator.connection.port,
            rate,
            seed,
            lambda: emulator.inject(Fault("expire_token")),
        )
        # Tokens come over the same line, and send the client there.
        emulator._running().accounts.api_domain = network.url
        to = emulator.connection
        auth = Auth(to.client_id, to.client_secret, to.refresh_token, accounts_url=network.url)
        auth._sleep = lambda seconds: None
        transport = Transport(auth, timeout=(5, _TIMEOUT))
        transport._sleep = lambda seconds: None
        laid.append(Line(emulator, network, Things(transport), transport))
        return laid[-1]

    yield lay
    for each in laid:
        each.transport.close()
        each.network.close()
        each.emulator.stop()


@dataclass
class Known:
    """A record of which the client was told; what is not sure is a choice of several values."""

    code: str | None
    may_be: set[str | None]
    """The names that it may have; None for a record that is gone."""

    @property
    def sure(self) -> bool:
        return len(self.may_be) == 1 and None not in self.may_be


@dataclass
class Model:
    """What a client must take to be true after what it was told; knows nothing of the runtime."""

    known: dict[str, Known] = field(default_factory=dict[str, Known])
    perhaps: set[str] = field(default_factory=set[str])
    """The names of records that may have come to be."""
    upserted: dict[str, set[str | None]] = field(default_factory=dict[str, set[str | None]])
    """The names that records of a code may have; None for no record."""
    ids: dict[str, str] = field(default_factory=dict[str, str])
    """The ids of upserted records, where the client was told one."""
    outcomes: Counter[str] = field(default_factory=Counter[str])
    calls: int = 0

    def created(self, rows: Sequence[Row], results: Sequence[Result]) -> None:
        for row, result in zip(rows, results, strict=True):
            if result.ok:
                assert result.id is not None
                assert result.id not in self.known
                self.known[result.id] = Known(row.get("code"), {row["name"]})
            elif result.unknown:
                self.perhaps.add(row["name"])

    def updated(self, rows: Sequence[Row], results: Sequence[Result]) -> None:
        for row, result in zip(rows, results, strict=True):
            record = self.known[row["id"]]
            if result.ok:
                record.may_be = {row["name"]}
            elif result.unknown:
                record.may_be.add(row["name"])

    def deleted(self, ids: Sequence[str], results: Sequence[Result]) -> None:
        for each, result in zip(ids, results, strict=True):
            if result.ok:
                self.known[each].may_be = {None}
            elif result.unknown:
                self.known[each].may_be.add(None)

    def upserts(self, rows: Sequence[Row], results: Sequence[Result]) -> None:
        for row, result in zip(rows, results, strict=True):
            names = self.upserted.setdefault(row["code"], {None})
            if result.ok:
                assert result.id is not None
                assert self.ids.setdefault(row["code"], result.id) == result.id
                if None not in names:
                    assert result.action == "update"
                elif names == {None}:
                    assert result.action == "insert"
                self.upserted[row["code"]] = {row["name"]}
            elif result.unknown:
                names.add(row["name"])

    def compare(self, held: dict[str, tuple[str, str | None, Decimal | None]]) -> None:
        """Nothing is lost, doubled or there without a reason."""
        left = dict(held)
        for each, record in self.known.items():
            name, code, amount = left.pop(each, (None, record.code, None))
            assert name in record.may_be, (each, name, record)
            assert code == record.code
            assert amount == (None if name is None else amount_of(name))
        by_code = {code: (each, name) for each, (name, code, _) in left.items() if code}
        for code, names in self.upserted.items():
            each, name = by_code.pop(code, (None, None))
            assert name in names, (code, name, names)
            assert each is None or self.ids.get(code, each) == each
            if each is not None:
                del left[each]
        assert not by_code
        found = Counter(name for name, _, _ in left.values())
        assert set(found) <= self.perhaps, "records that nobody has made"
        assert set(found.values()) <= {1}, "doubled records"


def amount_of(name: str) -> Decimal:
    """Every name has its own amount, so that a half-made change shows."""
    return Decimal(sum(name.encode())) / 100


def make_row(name: str, **more: str) -> Row:
    return {"name": name, "amount": amount_of(name), **more}


class Driver:
    """Does one call after the other, of kinds and sizes by chance, and keeps the model."""

    def __init__(self, line: Line, seed: int, model: Model) -> None:
        self.line = line
        self.model = model
        self.chance = random.Random(seed)
        self.tag = f"s{seed}"
        self.number = 0
        self.before = 0
        """The faults before the last call: one that cuts an idle connection hits the next call."""

    def run(self, calls: int) -> None:
        kinds = [self.create, self.create, self.update, self.upsert, self.delete, self.save]
        for _ in range(calls):
            self.chance.choice(kinds)()
            self.model.calls += 1

    def name(self) -> str:
        self.number += 1
        return f"{self.tag}-{self.number}"

    def size(self) -> int:
        return self.chance.choice([1, 1, 1, 1, 3, 12, 120])

    def some(self, count: int) -> list[str]:
        sure = [each for each, record in self.model.known.items() if record.sure]
        return self.chance.sample(sure, min(count, len(sure)))

    def told(self, count: int, call: Callable[[], Results]) -> Sequence[Result]:
        """What the runtime says of each row, whether it raises or not."""
        before, self.before = self.before, self.line.network.ambiguous
        try:
            results: Results | None = call()
        except ZohoError as error:
            results = error.results
            assert results is not None
            self.look_at(error, results, self.line.network.ambiguous - before)
        assert results is not None
        assert [result.index for result in results] == list(range(count))
        for result in results:
            assert result.ok == (result.error is None)
            # Every row is one that Zoho takes: it is refused with all others or not at all.
            if result.outcome == "refused":
                assert isinstance(result.error, ApiError)
                assert result.error.status in (401, 429), result.error
        self.model.outcomes.update(result.outcome for result in results)
        return results

    def look_at(self, error: ZohoError, results: Results, ambiguous: int) -> None:
        unknown = [result for result in results if result.unknown]
        if not unknown:
            return
        # One call at most, and it says which.
        assert len(unknown) <= 100
        assert {result.error for result in unknown} == {error}
        # Where no token was to be had for another attempt, a note does.
        said = "\n".join((str(error), *getattr(error, "__notes__", ())))
        assert "/crm/v8/Things" in said
        # There was a reason; the machine may also have been slow.
        causes = [error, error.__cause__]
        assert ambiguous or any(isinstance(cause, TimedOut) for cause in causes), error

    def one(self, call: Callable[[], object], record_id: str | None = None) -> Results:
        """The results of a call of one record, which returns an id or nothing."""
        done = call()
        made = done if isinstance(done, str) else record_id
        return Results([Result(0, "done", id=made)])

    def create(self) -> None:
        rows = [make_row(self.name()) for _ in range(self.size())]
        if len(rows) == 1:
            (row,) = rows
            results = self.told(1, lambda: self.one(lambda: self.line.things.create(**row)))
        else:
            results = self.told(len(rows), lambda: self.line.things.create_many(rows))
        self.model.created(rows, results)

    def update(self) -> None:
        rows = [make_row(self.name(), id=each) for each in self.some(self.size())]
        if len(rows) == 1:
            (row,) = rows
            values = {name: value for name, value in row.items() if name != "id"}
            change = self.line.things.update
            results = self.told(1, lambda: self.one(lambda: change(row["id"], **values)))
        else:
            results = self.told(len(rows), lambda: self.line.things.update_many(rows))
        self.model.updated(rows, results)

    def upsert(self) -> None:
        codes = self.chance.sample(range(200), self.size())
        rows = [make_row(self.name(), code=f"{self.tag}-c{code}") for code in codes]
        upsert = self.line.things.upsert_many
        self.model.upserts(rows, self.told(len(rows), lambda: upsert(rows, match=[F.code])))

    def delete(self) -> None:
        ids = self.some(self.size() // 2 + 1)
        if len(ids) == 1:
            drop = self.line.things.delete
            results = self.told(1, lambda: self.one(lambda: drop(ids[0]), ids[0]))
        else:
            results = self.told(len(ids), lambda: self.line.things.delete_many(ids))
        self.model.deleted(ids, results)

    def save(self) -> None:
        """Old records and new ones at once."""
        ids = self.some(self.size())
        changed = [Thing(id=each) for each in ids]
        records = [*changed, *(Thing() for _ in range(self.size()))]
        for record in records:
            record.name = self.name()
            record.amount = amount_of(record.name)
        rows = [make_row(str(record.name)) for record in records]
        results = self.told(len(records), lambda: self.line.things.save_many(records))
        old = [{**row, "id": each} for row, each in zip(rows, ids, strict=False)]
        self.model.updated(old, results[: len(ids)])
        self.model.created(rows[len(ids) :], results[len(ids) :])


def drive(line: Line, seed: int, calls: int) -> Model:
    model = Model()
    Driver(line, seed, model).run(calls)
    return model


def account(line: Line, models: Sequence[Model]) -> str:
    """Compare, and say what was seen."""
    held = line.held()
    together = Model()
    for model in models:
        together.known |= model.known
        together.perhaps |= model.perhaps
        together.upserted |= model.upserted
        together.ids |= model.ids
        together.outcomes += model.outcomes
        together.calls += model.calls
    together.compare(held)
    came_to_be = len({name for name, _, _ in held.values()} & together.perhaps)
    assert 0 < came_to_be < len(together.perhaps)
    outcomes = "; ".join(
        f"{count:,} rows {name}" for name, count in together.outcomes.most_common()
    )
    return (
        f"{together.calls:,} writes; {together.outcomes.total():,} rows; "
        f"{line.network.requests:,} requests; {line.network.happened.total():,} faults; "
        f"{outcomes}; {len(together.perhaps):,} creates unknown; "
        f"{came_to_be:,} of these had come to be; "
        f"{len(held):,} records at the end"
    )


@pytest.mark.trust(
    "Faults, kills, load",
    "writes over a network that goes wrong: cut before, in and after the request, "
    "idle connections cut, 429, 5xx done or not, HTML, half answers, no answer, ended tokens",
    "what was acknowledged is there once, nothing lost, nothing doubled",
)
def test_what_is_acknowledged_is_there(line: Callable[[float, int], Line]) -> None:
    bad = line(0.25, 7)
    model = drive(bad, 1, 150)
    print(f"trust: {account(bad, [model])}")
    assert len(bad.network.happened) >= 7


@pytest.mark.slow
@pytest.mark.trust(
    "Faults, kills, load",
    "writes over a network that goes wrong: cut before, in and after the request, "
    "idle connections cut, 429, 5xx done or not, HTML, half answers, no answer, ended tokens",
    "what was acknowledged is there once, nothing lost, nothing doubled",
)
def test_thousands_of_writes(line: Callable[[float, int], Line]) -> None:
    """From four threads on one client."""
    bad = line(0.25, 11)
    with ThreadPoolExecutor(4) as pool:
        models = list(pool.map(lambda seed: drive(bad, seed, 750), range(4)))
    print(f"trust: {account(bad, models)}")
    assert set(bad.network.happened) == set(FAULTS)


# --- a batch that is taken up again -----------------------------------------------------------


def write_all(line: Line, rows: Sequence[Row]) -> tuple[int, int]:
    """Go on until all rows are there, as a user does; how often it stopped, how many looked up."""
    left = list(rows)
    stops = looked_up = 0
    while left:
        try:
            results = line.things.create_many(left)
        except ZohoError as error:
            stops += 1
            assert error.results is not None
            results = error.results
            # The rows until there, one call that stopped it, and the rest, which was not sent.
            order = ["done", "unknown", "refused", "not sent"]
            places = [order.index(result.outcome) for result in results]
            assert places == sorted(places)
        told = list(zip(left, results, strict=True))
        lost = [row["name"] for row, result in told if result.unknown]
        looked_up += len(lost)
        while True:
            try:
                there = set(found(line, lost))
                break
            except ZohoError:
                continue  # reading goes over the same line
        left = [row for row, result in told if not result.ok and row["name"] not in there]
    return stops, looked_up


def found(line: Line, names: Sequence[str]) -> Iterator[str]:
    for start in range(0, len(names), 50):
        where = F.name.is_in(names[start : start + 50])
        for record in line.things.query().select(F.name).where(where):
            yield str(record.name)


@pytest.mark.parametrize(
    ("count", "rate"), [(1_000, 0.3), pytest.param(10_000, 0.2, marks=pytest.mark.slow)]
)
@pytest.mark.trust(
    "Faults, kills, load", "batches that are stopped by faults and go on", "each row there once"
)
def test_a_batch_goes_on_where_it_stopped(
    line: Callable[[float, int], Line], count: int, rate: float
) -> None:
    bad = line(rate, 5)
    names = [f"row-{number}" for number in range(count)]
    stops, looked_up = write_all(bad, [make_row(name) for name in names])
    held = Counter(name for name, _, _ in bad.held().values())
    assert held == Counter(names)
    assert stops > 1
    assert looked_up >= 100
    print(
        f"trust: {count:,} rows; {stops} stops; {looked_up:,} rows unknown and looked up; "
        f"{len(held):,} rows there at the end"
    )

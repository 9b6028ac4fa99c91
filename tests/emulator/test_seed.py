"""Made-up records: of the right types, unique, pointing at records that exist, always the same."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from zohohub_gen.diagnostics import GeneratorError
from zohohub_gen.emulator import Emulator
from zohohub_gen.emulator.values import loads

from .boatyard import snapshot
from .conftest import Client, Start

ACME = Path(__file__).parents[1] / "cases" / "acme" / "metadata"


def _all(client: Client, module: str, fields: str, **parameters: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        answer = client.page(module, fields=fields, **parameters).json()
        found += answer["data"]
        if not answer["info"]["more_records"]:
            return found
        parameters["page_token"] = answer["info"]["next_page_token"]


@pytest.mark.parametrize("source", [ACME, snapshot()], ids=["acme", "boatyard"])
def test_what_is_made_up_could_have_been_sent(start: Start, source: Any) -> None:
    """Every record passes the checks of a write: types, lengths, lookups that lead somewhere."""
    client = start(source, seed=40)
    state = client.emulator._state
    assert state is not None
    checked: Counter[str] = Counter()
    with state.store.transaction():
        for info in list(state.catalog.modules()):
            rows = state.store.select("SELECT data FROM record WHERE module = ?", (info.api_name,))
            for (text,) in rows:
                data = loads(text)
                item = {name: value for name, value in data.items() if name not in info.links}
                # The record itself has its unique values already.
                result = state.writer._validator.check(info, item, "$", data)
                assert not isinstance(result, list), (info.api_name, [e.body() for e in result])
                checked[info.api_name] += 1
            for name in info.unique:
                values = [loads(text).get(name) for (text,) in rows]
                present = [str(each).casefold() for each in values if each is not None]
                assert len(present) == len(set(present)), (info.api_name, name)
    assert sum(checked.values()) > 100


def test_the_same_number_gives_the_same_records(start: Start) -> None:
    fields = "Last_Name,Email,Company,Lead_Status,Annual_Revenue,Created_Time,Owner"
    one, other = (_all(start(ACME, seed=30), "Leads", fields, converted="both") for _ in range(2))
    assert one == other
    assert len(one) == 30  # those of the records folder are counted
    assert len({each["Last_Name"] for each in one}) > 10
    assert len({each["Created_Time"][:7] for each in one}) > 10  # spread over months


def test_picklists_have_favourites_and_lookups_exist(start: Start) -> None:
    client = start(ACME, seed={"Deals": 300, "Accounts": 20})
    deals = _all(client, "Deals", "Stage,Account_Name,Amount,Probability")
    stages = Counter(deal["Stage"] for deal in deals)
    most, *_, least = [count for _, count in stages.most_common()]
    assert most > 2 * least
    accounts = {each["id"] for each in _all(client, "Accounts", "Account_Name")}
    pointed = {deal["Account_Name"]["id"] for deal in deals if deal["Account_Name"]}
    assert len(pointed) > 10
    assert pointed <= accounts
    assert client.page("Contacts", fields="id").json()["info"]["count"] < 20  # not asked for


def test_some_records_have_rows(start: Start) -> None:
    client = start(ACME, seed={"Leads": 60})
    leads = _all(client, "Leads", "Last_Name")
    rows = [client.one("Leads", each["id"])["Site_Visits_1"] for each in leads]
    assert any(rows)
    assert not all(rows)


def test_a_module_that_takes_no_records_is_named() -> None:
    with pytest.raises(GeneratorError, match=r"no module Nothing that takes records: seed one of"):
        Emulator(ACME, seed={"Nothing": 5}).start()


def test_the_command_fills_a_file_once_and_says_so(tmp_path: Path) -> None:
    database = tmp_path / "org.sqlite"
    command = [sys.executable, "-m", "zohohub_gen", "emulator", "--data", str(database)]
    said: list[str] = []
    for _ in range(2):
        with subprocess.Popen(
            [*command, "--seed", "5", "--seed", "Leads=300"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            process.terminate()
            said.append(process.communicate(timeout=30)[1])
    assert re.fullmatch(r"Making up \d+ records of \d+ modules\.\n", said[0])
    assert said[1] == f"{database} holds an org already, and is not filled again\n"
    with Emulator(ACME, database=database) as emulator:
        client = Client(emulator)
        assert len(_all(client, "Leads", "id", converted="both")) == 300
        client.http.close()


@pytest.mark.parametrize("wrong", ["0", "Leads=", "many", "1000001", "-5"])
def test_a_number_that_is_none_is_refused(wrong: str) -> None:
    command = [sys.executable, "-m", "zohohub_gen", "emulator", "--seed", wrong]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "--seed takes N or MODULE=N" in done.stderr

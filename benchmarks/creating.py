"""Creating 10,000 records in the emulator, beside requests alone in batches of 100."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from acme_crm import Crm
from zohohub import Auth

from benchmarks.harness import Row, Side, compare, timed
from benchmarks.servers import CREDENTIALS, PlainClient, emulator

if TYPE_CHECKING:
    from acme_crm.leads import LeadCreate

ROUNDS = 5
RECORDS = 10_000
BATCH = 100

OURS = "`crm.leads.create_many()`"
PLAIN = "requests, 100 a call"


def main(rounds: int) -> list[Row]:
    typed: list[LeadCreate] = [
        {
            "last_name": f"Berg {number}",
            "first_name": "Anna",
            "company": "Acme",
            "annual_revenue": Decimal("250000.50"),
            "city": "Graz",
        }
        for number in range(RECORDS)
    ]
    bodies = [
        {
            "Last_Name": f"Berg {number}",
            "First_Name": "Anna",
            "Company": "Acme",
            "Annual_Revenue": 250000.5,
            "City": "Graz",
        }
        for number in range(RECORDS)
    ]
    with emulator() as connection:
        given = {key: connection[key] for key in CREDENTIALS}
        with Crm(Auth(**given)) as crm, PlainClient(connection) as plain:

            def ours() -> None:
                results = crm.leads.create_many(typed)
                assert len({result.id for result in results}) == RECORDS

            def by_hand() -> None:
                ids: set[str] = set()
                for start in range(0, RECORDS, BATCH):
                    answer: Any = plain.call(
                        "POST", "/Leads", body={"data": bodies[start : start + BATCH]}
                    )
                    ids |= {item["details"]["id"] for item in answer["data"]}
                assert len(ids) == RECORDS

            times = compare(
                f"creating: {RECORDS:,} records in the emulator",
                [Side(PLAIN, partial(timed, by_hand)), Side(OURS, partial(timed, ours))],
                rounds,
            )
    return [times.no_slower(f"create {RECORDS:,} records", OURS, PLAIN, 1.2)]

"""Listing 20,000 records from the emulator, beside requests alone and Zoho's own SDK."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from acme_crm import Crm, Lead
from zohohub import Auth

from benchmarks.harness import Row, Side, child, compare, timed
from benchmarks.servers import CREDENTIALS, PlainClient, emulator

ROUNDS = 7
SDK_ROUNDS = 1
RECORDS = 20_000
PAGE = 200
COLUMNS = (
    Lead.fields.annual_revenue,
    Lead.fields.city,
    Lead.fields.company,
    Lead.fields.created_time,
    Lead.fields.email,
    Lead.fields.first_name,
    Lead.fields.last_name,
    Lead.fields.lead_source,
    Lead.fields.lead_status,
    Lead.fields.modified_time,
    Lead.fields.owner,
    Lead.fields.phone,
)

OURS = "`crm.leads.list()`"
PLAIN = "requests and `json.loads`"
SDK = "`zohocrmsdk8-0`"

SDK_PROGRAM = """
import json, sys, tempfile, time
from benchmarks import sdk

fields, pages = json.loads(sys.argv[2])
with tempfile.TemporaryDirectory() as folder:
    sdk.initialize(json.loads(sys.argv[1]), folder)
    sdk.pages("Leads", fields, 1)
    start = time.perf_counter()
    count = sdk.pages("Leads", fields, pages)
    assert count == pages * 200, count
    print(time.perf_counter() - start)
"""


def main(rounds: int) -> list[Row]:
    names = [column.api_name for column in COLUMNS]
    with emulator("--seed", f"Leads={RECORDS}") as connection:
        given = {key: connection[key] for key in CREDENTIALS}
        with Crm(Auth(**given)) as crm, PlainClient(connection) as plain:

            def ours() -> None:
                assert sum(1 for _ in crm.leads.list(*COLUMNS, converted="both")) == RECORDS

            def by_hand() -> None:
                assert _listed(plain, names) == RECORDS

            times = compare(
                f"listing: {RECORDS:,} records of {len(names)} fields from the emulator",
                [Side(PLAIN, partial(timed, by_hand)), Side(OURS, partial(timed, ours))],
                rounds,
            )
            beside_sdk = compare(
                f"listing: {RECORDS:,} records, beside Zoho's SDK",
                [
                    Side(OURS, partial(timed, ours)),
                    Side(
                        SDK,
                        partial(
                            child,
                            SDK_PROGRAM,
                            json.dumps(given),
                            json.dumps([names, RECORDS // PAGE]),
                        ),
                        warm=False,
                    ),
                ],
                SDK_ROUNDS,
            )
    work = f"list {RECORDS:,} records"
    return [
        times.no_slower(work, OURS, PLAIN, 1.15),
        beside_sdk.faster(work, OURS, SDK, 5),
    ]


def _listed(plain: PlainClient, names: list[str]) -> int:
    """What one would write by hand: page after page, the records as dictionaries."""
    parameters = {"fields": ",".join(names), "per_page": str(PAGE), "converted": "both"}
    listed = 0
    while True:
        answer: Any = plain.call("GET", "/Leads", parameters)
        listed += len(answer["data"])
        if not answer["info"]["more_records"]:
            return listed
        parameters["page_token"] = answer["info"]["next_page_token"]

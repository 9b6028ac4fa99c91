"""What Zoho was recorded to answer, and what the emulator answers to the same: status, keys, types.

The recordings are not part of the project; see `tests.support.corpus`.  Values and order are left
aside, and null goes for every type.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from zohohub_gen.emulator import Emulator

from tests.support.corpus import CORPUS
from tests.support.recorded import Exchange, RecordedOrg, differences

from .conftest import Client, Clock, Start

ACME = Path(__file__).parents[1] / "cases" / "acme" / "metadata"
NANGO = CORPUS / "org-nango-sandbox"
SAMPLES = CORPUS / "org-zohodocs-v7" / "other" / "samples"
ERRORS = CORPUS / "org-zoho-oas-v8" / "other" / "errors.json"

ORG = RecordedOrg(NANGO) if NANGO.is_dir() else None
EXCHANGES = ORG.exchanges if ORG else []

# The emulator answers as v8 does; the recordings are of v2.
_NEWER = {
    "*.details.$approval_state: not recorded": "v8 tells the state of approval with each write",
    "$.data[].$has_more: not recorded": "v8 tells of rows of subforms that it left out",
    "$.data[].$sharing_permission: not recorded": "v8 has it",
    "$.data[].$wizard_connection_path: not recorded": "v8 has it",
    "$.data[].Parent_Id.module: not recorded": "v8 names the module of a note's record inside",
    "$.users[].type__s: not recorded": "users have a type since v6",
}
_CONVERSION = {
    f"$.data[].{key}": "v2 answered the bare ids; since v5 a conversion answers as a write does"
    for key in (
        "Accounts: missing",
        "Contacts: missing",
        "Deals: missing",
        "code: not recorded",
        "details: not recorded",
        "message: not recorded",
        "status: not recorded",
    )
}
_LAGGING = {
    "search-records-get": "Zoho's index did not know the lead yet that a minute ago had been made",
}


def _left(recorded: Any, answered: Any, allowed: dict[str, str]) -> list[str]:
    """The differences that no exception covers."""
    return [
        each
        for each in differences(recorded, answered)
        if not any(_fits(each, pattern) for pattern in allowed)
    ]


def _fits(difference: str, pattern: str) -> bool:
    return fnmatchcase(difference, pattern.replace("[", "[[]"))


@pytest.fixture
def nango(tmp_path: Path) -> Iterator[Client]:
    if ORG is None:
        pytest.skip("the recordings are not at hand")
    ORG.write(tmp_path)
    with Emulator(ORG.snapshot(), records=tmp_path) as emulator:
        client = Client(emulator)
        yield client
        client.http.close()


def _replay(client: Client, exchange: Exchange) -> tuple[int, Any]:
    answer = client.http.request(
        exchange.method,
        client.emulator.connection.api_domain + exchange.path,
        params=exchange.parameters,
        json=exchange.body,
        timeout=10,
    )
    return answer.status_code, answer.json() if answer.content else None


@pytest.mark.skipif(not EXCHANGES, reason="the recordings are not at hand")
@pytest.mark.parametrize("exchange", EXCHANGES, ids=[each.name for each in EXCHANGES])
@pytest.mark.outside_contracts("requests of API version 2")
def test_an_exchange(nango: Client, exchange: Exchange) -> None:
    status, answer = _replay(nango, exchange)
    if exchange.name in _LAGGING:
        assert (exchange.status, exchange.answer, status) == (204, None, 200)
        return
    allowed = _NEWER | (_CONVERSION if exchange.name == "convert-lead-post" else {})
    assert (status, _left(exchange.answer, answer, allowed)) == (exchange.status, [])
    assert (answer is None) == (exchange.answer is None)


# A recorded answer about a whole record, for each module that records were made in.
INSERTS = [
    each
    for each in EXCHANGES
    if each.method == "POST" and each.name.startswith("create-") and each.status == 201
]


@pytest.mark.skipif(not EXCHANGES, reason="the recordings are not at hand")
@pytest.mark.parametrize("exchange", INSERTS, ids=[each.name for each in INSERTS])
@pytest.mark.outside_contracts("requests of API version 2")
def test_a_new_record_has_the_keys_of_a_recorded_one(nango: Client, exchange: Exchange) -> None:
    _, written = _replay(nango, exchange)
    module = exchange.parts[0]
    answer = nango.get(f"/{module}/{written['data'][0]['details']['id']}").json()
    recorded = next(
        each.answer for each in EXCHANGES if each.method == "GET" and each.parts[0] == module
    )
    assert _left(recorded, answer, _NEWER) == []


@pytest.mark.skipif(not EXCHANGES, reason="the recordings are not at hand")
@pytest.mark.parametrize("module", sorted(path.stem for path in NANGO.glob("records/*.json")))
def test_a_list(nango: Client, module: str) -> None:
    recorded = json.loads((NANGO / "records" / f"{module}.json").read_text("utf-8"))
    # v8 wants to be told which fields, 50 at most; what it adds is in the answer of one record.
    names = [name for name in recorded["data"][0] if name[0] != "$"]
    for start in range(0, len(names), 50):
        part = names[start : start + 50]
        listed = nango.page(module, fields=",".join(part), sort_by="id").json()
        shown = {name: recorded["data"][0][name] for name in part}
        rows = [{name: row[name] for name in part} for row in listed["data"]]
        found = [each for row in rows for each in differences(shown, row)]
        assert [each for each in found if not each.startswith("$.Parent_Id.module")] == []
        assert recorded["info"].keys() <= listed["info"].keys()


# --- sample bodies of the guide ---------------------------------------------------------------

LEAD = "6100000000000401001"
DEAL = "6100000000000404003"


def _json(answer: Any) -> Any:
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def _add_lead(client: Client) -> Any:
    return _json(client.post("/Leads", {"data": [{"Last_Name": "Boyle", "Company": "Zylker"}]}))


def _change_lead(client: Client) -> Any:
    return _json(client.put(f"/Leads/{LEAD}", {"data": [{"City": "Ulm"}]}))


def _upsert(client: Client) -> Any:
    rows = [{"Last_Name": "Boyle", "Email": "one@example.com", "Company": "Zylker"}]
    client.post("/Leads", {"data": rows})
    rows.append({"Last_Name": "Daly", "Email": "two@example.com", "Company": "Zylker"})
    return _json(client.post("/Leads/upsert", {"data": rows}))


def _delete(client: Client) -> Any:
    return _json(client.delete(f"/Leads?ids={LEAD}"))


def _deleted(client: Client) -> Any:
    client.delete(f"/Leads/{LEAD}")
    return _json(client.get("/Leads/deleted", params={"type": "all"}))


def _clone(client: Client) -> Any:
    return _json(client.post(f"/Deals/{DEAL}/actions/clone", {"data": [{"Deal_Name": "Copy"}]}))


def _convert(client: Client) -> Any:
    (lead,) = client.add("Leads", {"Last_Name": "Boyle", "Company": "Zylker"})
    deal = {
        "Deal_Name": "test",
        "Closing_Date": "2026-12-31",
        "Pipeline": "Residential",
        "Stage": "Enquiry",
    }
    return _json(client.post(f"/Leads/{lead}/actions/convert", {"data": [{"Deals": deal}]}))


def _note(client: Client) -> Any:
    parent = {"module": {"api_name": "Leads"}, "id": LEAD}
    note = {"Note_Title": "Call", "Note_Content": "text", "Parent_Id": parent}
    return _json(client.post("/Notes", {"data": [note]}))


def _notes(client: Client) -> Any:
    _note(client)
    fields = "Owner,Created_Time,Parent_Id,id,Note_Title"
    return _json(client.page("Notes", fields=fields))


def _delete_note(client: Client) -> Any:
    note = _note(client)["data"][0]["details"]["id"]
    return _json(client.delete(f"/Notes?ids={note}"))


def _blueprint(client: Client) -> Any:
    deal = {"Deal_Name": "x", "Pipeline": "Residential", "Stage": "Enquiry"}
    (record,) = client.add("Deals", deal)
    step = {"transition_id": "6100000000000060011", "data": {"Closing_Date": "2026-12-31"}}
    return _json(client.put(f"/Deals/{record}/actions/blueprint", {"blueprint": [step]}))


def _new_tags(client: Client) -> Any:
    tags = [{"name": "Tag3", "color_code": "#F48435"}]
    return _json(client.post("/settings/tags?module=Leads", {"tags": tags}))


def _change_tag(client: Client) -> Any:
    tag = _new_tags(client)["tags"][0]["details"]["id"]
    return _json(client.put(f"/settings/tags/{tag}?module=Leads", {"tags": [{"name": "Other"}]}))


def _export(client: Client, *, wait: bool) -> Any:
    bulk = f"{client.emulator.connection.api_domain}/crm/bulk/v8/read"
    query = {"module": {"api_name": "Leads"}, "page": 1}
    made = _json(client.http.post(bulk, json={"query": query}, timeout=10))
    if not wait:
        return made
    job = f"{bulk}/{made['data'][0]['details']['id']}"
    while (answer := _json(client.http.get(job, timeout=10)))["data"][0]["state"] != "COMPLETED":
        time.sleep(0.02)
    return answer


def _search(client: Client) -> Any:
    return _json(
        client.get("/Campaigns/search", params={"word": "webinar", "fields": "Type,Campaign_Name"})
    )


def _coql(select: str) -> Callable[[Client], Any]:
    def ask(client: Client) -> Any:
        return _json(client.coql(f"select {select} limit 1"))

    return ask


# The sample, how the emulator comes to answer the same, and which differences are right.
_STATE = {
    "$.data[].details.$approval_state: not recorded": "the sample is older than its key, which "
    "other samples of the same page have",
}
GUIDE: dict[str, tuple[Callable[[Client], Any], dict[str, str]]] = {
    "Records_155__5": (_add_lead, _STATE),
    "Records_156__3": (_change_lead, _STATE),
    "Upsert_Records_158__3": (_upsert, _STATE),
    "Records_157__2": (_delete, {}),
    "List_of_Deleted_Records_162__2": (_deleted, {}),
    "Record_Clone_159__2": (_clone, {}),
    "Convert_Lead_165__2": (_convert, {}),
    "Notes_349__3": (_note, {}),
    "Notes_350__2": (
        _notes,
        {
            "*.$locked_for_me: not recorded": "in recorded rows of v8, and not in the guide",
            "*.$se_module: not recorded": "in recorded rows of v8, and not in the guide",
            "$.info.*": "the sample is cut short",
        },
    ),
    "Notes_352__2": (_delete_note, {}),
    "Blueprint_Details_348__3": (_blueprint, {}),
    "Tags_121__3": (_new_tags, {}),
    "Tags_122__3": (_change_tag, {}),
    "Create_Bulk_Read_job_367__5": (lambda client: _export(client, wait=False), {}),
    "Create_Bulk_Read_job_367__6": (
        lambda client: _export(client, wait=True),
        {"*.next_page_token: not recorded": "facts: v8 gives the token of the next page here"},
    ),
    "Search_Records_161__9": (
        _search,
        {
            "$.info.sort_*: not recorded": "a search sorts since v8, and then says how",
            "*.$locked_for_me: not recorded": "in recorded rows of v8, and not in the guide",
        },
    ),
    "Records_through_a_COQL_Query_381__9": (
        _coql("First_Name, Full_Name, Owner, Last_Name from Contacts where id is not null"),
        {},
    ),
    "Records_through_a_COQL_Query_381__13": (
        _coql("First_Name, Full_Name, Email_Opt_Out, Last_Name from Contacts where id != '0'"),
        {},
    ),
}


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not at hand")
@pytest.mark.parametrize("sample", GUIDE)
def test_a_sample_of_the_guide(start: Start, sample: str) -> None:
    ask, allowed = GUIDE[sample]
    recorded = json.loads((SAMPLES / f"{sample}.json").read_text("utf-8"))
    assert _left(recorded, ask(start(ACME)), allowed) == []


# --- documented errors ------------------------------------------------------------------------


def _without_token(client: Client) -> Any:
    client.http.headers["Authorization"] = "Zoho-oauthtoken " + _narrow_token(client)
    return client.page("Leads", fields="Company")


def _narrow_token(client: Client) -> str:
    to = client.emulator.connection
    form = {
        "grant_type": "authorization_code",
        "client_id": to.client_id,
        "client_secret": to.client_secret,
        "code": client.emulator.grant_code(["ZohoCRM.settings.ALL"]),
    }
    answer = client.http.post(f"{to.accounts_url}/oauth/v2/token", form, timeout=10)
    token: str = answer.json()["access_token"]
    return token


def _token(client: Client) -> str:
    token: str = client.page("Leads", fields="Company", per_page=1).json()["info"][
        "next_page_token"
    ]
    return token


def _expired(client: Client) -> Any:
    token = _token(client)
    client.emulator.advance(25 * 3600)
    client.refresh()
    return client.page("Leads", fields="Company", per_page=1, page_token=token)


REFUSED: dict[str, Callable[[Client], Any]] = {
    "DISCRETE_PAGINATION_LIMIT_EXCEEDED": lambda c: c.page("Leads", fields="Company", page=11),
    "LIMIT_EXCEEDED": lambda c: c.page("Leads", fields=",".join(f"F{n}" for n in range(51))),
    "EXPIRED_VALUE": _expired,
    "REQUIRED_PARAM_MISSING": lambda c: c.page("Leads"),
    "OAUTH_SCOPE_MISMATCH": _without_token,
    "NO_PERMISSION": lambda c: c.post("/DealHistory", {"data": [{"Stage": "x"}]}),
    "TOKEN_BOUND_DATA_MISMATCH": lambda c: c.page(
        "Leads", fields="City", per_page=1, page_token=_token(c)
    ),
    "INVALID_MODULE": lambda c: c.page("Nothing", fields="Company"),
}
_UNREACHED = {
    "PAGINATION_LIMIT_EXCEEDED": "100,000 records: held by test_listing with a lower limit",
    "INTERNAL_ERROR": "held by test_server with a broken view",
    "invalid_code": "of the accounts server: held by test_oauth",
}


@pytest.mark.skipif(not ERRORS.is_file(), reason="the documented errors are not at hand")
def test_every_documented_error_is_looked_at() -> None:
    bodies = [each["body"] for each in json.loads(ERRORS.read_text("utf-8"))]
    codes = {body.get("code") or body["error"] for body in bodies}
    assert codes == REFUSED.keys() | _UNREACHED.keys()


@pytest.mark.skipif(not ERRORS.is_file(), reason="the documented errors are not at hand")
@pytest.mark.parametrize("code", REFUSED)
def test_a_documented_error(start: Start, clock: Clock, code: str) -> None:
    answer = REFUSED[code](start(ACME, clock=clock))
    recorded = next(
        each for each in json.loads(ERRORS.read_text("utf-8")) if each["body"].get("code") == code
    )
    assert (answer.status_code, answer.json()["code"]) == (recorded["http"], code)
    assert list(differences(recorded["body"], answer.json())) == []

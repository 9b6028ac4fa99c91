"""zoho-crm-connector, a small client of the community, against the emulator.

It takes the address of the API as an argument.  The accounts server it takes from a table by data
centre, always by https: a subclass adds a line to the table, and a server with a certificate of its
own passes its requests on to the emulator.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
import trustme
from zoho_crm_connector import Zoho_crm
from zohohub_gen.emulator import Emulator
from zohohub_gen.emulator.faults import Fault

AMIRA = "6100000000000004001"
ACCOUNT = "6100000000000403001"
BRANDT = "6100000000000401001"


class _Accounts(BaseHTTPRequestHandler):
    """Passes what it is asked on to the accounts server of the emulator."""

    accounts_url = ""

    def do_POST(self) -> None:
        answer = requests.post(self.accounts_url + self.path, timeout=10)
        self.send_response(answer.status_code)
        self.send_header("Content-Type", answer.headers["Content-Type"])
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def accounts_host(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    trusted = tmp_path_factory.mktemp("tls") / "ca.pem"
    authority.cert_pem.write_to_path(str(trusted))
    handler = type("Accounts", (_Accounts,), {"accounts_url": emulator.connection.accounts_url})
    with (
        ThreadingHTTPServer(("127.0.0.1", 0), handler) as server,
        pytest.MonkeyPatch.context() as m,
    ):
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        m.setenv("REQUESTS_CA_BUNDLE", str(trusted))
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def token_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tokens")


@pytest.fixture(scope="module")
def zoho(emulator: Emulator, accounts_host: str, token_folder: Path) -> Iterator[Zoho_crm]:
    class Local(Zoho_crm):
        ACCOUNTS_HOST = {**Zoho_crm.ACCOUNTS_HOST, ".LOCAL": accounts_host}  # noqa: RUF012 - its own

    to = emulator.connection
    client = Local(
        to.refresh_token,
        to.client_id,
        to.client_secret,
        token_folder,
        base_url=f"{to.api_domain}/crm/v8/",
        hosting=".local",
        default_zoho_user_name="Amira Haddad",
        default_zoho_user_id=AMIRA,
    )
    yield client
    client.requests_session.close()


def _all(pages: Iterator[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return [row for page in pages for row in page]


def _insert(zoho: Zoho_crm, module: str, **values: Any) -> dict[str, Any]:
    done, found = zoho.upsert_zoho_module(module, {"data": [values]})
    assert done
    return found


def test_the_token_is_kept_in_a_file(zoho: Zoho_crm, token_folder: Path) -> None:
    assert zoho.current_token["access_token"] in (token_folder / "access_token.json").read_text()


def test_an_access_token_that_ends_is_renewed(zoho: Zoho_crm, emulator: Emulator) -> None:
    before = zoho.current_token["access_token"]
    emulator.inject(Fault("expire_token", method="GET"))
    assert zoho.get_record_by_id("Leads", BRANDT)["Last_Name"] == "Brandt"
    assert zoho.current_token["access_token"] != before


def test_names_of_fields(zoho: Zoho_crm) -> None:
    assert {"Last_Name", "Site_Visits_1", "id"} <= set(zoho.get_module_field_api_names("Leads"))


def test_pages(zoho: Zoho_crm) -> None:
    parameters = {"fields": "Last_Name", "per_page": 2}
    pages = list(zoho.yield_page_from_module("Leads", parameters=parameters))
    assert len(pages) > 1
    assert {len(page) for page in pages[:-1]} == {2}
    ids = [row["id"] for page in pages for row in page]
    assert BRANDT in ids
    assert len(ids) == len(set(ids))


def test_records_since_a_moment(zoho: Zoho_crm) -> None:
    def since(moment: datetime) -> list[str]:
        pages = zoho.yield_page_from_module(
            "Contacts", parameters={"fields": "Last_Name"}, modified_since=moment
        )
        return [row["Last_Name"] for row in _all(pages)]

    assert since(datetime(2026, 2, 1, tzinfo=UTC)) == ["Lindqvist"]
    assert since(datetime(2100, 1, 1, tzinfo=UTC)) == []


def test_search(zoho: Zoho_crm) -> None:
    found = _all(zoho.yield_page_from_module("Leads", criteria="(Last_Name:equals:Brandt)"))
    assert [row["id"] for row in found] == [BRANDT]
    assert _all(zoho.yield_page_from_module("Leads", criteria="(Last_Name:equals:Nobody)")) == []


def test_one_record(zoho: Zoho_crm) -> None:
    lead = zoho.get_record_by_id("Leads", BRANDT)
    assert lead["Interests"] == ["Photovoltaics", "Battery storage"]
    assert [row["City"] for row in lead["Site_Visits_1"]] == ["Eichenhof", "Eichenhof"]


def test_insert_update_and_delete(zoho: Zoho_crm) -> None:
    made = _insert(zoho, "Leads", Last_Name="Okafor", Email="okafor@example.com", City="Graz")
    assert (made["Full_Name"], made["City"]) == ("Okafor", "Graz")
    assert made["Owner"]["id"] == AMIRA
    done, answer = zoho.update_zoho_module("Leads", {"data": [{"id": made["id"], "City": "Linz"}]})
    assert done
    assert answer["data"][0]["message"] == "record updated"
    assert zoho.get_record_by_id("Leads", made["id"])["City"] == "Linz"
    done, answer = zoho.delete_from_module("Leads", made["id"])
    assert done
    assert answer["data"][0]["details"] == {"id": made["id"]}
    done, answer = zoho.delete_from_module("Leads", made["id"])
    assert not done
    assert answer["data"][0]["code"] == "INVALID_DATA"
    deleted = _all(zoho.yield_deleted_records_from_module("Leads", type="recycle"))
    assert made["id"] in [row["id"] for row in deleted]


def test_insert_or_update_by_criteria(zoho: Zoho_crm) -> None:
    made = _insert(zoho, "Accounts", Account_Name="Harbour & Sons")
    done, found = zoho.upsert_zoho_module(
        "Accounts",
        {"data": [{"Account_Name": "Harbour & Sons", "Phone": "+43 1 555 0100"}]},
        criteria="(Account_Name:equals:Harbour & Sons)",
    )
    assert done
    assert (found["id"], found["Phone"]) == (made["id"], "+43 1 555 0100")


def test_what_is_refused(zoho: Zoho_crm) -> None:
    done, answer = zoho.upsert_zoho_module("Leads", {"data": [{"City": "Graz"}]})
    assert not done
    assert answer["data"][0]["code"] == "MANDATORY_NOT_FOUND"
    with pytest.raises(RuntimeError, match="REQUIRED_PARAM_MISSING"):
        _all(zoho.yield_page_from_module("Leads"))
    with pytest.raises(RuntimeError, match="INVALID_MODULE"):
        zoho.get_module_field_api_names("Nothing")


def test_users(zoho: Zoho_crm) -> None:
    assert zoho.finduser_by_name("Priya Nair") == ("Priya Nair", "6100000000000004003")
    assert zoho.finduser_by_name("Nobody") == ("Amira Haddad", AMIRA)


def test_related_records(zoho: Zoho_crm) -> None:
    # It knows no `fields`, which v3 and later demand; the name of the list ends the address.
    contacts = zoho.get_related_records("Accounts", "Contacts?fields=Last_Name", ACCOUNT)
    assert contacts[0]
    assert [row["Last_Name"] for row in contacts[1]] == ["Lindqvist"]
    visits = zoho.get_related_records("Leads", "Campaigns?fields=id", BRANDT)
    assert visits == (True, None)


def test_coql(zoho: Zoho_crm) -> None:
    query = (
        "select Last_Name, Account_Name.Account_Name from Contacts where Last_Name = 'Lindqvist'"
    )
    (row,) = zoho.get_records_through_coql_query(query)
    assert row["Account_Name.Account_Name"] == "Wohnungsgenossenschaft Rosental eG"

"""The page at ``/``: what it shows, what it keeps to itself, and that text stays text."""

from __future__ import annotations

import html
import re
import shlex
from copy import deepcopy
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
import requests
from zohohub_gen.emulator import Fault, Limits
from zohohub_gen.emulator.request_log import (
    ANSWER_KEPT,
    ANSWERS_KEPT,
    EXCHANGES_KEPT,
    Answer,
    Exchange,
    RecordedRequest,
    RequestLog,
)

from . import boatyard
from .conftest import Client, Start

HOSTILE = "</td><script>alert(1)</script><img src=x onerror='x'>\"'&amp;{{ 7*7 }}"


class Document(HTMLParser):
    """What an HTML parser makes of a page: its tags, and the text beside them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.texts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self.texts.append(" ")

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return "".join(self.texts)

    @property
    def links(self) -> list[str]:
        return [attributes["href"] or "" for tag, attributes in self.tags if tag == "a"]


def fetch(client: Client, path: str, **options: Any) -> requests.Response:
    return requests.get(client.emulator.connection.api_domain + path, timeout=10, **options)


def page(client: Client, path: str) -> Document:
    answer = fetch(client, path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "text/html;charset=UTF-8"
    return Document(answer.text)


def latest(client: Client) -> str:
    """The address of the latest request's page."""
    return next(link for link in page(client, "/").links if re.fullmatch(r"/_/requests/\d+", link))


# --- the overview -----------------------------------------------------------------------------


def test_the_overview(start: Start) -> None:
    client = start(limits=Limits(credits=10, latency=0.01))
    client.add("Boats", {"Name": "Tern"}, {"Name": "Gull"})
    client.emulator.inject(Fault("status", status=503, times=3, skip=1, path="/crm/v8/Boats"))
    shown = page(client, "/")
    text = " ".join(shown.text.split())
    assert "Bright Boatyard emulator Overview Requests" in text
    assert "API credits 1 in 24 hours, 9 of 10 left" in text
    assert "Calls at a time 0 now, no limit" in text
    assert "Latency 0.01 s" in text
    assert "Faults armed 1 status 503 on any /crm/v8/Boats, 3 ×, after 1 more" in text
    assert "Boats Boats 2" in text
    assert "Contacts Contacts 0" in text
    assert "Subforms and links 2" in text
    assert "POST /crm/v8/Boats 201" in text
    assert {"/_/modules/Boats", "/_/modules/Users", "/_/modules/Repairs"} <= set(shown.links)


def test_the_lines_to_export_are_those_of_the_connection(client: Client) -> None:
    source = fetch(client, "/").text
    public, secret = (
        html.unescape(text) for text in re.findall(r"<pre[^>]*>(.*?)</pre>", source, re.S)
    )
    at = client.emulator.connection
    variables = dict(word.split("=", 1) for word in shlex.split(secret) if word != "export")
    assert variables == {
        "ZOHO_ACCOUNTS_URL": at.accounts_url,
        "ZOHO_API_DOMAIN": at.api_domain,
        "ZOHO_CLIENT_ID": at.client_id,
        "ZOHO_CLIENT_SECRET": at.client_secret,
        "ZOHO_REFRESH_TOKEN": at.refresh_token,
    }
    assert secret.startswith(public)
    opened = re.sub(r"<details>.*?</details>", "", source, flags=re.S)
    assert at.client_secret not in opened
    assert at.refresh_token not in opened


def test_it_loads_itself_again_when_asked(client: Client) -> None:
    assert "http-equiv" not in fetch(client, "/").text
    assert '<meta http-equiv="refresh" content="2">' in fetch(client, "/?refresh=2").text
    assert "http-equiv" not in fetch(client, "/?refresh=0").text
    kept = fetch(client, "/_/requests?refresh=10&method=GET").text
    assert 'content="10"' in kept
    assert "/_/requests?method=GET&amp;refresh=2" in kept


# --- modules and records ----------------------------------------------------------------------


def test_a_module_page_by_page(client: Client) -> None:
    ids = client.add("Contacts", *({"Last_Name": f"Berg {number}"} for number in range(51)))
    first = page(client, "/_/modules/Contacts")
    assert "51 records" in first.text
    assert "Page 1 of 2" in first.text
    assert f"/_/modules/Contacts/{ids[50]}" in first.links
    assert f"/_/modules/Contacts/{ids[0]}" not in first.links
    assert "/_/modules/Contacts?page=2" in first.links
    for number in ("2", "3", "999999999"):
        second = page(client, f"/_/modules/Contacts?page={number}")
        assert f"/_/modules/Contacts/{ids[0]}" in second.links
        assert "Page 2 of 2" in second.text
    for number in ("0", "-1", "x", "9" * 30, "²"):
        assert "Page 1 of 2" in page(client, f"/_/modules/Contacts?page={number}").text


def test_a_record_with_all_that_belongs_to_it(client: Client) -> None:
    captain, sailor = client.add("Contacts", {"Last_Name": "Holm"}, {"Last_Name": "Dahl"})
    (boat,) = client.add(
        "Boats",
        {
            "Name": "Tern",
            "Price": 1250.5,
            "Rigging": ["Jib", "Genoa"],
            "Captain": {"id": captain},
            "Crew": [{"Sailor": {"id": sailor}}],
            "Repairs": [{"Part": "Keel", "Cost": 80, "Mechanic": {"id": captain}}],
        },
    )
    address = f"{client.base}/Boats/{boat}/Attachments"
    uploaded = client.http.post(address, files={"file": ("plan.txt", b"12345")}, timeout=10)
    assert uploaded.status_code == 200
    shown = page(client, f"/_/modules/Boats/{boat}")
    text = " ".join(shown.text.split())
    for words in (
        "Name Name Tern text",
        "Price Price 1250.5 currency",
        "Rigging Rigging Jib , Genoa multiselectpicklist",
        "Captain Captain Holm lookup",
        "Crew Crew Dahl multiselectlookup",
        "Keel",
        "plan.txt 5 bytes",
        f"GET /crm/v8/Boats/{boat}",
    ):
        assert words in text, words
    (row,) = (link for link in shown.links if link.startswith("/_/modules/Repairs/"))
    assert shown.links.count(f"/_/modules/Contacts/{captain}") == 2
    assert f"/_/modules/Contacts/{sailor}" in shown.links
    assert f"/_/modules/Users/{client.emulator._running().user_id}" in shown.links
    assert "Keel" in page(client, row).text
    listed = page(client, "/_/modules/Boats")
    assert f"/_/modules/Contacts/{captain}" in listed.links


def test_notes_of_a_record(start: Start) -> None:
    from .test_sample_org import SAMPLE

    client = start(SAMPLE / "metadata")
    record = client.page("Leads", fields="id").json()["data"][0]["id"]
    client.post(f"/Leads/{record}/Notes", {"data": [{"Note_Title": "Keys", "Note_Content": "<b>"}]})
    shown = page(client, f"/_/modules/Leads/{record}")
    assert "Keys" in shown.text
    (note,) = (link for link in shown.links if link.startswith("/_/modules/Notes/"))
    assert "Keys" in page(client, note).text


def test_every_record_of_the_sample_has_a_page(start: Start) -> None:
    from .test_sample_org import SAMPLE

    client = start(SAMPLE / "metadata")
    todo, seen = ["/"], {"/"}
    while todo:
        for link in page(client, todo.pop()).links:
            if link not in seen and link.startswith("/_/modules/"):
                seen.add(link)
                todo.append(link)
    records = [link for link in seen if link.count("/") == 4]
    assert len(records) > 60


@pytest.mark.parametrize(
    "path",
    ["/_/modules/Nothing", "/_/modules/Boats/1", "/_/modules/Boats/x", "/_/modules/Nothing/1",
     "/_/requests/999", "/_/requests/x", "/_/elsewhere", "/_/a/b/c/d"],
)  # fmt: skip
def test_what_is_not_there(client: Client, path: str) -> None:
    answer = fetch(client, path)
    assert answer.status_code == 404
    assert "<h1>Not found</h1>" in answer.text


# --- requests ---------------------------------------------------------------------------------


def test_what_a_call_asked_and_got(client: Client) -> None:
    client.refused("Boats", {"Masts": 2, "Kind": "Sloop"})
    shown = page(client, latest(client))
    text = " ".join(shown.text.split())
    assert "POST /crm/v8/Boats 400" in text
    assert "1 API credit" in text
    assert '"Kind": "Sloop"' in text
    assert '"code": "MANDATORY_NOT_FOUND"' in text
    client.page("Boats", fields="Name,Price", per_page=3)
    text = " ".join(page(client, latest(client)).text.split())
    assert "fields Name,Price per_page 3" in text
    assert "An empty body." in text


def test_secrets_are_masked(client: Client) -> None:
    token = client.http.headers["Authorization"].split()[1]
    connection = client.emulator.connection
    shown = fetch(client, latest(client)).text
    assert "grant_type" in shown
    assert '"access_token": "***"' in html.unescape(shown)
    for secret in (token, connection.client_secret, connection.refresh_token):
        assert secret not in shown
    client.post("/Boats", {"data": [], "token": 's3cret-\\"-word', "client_secret": "hidden"})
    shown = html.unescape(fetch(client, latest(client)).text)
    assert shown.count('"***"') == 2
    assert "s3cret" not in shown
    assert 'hidden"' not in shown


def test_requests_are_filtered(client: Client) -> None:
    client.add("Boats", {"Name": "Tern"})
    client.get("/org")
    client.get("/Boats")
    client.emulator.inject(Fault("cut_before"))
    with pytest.raises(requests.ConnectionError):
        client.get("/users")

    def paths(query: str) -> list[str]:
        source = fetch(client, f"/_/requests?{query}").text
        return re.findall(r'<a href="/_/requests/\d+">(.*?)</a>', source)

    assert len(paths("")) == 5
    assert paths("method=POST") == ["/crm/v8/Boats", "/oauth/v2/token"]
    assert paths("status=4") == ["/crm/v8/Boats"]
    assert paths("status=cut") == ["/crm/v8/users"]
    assert paths("path=ORG") == ["/crm/v8/org"]
    assert paths("method=GET&status=2&path=boats") == []


def test_faults_are_told(client: Client) -> None:
    client.emulator.inject(Fault("cut_after", method="GET"))
    with pytest.raises(requests.ConnectionError):
        client.get("/org")
    text = page(client, latest(client)).text
    assert "fault: cut_after" in text
    assert "the client never saw this" in text
    client.emulator.inject(Fault("status", status=503))
    client.get("/org")
    text = " ".join(page(client, latest(client)).text.split())
    assert "503 fault: status" in text
    assert "0 API credits" in text


def test_a_composite_request_costs_its_credits(client: Client) -> None:
    part = {"method": "GET", "uri": "/crm/v8/org", "sub_request_id": "1"}
    body = {
        "rollback_on_fail": True,
        "parallel_execution": False,
        "__composite_requests": [part],
    }
    before = client.emulator.credits_used
    assert client.post("/__composite_requests", body).status_code == 200
    assert client.emulator.credits_used - before == 2
    assert "2 API credits" in page(client, latest(client)).text


def test_long_answers_and_files_are_kept_in_part(client: Client) -> None:
    client.add("Boats", *({"Name": f"Tern {number}", "Log": "x" * 2000} for number in range(100)))
    client.page("Boats", fields="Name,Log")
    text = page(client, latest(client)).text
    assert f"The first {ANSWER_KEPT:,} of " in text
    uploaded = client.http.post(f"{client.base}/files", files={"file": ("x.bin", b"\0" * 99)})
    file_id = uploaded.json()["data"][0]["details"]["id"]
    assert client.get("/files", params={"id": file_id}).content == b"\0" * 99
    text = page(client, latest(client)).text
    assert "application/octet-stream: 99 bytes." in text


def test_the_log_is_bounded() -> None:
    log = RequestLog()

    def add(size: int) -> None:
        answer = Answer("text/plain", size, b"x" * size)
        log.add(Exchange(RecordedRequest("GET", "/", {}, 200), {}, 0.0, 1.0, 0, None, answer))

    for _ in range(EXCHANGES_KEPT + 5):
        add(1)
    assert [each.number for each in log.exchanges()] == list(range(6, EXCHANGES_KEPT + 6))
    for _ in range(300):
        add(ANSWER_KEPT)
    assert sum(len(each.answer.start) for each in log.exchanges()) <= ANSWERS_KEPT
    assert len(log.all()) == EXCHANGES_KEPT + 305
    log.clear()
    assert log.exchanges() == []
    add(1)
    assert len(log.exchanges()) == 1


# --- who may look, and what is left alone -----------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/_/requests", "/_/modules/Boats", "/_/style.css"])
def test_other_host_names_are_refused(client: Client, path: str) -> None:
    for host in (
        "evil.example",
        "evil.example:80",
        "127.0.0.1.evil.example",
        "localhost@evil.example",
    ):
        answer = fetch(client, path, headers={"Host": host})
        assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN"), host
    port = client.emulator.connection.port
    assert requests.get(f"http://localhost:{port}{path}", timeout=5).status_code == 200


def test_looking_leaves_no_trace(start: Start) -> None:
    client = start(limits=Limits(credits=0, concurrency=0, latency=30))
    client.emulator.inject(Fault("status", times=99, path="/"))
    client.emulator.clear_requests()
    for path in ("/", "/_/requests", "/_/style.css", "/_/icon.svg", "/_/modules/Boats"):
        assert fetch(client, path).status_code == 200
    assert fetch(client, "/_/nothing").status_code == 404
    assert client.emulator.requests == []
    assert client.emulator.credits_used == 0


def test_text_stays_text(start: Start) -> None:
    modules, fields = deepcopy(boatyard.MODULES), deepcopy(boatyard.FIELDS)
    for module in modules:
        module["plural_label"] = HOSTILE
    for each in fields["Boats"]:
        each["field_label"] = each["display_label"] = HOSTILE
    hostile = replace(
        boatyard.snapshot(),
        modules=modules,
        fields=fields,
        org={**boatyard.ORG, "company_name": HOSTILE},
    )
    client = start(hostile)
    (captain,) = client.add("Contacts", {"Last_Name": HOSTILE})
    values = {"Log": HOSTILE, "Captain": {"id": captain}, "Repairs": [{"Part": HOSTILE[:20]}]}
    (boat,) = client.add("Boats", {"Name": HOSTILE[:50], **values})
    client.get(f"/{HOSTILE.replace('/', '')}", params={HOSTILE: HOSTILE})
    for path in (
        "/",
        "/_/modules/Boats",
        f"/_/modules/Boats/{boat}",
        f"/_/modules/Contacts/{captain}",
        "/_/requests",
        latest(client),
        f"/_/requests?path={HOSTILE}",
    ):
        answer = fetch(client, path)
        document = Document(answer.text)
        assert {"script", "img"}.isdisjoint(tag for tag, _ in document.tags), path
        assert not any(name.startswith("on") for _, names in document.tags for name in names)
        assert HOSTILE in document.text
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'self';")
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"

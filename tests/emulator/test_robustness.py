"""Nothing that a client sends breaks the server, and threads do not get in each other's way."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from zohohub_gen.emulator import Emulator
from zohohub_gen.emulator.store import Store

from .boatyard import FIELDS, snapshot
from .conftest import Client

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "name", "_delete", "module", "Sailor", "Part", "File_Id__s", "x"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
NAMES = st.sampled_from([field["api_name"] for field in FIELDS["Boats"]]) | st.sampled_from(
    ["$append_values", "$se_module", "_delete", "", "'", '"', "x.y"]
)
WORDS = (
    *("select", "Name", ",", "from", "Boats", "where", "id", "is not null", "=", "(", ")", "and"),
    *("or", "in", "like", "'%x%'", "1", ".", ";", "COUNT(id)", "as", "n", "group by", "order by"),
    *("limit", "2", "between", "'x'", "*", "--", "/*", '"', "Owner.id", "->", "#"),
)
QUIET = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def shared() -> Iterator[Client]:
    with Emulator(snapshot()) as emulator:
        client = Client(emulator)
        client.add("Boats", {"Name": "Otter", "Repairs": [{"Part": "Keel"}]})
        yield client
        client.http.close()


def answered(answer: requests.Response) -> None:
    assert answer.status_code in (200, 201, 204, 207, 400), answer.text


@QUIET
@given(st.dictionaries(NAMES, JSON, max_size=5))
@example({"Name": "x", "Price": 1e308})
@example({"Name": "x", "Tag": [{"name": ""}]})
@example({"Name": "x", "Repairs": [{"Part": "y", "Parent_Id": {"id": "1"}}]})
def test_any_record(shared: Client, record: dict[str, Any]) -> None:
    listed = shared.page("Boats", fields="id", sort_order="asc", per_page=1).json()["data"]
    for body in ({"data": [record]}, {"data": [{"Name": "x", **record}]}):
        answered(shared.post("/Boats", body))
        answered(shared.post("/Boats/upsert", body))
        answered(shared.put(f"/Boats/{listed[0]['id']}", body))
    answered(shared.page("Boats", fields=",".join(f["api_name"] for f in FIELDS["Boats"])))
    answered(shared.get(f"/Boats/{listed[0]['id']}"))


@QUIET
@given(JSON)
def test_any_body(shared: Client, body: Any) -> None:
    for path in ("/Boats", "/Boats/upsert", "/coql"):
        answered(shared.post(path, body))
    answered(shared.post("/coql", {"select_query": body}))
    answered(shared.post("/Boats/upsert", {"data": [{}], "duplicate_check_fields": body}))


@QUIET
@given(
    st.text(alphabet="()\\:,andor Name12equals_invabtw☃'", max_size=40)
    | st.text(alphabet="Na🛶\\,'%_;", max_size=10).map("(Name:equals:{})".format)
)
def test_any_criteria(shared: Client, criteria: str) -> None:
    answered(shared.get("/Boats/search", params={"criteria": criteria}))
    answered(shared.get("/Boats/actions/count", params={"criteria": criteria}))


@QUIET
@given(
    st.text(max_size=40)
    | st.lists(
        st.sampled_from(WORDS),
        max_size=14,
    ).map(" ".join)
)
def test_any_query(shared: Client, query: str) -> None:
    answered(shared.coql(query))


@QUIET
@given(
    st.dictionaries(
        st.sampled_from(["fields", "ids", "page", "per_page", "page_token", "sort_by", "type"]),
        st.text(max_size=12) | st.sampled_from(["id", "1", "200", "Created_Time"]),
        max_size=4,
    )
)
def test_any_parameters(shared: Client, parameters: dict[str, str]) -> None:
    for path in ("/Boats", "/Boats/search", "/users", "/settings/fields", "/Boats/1"):
        answered(shared.get(path, params=parameters))


def test_threads_write_and_read_at_once(client: Client) -> None:
    def work(worker: int) -> None:
        with requests.Session() as http:
            http.headers["Authorization"] = client.http.headers["Authorization"]
            for number in range(10):
                rows = [{"Last_Name": f"{worker}-{number}-{row}"} for row in range(10)]
                answer = http.post(f"{client.base}/Contacts", json={"data": rows}, timeout=10)
                assert answer.status_code == 201
                listed = http.get(f"{client.base}/Contacts", params={"fields": "id"}, timeout=10)
                assert listed.status_code == 200

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert client.get("/Contacts/actions/count").json() == {"count": 800}
    answer = client.coql("select COUNT(id) from Contacts where id is not null")
    assert answer.json()["data"] == [{"COUNT(id)": 800}]


def test_a_unique_value_is_given_out_once(client: Client) -> None:
    def claim(_: int) -> int:
        body = {"data": [{"Name": "x", "Hull_Number": "NO-1"}]}
        headers = {"Authorization": str(client.http.headers["Authorization"])}
        return requests.post(
            f"{client.base}/Boats", json=body, headers=headers, timeout=10
        ).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(claim, range(16)))
    assert statuses == [201] + [400] * 15


def test_a_failed_request_leaves_nothing_behind(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = Store.put
    calls = iter(range(100))

    def breaks(*arguments: Any) -> None:
        if next(calls) == 2:
            raise OSError("disk full")
        put(*arguments)

    monkeypatch.setattr(Store, "put", breaks)
    rows = [{"Last_Name": name} for name in "abcd"]
    assert client.post("/Contacts", {"data": rows}).status_code == 500
    monkeypatch.undo()
    assert client.page("Contacts", fields="id").status_code == 204
    assert len(client.add("Contacts", *rows)) == 4

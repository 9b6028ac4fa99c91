"""GET /{module}: fields, pages, tokens, sorting, conditional requests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from zohohub_gen.emulator.store import Store

from .conftest import Client, Clock, Start


def fill(folder: Path, count: int) -> Path:
    """A folder with that many contacts; ids and times count up."""
    first = datetime(2026, 2, 1, tzinfo=timezone(timedelta(hours=1)))
    rows = [
        {
            "id": str(9_000_000_000_000_000_001 + number),
            "Last_Name": f"Sailor {number}",
            "Created_Time": f"2026-01-{1 + number % 28:02}T08:00:00+01:00",
            "Modified_Time": (first + timedelta(seconds=number)).isoformat(),
        }
        for number in range(count)
    ]
    (folder / "Contacts.json").write_text(json.dumps({"data": rows}))
    return folder


def pages(client: Client, **parameters: Any) -> Iterator[dict[str, Any]]:
    """Every page of contacts, by token."""
    token = None
    while True:
        more: dict[str, str] = {"page_token": token} if token else {}
        answer = client.page("Contacts", fields="Last_Name", **parameters, **more)
        if answer.status_code == 204:
            return
        assert answer.status_code == 200, answer.text
        yield answer.json()
        if not answer.json()["info"]["more_records"]:
            return
        token = answer.json()["info"]["next_page_token"]


def error(client: Client, **parameters: Any) -> tuple[int, str, dict[str, Any]]:
    answer = client.page("Contacts", **parameters)
    body = answer.json()
    assert set(body) == {"code", "details", "message", "status"}
    return answer.status_code, body["code"], body["details"]


@pytest.mark.parametrize("count", [0, 1, 199, 200, 201, 2000, 2001])
def test_all_records_come_once_whatever_their_number(
    start: Start, tmp_path: Path, count: int
) -> None:
    client = start(records=fill(tmp_path, count))
    found = list(pages(client))
    names = [row["Last_Name"] for page in found for row in page["data"]]
    assert names == [f"Sailor {number}" for number in reversed(range(count))]
    assert len(found) == -(-count // 200)
    assert [page["info"]["page"] for page in found] == list(range(1, len(found) + 1))
    assert client.get("/Contacts/actions/count").json() == {"count": count}


def test_the_info_block(start: Start, tmp_path: Path) -> None:
    client = start(records=fill(tmp_path, 3))
    info = client.page("Contacts", fields="id", per_page=2).json()["info"]
    assert info.pop("next_page_token")
    assert info.pop("page_token_expiry")
    assert info == {
        "call": False,
        "email": False,
        "per_page": 2,
        "count": 2,
        "page": 1,
        "sort_by": "id",
        "sort_order": "desc",
        "more_records": True,
        "previous_page_token": None,
    }
    last = client.page("Contacts", fields="id", per_page=2, page=2).json()["info"]
    assert (last["count"], last["more_records"], last["next_page_token"]) == (1, False, None)
    assert last["previous_page_token"]


def test_no_records_and_no_body(client: Client) -> None:
    answer = client.page("Contacts", fields="id")
    assert (answer.status_code, answer.content) == (204, b"")
    assert "Content-Type" not in answer.headers
    assert client.page("Contacts", fields="id", page=3).status_code == 204


def test_only_the_fields_asked_for(client: Client) -> None:
    (sailor,) = client.add("Contacts", {"Last_Name": "Berg", "Email": "berg@example.com"})
    (boat,) = client.add(
        "Boats",
        {
            "Name": "Otter",
            "Captain": {"id": sailor},
            "Crew": [{"Sailor": {"id": sailor}}],
            "Repairs": [{"Part": "Keel"}],
            "Story": "x" * 700,
        },
    )
    (row,) = client.page("Boats", fields="Name,Captain,Crew,Repairs,Story,Nothing").json()["data"]
    assert row.pop("$locked_for_me") is False
    assert row == {
        "id": boat,
        "Name": "Otter",
        "Captain": {"name": "Berg", "id": sailor},
        "Crew": None,
        "Repairs": None,
        "Story": "x" * 500,
    }
    assert len(client.one("Boats", boat)["Story"]) == 700


def test_fields_are_mandatory_and_at_most_50(client: Client) -> None:
    assert error(client) == (400, "REQUIRED_PARAM_MISSING", {"param_name": "fields"})
    assert error(client, fields=",") == (400, "REQUIRED_PARAM_MISSING", {"param_name": "fields"})
    too_many = ",".join(f"F{number}" for number in range(51))
    assert error(client, fields=too_many) == (
        400,
        "LIMIT_EXCEEDED",
        {"limit": 50, "param_name": "fields"},
    )


@pytest.mark.parametrize(
    ("parameters", "code", "param"),
    [
        ({"page": "0"}, "INVALID_DATA", "page"),
        ({"page": "x"}, "INVALID_DATA", "page"),
        ({"page": "-1"}, "INVALID_DATA", "page"),
        ({"page": "٣"}, "INVALID_DATA", "page"),
        ({"per_page": "0"}, "INVALID_DATA", "per_page"),
        ({"per_page": "201"}, "LIMIT_EXCEEDED", "per_page"),
        ({"sort_by": "Last_Name"}, "INVALID_DATA", "sort_by"),
        ({"sort_order": "up"}, "INVALID_DATA", "sort_order"),
        ({"ids": "1,x"}, "INVALID_DATA", "ids"),
        ({"ids": ",".join("1" * 101)}, "LIMIT_EXCEEDED", "ids"),
        ({"cvid": "1"}, "INVALID_DATA", "cvid"),
        ({"page_token": "x", "page": "1"}, "AMBIGUITY_DURING_PROCESSING", None),
        ({"page_token": "x"}, "TOKEN_BOUND_DATA_MISMATCH", "page_token"),
        ({"page_token": ""}, "TOKEN_BOUND_DATA_MISMATCH", "page_token"),
        ({"page_token": "é" * 90}, "TOKEN_BOUND_DATA_MISMATCH", "page_token"),
        ({"page_token": "A" * 90}, "TOKEN_BOUND_DATA_MISMATCH", "page_token"),
    ],
)
def test_wrong_parameters(
    client: Client, parameters: dict[str, str], code: str, param: str | None
) -> None:
    status, found, details = error(client, fields="id", **parameters)
    assert (status, found, details.get("param_name")) == (400, code, param)


def test_pages_by_number_end_at_2000(start: Start, tmp_path: Path) -> None:
    client = start(records=fill(tmp_path, 2001))
    assert client.page("Contacts", fields="id", page=10).json()["info"]["more_records"] is True
    assert error(client, fields="id", page=11) == (
        400,
        "DISCRETE_PAGINATION_LIMIT_EXCEEDED",
        {"limit": 2000},
    )
    assert error(client, fields="id", page=21, per_page=100)[1].startswith("DISCRETE")
    token = client.page("Contacts", fields="id", page=10).json()["info"]["next_page_token"]
    last = client.page("Contacts", fields="id", page_token=token).json()
    assert (len(last["data"]), last["info"]["page"]) == (1, 11)


def test_a_token_is_bound_to_the_other_parameters(start: Start, tmp_path: Path) -> None:
    client = start(records=fill(tmp_path, 5))

    def first(**parameters: Any) -> str:
        return str(client.page("Contacts", **parameters).json()["info"]["next_page_token"])

    token = first(fields="id", per_page=2)
    assert client.page("Contacts", fields="id", per_page=2, page_token=token).status_code == 200
    for changed in (
        {"fields": "id,Last_Name", "per_page": 2},
        {"fields": "id", "per_page": 3},
        {"fields": "id"},
        {"fields": "id", "per_page": 2, "sort_order": "asc"},
    ):
        status, code, _ = error(client, page_token=token, **changed)
        assert (status, code) == (400, "TOKEN_BOUND_DATA_MISMATCH"), changed
    other = client.page("Boats", fields="id", per_page=2, page_token=token)
    assert other.json()["code"] == "TOKEN_BOUND_DATA_MISMATCH"
    damaged = token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1]
    assert error(client, fields="id", per_page=2, page_token=damaged)[1].startswith("TOKEN")


def test_a_token_lives_24_hours(start: Start, clock: Clock, tmp_path: Path) -> None:
    client = start(records=fill(tmp_path, 3), clock=clock)
    info = client.page("Contacts", fields="id", per_page=2).json()["info"]
    clock.now += 24 * 3600 - 1
    client.refresh()
    follow = {"fields": "id", "per_page": 2, "page_token": info["next_page_token"]}
    assert client.page("Contacts", **follow).status_code == 200
    clock.now += 1
    assert error(client, **follow)[:2] == (400, "EXPIRED_VALUE")


def test_a_token_leads_back_too(start: Start, tmp_path: Path) -> None:
    client = start(records=fill(tmp_path, 7))
    found = list(pages(client, per_page=3))
    back = found[2]["info"]["previous_page_token"]
    second = client.page("Contacts", fields="Last_Name", per_page=3, page_token=back).json()
    assert second["data"] == found[1]["data"]
    assert second["info"]["page"] == 2
    again = second["info"]["previous_page_token"]
    first = client.page("Contacts", fields="Last_Name", per_page=3, page_token=again).json()
    assert first["data"] == found[0]["data"]
    assert first["info"]["previous_page_token"] is None


def test_pages_stay_whole_while_records_come_and_go(start: Start, tmp_path: Path) -> None:
    client = start(records=fill(tmp_path, 6))
    page = client.page("Contacts", fields="Last_Name", per_page=3).json()
    client.delete(f"/Contacts/{page['data'][0]['id']}")
    client.add("Contacts", {"Last_Name": "Late"})
    token = page["info"]["next_page_token"]
    rest = client.page("Contacts", fields="Last_Name", per_page=3, page_token=token).json()
    assert [row["Last_Name"] for row in rest["data"]] == ["Sailor 2", "Sailor 1", "Sailor 0"]


@pytest.mark.parametrize("sort_by", ["id", "Created_Time", "Modified_Time"])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_sorting_and_paging_agree(start: Start, tmp_path: Path, sort_by: str, order: str) -> None:
    client = start(records=fill(tmp_path, 90))
    whole = client.page("Contacts", fields=f"id,{sort_by}", sort_by=sort_by, sort_order=order)
    rows = [(row[sort_by], row["id"]) for row in whole.json()["data"]]
    assert rows == sorted(rows, reverse=order == "desc")
    paged = [
        row["id"]
        for page in pages(client, per_page=7, sort_by=sort_by, sort_order=order)
        for row in page["data"]
    ]
    assert paged == [record_id for _, record_id in rows]


def test_ids_pick_records(start: Start, tmp_path: Path) -> None:
    client = start(records=fill(tmp_path, 5))
    all_ids = [row["id"] for row in client.page("Contacts", fields="id").json()["data"]]
    wanted = ",".join([all_ids[1], all_ids[3], "5"])
    rows = client.page("Contacts", fields="id", ids=wanted).json()["data"]
    assert [row["id"] for row in rows] == [all_ids[1], all_ids[3]]


def test_only_what_changed_since(start: Start, tmp_path: Path) -> None:
    client = start(records=fill(tmp_path, 10))

    def since(text: str, path: str = "/Contacts") -> Any:
        return client.get(path, params={"fields": "Last_Name"}, headers={"If-Modified-Since": text})

    some = since("2026-02-01T00:00:07+01:00")
    assert [row["Last_Name"] for row in some.json()["data"]] == ["Sailor 9", "Sailor 8", "Sailor 7"]
    nothing = since("2026-02-01T00:00:10+01:00")
    assert (nothing.status_code, nothing.content) == (304, b"")
    one = f"/Contacts/{some.json()['data'][0]['id']}"
    assert since("2026-02-01T00:00:09+01:00", one).status_code == 200
    assert since("2026-02-01T00:00:10+01:00", one).status_code == 304


def test_ids_of_19_digits_keep_their_order(start: Start, tmp_path: Path) -> None:
    rows = [{"id": number, "Last_Name": number} for number in ("9", "10", "18446744073709551615")]
    (tmp_path / "Contacts.json").write_text(json.dumps({"data": rows}))
    client = start(records=tmp_path)
    listed = client.page("Contacts", fields="id", sort_order="asc").json()["data"]
    assert [row["id"] for row in listed] == ["9", "10", "18446744073709551615"]


@pytest.mark.parametrize(
    ("module", "status", "code"),
    [
        ("contacts", 400, "INVALID_MODULE"),
        ("8000000000000001", 400, "INVALID_MODULE"),
        ("Users", 400, "INVALID_MODULE"),
        ("Reports", 400, "INVALID_MODULE"),
        ("Ledgers", 400, "INVALID_MODULE"),
        ("'; DROP TABLE record;--", 400, "INVALID_MODULE"),
    ],
)
def test_modules_without_records(client: Client, module: str, status: int, code: str) -> None:
    answer = client.page(module, fields="id")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["details"] == {"resource_path_index": 0}


def test_page_50_costs_what_page_1_costs() -> None:
    """By the plan of the query, which a slow machine does not change."""
    with closing(Store(1)) as store:
        _check_plans(store)


def _check_plans(store: Store) -> None:
    plan = store.select(
        "EXPLAIN QUERY PLAN SELECT 0, key, data FROM record WHERE module = ? AND key < ?"
        " ORDER BY key DESC LIMIT ? OFFSET ?",
        ["Contacts", "5", 200, 0],
    )
    assert "SEARCH record USING INDEX" in plan[0][3]
    assert "key<?" in plan[0][3]
    assert len(plan) == 1  # no sorting step
    plan = store.select(
        "EXPLAIN QUERY PLAN SELECT modified, key, data FROM record WHERE module = ?"
        " AND (modified, key) < (?, ?) ORDER BY modified DESC, key DESC LIMIT ? OFFSET ?",
        ["Contacts", 1, "5", 200, 0],
    )
    assert "USING INDEX record_modified" in plan[0][3]
    assert len(plan) == 1

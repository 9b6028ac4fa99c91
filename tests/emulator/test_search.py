"""GET /{module}/search and /{module}/actions/count."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from .conftest import Client, Start

BOATS: list[dict[str, Any]] = [
    {
        "Name": "Sea Otter",
        "Kind": "Sloop",
        "Rigging": ["Jib", "Genoa"],
        "Price": 1000,
        "Masts": 1,
        "Afloat": True,
        "Launched": "1998-05-17",
        "Last_Seen": "2026-05-14T10:00:00+00:00",
        "Serial": "90071992547409931",
        "Website": "https://otter.example.com/a",
        "Log": "Painted blue in spring",
    },
    {
        "Name": "Otter",
        "Kind": "Ketch",
        "Rigging": ["Jib"],
        "Price": 2500.5,
        "Masts": 2,
        "Launched": "2004-01-01",
        "Last_Seen": "2026-05-14T12:00:01+02:00",
        "Serial": "90071992547409932",
    },
    {"Name": "Auk (old), or\\so", "Kind": "Øre", "Price": -5},
]


@pytest.fixture
def client(start: Start) -> Client:
    client = start()
    client.add("Boats", *BOATS)
    return client


def search(client: Client, module: str = "Boats", **parameters: Any) -> requests.Response:
    return client.get(f"/{module}/search", params=parameters)


def names(client: Client, criteria: str) -> list[str]:
    answer = search(client, criteria=criteria, fields="Name", sort_order="asc")
    if answer.status_code == 204:
        return []
    assert answer.status_code == 200, answer.text
    return [row["Name"] for row in answer.json()["data"]]


SEA, OTTER, AUK = (boat["Name"] for boat in BOATS)


@pytest.mark.parametrize(
    ("criteria", "found"),
    [
        # equals of text takes whole words, as Zoho's index does
        ("(Name:equals:otter)", [SEA, OTTER]),
        ("(Name:equals:Sea Otter)", [SEA]),
        ("(Name:equals:Ott)", []),
        ("(Name:not_equal:Otter)", [SEA, AUK]),
        ("(Name:starts_with:sea)", [SEA]),
        ("(Name:starts_with:%)", []),
        ("(Name:starts_with:_)", []),
        ("(Name:in:Otter,Sea Otter)", [SEA, OTTER]),
        ("(Name:equals:Auk \\(old\\)\\, or\\\\so)", [AUK]),
        ("(Name:in:Auk \\(old\\)\\, or\\\\so,Otter)", [OTTER, AUK]),
        ("(Log:equals:blue)", [SEA]),
        ("(Website:equals:https://otter.example.com/a)", [SEA]),
        ("(Website:equals:otter)", []),
        ("(Kind:equals:øre)", [AUK]),
        ("(Kind:in:Sloop,Ketch)", [SEA, OTTER]),
        ("(Rigging:equals:Jib)", [SEA, OTTER]),
        ("(Rigging:equals:Genoa)", [SEA]),
        ("(Rigging:in:Genoa,Spinnaker)", [SEA]),
        ("(Rigging:starts_with:Jib;Gen)", [SEA]),
        ("(Price:equals:2500.5)", [OTTER]),
        ("(Price:greater_than:1000)", [OTTER]),
        ("(Price:greater_equal:1000)", [SEA, OTTER]),
        ("(Price:less_than:0)", [AUK]),
        ("(Price:less_equal:-5)", [AUK]),
        ("(Price:between:0,2000)", [SEA]),
        ("(Price:in:-5,1000)", [SEA, AUK]),
        ("(Masts:not_equal:1)", [OTTER]),
        ("(Serial:greater_than:90071992547409931)", [OTTER]),
        ("(Afloat:equals:true)", [SEA]),
        ("(Afloat:not_equal:true)", [OTTER, AUK]),
        ("(Launched:between:1998-05-17,2003-12-31)", [SEA]),
        ("(Launched:greater_than:1998-05-17)", [OTTER]),
        # 12:00:01+02:00 is later than 10:00:00+00:00 by one second
        ("(Last_Seen:greater_than:2026-05-14T10:00:00+00:00)", [OTTER]),
        ("(Last_Seen:equals:2026-05-14T10:00:00+00:00)", [SEA]),
        ("(Created_Time:greater_than:2000-01-01T00:00:00+00:00)", [SEA, OTTER, AUK]),
        # joined
        ("((Kind:equals:Sloop)or(Kind:equals:Ketch))", [SEA, OTTER]),
        ("((Price:greater_than:0)and(Masts:equals:2))", [OTTER]),
        ("(Price:greater_than:0)and(Masts:equals:2)", [OTTER]),
        ("((Price:less_than:0)or((Price:greater_than:0)and(Masts:equals:2)))", [OTTER, AUK]),
        ("(((Price:less_than:0)or(Price:greater_than:0))and(Masts:equals:2))", [OTTER]),
        (" ( (Price:greater_than:0) AND (Masts:equals:2) ) ", [OTTER]),
        # hostile
        ("(Name:equals:x' OR 1=1 --)", []),
        ("(Name:starts_with:' OR ''=')", []),
    ],
)
def test_criteria(client: Client, criteria: str, found: list[str]) -> None:
    assert names(client, criteria) == found


def test_lookups_are_compared_by_id(client: Client) -> None:
    (sailor,) = client.add("Contacts", {"Last_Name": "Berg"})
    (boat,) = client.add("Boats", {"Name": "Tern", "Captain": {"id": sailor}})
    assert names(client, f"(Captain:equals:{sailor})") == ["Tern"]
    assert names(client, f"(Captain.id:in:{sailor},12)") == ["Tern"]
    assert names(client, f"(id:equals:{boat})") == ["Tern"]
    owner = client.one("Boats", boat)["Owner"]["id"]
    assert len(names(client, f"(Owner:equals:{owner})")) == 4


@pytest.mark.parametrize(
    ("criteria", "reason"),
    [
        ("", None),
        ("Name:equals:x", "( is missing"),
        ("(Name:equals:x", ") is missing"),
        ("(Name:equals:x))", "unexpected text"),
        ("(Name:equals:(x))", ") is missing"),
        ("(Name:equals)", ": is missing"),
        ("(Name)", ": is missing"),
        ("()", "a name is missing"),
        ("((Name:equals:x)xor(Name:equals:y))", ") is missing"),
        ("((Name:equals:x)and)", "( is missing"),
        ("(Nothing:equals:x)", "the field is not available"),
        ("(Repairs:equals:x)", "the field is not available"),
        ("(Name:greater_than:x)", "the operator does not fit"),
        ("(Afloat:in:true)", "the operator does not fit"),
        ("(Kind:starts_with:Sl)", "the operator does not fit"),
        ("(Log:in:blue,red)", "the operator does not fit"),
        ("(Price:equals:x)", "the value is not a number"),
        ("(Price:between:1)", "between takes two values"),
        ("(Afloat:equals:1)", "the value is not true or false"),
        ("(Launched:equals:May)", "the value is not a date"),
        ("(Last_Seen:equals:2026-05-14)", "the value is not a moment"),
        ("(Captain:equals:Berg)", "the value is not an id"),
        ("(" * 3000, "nested too deeply"),
    ],
)
def test_wrong_criteria(client: Client, criteria: str, reason: str | None) -> None:
    answer = search(client, criteria=criteria)
    assert answer.status_code == 400
    if reason is None:
        assert answer.json()["code"] == "EXPECTED_PARAM_MISSING"
    else:
        assert answer.json()["code"] == "INVALID_QUERY"
        assert reason in answer.json()["details"]["reason"]


def test_at_most_15_conditions_and_100_values(client: Client) -> None:
    def joined(count: int) -> str:
        return f"({'or'.join(['(Masts:equals:1)'] * count)})"

    assert names(client, joined(15)) == [SEA]
    answer = search(client, criteria=joined(16))
    assert answer.json()["code"] == "CRITERIA_LIMIT_EXCEEDED"
    assert answer.json()["details"] == {"max_limit": 15}
    many = ",".join(str(number) for number in range(101))
    assert search(client, criteria=f"(Masts:in:{many})").json()["code"] == "LIMIT_EXCEEDED"


def test_email_phone_and_word(client: Client) -> None:
    client.add(
        "Contacts",
        {"Last_Name": "Berg", "Email": "berg@example.com", "Phone": "+47 22 33 44"},
        {"Last_Name": "Dal Berg", "Email": "dal@example.com"},
    )

    def last_names(**term: str) -> list[str]:
        answer = search(client, "Contacts", fields="Last_Name", sort_order="asc", **term)
        return [row["Last_Name"] for row in answer.json()["data"]] if answer.content else []

    assert last_names(email="BERG@example.com") == ["Berg"]
    assert last_names(email="berg") == []
    assert last_names(phone="+47-22-33-44") == ["Berg"]
    assert last_names(word="berg") == ["Berg", "Dal Berg"]
    assert last_names(word="nobody") == []
    # criteria win over email, email over phone, phone over word
    assert last_names(email="dal@example.com", word="nobody") == ["Dal Berg"]
    assert last_names(criteria="(Last_Name:equals:Dal)", email="no@example.com") == ["Dal Berg"]
    assert search(client, "Contacts", word="b").json()["code"] == "INVALID_DATA"


def test_a_found_record_is_whole_without_fields(client: Client) -> None:
    (row,) = search(client, criteria="(Name:starts_with:Sea)").json()["data"]
    assert row["Kind"] == "Sloop"
    assert row["Owner"]["name"] == "Emulator Admin"
    assert row["$approved"] is True
    assert row["Repairs"] is None


def test_pages_of_a_search(client: Client) -> None:
    first = search(client, criteria="(Name:not_equal:x)", fields="Name", per_page=2).json()
    assert [row["Name"] for row in first["data"]] == [AUK, OTTER]
    assert first["info"]["more_records"] is True
    second = search(client, criteria="(Name:not_equal:x)", fields="Name", per_page=2, page=2)
    assert [row["Name"] for row in second.json()["data"]] == [SEA]
    assert second.json()["info"]["more_records"] is False
    over = search(client, criteria="(Name:not_equal:x)", page=11)
    assert over.json()["code"] == "LIMIT_REACHED"
    assert over.json()["details"] == {"limit": 2000}
    by_price = search(client, word="otter", sort_by="Price", sort_order="asc", fields="Price")
    assert [row["Price"] for row in by_price.json()["data"]] == [1000, 2500.5]
    assert search(client, word="otter", sort_by="Repairs").status_code == 400


def test_nothing_found_has_no_body(client: Client) -> None:
    answer = search(client, criteria="(Name:equals:nobody)")
    assert (answer.status_code, answer.content) == (204, b"")


def test_a_search_for_nothing(client: Client) -> None:
    answer = search(client)
    assert (answer.status_code, answer.json()["code"]) == (400, "EXPECTED_PARAM_MISSING")
    assert "criteria" in answer.json()["details"]["param_names"]


def test_counts(client: Client) -> None:
    def count(**parameters: str) -> Any:
        return client.get("/Boats/actions/count", params=parameters).json()

    assert count() == {"count": 3}
    assert count(criteria="(Name:equals:otter)") == {"count": 2}
    assert count(word="nobody") == {"count": 0}
    assert count(criteria="(Nothing:equals:otter)")["code"] == "INVALID_QUERY"
    assert count(cvid="12")["code"] == "INVALID_DATA"

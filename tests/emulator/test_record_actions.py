"""Photos, mass updates, views: refusals and shapes; the tests of the runtime do the rest."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Client


@pytest.fixture
def module(client: Client) -> str:
    answer = client.get("/settings/modules")
    names = [each["api_name"] for each in answer.json()["modules"] if each["creatable"]]
    return str(names[0])


def code(answer: Any) -> tuple[int, str]:
    body = answer.json()
    return answer.status_code, body.get("code") or body["data"][0]["code"]


def test_refusals(client: Client, module: str) -> None:
    update = f"/{module}/actions/mass_update"
    owner = f"/{module}/actions/change_owner"
    assert code(client.get(f"/{module}/deleted", params={"type": "x"})) == (
        400,
        "PATTERN_NOT_MATCHED",
    )
    assert code(client.post(update, {"data": [{}]})) == (400, "MANDATORY_NOT_FOUND")
    assert code(client.post(update, {"data": [{}], "ids": ["1"] * 501})) == (400, "LIMIT_EXCEEDED")
    assert code(client.post(update, {"data": [5], "ids": ["1"]})) == (400, "INVALID_DATA")
    assert code(client.post(update, {"data": [{}], "cvid": "1"})) == (400, "INVALID_DATA")
    assert code(client.post(update, {"data": [{}], "ids": ["1"]})) == (400, "INVALID_DATA")
    assert code(client.get(update, params={"job_id": "1"})) == (400, "INVALID_DATA")
    assert code(client.post(owner, {"ids": ["1"]})) == (400, "MANDATORY_NOT_FOUND")
    assert code(client.post(f"/{module}/1/actions/clone", {"data": [{}]})) == (400, "INVALID_DATA")
    assert code(client.get(f"/{module}/1/photo")) == (400, "INVALID_DATA")
    assert code(client.page(module, fields="id", cvid="1")) == (400, "INVALID_DATA")
    assert code(client.get("/settings/custom_views")) == (400, "REQUIRED_PARAM_MISSING")


def test_photos_are_images_of_at_most_10_mb(client: Client) -> None:
    (boat,) = client.add("Boats", {"Name": "Ada"})
    url = f"{client.base}/Boats/{boat}/photo"

    def send(content: bytes) -> Any:
        return client.http.post(url, files={"file": ("photo.png", content)}, timeout=10)

    assert code(send(b"text")) == (400, "INVALID_FILE_FORMAT")
    large = b"\x89PNG" + bytes(10 * 1024 * 1024)
    assert code(send(large)) == (415, "FILE_SIZE_MORE_THAN_ALLOWED_SIZE")
    assert send(b"\x89PNG....").json()["message"] == "photo uploaded successfully"
    answer = client.get(f"/Boats/{boat}/photo")
    assert (answer.content, answer.headers["Content-Type"]) == (b"\x89PNG....", "image/png")
    assert client.delete(f"/Boats/{boat}/photo").json()["message"] == "Photo deleted"
    assert client.get(f"/Boats/{boat}/photo").status_code == 204


def test_a_clone_needs_no_body(client: Client) -> None:
    (boat,) = client.add("Boats", {"Name": "Ada"})
    answer = client.post(f"/Boats/{boat}/actions/clone", None)
    assert answer.status_code == 201, answer.text
    copy = answer.json()["data"][0]["details"]["id"]
    assert copy != boat
    assert client.one("Boats", copy)["Name"] == "Ada"

"""What outlives a restart, or a kill, when the emulator keeps a file."""

from __future__ import annotations

import io
import json
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import requests
from zohohub_gen.diagnostics import GeneratorError
from zohohub_gen.emulator import Emulator, Fault

from .boatyard import snapshot
from .conftest import Client, Start, token_form

ACME = Path(__file__).parents[1] / "cases" / "acme" / "metadata"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


def test_everything_that_the_org_knows_outlives_a_restart(start: Start, tmp_path: Path) -> None:
    database = tmp_path / "org.sqlite"
    first = start(ACME, database=database)
    before = first.emulator.connection
    (kept, gone) = first.add("Leads", {"Last_Name": "Berg"}, {"Last_Name": "Gone"})
    first.delete(f"/Leads/{gone}")
    photo = first.http.post(f"{first.base}/Leads/{kept}/photo", files={"file": ("p.png", PNG)})
    assert photo.status_code == 200
    upload = first.http.post(f"{first.base}/files", files={"file": ("a.txt", b"hello")}).json()
    file_id = upload["data"][0]["details"]["id"]
    first.post(f"/Leads/{kept}/Notes", {"data": [{"Note_Content": "Key box"}]})
    tags = {"tags": [{"name": "hot"}], "ids": [kept]}
    assert first.post("/Leads/actions/add_tags", tags).status_code == 200
    channel = {
        "channel_id": "77",
        "events": ["Leads.create"],
        "notify_url": "http://127.0.0.1:9/",
        "token": "t",
    }
    assert first.post("/actions/watch", {"watch": [channel]}).status_code == 201
    job = _bulk_read(first)
    mass = first.post(
        "/Leads/actions/mass_update", {"data": [{"City": "Graz"}], "cvid": _view(first)}
    )
    mass_id = mass.json()["data"][0]["details"]["job_id"]
    page = first.page("Leads", fields="id", per_page="1").json()["info"]["next_page_token"]
    code = first.emulator.grant_code()
    authorization = first.http.headers["Authorization"]
    first.emulator.stop()

    second = start(ACME, database=database)
    after = second.emulator.connection
    for name in ("client_id", "client_secret", "refresh_token"):
        assert getattr(after, name) == getattr(before, name)
    second.http.headers["Authorization"] = authorization  # the old access token is good
    lead = second.one("Leads", kept)
    assert lead["Last_Name"] == "Berg"
    assert [tag["name"] for tag in lead["Tag"]] == ["hot"]
    assert second.get(f"/Leads/{kept}/photo").content == PNG
    assert second.get("/files", params={"id": file_id}).content == b"hello"
    notes = second.get(f"/Leads/{kept}/Notes", params={"fields": "Note_Content"}).json()["data"]
    assert [note["Note_Content"] for note in notes] == ["Key box"]
    bin_ = second.get("/settings/recycle_bin").json()["recycle_bin"]
    assert gone in [each["id"] for each in bin_]
    (watched,) = second.get("/actions/watch").json()["watch"]
    assert (watched["channel_id"], watched["token"]) == ("77", "t")
    bulk = second.base.replace("/crm/v8", "/crm/bulk/v8") + f"/read/{job}"
    assert second.http.get(bulk).json()["data"][0]["state"] == "COMPLETED"
    with zipfile.ZipFile(io.BytesIO(second.http.get(f"{bulk}/result").content)) as archive:
        assert kept in archive.read(archive.namelist()[0]).decode()
    status = second.get("/Leads/actions/mass_update", params={"job_id": mass_id})
    assert status.json()["data"][0]["Status"] == "SCHEDULED"
    following = second.page("Leads", fields="id", per_page="1", page_token=page)
    assert following.status_code == 200
    form = token_form(second.emulator, grant_type="authorization_code", code=code)
    exchanged = requests.post(f"{after.accounts_url}/oauth/v2/token", form, timeout=5).json()
    assert "refresh_token" in exchanged
    (new,) = second.add("Leads", {"Last_Name": "New"})
    assert int(new) > max(int(job), int(mass_id))


def _view(client: Client) -> str:
    views = client.get("/settings/custom_views", params={"module": "Leads"}).json()
    return str(views["custom_views"][0]["id"])


def _bulk_read(client: Client) -> str:
    base = client.base.replace("/crm/v8", "/crm/bulk/v8")
    body = {"query": {"module": {"api_name": "Leads"}, "fields": ["Last_Name"]}}
    job_id = str(client.http.post(f"{base}/read", json=body).json()["data"][0]["details"]["id"])
    while client.http.get(f"{base}/read/{job_id}").json()["data"][0]["state"] != "COMPLETED":
        time.sleep(0.02)
    return job_id


def test_a_bulk_write_that_was_interrupted_goes_on(start: Start, tmp_path: Path) -> None:
    database = tmp_path / "org.sqlite"
    first = start(ACME, database=database)
    text = "Last_Name\n" + "".join(f"Berg {number}\n" for number in range(3_000))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("leads.csv", text)
    zgid = first.get("/org").json()["org"][0]["zgid"]
    upload = first.http.post(
        f"{first.base}/upload",
        files={"file": ("leads.zip", packed.getvalue(), "application/zip")},
        headers={"feature": "bulk-write", "X-CRM-ORG": zgid},
    )
    resource = {
        "type": "data",
        "module": {"api_name": "Leads"},
        "file_id": upload.json()["details"]["file_id"],
        "file_names": ["leads.csv"],
        "field_mappings": [{"api_name": "Last_Name", "index": 0}],
    }
    bulk = first.base.replace("/crm/v8", "/crm/bulk/v8")
    body = {"operation": "insert", "resource": [resource]}
    answer = first.http.post(f"{bulk}/write", json=body)
    job_id = answer.json()["details"]["id"]
    counting = "select COUNT(id) from Leads where Last_Name like 'Berg %'"
    while not first.coql(counting).json()["data"][0]["COUNT(id)"]:
        pass
    first.emulator.stop()  # in the middle of the work
    with closing(sqlite3.connect(database)) as db:
        query = "SELECT count(*) FROM record WHERE module = 'Leads' AND name LIKE 'Berg %'"
        assert 0 < db.execute(query).fetchone()[0] < 3_000

    second = start(ACME, database=database)
    bulk = second.base.replace("/crm/v8", "/crm/bulk/v8")
    while (job := second.http.get(f"{bulk}/write/{job_id}").json())["status"] != "COMPLETED":
        time.sleep(0.05)
    assert job["resource"][0]["file"]["added_count"] == 3_000
    counted = second.coql(counting)
    assert counted.json()["data"][0]["COUNT(id)"] == 3_000  # none lost, none twice


# --- kill -9 -----------------------------------------------------------------------------------


@contextmanager
def _process(database: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    command = [sys.executable, "-m", "zohohub_gen", "emulator", "--data", str(database)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def _token(at: dict[str, Any]) -> dict[str, str]:
    names = ("client_id", "client_secret", "refresh_token")
    form = {"grant_type": "refresh_token", **{name: at[name] for name in names}}
    answer = requests.post(f"{at['accounts_url']}/oauth/v2/token", form, timeout=10).json()
    return {"Authorization": f"Zoho-oauthtoken {answer['access_token']}"}


def _write_until_killed(at: dict[str, Any], acknowledged: dict[str, list[str]], key: str) -> None:
    """Insert batches of leads with rows of a subform, until the server is gone."""
    with requests.Session() as http:
        http.headers.update(_token(at))
        for batch in range(10_000):
            name = f"{key}-{batch}"
            rows = [
                {"Last_Name": name, "Site_Visits_1": [{"City": name}, {"City": name}]}
                for _ in range(5)
            ]
            try:
                answer = http.post(
                    f"{at['api_domain']}/crm/v8/Leads", json={"data": rows}, timeout=10
                )
            except requests.RequestException:
                return
            results = answer.json()["data"]
            acknowledged[name] = [each["details"]["id"] for each in results]


def test_a_kill_takes_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    database = tmp_path / "org.sqlite"
    acknowledged: dict[str, list[str]] = {}
    moments = random.Random(7)
    credentials: set[str] = set()
    for kill in range(8):
        with _process(database) as (process, at):
            credentials.add(at["refresh_token"])
            threads = [
                threading.Thread(
                    target=_write_until_killed, args=(at, acknowledged, f"{kill}-{number}")
                )
                for number in range(2)
            ]
            for thread in threads:
                thread.start()
            time.sleep(0.15 + moments.random() / 2)
            process.send_signal(signal.SIGKILL)
            for thread in threads:
                thread.join()
    assert len(credentials) == 1
    assert len(acknowledged) > 8
    with Emulator(ACME, database=database) as emulator:
        client = Client(emulator)
        for name, ids in acknowledged.items():
            found = client.page("Leads", fields="Last_Name", ids=",".join(ids)).json()["data"]
            assert [each["Last_Name"] for each in found] == [name] * 5
        client.http.close()
    with closing(sqlite3.connect(database)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        names = "name LIKE '_-_-%' AND module = 'Leads'"
        batches = db.execute(f"SELECT name, count(*) FROM record WHERE {names} GROUP BY name")
        assert {count for _, count in batches} == {5}  # also those that nobody heard of
        (leads,) = db.execute(f"SELECT count(*) FROM record WHERE {names}").fetchone()
        (rows,) = db.execute(
            "SELECT count(*) FROM record JOIN lookup USING (module, key)"
            " WHERE module = 'Lead_Site_Visits' AND field = 'Parent_Id'"
            " AND json_extract(data, '$.City') LIKE '_-_-%'"
        ).fetchone()
        assert rows == 2 * leads


# --- files that do not fit ----------------------------------------------------------------------


def test_two_emulators_do_not_share_a_file(start: Start, tmp_path: Path) -> None:
    database = tmp_path / "org.sqlite"
    client = start(database=database)
    command = [sys.executable, "-m", "zohohub_gen", "emulator", "--data", str(database)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"Error: {database} is in use by another process: stop that emulator,"
        " or give another file\n"
    )
    assert client.get("/org").status_code == 200
    client.emulator.stop()
    start(database=database)


def test_a_file_of_another_version_or_kind_is_refused(tmp_path: Path) -> None:
    old = tmp_path / "old.sqlite"
    with Emulator(snapshot(), database=old):
        pass
    with closing(sqlite3.connect(old)) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(GeneratorError, match=r"old\.sqlite has tables of version 99.*version 1:"):
        Emulator(snapshot(), database=old).start()
    other = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(other)) as db:
        db.execute("CREATE TABLE record (id)")
    text = tmp_path / "notes.txt"
    text.write_text("remember the milk\n" * 500, "utf-8")
    for file in (other, text):
        content = file.read_bytes()
        with pytest.raises(GeneratorError, match=rf"{file.name} is not a database of the emulator"):
            Emulator(snapshot(), database=file).start()
        assert file.read_bytes() == content
    nowhere = tmp_path / "missing" / "org.sqlite"
    with pytest.raises(GeneratorError, match="cannot be opened"):
        Emulator(snapshot(), database=nowhere).start()


def test_a_file_of_another_org_is_refused(tmp_path: Path) -> None:
    database = tmp_path / "org.sqlite"
    with Emulator(ACME, database=database):
        pass
    with pytest.raises(GeneratorError, match=r"metadata of another org, whose module \w+"):
        Emulator(snapshot(), database=database).start()


def test_a_file_goes_on_with_newer_metadata(start: Start, tmp_path: Path) -> None:
    """A field that has become unique finds the records that are there already."""
    database = tmp_path / "org.sqlite"
    newer = deepcopy(snapshot())
    fields = {each["api_name"]: each for each in newer.fields["Contacts"]}
    (unique,) = [each for each in fields.values() if each["api_name"] == "Last_Name"]
    first = start(database=database)
    first.add("Contacts", {"Last_Name": "Berg"})
    first.emulator.stop()
    unique["unique"] = {"case_sensitive": "false"}
    second = start(newer, database=database)
    error = second.refused("Contacts", {"Last_Name": "Berg"})
    assert error["code"] == "DUPLICATE_DATA"


# --- reset --------------------------------------------------------------------------------------


def test_a_reset_takes_everything_back(start: Start) -> None:
    client = start(ACME)
    emulator = client.emulator
    leads = client.page("Leads", fields="Last_Name").json()["data"]
    first = leads[0]["id"]
    before = client.one("Leads", first)
    greeting = client.get("/settings/variables").json()["variables"]
    for _ in range(3):
        (new,) = client.add("Leads", {"Last_Name": "New"})
        client.put(f"/Leads/{first}", {"data": [{"Last_Name": "Changed"}]})
        client.refused("Leads", {})
        client.http.post(f"{client.base}/Leads/{new}/photo", files={"file": ("p.png", PNG)})
        body = {"variables": [{"id": greeting[0]["id"], "value": "x"}]}
        client.put("/settings/variables", body)
        emulator.inject(Fault("status"))
        emulator.reset()
        assert emulator.requests == []
        assert client.get("/org").status_code == 401  # tokens are gone, the fault too
        client.refresh()
        assert client.one("Leads", first) == before
        assert client.page("Leads", fields="Last_Name").json()["data"] == leads
        assert client.get("/settings/variables").json()["variables"] == greeting
        assert client.get(f"/Leads/{new}").status_code == 204
        assert client.add("Leads", {"Last_Name": "Again"}) == [new]  # the same id again
        emulator.reset()
        client.refresh()


def test_a_reset_ends_the_jobs_in_the_background(start: Start) -> None:
    client = start(ACME)
    base = client.base.replace("/crm/v8", "/crm/bulk/v8")
    body = {"query": {"module": {"api_name": "Leads"}, "fields": ["Last_Name"]}}
    job_id = client.http.post(f"{base}/read", json=body).json()["data"][0]["details"]["id"]
    client.emulator.reset()
    client.refresh()
    assert client.http.get(f"{base}/read/{job_id}").status_code == 404
    time.sleep(0.1)
    assert client.http.get(f"{base}/read/{job_id}").status_code == 404


def test_many_resets_do_not_meet_the_limit_of_refreshes(start: Start) -> None:
    client = start(ACME, refresh_limit=2)
    for _ in range(5):
        client.emulator.reset()
        client.refresh()


def test_a_file_is_not_reset(start: Start, tmp_path: Path) -> None:
    client = start(database=tmp_path / "org.sqlite")
    with pytest.raises(RuntimeError, match="cannot be reset"):
        client.emulator.reset()


def test_a_write_that_fails_leaves_no_savepoint(client: Client) -> None:
    """In memory, all transactions nest in one that never ends."""
    for _ in range(3):
        client.refused("Contacts", {})
        composite = {"rollback_on_fail": True, "__composite_requests": []}
        client.post("/__composite_requests", composite)
    (berg,) = client.add("Contacts", {"Last_Name": "Berg"})
    client.emulator.reset()
    client.refresh()
    assert client.get(f"/Contacts/{berg}").status_code == 204

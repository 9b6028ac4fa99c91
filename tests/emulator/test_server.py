"""Start, stop, connections, the request log."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest
import requests
from zohohub_gen.diagnostics import GeneratorError
from zohohub_gen.emulator import Emulator, Fault, RecordedRequest

from .boatyard import snapshot
from .conftest import Client, Start, token_form


def test_it_listens_on_the_loopback_alone_and_hides_its_secrets() -> None:
    with Emulator(snapshot()) as emulator:
        to = emulator.connection
        assert to.api_domain == f"http://127.0.0.1:{to.port}"
        assert to.as_dict()["refresh_token"] == to.refresh_token
        assert to.client_secret not in repr(to)
        assert to.refresh_token not in repr(to)
        # The second is this machine too, where 127.0.0.0/8 is; its own name may mean nothing else.
        for address in (*_own_addresses(), "127.0.0.2"):
            with pytest.raises(OSError, match=r"refused|timed out"):
                socket.create_connection((address, to.port), timeout=1)
    with pytest.raises(RuntimeError, match="not running"):
        emulator.connection


def _own_addresses() -> list[str]:
    found = {
        str(item[4][0]) for item in socket.getaddrinfo(socket.gethostname(), 0, socket.AF_INET)
    }
    return [address for address in found if not address.startswith("127.")]


def test_stop_ends_connections_and_may_be_called_twice() -> None:
    emulator = Emulator(snapshot()).start()
    client = Client(emulator)
    assert client.get("/org").status_code == 200
    emulator.stop()
    emulator.stop()
    with pytest.raises(requests.ConnectionError):
        client.get("/org")
    client.http.close()
    emulator.start()
    assert emulator.requests == []
    emulator.stop()


def test_stop_lets_a_running_request_end() -> None:
    emulator = Emulator(snapshot()).start()
    client = Client(emulator)
    emulator.inject(Fault("slow", seconds=60))
    answers: list[int] = []
    thread = threading.Thread(target=lambda: answers.append(client.get("/org").status_code))
    thread.start()
    time.sleep(0.15)
    began = time.monotonic()
    emulator.stop()
    thread.join()
    assert time.monotonic() - began < 3  # a fault that waits stops waiting
    client.http.close()
    assert answers == [200]


def test_a_taken_port_is_told_in_one_sentence(client: Client) -> None:
    port = client.emulator.connection.port
    with pytest.raises(GeneratorError, match=f"port {port} .* cannot be used"):
        Emulator(snapshot(), port=port).start()


def test_connections_are_kept_open(client: Client) -> None:
    headers = {"Authorization": str(client.http.headers["Authorization"])}
    with closing(HTTPConnection("127.0.0.1", client.emulator.connection.port, 5)) as connection:
        connection.connect()
        first = connection.sock
        for path in ("/crm/v8/org", "/crm/v8/Contacts?fields=id", "/nothing", "/crm/v8/org"):
            connection.request("GET", path, headers=headers)
            connection.getresponse().read()
            assert connection.sock is first  # http.client drops it where the server does
        connection.request("HEAD", "/crm/v8/org", headers=headers)
        assert connection.getresponse().read() == b""
        assert connection.sock is first


def test_requests_are_recorded_without_secrets(client: Client) -> None:
    emulator = client.emulator
    form = token_form(emulator)
    requests.post(f"{emulator.connection.accounts_url}/oauth/v2/token", params=form, timeout=5)
    client.post("/Contacts", {"data": [{"Last_Name": "Berg"}]})
    client.page("Contacts", fields="Last_Name", page="1")
    first, by_query, insert, listed = emulator.requests
    assert first == RecordedRequest("POST", "/oauth/v2/token", {}, 200, None)
    assert by_query.query["refresh_token"] == by_query.query["client_secret"] == "***"
    assert insert.body == {"data": [{"Last_Name": "Berg"}]}
    assert (insert.method, insert.path, insert.status) == ("POST", "/crm/v8/Contacts", 201)
    assert listed.query == {"fields": "Last_Name", "page": "1"}
    assert form["refresh_token"] not in str(emulator.requests)
    emulator.clear_requests()
    assert emulator.requests == []


def test_a_broken_view_is_no_traceback_page(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("zohohub_gen.emulator.listing.Lister.page", broken)
    answer = client.page("Contacts", fields="id")
    assert answer.status_code == 500
    assert answer.json() == {
        "code": "INTERNAL_ERROR",
        "details": {},
        "message": "Internal Server Error",
        "status": "error",
    }
    assert "secret detail" in caplog.text  # whoever runs it can see what broke


def test_nothing_is_printed(client: Client, capfd: pytest.CaptureFixture[str]) -> None:
    client.get("/org")
    client.get("/Nothing")
    with socket.create_connection(("127.0.0.1", client.emulator.connection.port)) as raw:
        raw.sendall(b"NONSENSE\r\n\r\n")
        raw.recv(1000)
    assert capfd.readouterr() == ("", "")


def test_a_chunked_body_and_a_bare_http_1_0_request(client: Client) -> None:
    def chunks() -> Iterator[bytes]:
        yield b'{"data": [{"Last_Name": '
        yield b'"Berg"}]}'

    answer = client.http.post(f"{client.base}/Contacts", data=chunks(), timeout=5)
    assert answer.status_code == 201
    assert client.get("/org").status_code == 200
    with socket.create_connection(("127.0.0.1", client.emulator.connection.port)) as raw:
        raw.sendall(b"GET /crm/v8/org HTTP/1.0\r\n\r\n")
        received = b"".join(iter(lambda: raw.recv(65536), b""))
    assert b"AUTHENTICATION_FAILURE" in received


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_forever_ends_on_a_signal(number: signal.Signals, tmp_path: Path) -> None:
    program = (
        "import sys, threading, time\n"
        f"sys.path[:0] = {sys.path!r}\n"
        "from zohohub_gen.emulator import Emulator\n"
        "from zohohub_gen.snapshot import Snapshot\n"
        "emulator = Emulator(Snapshot(modules=[]))\n"
        "def tell():\n"
        "    while True:\n"
        "        try:\n"
        "            print(emulator.connection.port, flush=True)\n"
        "            return\n"
        "        except RuntimeError:  # it has not started yet\n"
        "            time.sleep(0.01)\n"
        "threading.Thread(target=tell).start()\n"
        "emulator.serve_forever()\n"
        "print('ended', flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        assert requests.get(f"http://127.0.0.1:{port}/crm/v8/org", timeout=5).status_code == 401
        os.kill(process.pid, number)
        rest, errors = process.communicate(timeout=10)
    assert (process.returncode, rest, errors) == (0, "ended\n", "")


def test_the_query_parser_is_loaded_by_the_first_query_alone() -> None:
    program = (
        f"import sys; sys.path[:0] = {sys.path!r}\n"
        "from zohohub_gen.emulator import Emulator\n"
        "from zohohub_gen.snapshot import Snapshot\n"
        "with Emulator(Snapshot(modules=[])):\n"
        "    print('flask' in sys.modules, 'sqlglot' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=20
    )
    assert done.stdout == "True False\n"


def test_records_in_a_file_outlive_the_server(start: Start, tmp_path: Path) -> None:
    database = tmp_path / "records.sqlite"
    first = start(database=database)
    (berg,) = first.add("Contacts", {"Last_Name": "Berg"})
    (boat,) = first.add("Boats", {"Name": "Otter"})
    me = first.one("Contacts", berg)["Owner"]
    first.emulator.stop()
    second = start(database=database)
    assert second.one("Contacts", berg)["Owner"] == me
    (other,) = second.add("Boats", {"Name": "Auk"})
    assert int(other) > int(boat)
    assert second.one("Boats", other)["Berth"] == "B-8/x"

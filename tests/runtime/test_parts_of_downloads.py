"""The hidden files of downloads: those of killed processes go, those of running ones stay."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from zohohub import local_files
from zohohub.client import Client
from zohohub.errors import ZohoError
from zohohub.transport import Transport

from .conftest import Server

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL, and locks of POSIX")

HALF = b"x" * 100_000
WHOLE = HALF + b"y" * 100_000
PROGRAM = """
import sys
from zohohub.auth import Auth
from zohohub.client import Client
Client(Auth("client-id", "secret", "refresh", accounts_url=sys.argv[1])).files.download(
    "1", sys.argv[2]
)
"""


def halves(go_on: threading.Event) -> Callable[[Any], None]:
    """Half of the file, and the rest when it is time."""

    def act(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(WHOLE)))
        handler.end_headers()
        handler.wfile.write(HALF)
        handler.wfile.flush()
        go_on.wait(30)
        handler.wfile.write(WHOLE[len(HALF) :])

    return act


@contextmanager
def downloading(server: Server, target: Path) -> Iterator[tuple[subprocess.Popen[bytes], Any]]:
    """A process that has half of the file, and what lets it have the rest."""
    go_on = threading.Event()
    server.answers.append(halves(go_on))
    before = set(parts(target))
    with subprocess.Popen([sys.executable, "-c", PROGRAM, server.url, str(target)]) as process:
        try:
            deadline = time.monotonic() + 30
            while not any(each.stat().st_size for each in set(parts(target)) - before):
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.01)
            yield process, go_on
        finally:
            process.kill()
            go_on.set()


def parts(target: Path) -> list[Path]:
    return sorted(target.parent.glob(".*.part"))


def download(server: Server, transport: Transport, target: Path) -> None:
    """In this process, the whole of it."""
    done = threading.Event()
    done.set()
    server.answers.append(halves(done))
    Client(transport=transport).files.download("1", target)
    assert target.read_bytes() == WHOLE


@pytest.mark.slow
def test_what_a_killed_download_left_goes_with_the_next(
    server: Server, transport: Transport, tmp_path: Path
) -> None:
    target, other = tmp_path / "plan[1].pdf", tmp_path / "other.pdf"
    with downloading(server, target) as (first, _), downloading(server, target) as (second, _):
        for process in (first, second):
            process.send_signal(signal.SIGKILL)
            process.wait()
    with downloading(server, other) as (third, _):
        third.kill()
    left = parts(target)
    assert [each.name for each in left] == [
        ".other.pdf.0.part",
        ".plan[1].pdf.0.part",
        ".plan[1].pdf.1.part",
    ]
    assert not target.exists()
    download(server, transport, target)
    assert parts(target) == [tmp_path / ".other.pdf.0.part"]


def test_a_running_download_of_another_process_is_not_disturbed(
    server: Server, transport: Transport, tmp_path: Path
) -> None:
    target = tmp_path / "plan.pdf"
    with downloading(server, target) as (process, go_on):
        (part,) = parts(target)
        held = part.stat()
        for _ in range(3):
            download(server, transport, target)
            assert parts(target) == [part]
            assert os.path.samestat(part.stat(), held)
        target.unlink()
        go_on.set()
        assert process.wait(30) == 0
    assert target.read_bytes() == WHOLE
    assert parts(target) == []


def test_links_and_folders_at_its_name_are_left_alone(
    server: Server, transport: Transport, tmp_path: Path
) -> None:
    target, mine = tmp_path / "plan.pdf", tmp_path / "mine.txt"
    mine.write_text("mine")
    (tmp_path / ".plan.pdf.0.part").symlink_to(mine)
    (tmp_path / ".plan.pdf.1.part").mkdir()
    download(server, transport, target)
    assert mine.read_text() == "mine"
    assert [each.name for each in parts(target)] == [".plan.pdf.0.part", ".plan.pdf.1.part"]


def test_what_came_after_its_name_was_looked_at_is_left_alone(
    server: Server, transport: Transport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link that somebody puts there, or the file of another download that begins just now."""
    target, mine = tmp_path / "plan.pdf", tmp_path / "mine.txt"
    mine.write_text("mine")
    (tmp_path / ".plan.pdf.0.part").symlink_to(mine)
    (tmp_path / ".plan.pdf.1.part").write_text("theirs")
    monkeypatch.setattr(local_files, "_take_away", lambda _: True)
    download(server, transport, target)
    assert mine.read_text() == "mine"
    assert (tmp_path / ".plan.pdf.1.part").read_text() == "theirs"


def test_a_file_that_took_the_place_of_one_that_was_left_is_left_alone(
    server: Server, transport: Transport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another download takes it away, and begins, between our look at it and our lock."""
    import fcntl

    target, part = tmp_path / "plan.pdf", tmp_path / ".plan.pdf.0.part"
    part.write_text("left")
    flock = fcntl.flock

    def late(descriptor: int, operation: int) -> None:
        if part.read_text() == "left":
            part.unlink()
            part.write_text("theirs")
        flock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", late)
    download(server, transport, target)
    assert part.read_text() == "theirs"


def test_a_download_that_fails_leaves_nothing(
    server: Server, transport: Transport, tmp_path: Path
) -> None:
    server.break_off()
    with pytest.raises(ZohoError):
        Client(transport=transport).files.download("1", tmp_path / "plan.pdf")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.trust(
    "Faults, kills, load",
    "downloads to one place at the same time, some of them killed",
    "the others were not disturbed, and no hidden file is left",
)
def test_many_at_once_to_one_place(server: Server, transport: Transport, tmp_path: Path) -> None:
    """Processes that sweep, make, rename and are killed at the same time."""
    target = tmp_path / "plan.pdf"
    done = threading.Event()
    done.set()
    server.answers += [halves(done)] * 400
    program = PROGRAM.replace("Client(Auth", "client = (Client(Auth").replace(
        ').files.download(\n    "1", sys.argv[2]\n)',
        '))\nfor _ in range(40):\n    client.files.download("1", sys.argv[2])',
    )
    running = [
        subprocess.Popen([sys.executable, "-c", program, server.url, str(target)]) for _ in range(6)
    ]
    try:
        deadline = time.monotonic() + 30
        while len(server.requests) < 60 and time.monotonic() < deadline:
            time.sleep(0.01)
        for process in running[:2]:
            process.kill()
        assert [process.wait(60) for process in running[2:]] == [0, 0, 0, 0]
    finally:
        for process in running:
            process.kill()
            process.wait()
    assert target.read_bytes() == WHOLE
    download(server, transport, target)
    assert parts(target) == []
    print(f"trust: {len(server.requests)} downloads; 6 processes; 2 of them killed")

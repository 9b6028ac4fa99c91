"""Several processes print what one does."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from zohohub_gen.choices import Choices
from zohohub_gen.ir import Field, LongInteger, Module
from zohohub_gen.names import name_schema
from zohohub_gen.parse import parse
from zohohub_gen.plan import PackagePlanner
from zohohub_gen.shares import Shares, split
from zohohub_gen.snapshot import read_snapshot

from tests.support.packages import ACME

ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")

# In an interpreter of its own: that of the tests has threads, and is not forked.
SCRIPT = """
import _thread, json, os, signal, sys, threading, time
from pathlib import Path
from zohohub_gen import shares
from zohohub_gen.choices import Choices
from zohohub_gen.names import name_schema
from zohohub_gen.parse import parse
from zohohub_gen.plan import PackagePlanner
from zohohub_gen.snapshot import read_snapshot

signal.signal(signal.SIGINT, signal.default_int_handler)  # jobs in the background ignore it
if sys.argv[2] != "few fields":
    shares._ENOUGH_FIELDS = 1
os.sched_getaffinity = lambda process: {0, 1, 2}
schema, _ = parse(read_snapshot(Path(sys.argv[1])))
planner = PackagePlanner(schema, name_schema(schema, {}, {}), Choices())
if sys.argv[2] == "a thread":
    threading.Thread(target=threading.Event().wait, daemon=True).start()
if sys.argv[2] == "a thread that threading does not know":
    _thread.start_new_thread(time.sleep, (60,))
made_here = []
module = planner.module
first = os.getpid()
def counted(given):
    if os.getpid() == first:
        made_here.append(given.api_name)
    elif sys.argv[2] == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    elif sys.argv[2] == "Ctrl-C":
        os.kill(os.getpid(), signal.SIGINT)
    elif sys.argv[2] == "fails":
        raise ValueError("no plan")
    return module(given)
planner.module = counted
sharing = shares.Shares(planner)
children = len(sharing._others)
files = sharing.files()
print(json.dumps([children, made_here, files]))
"""


def run(how: str) -> tuple[int, list[str], dict[str, str]]:
    """How many processes there were, what the first made, and all the files."""
    command = [sys.executable, "-c", SCRIPT, str(ACME / "metadata"), how]
    made = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    assert made.stderr == ""
    children, made_here, files = json.loads(made.stdout)
    return children, made_here, files


@pytest.fixture(scope="module")
def planner() -> PackagePlanner:
    schema, _ = parse(read_snapshot(ACME / "metadata"))
    return PackagePlanner(schema, name_schema(schema, {}, {}), Choices())


@pytest.fixture(scope="module")
def expected(planner: PackagePlanner) -> dict[str, str]:
    return Shares(planner).files()


@ON_LINUX
@pytest.mark.parametrize("how", ["well", "Ctrl-C"])
def test_three_processes_share_the_modules(
    how: str, planner: PackagePlanner, expected: dict[str, str]
) -> None:
    """Ctrl-C reaches all of them: the first ends the others, which say nothing."""
    children, made_here, files = run(how)
    assert children == 2
    assert files == expected
    assert 0 < len(made_here) < len(planner.modules) / 2


@ON_LINUX
@pytest.mark.parametrize("how", ["killed", "fails"])
def test_the_share_of_a_process_that_died_is_made_again(
    how: str, planner: PackagePlanner, expected: dict[str, str]
) -> None:
    children, made_here, files = run(how)
    assert children == 2
    assert files == expected
    assert len(made_here) == len(planner.modules)


@ON_LINUX
@pytest.mark.parametrize("how", ["a thread", "a thread that threading does not know", "few fields"])
def test_one_process_does_it(how: str, expected: dict[str, str]) -> None:
    """A process with threads must not be forked: one of them, also a library's own, may lock."""
    children, _, files = run(how)
    assert children == 0
    assert files == expected


def of_fields(*counts: int) -> list[Module]:
    items = [Field(f"F{number}", "F", LongInteger(), "bigint") for number in range(max(counts))]
    return [
        Module(f"M{number}", "M", "M", "custom", tuple(items[:count]))
        for number, count in enumerate(counts)
    ]


@pytest.mark.parametrize(
    ("counts", "shares", "expected"),
    [
        ((5, 5, 5, 5), 2, [2, 2]),
        ((5, 5, 5, 5), 1, [4]),
        ((9, 1, 1, 1), 2, [1, 3]),
        ((1, 1, 1, 9), 2, [3, 1]),
        ((1, 1), 4, [0, 1, 0, 1]),
        ((0, 0, 0), 2, [3, 0]),
    ],
)
def test_shares_are_alike(counts: tuple[int, ...], shares: int, expected: list[int]) -> None:
    modules = of_fields(*counts)
    found = split(modules, shares)
    assert [module for share in found for module in share] == modules
    assert [len(share) for share in found] == expected


def test_no_module_at_all() -> None:
    assert split([], 2) == [[], []]

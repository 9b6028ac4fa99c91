"""What comes with the package, and whom it and its tests talk to."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import tomllib

import pytest

from tests.support.packages import REPOSITORY

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]

IMPORT_ALL = """
import importlib, pkgutil, sys

def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        raise SystemExit(f"{event} {arguments[1:]} while {now} was imported")

sys.addaudithook(refuse)
count = 0
for package in ("zohohub", "zohohub_gen", "acme_crm"):
    now = package
    folder = importlib.import_module(package)
    for module in pkgutil.walk_packages(folder.__path__, package + "."):
        now = module.name
        if not now.endswith("__main__"):
            importlib.import_module(now)
            count += 1
print(count)
"""


@pytest.mark.trust("Secrets and supply chain", "imports with the network refused", "no attempt")
def test_imports_reach_for_no_network() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL],
        env={"PYTHONPATH": str(REPOSITORY / "generated_sample"), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    modules = int(done.stdout)
    assert modules > 200
    print(f"trust: {modules} modules imported")


@pytest.mark.parametrize("host", ["192.0.2.1", "example.com", "8.8.8.8", "::ffff:8.8.8.8"])
def test_tests_reach_nothing_but_the_loopback(host: str) -> None:
    with pytest.raises(AssertionError, match="tests reach nothing but the loopback"):
        socket.create_connection((host, 80), timeout=1)
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram,
        pytest.raises(AssertionError, match="tests reach nothing but the loopback"),
    ):
        datagram.sendto(b"", ("8.8.8.8", 53))


def test_tests_may_reach_this_machine() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        socket.create_connection(("localhost", listening.getsockname()[1]), timeout=5).close()


def test_no_dependency_is_held_back_and_each_has_a_lower_bound() -> None:
    """Who uses the package in an application must be able to upgrade everything else."""
    needs = [
        *PROJECT["dependencies"],
        *(need for extra in PROJECT["optional-dependencies"].values() for need in extra),
    ]
    assert [need for need in needs if not re.fullmatch(r"[\w-]+>=\d+(\.\d+)*", need)] == []
    assert re.fullmatch(r">=3\.\d+", PROJECT["requires-python"])
    assert sorted(re.split(">=", need)[0] for need in PROJECT["dependencies"]) == [
        "filelock",
        "requests",
    ]

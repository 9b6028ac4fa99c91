"""Set-up for every test: a cache folder of its own, and what tests import on the import path."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import tempfile
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import settings

# A change is judged by the same examples on every machine; `make fuzz` looks for new ones.
settings.register_profile("fixed", derandomize=True, database=None)
settings.register_profile("random", print_blob=True)
settings.load_profile("fixed")

# The folders of the golden cases and releases hold generated modules, whatever their names.
collect_ignore = ["cases"]
collect_ignore_glob = ["releases/*/*"]

_REPOSITORY = Path(__file__).resolve().parents[1]


# Who asks for these wants to be told that there is nobody, and is told so anywhere (RFC 6761).
_NOBODY = (".invalid", ".test")
_ADDRESS_AT = {
    "socket.connect": 1,
    "socket.sendto": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
}


class OutsideError(AssertionError):
    """A test that wanted to reach something else than the loopback."""


def _stay_here(event: str, arguments: tuple[object, ...]) -> None:
    """Refuse every connection to another machine, and every question for its address."""
    if event not in _ADDRESS_AT:
        return
    address = arguments[_ADDRESS_AT[event]]
    if event == "socket.connect" and not isinstance(address, tuple):
        return  # a socket of the file system
    host = address[0] if isinstance(address, tuple) else address
    if host is None:
        return  # this machine
    name = host.decode() if isinstance(host, bytes) else str(host)
    if name in ("", "localhost", socket.gethostname()) or name.endswith(_NOBODY):
        return
    with suppress(ValueError):
        if ip_address(name.partition("%")[0]).is_loopback:
            return
    raise OutsideError(f"{event}: tests reach nothing but the loopback, not {name!r}")


def pytest_configure(config: pytest.Config) -> None:
    """Keep the tests out of the user's cache folder and off the net."""
    sys.addaudithook(_stay_here)
    folder = tempfile.mkdtemp(prefix="zohohub-tests-")
    os.environ["XDG_CACHE_HOME"] = folder
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    for path in (str(_REPOSITORY), str(_REPOSITORY / "generated_sample")):
        if path not in sys.path:
            sys.path.insert(0, path)
    from tests.contracts.contracts import OPENAPI, Contracts

    if OPENAPI.is_dir():
        from tests.contracts.watch import Watch, install

        watch = Watch(Contracts())
        install(watch)
        config.pluginmanager.register(watch, "contracts")

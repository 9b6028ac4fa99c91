"""Set-up for every test: a cache folder of its own, and what tests import on the import path."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
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


def pytest_configure(config: pytest.Config) -> None:
    """Keep the tests out of the user's cache folder, and their results out of the tests."""
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

"""Fixtures for the tests of those who use a generated package: a local Zoho CRM, and a client.

pytest loads this file by itself wherever ``zohohub`` is installed; everything it needs is imported
when a fixture is asked for.  ``[tool.zohohub]`` of the pyproject.toml beside the tests says where
the metadata is and what the package is called, and the variable ``ZOHO_PROFILE`` which of its
profiles counts; a fixture of one's own in conftest.py that is named
`zoho_metadata` or `zoho_package` says otherwise.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from zohohub_gen.config import Settings
    from zohohub_gen.emulator import Emulator


def _settings(config: pytest.Config) -> Settings:
    from zohohub_gen.config import load

    # Nothing else of the environment: credentials of the real org have no place in a test.
    return load(config.rootpath, {}, profile=os.environ.get("ZOHO_PROFILE") or None)


@pytest.fixture(scope="session")
def zoho_metadata(pytestconfig: pytest.Config) -> Path:
    """The folder of the snapshot that the emulator serves: ``metadata`` of ``[tool.zohohub]``."""
    settings = _settings(pytestconfig)
    if settings.union:
        members = " or ".join(name for name, _ in settings.union)
        pytest.fail(
            f"profile {settings.profile} is a union and has no org of its own: set ZOHO_PROFILE to "
            f"{members}, and run the tests with each",
            pytrace=False,
        )
    return settings.metadata


@pytest.fixture(scope="session")
def zoho_package(pytestconfig: pytest.Config) -> str:
    """The name of the generated package: ``package`` of ``[tool.zohohub]``."""
    return _settings(pytestconfig).package


@pytest.fixture(scope="session")
def _zoho_server(zoho_metadata: Path) -> Generator[Emulator]:
    from zohohub_gen.diagnostics import GeneratorError

    try:
        from zohohub_gen.emulator import Emulator

        zoho = Emulator(zoho_metadata).start()
    except ModuleNotFoundError as error:
        missing = f'{error.name} is not installed: run `pip install "zohohub[gen,emulator]"`'
        pytest.fail(missing, pytrace=False)
    except GeneratorError as error:
        pytest.fail(str(error), pytrace=False)
    yield zoho
    zoho.stop()


@pytest.fixture
def zoho_emulator(_zoho_server: Emulator) -> Emulator:
    """A local Zoho CRM as it was at its start: one server for the session, reset for each test.

    It starts with the records of the folder ``records`` beside the snapshot, if there is one.
    """
    _zoho_server.reset()
    return _zoho_server


@pytest.fixture
def crm(zoho_emulator: Emulator, zoho_package: str) -> Generator[Any]:
    """The generated package's ``Crm``, connected to `zoho_emulator`."""
    from importlib import import_module

    from zohohub_gen.vendor import runtime_of

    try:
        package = import_module(zoho_package)
    except ModuleNotFoundError as error:
        if error.name != zoho_package:
            raise
        pytest.fail(
            f"the package {zoho_package} cannot be imported: run `zohohub-gen generate`, put the"
            " folder that holds it into `pythonpath` of [tool.pytest.ini_options], or correct"
            " `package` of [tool.zohohub]",
            pytrace=False,
        )
    auth = import_module(f"{runtime_of(zoho_package)}.auth").Auth
    with package.Crm(auth(**zoho_emulator.credentials)) as client:
        yield client

"""Clients that others wrote, as they come from PyPI, against the emulator of the sample org."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from zohocrmsdk.src.com.zoho.api.authenticator import OAuthToken
from zohocrmsdk.src.com.zoho.api.authenticator.store import FileStore
from zohocrmsdk.src.com.zoho.api.logger import Logger
from zohocrmsdk.src.com.zoho.crm.api import Initializer, SDKConfig
from zohocrmsdk.src.com.zoho.crm.api.dc import DataCenter
from zohocrmsdk.src.com.zoho.crm.api.util import Utility
from zohohub_gen.emulator import Emulator

ACME = Path(__file__).parents[1] / "cases" / "acme"


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """One emulator for each file of tests."""
    with Emulator(ACME / "metadata") as running:
        yield running


def environment(emulator: Emulator) -> DataCenter.Environment:
    """Where Zoho's SDK finds the emulator."""
    to = emulator.connection
    return DataCenter.Environment(to.api_domain, f"{to.accounts_url}/oauth/v2/token", to.api_domain)


def initialize(
    emulator: Emulator, folder: Path, token: OAuthToken, config: SDKConfig | None = None
) -> None:
    """Point Zoho's SDK at the emulator; the SDK is one for the whole process."""
    Initializer.initialize(
        environment(emulator),
        token,
        store=FileStore(str(folder / "tokens.csv")),
        sdk_config=config or SDKConfig(),
        resource_path=str(folder),
        logger=Logger.get_instance(Logger.Levels.NOTSET, None),
    )


def forget() -> None:
    """Let the SDK know nothing of the org that it was pointed at."""
    Initializer.initializer = None
    Utility.api_supported_modules = {}


@pytest.fixture(scope="module")
def sdk(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Zoho's SDK, with a grant code of the emulator."""
    to = emulator.connection
    token = OAuthToken(to.client_id, to.client_secret, grant_token=emulator.grant_code())
    initialize(emulator, tmp_path_factory.mktemp("sdk"), token)
    yield
    forget()

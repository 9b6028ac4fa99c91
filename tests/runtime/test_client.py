"""The base class of the generated client, and JSON text."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from zohohub.auth import Auth
from zohohub.client import Client, auth_from_env
from zohohub.errors import ConfigurationError
from zohohub.interface import INTERFACE, OLDEST_INTERFACE
from zohohub.json_text import dumps, loads
from zohohub.transport import Answer, Transport

VARIABLES = {
    "ZOHO_CLIENT_ID": "id",
    "ZOHO_CLIENT_SECRET": "secret",
    "ZOHO_REFRESH_TOKEN": "refresh",
}


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*VARIABLES, "ZOHO_DC", "ZOHO_ENVIRONMENT", "ZOHO_ACCOUNTS_URL", "ZOHO_API_DOMAIN"):
        monkeypatch.delenv(name, raising=False)


class FakeSender:
    """What users write for their own tests."""

    def request(self, method: str, path: str, **options: Any) -> Answer:
        return Answer(200, {"data": []})


@pytest.mark.parametrize("interface", range(OLDEST_INTERFACE, INTERFACE + 1))
def test_generated_code_of_this_interface_or_an_older_one_is_taken(interface: int) -> None:
    class Crm(Client, interface=interface):
        pass

    class MyCrm(Crm):
        pass

    assert isinstance(MyCrm(transport=FakeSender()), Client)


@pytest.mark.parametrize(
    ("interface", "advice"),
    [(INTERFACE + 1, "upgrade zohohub"), (OLDEST_INTERFACE - 1, "generate .*again")],
)
def test_generated_code_of_another_interface_says_what_to_do(interface: int, advice: str) -> None:
    with pytest.raises(ImportError, match=advice):
        type("Crm", (Client,), {"__module__": "acme_crm.client"}, interface=interface)


def test_a_client_takes_credentials_or_a_transport() -> None:
    auth = Auth("id", "secret", "refresh")
    assert isinstance(Client(auth)._transport, Transport)
    sender = FakeSender()
    with Client(transport=sender) as client:
        assert client._transport is sender
    with pytest.raises(ConfigurationError, match=r"give it an Auth, or use Client\.from_env"):
        Client()
    with pytest.raises(ConfigurationError, match="not both"):
        Client(auth, transport=sender)


def test_leaving_the_context_closes_the_connections(server: Any, auth: Auth) -> None:
    with Client(auth) as client:
        for _ in range(2):
            server.reply(200, {"data": []})
            client._transport.request("GET", "Leads")
    server.reply(200, {"data": []})
    assert client._transport.request("GET", "Leads").status == 200
    client.close()


def test_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ZOHO_DC", "eu")
    monkeypatch.setenv("ZOHO_ENVIRONMENT", "sandbox")
    assert isinstance(Client.from_env(), Client)
    env = {**VARIABLES, "ZOHO_DC": "eu", "ZOHO_ENVIRONMENT": "sandbox"}
    assert repr(auth_from_env(env)) == (
        "Auth(accounts_url='https://accounts.zoho.eu', api_domain='https://sandbox.zohoapis.eu')"
    )
    env |= {"ZOHO_ACCOUNTS_URL": "http://127.0.0.1:1", "ZOHO_API_DOMAIN": "http://127.0.0.1:2"}
    assert repr(auth_from_env(env)) == (
        "Auth(accounts_url='http://127.0.0.1:1', api_domain='http://127.0.0.1:2')"
    )


def test_all_missing_variables_are_named_at_once() -> None:
    with pytest.raises(ConfigurationError, match="set ZOHO_CLIENT_SECRET, ZOHO_REFRESH_TOKEN in"):
        auth_from_env({"ZOHO_CLIENT_ID": "id", "ZOHO_REFRESH_TOKEN": ""})
    with pytest.raises(ConfigurationError, match="ZOHO_CLIENT_ID, ZOHO_CLIENT_SECRET"):
        Client.from_env()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": [1, 1.5, None, True, 'ü"\n']}, '{"a":[1,1.5,null,true,"\\u00fc\\"\\n"]}'),
        (Decimal("12345678901234567890.123456789"), "12345678901234567890.123456789"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E-9"), "0.000000001"),
        ({"ü": [Decimal("1.10"), None, True, "x", 5, ("y",), {}]}, None),
    ],
)
def test_json_keeps_every_digit(value: object, text: str | None) -> None:
    written = dumps(value)
    assert text is None or written == text
    if text is None:
        assert loads(written) == {"ü": [Decimal("1.10"), None, True, "x", 5, ["y"], {}]}
        assert "1.10" in written


@pytest.mark.parametrize("value", [float("nan"), Decimal("NaN"), Decimal("Infinity")])
def test_json_has_no_nan(value: object) -> None:
    with pytest.raises(ValueError, match="JSON"):
        dumps([value])


def test_json_that_is_none() -> None:
    for text in ("NaN", "[Infinity]", '{"a":', b"\xff\xfe\xfa", ""):
        with pytest.raises(ValueError, match=r"."):
            loads(text)
    for value in (object(), {1: Decimal(1)}, {"a": {1, 2}}):
        with pytest.raises(TypeError):
            dumps(value)

"""What tools for errors, logs and queues get to see of credentials: nothing."""

from __future__ import annotations

import copy
import logging
import pickle
import secrets
import traceback
from collections.abc import Callable
from typing import Any

import pytest
from acme_crm import Crm
from zohohub.auth import Auth
from zohohub.client import Client
from zohohub.connection import Connection
from zohohub.errors import ZohoError
from zohohub.grants import OAuthClient
from zohohub.token_stores import MemoryTokenStore
from zohohub.tokens import Grant, Hidden
from zohohub.transport import Transport


class Secrets:
    """Texts that nothing else holds; by attribute, so that no source line shows them."""

    def __init__(self) -> None:
        self.client, self.refresh, self.access, self.other, self.person = (
            f"canary{secrets.token_hex(12)}" for _ in range(5)
        )

    def in_(self, text: str) -> list[str]:
        return [name for name, value in vars(self).items() if value in text]


@pytest.fixture
def canaries() -> Secrets:
    return Secrets()


def with_locals(error: BaseException) -> str:
    """A traceback as error trackers keep it, without the frames of the test itself."""
    shown: list[str] = []
    linked: BaseException | None = error
    while linked is not None:
        found = traceback.TracebackException.from_exception(linked, capture_locals=True)
        shown += [
            f"{frame.filename} {frame.name} {frame.locals}"
            for frame in found.stack
            if frame.filename != __file__
        ]
        shown += [str(linked), repr(linked), str(vars(linked))]
        linked = linked.__cause__ or linked.__context__
    return "\n".join(shown)


BREAKS: dict[str, Callable[[Any, Secrets], None]] = {
    "the token is cut": lambda server, _: server.tokens.append(
        lambda handler: handler.wfile.close()
    ),
    "the token is refused": lambda server, _: server.reply_token(200, {"error": "invalid_code"}),
    "the secret is refused": lambda server, _: server.reply_token(
        200, {"error": "invalid_client_secret"}
    ),
    "no more tokens": lambda server, _: server.reply_token(400, {"status": "failure"}),
    "a token for elsewhere": lambda server, known: server.reply_token(
        200,
        {
            "access_token": known.access,
            "refresh_token": known.other,
            "api_domain": "https://evil.example",
        },
    ),
    "half a token": lambda server, known: server.reply_token(
        200, f'{{"access_token": "{known.access}'
    ),
    "cut": lambda server, _: server.cut(),
    "half": lambda server, _: server.break_off(),
    "500": lambda server, _: server.reply(500, {"code": "INTERNAL_ERROR"}),
    "401": lambda server, _: [server.reply(401, {"code": "INVALID_TOKEN"}) for _ in range(2)],
    "echo": lambda server, known: server.reply(400, f"<p>Zoho-oauthtoken {known.access}"),
    "redirect": lambda server, _: server.reply(302, {}, {"Location": "https://evil.example"}),
}


@pytest.mark.outside_contracts("what breaks, whatever Zoho's files say")
@pytest.mark.parametrize("breaks", BREAKS.values(), ids=BREAKS)
@pytest.mark.trust(
    "Secrets and supply chain", "tracebacks that show the variables of each frame", "no secret"
)
def test_a_traceback_with_its_locals_shows_no_secret(
    server: Any, canaries: Secrets, breaks: Callable[[Any, Secrets], None]
) -> None:
    auth = Auth("id", canaries.client, canaries.refresh, accounts_url=server.url)
    auth._sleep = lambda seconds: None
    transport = Transport(auth, retries=0)
    breaks(server, canaries)
    if not server.tokens:
        for _ in range(2):
            server.reply_token(200, {"access_token": canaries.access, "api_domain": server.url})
    else:
        server.tokens *= 3
    with pytest.raises(ZohoError) as caught:
        Client(transport=transport).request("POST", "Leads", idempotent=True)
    shown = with_locals(caught.value)
    assert "zohohub/transport.py" in shown
    assert canaries.in_(shown) == []
    transport.close()
    print("trust: 1 failures")


def test_a_failed_exchange_shows_no_client_secret(server: Any, canaries: Secrets) -> None:
    client = OAuthClient("id", canaries.client, accounts_url=server.url)
    for status, answer in (
        (200, {"error": "invalid_code"}),
        (403, f"<h1>Blocked</h1> client_secret={canaries.client}&code=1000.c"),
    ):
        server.reply_token(status, answer)
        with pytest.raises(ZohoError) as caught:
            client.exchange_code("1000.c")
        assert canaries.in_(with_locals(caught.value)) == []
    assert "Blocked" in str(caught.value)
    assert "1000.c" not in str(caught.value)


def test_reprs_and_pickles(server: Any, canaries: Secrets) -> None:
    auth = Auth("id", canaries.client, canaries.refresh, accounts_url=server.url)
    server.reply_token(200, {"access_token": canaries.access, "api_domain": server.url})
    token = auth.token()
    grant = Grant(client_id="id", accounts_url="u", refresh_token=canaries.refresh, token=token)
    crm = Crm(auth)
    transport = Transport(auth)
    holders = (
        auth,
        crm,
        crm.leads,
        crm.users,
        crm.files,
        transport,
        Connection((1, 1)),
        OAuthClient("id", canaries.client),
        MemoryTokenStore(grant),
    )
    for each in (*holders, grant, token, Hidden(a=canaries.client)):
        assert canaries.in_(repr(each) + str(each)) == [], type(each)
    for each in holders:
        with pytest.raises(TypeError):
            pickle.dumps(each)
        with pytest.raises(TypeError):
            copy.deepcopy(each)
    for secret in (auth, OAuthClient("id", canaries.client), MemoryTokenStore(grant)):
        # Not because of a lock that happens to be in it.
        with pytest.raises(TypeError, match="holds secrets, and is not pickled"):
            pickle.dumps(secret)
        with pytest.raises(TypeError, match="holds secrets, and is not pickled"):
            copy.copy(secret)
    # What a store keeps is what these two are for: whoever asks for all of it gets it.
    assert pickle.loads(pickle.dumps(grant)) == grant
    transport.close()
    crm.close()


@pytest.mark.outside_contracts("what breaks, whatever Zoho's files say")
def test_no_logger_gets_what_was_asked_for(
    server: Any, canaries: Secrets, caplog: pytest.LogCaptureFixture
) -> None:
    auth = Auth("id", canaries.client, canaries.refresh, accounts_url=server.url)
    server.reply_token(200, {"access_token": canaries.access, "api_domain": server.url})
    transport = Transport(auth, retries=1)
    transport._sleep = lambda seconds: None
    client = Client(transport=transport)
    with caplog.at_level(logging.DEBUG):  # of all loggers
        server.reply(200, {"data": [{"Email": canaries.person}]})
        client.request("GET", "Leads/search", params={"email": canaries.person})
        server.reply(200, {"data": []})
        client.request("GET", f"Leads/search?email={canaries.person}")
        server.cut()
        server.reply(500, {"code": "INTERNAL_ERROR", "message": canaries.person})
        with pytest.raises(ZohoError):
            client.request("GET", "Leads/search", params={"email": canaries.person})
    lines = [f"{each.name}: {each.getMessage()} {each.args}" for each in caplog.records]
    assert any(line.startswith("urllib3") and "/crm/v8/Leads/search" in line for line in lines)
    assert canaries.in_("\n".join(lines)) == []
    transport.close()


def test_the_log_of_other_programs_is_as_it_was(
    server: Any, caplog: pytest.LogCaptureFixture
) -> None:
    import requests

    server.responder = lambda seen: {}
    Auth("i", "s", "r", accounts_url=server.url).token()
    with caplog.at_level(logging.DEBUG, "urllib3"), requests.Session() as session:
        session.get(f"{server.url}/x?a=1", timeout=5)
    assert any("/x?a=1" in each.getMessage() for each in caplog.records)

"""What can only be seen with the credentials: the token, its scopes, the org, the way there.

The token is asked for here and not by `zohohub.auth.Auth`, because the answer says more than the
token: its scopes, where it is good for, and the time of the server.
"""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, urlsplit

from zohohub.accounts import post, read_token, trusted
from zohohub.auth import Auth
from zohohub.connection import Connection
from zohohub.data_centres import DATA_CENTRES, data_centre
from zohohub.errors import (
    ApiError,
    ConfigurationError,
    ConnectionFailed,
    InvalidCredentials,
    InvalidToken,
    NoPermission,
    ScopeMismatch,
    ServerError,
    TimedOut,
    TooManyRequests,
    UnexpectedAnswer,
    ZohoError,
)
from zohohub.json_text import loads
from zohohub.org import read_org
from zohohub.token_stores import MemoryTokenStore
from zohohub.tokens import Grant, Token
from zohohub.transport import Transport
from zohohub.users import Users

from zohohub_gen.doctor import ONLINE, Finding, skipped
from zohohub_gen.scopes import FEATURES, Coverage, coverage

if TYPE_CHECKING:
    from zohohub.connection import Reply
    from zohohub.org import Org
    from zohohub.users import User

    from zohohub_gen.config import Settings

_MOST_SKEW = 90.0
"""Seconds by which a clock may be wrong."""
_THROTTLE = 60.0
_UNKNOWN_HERE = ("invalid_client", "invalid_code", "other_dc")
"""What a token endpoint says to credentials of another data centre, and to wrong ones."""
_PROBES: Mapping[str, tuple[str, str, object]] = {
    "pull": ("GET", "settings/modules", None),
    "records": ("GET", "Leads?fields=id&per_page=1", None),
    "queries": (
        "POST",
        "coql",
        {"select_query": "select id from Leads where id is not null limit 1"},
    ),
    "tags": ("GET", "settings/tags?module=Leads", None),
    "variables": ("GET", "settings/variables", None),
}
"""A cheap call of a feature, where the token does not say what it is good for: a credit each."""


def examine_org(
    settings: Settings, stored: Grant | None, language: str | None, timeout: tuple[float, float]
) -> Iterator[Finding]:
    """Ask for a token and for the org; ``stored`` is the grant of the token file."""
    grant = _grant(settings, stored)
    if isinstance(grant, Finding):
        yield grant
        yield from skipped(ONLINE[1:], "it needs the accounts server")
        return
    with closing(Connection(timeout)) as connection:
        yield from _examine(settings, grant, connection, language, timeout)


def _grant(settings: Settings, stored: Grant | None) -> Grant | Finding:
    """What to ask with, and where; a finding where that must not be asked."""
    centre = data_centre(settings.data_centre)
    accounts_url = settings.accounts_url or centre.accounts_url
    if stored is None:
        return Grant(
            client_id=str(settings.client_id),
            accounts_url=accounts_url,
            refresh_token=settings.refresh_token,
        )
    passed = time.time() - (stored.throttled_at or 0.0)
    if 0 <= passed < _THROTTLE:
        return Finding(
            "network",
            "wrong",
            "Zoho has just refused a token because there were too many: wait 10 minutes, and share "
            "one token file between all processes",
        )
    if settings.refresh_token is not None:
        return replace(stored, accounts_url=accounts_url)
    try:
        return replace(stored, accounts_url=trusted(stored.accounts_url, accounts_url))
    except ConfigurationError as error:
        return Finding("network", "wrong", str(error))


def _examine(
    settings: Settings,
    grant: Grant,
    connection: Connection,
    language: str | None,
    timeout: tuple[float, float],
) -> Iterator[Finding]:
    start = time.time()
    try:
        reply = _ask(settings, grant, connection)
        seconds = time.time() - start
        answer = _object(reply)
        if answer is None:
            _read(settings, grant, reply)  # which says what it is instead
    except ZohoError as error:
        yield Finding("network", "wrong", _why(error, grant.accounts_url))
        yield from skipped(ONLINE[1:], "the accounts server cannot be reached")
        return
    yield Finding(
        "network",
        "right",
        f"{grant.accounts_url} answered in {seconds * 1000:.0f} ms{_proxy(grant.accounts_url)}",
    )
    yield _clock(reply.headers, start + seconds / 2)
    try:
        token = _read(settings, grant, reply)
    except ZohoError as error:
        yield Finding("token", "wrong", _refused(settings, grant, answer or {}, error, connection))
        yield from skipped(ONLINE[3:], "there is no token")
        return
    minutes = (token.expires_at - time.time()) / 60
    yield Finding(
        "token", "right", f"the refresh token gave an access token for {minutes:.0f} minutes"
    )
    yield _centre(settings, token)
    auth = Auth(
        grant.client_id,
        str(settings.client_secret),
        store=MemoryTokenStore(replace(grant, token=token)),
        accounts_url=grant.accounts_url,
    )
    with closing(Transport(auth, timeout=timeout, retries=0)) as transport:
        yield from _org(transport, token, (answer or {}).get("scope"), language)


def _ask(settings: Settings, grant: Grant, connection: Connection) -> Reply:
    form = {
        "grant_type": "refresh_token",
        "client_id": grant.client_id,
        "client_secret": str(settings.client_secret),
        "refresh_token": str(grant.refresh_token),
    }
    return post(connection, f"{grant.accounts_url}/oauth/v2/token", form)


def _object(reply: Reply) -> dict[str, Any] | None:
    try:
        answer = loads(reply.body)
    except ValueError:
        return None
    return cast("dict[str, Any]", answer) if isinstance(answer, dict) else None


def _read(settings: Settings, grant: Grant, reply: Reply) -> Token:
    known = grant.token.api_domain if grant.token else _configured(settings)
    token, _ = read_token(reply, grant.accounts_url, api_domain=known, invalid_code="")
    return token


def _configured(settings: Settings) -> str:
    centre = data_centre(settings.data_centre)
    return settings.api_domain or centre.api_domain(settings.environment)


# --- The way there ----------------------------------------------------------------------------


def _why(error: ZohoError, url: str) -> str:
    """What is wrong between here and there, in one sentence."""
    host = urlsplit(url).hostname
    cause = error.__cause__
    if isinstance(error, TimedOut):
        what = "did not answer in time: is it slow, or does a firewall swallow the call?"
    elif isinstance(error, UnexpectedAnswer):
        return (
            f"{error}: a proxy, a firewall or another server answers in Zoho's place{_proxy(url)}"
        )
    elif isinstance(cause, socket.gaierror):
        what = f"has no address: is {host} spelled right, and is there a network and a DNS server?"
    elif isinstance(cause, ConnectionRefusedError):
        what = "refused the connection: is the address right, and its port?"
    elif isinstance(cause, ssl.SSLCertVerificationError):
        what = (
            "shows a certificate that is not trusted: name your company's certificates by "
            "REQUESTS_CA_BUNDLE, or set the clock, if it says expired"
        )
    elif isinstance(cause, ssl.SSLError):
        what = "does not speak TLS: is it https there, or does a proxy stand in between?"
    elif isinstance(error, ConnectionFailed):
        what = f"cannot be reached ({error})"
    else:
        return str(error)
    return f"{url} {what}{_proxy(url)}"


def _proxy(url: str) -> str:
    """The proxy that calls go through, without its password."""
    from requests.utils import get_environ_proxies, select_proxy

    proxy = select_proxy(url, get_environ_proxies(url))
    if not proxy:
        return ""
    place = proxy.rpartition("://")[2].rpartition("@")[2].rstrip("/")
    return f" (through the proxy {place} of {urlsplit(url).scheme.upper()}_PROXY)"


def _clock(headers: Mapping[str, str], here: float) -> Finding:
    try:
        there = parsedate_to_datetime(headers["Date"]).timestamp()
    except (KeyError, ValueError):
        return next(skipped(("clock",), "the accounts server does not say what time it is"))
    skew = here - there
    text = f"{abs(skew):.0f} seconds {'ahead of' if skew > 0 else 'behind'} the server"
    if abs(skew) <= _MOST_SKEW:
        return Finding("clock", "right", "agrees with the server" if abs(skew) < 2 else text)
    return Finding(
        "clock",
        "wrong",
        f"{text}, so `modified_since`, `unless_modified` and the ends of notification channels "
        "mean other times: set the clock of this machine by NTP",
    )


# --- The token --------------------------------------------------------------------------------


def _refused(
    settings: Settings,
    grant: Grant,
    answer: Mapping[str, Any],
    error: ZohoError,
    connection: Connection,
) -> str:
    """Which of the credentials Zoho did not take."""
    code = str(answer.get("error"))
    where = f"{grant.accounts_url} says {code}"
    token = "ZOHO_REFRESH_TOKEN" if settings.refresh_token else "the token of the token file"
    texts = {
        "invalid_client": "ZOHO_CLIENT_ID is not known there: copy it from the API console",
        "invalid_client_secret": "ZOHO_CLIENT_SECRET is wrong: copy it from the API console",
        "invalid_code": f"{token} was revoked or is not known there: run `zohohub-gen login`",
        "other_dc": "these credentials are of another data centre: set ZOHO_DC to it",
    }
    if not isinstance(error, InvalidCredentials) or code not in texts:
        return str(error)
    if code not in _UNKNOWN_HERE:
        return f"{where}: {texts[code]}"
    elsewhere = _elsewhere(settings, grant, connection)
    if elsewhere is not None:
        return f"{where}, and {elsewhere} gave a token: set ZOHO_DC to {elsewhere}"
    return f"{where}: {texts[code]}; or set ZOHO_DC ({settings.data_centre}) to its data centre"


def _elsewhere(settings: Settings, grant: Grant, connection: Connection) -> str | None:
    """The data centre that gave the last token of the file, if it takes these credentials."""
    if grant.token is None or (name := _centre_of(grant.token.api_domain)) is None:
        return None
    there = replace(grant, accounts_url=DATA_CENTRES[name].accounts_url)
    if there == grant:
        return None
    try:
        _read(settings, there, _ask(settings, there, connection))
    except ZohoError:
        return None
    return name


def _centre_of(api_domain: str) -> str | None:
    host = urlsplit(api_domain).netloc
    for name, centre in DATA_CENTRES.items():
        if host == centre.api_host or host.endswith(f".{centre.api_host}"):
            return name
    return None


def _centre(settings: Settings, token: Token) -> Finding:
    configured = _configured(settings)
    if token.api_domain == configured:
        return Finding("data centre", "right", configured)
    name = _centre_of(token.api_domain)
    if name is None or settings.api_domain is not None:
        advice = f"set ZOHO_API_DOMAIN to {token.api_domain}"
    elif name != settings.data_centre:
        advice = f"set ZOHO_DC to {name}"
    else:
        advice = "make a token in the environment that ZOHO_ENVIRONMENT names, or change that"
    return Finding(
        "data centre",
        "wrong",
        f"the token is for {token.api_domain}, where every call goes, and {configured} is "
        f"configured: {advice}",
    )


# --- The org ----------------------------------------------------------------------------------


def _org(
    transport: Transport, token: Token, scope: object, language: str | None
) -> Iterator[Finding]:
    """Scopes, time zone and language."""
    org: Org | None = None
    user: User | None = None
    try:
        with suppress(NoPermission):
            org = read_org(transport)
        with suppress(NoPermission):
            user = Users(transport).current()
        found = _scopes(transport, scope)
    except ZohoError as error:
        yield Finding("network", "wrong", _of_api(error, token.api_domain))
        yield from skipped(ONLINE[4:], "the API did not answer")
        return
    yield found
    if org is None:
        yield from skipped(("time zone",), "it needs the scope ZohoCRM.org.READ")
    else:
        yield _time_zone(org, user)
    if user is None:
        yield from skipped(("language",), "it needs the scope ZohoCRM.users.READ")
    else:
        yield _language(user, language)
    more = "" if isinstance(scope, str) else ", and a cheap call for the scopes of each feature"
    left = "" if transport.credits.left is None else f"; {transport.credits.left} are left"
    text = f"GET /org, GET /users{more} used {transport.credits.used}; the token is free{left}"
    yield Finding("credits", "right", text)


def _of_api(error: ZohoError, api_domain: str) -> str:
    if isinstance(error, InvalidToken):
        return (
            f"{api_domain} refuses the token: is ZOHO_API_DOMAIN, or ZOHO_ENVIRONMENT, that of the "
            "org in which it was made?"
        )
    return _why(error, api_domain)


def _scopes(transport: Transport, scope: object) -> Finding:
    if isinstance(scope, str) and scope.strip():
        granted = re.split(r"[\s,]+", scope.strip())
        by_feature = {feature: coverage(granted, feature) for feature in FEATURES}
        allowed = "allowed"
        unknown: list[str] = []
    else:
        by_feature = {feature: _probe(transport, feature) for feature in _PROBES}
        allowed = "reading is allowed"
        unknown = [feature for feature in FEATURES if feature not in _PROBES]
    lists = {
        allowed: [name for name, how in by_feature.items() if how == "all"],
        "in part": [name for name, how in by_feature.items() if how == "some"],
        "not allowed": [name for name, how in by_feature.items() if how == "none"],
        "not known": unknown,
    }
    text = "; ".join(f"{what}: {', '.join(names)}" for what, names in lists.items() if names)
    if by_feature["pull"] == "all":
        return Finding("scopes", "right", text)
    needs = ", ".join(FEATURES["pull"])
    return Finding(
        "scopes", "wrong", f"{text}; `pull` needs {needs}: run `zohohub-gen login` for such a token"
    )


def _probe(transport: Transport, feature: str) -> Coverage:
    """Whether the cheapest call of a feature is allowed."""
    method, path, body = _PROBES[feature]
    address, _, query = path.partition("?")
    try:
        transport.request(
            method, address, params=dict(parse_qsl(query)), json=body, idempotent=True
        )
    except ScopeMismatch:
        return "none"
    except ApiError as error:
        if isinstance(error, InvalidToken | TooManyRequests | ServerError):
            raise
        # Whatever else Zoho refuses, such as a module that the org does not have: not the scope.
    return "all"


def _time_zone(org: Org, user: User | None) -> Finding:
    now = datetime.now(UTC)
    here = now.astimezone()
    parts = [f"org {_offset(org.time_zone, now)}"]
    if user is not None:
        parts.append(f"user {_offset(user.time_zone, now)}")
    parts.append(f"this machine {here.tzname()} ({here:%z})")
    text = ", ".join(parts)
    zone = _zone(org.time_zone)
    if zone is None and org.time_zone is not None:
        return Finding(
            "time zone", "wrong", f"{text}: this Python knows no such zone, `pip install tzdata`"
        )
    if zone is not None and now.astimezone(zone).utcoffset() != here.utcoffset():
        text += "; today here may be another day there"
    return Finding("time zone", "right", text)


def _offset(name: str | None, now: datetime) -> str:
    zone = _zone(name)
    return f"{name} ({now.astimezone(zone):%z})" if zone else str(name)


def _zone(name: str | None) -> tzinfo | None:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _language(user: User, recorded: str | None) -> Finding:
    own = user.language or user.locale
    if recorded is None or own is None:
        text = f"that of the user is {own}, that of the snapshot {recorded or 'not recorded'}"
        return Finding("language", "right", text)
    if own == recorded:
        return Finding("language", "right", f"{own}, as in the snapshot")
    return Finding(
        "language",
        "wrong",
        f"the labels of the snapshot are {recorded}, and those of this token's user {own}: pull "
        "and run with users of one language",
    )

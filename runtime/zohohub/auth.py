"""Access tokens: made from a refresh token, kept in a store, and renewed once however many wait.

Threads wait for each other at a lock of this process, processes at the lock of the token store.
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import nullcontext
from copy import copy
from typing import TYPE_CHECKING, NoReturn

from zohohub.accounts import (
    THROTTLE_WINDOW,
    connect,
    post,
    read_token,
    throttled,
    trusted,
    trusted_api,
)
from zohohub.connection import back_off
from zohohub.data_centres import data_centre as find_data_centre
from zohohub.errors import (
    ConfigurationError,
    ConnectionFailed,
    InvalidCredentials,
    RefreshThrottled,
    TimedOut,
    ZohoError,
)
from zohohub.forks import watch_forks
from zohohub.immutable import replace
from zohohub.token_stores import FileTokenStore, LockableTokenStore, MemoryTokenStore
from zohohub.tokens import NO_PICKLE, Grant, Hidden, Token

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from typing import TypeGuard

    from zohohub.token_stores import TokenStore

__all__ = ["Auth", "Token"]

_log = logging.getLogger("zohohub")

_ATTEMPTS = 3
_THROTTLE_PAUSE = 60.0


class Auth:
    """The credentials of one org.  Share one object between all threads of a process.

    Processes that are forked keep the token that there was, and renew it each by itself: give them
    a store that they share.

    ``accounts_url`` replaces the accounts server of the data centre, and ``api_domain`` the API's
    address, which in any case gives way to the one that comes with the token.

    ``store`` keeps the tokens; processes that share a `LockableTokenStore` make one refresh between
    them.  Where no ``refresh_token`` is given, the store holds it, and knows its data centre.
    ``on_refresh`` is called with every new grant, after it was saved, in the thread that made it;
    what it raises reaches the caller.  With ``wait_when_throttled`` a call sleeps, for up to 10
    minutes, and asks once more, instead of raising `RefreshThrottled`.

    Raises `ConfigurationError` for an unknown data centre or environment and for empty credentials.
    """

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        refresh_token: str | None = None,
        *,
        data_centre: str = "us",
        environment: str = "production",
        accounts_url: str | None = None,
        api_domain: str | None = None,
        store: TokenStore | None = None,
        on_refresh: Callable[[Grant], object] | None = None,
        wait_when_throttled: bool = False,
    ) -> None:
        centre = find_data_centre(data_centre)
        if not (client_id and client_secret) or refresh_token == "":
            raise ConfigurationError("client id, client secret and refresh token must not be empty")
        if refresh_token is None and store is None:
            raise ConfigurationError("give a refresh token, or a token store that holds one")
        self._client_id = client_id
        self._client_secret = client_secret
        self._refresh_token = refresh_token
        self._accounts_url = (accounts_url or centre.accounts_url).rstrip("/")
        self._api_domain = api_domain or centre.api_domain(environment)
        self._store: TokenStore = MemoryTokenStore() if store is None else store
        self._on_refresh = on_refresh
        self._wait_when_throttled = wait_when_throttled
        self._connection = connect()
        self._token: Token | None = None
        self._throttled_at: float | None = None
        self._failures = 0
        self._last_failure: ZohoError | None = None
        self._sleep: Callable[[float], object] = time.sleep
        self.forked()
        watch_forks(self)

    def forked(self) -> None:
        """Take a lock that no thread of the parent holds."""
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        if self._refresh_token is None:
            return f"Auth(store={_name(self._store)})"
        api_domain = self._token.api_domain if self._token else self._api_domain
        return f"Auth(accounts_url={self._accounts_url!r}, api_domain={api_domain!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError(NO_PICKLE.format("Auth"))

    def token(self) -> Token:
        """A token that is good for another 60 seconds at least.

        Calls ``POST /oauth/v2/token`` when neither the last one nor the one in the store is.
        Raises `InvalidCredentials`, `RefreshThrottled` and other `AuthError`, `ConnectionFailed`,
        `UnexpectedAnswer`, and what the store raises.
        """
        token = self._token
        return token if token is not None and token.is_fresh() else self._renewed(None)

    def renew(self, rejected: Token) -> Token:
        """A token in place of one that Zoho refused; raises what `token` raises."""
        return self._renewed(rejected)

    def close(self) -> None:
        """Close the connections; using this object again opens new ones."""
        self._connection.close()

    def _renewed(self, rejected: Token | None) -> Token:
        try:
            token, made = self._once_for_all(rejected)
        except RefreshThrottled as error:
            if not self._wait_when_throttled:
                raise
            wait = error.retry_after
            _log.warning("no new access token for up to %.0f s: waiting", wait)
            # Outside all locks, so that nobody waits for longer than they chose to.
            self._sleep(wait)
            token, made = self._once_for_all(rejected)
        if made is not None and self._on_refresh is not None:
            self._on_refresh(made)
        return token

    def _once_for_all(self, rejected: Token | None) -> tuple[Token, Grant | None]:
        """A good token, and the grant with it where this very call made it."""
        failures = self._failures
        with self._lock:
            token = self._token
            if _is_good(token, rejected):
                return token, None
            # Threads that waited for an attempt that failed have failed with it.
            if self._failures != failures and self._last_failure is not None:
                raise copy(self._last_failure) from self._last_failure
            self._token = None
            try:
                with self._lock_of_store():
                    return self._stored_or_new(rejected)
            except ZohoError as error:
                self._failures += 1
                self._last_failure = error
                raise

    def _lock_of_store(self) -> AbstractContextManager[object]:
        store = self._store
        return store.lock() if isinstance(store, LockableTokenStore) else nullcontext()

    def _stored_or_new(self, rejected: Token | None) -> tuple[Token, Grant | None]:
        grant = self._load()
        if grant.token is not None:
            trusted_api(grant.token.api_domain, grant.accounts_url, self._api_domain)
        if _is_good(grant.token, rejected):
            self._token = grant.token
            return grant.token, None
        _check_throttle(grant.throttled_at, self._throttled_at)
        try:
            token = self._fetch(grant)
        except ZohoError as error:
            if isinstance(error, RefreshThrottled):
                # Here too, for a store that cannot save it.
                self._throttled_at = time.time()
            self._save_failure(grant)
            raise
        # First, so that a store which fails does not cost a token a call.
        self._token = token
        self._throttled_at = None
        grant = replace(grant, token=token, throttled_at=None)
        self._store.save(grant)
        return token, grant

    def _save_failure(self, grant: Grant) -> None:
        """Let nobody be given the old token again, nor ask while Zoho gives none."""
        failed = replace(
            grant,
            token=replace(grant.token, expires_at=0.0) if grant.token else None,
            throttled_at=self._throttled_at or grant.throttled_at,
        )
        if failed == grant:
            return
        try:
            self._store.save(failed)
        except Exception as error:  # noqa: BLE001 - a store of the user's may raise anything
            # What Zoho said matters more to the caller.
            _log.warning("%s could not be saved: %s", _name(self._store), type(error).__name__)

    def _load(self) -> Grant:
        """The grant of the store, if it is that of these credentials."""
        grant = self._store.load()
        if grant is None:
            if self._refresh_token is None:
                raise ConfigurationError(
                    f"{_name(self._store)} holds no tokens: run `zohohub-gen login --store …`, or "
                    "give a refresh token too"
                )
            return Grant(
                client_id=self._client_id,
                accounts_url=self._accounts_url,
                refresh_token=self._refresh_token,
            )
        if grant.client_id != self._client_id:
            raise ConfigurationError(
                f"{_name(self._store)} holds tokens of another client id than the one given: "
                "give the one that it was made with, or another store"
            )
        if self._refresh_token is None:
            return replace(grant, accounts_url=trusted(grant.accounts_url, self._accounts_url))
        if grant.refresh_token != self._refresh_token:
            raise ConfigurationError(
                f"{_name(self._store)} holds another refresh token than the one given: "
                "leave one of them out"
            )
        return replace(grant, accounts_url=self._accounts_url)

    def _fetch(self, grant: Grant) -> Token:
        if grant.refresh_token is None:
            raise InvalidCredentials(
                "the access token has ended, and the user granted no refresh token: authorise "
                "again, with offline"
            )
        form = Hidden(
            grant_type="refresh_token",
            client_id=self._client_id,
            client_secret=self._client_secret,
            refresh_token=grant.refresh_token,
        )
        attempt = 1
        while True:
            try:
                reply = post(self._connection, f"{grant.accounts_url}/oauth/v2/token", form)
            except TimedOut:
                raise
            except ConnectionFailed:
                if attempt == _ATTEMPTS:
                    raise
            else:
                if reply.status < 500 or attempt == _ATTEMPTS:
                    break
            self._sleep(back_off(attempt))
            attempt += 1
        token, _ = read_token(
            reply,
            grant.accounts_url,
            api_domain=grant.token.api_domain if grant.token else self._api_domain,
            invalid_code=(
                "the refresh token is unknown, revoked or of another data centre: authorise again"
            ),
        )
        return token


def _is_good(token: Token | None, rejected: Token | None) -> TypeGuard[Token]:
    """Whether there is a token, with time left, that is not the rejected one."""
    return (
        token is not None
        and token.is_fresh()
        and (rejected is None or token.access_token != rejected.access_token)
    )


def _check_throttle(*throttled_at: float | None) -> None:
    """Ask once a minute at most, because asking all the time only makes it longer."""
    for each in throttled_at:
        passed = -1.0 if each is None else time.time() - each
        if 0 <= passed < _THROTTLE_PAUSE:
            raise throttled(THROTTLE_WINDOW - passed)


def _name(store: TokenStore) -> str:
    """What a store is called in messages; the repr of other people's may hold a secret."""
    return repr(store) if isinstance(store, FileTokenStore) else type(store).__name__

"""The accounts server: tokens by grant code and by refresh token, and their limits."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from .errors import ApiError
from .store import Store
from .values import Clock, Json

REFRESH_WINDOW = 600
"""Seconds in which a refresh token may be used ``refresh_limit`` times."""
SCOPE = "ZohoCRM.modules.ALL ZohoCRM.settings.ALL ZohoCRM.users.ALL ZohoCRM.org.ALL"

_THROTTLED: Json = {
    "error_description": (
        "You have made too many requests continuously. Please try again after some time."
    ),
    "error": "Access Denied",
    "status": "failure",
}


def _token() -> str:
    return f"1000.{secrets.token_hex(16)}.{secrets.token_hex(16)}"


@dataclass(slots=True)
class _Refresh:
    uses: deque[float] = field(default_factory=deque[float])


@dataclass(frozen=True, slots=True)
class _Code:
    redirect_uri: str
    offline: bool


_KIND = "accounts"
_NAME = "tokens"


class Accounts:
    """One client and the tokens that it was given.  Safe under threads.

    What is in the store is what counts; `load` takes it from there.
    """

    def __init__(self, clock: Clock, token_lifetime: int, refresh_limit: int) -> None:
        self.client_id = f"1000.{secrets.token_hex(15).upper()}"
        self.client_secret = secrets.token_hex(21)
        self.refresh_token = _token()
        self.api_domain = ""
        self._clock = clock
        self._lifetime = token_lifetime
        self._limit = refresh_limit
        self._store: Store | None = None
        self._refresh = {self.refresh_token: _Refresh()}
        self._access: dict[str, tuple[float, str]] = {}
        self._codes: dict[str, _Code] = {}

    # --- what is kept ---------------------------------------------------------------------

    def load(self, store: Store) -> None:
        """Take everything from the store, or put it there where the store knows nothing."""
        self._store = store
        with store.transaction():
            known = store.kept(_KIND).get(_NAME)
            if known is None:
                self._save(store)
                return
        self.client_id = known["client_id"]
        self.client_secret = known["client_secret"]
        self.refresh_token = known["refresh_token"]
        # How often a token was used is not kept: whoever restarts the emulator starts anew.
        self._refresh = {token: _Refresh() for token in known["refresh"]}
        self._access = {
            token: (float(expires), refresh)
            for token, (expires, refresh) in known["access"].items()
        }
        self._codes = {code: _Code(*each) for code, each in known["codes"].items()}

    def _save(self, store: Store) -> None:
        now = self._clock()
        self._access = {token: known for token, known in self._access.items() if known[0] > now}
        store.keep(
            _KIND,
            _NAME,
            {
                "client_id": self.client_id,
                "client_secret": self.client_secret,
                "refresh_token": self.refresh_token,
                "refresh": list(self._refresh),
                "access": self._access,
                "codes": {code: [c.redirect_uri, c.offline] for code, c in self._codes.items()},
            },
        )

    @contextmanager
    def _changed(self) -> Generator[None]:
        """One change at a time, kept when it is done.

        The store's own lock: another one beside it could be taken in the other order elsewhere.
        """
        if self._store is None:
            raise RuntimeError("the accounts have no store yet: call load() first")
        with self._store.transaction():
            yield
            self._save(self._store)

    def grant_code(self, redirect_uri: str = "", *, offline: bool = True) -> str:
        """A grant code that is good for one exchange.

        With the redirect URI that it was sent to; without one, as the console would show it.  Only
        ``offline`` gives a refresh token.
        """
        with self._changed():
            code = _token()
            self._codes[code] = _Code(redirect_uri, offline)
            return code

    def token(self, form: Mapping[str, str]) -> tuple[int, Json]:
        """HTTP status and answer of ``POST /oauth/v2/token``; errors come with status 200."""
        if form.get("client_id") != self.client_id:
            return 200, {"error": "invalid_client"}
        if form.get("client_secret") != self.client_secret:
            return 200, {"error": "invalid_client_secret"}
        with self._changed():
            match form.get("grant_type"):
                case "refresh_token":
                    return self._by_refresh_token(form.get("refresh_token", ""))
                case "authorization_code":
                    return self._by_code(form.get("code", ""), form.get("redirect_uri"))
                case _:
                    return 200, {"error": "unsupported_grant_type"}

    def _by_refresh_token(self, refresh_token: str) -> tuple[int, Json]:
        known = self._refresh.get(refresh_token)
        if known is None:
            return 200, {"error": "invalid_code"}
        now = self._clock()
        while known.uses and known.uses[0] <= now - REFRESH_WINDOW:
            known.uses.popleft()
        if len(known.uses) >= self._limit:
            return 400, _THROTTLED
        known.uses.append(now)
        return 200, self._answer(refresh_token)

    def _by_code(self, code: str, redirect_uri: str | None) -> tuple[int, Json]:
        known = self._codes.get(code)
        if known is None:
            return 200, {"error": "invalid_code"}
        if known.redirect_uri and known.redirect_uri != redirect_uri:
            return 200, {"error": "invalid_redirect_uri"}
        del self._codes[code]
        if not known.offline:
            return 200, self._answer("")
        refresh_token = _token()
        self._refresh[refresh_token] = _Refresh()
        return 200, {"refresh_token": refresh_token, **self._answer(refresh_token)}

    def _answer(self, refresh_token: str) -> Json:
        token = _token()
        self._access[token] = (self._clock() + self._lifetime, refresh_token)
        return {
            "access_token": token,
            "scope": SCOPE,
            "api_domain": self.api_domain,
            "token_type": "Bearer",
            "expires_in": self._lifetime,
        }

    def revoke(self, token: str) -> tuple[int, Json]:
        """HTTP status and answer of ``POST /oauth/v2/token/revoke``."""
        with self._changed():
            if self._refresh.pop(token, None) is not None:
                self._access = {
                    access: known for access, known in self._access.items() if known[1] != token
                }
            elif self._access.pop(token, None) is None:
                return 400, {"error": "invalid_code"}
            return 200, {"status": "success"}

    def expire(self, header: str | None) -> None:
        """The access token of that Authorization header is no longer good."""
        with self._changed():
            self._access.pop((header or "").partition(" ")[2].strip(), None)

    def authorize(self, header: str | None) -> float:
        """When the access token of an Authorization header ends, in seconds since 1970.

        Raises AUTHENTICATION_FAILURE without a well-formed header, INVALID_TOKEN for a token
        that is unknown, revoked or too old.
        """
        scheme, _, token = (header or "").partition(" ")
        if scheme != "Zoho-oauthtoken" or not token.strip():
            raise ApiError(401, "AUTHENTICATION_FAILURE", "Authentication failed")
        known = self._access.get(token.strip())
        if known is None or known[0] <= self._clock():
            raise ApiError(401, "INVALID_TOKEN", "invalid oauth token")
        return known[0]

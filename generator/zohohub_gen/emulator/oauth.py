"""The accounts server: tokens by grant code and by refresh token, and their limits."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

from .errors import ApiError
from .scopes import EVERYTHING
from .store import Store
from .values import Clock, Json

WINDOW = 600
"""Seconds in which a refresh token works ``refresh_limit`` times, and a client gets 10 codes."""
MAX_CODES = 10
CODE_LIFETIME = 180
"""Seconds.  Zoho's pages say one to three minutes."""
MAX_ACCESS_TOKENS = 30
"""Access tokens of one refresh token that work at a time; one more ends the oldest."""
MAX_REFRESH_TOKENS = 20
"""Refresh tokens of one user; one more ends the oldest."""

_SCHEMES = ("Zoho-oauthtoken", "Bearer")

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
    scopes: tuple[str, ...]
    uses: deque[float] = field(default_factory=deque[float])


@dataclass(frozen=True, slots=True)
class _Code:
    redirect_uri: str
    offline: bool
    scopes: tuple[str, ...]
    expires: float


@dataclass(frozen=True, slots=True)
class Access:
    """What an access token is good for."""

    expires: float
    """Seconds since 1970."""
    scopes: tuple[str, ...]
    refresh_token: str
    """The one that it was made with; empty for a client that got none."""


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
        self._refresh = {self.refresh_token: _Refresh(EVERYTHING)}
        self._access: dict[str, Access] = {}
        self._codes: dict[str, _Code] = {}
        self._codes_made: deque[float] = deque()

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
        self._codes_made.clear()
        self._refresh = {token: _Refresh(tuple(each)) for token, each in known["refresh"].items()}
        self._access = {token: Access(**_typed(each)) for token, each in known["access"].items()}
        self._codes = {code: _Code(**_typed(each)) for code, each in known["codes"].items()}

    def _save(self, store: Store) -> None:
        now = self._clock()
        self._access = {text: each for text, each in self._access.items() if each.expires > now}
        store.keep(
            _KIND,
            _NAME,
            {
                "client_id": self.client_id,
                "client_secret": self.client_secret,
                "refresh_token": self.refresh_token,
                "refresh": {token: each.scopes for token, each in self._refresh.items()},
                "access": {token: asdict(each) for token, each in self._access.items()},
                "codes": {code: asdict(each) for code, each in self._codes.items()},
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

    def grant_code(
        self,
        redirect_uri: str = "",
        *,
        offline: bool = True,
        scopes: Iterable[str] = EVERYTHING,
        lifetime: float = CODE_LIFETIME,
    ) -> str | None:
        """A grant code that is good for one exchange; None after 10 in 10 minutes.

        With the redirect URI that it was sent to; without one, as the console would show it.  Only
        ``offline`` gives a refresh token.  It carries ``scopes`` for ``lifetime`` seconds.
        """
        with self._changed():
            now = self._clock()
            if not _may_use(self._codes_made, MAX_CODES, now):
                return None
            code = _token()
            self._codes[code] = _Code(redirect_uri, offline, tuple(scopes), now + lifetime)
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
        if not _may_use(known.uses, self._limit, self._clock()):
            return 400, _THROTTLED
        return 200, self._answer(refresh_token, known.scopes)

    def _by_code(self, code: str, redirect_uri: str | None) -> tuple[int, Json]:
        known = self._codes.get(code)
        if known is None or known.expires <= self._clock():
            return 200, {"error": "invalid_code"}
        if known.redirect_uri and known.redirect_uri != redirect_uri:
            return 200, {"error": "invalid_redirect_uri"}
        del self._codes[code]
        if not known.offline:
            return 200, self._answer("", known.scopes)
        refresh_token = _token()
        self._refresh[refresh_token] = _Refresh(known.scopes)
        if len(self._refresh) > MAX_REFRESH_TOKENS:
            self._forget(next(iter(self._refresh)))
        return 200, {"refresh_token": refresh_token, **self._answer(refresh_token, known.scopes)}

    def _answer(self, refresh_token: str, scopes: tuple[str, ...]) -> Json:
        token = _token()
        self._access[token] = Access(self._clock() + self._lifetime, scopes, refresh_token)
        mine = [
            text for text, known in self._access.items() if known.refresh_token == refresh_token
        ]
        if refresh_token and len(mine) > MAX_ACCESS_TOKENS:
            del self._access[mine[0]]
        return {
            "access_token": token,
            "scope": " ".join(scopes),
            "api_domain": self.api_domain,
            "token_type": "Bearer",
            "expires_in": self._lifetime,
        }

    def revoke(self, token: str) -> tuple[int, Json]:
        """HTTP status and answer of ``POST /oauth/v2/token/revoke``."""
        with self._changed():
            if token in self._refresh:
                self._forget(token)
            elif self._access.pop(token, None) is None:
                return 400, {"error": "invalid_code"}
            return 200, {"status": "success"}

    def _forget(self, refresh_token: str) -> None:
        """End a refresh token, and every access token that it made."""
        del self._refresh[refresh_token]
        self._access = {
            text: known
            for text, known in self._access.items()
            if known.refresh_token != refresh_token
        }

    def expire(self, header: str | None) -> None:
        """The access token of that Authorization header is no longer good."""
        with self._changed():
            self._access.pop((header or "").partition(" ")[2].strip(), None)

    def authorize(self, header: str | None) -> Access:
        """What the access token of an Authorization header is good for.

        Zoho's own word ``Zoho-oauthtoken`` and ``Bearer`` are both taken.  Raises
        AUTHENTICATION_FAILURE without a well-formed header, INVALID_TOKEN for a token that is
        unknown, revoked or too old.
        """
        scheme, _, token = (header or "").partition(" ")
        if scheme not in _SCHEMES or not token.strip():
            raise ApiError(401, "AUTHENTICATION_FAILURE", "Authentication failed")
        known = self._access.get(token.strip())
        if known is None or known.expires <= self._clock():
            raise ApiError(401, "INVALID_TOKEN", "invalid oauth token")
        return known


def _typed(kept: Json) -> Json:
    """What JSON made of a token."""
    return {**kept, "expires": float(kept["expires"]), "scopes": tuple(kept["scopes"])}


def _may_use(uses: deque[float], limit: int, now: float) -> bool:
    """Note one more use in the window, unless it is full."""
    while uses and uses[0] <= now - WINDOW:
        uses.popleft()
    if len(uses) >= limit:
        return False
    uses.append(now)
    return True

"""Pages of a list: by number up to 2,000 records, beyond that by token.

A token holds the sort value and id next to its page, so that page 50 costs what page 1 costs.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal

from .errors import ApiError, invalid_param
from .store import Store
from .values import Clock

MAX_PER_PAGE = 200
MAX_BY_PAGE = 2_000
MAX_BY_TOKEN = 100_000
TOKEN_LIFETIME = 24 * 3600


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page starts: right after (``next``) or before (``previous``) one record."""

    way: Literal["next", "previous"]
    sort_value: int
    key: str
    page: int
    expires: int


def positive(name: str, text: str | None, default: int, highest: int | None = None) -> int:
    """A parameter that is a number from 1 to ``highest``; raises INVALID_DATA otherwise."""
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10) or int(text) < 1:
        raise invalid_param(name, expected_data_type="integer")
    if highest is not None and int(text) > highest:
        raise ApiError(
            400, "LIMIT_EXCEEDED", "limit exceeded", {"limit": highest, "param_name": name}
        )
    return int(text)


class PageTokens:
    """Makes and reads page tokens.  A token is bound to the other parameters of the list."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._clock = clock
        # Kept, so that a client can go on with its list after a restart.
        with store.transaction():
            text = store.kept("secret").get("page_token")
            if text is None:
                text = secrets.token_hex(16)
                store.keep("secret", "page_token", text)
        self._secret = bytes.fromhex(text)

    def make(
        self,
        bound: Mapping[str, str],
        way: Literal["next", "previous"],
        sort_value: int,
        key: str,
        page: int,
    ) -> str:
        """A token for the page that starts there."""
        expires = int(self._clock()) + TOKEN_LIFETIME
        position = Position(way, sort_value, key, page, expires)
        body = json.dumps(asdict(position)).encode()
        return base64.urlsafe_b64encode(self._sign(body, bound) + body).decode().rstrip("=")

    def read(self, token: str, bound: Mapping[str, str]) -> Position:
        """The position of a token; raises TOKEN_BOUND_DATA_MISMATCH or EXPIRED_VALUE."""
        try:
            raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except ValueError as error:
            raise _mismatch() from error
        body = raw[16:]
        if not hmac.compare_digest(raw[:16], self._sign(body, bound)):
            raise _mismatch()
        position = Position(**json.loads(body))
        if position.expires <= self._clock():
            raise ApiError(
                400,
                "EXPIRED_VALUE",
                "Page token expired",
                {"api_name": "page_token", "json_path": "$.query.page_token"},
            )
        return position

    def _sign(self, body: bytes, bound: Mapping[str, str]) -> bytes:
        text = json.dumps(sorted(bound.items())).encode()
        return hmac.digest(self._secret, body + b"\0" + text, hashlib.sha256)[:16]


def _mismatch() -> ApiError:
    return ApiError(
        400,
        "TOKEN_BOUND_DATA_MISMATCH",
        "The page_token given seems to be invalid or input param is added or altered or deleted",
        {"param_name": "page_token"},
    )

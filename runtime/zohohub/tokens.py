"""What Zoho grants: an access token for an hour, and a refresh token until it is revoked."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Self

from zohohub.immutable import field, immutable

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Grant", "Hidden", "Token"]

NO_PICKLE = "{} holds secrets, and is not pickled: make a new one where it is needed"
_MARGIN = 60.0


class Hidden(dict[str, Any]):
    """A mapping with secrets in it, and none in its repr, which some tracebacks show."""

    def __repr__(self) -> str:
        return "{…}"


@immutable
class Token:
    """An access token, and where it is good for."""

    access_token: str = field(repr=False)
    api_domain: str
    expires_at: float
    """Seconds since 1970, so that other processes understand it too."""

    def is_fresh(self) -> bool:
        """Whether at least 60 seconds remain."""
        return time.time() < self.expires_at - _MARGIN


@immutable(kw_only=True)
class Grant:
    """What a user granted to a client: what a token store keeps."""

    client_id: str
    accounts_url: str
    """The accounts server that knows the tokens, such as ``https://accounts.zoho.eu``."""
    refresh_token: str | None = field(repr=False)
    """None where the user was asked without ``offline``."""
    token: Token | None = None
    """The latest access token; it may have ended."""
    throttled_at: float | None = None
    """When Zoho last refused a new access token because there were too many, since 1970."""

    def as_dict(self) -> dict[str, str | float | None]:
        """The same for JSON, secrets included."""
        token = self.token
        return {
            "client_id": self.client_id,
            "accounts_url": self.accounts_url,
            "refresh_token": self.refresh_token,
            "access_token": token.access_token if token else None,
            "api_domain": token.api_domain if token else None,
            "expires_at": token.expires_at if token else None,
            "throttled_at": self.throttled_at,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """What `as_dict` gave; raises ValueError, which names the key, for anything else."""
        token = None
        if values.get("access_token") is not None:
            token = Token(
                _text(values, "access_token"),
                _text(values, "api_domain"),
                _number(values, "expires_at"),
            )
        return cls(
            client_id=_text(values, "client_id"),
            accounts_url=_text(values, "accounts_url"),
            refresh_token=(
                None if values.get("refresh_token") is None else _text(values, "refresh_token")
            ),
            token=token,
            throttled_at=(
                None if values.get("throttled_at") is None else _number(values, "throttled_at")
            ),
        )


def _text(values: Mapping[str, Any], key: str) -> str:
    value = values.get(key)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{key} is no text")
    return value


def _number(values: Mapping[str, Any], key: str) -> float:
    value = values.get(key)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError(f"{key} is no number")
    try:
        return float(value)
    except OverflowError:
        raise ValueError(f"{key} is too large") from None

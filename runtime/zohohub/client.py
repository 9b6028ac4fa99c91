"""The base class of the generated ``Crm``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Self

from zohohub.auth import Auth
from zohohub.errors import ConfigurationError
from zohohub.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from zohohub.transport import Sender

__all__ = ["INTERFACE", "Client"]

INTERFACE = 1
"""What generated code and this package agree on; raised when older generated code must go."""

_REQUIRED = ("ZOHO_CLIENT_ID", "ZOHO_CLIENT_SECRET", "ZOHO_REFRESH_TOKEN")


class Client:
    """A client of one Zoho CRM org; use it from any number of threads.

    Takes credentials, or a transport of your own, such as a fake one in tests.  As a context
    manager it closes its connections.
    """

    def __init__(self, auth: Auth | None = None, *, transport: Sender | None = None) -> None:
        self._own: Transport | None = None
        if transport is None:
            if auth is None:
                raise ConfigurationError(
                    f"{type(self).__name__} needs credentials: give it an Auth, or use "
                    f"{type(self).__name__}.from_env()"
                )
            transport = self._own = Transport(auth)
        elif auth is not None:
            raise ConfigurationError(
                f"{type(self).__name__} takes an Auth or a transport, not both: "
                "a transport has its own credentials"
            )
        self._transport: Sender = transport

    def __init_subclass__(cls, *, interface: int = INTERFACE, **options: Any) -> None:
        super().__init_subclass__(**options)
        if interface != INTERFACE:
            what = (
                "upgrade zohohub"
                if interface > INTERFACE
                else f"generate {cls.__module__.partition('.')[0]} again"
            )
            raise ImportError(
                f"{cls.__module__} was generated for interface {interface} of zohohub, and the "
                f"installed zohohub has {INTERFACE}: {what}"
            )

    @classmethod
    def from_env(cls) -> Self:
        """A client with the credentials in the environment.

        Reads ZOHO_CLIENT_ID, ZOHO_CLIENT_SECRET and ZOHO_REFRESH_TOKEN, and if set ZOHO_DC (the
        data centre, ``us``), ZOHO_ENVIRONMENT (``production``), ZOHO_ACCOUNTS_URL and
        ZOHO_API_DOMAIN.  Raises `ConfigurationError` that names every variable that is missing.
        """
        return cls(auth_from_env(os.environ))

    def close(self) -> None:
        """Close the connections of all threads; using this object again opens new ones."""
        if self._own is not None:
            self._own.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def auth_from_env(env: Mapping[str, str]) -> Auth:
    """The credentials in ``env``; see `Client.from_env`."""
    missing = [name for name in _REQUIRED if not env.get(name)]
    if missing:
        raise ConfigurationError(f"set {', '.join(missing)} in the environment")
    client_id, client_secret, refresh_token = (env[name] for name in _REQUIRED)
    return Auth(
        client_id,
        client_secret,
        refresh_token,
        data_centre=env.get("ZOHO_DC") or "us",
        environment=env.get("ZOHO_ENVIRONMENT") or "production",
        accounts_url=env.get("ZOHO_ACCOUNTS_URL") or None,
        api_domain=env.get("ZOHO_API_DOMAIN") or None,
    )

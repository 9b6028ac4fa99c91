"""The base class of the generated ``Crm``."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from zohohub.auth import Auth
from zohohub.credits import Credits
from zohohub.errors import ConfigurationError
from zohohub.interface import INTERFACE, OLDEST_INTERFACE
from zohohub.token_stores import FileTokenStore
from zohohub.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from zohohub.composite import Composite
    from zohohub.connection import Download, Upload
    from zohohub.drift import DriftHook
    from zohohub.files import Files
    from zohohub.notifications import Notifications
    from zohohub.org import Org
    from zohohub.recycle_bin import RecycleBin
    from zohohub.transport import Answer, Sender
    from zohohub.users import Users
    from zohohub.variables import Variables

__all__ = ["Client"]

_REQUIRED = ("ZOHO_CLIENT_ID", "ZOHO_CLIENT_SECRET", "ZOHO_REFRESH_TOKEN")


class Client:
    """A client of one Zoho CRM org; use it from any number of threads.

    Takes credentials, or a transport of your own, such as a fake one in tests.  ``on_drift`` is
    called with each `zohohub.drift.Drift`: whatever Zoho sends that the bindings do not know; by
    default that is one log line a day and place.  As a context manager it closes its connections.
    """

    def __init__(
        self,
        auth: Auth | None = None,
        *,
        transport: Sender | None = None,
        on_drift: DriftHook | None = None,
    ) -> None:
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
        self._on_drift = on_drift
        self._credits = transport.credits if isinstance(transport, Transport) else Credits()

    def __init_subclass__(cls, *, interface: int = INTERFACE, **options: Any) -> None:
        super().__init_subclass__(**options)
        if not OLDEST_INTERFACE <= interface <= INTERFACE:
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
        ZOHO_API_DOMAIN.  ZOHO_TOKEN_FILE is a file for a `FileTokenStore`, which all processes of
        this org may share; one that ``zohohub-gen login --store`` made stands for the refresh
        token and the data centre.  Raises `ConfigurationError` that names every variable that is
        missing.
        """
        return cls(auth_from_env(os.environ))

    @property
    def credits(self) -> Credits:
        """The API credits that the calls of this client have cost, and what Zoho says is left.

        A transport of your own that is no `Transport` is not counted.
        """
        return self._credits

    @cached_property
    def files(self) -> Files:
        """The file store, which file and image fields refer to."""
        from zohohub.files import Files

        return Files(self._transport)

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: object = None,
        headers: Mapping[str, str] | None = None,
        idempotent: bool | None = None,
        upload: Upload | None = None,
    ) -> Answer:
        """Do any call of Zoho's API, with this client's token, retries and errors.

        ``request("GET", "settings/tags", params={"module": "Leads"}).json`` is the JSON object
        that Zoho answered, None for an answer without a body.  A path that begins with a slash is
        taken as it is: ``/crm/bulk/v8/read``.  ``idempotent`` says whether doing the call twice
        does no harm; by default that holds for GET, PUT and DELETE, and any other call is not
        repeated once Zoho may have done it.  ``upload``, a `zohohub.connection.Upload`, is sent as
        a form instead of ``json``.  Raises what `Transport.request` raises.
        """
        return self._transport.request(
            method,
            path,
            params=params,
            json=json,
            headers=headers,
            idempotent=idempotent,
            upload=upload,
        )

    def download(
        self,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Download | None:
        """Get any file of Zoho's API as a stream, with this client's token, retries and errors.

        ``with crm.download("Leads/123/photo") as file:`` and ``file.chunks()`` or ``file.read()``;
        None where there is no file.  Raises what `Transport.download` raises.
        """
        return self._transport.download(path, params=params, headers=headers)

    # --- the org --------------------------------------------------------------------------

    def org(self) -> Org:
        """The org itself; a good way to see whether the connection works.

        Calls ``GET /org``; the token needs the scope ZohoCRM.org.READ.
        """
        from zohohub.org import read_org

        return read_org(self._transport)

    @cached_property
    def users(self) -> Users:
        """The users of the org."""
        from zohohub.users import Users

        return Users(self._transport)

    @cached_property
    def variables(self) -> Variables:
        """The variables of the org."""
        from zohohub.variables import Variables

        return Variables(self._transport)

    @cached_property
    def recycle_bin(self) -> RecycleBin:
        """The deleted records of the org."""
        from zohohub.recycle_bin import RecycleBin

        return RecycleBin(self._transport)

    @cached_property
    def notifications(self) -> Notifications:
        """The channels by which Zoho tells of changes."""
        from zohohub.notifications import Notifications

        return Notifications(self._transport)

    def composite(
        self, *, rollback_on_fail: bool = False, parallel_execution: bool = False
    ) -> Composite:
        """A composite request: up to five calls that are sent as one; see `Module.queue`."""
        from zohohub.composite import Composite

        return Composite(
            self._transport,
            rollback_on_fail=rollback_on_fail,
            parallel_execution=parallel_execution,
        )

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
    token_file = env.get("ZOHO_TOKEN_FILE")
    missing = [
        name
        for name in _REQUIRED
        if not env.get(name) and not (token_file and name == "ZOHO_REFRESH_TOKEN")
    ]
    if missing:
        raise ConfigurationError(f"set {', '.join(missing)} in the environment")
    return Auth(
        env["ZOHO_CLIENT_ID"],
        env["ZOHO_CLIENT_SECRET"],
        env.get("ZOHO_REFRESH_TOKEN") or None,
        data_centre=env.get("ZOHO_DC") or "us",
        environment=env.get("ZOHO_ENVIRONMENT") or "production",
        accounts_url=env.get("ZOHO_ACCOUNTS_URL") or None,
        api_domain=env.get("ZOHO_API_DOMAIN") or None,
        store=FileTokenStore(token_file) if token_file else None,
    )

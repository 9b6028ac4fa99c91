"""From a user's consent to tokens: the authorisation URL, the exchange of the code, and back.

A web application sends the user to `OAuthClient.authorization_url`, gets the answer as a request
of its own and hands the parameters of it to `OAuthClient.exchange_redirect`.  A script of one's own
org takes a code from the self client of the API console and calls `OAuthClient.exchange_code`.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, NoReturn

from zohohub.accounts import connect, post, printable, read_revocation, read_token, trusted
from zohohub.data_centres import DATA_CENTRES
from zohohub.data_centres import data_centre as find_data_centre
from zohohub.errors import AuthError, ConfigurationError
from zohohub.tokens import NO_PICKLE, Grant, Hidden

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["OAuthClient", "is_answer"]


class OAuthClient:
    """A client of the API console: what users authorise.

    ``accounts_url`` replaces the accounts server of the data centre.  Safe under threads.

    Raises `ConfigurationError` for an unknown data centre and for empty credentials.
    """

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        *,
        data_centre: str = "us",
        accounts_url: str | None = None,
    ) -> None:
        self._centre = find_data_centre(data_centre)
        if not (client_id and client_secret):
            raise ConfigurationError("client id and client secret must not be empty")
        self._client_id = client_id
        self._client_secret = client_secret
        self._accounts_url = (accounts_url or self._centre.accounts_url).rstrip("/")

    def __repr__(self) -> str:
        return f"OAuthClient(accounts_url={self._accounts_url!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError(NO_PICKLE.format("OAuthClient"))

    def authorization_url(
        self,
        scopes: Iterable[str],
        *,
        redirect_uri: str,
        state: str,
        offline: bool = True,
        consent: bool = True,
    ) -> str:
        """The address of the consent page, ``GET /oauth/v2/auth``; users of any data centre may go.

        ``redirect_uri`` is one that the API console knows, letter by letter.  ``state`` is a value
        that nobody can guess, such as ``secrets.token_urlsafe()``, kept with the user's session.
        ``offline`` asks for a refresh token.  ``consent`` asks users who agreed before, too:
        without it they bring no refresh token.

        Raises `ConfigurationError` where one of them is empty.
        """
        from urllib.parse import urlencode

        wanted = [scopes] if isinstance(scopes, str) else list(scopes)
        if not (all(wanted) and wanted and redirect_uri and state):
            raise ConfigurationError("scopes, redirect_uri and state must not be empty")
        parameters = {
            "scope": ",".join(wanted),
            "client_id": self._client_id,
            "response_type": "code",
            "access_type": "offline" if offline else "online",
            "redirect_uri": redirect_uri,
            "state": state,
        }
        if consent:
            parameters["prompt"] = "consent"
        return f"{self._accounts_url}/oauth/v2/auth?{urlencode(parameters)}"

    def exchange_code(self, code: str) -> Grant:
        """The tokens for a code that the self client of the API console has shown.

        Calls ``POST /oauth/v2/token``, once: a code is good for one exchange within the minutes
        chosen.  Raises `InvalidCredentials`, `RefreshThrottled` and other `AuthError`,
        `ConnectionFailed` and `UnexpectedAnswer`.
        """
        return self._exchange(code, self._accounts_url, redirect_uri=None, offline=True)

    def exchange_redirect(
        self,
        parameters: Mapping[str, str],
        *,
        state: str,
        redirect_uri: str,
        offline: bool = True,
    ) -> Grant:
        """The tokens for the answer of the consent page.

        ``parameters`` are those of the request that the user's browser made to ``redirect_uri``;
        the other arguments are those of `authorization_url`.  The code is exchanged where Zoho
        says that the user is at home, ``accounts-server``, if that is a server of Zoho's or the
        configured one.

        Calls ``POST /oauth/v2/token``, once.  Raises `AuthError` where the user did not agree,
        ``state`` is another or no refresh token came with ``offline``, and what `exchange_code`
        raises.
        """
        if "error" in parameters:
            raise AuthError(f"Zoho gave no code: {printable(parameters['error'])}; authorise again")
        if not is_answer(parameters, state):
            raise AuthError("the redirect answers another request (state differs): authorise again")
        server = parameters.get("accounts-server")
        if not server and parameters.get("location"):
            server = find_data_centre(parameters["location"]).accounts_url
        accounts_url = trusted(server or self._accounts_url, self._accounts_url)
        return self._exchange(
            parameters.get("code", ""), accounts_url, redirect_uri=redirect_uri, offline=offline
        )

    def revoke(self, grant: Grant) -> None:
        """End the grant's refresh token and every access token made from it.

        Ends the access token alone where there is no refresh token.  Calls
        ``POST /oauth/v2/token/revoke``.  Raises `AuthError` where Zoho does not know the token,
        `ConfigurationError` where it has none, `ConnectionFailed` and `UnexpectedAnswer`.
        """
        accounts_url = trusted(grant.accounts_url, self._accounts_url)
        token = grant.refresh_token or (grant.token.access_token if grant.token else None)
        if token is None:
            raise ConfigurationError("the grant holds no token that could be revoked")
        with closing(connect()) as connection:
            # In the body, because addresses end up in logs.
            reply = post(connection, f"{accounts_url}/oauth/v2/token/revoke", Hidden(token=token))
        read_revocation(reply, accounts_url)

    def _exchange(
        self, code: str, accounts_url: str, *, redirect_uri: str | None, offline: bool
    ) -> Grant:
        if not code:
            raise AuthError("there is no code to exchange: authorise again")
        form = Hidden(
            grant_type="authorization_code",
            client_id=self._client_id,
            client_secret=self._client_secret,
            code=code,
        )
        if redirect_uri is not None:
            form["redirect_uri"] = redirect_uri
        with closing(connect()) as connection:
            reply = post(connection, f"{accounts_url}/oauth/v2/token", form)
        token, refresh_token = read_token(
            reply,
            accounts_url,
            api_domain=self._api_domain(accounts_url),
            invalid_code=(
                "the code was used before, is too old, or belongs to another client or data "
                "centre: make a new one"
            ),
        )
        if offline and refresh_token is None:
            raise AuthError(
                f"{accounts_url} gave an access token and no refresh token: ask with offline, and "
                "with consent, because the user had agreed before"
            )
        return Grant(
            client_id=self._client_id,
            accounts_url=accounts_url,
            refresh_token=refresh_token,
            token=token,
        )

    def _api_domain(self, accounts_url: str) -> str:
        """Where a token is good if its answer does not say: in production, where it was made."""
        made_in = (each for each in DATA_CENTRES.values() if each.accounts_url == accounts_url)
        return next(made_in, self._centre).api_domain()


def is_answer(parameters: Mapping[str, str], state: str) -> bool:
    """Whether the parameters of a redirect carry this ``state``, compared in constant time."""
    from secrets import compare_digest

    given = parameters.get("state", "")
    return bool(state) and compare_digest(given.encode(errors="surrogatepass"), state.encode())

"""One HTTP exchange: no cookies, no redirects, and this package's errors instead of requests'."""

from __future__ import annotations

import logging
import sys
import threading
import weakref
from typing import TYPE_CHECKING, Self

from zohohub.data_centres import is_private
from zohohub.errors import ConfigurationError, ConnectionFailed, TimedOut, ZohoError
from zohohub.forks import watch_forks
from zohohub.immutable import field, immutable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from requests import PreparedRequest, RequestException, Response, Session

__all__ = ["Connection", "Download", "Reply", "Upload", "back_off", "kind_of_answer"]

_calling = threading.local()
"""``now`` is true while this thread is inside a call of ours."""


@immutable
class Reply:
    """What a server answered."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    """Look-ups ignore upper and lower case."""
    body: bytes = field(repr=False)


@immutable
class Upload:
    """A file to send as the one part of a multipart form."""

    name: str | None
    """The file's name; None for a part that is a plain value and no file."""
    content: bytes = field(repr=False)
    """All of it: Zoho takes at most 25 MB, and a form is put together in memory anyway."""
    part: str = "file"
    content_type: str = "application/octet-stream"


class Download:
    """An answer whose body is read piece by piece.  A context manager: leaving it closes it.

    Either iterate over its `chunks`, or hand it to whatever reads from a file:
    ``shutil.copyfileobj(download, file)``.
    """

    def __init__(self, request: str, response: Response) -> None:
        self._request = request
        self._response = response
        self._pieces: Iterator[bytes] | None = None
        self._ahead = bytearray()

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self._response.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers; look-ups ignore upper and lower case."""
        return self._response.headers

    def chunks(self, size: int = 65536) -> Iterator[bytes]:
        """The body in pieces of at most ``size`` bytes.

        Raises `ConnectionFailed` or `TimedOut` when the rest does not come.
        """
        from requests import exceptions

        pieces = self._response.iter_content(size)
        while True:
            handled = sys.exception()
            try:
                piece = next(pieces, None)
            except exceptions.RequestException as error:
                failure, reason = _failure(self._request, error, handled)
            else:
                if piece is None:
                    return
                yield piece
                continue
            raise failure from reason

    def read(self, size: int = -1, /) -> bytes:
        """The next ``size`` bytes of the body, fewer at its end; without a size all that is left.

        Raises what `chunks` does.
        """
        if self._pieces is None:
            self._pieces = self.chunks()
        while size < 0 or len(self._ahead) < size:
            piece = next(self._pieces, None)
            if piece is None:
                break
            self._ahead += piece
        count = len(self._ahead) if size < 0 else size
        found = bytes(self._ahead[:count])
        del self._ahead[:count]
        return found

    def close(self) -> None:
        """Give the connection back."""
        self._response.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class Connection:
    """HTTP with pooled connections, for any number of threads and forked processes.

    ``timeout`` holds the seconds to wait for a connection and for each part of the answer.
    Proxies and certificate bundles come from the environment, as in requests.
    """

    def __init__(self, timeout: tuple[float, float]) -> None:
        self._timeout = timeout
        self.forked()
        watch_forks(self)

    def forked(self) -> None:
        """Open connections of its own: parent and child would read each other's answers."""
        # A requests session is not safe under threads: each thread has its own.
        self._mine = threading.local()
        self._all: weakref.WeakSet[Session] = weakref.WeakSet()
        self._lock = threading.Lock()

    def exchange(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None = None,
        body: bytes | Mapping[str, str] | None = None,
        upload: Upload | None = None,
    ) -> Reply:
        """Send one request and read the whole answer; a mapping as body is sent as a form.

        Raises `ConnectionFailed`, `TimedOut`, or `ConfigurationError` for an impossible URL or
        header and for certificates that the environment names and that are not there.
        """
        with self.open(
            method, url, headers=headers, params=params, body=body, upload=upload
        ) as answer:
            return Reply(answer.status, answer.headers, answer.read())

    def open(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None = None,
        body: bytes | Mapping[str, str] | None = None,
        upload: Upload | None = None,
    ) -> Download:
        """Send one request and return as soon as the answer begins; raises what `exchange` does."""
        from requests import exceptions

        # The originals may quote parameters and headers, and with them the access token: nothing is
        # raised from them, nor while they are handled.
        name = f"{method} {_place(url)}"
        handled = sys.exception()
        if not is_private(url):
            raise ConfigurationError(
                f"{name} is not sent, because everybody on the way could read it: use https://"
            )
        try:
            _calling.now = True
            response = self._session().request(
                method,
                url,
                params=params,
                data=body,
                files=None
                if upload is None
                else {upload.part: (upload.name, upload.content, upload.content_type)},
                headers=dict(headers),
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            )
        except (
            exceptions.InvalidHeader,
            exceptions.InvalidSchema,
            exceptions.InvalidURL,
            exceptions.MissingSchema,
            UnicodeError,
        ) as error:
            failure: ZohoError = ConfigurationError(
                f"{name} cannot be sent ({type(error).__name__}): check the URLs, headers and "
                "credentials"
            )
            reason = None
        except exceptions.RequestException as error:
            failure, reason = _failure(name, error, handled)
        except OSError as error:  # requests' own, before it connects
            failure = ConfigurationError(f"{name} cannot be sent: {error}")
            reason = None
        else:
            # urllib3 1 does not look at it by itself.
            response.raw.enforce_content_length = True
            return Download(name, response)
        finally:
            _calling.now = False
        raise failure from reason

    def close(self) -> None:
        """Close the connections of all threads; using this object again opens new ones."""
        with self._lock:
            for session in self._all:
                session.close()

    def _session(self) -> Session:
        session: Session | None = getattr(self._mine, "session", None)
        if session is None:
            session = self._mine.session = _new_session()
            with self._lock:
                self._all.add(session)
        return session


def back_off(attempt: int) -> float:
    """Seconds to wait after the given attempt: about 1, 2, 4, 8, … at most 30."""
    from random import uniform

    # At random, so that threads which failed together do not come back together.
    return uniform(0.5, 1.0) * min(30.0, 2.0 ** (attempt - 1))  # noqa: S311 - no secret


def kind_of_answer(status: int, text: str) -> str:
    """What an answer that is not a JSON object is, in words."""
    if 300 <= status < 400:
        return "a redirect"
    return "an HTML page" if text.lstrip().startswith("<") else "something that is not JSON"


def _new_session() -> Session:
    from http.cookiejar import DefaultCookiePolicy

    from requests import Session

    session = Session()
    session.headers["User-Agent"] = "zohohub"
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    # Without an auth of its own, requests would put one from ~/.netrc in place of the token.
    session.auth = _unchanged
    logging.getLogger("urllib3.connectionpool").addFilter(_without_parameters)
    return session


def _without_parameters(record: logging.LogRecord) -> bool:
    """Cut the parameters of our own calls out of urllib3's log: they may hold personal data."""
    if getattr(_calling, "now", False) and isinstance(record.args, tuple):
        record.args = tuple(
            each.partition("?")[0] if isinstance(each, str) else each for each in record.args
        )
    return True


def _unchanged(request: PreparedRequest) -> PreparedRequest:
    return request


def _place(url: str) -> str:
    """An address without its parameters, which may hold personal data, and without a password."""
    address = url.partition("?")[0].partition("#")[0]
    scheme, found, rest = address.partition("://")
    if not found:
        return address
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def _failure(
    request: str, error: RequestException, handled: BaseException | None
) -> tuple[ConnectionFailed, BaseException | None]:
    """The error for one of requests, and what the system said, if that is known.

    ``handled`` is what the caller was handling when it made the call, and no cause of this.  The
    text of everything in between may quote the address with its parameters; the frames of the
    libraries hold the headers, which some tools show.
    """
    from ssl import SSLCertVerificationError

    from requests import exceptions
    from urllib3.exceptions import HTTPError, ReadTimeoutError

    wrapped = error.args[0] if error.args else None
    innermost = _innermost(error, handled)
    # Certificates are looked at before anything is sent.
    refused = isinstance(innermost, SSLCertVerificationError)
    never_connected = (
        refused or isinstance(error, exceptions.ConnectTimeout) or _is_unconnected(wrapped)
    )
    timed_out = isinstance(error, exceptions.Timeout) or isinstance(wrapped, ReadTimeoutError)
    failure = TimedOut if timed_out else ConnectionFailed
    what = "no connection" if never_connected else "the connection broke"
    quotes = isinstance(innermost, exceptions.RequestException | HTTPError)
    reason = "" if quotes else f": {innermost}"
    advice = "; REQUESTS_CA_BUNDLE names the certificates to trust" if refused else ""
    return failure(
        f"{request}: {'timed out' if timed_out else what} "
        f"({type(innermost).__name__}{reason}){advice}",
        maybe_done=not never_connected,
    ), (None if quotes else innermost.with_traceback(None))


def _is_unconnected(wrapped: object) -> bool:
    """Whether urllib3 says that there never was a connection to the server.

    It puts a proxy's name to whatever breaks behind one, also after the request was sent.
    """
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ProxyError

    reason: object = getattr(wrapped, "reason", wrapped)
    if isinstance(reason, ProxyError):
        reason = reason.original_error
        if type(reason) is OSError and reason.errno is None:
            return True  # http.client's own words: the proxy refuses to make the tunnel
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)


def _innermost(error: BaseException, handled: BaseException | None) -> BaseException:
    inner = error.__cause__ or error.__context__
    while inner is not None and inner is not handled:
        error, inner = inner, inner.__cause__ or inner.__context__
    return error

"""One HTTP exchange: no cookies, no redirects, and this package's errors instead of requests'."""

from __future__ import annotations

import threading
import weakref
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from zohohub.errors import ConfigurationError, ConnectionFailed, TimedOut

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from requests import PreparedRequest, RequestException, Response, Session

__all__ = ["Connection", "Download", "Reply", "Upload", "back_off", "kind_of_answer"]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered."""

    status: int
    headers: Mapping[str, str]
    """Look-ups ignore upper and lower case."""
    body: bytes


@dataclass(frozen=True, slots=True)
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

        try:
            yield from self._response.iter_content(size)
        except exceptions.RequestException as error:
            raise _failure(self._request, error) from error

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
    """HTTP with pooled connections, for any number of threads.

    ``timeout`` holds the seconds to wait for a connection and for each part of the answer.
    Proxies and certificate bundles come from the environment, as in requests.
    """

    def __init__(self, timeout: tuple[float, float]) -> None:
        self._timeout = timeout
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

        Raises `ConnectionFailed`, `TimedOut`, or `ConfigurationError` for an impossible URL.
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

        try:
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
        ) as error:
            # The original may quote a header, and with it the access token.
            problem = type(error).__name__
            raise ConfigurationError(
                f"{method} {url} cannot be sent ({problem}): check the URLs and credentials"
            ) from None
        except exceptions.RequestException as error:
            raise _failure(f"{method} {url}", error) from error
        return Download(f"{method} {url}", response)

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
    return session


def _unchanged(request: PreparedRequest) -> PreparedRequest:
    return request


def _failure(request: str, error: RequestException) -> ConnectionFailed:
    from requests import exceptions
    from urllib3.exceptions import NewConnectionError, ReadTimeoutError

    wrapped = error.args[0] if error.args else None
    never_connected = isinstance(
        error, exceptions.ConnectTimeout | exceptions.ProxyError
    ) or isinstance(getattr(wrapped, "reason", None), NewConnectionError)
    timed_out = isinstance(error, exceptions.Timeout) or isinstance(wrapped, ReadTimeoutError)
    failure = TimedOut if timed_out else ConnectionFailed
    what = "no connection" if never_connected else "the connection broke"
    reason = _innermost(error)
    return failure(
        f"{request}: {'timed out' if timed_out else what} ({type(reason).__name__}: {reason})",
        maybe_done=not never_connected,
    )


def _innermost(error: BaseException) -> BaseException:
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return error

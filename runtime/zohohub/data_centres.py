"""Zoho's data centres: which hosts serve the org."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zohohub.errors import ConfigurationError
from zohohub.immutable import immutable

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "DATA_CENTRES",
    "ENVIRONMENTS",
    "DataCentre",
    "data_centre",
    "is_local",
    "is_of_zoho",
    "is_private",
    "upload_url",
]

ENVIRONMENTS: Final = ("production", "sandbox", "developer")
"""The kinds of org; each has an API host of its own in every data centre."""


@immutable
class DataCentre:
    """One data centre, known by Zoho's ``location``."""

    name: str
    accounts_url: str
    """Where tokens come from, in every environment."""
    api_host: str
    """The end of the API's host names, such as ``zohoapis.eu``."""

    def api_domain(self, environment: str = "production") -> str:
        """The API's address; raises `ConfigurationError` for an unknown environment."""
        if environment not in ENVIRONMENTS:
            raise _unknown("environment", environment, ENVIRONMENTS)
        first = "www" if environment == "production" else environment
        return f"https://{first}.{self.api_host}"


DATA_CENTRES: Final = {
    name: DataCentre(name, f"https://{accounts_host}", api_host)
    for name, accounts_host, api_host in (
        ("us", "accounts.zoho.com", "zohoapis.com"),
        ("eu", "accounts.zoho.eu", "zohoapis.eu"),
        ("in", "accounts.zoho.in", "zohoapis.in"),
        ("au", "accounts.zoho.com.au", "zohoapis.com.au"),
        ("jp", "accounts.zoho.jp", "zohoapis.jp"),
        ("cn", "accounts.zoho.com.cn", "zohoapis.com.cn"),
        ("ca", "accounts.zohocloud.ca", "zohoapis.ca"),
        ("sa", "accounts.zoho.sa", "zohoapis.sa"),
        ("uk", "accounts.zoho.uk", "zohoapis.uk"),
        ("ae", "accounts.zoho.ae", "zohoapis.ae"),
    )
}
"""Every data centre by name."""

_UPLOAD_HOSTS = {"zohoapis.ca": "upload.zohocloud.ca", "zohoapis.sa": "files.zoho.sa"}
"""Where it is not ``content`` before the API's host."""


def upload_url(api_domain: str) -> str:
    """Where files for bulk writes go, in all environments of the data centre of ``api_domain``.

    A server that is not Zoho's, such as an emulator, takes them itself.
    """
    from urllib.parse import urlsplit

    host = f".{urlsplit(api_domain).hostname or ''}"
    for centre in DATA_CENTRES.values():
        if host.endswith(f".{centre.api_host}"):
            return f"https://{_UPLOAD_HOSTS.get(centre.api_host, f'content.{centre.api_host}')}"
    return api_domain


def is_of_zoho(url: str, api_domain: str) -> bool:
    """Whether an access token may go there: to a host of Zoho's, or to the one it is for."""
    # The parser that finds the host when it is sent; others read some addresses otherwise.
    from urllib3.exceptions import LocationParseError
    from urllib3.util import parse_url

    try:
        parts, own = parse_url(url), parse_url(api_domain)
    except LocationParseError:
        return False
    if parts.auth is not None:
        return False
    if (parts.scheme, parts.host, parts.port) == (own.scheme, own.host, own.port):
        return True
    domains = {
        domain
        for centre in DATA_CENTRES.values()
        for domain in (centre.api_host, centre.accounts_url.removeprefix("https://accounts"))
    }
    host = f".{parts.host or ''}"
    return parts.scheme == "https" and any(
        host.endswith(f".{domain.removeprefix('.')}") for domain in domains
    )


def is_private(url: str) -> bool:
    """Whether nobody on the way can read what is sent there: over TLS, or to this machine.

    What is no address is left to the library that sends it.
    """
    if url.startswith("https://"):
        return True
    from urllib3.exceptions import LocationParseError
    from urllib3.util import parse_url

    try:
        return parse_url(url).scheme != "http" or is_local(url)
    except LocationParseError:
        return True


def is_local(url: str) -> bool:
    """Whether the address is one of the loopback of this machine, or ``localhost``."""
    from ipaddress import ip_address

    from urllib3.exceptions import LocationParseError
    from urllib3.util import parse_url

    try:
        host = (parse_url(url).host or "").strip("[]")
    except LocationParseError:
        return False
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def data_centre(name: str) -> DataCentre:
    """The data centre called ``name``, such as ``"eu"``.

    Raises `ConfigurationError` for a name that Zoho does not have.
    """
    try:
        return DATA_CENTRES[name.strip().lower()]
    except KeyError:
        raise _unknown("data centre", name, DATA_CENTRES) from None


def _unknown(what: str, given: str, known: Iterable[str]) -> ConfigurationError:
    from difflib import get_close_matches

    names = list(known)
    near = get_close_matches(given.strip().lower(), names, n=1, cutoff=0.4)
    hint = f"did you mean {near[0]!r}?" if near else f"use one of {', '.join(names)}"
    return ConfigurationError(f"there is no {what} {given!r}; {hint}")

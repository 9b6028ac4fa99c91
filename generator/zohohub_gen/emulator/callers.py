"""Who may ask the emulator itself: this machine, and no page of another origin."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request

from .errors import ApiError

_HOSTS = frozenset({"127.0.0.1", "localhost"})


def check_host() -> None:
    """Refuse other host names, with which a page elsewhere could read this one; FORBIDDEN.

    The name of such a page points at 127.0.0.1 once it is open (DNS rebinding), and then the
    browser takes the two for one origin.
    """
    try:
        name = urlsplit(_own()).hostname
    except ValueError:
        name = None
    if name not in _HOSTS:
        raise ApiError(403, "FORBIDDEN", "the emulator answers to 127.0.0.1 and localhost alone")


def check_caller() -> None:
    """Refuse what a page of another origin made a browser send; raises FORBIDDEN."""
    check_host()
    own = _own()
    site = request.headers.get("Sec-Fetch-Site", "none")
    if request.headers.get("Origin", own) != own or site not in ("none", "same-origin"):
        raise ApiError(403, "FORBIDDEN", "the emulator takes no orders from pages of other origins")


def _own() -> str:
    return f"http://{request.host}"

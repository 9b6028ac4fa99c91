"""HTML of the emulator: Jinja templates beside this file, and the headers that go with them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Response

if TYPE_CHECKING:
    from jinja2 import Environment

ROOT = "/_"
"""What the addresses of the page begin with, ``/`` aside; Zoho has none like it."""

_FOLDER = Path(__file__).parent / "pages"

# No script, nothing from elsewhere, in no frame: whatever a label or a value says stays text.
_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'"
_HEADERS = {
    "Content-Security-Policy": f"{_POLICY}; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def html(template: str, status: int = 200, **values: object) -> Response:
    """A page of ``pages/<template>.html``; every value is escaped."""
    text = _environment().get_template(f"{template}.html").render(root=ROOT, **values)
    return Response(text, status, headers=_HEADERS, content_type="text/html;charset=UTF-8")


def asset(name: str, content_type: str) -> Response:
    """A file of ``pages`` as it is."""
    return Response(
        (_FOLDER / name).read_bytes(),
        headers=_HEADERS,
        content_type=f"{content_type};charset=UTF-8",
    )


def address(*parts: str) -> str:
    """An address of the page."""
    return "/".join([ROOT, *(quote(part, safe="") for part in parts)])


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(_FOLDER),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )

"""What bulk read jobs leave, and a server that has it."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from typing import Any

from .conftest import Server


def archive(
    header: Sequence[str], rows: Sequence[Sequence[str]], name: str = "x.csv", **more: Any
) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        text = io.StringIO(newline="")
        csv.writer(text).writerows([header, *rows])
        file.writestr(name, text.getvalue().encode(more.get("encoding", "utf-8")))
    return content.getvalue()


def serve(server: Server, content: bytes, *, times: int = 1) -> None:
    """Let job 77 be done, with this result."""
    server.reply(200, {"data": [{"state": "COMPLETED", "result": {"count": 1}}]})

    def act(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/zip")
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    server.answers += [act] * times

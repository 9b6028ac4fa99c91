"""Records the terminal session that README.md shows: `make session`.

The commands run in a terminal of their own, against an emulated org in a temporary folder; what the
terminal shows in the end, colours included, becomes ``docs/images/session.svg``.
"""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from itertools import groupby
from pathlib import Path

import pyte
from rich.console import Console
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from rich.text import Text
from zohohub_gen.emulator import Emulator
from zohohub_gen.packaged import packaged

IMAGE = Path(__file__).parents[1] / "images" / "session.svg"
COLUMNS, ROWS = 96, 200
TITLE = "zohohub-gen"

SETTINGS = """\
[project]
name = "app"
version = "1"

[tool.zohohub]
package = "acme_crm"
modules = ["Leads", "Accounts"]
"""

PROGRAM = """\
from acme_crm import Crm, Lead

f = Lead.fields
query = Crm.from_env().leads.query()
for lead in query.where(f.lead_status == "Contacted").select(f.company, f.annual_revenue):
    print(lead.company, lead.annual_revenue)
"""

# GitHub's dark colours: readable on both of its backgrounds, as the picture brings its own.
THEME = TerminalTheme(
    (13, 17, 23),
    (230, 237, 243),
    [
        *((72, 79, 88), (255, 123, 114), (63, 185, 80), (210, 153, 34)),
        *((88, 166, 255), (188, 140, 255), (57, 197, 207), (177, 186, 196)),
    ],
    [
        *((110, 118, 129), (255, 161, 152), (86, 211, 100), (227, 179, 65)),
        *((121, 192, 255), (210, 168, 255), (86, 212, 221), (255, 255, 255)),
    ],
)
# Rich's own form names a font on a server; whoever looks at a README asks nobody else for it.
FORM = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img" \
aria-label="A terminal session with zohohub-gen">
<style>
.{unique_id}-matrix {{ font: {char_height}px/{line_height}px ui-monospace, SFMono-Regular, Menlo, \
Consolas, "DejaVu Sans Mono", monospace; white-space: pre; }}
.{unique_id}-title {{ font: bold 18px sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


@dataclass(frozen=True)
class Line:
    """Something that is typed; ``org`` is the one that commands reach from then on."""

    text: str
    org: str = "before"


SESSION = (
    Line("zohohub-gen"),
    Line("cat report.py"),
    Line("python report.py"),
    Line("# An admin renames an option, and deletes a field."),
    Line("zohohub-gen diff --usage report.py", org="after"),
)


def after(folder: Path) -> Path:
    """The metadata of the org as an admin has changed it."""
    shutil.copytree(packaged("acme") / "metadata", folder)
    path = folder / "fields" / "Leads.json"
    answer = json.loads(path.read_text("utf-8"))
    for field in answer["fields"]:
        for option in field.get("pick_list_values") or ():
            if option["actual_value"] == "Contacted":
                option |= dict.fromkeys(
                    ("actual_value", "display_value", "reference_value"), "Called"
                )
    answer["fields"] = [each for each in answer["fields"] if each["api_name"] != "Annual_Revenue"]
    path.write_text(json.dumps(answer), "utf-8")
    path = folder / "modules.json"
    answer = json.loads(path.read_text("utf-8"))
    for module in answer["modules"]:
        if module["api_name"] == "Leads":
            module["modified_time"] = "2026-11-20T10:00:00+00:00"
    path.write_text(json.dumps(answer), "utf-8")
    return folder


def run(command: str, folder: Path, environment: dict[str, str]) -> bytes:
    """What the command writes to its terminal."""
    ours, its = pty.openpty()
    with subprocess.Popen(  # noqa: S603  # a line of SESSION
        ["/bin/sh", "-c", command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=its,
        stderr=its,
    ) as process:
        os.close(its)
        written = b"".join(_chunks(ours))
        os.close(ours)
    if process.returncode:
        sys.exit(f"`{command}` ended with {process.returncode}:\n{written.decode()}")
    return written


def _chunks(terminal: int) -> Iterator[bytes]:
    while True:
        try:
            chunk = os.read(terminal, 65536)
        except OSError:  # how Linux says that nobody writes to a terminal any more
            return
        if not chunk:
            return
        yield chunk


def record() -> list[Text]:
    """The lines that the terminal shows in the end."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        folder = scratch / "app"
        folder.mkdir()
        (folder / "report.py").write_text(PROGRAM, "utf-8")
        (folder / "pyproject.toml").write_text(SETTINGS, "utf-8")
        with (
            Emulator(packaged("acme") / "metadata") as one,
            Emulator(after(scratch / "after")) as other,
        ):
            for line in SESSION:
                at = (one if line.org == "before" else other).connection
                environment = {
                    "COLUMNS": str(COLUMNS),
                    "HOME": str(scratch),
                    "LANG": "C.UTF-8",
                    "LINES": str(ROWS),
                    "PATH": f"{Path(sys.executable).parent}:{os.defpath}",
                    "TERM": "xterm-256color",
                    "ZOHO_ACCOUNTS_URL": at.accounts_url,
                    "ZOHO_API_DOMAIN": at.api_domain,
                    "ZOHO_CLIENT_ID": at.client_id,
                    "ZOHO_CLIENT_SECRET": at.client_secret,
                    "ZOHO_REFRESH_TOKEN": at.refresh_token,
                }
                stream.feed(f"\x1b[0;1;32m$\x1b[0;1m {line.text}\x1b[0m\r\n".encode())
                if not line.text.startswith("#"):
                    stream.feed(run(line.text, folder, environment))
                stream.feed(b"\x1b[0m\r\n")
    lines = [_line(screen, row) for row in range(ROWS)]
    while not lines[-1].plain:
        lines.pop()
    if len(lines) > ROWS - 10:
        sys.exit("the session is longer than the terminal")
    return lines


def _line(screen: pyte.Screen, row: int) -> Text:
    text = Text(no_wrap=True)
    cells = (screen.buffer[row][column] for column in range(COLUMNS))
    for style, alike in groupby(cells, _style):
        text.append("".join(cell.data for cell in alike), style)
    text.rstrip()
    return text


def _style(cell: pyte.screens.Char) -> Style:
    return Style(
        color=_colour(cell.fg),
        bgcolor=_colour(cell.bg),
        bold=cell.bold,
        italic=cell.italics,
        underline=cell.underscore,
        reverse=cell.reverse,
    )


def _colour(name: str) -> str | None:
    if name == "default":
        return None
    if name.startswith("bright"):
        return f"bright_{name.removeprefix('bright').replace('brown', 'yellow')}"
    if len(name) == 6 and all(digit in "0123456789abcdef" for digit in name):
        return f"#{name}"
    return name.replace("brown", "yellow")


def render(lines: list[Text]) -> str:
    """The picture."""
    console = Console(
        record=True, width=COLUMNS, file=StringIO(), force_terminal=True, highlight=False
    )
    for line in lines:
        console.print(line, soft_wrap=True)
    svg = console.export_svg(
        title=TITLE, theme=THEME, code_format=FORM, unique_id="session", font_aspect_ratio=0.61
    )
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


def main() -> None:
    """Write the picture."""
    IMAGE.parent.mkdir(exist_ok=True)
    IMAGE.write_text(render(record()), "utf-8")
    print(f"Wrote {IMAGE}.")  # noqa: T201  # this is a command


if __name__ == "__main__":
    main()

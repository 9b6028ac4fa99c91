"""``zohohub-gen demo``: the whole of it against the emulator, shown step by step."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from zohohub_gen.demo_program import (
    MISTAKES,
    PACKAGE,
    SEPARATOR,
    STEPS,
    mistakes,
    program,
)
from zohohub_gen.diagnostics import GeneratorError
from zohohub_gen.local import bypass_proxies
from zohohub_gen.summaries import Shown
from zohohub_gen.terminal import has_colour, printable
from zohohub_gen.typecheck import CHECKERS, Report, installed_checkers, type_check

if TYPE_CHECKING:
    from zohohub_gen.emulator import Connection, Emulator
    from zohohub_gen.pipeline import Outcome
    from zohohub_gen.pull import PullOutcome

_PROGRAM = "example.py"
_MISTAKES = "mistakes.py"
_EXCERPT = ("company", "lead_status", "annual_revenue", "interests", "weighted_value")
_PATIENCE = 60


def run() -> Shown:
    """Show everything.  Raises `GeneratorError` when it did not."""
    from zohohub_gen.emulator import Emulator
    from zohohub_gen.packaged import packaged

    start = time.monotonic()
    bypass_proxies()
    show = _Show()
    with (
        tempfile.TemporaryDirectory(prefix="zohohub-demo-", ignore_cleanup_errors=True) as name,
        Emulator(packaged("acme") / "metadata") as zoho,
    ):
        folder = Path(name)
        _start(show, zoho)
        _pull(show, zoho.connection, folder)
        outcome = _generate(show, folder)
        _write_programs(folder)
        reports = _type_check(show, folder)
        _use(show, zoho.connection, folder)
        _show_mistakes(show, reports)
        requests = len(zoho.requests)
    show.heading("Stop", "the emulator has stopped, the temporary folder is gone")
    seconds = time.monotonic() - start
    show.text(f"Everything worked: {requests} HTTP requests, {seconds:.1f} seconds.", "bold green")
    show.text(
        "Your own org: set ZOHO_CLIENT_ID, ZOHO_CLIENT_SECRET and ZOHO_REFRESH_TOKEN, "
        "then run `zohohub-gen`."
    )
    return Shown(
        modules=outcome.modules,
        fields=outcome.fields,
        type_checkers=tuple(f"{report.checker} {report.version}" for report in reports),
        requests=requests,
        seconds=round(seconds, 1),
    )


class _Show:
    """Numbered steps; plain lines where it is not a terminal."""

    def __init__(self) -> None:
        self._console = Console(highlight=False) if has_colour(sys.stdout) else None
        self._step = 0

    def heading(self, title: str, what: str) -> None:
        """Begin a step."""
        self._step += 1
        self._line("")
        self._line(f"{self._step}. {title}: {what}", "bold cyan", 0)

    def text(self, text: str, style: str = "") -> None:
        """A line of prose."""
        self._line(printable(text), style)

    def title(self, text: str) -> None:
        """What the next lines of code are about."""
        self._line("")
        self._line(printable(text), "italic")

    def results(self, lines: Iterable[str], style: str = "green") -> None:
        """What something printed."""
        for line in lines:
            self._line(f"→ {printable(line)}", style, 5)

    def code(self, code: str) -> None:
        """Python, coloured."""
        if self._console is None:
            for line in code.rstrip().splitlines():
                self._line(line, indent=5)
        else:
            from rich.syntax import Syntax

            block = Syntax(
                code.rstrip(),
                "python",
                theme="ansi_dark",
                background_color="default",
                word_wrap=True,
            )
            self._console.print(Padding(block, (0, 0, 0, 5)))

    def table(self, rows: Sequence[Sequence[str]], header: Sequence[str] = ()) -> None:
        """Columns without lines."""
        lines = [*([header] if header else []), *rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        for line in lines:
            cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
            self._line("   ".join(cells).rstrip(), "dim" if line is header else "")

    @contextmanager
    def waiting(self, what: str) -> Generator[None]:
        """Something that takes a while."""
        if self._console is None or not sys.stdout.isatty():
            yield
        else:
            with self._console.status(what):
                yield

    def _line(self, text: str, style: str = "", indent: int = 3) -> None:
        if self._console is None:
            sys.stdout.write(" " * indent + text + "\n" if text else "\n")
            sys.stdout.flush()
        else:
            self._console.print(Padding(Text(text, style), (0, 0, 0, indent)))


def _start(show: _Show, zoho: Emulator) -> None:
    connection = zoho.connection
    show.heading("Start", "a local Zoho CRM with the sample org Acme, over real HTTP")
    show.table(
        (
            ("accounts server", connection.accounts_url),
            ("API", f"{connection.api_domain}/crm/v8"),
            ("client id", f"{connection.client_id[:12]}…"),
        )
    )


def _pull(show: _Show, connection: Connection, folder: Path) -> None:
    from zohohub.auth import Auth
    from zohohub.transport import Transport

    from zohohub_gen.pull import pull

    show.heading("Pull", "authorise, and read the org's metadata into zoho_metadata/")
    auth = Auth(
        connection.client_id,
        connection.client_secret,
        connection.refresh_token,
        accounts_url=connection.accounts_url,
        api_domain=connection.api_domain,
    )
    outcomes: list[tuple[str, PullOutcome, float]] = []
    with closing(Transport(auth)) as transport:
        for which in ("first", "again"):
            start = time.monotonic()
            with show.waiting("Reading modules"):
                outcome = pull(transport, folder / "zoho_metadata")
            outcomes.append((which, outcome, time.monotonic() - start))
    show.table(
        [
            (
                which,
                str(outcome.modules),
                str(len(outcome.read)),
                str(outcome.calls),
                str(len(outcome.changes.created) + len(outcome.changes.changed)),
                f"{seconds:.1f} s",
            )
            for which, outcome, seconds in outcomes
        ],
        ("pull", "modules", "read", "API calls", "files written", "time"),
    )
    if outcomes[1][1].changes:
        raise GeneratorError("the second pull of an unchanged org has written files")


def _generate(show: _Show, folder: Path) -> Outcome:
    from zohohub_gen.pipeline import Options, generate

    show.heading("Generate", f"the typed package {PACKAGE}/ from the snapshot, offline")
    start = time.monotonic()
    with show.waiting("Writing Python"):
        outcome = generate(
            Options(metadata=folder / "zoho_metadata", output=folder, package=PACKAGE)
        )
    seconds = time.monotonic() - start
    show.text(
        f"{outcome.modules} modules, {outcome.fields} fields, "
        f"{len(outcome.created)} files in {seconds:.1f} s; from {PACKAGE}/leads.py:"
    )
    show.code(_excerpt((folder / PACKAGE / "leads.py").read_text(encoding="utf-8")))
    return outcome


def _excerpt(source: str) -> str:
    """A picklist, and a few attributes of the record class with their docstrings."""
    lines = source.splitlines()

    def text_of(first: ast.stmt, last: ast.stmt | None = None) -> str:
        return "\n".join(lines[first.lineno - 1 : (last or first).end_lineno])

    pieces: list[str] = []
    for node in ast.parse(source).body:
        if _target(node) == "LeadStatus":
            pieces.append(text_of(node) + "\n")
        elif isinstance(node, ast.ClassDef) and node.name == "Lead":
            pieces.append("@record\nclass Lead(Record):\n    ...")
            pieces.extend(
                text_of(attribute, docstring)
                for attribute, docstring in zip(node.body, node.body[1:], strict=False)
                if _target(attribute) in _EXCERPT
            )
    return "\n".join(pieces)


def _target(node: ast.stmt) -> str | None:
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return node.target.id
    return None


def _write_programs(folder: Path) -> None:
    (folder / _PROGRAM).write_text(program(), encoding="utf-8")
    (folder / _MISTAKES).write_text(mistakes()[0], encoding="utf-8")


def _type_check(show: _Show, folder: Path) -> list[Report]:
    show.heading("Type-check", f"the package and {_PROGRAM}, the program of the next step")
    checkers = installed_checkers()
    missing = [checker for checker in CHECKERS if checker not in checkers]
    if missing:
        show.text(f"Not checked with {' and '.join(missing)}: pip install {' '.join(missing)}")
    if not checkers:
        return []
    with show.waiting(" and ".join(checkers)):
        reports = type_check(folder, checkers)
    rows: list[tuple[str, ...]] = []
    for report in reports:
        wrong = [finding for finding in report.findings if finding.file != _MISTAKES]
        if wrong:
            first = wrong[0]
            raise GeneratorError(
                f"{report.checker} finds {len(wrong)} errors; the first is in "
                f"{first.file}:{first.line}: {first.message}"
            )
        mode = "strict" if report.checker == "pyright" else "--strict"
        rows.append(
            (f"{report.checker} {report.version}", mode, "0 errors", f"{report.seconds:.0f} s")
        )
    show.table(rows)
    return reports


def _use(show: _Show, connection: Connection, folder: Path) -> None:
    show.heading("Use it", f"{_PROGRAM} in a process of its own")
    outputs = _run_program(connection, folder)
    for step, output in zip(STEPS, outputs, strict=True):
        show.title(step.title)
        show.code(step.code)
        show.results(output.strip().splitlines())


def _run_program(connection: Connection, folder: Path) -> list[str]:
    # Whatever org the user's own environment names must not be touched.
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("ZOHO_")
    }
    environment |= {
        "PYTHONPATH": str(folder),
        "PYTHONIOENCODING": "utf-8",
        "ZOHO_ACCOUNTS_URL": connection.accounts_url,
        "ZOHO_API_DOMAIN": connection.api_domain,
        "ZOHO_CLIENT_ID": connection.client_id,
        "ZOHO_CLIENT_SECRET": connection.client_secret,
        "ZOHO_REFRESH_TOKEN": connection.refresh_token,
    }
    done = subprocess.run(  # noqa: S603  # our own interpreter and program
        [sys.executable, str(folder / _PROGRAM)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=_PATIENCE,
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise GeneratorError(f"{_PROGRAM} failed: {last}")
    return done.stdout.split(f"{SEPARATOR}\n")[:-1]


def _show_mistakes(show: _Show, reports: Sequence[Report]) -> None:
    if not reports:
        return
    show.heading("Make mistakes", "what the type checkers say before anything runs")
    for mistake, line in zip(MISTAKES, mistakes()[1], strict=True):
        show.title(mistake.title)
        show.code(mistake.code)
        for report in reports:
            said = [
                each.message
                for each in report.findings
                if (each.file, each.line) == (_MISTAKES, line)
            ]
            if not said:
                raise GeneratorError(f"{report.checker} does not mind `{mistake.code}`")
            show.results([f"{report.checker}: {said[0].splitlines()[0]}"], "red")

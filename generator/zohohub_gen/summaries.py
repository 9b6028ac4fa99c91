"""What the commands did that write no package: the documents of their ``--output-format json``.

`zohohub_gen.report` has those of pull, generate, export and docs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zohohub_gen.diagnostics import Diagnostic
from zohohub_gen.doctor import Finding
from zohohub_gen.output import Failure, Summary
from zohohub_gen.report import count, report_files
from zohohub_gen.terminal import flat

if TYPE_CHECKING:
    from zohohub_gen.terminal import Terminal


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedLine:
    """One thing that has to hold."""

    ok: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked(Summary):
    """What `check` found.  It has said so line by line."""

    path: Path
    """The folder of the package."""
    modules: int
    fields: int
    checks: tuple[CheckedLine, ...]
    created: tuple[Path, ...]
    """Files that `generate` would create; likewise the next two."""
    changed: tuple[Path, ...]
    deleted: tuple[Path, ...]
    diff: str
    org: dict[str, Any] | None
    """With ``--live``, how the org differs: what `diff` says of it."""
    failures: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]

    def failure(self) -> Failure | None:
        """Everything that has to be done."""
        return Failure("differs", "; ".join(self.failures)) if self.failures else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared(Summary):
    """What `diff` found, as `zohohub_gen.diff_report.as_document` gives it."""

    version: int
    old: str
    new: str
    counts: dict[str, int]
    changes: list[dict[str, Any]]
    fails_on: str
    failed: bool
    is_live: bool
    """Whether ``new`` is the org itself."""
    output_format: str

    def todo(self) -> str | None:
        """How the bindings follow the org."""
        # Pull requests and workflows get the report and nothing else.
        is_report = self.output_format in ("markdown", "github")
        if is_report or not (self.is_live and self.changes):
            return None
        return "run `zohohub-gen` to follow the org, and your type checker to see what breaks"

    def failure(self) -> Failure | None:
        """What ``--fail-on`` asked for."""
        if not self.failed:
            return None
        if self.fails_on == "any":
            return Failure("differs", f"{count(len(self.changes), 'change')}, and --fail-on is any")
        breaking = self.counts["breaking"]
        return Failure(
            "differs", f"{count(breaking, 'breaking change')}, and --fail-on is breaking"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MigratedFile:
    """A file with old names."""

    path: Path
    names: int
    diff: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftPlace:
    """A place that is left to the user."""

    path: Path
    line: int
    column: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrated(Summary):
    """What `migrate` changed, or would."""

    written: bool
    files: tuple[MigratedFile, ...]
    left: tuple[LeftPlace, ...]
    diagnostics: tuple[Diagnostic, ...]

    def remarks(self) -> Sequence[Diagnostic]:
        """Which files were passed over."""
        return self.diagnostics

    def show(self, terminal: Terminal) -> None:
        """Print it."""
        for each in self.files:
            if self.written:
                terminal.say(flat(f"  ~ {each.path}"), "yellow")
            else:
                terminal.diff(each.diff)
        if self.left:
            terminal.note("Left as it is, for you to decide:", "yellow")
            for place in self.left:
                where = f"{place.path}:{place.line}:{place.column}"
                terminal.note(flat(f"  {where}: {place.why}"))
        names = sum(each.names for each in self.files)
        total = f"{count(names, 'name')} in {count(len(self.files), 'file')}"
        if not self.files:
            terminal.say("No old name is certain to be used; nothing to change.", "bold")
        else:
            terminal.say(f"{'Changed' if self.written else 'Would change'} {total}.", "bold")

    def todo(self) -> str | None:
        """What to do about the files."""
        if not self.files:
            return None
        if self.written:
            return "run your type checker and your tests, and look at the diff"
        return "run the same command with --write"


@dataclass(frozen=True, slots=True, kw_only=True)
class Initialised(Summary):
    """What `init` wrote."""

    is_new: bool
    """Whether the project had no settings before."""
    has_credentials: bool
    """Whether the environment has those of an org."""
    created: tuple[Path, ...]
    changed: tuple[Path, ...]
    notes: tuple[str, ...]
    """What has to be done by hand."""

    def show(self, terminal: Terminal) -> None:
        """Print it."""
        report_files(terminal, self.created, self.changed, ())
        for note in self.notes:
            terminal.say(note)
        if not (self.created or self.changed or self.notes):
            terminal.say("Everything is there; nothing has changed.", "bold")

    def todo(self) -> str | None:
        """How to get to the org."""
        if self.is_new and self.has_credentials:
            return "run `zohohub-gen`, and commit what is new."
        if self.is_new:
            return (
                "make a client in Zoho's API console, set ZOHO_CLIENT_ID and "
                "ZOHO_CLIENT_SECRET, get a token with `zohohub-gen login`, run `zohohub-gen`, and "
                "commit what is new."
            )
        return "look at the files, and commit them." if self.created or self.changed else None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedIn(Summary):
    """What `login` got: the token itself, or the file that it is in."""

    refresh_token: str | None = None
    """None where ``--store`` or the settings name a file for it."""
    token_variable: str | None = None
    """Which variable wants the token."""
    token_file: Path | None = None
    variables: dict[str, str]
    """What else to set in the environment."""

    def show(self, terminal: Terminal) -> None:
        """Print the token, and nothing else on standard output."""
        ((variable, value),) = self.variables.items()
        if self.refresh_token is None:
            terminal.note(f"Stored in {self.token_file}.  Use it: export {variable}={value}")
        elif not terminal.json:
            terminal.note(
                f"The refresh token, good until it is revoked; set {self.token_variable} to it, "
                f"and {variable} to {value}:"
            )
            terminal.say(self.refresh_token)


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined(Summary):
    """What `doctor` found.  It has said so line by line."""

    findings: tuple[Finding, ...]
    wrong: int

    def show(self, terminal: Terminal) -> None:
        """Print how it ends."""
        if not self.wrong:
            terminal.say("Everything is right.", "bold")

    def failure(self) -> Failure | None:
        """How much is wrong."""
        if not self.wrong:
            return None
        are = "is" if self.wrong == 1 else "are"
        return Failure("wrong", f"{self.wrong} of these {are} wrong; ✗ marks what to do")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown(Summary):
    """What `demo` showed.  It has said so step by step."""

    modules: int
    fields: int
    type_checkers: tuple[str, ...]
    requests: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving(Summary):
    """What a client needs to reach the emulator, which is ready."""

    accounts_url: str
    api_domain: str
    client_id: str
    client_secret: str
    refresh_token: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected(Summary):
    """What `console` was connected to, and how its program ended."""

    connected_to: str
    """``org``, ``emulator``, or ``sample`` for the emulated sample org."""
    metadata: Path | None
    """The snapshot that is emulated, or that the package was made from; None for the sample."""
    package: str
    program_error: str | None
    """The exception of the program, as a traceback ends."""
    program_exit: int | None
    """What the program gave to ``exit``, if it did."""

    def failure(self) -> Failure | None:
        """That the program failed, if it did."""
        if self.program_exit:
            return Failure("program", f"the program ended with exit({self.program_exit})")
        return None if self.program_error is None else Failure("program", self.program_error)

    def code(self) -> int:
        """The exit code of the program."""
        return self.program_exit or int(self.program_error is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionScript(Summary):
    """What a shell has to read."""

    shell: str
    script: str

    def show(self, terminal: Terminal) -> None:
        """Print the script alone."""
        terminal.say(self.script)

"""``zohohub-gen console``: a prompt, or a program, with a client that is connected."""

from __future__ import annotations

import linecache
import signal
import sys
import traceback
from contextlib import ExitStack, suppress
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType, ModuleType
from typing import TYPE_CHECKING, Any, NoReturn

from zohohub_gen.diagnostics import GeneratorError
from zohohub_gen.local import bypass_proxies
from zohohub_gen.package import Generated, Options, render_package
from zohohub_gen.packaged import packaged
from zohohub_gen.summaries import Connected
from zohohub_gen.terminal import printable
from zohohub_gen.vendor import runtime_of
from zohohub_gen.write import write_files

if TYPE_CHECKING:
    from zohohub_gen.config import Settings
    from zohohub_gen.terminal import Terminal

_SAMPLE = packaged("acme") / "metadata"
_SAMPLE_PACKAGE = "acme_crm"
_RECORDS = 10
"""How many records a module gets where the user has none."""
_NAMES = 6
"""How many names of the package the banner shows."""


def run(
    terminal: Terminal, settings: Settings, *, live: bool, code: str | None, sample: bool
) -> Connected:
    """Open the prompt, or run ``code``, or what is piped in.

    ``sample`` allows the sample org where there is no metadata.  Raises `GeneratorError`, and what
    ``exit()`` raises in the program.
    """
    settings.refuse_union()
    options = settings.options()
    if sample and not (live or settings.profile or settings.metadata.is_dir()):
        options = Options(_SAMPLE, settings.output, _SAMPLE_PACKAGE)
    signal.signal(signal.SIGTERM, _end)
    with ExitStack() as stack:
        stack.enter_context(terminal.calls())
        package = _package(terminal, options, stack)
        names = _names(package)
        runtime = runtime_of(package.__name__)
        auth, what = (
            (settings.auth(runtime), "your own org: what you write there stays")
            if live
            else _emulated(options.metadata, runtime, stack)
        )
        names["crm"] = stack.enter_context(package.Crm(auth))
        error: str | None = None
        ended: int | None = None
        try:
            if code is not None:
                error = _run_program(code, "<command>", names)
            elif not sys.stdin.isatty():
                error = _run_program(sys.stdin.read(), "<stdin>", names)
            else:
                _prompt(_banner(package, names, what), names)
        except SystemExit as end:
            if not terminal.json:
                raise
            ended = end.code if isinstance(end.code, int) else int(end.code is not None)
    is_sample = options.metadata == _SAMPLE
    return Connected(
        connected_to="org" if live else "sample" if is_sample else "emulator",
        metadata=None if is_sample else options.metadata,
        package=options.package,
        program_error=error,
        program_exit=ended,
    )


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    """What SIGTERM does: the emulator stops, and the temporary folder goes."""
    raise SystemExit(128 + signal.SIGTERM)


def _package(terminal: Terminal, options: Options, stack: ExitStack) -> ModuleType:
    """The package of the metadata, imported; made in a temporary folder where there is none."""
    place = options.output
    is_there = Generated(place / options.package)("__init__.py")
    if options.metadata == _SAMPLE or not is_there:
        temporary = TemporaryDirectory(prefix="zohohub-console-", ignore_cleanup_errors=True)
        place = Path(stack.enter_context(temporary))
        # Not by `generate`, which writes the lock of the names into the user's folder.
        folder, rendered = place / options.package, render_package(options)
        write_files(folder, rendered.files, owned=Generated(folder))
        what = "the sample org" if options.metadata == _SAMPLE else options.metadata
        terminal.note(f"Generated {options.package} from {what} in a temporary folder.", "dim")
    # Python would look there for the modules of a program; a command begins with its own folder.
    sys.path[:0] = [str(place.resolve()), str(Path.cwd())]
    return import_module(options.package)


def _names(package: ModuleType) -> dict[str, Any]:
    """What the prompt knows: the names of the package; raises `GeneratorError` for an old one."""
    try:
        names = {name: getattr(package, name) for name in package.__all__}
    except ImportError as error:
        raise GeneratorError(str(error)) from error
    return {"__name__": "__main__", "__doc__": None, **names}


def _emulated(metadata: Path, runtime: str, stack: ExitStack) -> tuple[Any, str]:
    """An emulator that runs as long as the console: the credentials, and what it serves."""
    from zohohub_gen.emulator import Emulator

    bypass_proxies()
    has_records = any((folder / "records").is_dir() for folder in (metadata, metadata.parent))
    zoho = stack.enter_context(Emulator(metadata, seed=0 if has_records else _RECORDS))
    auth = import_module(f"{runtime}.auth").Auth(**zoho.credentials)
    if metadata == _SAMPLE:
        return auth, "a sample org, emulated here: nothing reaches Zoho"
    records = "its records" if has_records else f"{_RECORDS} made-up records a module"
    return auth, f"the org of {metadata}, emulated here with {records}: nothing reaches Zoho"


# --- What runs --------------------------------------------------------------------------------


def _run_program(text: str, name: str, names: dict[str, Any]) -> str | None:
    """Run a program as Python does, but with the traceback of its own lines; how it failed."""
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    try:
        exec(compile(text, name, "exec"), names)  # noqa: S102 - what the command is for
    except Exception as error:  # noqa: BLE001 - whatever the program raises
        sys.stdout.flush()
        own = error.__traceback__.tb_next if error.__traceback__ else None
        traceback.print_exception(type(error), error, own)
        return "".join(traceback.format_exception_only(error)).rstrip()
    return None


def _prompt(banner: str, names: dict[str, Any]) -> None:
    """A prompt of IPython's, or of Python's where that is not installed."""
    try:
        ipython = import_module("IPython")
    except ImportError:
        import code

        with suppress(ImportError):  # Windows has no readline
            import readline
            from rlcompleter import Completer

            readline.set_completer(Completer(names).complete)
            readline.parse_and_bind("tab: complete")
        code.interact(banner, local=names, exitmsg="")
    else:
        sys.stdout.write(f"{banner}\n")
        ipython.start_ipython(argv=["--no-banner", "--no-confirm-exit"], user_ns=names)


def _banner(package: ModuleType, names: dict[str, Any], what: str) -> str:
    """Three lines: what ``crm`` is connected to, what is at hand, what to try."""
    records = [name for name in package.__all__ if hasattr(names[name], "fields")]
    shown = ", ".join(["crm", *records[:_NAMES]])
    client: type[Any] = names["Crm"]
    modules = [name for name in vars(client) if not name.startswith("_")]
    module = "leads" if "leads" in modules else "".join(modules[:1])
    tries = f"crm.{module}.query().first() or help(crm.{module})" if module else "help(crm)"
    return printable(
        f"zohohub {version('zohohub')}, Python {sys.version.split()[0]}: crm is {what}.\n"
        f"At hand: {shown} and {len(package.__all__) - len(records[:_NAMES])} more names of "
        f"{package.__name__}.\n"
        f"Try {tries}; exit() or Ctrl-D ends it."
    )

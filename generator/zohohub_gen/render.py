"""Plan → text, by templates that hold facts and no decisions: ours, or the user's own."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateNotFound,
    TemplateSyntaxError,
)
from jinja2.sandbox import SandboxedEnvironment

from zohohub_gen.diagnostics import ConfigurationError, Diagnostic, GeneratorError
from zohohub_gen.package import HEADER
from zohohub_gen.packaged import packaged
from zohohub_gen.progress import UNSEEN, Work

if TYPE_CHECKING:
    from zohohub_gen.plan import PackagePlan
    from zohohub_gen.plan_module import ModuleHead, ModulePlan

_MODULE: Final = "module.py.j2"
TEMPLATES: Final = (_MODULE, "former.py.j2", "client.py.j2", "init.py.j2")
"""Those that a folder of the user's may replace."""

_Job: TypeAlias = "tuple[str, str, dict[str, Any]]"

_OURS: Final = "zohohub"
"""The prefix by which a template of the user's names one of ours."""


@dataclass(frozen=True, slots=True)
class Files:
    """The files of the package by path inside its folder."""

    texts: Mapping[str, str]
    own: frozenset[str] = frozenset()
    """The paths of those that a template of the user's made, so that nobody knows their style."""
    diagnostics: tuple[Diagnostic, ...] = ()


class Printer:
    """Prints plans by our own templates; paths are those inside the folder of the package."""

    def __init__(self) -> None:
        self._environment = _environment(FileSystemLoader(packaged("templates")))
        self._module = self._environment.get_template(_MODULE)

    def module(self, plan: ModulePlan) -> str:
        """The text of one module's file."""
        return self._module.render(module=plan)

    def rest(self, plan: PackagePlan) -> dict[str, str]:
        """The files of the package that are not a module's, by path."""
        texts = {
            path: self._environment.get_template(name).render(given)
            for path, name, given in _rest(plan)
        }
        return {**texts, "py.typed": ""}


def module_path(head: ModuleHead) -> str:
    """The path of the file of a module."""
    return f"{head.file}.py"


def render_by(plan: PackagePlan, own: Path, work: Work = UNSEEN) -> Files:
    """The files of the package, by the templates in the folder ``own`` where it has them.

    ``plan`` holds whole plans of the modules.

    Raises `GeneratorError` for a template of the user's that fails or gives no Python,
    `ConfigurationError` for a folder that is none, or that replaces nothing.
    """
    jobs: list[_Job] = [
        *((module_path(module), _MODULE, {"module": module}) for module in plan.modules),
        *_rest(plan),
    ]
    ours = FileSystemLoader(packaged("templates"))
    replaced = _replaced(own)
    theirs = _Recorded(own)
    # They come from the repository, and with it perhaps from whoever asks to have a change merged:
    # printing is all that they get to do.
    environment = _environment(
        ChoiceLoader([theirs, PrefixLoader({_OURS: ours}), ours]), SandboxedEnvironment
    )
    texts = {
        path: _render_own(environment, name, given, own, path)
        if name in replaced
        else environment.get_template(name).render(given)
        for path, name, given in _watched(jobs, work)
    }
    return Files(
        {**texts, "py.typed": ""},
        frozenset(path for path, name, _ in jobs if name in replaced),
        tuple(_unused(own, theirs.loaded)),
    )


def _watched(jobs: Sequence[_Job], work: Work) -> Iterator[_Job]:
    """The jobs; whoever takes the next one has done the one before."""
    work.begin("Writing files", len(jobs))
    for job in jobs:
        yield job
        work.step(job[0])


def _rest(plan: PackagePlan) -> list[_Job]:
    """Path, template and values of each file that is not a module's."""
    return [
        *((f"{each.file}.py", "former.py.j2", {"former": each}) for each in plan.former.files),
        ("client.py", "client.py.j2", {"package": plan}),
        ("__init__.py", "init.py.j2", {"package": plan}),
    ]


def _environment(loader: Any, kind: type[Environment] = Environment) -> Environment:
    return kind(
        loader=loader,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        # Python source, not HTML; plan.py has made every value safe to print.
        autoescape=False,
    )


# --- Templates of the user's own --------------------------------------------------------------


class _Recorded(FileSystemLoader):
    """Knows which files were read."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.loaded: set[str] = set()

    def get_source(self, environment: Environment, template: str) -> Any:
        """The text of a template; see `jinja2.BaseLoader.get_source`."""
        found = super().get_source(environment, template)
        self.loaded.add(template)
        return found


def _replaced(own: Path) -> list[str]:
    """Which of our templates the folder replaces."""
    if not own.is_dir():
        raise ConfigurationError(f"{own} is not a folder; `templates` names one with templates")
    names = [name for name in TEMPLATES if (own / name).is_file()]
    if not names:
        raise ConfigurationError(
            f"{own} replaces no template: it has to hold one of {', '.join(TEMPLATES)}"
        )
    return names


def _unused(own: Path, loaded: set[str]) -> list[Diagnostic]:
    """Templates that nothing has read: perhaps one of ours, spelled otherwise."""
    return [
        Diagnostic(
            str(path),
            f"no template reads it; those that replace ours are called {', '.join(TEMPLATES)}",
        )
        for path in sorted(own.glob("*.j2"))
        if path.name not in loaded
    ]


def _render_own(
    environment: Environment, name: str, given: Mapping[str, Any], own: Path, path: str
) -> str:
    try:
        text = environment.get_template(name).render(given)
    except TemplateSyntaxError as error:
        place = f"{error.filename or own / name}, line {error.lineno}"
        raise GeneratorError(f"{place}: {error.message}; nothing was written") from error
    except Exception as error:  # a template of the user's may raise anything
        what = _words(error)
        place = _place(error, own) or str(own / name)
        raise GeneratorError(
            f"{place}: {what}; nothing was written, and docs/reference/templates.md lists what "
            "there is"
        ) from error
    if not text.startswith(HEADER):
        # Without it, the file would be taken for one that was written by hand.
        text = HEADER + text
    try:
        compile(text, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        what = getattr(error, "msg", None) or str(error)
        raise GeneratorError(
            f"{own / name} gives no Python for {path} ({what}"
            f"{f', line {line}: {_line(text, line)}' if line else ''}); nothing was written"
        ) from error
    return text


def _words(error: Exception) -> str:
    if isinstance(error, TemplateNotFound):
        return f"there is no template {error.message}; ours begin with {_OURS}/"
    return " ".join(str(error).split()) or type(error).__name__


def _place(error: Exception, own: Path) -> str | None:
    """The template and the line in which it went wrong, which Jinja puts into the traceback."""
    places = [
        f"{frame.filename}, line {frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename.endswith(".j2") or Path(frame.filename).is_relative_to(own)
    ]
    return places[-1] if places else None


def _line(text: str, number: int) -> str:
    """One line of what was printed, for messages."""
    lines = text.splitlines()
    return repr(lines[number - 1].strip()[:60]) if number <= len(lines) else "its end"

"""``zohohub-gen init``: what is there, what to suggest, and which files to write.

Nothing that is there is replaced: files get lines, or stay as they are and the user is told what to
add.
"""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from zohohub_gen import config_values, init_edits
from zohohub_gen.diagnostics import ConfigurationError, GeneratorError
from zohohub_gen.write import Changes, read_text, write_files

if TYPE_CHECKING:
    from zohohub_gen.config import Settings

__all__ = ["EXTRAS", "Extra", "Plan", "Project", "find_project", "plan", "write"]

Extra: TypeAlias = Literal["github", "gitlab", "pre-commit", "pytest"]
EXTRAS: tuple[Extra, ...] = ("github", "gitlab", "pre-commit", "pytest")
"""What is written on request."""

_PACKAGE = "zoho_crm"
_TOKENS = ".zoho_tokens.json"
_IGNORED = "zohohub-gen: tokens, what an interrupted run leaves, caches"
_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Project:
    """A project as it was found.

    ``folder`` holds its pyproject.toml, or is to; ``root`` is that of its repository.  ``settings``
    is the table ``[tool.zohohub]``, None where there is none.
    """

    folder: Path
    root: Path
    name: str | None = None
    settings: Mapping[str, Any] | None = None

    @property
    def place(self) -> str:
        """The folder inside the repository, ``.`` where it is the root."""
        return self.folder.relative_to(self.root).as_posix()

    def output(self) -> str:
        """Where packages are: ``src`` where the project has that layout."""
        source = self.folder / "src"
        return "src" if any((*source.glob("*.py"), *source.glob("*/__init__.py"))) else "."

    def package(self, output: str) -> str:
        """A name for the package, from that of the project."""
        words = re.sub(r"\W+", "_", (self.name or "").lower(), flags=re.ASCII).strip("_")
        name = words if words.endswith("crm") else f"{words}_crm"
        try:
            config_values.package("package", name if words else _PACKAGE)
        except ConfigurationError:
            return _PACKAGE
        # A package of this name that is there is the user's own.
        taken = not words or (self.folder / output / name).exists()
        return _PACKAGE if taken else name

    def inside(self, what: str, folder: Path) -> str:
        """A folder as the settings name it; raises `ConfigurationError` if it lies elsewhere."""
        try:
            name = Path(os.path.relpath(folder, self.folder)).as_posix()
        except ValueError:  # on another drive
            name = ".."
        if PurePosixPath(name).parts[:1] == ("..",) or not name.isprintable():
            raise ConfigurationError(f"{what} {str(folder)!r} must be a folder of {self.folder}")
        return name


@dataclass(slots=True)
class Plan:
    """The files to write, by path inside the repository, and what the user has to do by hand."""

    files: dict[str, str] = field(default_factory=dict[str, str])
    notes: list[str] = field(default_factory=list[str])


def find_project(here: Path) -> Project:
    """The project that a folder is in: that of the nearest pyproject.toml in the same repository.

    Raises `ConfigurationError` for one that is not TOML.
    """
    here = here.absolute()
    folders = (here, *here.parents)
    root = next((folder for folder in folders if (folder / ".git").exists()), None)
    inside = folders[: folders.index(root) + 1] if root else (here,)
    folder = next((each for each in inside if (each / "pyproject.toml").is_file()), here)
    name: object = None
    settings: object = None
    if (text := read_text(folder / "pyproject.toml")) is not None:
        content = _toml(folder / "pyproject.toml", text)
        tool = _table(content.get("tool"))
        settings = tool.get("zohohub")
        name = _table(content.get("project")).get("name") or _table(tool.get("poetry")).get("name")
    return Project(
        folder,
        root or folder,
        name if isinstance(name, str) else None,
        None if settings is None else _table(settings),
    )


def plan(
    project: Project,
    settings: Settings,
    extras: Collection[Extra],
    table: Mapping[str, object] | None,
) -> Plan:
    """Say what to write; ``table`` is the one of the settings that pyproject.toml gets, if any.

    Raises `ConfigurationError` where a file that is there cannot be read.
    """
    planned = Plan()
    _pyproject(planned, project, settings, table, pytest="pytest" in extras)
    _gitignore(planned, project, settings)
    if "github" in extras:
        text = _from_template("github.yml", project, settings)
        _new(planned, project, ".github/workflows/zohohub.yml", text)
    if "gitlab" in extras:
        _gitlab(planned, project, settings)
    if "pre-commit" in extras:
        _pre_commit(planned, project, settings)
    if "pytest" in extras:
        _example(planned, project, settings)
    if not _origin() and {"github", "gitlab", "pre-commit"}.intersection(extras):
        planned.notes.append(
            f"CI installs {_requirement()} from the package index; where yours comes from "
            "elsewhere, change that in the files above."
        )
    return planned


def write(project: Project, planned: Plan) -> Changes:
    """Write all of the files or none; raises `GeneratorError` where the disk does not let it."""
    return write_files(project.root, planned.files, owned=_nothing)


# --- Files that are there, or may be -----------------------------------------------------------


def _pyproject(
    planned: Plan,
    project: Project,
    settings: Settings,
    table: Mapping[str, object] | None,
    *,
    pytest: bool,
) -> None:
    file = project.folder / "pyproject.toml"
    text = before = read_text(file) or ""
    bom = _BOM if text.startswith(_BOM) else ""
    text = text.removeprefix(_BOM)
    if table is not None:
        longer = init_edits.with_table(text, ("tool", "zohohub"), table)
        if longer is None:
            raise GeneratorError(
                f"{_shown(file)} holds `tool` in a form that takes no table [tool.zohohub]: write "
                "it as tables, such as [tool.ruff], and run `zohohub-gen init` again"
            )
        text = longer
    if pytest:
        output = project.inside("output", settings.output)
        other = _pytest_settings_elsewhere(project.folder, text)
        longer = None if other else init_edits.with_pythonpath(text, output)
        if longer is None:
            planned.notes.append(
                f"pytest has to find the package: add {output} to `pythonpath` in "
                f"{other or _shown(file)}."
            )
        else:
            text = longer
    if bom + text != before:
        planned.files[_path(project, "pyproject.toml")] = bom + text


def _pytest_settings_elsewhere(folder: Path, pyproject: str) -> str | None:
    """The file that pytest reads in place of pyproject.toml, or would stop reading for it."""
    for name in ("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini"):
        if (folder / name).exists():
            return name
    if "pytest" in _table(_toml(folder / "pyproject.toml", pyproject).get("tool")):
        return None
    for name, section in (("tox.ini", "[pytest]"), ("setup.cfg", "[tool:pytest]")):
        if section in (read_text(folder / name) or ""):
            return name
    return None


def _gitignore(planned: Plan, project: Project, settings: Settings) -> None:
    tokens = _TOKENS
    if settings.token_file is not None:
        name = os.path.relpath(settings.token_file, project.folder)
        tokens = Path(name).as_posix() if name.isprintable() and name[:2] != ".." else _TOKENS
    pattern = re.sub(r"([*?[\\])", r"\\\1", tokens)
    lines = (f"/{pattern}*", ".zohohub-*/", "__pycache__/")
    path = _path(project, ".gitignore")
    text = read_text(project.root / path) or ""
    longer = init_edits.with_lines(text, _IGNORED, lines)
    if longer != text:
        planned.files[path] = longer


def _gitlab(planned: Plan, project: Project, settings: Settings) -> None:
    job = ".gitlab/zohohub.yml"
    _new(planned, project, job, _from_template("gitlab.yml", project, settings))
    include = f"include:\n  - local: /{job}\n"
    pipeline = read_text(project.root / ".gitlab-ci.yml")
    if pipeline is None:
        planned.files[".gitlab-ci.yml"] = include
    elif job not in pipeline:
        planned.notes.append(f"Add the job to .gitlab-ci.yml:\n{include.rstrip()}")


def _pre_commit(planned: Plan, project: Project, settings: Settings) -> None:
    item = _from_template("pre_commit.yaml", project, settings)
    file = ".pre-commit-config.yaml"
    text = read_text(project.root / file)
    if text is not None and "zohohub-gen-check" in text:
        planned.notes.append(f"{file} has the hook zohohub-gen-check, and stays as it is.")
        return
    longer = init_edits.with_hook("repos:\n" if text is None else text, item)
    if longer is None:
        planned.notes.append(f"Add this to `repos` of {file}:\n{item.rstrip()}")
    else:
        planned.files[file] = longer


def _example(planned: Plan, project: Project, settings: Settings) -> None:
    from zohohub_gen.format import format_files
    from zohohub_gen.init_example import find_example

    example = find_example(settings)
    if example is None:
        planned.notes.append(
            "No example of a test was written: no module of the package has records that can be "
            "made from text alone."
        )
        return
    path = _path(project, f"tests/test_{settings.package}.py")
    text = _render("test_example.py", package=settings.package, example=example)
    _new(planned, project, path, format_files({path: text})[path])


def _new(planned: Plan, project: Project, path: str, text: str) -> None:
    """A file that this command makes once; one that is there is the user's."""
    present = read_text(project.root / path)
    if present is None:
        planned.files[path] = text
    elif present != text:
        planned.notes.append(f"{path} is there and stays; delete it to get a new one.")


# --- Texts ------------------------------------------------------------------------------------


def _from_template(name: str, project: Project, settings: Settings) -> str:
    output = project.inside("output", settings.output)
    metadata = project.inside("metadata", settings.metadata)
    package = (PurePosixPath(output) / settings.package).as_posix()
    inside = PurePosixPath(project.place)
    command = "zohohub-gen check"
    if project.place != ".":
        command = shlex.join(["sh", "-c", f"cd {shlex.quote(project.place)} && {command}"])
    watched = "|".join(
        re.escape((inside / path).as_posix()) + end
        for path, end in ((metadata, "/"), (package, "/"), ("pyproject.toml", "$"))
    )
    return _render(
        name,
        folder=project.place,
        requirement=_requirement(),
        metadata=metadata,
        package=package,
        entry=command,
        files=f"^({watched})",
    )


def _render(name: str, **values: object) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from zohohub_gen.packaged import packaged

    environment = Environment(
        loader=FileSystemLoader(packaged("templates") / "project"),
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  # YAML and Python; every value goes through a filter
    )
    environment.filters["yaml"] = json.dumps  # which is YAML too
    environment.filters["github"] = _github
    return environment.get_template(f"{name}.j2").render(values)


def _github(text: str) -> str:
    """A YAML string in which GitHub finds no expression but one that gives the text."""
    return json.dumps(text).replace("${{", "${{ '${{' }}")


def _requirement() -> str:
    """What pip has to install to get the tool that runs here."""
    from importlib.metadata import version

    return _origin() or f"zohohub[gen]=={version('zohohub')}"


def _origin() -> str | None:
    """The same, by the repository and commit that it was installed from, if it was."""
    from importlib.metadata import distribution

    origin = _table(json.loads(distribution("zohohub").read_text("direct_url.json") or "{}"))
    source = _table(origin.get("vcs_info"))
    if source.get("vcs") != "git":
        return None
    return f"zohohub[gen] @ git+{origin['url']}@{source['commit_id']}"


# --- Small things -----------------------------------------------------------------------------


def _path(project: Project, name: str) -> str:
    return (PurePosixPath(project.place) / name).as_posix()


def _toml(file: Path, text: str) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(text.removeprefix(_BOM))
    except (tomllib.TOMLDecodeError, UnicodeEncodeError) as error:
        raise ConfigurationError(f"{_shown(file)} is not TOML: {error}") from error


def _table(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _shown(file: Path) -> str:
    try:
        return os.path.relpath(file)
    except ValueError:  # on another drive
        return str(file)


def _nothing(_path: str) -> bool:
    return False

"""Who may import whom, and when."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.packages import CASE_PACKAGES, REPOSITORY, SAMPLE

GENERATOR = REPOSITORY / "generator" / "zohohub_gen"
RUNTIME = REPOSITORY / "runtime" / "zohohub"


def imports(path: Path, *, only_at_import: bool = False) -> Iterator[str]:
    """The modules that a file imports, by their full names.

    ``only_at_import`` leaves out what functions import, and what type checkers alone see.
    """
    package = _package(path)
    tree = ast.parse(path.read_text("utf-8"))
    nodes = _run_at_import(tree) if only_at_import else ast.walk(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            yield ".".join([*base, *filter(None, [node.module])])


def _package(path: Path) -> list[str]:
    """The packages that a file is in, outermost first."""
    folders: list[str] = []
    while (path.parent / "__init__.py").is_file():
        path = path.parent
        folders.insert(0, path.name)
    return folders


def _run_at_import(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        yield child
        yield from _run_at_import(child)


def top(module: str) -> str:
    return module.partition(".")[0]


def foreign(path: Path, *, only_at_import: bool = False) -> set[str]:
    """The packages outside the standard library that a file imports."""
    found = {top(module) for module in imports(path, only_at_import=only_at_import)}
    return found - set(sys.stdlib_module_names) - {""}


def declared(*extras: str) -> set[str]:
    """The import names of what the project says it needs."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    needs = [*project["dependencies"]]
    for extra in extras:
        needs += project["optional-dependencies"][extra]
    names = {re.split(r"[^\w-]", need)[0].replace("-", "_") for need in needs}
    parts = {"requests": "urllib3", "flask": "werkzeug"}
    return names | {parts[name] for name in names & parts.keys()}


@pytest.mark.parametrize("path", sorted(RUNTIME.rglob("*.py")), ids=lambda path: path.stem)
def test_the_runtime_needs_what_it_declares(path: Path) -> None:
    # Type checkers bring typing_extensions along; nothing needs it to run.
    more = {"typing_extensions"} if path.stem == "renamed" else set[str]()
    assert foreign(path) <= {"zohohub", *declared(), *more}
    assert "typing_extensions" not in foreign(path, only_at_import=True)


@pytest.mark.parametrize("path", sorted(GENERATOR.rglob("*.py")), ids=lambda path: path.stem)
def test_the_generator_needs_what_it_declares(path: Path) -> None:
    # Who loads the plugin is pytest itself.
    more = {"pytest"} if path.stem == "pytest_plugin" else set[str]()
    assert foreign(path) <= {"zohohub", "zohohub_gen", *declared("gen", "emulator"), *more}


def test_production_installs_little() -> None:
    assert "requests" in declared()
    assert len(declared() - {"urllib3"}) <= 3


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("ir", set[str]()),
        ("diagnostics", set[str]()),
        ("moves", {"zohohub_gen.diagnostics", "filelock"}),
        ("write", {"zohohub_gen.diagnostics", "zohohub_gen.moves"}),
    ],
)
def test_the_core_needs_little_more_than_the_standard_library(name: str, allowed: set[str]) -> None:
    found = {
        module
        for module in imports(GENERATOR / f"{name}.py")
        if top(module) not in sys.stdlib_module_names
    }
    assert found <= allowed


@pytest.mark.parametrize("name", ["parse", "field_types", "names", "plan", "annotations", "source"])
def test_the_pure_part_touches_neither_network_nor_disk(name: str) -> None:
    banned = {
        "os",
        "pathlib",
        "shutil",
        "socket",
        "subprocess",
        "tempfile",
        "time",
        "urllib",
        "requests",
    }
    assert {top(module) for module in imports(GENERATOR / f"{name}.py")} & banned == set()
    assert foreign(GENERATOR / f"{name}.py") <= {"zohohub_gen", "inflection"}


HEAVY = {
    *("jinja2", "black", "flask", "werkzeug", "requests", "datamodel_code_generator", "sqlglot"),
    "libcst",
}


@pytest.mark.parametrize(
    "name",
    [
        *("__init__", "__main__", "cli", "commands", "config", "pipeline", "package", "cache"),
        "pytest_plugin",
    ],
)
def test_heavy_libraries_are_imported_where_they_are_used(name: str) -> None:
    seen: set[str] = set()

    def reached(path: Path) -> set[str]:
        found: set[str] = set()
        for module in imports(path, only_at_import=True):
            found.add(top(module))
            own = GENERATOR / f"{module.removeprefix('zohohub_gen.').replace('.', '/')}.py"
            if module.startswith("zohohub_gen.") and own.is_file() and module not in seen:
                seen.add(module)
                found |= reached(own)
        return found

    assert reached(GENERATOR / f"{name}.py") & HEAVY == set()


GENERATED = sorted(
    (*SAMPLE.rglob("*.py"), *(path for each in CASE_PACKAGES for path in each.glob("*.py")))
)


def test_generated_code_needs_the_runtime_alone() -> None:
    for path in GENERATED:
        package = path.parent.name
        assert foreign(path) <= {"zohohub", package}, path
        own = [module.split(".") for module in imports(path) if top(module) == package]
        assert all((path.parent / f"{name}.py").is_file() for _, name in own), path
    assert len(GENERATED) > 60


def test_this_walk_sees_imports(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "__init__.py").touch()
    path = tmp_path / "p" / "x.py"
    path.write_text(
        "import a.b\nfrom c.d import e\nfrom . import f\nfrom .m import n\n"
        "if TYPE_CHECKING:\n    import g\ndef h():\n    import i\nclass J:\n    import k\n"
        "try:\n    import l\nexcept ImportError: pass\n",
        encoding="utf-8",
    )
    assert set(imports(path)) == {"a.b", "c.d", "p", "p.m", "g", "i", "k", "l"}
    assert set(imports(path, only_at_import=True)) == {"a.b", "c.d", "p", "p.m", "k", "l"}


def test_wire_is_what_its_schema_gives() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "datamodel_code_generator", "--profile", "wire", "--check"],
        cwd=REPOSITORY,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr

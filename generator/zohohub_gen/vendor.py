"""A copy of the runtime inside the package, so that production needs nothing but requests.

Every file of it carries our header, so that it is ours to replace and to delete.  The package's own
``py.typed`` holds for the copy too; the licence stands at the top of its ``__init__.py``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import zohohub

from zohohub_gen.diagnostics import GeneratorError
from zohohub_gen.package import HEADER

FOLDER: Final = "_zohohub"
"""Where the copy lies inside the package."""

_RUNTIME: Final = "zohohub"
# The sources are wider than black's lines.
_NOTE: Final = "# A copy of zohohub, the runtime of the package.\n# fmt: off\n"
_FROM = re.compile(r"from\s+zohohub(?P<rest>\.[\w.]+)?(?=\s+import\b)")


def runtime_of(package: str) -> str:
    """The name by which the runtime of a package is imported, which may be its own copy."""
    copy = f"{package}.{FOLDER}"
    return copy if find_spec(copy) else _RUNTIME


def with_runtime(files: Mapping[str, str]) -> dict[str, str]:
    """The files of the package, importing the runtime from inside of it.

    Raises `GeneratorError` for an import, of a template of the user's, that cannot be rewritten.
    """
    return {
        path: rewritten(text, f".{FOLDER}", path) if path.endswith(".py") else text
        for path, text in files.items()
    }


def runtime_files() -> dict[str, str]:
    """The files of the copy, by their path inside the package."""
    files: dict[str, str] = {}
    for path in runtime_sources():
        text = rewritten(path.read_text(encoding="utf-8"), "", path.name)
        notice = _licence() if path.name == "__init__.py" else ""
        files[f"{FOLDER}/{path.name}"] = f"{HEADER}{_NOTE}{notice}{text}"
    return files


def runtime_sources() -> list[Path]:
    """The source files of the runtime that is installed."""
    return sorted(Path(str(zohohub.__file__)).parent.glob("*.py"))


def rewritten(text: str, package: str, place: str) -> str:
    """The text, importing from ``package``, such as ``._zohohub``, what it imports from zohohub.

    Whether an import runs, is for type checkers or waits in a function: all of them change.
    """
    # As the parser counts lines: other line ends may stand inside literals.
    lines = text.split("\n")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [node.module or ""]
        else:
            continue
        if not any(name.partition(".")[0] == _RUNTIME for name in names):
            continue
        line = lines[node.lineno - 1]
        # Columns count bytes; what stands before an import is blank.
        found = _FROM.match(line, node.col_offset)
        if isinstance(node, ast.Import) or found is None:
            raise GeneratorError(
                f"{place}: {line.strip()!r} cannot be made to import the copy of the runtime; "
                "write `from zohohub.… import …` on one line"
            )
        target = (package + (found["rest"] or "")) or "."
        lines[node.lineno - 1] = f"{line[: found.start()]}from {target}{line[found.end() :]}"
    return "\n".join(lines)


def _licence() -> str:
    text = distribution("zohohub").read_text("licenses/LICENSE")
    if text is None:
        raise GeneratorError(
            "the licence of zohohub, which every copy of it has to carry, is not installed: run "
            "`pip install --force-reinstall zohohub`"
        )
    lines = ["", *text.rstrip().split("\n"), ""]
    return "".join(f"# {line}".rstrip() + "\n" for line in lines)

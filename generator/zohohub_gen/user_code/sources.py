"""The Python files of a program: found, read, parsed.  What cannot be is said and passed over."""

from __future__ import annotations

import ast
import io
import os
import re
import tokenize
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from zohohub_gen.diagnostics import Diagnostic, GeneratorError

_LINE_BREAK = re.compile("\r\n|\r|\n")
_CODE = (".py", ".pyi")


@dataclass(slots=True, eq=False)
class SourceFile:
    """One file that was parsed."""

    path: Path
    tree: ast.Module
    lines: Sequence[str]
    parts: tuple[str, ...] = field(init=False)
    """The parts of its absolute path, without suffix, and without ``__init__``: how imports end."""
    is_package: bool = field(init=False)

    def __post_init__(self) -> None:
        absolute = self.path.absolute().with_suffix("")
        self.is_package = absolute.name == "__init__"
        self.parts = (absolute.parent if self.is_package else absolute).parts

    def column(self, line: int, offset: int) -> int:
        """The column, from 0 and in characters, of an offset of the ast, which counts bytes."""
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        if text.isascii():
            return offset
        return len(text.encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "replace"))


def read_sources(
    sources: Sequence[Path], package: str, diagnostics: list[Diagnostic]
) -> list[SourceFile]:
    """Read the files, and those in the folders, each once, sorted by path.

    Folders give their ``*.py``, without hidden folders, virtual environments and the generated
    package.  A file that is not Python is a diagnostic.  Raises `GeneratorError` for a source that
    does not exist.
    """
    found: dict[Path, SourceFile] = {}
    for path in sorted(_files(sources, package)):
        resolved = path.resolve()
        if resolved not in found:
            source = _read(path, diagnostics)
            if source is not None:
                found[resolved] = source
    return list(found.values())


def _files(sources: Sequence[Path], package: str) -> Iterator[Path]:
    for source in sources:
        if source.is_dir():
            yield from _inside(source, package)
        elif source.is_file():
            if source.suffix in _CODE:
                yield source
        else:
            raise GeneratorError(f"{source} is neither a file nor a folder; nothing was read")


def _inside(folder: Path, package: str) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        base = Path(parent)
        folders[:] = [name for name in folders if not _is_passed_over(base / name, package)]
        yield from (base / name for name in names if name.endswith(".py"))


def _is_passed_over(folder: Path, package: str) -> bool:
    if folder.name.startswith(".") or folder.name in ("__pycache__", "node_modules"):
        return True
    if (folder / "pyvenv.cfg").is_file():
        return True
    return folder.name == package and (folder / "client.py").is_file() and _is_generated(folder)


def _is_generated(folder: Path) -> bool:
    from zohohub_gen.package import Generated

    return Generated(folder)("client.py")


def _read(path: Path, diagnostics: list[Diagnostic]) -> SourceFile | None:
    try:
        content = path.read_bytes()
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        text = content.decode(encoding)
        with warnings.catch_warnings():
            # What Python thinks of the program's strings is its own affair.
            warnings.simplefilter("ignore")
            tree = ast.parse(text, str(path))
    except OSError as error:
        return _unread(path, f"cannot be read: {error.strerror or error}", diagnostics)
    except UnicodeDecodeError as error:
        return _unread(path, f"is not {error.encoding} text", diagnostics)
    except SyntaxError as error:
        line = f" in line {error.lineno}" if error.lineno else ""
        return _unread(path, f"is not Python{line}: {error.msg}", diagnostics)
    except (ValueError, RecursionError, MemoryError) as error:
        return _unread(path, f"cannot be parsed: {error}", diagnostics)
    return SourceFile(path, tree, _LINE_BREAK.split(text))


def _unread(path: Path, why: str, diagnostics: list[Diagnostic]) -> None:
    diagnostics.append(Diagnostic(str(path), f"{why}; it was passed over"))


class Files:
    """Finds the file that an import means."""

    def __init__(self, files: Sequence[SourceFile]) -> None:
        self._by_end: dict[str, list[SourceFile]] = {}
        self._by_parts = {each.parts: each for each in files}
        for each in files:
            self._by_end.setdefault(each.parts[-1] if each.parts else "", []).append(each)

    def absolute(self, module: str, importer: SourceFile) -> SourceFile | None:
        """The file of ``a.b.c``: that whose path ends so and is nearest to the importer."""
        wanted = tuple(module.split("."))
        fitting = [
            each
            for each in self._by_end.get(wanted[-1], ())
            if each.parts[-len(wanted) :] == wanted and each is not importer
        ]
        return max(fitting, key=lambda each: _shared(each, importer), default=None)

    def relative(self, module: str, level: int, importer: SourceFile) -> SourceFile | None:
        """The file of ``from ..a import b``."""
        up = level - 1 if importer.is_package else level
        base = importer.parts[: len(importer.parts) - up]
        return self._by_parts.get((*base, *filter(None, module.split("."))))

    def below(self, file: SourceFile, name: str) -> SourceFile | None:
        """The file ``name`` in the folder of a package."""
        return self._by_parts.get((*file.parts, name)) if file.is_package else None


def _shared(file: SourceFile, importer: SourceFile) -> tuple[int, int]:
    """How much of their paths two files share, and how short the rest is."""
    shared = 0
    for one, other in zip(file.parts, importer.parts, strict=False):
        if one != other:
            break
        shared += 1
    return shared, -len(file.parts)

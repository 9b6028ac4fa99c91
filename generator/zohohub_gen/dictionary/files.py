"""Bindings → a folder with the data dictionary: all of it or nothing, and only files of ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Literal, TypeAlias

from zohohub_gen.bindings import Bindings
from zohohub_gen.diagnostics import GeneratorError
from zohohub_gen.dictionary.facts import Dictionary, collect
from zohohub_gen.dictionary.marks import STARTS
from zohohub_gen.progress import UNSEEN, Work
from zohohub_gen.write import Changes, read_text, write_files

Form: TypeAlias = Literal["html", "markdown"]

_ENDINGS: Mapping[Form, tuple[str, ...]] = {
    "html": (".html", ".css", ".js"),
    "markdown": (".md",),
}


def write_dictionary(
    bindings: Bindings, folder: Path, form: Form, work: Work = UNSEEN
) -> tuple[Dictionary, Changes]:
    """Make the folder hold the data dictionary in one form; ``work`` hears how that goes.

    Pages of modules that are gone are deleted; the other form, folders and files that this did not
    make stay.  Raises `GeneratorError` where such a file is in the way, or the disk refuses.
    """
    work.begin("Collecting the facts")
    dictionary = collect(bindings)
    files = _files(dictionary, form, work)
    for path in sorted(files):
        existing = read_text(folder / path)
        if existing and not existing.startswith(STARTS[PurePosixPath(path).suffix]):
            raise GeneratorError(
                f"{folder / path} was not made by zohohub-gen and would be overwritten; move it "
                "away, or choose another --output"
            )
    return dictionary, write_files(folder, files, owned=_ours(folder, form))


def _files(dictionary: Dictionary, form: Form, work: Work) -> dict[str, str]:
    if form == "html":
        from zohohub_gen.dictionary.html import html_files

        return html_files(dictionary, work)
    from zohohub_gen.dictionary.markdown import markdown_files

    return markdown_files(dictionary, work)


def _ours(folder: Path, form: Form) -> Callable[[str], bool]:
    """Tells what an earlier run has made in this form.  A folder inside is another dictionary."""

    def made(path: str) -> bool:
        ending = PurePosixPath(path).suffix
        if "/" in path or ending not in _ENDINGS[form]:
            return False
        return (read_text(folder / path) or "").startswith(STARTS[ending])

    return made

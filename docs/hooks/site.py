"""What MkDocs does to the pages: some lie beside docs/, and links into the repository are text."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

_BESIDE = {
    "README.md": "start.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changelog.md",
}
"""Files of the repository that are pages of the site, and what they are called there."""

_HOME = {page: file for file, page in _BESIDE.items()}
_LINK = re.compile(r"\[(?P<text>[^]]+)\]\((?P<to>[^)#\s]+)(?P<anchor>#[^)\s]*)?\)")
_ELSEWHERE = re.compile(r"[a-z]+:|/")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that lie beside docs/."""
    from mkdocs.structure.files import File

    for name, page in _BESIDE.items():
        text = (Path(config.docs_dir).parent / name).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001  # MkDocs' signature
    """Make links lead to pages; those to other files, which GitHub follows, become their text."""
    uri = page.file.src_uri
    home = _HOME.get(uri, f"docs/{uri}")  # where the page lies in the repository

    def rewritten(link: re.Match[str]) -> str:
        if _ELSEWHERE.match(link["to"]):
            return link[0]
        target = posixpath.normpath(posixpath.join(posixpath.dirname(home), link["to"]))
        if target in _BESIDE:
            target = _BESIDE[target]
        elif target.startswith("docs/"):
            target = target.removeprefix("docs/")
        else:
            return link["text"]
        place = posixpath.relpath(target, posixpath.dirname(uri) or ".")
        return f"[{link['text']}]({place}{link['anchor'] or ''})"

    return _LINK.sub(rewritten, markdown)

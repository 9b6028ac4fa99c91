"""What MkDocs does to the pages: the changelog is one, and links into the repository are text."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

_CHANGELOG = "changelog.md"
_LINK = re.compile(r"(?<!!)\[(?P<text>[^]]+)\]\((?P<to>[^)#\s]+)(?P<anchor>#[^)\s]*)?\)")
_ELSEWHERE = re.compile(r"[a-z]+:|/")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add CHANGELOG.md of the repository as a page."""
    from mkdocs.structure.files import File

    text = (Path(config.docs_dir).parent / "CHANGELOG.md").read_text(encoding="utf-8")
    files.append(File.generated(config, _CHANGELOG, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001  # MkDocs' signature
    """Turn links to files outside of docs/, which GitHub follows, into their text."""
    # Where the page lies in the repository.
    uri = page.file.src_uri
    folder = "" if uri == _CHANGELOG else posixpath.dirname(f"docs/{uri}")

    def rewritten(link: re.Match[str]) -> str:
        if _ELSEWHERE.match(link["to"]):
            return link[0]
        target = posixpath.normpath(posixpath.join(folder, link["to"]))
        if not target.startswith("docs/"):
            return link["text"]
        from_docs = posixpath.relpath(target, posixpath.dirname(f"docs/{uri}"))
        return f"[{link['text']}]({from_docs}{link['anchor'] or ''})"

    return _LINK.sub(rewritten, markdown)

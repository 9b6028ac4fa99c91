"""Read web pages as a browser would: elements, text, addresses."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br", "img"}
CLOSED_AT_ONCE = {"path", "rect"}


class Page(HTMLParser):
    """One page: what its elements are, and the text in them."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.source = source
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.by_id: dict[str, str] = {}
        """The text of each element that has an id."""
        self._open: list[tuple[str, str | None, int]] = []
        self.feed(source)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        assert len(given) == len(attrs), attrs
        self.elements.append((tag, given))
        if "id" in given:
            assert given["id"] not in self.by_id, given["id"]
            self.by_id[given["id"]] = ""
        if tag not in VOID:
            self._open.append((tag, given.get("id"), len(self.words)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in CLOSED_AT_ONCE
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        opened, own, begin = self._open.pop()
        assert opened == tag, (opened, tag, self.getpos())
        if own is not None:
            self.by_id[own] = " ".join(self.words[begin:])

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.words.append(data)

    def attributes(self, name: str) -> list[str]:
        """The values of an attribute wherever it is."""
        return [given[name] for _, given in self.elements if name in given]

    def of(self, tag: str) -> list[dict[str, str]]:
        """The attributes of all elements of a kind."""
        return [given for name, given in self.elements if name == tag]

    @property
    def text(self) -> str:
        """All text."""
        return " ".join(self.words)

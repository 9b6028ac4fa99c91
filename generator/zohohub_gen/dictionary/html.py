"""Dictionary → web pages that need neither a server nor the network.

Whatever a label says stays text: every value is escaped, control characters and direction marks are
spelled out, and the pages' own policy lets nothing run or load but the files beside them.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from zohohub_gen.dictionary.facts import Dictionary, ModuleFacts, counted
from zohohub_gen.dictionary.grouping import neighbourhood, overview
from zohohub_gen.dictionary.marks import STARTS
from zohohub_gen.progress import UNSEEN, Work
from zohohub_gen.terminal import printable

if TYPE_CHECKING:
    from jinja2 import Environment

_FOLDER = Path(__file__).parent / "pages"
_INDEX = "index"
DIAGRAM = "modules-diagram.html"
SEARCH_INDEX = "search-index.js"


def html_files(dictionary: Dictionary, work: Work = UNSEEN) -> dict[str, str]:
    """The files of the dictionary by path; ``work`` hears of each page of a module."""
    work.begin("Drawing the modules")
    environment = _environment()
    figures = overview(dictionary)
    files = {
        "style.css": _asset("style.css"),
        "search.js": _asset("search.js"),
        SEARCH_INDEX: _search_index(dictionary),
        f"{_INDEX}.html": _page(environment, "index", dictionary, figures=figures, here="index"),
        DIAGRAM: _page(environment, "diagram", dictionary, figures=figures, here="diagram"),
    }
    work.begin("Writing pages", len(dictionary.modules))
    for module in dictionary.modules:
        work.step(module.link.api_name)
        files[file_of(module.page)] = _page(
            environment,
            "module",
            dictionary,
            module=module,
            drawing=neighbourhood(dictionary, module),
            here="",
        )
    return files


def file_of(page: str) -> str:
    """The file of a module's page; a Python name has no hyphen, so none is ever taken twice."""
    return f"{page}-module.html" if page == _INDEX else f"{page}.html"


def _page(environment: Environment, template: str, dictionary: Dictionary, **more: Any) -> str:
    text = environment.get_template(f"{template}.html").render(dictionary=dictionary, **more)
    return f"{STARTS['.html']}\n{text}"


def _asset(name: str) -> str:
    text = (_FOLDER / name).read_text("utf-8")
    return f"{STARTS[Path(name).suffix]}\n{text}"


def _search_index(dictionary: Dictionary) -> str:
    """What the search looks through: label, api_name, file, and the fields of each module.

    A field is its label and its api_name, and its anchor where that cannot be told from them.
    """
    modules = [
        [
            printable(module.link.label),
            printable(module.link.api_name),
            _address(module.page),
            [_entry(module, number) for number in range(len(module.fields))],
        ]
        for module in dictionary.modules
    ]
    lines = ",\n".join(json.dumps(module, separators=(",", ":")) for module in modules)
    return f"{STARTS['.js']}\nglobalThis.zohohubSearchIndex = [\n{lines}\n];\n"


def _entry(module: ModuleFacts, number: int) -> list[str]:
    item = module.fields[number]
    entry = [printable(item.label), printable(item.api_name)]
    return entry if item.anchor == f"field-{item.api_name}" else [*entry, item.anchor]


def _address(page: str) -> str:
    return quote(file_of(page))


def _shown(value: object) -> object:
    """What a template prints of a value: markup that another template made, and text, as it is."""
    if not isinstance(value, str) or value.isprintable() or hasattr(value, "__html__"):
        return value
    return printable(value.replace("\r\n", "\n"))


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
        keep_trailing_newline=True,
    )
    filters: dict[str, Any] = {"file": _address, "count": counted}
    constants: dict[str, Any] = {"diagram_file": DIAGRAM}
    environment.filters.update(filters)
    environment.globals.update(constants)
    return environment

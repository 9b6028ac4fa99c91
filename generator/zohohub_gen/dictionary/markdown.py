"""Dictionary → markdown: the same facts as the web pages, a file a module and a README.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import quote

from zohohub_gen.dictionary.facts import (
    Dictionary,
    FieldFacts,
    LayoutFacts,
    ModuleFacts,
    ModuleLink,
    Relation,
)
from zohohub_gen.dictionary.marks import STARTS
from zohohub_gen.markdown import code, plain
from zohohub_gen.progress import UNSEEN, Work

_INDEX = "readme"


def markdown_files(dictionary: Dictionary, work: Work = UNSEEN) -> dict[str, str]:
    """The files of the dictionary by path; ``work`` hears of each page of a module."""
    work.begin("Writing pages", len(dictionary.modules))
    files = {"README.md": _text(_index(dictionary))}
    for module in dictionary.modules:
        work.step(module.link.api_name)
        files[_file_of(module.page)] = _text(_module(dictionary, module))
    return files


def _file_of(page: str) -> str:
    """The file of a module; some disks do not tell readme.md from README.md."""
    return f"{page}-module.md" if page == _INDEX else f"{page}.md"


def _text(lines: Iterable[str]) -> str:
    return "\n".join([STARTS[".md"], "", *lines]).rstrip("\n") + "\n"


# --- The index --------------------------------------------------------------------------------


def _index(dictionary: Dictionary) -> Iterator[str]:
    yield f"# {plain(dictionary.title)}: data dictionary"
    yield ""
    yield from (f"- {plain(term)}: {code(value)}" for term, value in dictionary.org)
    for kind, modules in dictionary.kinds():
        yield from ("", f"## {plain(kind)} modules", "")
        rows = [
            (
                _link(each.link),
                _code(each.link.api_name),
                _code(each.python) if each.python else "not in the package",
                str(each.count),
                _links(each.targets),
                _links(each.sources),
            )
            for each in modules
        ]
        head = ("Module", "api_name", "Python", "Fields", "Refers to", "Referred to by")
        yield from _table(head, rows)


# --- One module -------------------------------------------------------------------------------


def _module(dictionary: Dictionary, module: ModuleFacts) -> Iterator[str]:
    yield f"# {plain(module.link.label)}"
    yield ""
    yield f"[{plain(dictionary.title)}](README.md) · {plain(module.kind)} module"
    yield ""
    yield f"- api_name: {code(module.link.api_name)}"
    if module.handle:
        yield f"- Handle: {code(module.handle)}"
    yield f"- Record: {code(module.record) if module.record else 'not in the package'}"
    yield f"- The API lets you: {', '.join(module.allows) or 'read'}"
    if not module.api_supported:
        yield "- Zoho's API does not serve its records."
    if module.missing_in:
        yield f"- {plain(_missing(module.missing_in))}"
    yield from ("", "## Fields", "")
    head = ("Field", "api_name", "Python", "Type", "Rules", "Notes")
    yield from _table(head, [_field(item) for item in module.fields])
    yield from _picklists(module)
    yield from _layouts(module.layouts)
    yield from _relations("Refers to", [(each.target, each) for each in module.refers])
    yield from _relations("Referred to by", [(each.source, each) for each in module.referred])
    if module.related:
        yield from ("", "## Related lists", "")
        rows = [
            (
                plain(each.label),
                _code(each.api_name),
                _link(each.module) if each.module else "",
                each.kind if each.served else "not served by the API",
                " ".join(
                    filter(
                        None,
                        (
                            _code(each.python) if each.python else "",
                            plain(_missing(each.missing_in)) if each.missing_in else "",
                        ),
                    )
                ),
            )
            for each in module.related
        ]
        yield from _table(("List", "api_name", "Records of", "Kind", "Python"), rows)


def _field(item: FieldFacts) -> tuple[str, ...]:
    kind = [plain(item.kind), _code(item.data_type)]
    if item.targets:
        kind.append(_links(item.targets))
    kind += [plain(limit) for limit in item.limits]
    if item.options:
        kind.append(f"{item.used} options")
    rules = [*item.flags, *(f"required in layout {plain(name)}" for name in item.required_in)]
    notes = [
        f"default {_code(value)} in layout {', '.join(map(plain, names))}"
        for value, names in item.defaults
    ]
    if item.help:
        notes.insert(0, plain(item.help))
    if item.missing_in:
        notes.append(plain(_missing(item.missing_in)))
    return (
        plain(item.label),
        _code(item.api_name),
        _code(f"{item.python}: {item.python_type}") if item.python else "not in the package",
        ", ".join(kind),
        ", ".join(rules),
        "; ".join(notes),
    )


def _picklists(module: ModuleFacts) -> Iterator[str]:
    lists = [item for item in module.fields if item.options]
    if lists:
        yield from ("", "## Picklists")
    for item in lists:
        yield from ("", f"### {plain(item.label)} ({code(item.api_name)})", "")
        for option in item.options:
            words = [code(option.display)]
            if option.actual is not None:
                words.append(f"stored as {code(option.actual)}")
            if option.python is not None:
                words.append(code(option.python))
            if not option.used:
                words.append("unused")
            if option.missing_in:
                words.append(plain(_missing(option.missing_in)))
            yield f"- {', '.join(words)}"


def _layouts(layouts: Sequence[LayoutFacts]) -> Iterator[str]:
    if layouts:
        yield from ("", "## Layouts")
    for layout in layouts:
        yield from ("", f"### {plain(layout.name)}{'' if layout.active else ' (inactive)'}", "")
        yield f"- Shows {layout.shown} fields."
        if layout.required:
            yield f"- Requires {', '.join(code(item.api_name) for item in layout.required)}."
        for item, options in layout.narrowed:
            yield f"- Of {code(item.api_name)} it offers {', '.join(map(code, options))}."


def _relations(title: str, relations: Sequence[tuple[ModuleLink, Relation]]) -> Iterator[str]:
    if relations:
        yield from ("", f"## {title}", "")
        rows = [
            (_link(link), plain(each.label), _code(each.api_name), plain(each.words))
            for link, each in relations
        ]
        yield from _table(("Module", "Field", "api_name", "Type"), rows)


def _code(text: str) -> str:
    """A code span in a table, where a bar ends the cell even inside of one."""
    return code(text).replace("|", "\\|")


def _missing(profiles: Sequence[str]) -> str:
    return f"Not in {' and '.join(profiles)}"


def _link(link: ModuleLink) -> str:
    if link.page is None:
        return _code(link.api_name)
    return f"[{plain(link.label)}]({quote(_file_of(link.page))})"


def _links(links: Iterable[ModuleLink]) -> str:
    return ", ".join(map(_link, dict.fromkeys(links)))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"

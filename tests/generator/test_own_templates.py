"""Templates of the user's own: which replace ours, what they may do, what is refused."""

from __future__ import annotations

import re
import shutil
import sys
from dataclasses import fields, replace
from pathlib import Path

import black
import pytest
from zohohub_gen.cli import main
from zohohub_gen.diagnostics import ConfigurationError, GeneratorError
from zohohub_gen.package import HEADER, Options
from zohohub_gen.packaged import packaged
from zohohub_gen.pipeline import check, generate
from zohohub_gen.plan import Handle, PackagePlan
from zohohub_gen.plan_convert import ConvertPlan
from zohohub_gen.plan_module import Attribute, ModulePlan
from zohohub_gen.plan_related import RelatedAttribute
from zohohub_gen.render import TEMPLATES

from tests.support.checkers import NOT_THE_BODIES
from tests.support.packages import CASES, REPOSITORY, imported, options

DOCS = "".join(
    (REPOSITORY / "docs" / folder / "templates.md").read_text("utf-8")
    for folder in ("how-to", "reference")
)


@pytest.fixture
def chosen(tmp_path: Path) -> Options:
    """A small org, a folder for templates that is empty, and the package as ours print it."""
    shutil.copytree(CASES / "name_overrides" / "metadata", tmp_path / "metadata")
    generate(options(tmp_path / "metadata", tmp_path))
    (tmp_path / "own").mkdir()
    return options(tmp_path / "metadata", tmp_path, templates=tmp_path / "own")


def write(chosen: Options, name: str, text: str) -> Path:
    folder = chosen.choices.templates
    assert folder is not None
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def contents(chosen: Options) -> dict[str, str]:
    folder = chosen.output / chosen.package
    return {path.name: path.read_text("utf-8") for path in folder.iterdir() if path.is_file()}


def refused(chosen: Options) -> str:
    """The sentence; the package is as it was, and no file is new."""
    before = contents(chosen)
    with pytest.raises(GeneratorError) as caught:
        generate(chosen)
    assert contents(chosen) == before
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_copy_of_ours_changes_nothing(chosen: Options) -> None:
    before = contents(chosen)
    for name in TEMPLATES:
        write(chosen, name, (packaged("templates") / name).read_text("utf-8"))
    assert not generate(chosen).differs
    for name in TEMPLATES:
        write(chosen, name, f'{{% extends "zohohub/{name}" %}}\n')
    assert not generate(chosen).differs
    assert contents(chosen) == before


def test_one_replaces_one(chosen: Options) -> None:
    before = contents(chosen)
    write(chosen, "init.py.j2", '"""Mine."""\n')
    assert [path.name for path in generate(chosen).changed] == ["__init__.py"]
    assert contents(chosen) == before | {"__init__.py": HEADER + '"""Mine."""\n'}


def test_parts_of_ones_own_and_of_ours(chosen: Options) -> None:
    write(
        chosen,
        "module.py.j2",
        '{% extends "zohohub/module.py.j2" %}\n{% from "parts/more.j2" import more %}\n'
        "{% block end %}\n{{ more(module.api_name) }}\n{% endblock %}\n",
    )
    write(chosen, "parts/more.j2", "{% macro more(name) %}MORE = {{ name }}{% endmacro %}\n")
    write(chosen, "client.py.j2", '{% include "zohohub/client.py.j2" %}\n\nX = 1\n')
    outcome = generate(chosen)
    made = contents(chosen)
    assert 'MORE = "Leads"\n' in made["leads.py"]
    assert made["client.py"].endswith("\nX = 1\n")
    assert [str(each) for each in outcome.diagnostics if "template" in str(each)] == []
    with imported(chosen.output / "crm") as package:
        assert package.Crm


BROKEN = [
    ("a\n{% if %}\n", "module.py.j2, line 2: Expected an expression"),
    ("a\n{{ modul.file }}\n", "module.py.j2, line 2: 'modul' is undefined"),
    ("a\n\n{{ module.name }}\n", "module.py.j2, line 3: "),
    ("{% include 'other.j2' %}\n", "line 1: there is no template other.j2; ours begin with"),
    ('{% extends "zohohub/modul.py.j2" %}', "there is no template zohohub/modul.py.j2"),
    ("{{ 1 // 0 }}", "module.py.j2, line 1: "),
    ("{{ module.file() }}", "module.py.j2, line 1: 'str' object is not callable"),
    ("class {{ module.api_name }}:\n    pass\n", "module.py.j2 gives no Python for "),
    ("if True:\nx = 1\n", "line 3: 'x = 1'"),
    ("x = '\x00'\n", "gives no Python"),
    ("\tx = (\n", "gives no Python"),
]


@pytest.mark.parametrize(("text", "expected"), BROKEN)
def test_what_is_broken_is_told_in_one_sentence(chosen: Options, text: str, expected: str) -> None:
    path = write(chosen, "module.py.j2", text)
    message = refused(chosen)
    assert expected in message
    assert str(path) in message
    assert "nothing was written" in message


@pytest.mark.parametrize(
    "way",
    [
        "cycler.__init__.__globals__.os.system({command!r})",
        "''.__class__.__mro__[1].__subclasses__()",
        "module.__class__.__init__.__globals__['__builtins__']['open']({command!r})",
        "self.__init__.__globals__",
        "'{{0.__class__.__init__.__globals__}}'.format(module)",
    ],
)
def test_a_template_prints_and_does_nothing_else(chosen: Options, way: str) -> None:
    pwned = chosen.output / "pwned"
    text = way.format(command=f"touch {pwned}")
    write(chosen, "module.py.j2", f"x = {{{{ ({text}) | string | length }}}}\n")
    assert "unsafe" in refused(chosen)
    assert not pwned.exists()


def test_an_error_in_a_part_names_the_part(chosen: Options) -> None:
    write(chosen, "client.py.j2", "a = 1\n{% include 'part.txt' %}\n")
    path = write(chosen, "part.txt", "\n\n{{ nobody }}\n")
    assert refused(chosen).startswith(f"{path}, line 3: 'nobody' is undefined")


def test_a_folder_that_is_none(chosen: Options) -> None:
    with pytest.raises(ConfigurationError, match="replaces no template: it has to hold one of"):
        generate(chosen)
    assert chosen.choices.templates is not None
    chosen.choices.templates.rmdir()
    with pytest.raises(ConfigurationError, match="is not a folder"):
        generate(chosen)


def test_a_misspelt_template_is_noticed(chosen: Options) -> None:
    write(chosen, "init.py.j2", "")
    path = write(chosen, "clients.py.j2", "")
    (found,) = [each for each in generate(chosen).diagnostics if each.place == str(path)]
    assert found.severity == "warning"
    assert "client.py.j2" in found.message


def test_every_file_has_the_header_once_and_is_black_clean(chosen: Options) -> None:
    write(chosen, "client.py.j2", "# Generated by zohohub-gen.  Do not edit.\nx = { 'a':1 }\n")
    write(chosen, "init.py.j2", "x = ['a'\n, 'b']\n")
    write(chosen, "module.py.j2", "")
    generate(chosen)
    made = contents(chosen)
    assert made["client.py"] == HEADER + 'x = {"a": 1}\n'
    assert made["__init__.py"] == HEADER + 'x = ["a", "b"]\n'
    assert made["leads.py"] == HEADER
    for text in made.values():
        assert black.format_str(text, mode=black.Mode()) == text
    # They are ours to delete, too.
    fewer = replace(chosen, choices=replace(chosen.choices, modules=("Leads",)))
    assert [path.name for path in generate(fewer).deleted] == ["custom_module1.py"]


def test_a_changed_template_is_another_run(chosen: Options) -> None:
    write(chosen, "init.py.j2", "{% include 'x.txt' %}\n")
    write(chosen, "x.txt", "x = 1\n")
    generate(chosen)
    assert not check(chosen)[0].differs
    write(chosen, "x.txt", "x = 2\n")
    outcome, diff = check(chosen)
    assert outcome.differs
    assert "+x = 2" in diff


def test_the_folder_is_relative_to_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(CASES / "name_overrides" / "metadata", tmp_path / "zoho_metadata")
    (tmp_path / "pyproject.toml").write_text('[tool.zohohub]\ntemplates = "mine"\n')
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "init.py.j2").write_text("x = 1\n")
    (tmp_path / "deep").mkdir()
    monkeypatch.chdir(tmp_path / "deep")
    assert main(["generate"]) == 0
    assert (tmp_path / "zoho_crm" / "__init__.py").read_text() == HEADER + "x = 1\n"
    (tmp_path / "mine" / "init.py.j2").write_text("{{ x }}\n")
    capsys.readouterr()
    assert main(["check"]) == 1
    assert capsys.readouterr().err.startswith("Error: ../mine/init.py.j2, line 1: 'x' is undefined")


# --- docs/how-to/templates.md and docs/reference/templates.md ---------------------------------


@pytest.mark.parametrize(
    ("prefix", "plan"),
    [
        ("module", ModulePlan),
        ("attribute", Attribute),
        ("item", RelatedAttribute),
        ("module.convert", ConvertPlan),
        ("package", PackagePlan),
        ("handle", Handle),
    ],
)
def test_the_docs_list_every_name(prefix: str, plan: type) -> None:
    listed = re.findall(rf"^\| `{re.escape(prefix)}\.(\w+)` \| \S", DOCS, re.MULTILINE)
    assert listed == [each.name for each in fields(plan)]


def test_the_docs_list_every_block() -> None:
    listed = re.findall(r"^\| `(\w+\.py\.j2)` \| `(\w+)` \| \S", DOCS, re.MULTILINE)
    there = [
        (name, block)
        for name in TEMPLATES
        for block in re.findall(
            r"{% block (\w+) %}", (packaged("templates") / name).read_text("utf-8")
        )
    ]
    assert sorted(listed) == sorted(there)


def test_the_example_of_the_docs(chosen: Options) -> None:
    (example,) = re.findall(r"```jinja\n(.*?)```", DOCS, re.DOTALL)
    write(chosen, "module.py.j2", example)
    generate(chosen)
    sys.modules.pop("crm", None)
    with imported(chosen.output / "crm") as package:
        assert package.Lead(id="5").label() == "Lead 5"


def test_mypy_reads_what_a_template_adds(chosen: Options) -> None:
    template = '{% extends "zohohub/module.py.j2" %}{% block mypy %}{% endblock %}'
    write(chosen, "module.py.j2", template)
    generate(chosen)
    write(chosen, "module.py.j2", '{% extends "zohohub/module.py.j2" %}')
    before = contents(chosen)["leads.py"]
    generate(chosen)
    assert NOT_THE_BODIES not in before
    assert NOT_THE_BODIES in contents(chosen)["leads.py"]


def test_every_block_may_be_changed(chosen: Options) -> None:
    for name in TEMPLATES:
        ours = (packaged("templates") / name).read_text("utf-8")
        blocks = "".join(
            f"{{% block {block} %}}{{{{ super() }}}}{{% endblock %}}\n"
            for block in re.findall(r"{% block (\w+) %}", ours)
        )
        write(chosen, name, f'{{% extends "zohohub/{name}" %}}\n{blocks}')
    assert not generate(chosen).differs

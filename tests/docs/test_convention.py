"""The blocks are really looked at: what is wrong on a page is found, with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from zohohub_gen.emulator import Emulator

from .blocks import PageError, read
from .expected import matches
from .page import NEEDS_BASH, Page
from .test_blocks import failures

pytestmark = NEEDS_BASH


@pytest.fixture(scope="module")
def any_page(
    tmp_path_factory: pytest.TempPathFactory, sample_project: Path, docs_emulator: Emulator
) -> Iterator[Page]:
    """One page for all that need not know what came before."""
    with Page(tmp_path_factory.mktemp("page"), sample_project, docs_emulator) as followed:
        yield followed


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "page.md"
    path.write_text(text, "utf-8")
    return path


GOOD = """
```python
lead_id = crm.leads.create(last_name="Ito")
print(crm.leads.get(lead_id).last_name)  #> Ito
```

<!-- invisible-code-block: python
city = "Graz"
-->

```pycon
>>> crm.leads.update(lead_id, city=city)
>>> crm.leads.get(lead_id)
Lead(id='…', last_name='Ito', …
```

- in a list:

  ```console
  $ export CITY=Graz && cd acme_crm
  $ echo "$CITY" \\
    "$(ls client.py)"
  Graz client.py
  $ python -c 'print(1); print(2); print(3)'
  1
  …
  3
  $ ZOHO_DC=… zohohub-gen pull --full
  ```

<!-- file: src/thing.py -->

```python
NAME = "thing"
```

<!-- output: cat ../src/thing.py -->

```
NAME = "thing"
```

<!-- project: empty -->

```python
print("crm" in globals())
#> False
```
"""


def test_a_good_page(tmp_path: Path, page: Page) -> None:
    assert failures(written(tmp_path, GOOD), page) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("```python\nlead.nothing\n```\n", "page.md:2: NameError: name 'lead' is not defined"),
        ("```python\nprint(1)  #> 2\n```\n", "+1"),
        ("```pycon\n>>> 1 + 1\n3\n```\n", "Expected:\n    3\nGot:\n    2"),
        ("```pycon\n1 + 1\n```\n", "no >>> in it"),
        ("```console\n$ echo one\ntwo\n```\n", "+one"),
        ("```console\n$ false\n```\n", "$ false\nexit code 1"),
        ("```console\necho\n```\n", "the first line has no `$ ` before it"),
        ("```console\n$ zohohub-gen pull --no-such --store …\n```\n", "No such option '--no-such'"),
        ("```sh\ntrue\npip install '.[nothing]'\n```\n", "zohohub has no extra nothing"),
        ("```sh\nmake nothing\n```\n", "the Makefile has no target nothing"),
        ("```toml\n[tool.zohohub]\npackages = 1\n```\n", "packages"),
        ("```yaml\na: [\n```\n", "ParserError"),
        ("```json\n{,}\n```\n", "JSONDecodeError"),
        ("```jinja\n{% block %}\n```\n", "TemplateSyntaxError"),
        ("```ruby\nputs 1\n```\n", "a block of ruby needs a directive above it"),
        ("```\ntext\n```\n", "a block of no language needs a directive above it"),
        ("<!-- excerpt: LICENSE -->\n```text\nnot so\n```\n", "LICENSE has not"),
        ("<!-- excerpt: nothing -->\n```text\nx\n```\n", "there is no nothing"),
        ("<!-- output: echo 1 -->\n```text\n2\n```\n", "+1"),
        ("<!-- compile: another client -->\n```python\n1 +\n```\n", "SyntaxError"),
        ("<!-- tested-by: tests/test_cli.py::test_of_nothing -->\n```\nx\n```\n", "has no test_of"),
        (
            "<!-- tested-by: tests/test_cli.py::test_no_credentials -->\n```\nx\n```\n",
            "does not read page.md",
        ),
        ("<!-- as-is: why not -->\n```sh\nzohohub-gen nonsense\n```\n", "nonsense"),
        ("<!-- as-is: why not -->\n```sh\nzohohub-gen diff --nonsense\n```\n", "--nonsense"),
    ],
)
def test_what_is_wrong_is_found(tmp_path: Path, any_page: Page, text: str, expected: str) -> None:
    found = failures(written(tmp_path, f"\n{text}"), any_page)
    assert len(found) == 1
    assert re.match(r"page\.md:[23]: ", found[0])
    assert expected in found[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<!-- asis: typing error -->\n", "no such directive: asis"),
        ("<!-- as-is -->\n```\nx\n```\n", "as-is needs an argument"),
        ("<!-- as-is: nothing below -->\n", "as-is has no block below it"),
        ("Text.\n\n    indented = code\n", "indented code"),
    ],
)
def test_pages_that_cannot_be_read(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(PageError, match=expected):
        read(written(tmp_path, text))


def test_what_was_left_out() -> None:
    assert matches("one\n…\nthree", "one\n2\n2\nthree\n")
    assert matches("one\n...\n", "one\n")
    assert matches("took … ms", "took 12 ms   ")
    assert not matches("one\n…\nthree", "one\nthree\nfour")
    assert not matches("took … ms", "took 12 s")
    assert not matches("took … ms", "took 12\nms")

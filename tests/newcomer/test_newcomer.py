"""A newcomer with an empty home follows README.md to the letter, from clone to the first query."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.empty_home import empty_home
from tests.support.packages import REPOSITORY

from .reading import Command, SavedFile, Step, UnclearError, missing, section, steps
from .shell import Shell

HEADING = "Five minutes without an account"
FIVE_MINUTES = 300
# Of somebody who has started a server, before the next line is typed; in seconds.
PAUSE = 2


@dataclass(frozen=True)
class Followed:
    """What became of it."""

    seconds: float
    """From the beginning to the answer of the first typed query."""
    answer: list[str]


def first_query(todo: list[Step]) -> Command:
    """The last program that the reader saves and runs, or the last that a prompt is given."""
    files = {step.name for step in todo if isinstance(step, SavedFile) and ".py" in step.name}
    commands = [step for step in todo if isinstance(step, Command)]
    runs = [
        step
        for step in commands
        if step.text.split()[0] in ("python", "python3") and files & set(step.text.split())
    ] or [step for step in commands if step.text.startswith("zohohub-gen console -c ")]
    if not runs:
        raise UnclearError("no command runs a query")
    if not any(line not in ("…", "...", "") for line in runs[-1].shown):
        raise UnclearError(f"it is not shown what `{runs[-1].text}` prints")
    return runs[-1]


def follow(todo: list[Step], repository: Path, folder: Path, pause: float = PAUSE) -> Followed:
    """Do all of it, beginning with the clone."""
    query = first_query(todo)
    environment = empty_home(folder / "home")
    # The Python that the reader has: any from 3.11 on.
    environment["PATH"] = f"{sys.base_prefix}/bin:{environment['PATH']}"
    start, seconds, answer = time.monotonic(), 0.0, []
    if isinstance(todo[0], Command) and todo[0].text.startswith("git clone "):
        address = todo[0].text.split()[2]
        environment |= {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.file://{repository}.insteadOf",
            "GIT_CONFIG_VALUE_0": address,
        }
        where = folder
    else:
        where = folder / "zohohub-gen"
        subprocess.run(
            ["git", "clone", "--quiet", f"file://{repository}", where], env=environment, check=True
        )
    with Shell(where, environment) as shell:
        for step in todo:
            if isinstance(step, SavedFile):
                (where / step.name).parent.mkdir(parents=True, exist_ok=True)
                (where / step.name).write_text(step.text, "utf-8")
                continue
            code, printed, where = shell.type(step.text, FIVE_MINUTES)
            output = "\n".join(printed)
            assert code == 0, f"`{step.text}` ended with {code}:\n{output}"
            if step.serves:
                shown = step.shown
                if missing(shown, printed):
                    before = printed
                    printed = before + shell.wait_for(
                        lambda more, shown=shown, before=before: not missing(shown, before + more),
                        60,
                    )
                time.sleep(pause)
            absent = missing(step.shown, printed)
            assert absent is None, f"`{step.text}` did not print {absent!r}, but:\n{output}"
            if step is query:
                seconds, answer = time.monotonic() - start, printed
    return Followed(seconds, answer)


@pytest.mark.slow
def test_from_clone_to_the_first_typed_query(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    markdown = (REPOSITORY / "README.md").read_text("utf-8")
    if f"\n## {HEADING}\n" not in markdown:
        pytest.fail(f'README.md has no "## {HEADING}", which is what newcomers follow')
    followed = follow(steps(section(markdown, HEADING)), REPOSITORY, tmp_path)
    with capsys.disabled():
        print(f"\nFrom clone to the first typed query: {followed.seconds:.0f} s")
    assert followed.seconds < FIVE_MINUTES


# --- the reader himself ----------------------------------------------------------------------

EXAMPLE = """# Title

## Five minutes without an account

Type:

```console
$ mkdir app && cd app
$ export NAME="a
> b"
$ printf '%s\\n' one two \\
  three
one
…
three
```

### Then

Save this as `src/first.py`:

<!-- file: src/first.py -->

```python
print("Brandt")
```

```console
$ (sleep 0.2; echo ready on 127.0.0.1:8090; exec sleep 60) &
ready on …
$ python3 src/first.py
Bran...
```

```text
$ exit 1
```

## Another

```console
$ exit 2
```
"""


def empty_repository(folder: Path) -> Path:
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", "-C", str(folder)]
    subprocess.run(["git", "init", "--quiet", folder], check=True)
    subprocess.run([*git, "commit", "--quiet", "--allow-empty", "--message", "One"], check=True)
    return folder


def test_the_reader_does_what_is_said(tmp_path: Path) -> None:
    todo = steps(section(EXAMPLE, HEADING))
    assert [step.text for step in todo if isinstance(step, Command)] == [
        "mkdir app && cd app",
        'export NAME="a\nb"',
        "printf '%s\\n' one two \\\n  three",
        "(sleep 0.2; echo ready on 127.0.0.1:8090; exec sleep 60) &",
        "python3 src/first.py",
    ]
    followed = follow(todo, empty_repository(tmp_path / "origin"), tmp_path / "newcomer", pause=0)
    assert followed.answer[-1:] == ["Brandt"]
    assert followed.seconds > 0.2
    saved = tmp_path / "newcomer" / "zohohub-gen" / "app" / "src" / "first.py"
    assert saved.read_text("utf-8") == 'print("Brandt")\n'


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("Bran...", "Sato …", "did not print 'Sato …'"),
        ("one\n…", "two\none\n…", "did not print 'one'"),
        ("mkdir app && cd app", "cd nowhere", "ended with 1"),
        ("print(", "exit(", "ended with 1"),
    ],
)
def test_what_is_not_so_is_told(tmp_path: Path, old: str, new: str, says: str) -> None:
    todo = steps(section(EXAMPLE.replace(old, new), HEADING))
    with pytest.raises(AssertionError, match=says):
        follow(todo, empty_repository(tmp_path / "origin"), tmp_path / "newcomer", pause=0)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("## Five minutes without an account", "## Ten minutes", "there is no"),
        ("Save this as `src/first.py`:", "Like this:", "under which name"),
        ("file: src/first.py", "file: src/other.py", "the comment src/other.py"),
        ("`src/first.py`", "`../first.py`", "comment|not in the project"),
        ("$ mkdir", "mkdir", "no command prints"),
        ("Bran...", "", "not shown what"),
        ("python3 src/first.py", "true", "no command runs a query"),
    ],
)
def test_what_is_unclear_is_told(old: str, new: str, says: str) -> None:
    with pytest.raises(UnclearError, match=says):
        first_query(steps(section(EXAMPLE.replace(old, new), HEADING)))


def test_a_question_that_nobody_answers_does_not_pass(tmp_path: Path) -> None:
    environment = empty_home(tmp_path / "home")
    with (
        Shell(tmp_path, environment) as shell,
        pytest.raises(TimeoutError, match="did not end"),
    ):
        shell.type("read -r answer", 0.5)

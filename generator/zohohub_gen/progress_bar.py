"""The bar of `zohohub_gen.progress`, drawn by rich on standard error."""

from __future__ import annotations

import time

from rich.console import Console, RenderableType
from rich.progress import Progress, ProgressColumn, SpinnerColumn, Task, TaskID, TextColumn
from rich.progress_bar import ProgressBar
from rich.table import Column
from rich.text import Text

from zohohub_gen.terminal import flat

_WIDTH = 20


class Bar:
    """One stage after the other, in one line that goes away at the end."""

    def __init__(self) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            _Share(),
            _Number(),
            _Time(),
            TextColumn(
                "{task.fields[detail]}",
                style="dim",
                markup=False,
                table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1),
            ),
            console=Console(stderr=True),
            transient=True,
            expand=True,
        )
        self._task: TaskID | None = None
        self._progress.start()

    def begin(self, what: str, total: int | None, began: float) -> None:
        """The next stage, which began then by `time.monotonic`."""
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._task = self._progress.add_task(flat(what), total=total, detail="", began=began)

    def step(self, what: str, done: int) -> None:
        """How far the stage is."""
        if self._task is not None:
            self._progress.update(self._task, completed=done, detail=flat(what))

    def above(self, text: str, style: str | None) -> None:
        """Print a line above the bar."""
        self._progress.console.print(
            text, style=style, markup=False, highlight=False, soft_wrap=True
        )

    def close(self) -> None:
        """Take the line away."""
        self._progress.stop()


class _Share(ProgressColumn):
    """A bar, where it is known how long it has to get."""

    def render(self, task: Task) -> RenderableType:
        """What stands in the column."""
        if task.total is None:
            return Text()
        return ProgressBar(total=task.total, completed=task.completed, width=_WIDTH)


class _Number(ProgressColumn):
    """How many steps are done, of how many."""

    def render(self, task: Task) -> RenderableType:
        """What stands in the column."""
        if task.total is None:
            return Text()
        return Text(f"{task.completed:,.0f}/{task.total:,.0f}")


class _Time(ProgressColumn):
    """The time that is gone, and the time that is left if the rest goes as fast."""

    def render(self, task: Task) -> RenderableType:
        """What stands in the column."""
        gone = time.monotonic() - task.fields["began"]
        if not task.total or not task.completed:
            return Text(_clock(gone))
        left = gone / task.completed * max(0, task.total - task.completed)
        return Text(f"{_clock(gone)}, {_clock(left)} left")


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"

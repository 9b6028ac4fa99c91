"""What became of each row of a write, in the order of the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, overload

from zohohub.immutable import field, immutable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zohohub.errors import ZohoError

__all__ = ["Outcome", "Result", "Results"]

Outcome: TypeAlias = Literal["done", "refused", "unknown", "not sent"]
"""What became of a row.

``done``; ``refused`` by Zoho, the error says why; ``not sent``, it did not reach Zoho; ``unknown``,
it was sent and the answer was lost: look in Zoho before you repeat it.
"""


@immutable
class Result:
    """What became of one row."""

    index: int
    """The place of the row among those given."""
    outcome: Outcome
    id: str | None = None
    """The id of the record, if the row was done."""
    action: str | None = None
    """``insert`` or ``update``, for upserts."""
    code: str = ""
    """Zoho's code, such as ``SUCCESS`` or ``MANDATORY_NOT_FOUND``."""
    message: str = ""
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Zoho's details, such as ``Modified_Time`` or the field that was refused."""
    error: ZohoError | None = None
    """Why the row was not done; None for a row that was done."""

    @property
    def ok(self) -> bool:
        """The row was done."""
        return self.outcome == "done"

    @property
    def unknown(self) -> bool:
        """The row may or may not have been done."""
        return self.outcome == "unknown"


class Results(Sequence[Result]):
    """One result for each row that was given, in the same order."""

    __slots__ = ("_results",)

    def __init__(self, results: Sequence[Result]) -> None:
        self._results = tuple(results)

    def __len__(self) -> int:
        return len(self._results)

    @overload
    def __getitem__(self, index: int) -> Result: ...
    @overload
    def __getitem__(self, index: slice) -> Results: ...
    def __getitem__(self, index: int | slice) -> Result | Results:
        if isinstance(index, slice):
            return Results(self._results[index])
        return self._results[index]

    def __repr__(self) -> str:
        counts = Counter(result.outcome for result in self._results)
        done = counts.pop("done", 0)
        others = "".join(f", {count} {outcome}" for outcome, count in counts.items())
        return f"<Results: {len(self)} rows, {done} done{others}>"

    def _repr_html_(self) -> str:
        """A table of the rows, for notebooks."""
        from zohohub.notebook import results_html

        return results_html(self)

    @property
    def failures(self) -> Sequence[Result]:
        """The rows that were not done, or may not have been."""
        return [result for result in self._results if not result.ok]

    @property
    def ids(self) -> Sequence[str]:
        """The ids of the records, in the order of the rows.

        Raises the error of the first row that was not done.
        """
        self.raise_for_failures()
        return [result.id for result in self._results if result.id is not None]

    def raise_for_failures(self) -> None:
        """Raise the error of the first row that was not done; its ``results`` holds them all."""
        for result in self._results:
            if result.error is not None:
                result.error.results = self
                raise result.error

"""What may differ between two snapshots of an org: the words of the diff.

A change is said from the side of programs that use the bindings: what was there before, under the
names that users write.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Severity: TypeAlias = Literal["breaking", "risky", "safe"]
"""What a change means for programs, once the package is made again.

*breaking*: some correctly typed program does not type-check any more.  *risky*: all do, but some
may do something else or be refused at run time; or only code that lists all options of a picklist
does not type-check.  *safe*: neither.
"""

SEVERITIES: tuple[Severity, ...] = ("breaking", "risky", "safe")
"""The worst first."""

Kind: TypeAlias = Literal[
    "module added",
    "module removed",
    "module renamed",
    "module label changed",
    "module operations changed",
    "field added",
    "field removed",
    "field renamed",
    "field label changed",
    "field help changed",
    "type changed",
    "length changed",
    "precision changed",
    "mandatory on",
    "mandatory off",
    "read-only on",
    "read-only off",
    "unique on",
    "unique off",
    "option added",
    "option removed",
    "option renamed",
    "option retired",
    "option restored",
    "lookup target changed",
    "subform target changed",
    "layout added",
    "layout removed",
    "layout renamed",
    "layout requirement added",
    "layout requirement removed",
    "layout options changed",
    "related list added",
    "related list removed",
    "related list renamed",
    "related list target changed",
    "language changed",
    "currency changed",
    "name changed",
]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference, what it means, and for whom."""

    kind: Kind
    severity: Severity
    module: str | None
    """The api_name before; after, if it was added; None for the org."""
    field: str | None
    """Likewise, of a field or related list."""
    option: str | None
    """Likewise, the display value of an option."""
    before: str | None
    """What it was, in few words; None if it was added."""
    after: str | None
    """What it is now; None if it was removed."""
    reason: str
    """One sentence: why it is breaking, risky or safe, and for whom."""
    target: str | None
    """The Python name before, as users write it: ``Lead.annual_revenue``, ``crm.leads``."""

"""What the generator noticed and could live with: values with a place, never exceptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Severity: TypeAlias = Literal["warning", "info"]


@dataclass(frozen=True, slots=True, order=True)
class Diagnostic:
    """One remark about the metadata: where (``Leads.Score``), what, and what was done."""

    place: str
    message: str
    severity: Severity = "warning"

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class GeneratorError(Exception):
    """The command cannot go on.  The message is one sentence: what, where, what to do.

    ``exit_code`` is 1 where the input is at fault, 2 for wrong usage or configuration.
    """

    exit_code = 1

    def __init__(self, sentence: str) -> None:
        # Names in it come from Zoho: one that holds a line break must not write a line of its own.
        super().__init__(sentence.replace("\r", "\\r").replace("\n", "\\n"))


class ConfigurationError(GeneratorError):
    """An option or the configuration is wrong (exit code 2)."""

    exit_code = 2

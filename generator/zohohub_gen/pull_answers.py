"""What Zoho answers about one module in a pull, and what people are told of what it refuses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from zohohub.errors import ApiError, InvalidToken, ScopeMismatch, ServerError, TooManyRequests

from zohohub_gen.diagnostics import Diagnostic
from zohohub_gen.scopes import FEATURES
from zohohub_gen.snapshot import JsonObject, Snapshot

BESIDE_FIELDS = ("layouts", "related_lists")
"""What is read of a module that has fields."""

# Whoever hears one of these about one module would hear it about all of them.
_FATAL = (InvalidToken, ServerError, TooManyRequests)
_FATAL_CODES = frozenset({"DAILY_LIMIT_EXCEEDED", "INACTIVE_USER", "INVALID_HOST"})
# Said about modules that Zoho lists and does not serve: nothing that anyone could change.
_NOT_SERVED = frozenset(
    {
        "API_NOT_SUPPORTED",
        "FEATURE_NOT_AVAILABLE",
        "FEATURE_NOT_ENABLED",
        "FEATURE_NOT_SUPPORTED",
        "INVALID_MODULE",
        "INVALID_QUERY",
        "NOT_SUPPORTED",
        "REQUIRED_PARAM_MISSING",
    }
)


@dataclass(frozen=True, slots=True)
class ModuleAnswer:
    """What Zoho says of one module: fields, layouts, related lists; what it refused, and why."""

    api_name: str
    found: dict[str, list[JsonObject]] = field(default_factory=dict[str, list[JsonObject]])
    refused: dict[str, ApiError] = field(default_factory=dict[str, ApiError])

    @property
    def asked(self) -> set[str]:
        """What was asked for, whatever came of it."""
        return self.found.keys() | self.refused.keys()


def is_fatal(error: ApiError) -> bool:
    """Whether a refusal ends the pull."""
    return isinstance(error, _FATAL) or error.code in _FATAL_CODES


def reason(error: ApiError) -> str:
    """A refusal, as the beginning of a sentence."""
    return f"Zoho refuses with {error.code} ({error.message})"


def explain(answers: Iterable[ModuleAnswer], old: Snapshot) -> Iterator[Diagnostic]:
    """What to tell of modules without fields and of refusals; ``old`` is what was known before."""
    answers = list(answers)
    for answer in answers:
        had_fields = bool(old.fields.get(answer.api_name))
        if (refused := answer.refused.get("fields")) is not None:
            known = refused.code in _NOT_SERVED and not had_fields
            yield Diagnostic(
                answer.api_name,
                f"{reason(refused)}; "
                + ("its fields were taken out" if had_fields else "it was left out"),
                "info" if known else "warning",
            )
        elif answer.found.get("fields") == []:
            yield Diagnostic(
                answer.api_name,
                "has no fields any more" if had_fields else "has no fields",
                "warning" if had_fields else "info",
            )
    for what in BESIDE_FIELDS:
        yield from _explain_refusals(
            what, {each.api_name: each.refused[what] for each in answers if what in each.refused}
        )


def _explain_refusals(what: str, refusals: Mapping[str, ApiError]) -> Iterator[Diagnostic]:
    words = what.replace("_", " ")
    scope = next(each for each in FEATURES["pull"] if f".{what}." in each)
    by_scope = {name for name, error in refusals.items() if isinstance(error, ScopeMismatch)}
    if len(by_scope) > 1:
        yield Diagnostic(
            words,
            f"the refresh token lacks the scope {scope}: the {words} of {len(by_scope)} "
            "modules were left out; run `zohohub-gen pull --full` with one that has it",
        )
        refusals = {name: refusals[name] for name in refusals.keys() - by_scope}
    for name, error in refusals.items():
        yield Diagnostic(name, f"{reason(error)}; its {words} were left out", "info")

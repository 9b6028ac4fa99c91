# ruff: noqa: N818 - the names say what happened; ApiError and AuthError are the families
"""What can go wrong, as one tree; each class is also the builtin that fits.

ZohoError
├── ConfigurationError (ValueError)        settings that are missing or make no sense
├── FieldNotFetched (AttributeError)       an attribute of a record that was not asked for
├── UnexpectedValue (AttributeError)       a field that Zoho sent in another shape
├── ValidationFailed (ValueError)          values that Zoho would refuse, found before sending
├── NotificationRefused (ValueError)       a notification that is not Zoho's, or not readable
├── ConnectionFailed (ConnectionError)     no connection, or one that broke
│   └── TimedOut (TimeoutError)            no connection or no answer in time
├── UnexpectedAnswer (ValueError)          HTML, a redirect or broken JSON instead of an answer
├── WriteUnknown                           a write that may or may not have been done
├── AuthError (PermissionError)            Zoho gave no access token
│   ├── InvalidCredentials                 wrong client, secret, refresh token or data centre
│   └── RefreshThrottled                   too many access tokens in 10 minutes
└── ApiError                               Zoho refused the request and said why
    ├── InvalidData (ValueError)           a value that the field, or a parameter, does not take
    │   ├── MandatoryNotFound              a required field or parameter is missing
    │   └── DuplicateData                  a unique field has this value in another record
    ├── InvalidQuery (ValueError)          search criteria or COQL that Zoho does not take
    ├── InvalidRequest (ValueError)        a call that Zoho cannot read: its method, its body
    ├── RecordNotFound (LookupError)       no record has this id
    ├── InvalidModule (LookupError)        no module has this name, or its API is closed
    ├── InvalidToken (PermissionError)     the access token is refused, even a fresh one
    ├── NoPermission (PermissionError)     the user's profile forbids it
    │   └── ScopeMismatch                  the token's scopes forbid it
    ├── AlreadyModified                    somebody changed the record first
    ├── RecordLocked                       the record is locked
    ├── RecordInBlueprint                  a blueprint or an approval holds the record
    ├── RecordNotInProcess                 no blueprint holds the record, so it takes no step
    ├── LimitExceeded                      more fields, rows, pages, bytes … than allowed
    ├── TooManyRequests                    too many calls at once, or no credits left
    └── ServerError                        Zoho failed

All of them can be pickled, and none holds a token or a secret.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from zohohub.results import Results

__all__ = [
    "AlreadyModified",
    "ApiError",
    "AuthError",
    "ConfigurationError",
    "ConnectionFailed",
    "DuplicateData",
    "FieldNotFetched",
    "InvalidCredentials",
    "InvalidData",
    "InvalidModule",
    "InvalidQuery",
    "InvalidRequest",
    "InvalidToken",
    "LimitExceeded",
    "MandatoryNotFound",
    "NoPermission",
    "NotificationRefused",
    "RecordInBlueprint",
    "RecordLocked",
    "RecordNotFound",
    "RecordNotInProcess",
    "RefreshThrottled",
    "ScopeMismatch",
    "ServerError",
    "TimedOut",
    "TooManyRequests",
    "UnexpectedAnswer",
    "UnexpectedValue",
    "ValidationFailed",
    "WriteUnknown",
    "ZohoError",
    "api_error",
]


class ZohoError(Exception):
    """The base of everything that this package raises on purpose."""

    results: Results | None = None
    """What became of each row, when a call that writes many rows was interrupted or refused."""
    maybe_done: bool = False
    """Whether Zoho may have done what it was asked for, although it did not say so."""
    bulk_jobs: Sequence[str] = ()
    """The ids of the jobs that a bulk write had started when it was interrupted."""

    def __str__(self) -> str:
        # Zoho's texts and names are in it: they steer no terminal, and begin no line of a log.
        text = super().__str__()
        return text if text.isprintable() else _on_one_line(text)

    def add_note(self, note: str, /) -> None:
        """Add a line to what tracebacks show."""
        super().add_note(_on_one_line(note))

    def __reduce__(
        self,
    ) -> tuple[Callable[..., ZohoError], tuple[type[ZohoError], tuple[Any, ...]], dict[str, Any]]:
        # Exceptions are unpickled by calling the class with args, which fits none of these.
        return _bare, (type(self), self.args), vars(self)


def _on_one_line(text: str) -> str:
    """The text with all that is neither seen nor a space escaped."""
    from unicodedata import category

    return "".join(
        character
        if character.isprintable() or category(character) == "Zs" or character == "\u200d"
        else character.encode("unicode_escape").decode()
        for character in text
    )


def _bare(error_type: type[ZohoError], args: tuple[Any, ...]) -> ZohoError:
    error = error_type.__new__(error_type)
    error.args = args
    return error


class ConfigurationError(ZohoError, ValueError):
    """Settings that are missing or make no sense."""


class FieldNotFetched(ZohoError, AttributeError):
    """An attribute of a record was read, but the call that read the record left it out."""

    def __init__(
        self,
        record_type: str,
        field: str,
        *,
        listable: bool = True,
        missing_in: Sequence[str] = (),
    ) -> None:
        how = (
            f"add {record_type}.fields.{field} to the columns of the call"
            if listable
            else "lists leave it out: read the record with get()"
        )
        if missing_in:
            how += f" ({' and '.join(missing_in)} has no such field)"
        super().__init__(f"{record_type}.{field} was not fetched; {how}")
        self.record_type = record_type
        self.field = field


class UnexpectedValue(ZohoError, AttributeError):
    """Zoho sent a field in another shape than its metadata says; the rest of the record is fine."""

    def __init__(self, record_type: str, field: str, api_name: str) -> None:
        super().__init__(
            f"{record_type}.{field} cannot be read: Zoho sent {api_name} in another shape than "
            "its metadata says; its JSON is in to_json(), and generating again may help"
        )
        self.record_type = record_type
        self.field = field
        self.api_name = api_name


class Problem(NamedTuple):
    """One thing that Zoho would refuse."""

    place: str
    """The attribute; with the index where there are several rows, ``[3].rows[0].part``."""
    kind: Literal[
        "unknown",
        "read-only",
        "mandatory",
        "type",
        "length",
        "option",
        "digits",
        "range",
        "duplicate",
    ]
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


class ValidationFailed(ZohoError, ValueError):
    """Values that Zoho would refuse; nothing was sent."""

    def __init__(self, record_type: str, problems: Sequence[Problem]) -> None:
        super().__init__(f"{record_type} cannot be written: " + "; ".join(map(str, problems)))
        self.record_type = record_type
        self.problems = problems
        """All of them, in the order of the fields."""


class NotificationRefused(ZohoError, ValueError):
    """The body of a request is not a notification of a channel whose token is known."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"this is no notification from Zoho to be trusted: {problem}")


class ConnectionFailed(ZohoError, ConnectionError):
    """There was no connection to Zoho, or it broke before the answer was complete."""

    def __init__(self, message: str, *, maybe_done: bool) -> None:
        super().__init__(message)
        self.maybe_done = maybe_done


class TimedOut(ConnectionFailed, TimeoutError):
    """No connection, or no answer, within the time-out."""


class UnexpectedAnswer(ZohoError, ValueError):
    """Something that is not Zoho's JSON: an HTML page, a redirect, half an answer."""

    def __init__(self, what: str, *, status: int, request: str, body: str = "") -> None:
        start = "".join(character for character in body if character.isprintable())[:80]
        shown = f", which begins {start!r}" if start else ""
        super().__init__(f"{request} was answered with {what} (HTTP {status}){shown}")
        self.status = status
        self.request = request
        # Redirects and pages of a firewall come before Zoho, and instead of it.
        self.maybe_done = not 300 <= status < 500


class WriteUnknown(ZohoError):
    """A write that may or may not have been done, and was therefore not repeated."""

    maybe_done = True

    def __init__(self, request: str, reason: str) -> None:
        super().__init__(
            f"{request} may or may not have been done ({reason}); it was not sent again: "
            "look in Zoho whether the change is there before you repeat it"
        )
        self.request = request


class AuthError(ZohoError, PermissionError):
    """Zoho's accounts server gave no access token."""


class InvalidCredentials(AuthError):
    """The client id, client secret or refresh token is wrong, or belongs to another data centre."""


class RefreshThrottled(AuthError):
    """Too many access tokens were asked for; Zoho gives 10 a refresh token in 10 minutes."""

    def __init__(self, message: str, *, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds after which Zoho surely gives tokens again."""


class ApiError(ZohoError):
    """Zoho refused the request, or one row of it, and said why."""

    retry_after: float | None = None
    """Seconds that Zoho asked to wait for, if it did."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        details: Mapping[str, Any] | None = None,
        status: int,
        request: str,
    ) -> None:
        self.code = code
        """Zoho's code in capitals, such as ``INVALID_DATA``."""
        self.message = message
        """Zoho's words; they change between versions and languages."""
        self.details: Mapping[str, Any] = details or {}
        """Zoho's details: which field, which limit."""
        self.status = status
        """The HTTP status of the whole answer."""
        self.request = request
        """The call, such as ``POST /crm/v8/Leads``."""
        super().__init__(f"{request} failed with {code} (HTTP {status}): {self._explained()}")

    def _explained(self) -> str:
        return "; ".join([self.message, *_facts(self.details)])


class InvalidData(ApiError, ValueError):
    """A value that the field, or a parameter, does not take."""


class MandatoryNotFound(InvalidData):
    """A required field, or a required parameter, is missing."""


class DuplicateData(InvalidData):
    """A unique field has this value in another record, ``details["duplicate_record"]``."""


class InvalidQuery(ApiError, ValueError):
    """Search criteria or COQL that Zoho does not take."""


class InvalidRequest(ApiError, ValueError):
    """A call that Zoho cannot read: a method that the address does not have, a broken body."""


class RecordNotFound(ApiError, LookupError):
    """No record of the module has this id."""


class InvalidModule(ApiError, LookupError):
    """No module has this name, or the API does not serve it."""


class InvalidToken(ApiError, PermissionError):
    """Zoho refused the access token and a fresh one too."""

    def _explained(self) -> str:
        return f"{super()._explained()}; is the token of this data centre and environment?"


class NoPermission(ApiError, PermissionError):
    """The profile of the token's user does not allow this."""


class ScopeMismatch(NoPermission):
    """The refresh token was made without the scope that this call needs."""

    def _explained(self) -> str:
        return (
            f"{super()._explained()}; make a refresh token with the scope of this call "
            "(search and count also need ZohoSearch.securesearch.READ)"
        )


class AlreadyModified(ApiError):
    """The record was changed after the time given."""


class RecordLocked(ApiError):
    """The record is locked."""


class RecordInBlueprint(ApiError):
    """A blueprint, an approval or a review holds the record."""


class RecordNotInProcess(ApiError):
    """The record is in no blueprint, or no longer where the step begins."""


class LimitExceeded(ApiError):
    """More fields, rows, pages, bytes or calls a day than Zoho allows."""


class TooManyRequests(ApiError):
    """Too many calls at the same time, or no API credits left in the rolling 24 hours."""


class ServerError(ApiError):
    """Zoho failed, or took too long, and says so; for writes, see `maybe_done`."""

    maybe_done = True


_BY_CODE: dict[str, type[ApiError]] = {
    "ALREADY_MODIFIED": AlreadyModified,
    "AMBIGUITY_DURING_PROCESSING": InvalidData,
    "AMBIGUOUS_CRITERIA": InvalidQuery,
    "AUTHENTICATION_FAILURE": InvalidToken,
    "AUTHORIZATION_FAILED": NoPermission,
    "BAD_REQUEST": InvalidRequest,
    "BODY_SIZE_REACHED": LimitExceeded,
    "CRITERIA_LIMIT_EXCEEDED": LimitExceeded,
    "CRITERIA_NOT_SUPPORTED": InvalidQuery,
    "DAILY_LIMIT_EXCEEDED": LimitExceeded,
    "DEPENDENT_FIELD_MISMATCH": InvalidData,
    "DEPENDENT_FIELD_MISSING": MandatoryNotFound,
    "DEPENDENT_MISMATCH": InvalidData,
    "DEPENDENT_PARAM_MISSING": MandatoryNotFound,
    "DISCRETE_PAGINATION_LIMIT_EXCEEDED": LimitExceeded,
    "DUPLICATE_ALIAS": InvalidQuery,
    "DUPLICATE_DATA": DuplicateData,
    "DUPLICATE_LINKING_DATA": DuplicateData,
    "EXPECTED_DEPENDENT_FIELD_MISSING": MandatoryNotFound,
    "EXPECTED_FIELD_MISSING": MandatoryNotFound,
    "EXPECTED_PARAM_MISSING": MandatoryNotFound,
    "EXPIRED_VALUE": InvalidData,
    "FILE_RESOLUTION_EXCEEDS": LimitExceeded,
    "FILE_SIZE_EXCEEDS": LimitExceeded,
    "FILE_SIZE_MORE_THAN_ALLOWED_SIZE": LimitExceeded,
    "FILE_TOO_LARGE": LimitExceeded,
    "GROUP_OPERATOR_NOT_SUPPORTED": InvalidQuery,
    "ID_ALREADY_DELETED": RecordNotFound,
    "INACTIVE_USER": NoPermission,
    "INTERNAL_ERROR": ServerError,
    "INTERNAL_SERVER_ERROR": ServerError,
    "INVALID_ALIAS": InvalidQuery,
    "INVALID_CALLBACK_METHOD": InvalidData,
    "INVALID_CALLBACK_URL": InvalidData,
    "INVALID_CRITERIA": InvalidQuery,
    "INVALID_DATA": InvalidData,
    "INVALID_FILE_FORMAT": InvalidData,
    "INVALID_MODULE": InvalidModule,
    "INVALID_QUERY": InvalidQuery,
    "INVALID_REQUEST": InvalidRequest,
    "INVALID_REQUEST_METHOD": InvalidRequest,
    "INVALID_REFERENCE": InvalidData,
    "INVALID_TOKEN": InvalidToken,
    "JOIN_LIMIT_EXCEEDED": LimitExceeded,
    "JSON_PARSE_ERROR": InvalidRequest,
    "LICENSE_LIMIT_EXCEEDED": LimitExceeded,
    "LIMIT_EXCEEDED": LimitExceeded,
    "LIMIT_REACHED": LimitExceeded,
    "MANDATORY_NOT_FOUND": MandatoryNotFound,
    "MANDATORY_PARAM_MISSING": MandatoryNotFound,
    "MAPPING_MISMATCH": InvalidData,
    "MULTIPLE_OR_MULTI_ERRORS": InvalidData,
    "NOT_APPROVED": RecordInBlueprint,
    "NOT_FOUND": RecordNotFound,
    "NOT_REVIEWED": RecordInBlueprint,
    "NO_PERMISSION": NoPermission,
    "NO_RECORDS_FOUND": RecordNotFound,
    "OAUTH_SCOPE_MISMATCH": ScopeMismatch,
    "PAGE_RANGE_EXCEEDED": LimitExceeded,
    "PAGINATION_LIMIT_EXCEEDED": LimitExceeded,
    "PATTERN_NOT_MATCHED": InvalidData,
    "PERMISSION_DENIED": NoPermission,
    "QUERY_NOT_SUPPORTED": InvalidQuery,
    "RATE_LIMIT_EXCEEDED": TooManyRequests,
    "RECORD_IN_BLUEPRINT": RecordInBlueprint,
    "RECORD_LOCKED": RecordLocked,
    "RECORD_NOT_IN_PROCESS": RecordNotInProcess,
    "REQUEST_BODY_IS_EMPTY": InvalidRequest,
    "REQUEST_BODY_NOT_READABLE": InvalidRequest,
    "REQUEST_TIMEOUT": ServerError,
    "REQUIRED_PARAM_MISSING": MandatoryNotFound,
    "RESERVED_KEYWORD_NOT_ALLOWED": InvalidData,
    "RESOURCE_NOT_FOUND": RecordNotFound,
    "SERVICE_UNAVAILABLE": ServerError,
    "STORAGE_SPACE_EXCEEDED": LimitExceeded,
    "SYNTAX_ERROR": InvalidQuery,
    "TAG_ID_NOT_FOUND": RecordNotFound,
    "TOKEN_BOUND_DATA_MISMATCH": InvalidData,
    "TOO_MANY_REQUESTS": TooManyRequests,
    "UNABLE_TO_PARSE_DATA_TYPE": InvalidData,
    "VIRUS_DETECTED": InvalidData,
}
_BY_STATUS: dict[int, type[ApiError]] = {
    401: InvalidToken,
    403: NoPermission,
    412: AlreadyModified,
    429: TooManyRequests,
}


def api_error(status: int, body: object, request: str) -> ApiError:
    """Make the error for Zoho's answer ``body``, or for one item of it.

    Takes both of Zoho's shapes, ``{"code": …}`` and ``{"data": [{"code": …}]}``, and whatever
    else was sent.  Which class it is follows from the code, never from the message.
    """
    found = next(_error_objects(body), _object(None))
    code = str(found.get("code", f"HTTP_{status}")).upper()
    details = _object(found.get("details"))
    error_type = InvalidQuery if "_IN_CRITERIA" in code else _BY_CODE.get(code)
    if error_type is InvalidData and (status == 404 or _names_no_record(details)):
        error_type = RecordNotFound
    if error_type is None:
        error_type = ServerError if status >= 500 else _BY_STATUS.get(status, ApiError)
    return error_type(
        code,
        str(found.get("message") or "no message"),
        details=details,
        status=status,
        request=request,
    )


def _error_objects(body: object) -> Iterator[dict[str, Any]]:
    """The objects that hold a code: the body itself, or those in it."""
    answer = _object(body)
    if "code" in answer:
        yield answer
        return
    for value in answer.values():
        if isinstance(value, list | dict):
            items = cast("list[object]", value if isinstance(value, list) else [value])
            for item in items:
                found = _object(item)
                if str(found.get("code", "SUCCESS")).upper() != "SUCCESS":
                    yield found


def _object(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _names_no_record(details: Mapping[str, Any]) -> bool:
    """Whether invalid data is an id that no record has: in the URL, in a row or in a deletion."""
    if "api_name" in details:
        return str(details["api_name"]) == "id"
    # The parts of /{module}/{id}/{related list}/{id} count from 0.
    return "id" in details or details.get("resource_path_index") in (1, 3)


def _facts(details: Mapping[str, Any]) -> Iterator[str]:
    """What the details say about a field or a limit, in words.

    Values are left out, such as the words of a query (``near``): they may be personal data.
    """
    if name := details.get("api_name") or details.get("param_name"):
        place = f" ({details['json_path']})" if "json_path" in details else ""
        yield f"field {name}{place}" if "api_name" in details else f"parameter {name}"
    if "id" in details:
        yield f"record {details['id']}"
    for key, words in (
        ("expected_data_type", "takes {}"),
        ("maximum_length", "at most {} long"),
        ("supported_values", "one of {}"),
        ("limit", "the limit is {}"),
        ("permissions", "needs {}"),
        ("column_name", "column {}"),
        ("reason", "{}"),
        ("line", "line {}"),
    ):
        if key in details:
            value = details[key]
            if isinstance(value, list):
                value = ", ".join(map(str, cast("list[object]", value)))
            yield words.format(value)
    for error in _error_objects({"errors": details.get("errors")}):
        yield f"{error.get('code')}: " + "; ".join(
            [str(error.get("message")), *_facts(_object(error.get("details")))]
        )

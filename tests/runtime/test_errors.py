"""The exception tree, and how Zoho's refusals become exceptions."""

from __future__ import annotations

import copy
import inspect
import pickle
import re
from typing import Any

import pytest
from zohohub import errors
from zohohub.errors import ApiError, ZohoError, api_error
from zohohub.results import Result, Results

MADE = [
    errors.ConfigurationError("no"),
    errors.ValidationFailed("Lead", [errors.Problem("company", "length", "is too long")]),
    errors.NotificationRefused("no channel"),
    errors.FieldNotFetched("Lead", "company"),
    errors.UnexpectedValue("Lead", "company", "Company"),
    errors.ConnectionFailed("GET x: no connection", maybe_done=False),
    errors.TimedOut("GET x: timed out", maybe_done=True),
    errors.UnexpectedAnswer("an HTML page", status=200, request="GET x", body="<html>\n"),
    errors.WriteUnknown("POST x", "HTTP 500"),
    errors.InvalidCredentials("no"),
    errors.RefreshThrottled("wait", retry_after=600),
    api_error(400, {"code": "INVALID_DATA", "details": {"api_name": "Email"}}, "POST x"),
    api_error(401, {"code": "INVALID_TOKEN"}, "POST x"),
]


def tree() -> dict[str, type[ZohoError]]:
    return {
        name: value
        for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, ZohoError)
    }


def test_the_printed_tree_is_the_tree() -> None:
    printed: dict[str, tuple[str, str | None]] = {}
    above: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"([│├└─ ]*)(\w+)(?: \((\w+)\))?(?:  |$)", line)
        if found is None or found[2] not in tree():
            continue
        depth = len(found[1]) // 4
        above[depth:] = [found[2]]
        printed[found[2]] = (above[depth - 1] if depth else "Exception", found[3])
    assert set(printed) == set(tree()) == set(errors.__all__) - {"api_error"}
    for name, (parent, builtin) in printed.items():
        bases = [base.__name__ for base in tree()[name].__bases__]
        assert bases == [parent, *([builtin] if builtin else [])], name


def test_every_class_of_the_tree_survives_pickling() -> None:
    made = {type(error) for error in MADE}
    for each in tree().values():
        error: ZohoError
        if issubclass(each, ApiError):
            error = each("CODE", "words", details={"id": "1"}, status=400, request="GET x")
            error.retry_after = 7.0
        elif each in (ZohoError, errors.AuthError):
            error = each("words")
        else:
            assert each in made, each
            continue
        twin = pickle.loads(pickle.dumps(error))
        assert (type(twin), str(twin), vars(twin)) == (each, str(error), vars(error))


def test_a_note_begins_no_line_of_its_own() -> None:
    error = ZohoError("words")
    error.add_note("An earlier attempt of GET /crm/v8/a\n::error::b\x1b[2J may have been done.")
    assert error.__notes__ == [
        r"An earlier attempt of GET /crm/v8/a\n::error::b\x1b[2J may have been done."
    ]


@pytest.mark.parametrize("error", MADE, ids=lambda error: type(error).__name__)
def test_errors_survive_pickling_and_copying(error: ZohoError) -> None:
    error.results = Results([Result(0, "unknown", error=error)])
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(twin) is type(error)
        assert str(twin) == str(error)
        assert vars(twin).keys() == vars(error).keys()
        assert twin.results[0].unknown
    assert type(pickle.loads(pickle.dumps(error.results))[0].error) is type(error)


@pytest.mark.parametrize(
    ("status", "code", "details", "expected"),
    [
        (400, "INVALID_DATA", {"api_name": "Email"}, errors.InvalidData),
        (400, "invalid_data", {}, errors.InvalidData),
        (400, "INVALID_DATA", {"resource_path_index": 1}, errors.RecordNotFound),
        (400, "INVALID_DATA", {"resource_path_index": 0}, errors.InvalidData),
        (400, "INVALID_DATA", {"id": "5"}, errors.RecordNotFound),
        (400, "INVALID_DATA", {"id": "5", "api_name": "Email"}, errors.InvalidData),
        (207, "INVALID_DATA", {"api_name": "id"}, errors.RecordNotFound),
        (404, "INVALID_DATA", {}, errors.RecordNotFound),
        (404, "RESOURCE_NOT_FOUND", {}, errors.RecordNotFound),
        (404, "INVALID_URL_PATTERN", {}, ApiError),
        (400, "MANDATORY_NOT_FOUND", {"api_name": "Last_Name"}, errors.MandatoryNotFound),
        (400, "DUPLICATE_DATA", {"api_name": "Email", "id": "5"}, errors.DuplicateData),
        (401, "DUPLICATE_DATA", {}, errors.DuplicateData),
        (400, "INVALID_MODULE", {"resource_path_index": 0}, errors.InvalidModule),
        (400, "INVALID_QUERY", {"column_name": "X"}, errors.InvalidQuery),
        (400, "INVALID_REQUEST", {}, errors.InvalidRequest),
        (400, "INVALID_REQUEST_METHOD", {}, errors.InvalidRequest),
        (400, "JSON_PARSE_ERROR", {}, errors.InvalidRequest),
        (400, "RECORD_NOT_IN_PROCESS", {}, errors.RecordNotInProcess),
        (401, "SOMETHING_NEW", {}, errors.InvalidToken),
        (403, "SOMETHING_NEW", {}, errors.NoPermission),
        (429, "SOMETHING_NEW", {}, errors.TooManyRequests),
        (500, "SOMETHING_NEW", {}, errors.ServerError),
        (400, "SOMETHING_NEW", {}, ApiError),
        (412, "ALREADY_MODIFIED", {}, errors.AlreadyModified),
        (400, "RECORD_LOCKED", {"id": "5"}, errors.RecordLocked),
        (400, "LIMIT_EXCEEDED", {"limit": 50}, errors.LimitExceeded),
        (400, "EXPECTED_FIELD_MISSING", {"expected_fields": []}, errors.MandatoryNotFound),
        (400, "REQUIRED_PARAM_MISSING", {"param_name": "module"}, errors.MandatoryNotFound),
        (202, "MAPPING_MISMATCH", {"api_name": "Stage"}, errors.InvalidData),
        (400, "Dependent_Mismatch", {"api_name": "Stage"}, errors.InvalidData),
        (400, "EXPIRED_VALUE", {"param_name": "page_token"}, errors.InvalidData),
        (400, "FIELD_IN_CRITERIA_NOT_SUPPORTED", {}, errors.InvalidQuery),
        (400, "AMBIGUOUS_GROUP_IN_CRITERIA", {}, errors.InvalidQuery),
        (413, "FILE_TOO_LARGE", {}, errors.LimitExceeded),
        (413, "BODY_SIZE_REACHED", {}, errors.LimitExceeded),
        (400, "TAG_ID_NOT_FOUND", {}, errors.RecordNotFound),
        (400, "REQUEST_TIMEOUT", {}, errors.ServerError),
        (400, "failure_in_attachment_handling", {}, ApiError),
        (403, "TERRITORY_NOT_ENABLED", {}, errors.NoPermission),
        (429, "DAILY_LIMIT_EXCEEDED", {}, errors.LimitExceeded),
    ],
)
@pytest.mark.parametrize("wrapped", [None, list, dict])
def test_the_code_decides(
    status: int, code: str, details: dict[str, Any], expected: type[ApiError], wrapped: type | None
) -> None:
    body: Any = {"code": code, "details": details, "message": "words", "status": "error"}
    if wrapped is dict:
        body = {"status": "error", "org": body}
    if wrapped is list:
        done = {"code": "SUCCESS", "details": {"id": "1"}, "message": "ok", "status": "success"}
        body = {"data": [done, body]}
    error = api_error(status, body, "POST /crm/v8/Leads")
    assert type(error) is expected
    assert (error.code, error.message, error.status) == (code.upper(), "words", status)
    assert error.details == details
    assert error.request == "POST /crm/v8/Leads"


@pytest.mark.parametrize("body", [None, {}, [], "text", {"data": []}, {"data": "x"}])
def test_any_body_makes_an_error(body: object) -> None:
    error = api_error(418, body, "GET /crm/v8/Leads")
    assert type(error) is ApiError
    assert error.code == "HTTP_418"
    assert str(error) == "GET /crm/v8/Leads failed with HTTP_418 (HTTP 418): no message"


def test_messages_name_the_field_and_the_limits() -> None:
    details = {
        "api_name": "Email",
        "json_path": "$.data[0].Email",
        "expected_data_type": "email",
        "maximum_length": 100,
    }
    body = {"code": "INVALID_DATA", "details": details, "message": "invalid data"}
    assert str(api_error(400, body, "POST /crm/v8/Leads")) == (
        "POST /crm/v8/Leads failed with INVALID_DATA (HTTP 400): invalid data; "
        "field Email ($.data[0].Email); takes email; at most 100 long"
    )
    body = {
        "code": "INVALID_DATA",
        "details": {"param_name": "sort", "supported_values": ["a", "b"]},
    }
    assert str(api_error(400, body, "GET x")).endswith("no message; parameter sort; one of a, b")


def test_messages_name_every_error_of_several() -> None:
    body = {"code": "INVALID_DATA", "details": {"api_name": "Email"}, "message": "invalid data"}
    several = {"code": "MULTIPLE_OR_MULTI_ERRORS", "details": {"errors": [body, body]}}
    message = str(api_error(400, several, "POST x"))
    assert message.count("; INVALID_DATA: invalid data; field Email") == 2


def test_messages_say_what_to_do() -> None:
    assert "add Lead.fields.company to the columns" in str(
        errors.FieldNotFetched("Lead", "company")
    )
    unlisted = errors.FieldNotFetched("Lead", "visits", listable=False)
    assert "read the record with get()" in str(unlisted)
    assert isinstance(unlisted, AttributeError)
    half = errors.UnexpectedAnswer("an HTML page", status=200, request="GET x", body="<a>\n" * 99)
    assert str(half).endswith("'" + "<a>" * 26 + "<a'")


def test_no_text_of_zohos_steers_a_terminal_or_begins_a_line_of_a_log() -> None:
    error = errors.ZohoError(
        "Leads\n::error::x\r\x1b[2J\x9b1m\u202e\u2028 has\u3000no 田\U0001f469\u200d\U0001f33e"
    )
    assert str(error) == (
        r"Leads\n::error::x\r\x1b[2J\x9b1m\u202e\u2028 has" "\u3000no 田\U0001f469\u200d\U0001f33e"
    )
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.args) == (str(error), error.args)

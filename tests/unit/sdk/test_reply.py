"""Errors of the server, by kind."""

import json
from typing import Any

import pytest

from tenantry import sdk
from tenantry.base import errors
from tenantry.sdk.reply import Reply, error_of


def failure(status: int, error: dict[str, Any] | None = None, **headers: str) -> sdk.RequestFailed:
    body = json.dumps({"success": False, "error": error}) if error is not None else "<h1>No</h1>"
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return error_of(Reply(status, headers, body.encode()))


@pytest.mark.parametrize(
    "status, kind, base",
    [
        (400, sdk.Invalid, errors.Invalid),
        (401, sdk.Unauthenticated, errors.Unauthenticated),
        (403, sdk.Denied, errors.Denied),
        (404, sdk.NotFound, errors.NotFound),
        (409, sdk.Conflict, errors.Conflict),
        (410, sdk.Gone, errors.Gone),
        (412, sdk.PreconditionFailed, errors.PreconditionFailed),
        (413, sdk.TooLarge, errors.TooLarge),
        (422, sdk.Unprocessable, errors.Unprocessable),
        (429, sdk.Unavailable, errors.Unavailable),
        (502, sdk.Unavailable, errors.Unavailable),
        (503, sdk.Unavailable, errors.Unavailable),
        (504, sdk.Unavailable, errors.Unavailable),
        (500, sdk.RequestFailed, errors.TenantryError),
        (302, sdk.RequestFailed, errors.TenantryError),
    ],
)
def test_a_status_is_a_kind_here_and_in_base(
    status: int, kind: type[sdk.RequestFailed], base: type[errors.TenantryError]
) -> None:
    error = failure(status, {"code": "some_code", "message": "what was wrong"})

    assert type(error) is kind
    assert isinstance(error, base)
    assert (error.status, error.code, str(error)) == (status, "some_code", "what was wrong")


def test_an_error_carries_its_details() -> None:
    error = failure(412, {"code": "c", "message": "m", "details": {"version": 3}})

    assert error.details == {"version": 3}


def test_an_error_without_an_envelope_has_the_code_of_its_kind_and_its_text() -> None:
    error = failure(404)

    assert (error.code, error.message, error.details) == ("not_found", "<h1>No</h1>", None)
    assert str(error_of(Reply(500, {}, b""))) == "the server answered with status 500"


def test_a_long_text_is_cut() -> None:
    assert len(str(error_of(Reply(502, {}, b"x" * 100_000)))) == 200


@pytest.mark.parametrize(
    "headers, seconds",
    [
        ({}, None),
        ({"retry_after": "7"}, 7.0),
        ({"retry_after": "soon"}, None),
        ({"retry_after": "Mon, 15 Jan 2024 12:00:09 GMT"}, None),
        (
            {
                "retry_after": "Mon, 15 Jan 2024 12:00:09 GMT",
                "date": "Mon, 15 Jan 2024 12:00:00 GMT",
            },
            9.0,
        ),
    ],
)
def test_the_server_says_when_to_come_back(headers: dict[str, str], seconds: float | None) -> None:
    error = failure(503, {"code": "unavailable", "message": "m"}, **headers)

    assert isinstance(error, sdk.Unavailable)
    assert error.retry_after == seconds
    assert error.retry_after_seconds == (seconds or 1.0)

import json
from typing import Any

import pytest

from tenantry.base import errors
from tenantry.testing import FakeClock
from tenantry.web import Answer, answer_error

KINDS = [
    (errors.Invalid("no"), 400, "invalid"),
    (errors.TooLarge("no"), 413, "too_large"),
    (errors.UnsupportedMediaType("no"), 415, "unsupported_media_type"),
    (errors.Unprocessable("no"), 422, "unprocessable"),
    (errors.NotFound("no"), 404, "not_found"),
    (errors.Gone("no"), 410, "gone"),
    (errors.Conflict("no"), 409, "conflict"),
    (errors.PreconditionFailed("no"), 412, "precondition_failed"),
    (errors.Denied("no"), 403, "denied"),
    (errors.Unauthenticated("no"), 401, "unauthenticated"),
    (errors.Unavailable("no"), 503, "unavailable"),
]


class StaleName(errors.PreconditionFailed):
    default_code = "stale_name"


def answer(error: Exception, *, path: str = "/api/x", accept: bytes = b"*/*") -> Answer:
    return answer_error(error, {"path": path, "headers": [(b"accept", accept)]}, clock=FakeClock())


def header(answered: Answer, name: bytes) -> bytes | None:
    return dict(answered.headers).get(name)


@pytest.mark.parametrize("error, status, code", KINDS)
def test_each_kind_has_its_status(error: errors.TenantryError, status: int, code: str) -> None:
    answered = answer(error)

    assert answered.status == status
    assert json.loads(answered.body)["error"] == {"code": code, "message": "no"}


def test_a_subclass_has_the_status_of_its_kind_and_a_code_of_its_own() -> None:
    answered = answer(StaleName("at 3"))

    assert answered.status == 412
    assert json.loads(answered.body)["error"]["code"] == "stale_name"


def test_an_api_error_is_the_envelope() -> None:
    answered = answer(errors.NotFound("no such tenant", details={"tenant": "acme"}))

    assert header(answered, b"content-type") == b"application/json"
    assert json.loads(answered.body) == {
        "success": False,
        "error": {
            "code": "not_found",
            "message": "no such tenant",
            "details": {"tenant": "acme"},
        },
        "meta": {"timestamp": "2024-01-15T10:30:00.000000Z", "requestId": "", "version": "0.1.0"},
    }


def test_elsewhere_an_error_is_its_message() -> None:
    answered = answer(errors.NotFound("Not Found"), path="/config/x")

    assert header(answered, b"content-type") == b"text/plain; charset=utf-8"
    assert answered.body == b"Not Found"


def test_a_problem_is_rfc_9457() -> None:
    answered = answer(
        errors.Gone("Gone", details={"name": "x"}),
        path="/config/x",
        accept=b"application/problem+json",
    )

    assert header(answered, b"content-type") == b"application/problem+json"
    assert json.loads(answered.body) == {
        "type": "about:blank",
        "title": "Gone",
        "status": 410,
        "detail": "Gone",
        "code": "gone",
        "details": {"name": "x"},
        "requestId": "",
    }


@pytest.mark.parametrize(
    "seconds, header_value", [(0.0, b"1"), (0.2, b"1"), (1.5, b"2"), (30, b"30")]
)
def test_unavailable_says_when_to_come_back(seconds: float, header_value: bytes) -> None:
    answered = answer(errors.Unavailable("busy", retry_after_seconds=seconds))

    assert header(answered, b"retry-after") == header_value


def test_unauthenticated_says_how_to_authenticate() -> None:
    assert header(answer(errors.Unauthenticated("who?")), b"www-authenticate") == b"Bearer"


@pytest.mark.parametrize("accept", [b"*/*", b"text/plain", b"application/problem+json"])
def test_an_unknown_error_keeps_its_text_to_itself(accept: bytes) -> None:
    answered = answer(RuntimeError("password is hunter2"), accept=accept)

    assert answered.status == 500
    assert b"hunter2" not in answered.body
    assert b"Internal Server Error" in answered.body


def test_a_message_that_utf8_cannot_carry_is_still_an_answer() -> None:
    answered = answer(errors.Invalid("name \udcff"), path="/config/x")

    assert answered.body == b"name \\udcff"


def test_details_of_any_kind_do_not_break_the_answer() -> None:
    details: dict[str, Any] = {"position": 3, "stale": ["a", "b"], "nothing": None}

    assert (
        json.loads(answer(errors.Conflict("no", details=details)).body)["error"]["details"]
        == details
    )

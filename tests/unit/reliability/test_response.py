"""One shape for every answer of an API."""

import json
from typing import Any

import msgspec
import pytest

from tenantry.reliability import ApiResponse, RateLimiter
from tenantry.telemetry import bind
from tenantry.testing import FakeClock

AT = "2024-01-15T10:30:00.000Z"


def told(response: ApiResponse[Any]) -> Any:
    return json.loads(response.encode())


def test_a_success_has_its_data_and_nothing_of_an_error() -> None:
    response = ApiResponse.success([{"name": "Ada"}], request_id="r-1", clock=FakeClock())

    assert response.status == 200
    assert told(response) == {
        "success": True,
        "data": [{"name": "Ada"}],
        "meta": {"timestamp": AT, "requestId": "r-1"},
    }


def test_an_error_has_its_code_and_nothing_of_a_success() -> None:
    response = ApiResponse.error(
        "CONFLICT", "changed meanwhile", details={"version": 3}, version="2.1", clock=FakeClock()
    )

    assert response.status == 409
    assert told(response) == {
        "success": False,
        "error": {"code": "CONFLICT", "message": "changed meanwhile", "details": {"version": 3}},
        "meta": {"timestamp": AT, "version": "2.1"},
    }


@pytest.mark.parametrize(
    "response, status, code, message",
    [
        (ApiResponse.validation_error("age: got -1"), 422, "VALIDATION_ERROR", "age: got -1"),
        (ApiResponse.not_found("User"), 404, "NOT_FOUND", "User not found"),
        (ApiResponse.unauthorized(), 401, "UNAUTHORIZED", "Not authenticated"),
        (ApiResponse.server_error(), 500, "SERVER_ERROR", "Internal server error"),
        (ApiResponse.rate_limited(), 429, "RATE_LIMITED", "Too many requests"),
        (ApiResponse.bad_request("no JSON"), 400, "BAD_REQUEST", "no JSON"),
    ],
)
def test_each_error_has_its_code_and_its_status(
    response: ApiResponse[Any], status: int, code: str, message: str
) -> None:
    assert response.status == status
    assert told(response)["error"] == {"code": code, "message": message}


@pytest.mark.parametrize("code", ["OUT_OF_TEA", "OK", "CREATED", "FOUND"])
def test_a_code_that_is_no_error_of_http_is_a_bad_request(code: str) -> None:
    assert ApiResponse.error(code, "no tea").status == 400


def test_no_data_is_data_too() -> None:
    assert told(ApiResponse.success(None))["data"] is None


def test_who_was_refused_by_a_limiter_is_told_when_to_come_again() -> None:
    clock = FakeClock()
    limiter = RateLimiter("api", limit=1, seconds=60, clock=clock)
    limiter.is_allowed("ada")
    decision = limiter.is_allowed("ada")

    assert told(ApiResponse.rate_limited(decision))["error"]["details"] == {
        "resetTime": decision.reset_time,
        "retryAfter": decision.retry_after,
    }
    assert decision.retry_after > 0
    assert decision.reset_time == clock.now_us() // 1000 + 60_000


def test_the_request_under_way_is_named_unless_another_is() -> None:
    with bind(correlation_id="r-17"):
        assert told(ApiResponse.success(1))["meta"]["requestId"] == "r-17"
        named = ApiResponse.success(1, request_id="r-18")
        assert told(named)["meta"]["requestId"] == "r-18"
    assert "requestId" not in told(ApiResponse.success(1))["meta"]


def test_an_answer_can_be_read_again() -> None:
    response = ApiResponse.success({"name": "Ada"}, clock=FakeClock())
    refused = ApiResponse.not_found("User", clock=FakeClock())

    assert msgspec.json.decode(response.encode(), type=ApiResponse[dict[str, str]]) == response
    again = msgspec.json.decode(refused.encode(), type=ApiResponse[dict[str, str]])
    assert (again, again.status) == (refused, 404)


def test_an_answer_does_not_change() -> None:
    with pytest.raises(AttributeError):
        ApiResponse.success(1).data = 2  # type: ignore[misc]  # that is what is refused

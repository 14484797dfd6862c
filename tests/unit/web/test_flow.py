"""The flow that an answer tells of: a header, on a success and on a failure."""

from typing import Any

import pytest

from tenantry.base.errors import Unavailable
from tenantry.testing import FakeClock
from tenantry.web import answer_error, name_flow
from tenantry.web.answer import ANSWER_HEADERS

RUN = "sync-acme-1705314600000-0a1b2c3d4"


def headers_after(correlation_id: str | None) -> list[tuple[bytes, bytes]]:
    scope: dict[str, Any] = {ANSWER_HEADERS: []}
    name_flow(scope, correlation_id)
    headers: list[tuple[bytes, bytes]] = scope[ANSWER_HEADERS]
    return headers


def failed(details: dict[str, Any] | None) -> dict[bytes, bytes]:
    error = Unavailable("later", details=details)
    scope = {"path": "/api/auth/login", "headers": []}
    return dict(answer_error(error, scope, clock=FakeClock()).headers)


def test_an_answer_names_the_flow_that_it_tells_of() -> None:
    assert headers_after(RUN) == [(b"x-correlation-id", RUN.encode())]
    assert headers_after(None) == []


def test_an_error_names_the_flow_that_has_failed() -> None:
    assert failed({"correlationId": RUN})[b"x-correlation-id"] == RUN.encode()


@pytest.mark.parametrize(
    "details", [None, {}, {"correlationId": 7}, {"correlationId": "a\r\nb"}, {"correlationId": "é"}]
)
def test_what_cannot_be_a_header_is_none(details: dict[str, Any] | None) -> None:
    assert b"x-correlation-id" not in failed(details)

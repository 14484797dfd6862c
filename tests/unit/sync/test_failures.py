"""Whatever goes wrong is one of six types, and says what to do."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tenantry.base.errors import Invalid, NotFound, Unavailable
from tenantry.execution import StepFailed
from tenantry.reliability import BreakerOpen, DeadlineExceeded
from tenantry.scheduling import LeaseLost
from tenantry.sync.errors import ERRORS, AuthError, NetworkError, SyncError
from tenantry.sync.service.failures import SUPERSEDED, error_of, step_failure, told, type_of
from tests.support.nodes import Journal, recorded_journal

SECRET = "Grete-Geheim"

TYPES: list[tuple[BaseException, str, bool]] = [
    (AuthError("refused"), "AUTH_ERROR", False),
    (NetworkError("away"), "NETWORK_ERROR", True),
    (TimeoutError(), "TIMEOUT_ERROR", True),
    (DeadlineExceeded("over"), "TIMEOUT_ERROR", True),
    (BreakerOpen("open", retry_after_seconds=3), "NETWORK_ERROR", True),
    (Invalid(field="x", got=1, wants="2"), "VALIDATION_ERROR", False),
    (Unavailable("the database is away"), "DATABASE_ERROR", True),
    (ConnectionRefusedError(111, "Connection refused"), "NETWORK_ERROR", True),
    (socket.gaierror(-2, "Name or service not known"), "NETWORK_ERROR", True),
    (KeyError(SECRET), "UNKNOWN_ERROR", True),
    (NotFound("nothing there"), "UNKNOWN_ERROR", True),
    (UnicodeEncodeError("utf-8", SECRET, 0, 1, SECRET), "UNKNOWN_ERROR", True),
    (StepFailed("refused", type="AUTH_ERROR", is_retryable=False), "AUTH_ERROR", False),
    (StepFailed("x", type="TimeoutError", is_retryable=True), "TIMEOUT_ERROR", True),
    (StepFailed("x", type="KeyError", is_retryable=True), "UNKNOWN_ERROR", True),
]


@pytest.fixture
def journal() -> Iterator[Journal]:
    with recorded_journal() as journal:
        yield journal


@pytest.mark.parametrize("error, kind, is_retryable", TYPES, ids=lambda value: repr(value)[:40])
def test_an_error_is_of_its_type(
    journal: Journal, error: BaseException, kind: str, is_retryable: Any
) -> None:
    found = error_of(error)

    assert (found.type, found.is_retryable) == (kind, is_retryable)
    assert found.code == f"SYNC_{kind}"
    assert SECRET not in f"{found.message} {found.details}"
    # The log says where it was, and nothing that may be somebody's.
    assert SECRET not in journal.text


def test_what_is_not_ours_is_in_the_log(journal: Journal) -> None:
    try:
        _ = dict[str, int]()[SECRET]
    except KeyError as error:
        error_of(error)

    assert "KeyError" in journal.text
    assert "test_failures.py" in journal.text


@pytest.mark.parametrize("error, kind, is_retryable", TYPES, ids=lambda value: repr(value)[:40])
def test_a_step_fails_by_the_same_type(error: BaseException, kind: str, is_retryable: Any) -> None:
    found = step_failure(error, patience_seconds=20)

    assert type_of(found.type) == kind
    assert found.is_retryable == is_retryable


def test_a_step_that_was_overtaken_is_not_tried_again() -> None:
    found = step_failure(LeaseLost("gone"), patience_seconds=20)
    assert (found.type, found.is_retryable) == (SUPERSEDED, False)


def test_what_the_source_asks_for_is_handed_on() -> None:
    found = step_failure(NetworkError("busy", retry_after_seconds=17), patience_seconds=20)
    assert found.retry_after_seconds == 17
    assert error_of(found).retry_after_seconds == 17


@pytest.mark.parametrize("kind", ERRORS.values(), ids=ERRORS)
def test_a_caller_is_told_whose_it_is_and_what_to_do(kind: type[SyncError]) -> None:
    found = told(
        kind("no luck", details={"collection": "users"}),
        tenant_id="acme",
        correlation_id="sync-acme-1",
        duration_ms=12.34567,
    )

    assert isinstance(found, kind)
    assert found.message.startswith(f"sync failed, {kind.type}: no luck; ")
    assert found.message.endswith(" [sync-acme-1]")
    assert found.details == {
        "errorType": kind.type,
        "retryable": kind.is_retryable,
        "collection": "users",
        "tenantId": "acme",
        "correlationId": "sync-acme-1",
        "duration": 12.346,
    }
    assert found.retry_after_seconds >= 1


def test_types_are_the_six_of_the_requirement() -> None:
    names: Any = ERRORS.keys()
    assert set(names) == {
        "AUTH_ERROR",
        "VALIDATION_ERROR",
        "NETWORK_ERROR",
        "DATABASE_ERROR",
        "TIMEOUT_ERROR",
        "UNKNOWN_ERROR",
    }

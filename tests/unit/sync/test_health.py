"""What a node's health says of a Temporal server: that it is away is no outage."""

import asyncio
from typing import NoReturn

import pytest

from tenantry.execution import ExecutorUnavailable
from tenantry.sync import temporal_check
from tenantry.sync.service import health


async def test_a_server_that_answers_is_well() -> None:
    async def ping() -> None:
        pass

    assert (await temporal_check(ping)()).status == "healthy"


async def test_a_server_that_is_down_is_degraded_and_says_nothing_foreign() -> None:
    async def ping() -> None:
        raise ExecutorUnavailable("Temporal at secret.internal:7233: why", reason="unreachable")

    outcome = await temporal_check(ping)()
    assert outcome.status == "degraded"
    assert outcome.message == "the server does not answer (unreachable): syncs are direct"


async def test_a_server_that_hangs_is_degraded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "PING_SECONDS", 0.0)

    async def ping() -> NoReturn:
        await asyncio.Event().wait()
        raise AssertionError

    outcome = await temporal_check(ping)()
    assert outcome.status == "degraded"
    assert outcome.message == "the server does not answer (timeout): syncs are direct"

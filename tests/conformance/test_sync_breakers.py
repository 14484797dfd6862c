"""The breakers of tenants' sources: they spare a source that is down, and obey operators."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tenantry.sync.errors import NetworkError
from tenantry.sync.remote.guarded import FAILURES, RECOVERY_SECONDS
from tenantry.testing.upstream import Reset, Status
from tests.support.access_http import MASTER_KEY
from tests.support.nodes import Node, running_node
from tests.support.syncs import RunningClock, SyncedTenant, only_things, synced_tenant, things
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(90)

PATH = "/api/reliability/breakers"
NAME = "sync-source:acme"


@pytest_asyncio.fixture
async def node(database_url: str, tmp_path: Path) -> AsyncIterator[Node]:
    clock = RunningClock()
    async with running_node(url=database_url, folder=tmp_path, clock=clock) as node:
        yield node


@pytest_asyncio.fixture
async def acme(node: Node) -> AsyncIterator[SyncedTenant]:
    source = only_things()
    async with synced_tenant(node, "acme", {"things": things(15)}, source=source) as tenant:
        yield tenant


async def found(node: Node, name: str = NAME) -> dict[str, Any] | None:
    listed = (await node.http.get(PATH)).json()["data"]
    return next((status for status in listed if status["name"] == name), None)


async def order(node: Node, action: str, name: str = NAME, **body: Any) -> dict[str, Any]:
    answer = await node.http.post(f"{PATH}/{name}/{action}", json=body or None)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()["data"]
    return told


async def open_it(tenant: SyncedTenant) -> None:
    """Have it see as many failures as open it."""

    def fail() -> None:
        raise NetworkError("got 502")

    await tenant.sync()
    breaker = tenant.node.app.breakers.get(NAME)
    for _ in range(FAILURES):
        breaker.execute(fail)
    assert breaker.state == "open"
    tenant.upstream.forget()


async def test_it_is_there_once_the_source_was_used(acme: SyncedTenant) -> None:
    assert await found(acme.node) is None
    await acme.sync()

    status = await found(acme.node)
    assert status is not None
    assert (status["state"], status["failureCount"]) == ("closed", 0)


async def test_a_source_that_is_down_opens_it(acme: SyncedTenant) -> None:
    acme.upstream.fail("things", Reset(), times=None)

    async def is_open() -> bool:
        assert await acme.try_sync() is not None
        status = await found(acme.node)
        return status is not None and status["openedTotal"] > 0

    await eventually(is_open, timeout=60)


async def test_one_that_is_left_alone_tells_logins_when_to_come(acme: SyncedTenant) -> None:
    await open_it(acme)
    assert (await acme.try_login()).json()["data"]["sync"]["alreadySynced"]
    error = await acme.try_sync()
    assert isinstance(error, NetworkError)
    assert "has failed again and again, and is left alone" in error.message
    assert 2 <= error.retry_after_seconds <= RECOVERY_SECONDS
    assert error.details is not None
    assert error.details["retryable"] is True
    assert acme.upstream.asked("things") == []


async def test_once_it_is_back_the_first_run_succeeds(acme: SyncedTenant) -> None:
    await open_it(acme)
    acme.node.clock.advance(RECOVERY_SECONDS)

    assert await acme.try_sync() is None
    status = await found(acme.node)
    assert status is not None
    assert status["state"] == "closed"


async def test_a_refused_token_does_not_open_it(acme: SyncedTenant) -> None:
    acme.upstream.fail("things", Status(403), times=None)
    for _ in range(12):
        assert await acme.try_sync() is not None

    status = await found(acme.node)
    assert status is not None
    assert (status["state"], status["failureCount"]) == ("closed", 0)


async def test_another_source_begins_anew(acme: SyncedTenant) -> None:
    await open_it(acme)
    await acme.declare(**only_things(page_size=20))

    await acme.sync()
    status = await found(acme.node)
    assert status is not None
    assert status["state"] == "closed"


async def test_an_operator_opens_and_resets_one_that_was_never_used(acme: SyncedTenant) -> None:
    told = await order(acme.node, "force-open", reason="they migrate")
    assert (told["state"], told["override"], told["reason"]) == ("open", "open", "they migrate")
    assert (await acme.try_login()).status_code == 503
    assert acme.upstream.asked("things") == []

    assert (await order(acme.node, "reset"))["state"] == "closed"
    assert (await acme.try_login()).status_code == 200


async def test_of_who_has_no_source_there_is_none(acme: SyncedTenant) -> None:
    for name in ("sync-source:nobody", "sync-source:", "sync-source"):
        answer = await acme.node.http.post(f"{PATH}/{name}/force-open")
        assert answer.status_code == 404, name
        assert f"there is no breaker {name}" in answer.text


async def test_an_order_holds_on_nodes_that_have_not_used_the_source(
    postgres_url: str, tmp_path: Path
) -> None:
    folders = [tmp_path / "one", tmp_path / "other"]
    for folder in folders:
        folder.mkdir()
    one, other = (
        running_node(url=postgres_url, folder=folder, clock=RunningClock(), MASTER_KEY=MASTER_KEY)
        for folder in folders
    )
    async with one as first, other as second:
        source = only_things()
        async with synced_tenant(first, "acme", {"things": things(5)}, source=source) as tenant:
            await order(first, "force-open")

            async def is_held() -> bool:
                status = await found(second)
                return status is not None and status["override"] == "open"

            await eventually(is_held)
            assert (await tenant.on(second).try_login()).status_code == 503
            assert tenant.upstream.asked("things") == []

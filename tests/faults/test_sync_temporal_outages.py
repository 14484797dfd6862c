"""A Temporal server that is away, goes, comes back or hangs: logins go on, and nothing is lost."""

import asyncio
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tenantry.testing.upstream import Held
from tests.support.durable import Workflows
from tests.support.durable_tenants import (
    FELL_BACK,
    all_tables,
    assert_complete,
    assert_fell_back,
    ensuring,
    synced,
)
from tests.support.nodes import Journal, recorded_journal
from tests.support.syncs import SyncedTenant
from tests.support.temporal import OwnTemporal
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def journal() -> Iterator[Journal]:
    with recorded_journal() as journal:
        yield journal


async def test_without_a_server_a_node_starts_and_its_logins_are_direct(
    tmp_path: Path, sqlite_url: str, journal: Journal
) -> None:
    began = time.monotonic()
    async with synced(url=sqlite_url, folder=tmp_path, temporal=OwnTemporal(tmp_path)) as tenant:
        assert time.monotonic() - began < 5
        answer = await tenant.try_login()

        assert answer.status_code == 200, answer.text
        sync = answer.json()["data"]["sync"]
        assert sync["syncMethod"] == "direct_fallback"
        assert sync["fallbackUsed"] is True
        assert sync["temporalError"].startswith("unreachable: ")
        assert FELL_BACK in journal.events()
        line = next(each for each in journal.lines if each["event"] in FELL_BACK)
        assert line["correlation_id"] == sync["correlationId"]
        await assert_complete(tenant)
        status = await tenant.status()
        assert (status["syncMethod"], status["fallbackUsed"]) == ("direct", True)

        # Nothing is out of order but Temporal, so the node stays where it is asked.
        health = await tenant.root.ask("GET", "/health")
        assert health.status_code == 200
        services = {each["service"]: each for each in health.json()["data"]["services"]}
        assert services["temporal"]["status"] == "degraded"
        assert health.json()["data"]["overall"] == "degraded"
        assert (await tenant.root.ask("GET", "/readyz")).status_code == 200


async def test_a_server_that_comes_is_used_and_one_that_goes_is_asked_no_more(
    tmp_path: Path, sqlite_url: str
) -> None:
    server = OwnTemporal(tmp_path)
    async with synced(url=sqlite_url, folder=tmp_path, temporal=server) as tenant:
        breakers = tenant.node.app.breakers

        async def goes_by(method: str, why: str = "") -> bool:
            result = await tenant.sync()
            told = (result.temporal_error or "").partition(":")[0]
            return (result.sync_method, told) == (method, why)

        assert await goes_by("direct_fallback", "unreachable")
        await eventually(lambda: goes_by("direct_fallback", "breaker_open"))
        assert breakers.get("temporal").state == "open"

        with server:
            # Nobody mends it: the breaker tries again, and the worker finds the server.
            await eventually(lambda: goes_by("temporal"), timeout=30)
            assert breakers.get("temporal").state == "closed"
            await assert_complete(tenant)

        await eventually(lambda: goes_by("direct_fallback", "breaker_open"), timeout=30)
        with server:
            await eventually(lambda: goes_by("temporal"), timeout=30)
        await assert_complete(tenant)


async def test_a_server_that_stops_in_the_essential_part_delays_no_login(
    tmp_path: Path, sqlite_url: str
) -> None:
    with OwnTemporal(tmp_path) as server:
        async with synced(url=sqlite_url, folder=tmp_path, temporal=server) as tenant:
            held = tenant.upstream.fail("things", Held(), page=2)
            login = ensuring(tenant)
            await held.reached()
            await asyncio.to_thread(server.stop)
            held.release()

            result = await login

            assert result.success
            assert len(await tenant.live("things")) == 35
            await asyncio.to_thread(server.start)
            await assert_complete(tenant)


async def test_a_server_that_stops_in_the_background_part_leaves_nothing_undone(
    tmp_path: Path, sqlite_url: str
) -> None:
    with OwnTemporal(tmp_path) as server:
        async with synced(url=sqlite_url, folder=tmp_path, temporal=server) as tenant:
            held = tenant.upstream.fail("extras", Held(), page=2)
            result = await tenant.ensure()
            assert (result.sync_method, result.fallback_used) == ("temporal", False)
            await held.reached()
            await asyncio.to_thread(server.stop)
            held.release()

            await asyncio.to_thread(server.start)
            await assert_complete(tenant)


async def test_a_server_that_never_comes_back_leaves_nothing_undone(
    tmp_path: Path, sqlite_url: str
) -> None:
    with OwnTemporal(tmp_path) as server:
        async with synced(url=sqlite_url, folder=tmp_path, temporal=server) as tenant:
            held = tenant.upstream.fail("extras", Held(), page=1)
            await tenant.ensure()
            await held.reached()
            await asyncio.to_thread(server.stop, signal.SIGKILL)
            held.release()

            await assert_complete(tenant)


async def test_a_server_that_hangs_delays_a_login_by_little_and_its_workflow_comes_too_late(
    tmp_path: Path, sqlite_url: str
) -> None:
    """Defect S5: what it was told while it hung, it does once it goes on."""
    with OwnTemporal(tmp_path) as server:
        workflows = await Workflows.of(server)
        async with synced(url=sqlite_url, folder=tmp_path, temporal=server) as tenant:
            server.pause()
            try:
                began = time.monotonic()
                assert_fell_back(await tenant.ensure(), "unreachable")
                assert time.monotonic() - began < 3
                await assert_complete(tenant)
                before = await all_tables(tenant)
                tenant.shelf.change("things", "thing-000015", name="later")
            finally:
                server.resume()

            # Where it takes up at all what nobody waits for any more.
            assert await workflows.ended("acme", count=0) in ([], ["FAILED"])
            assert await all_tables(tenant) == before
            await eventually(lambda: _goes_through_temporal(tenant), timeout=30)


async def _goes_through_temporal(tenant: SyncedTenant) -> bool:
    return (await tenant.sync()).sync_method == "temporal"

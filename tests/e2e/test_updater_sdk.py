"""Both clients of the SDK against a real server: what a program does with updaters."""

from collections.abc import Iterator
from typing import Any

import pytest

from tenantry.sdk import (
    AccessClient,
    AsyncUpdaterClient,
    Conflict,
    Denied,
    Invalid,
    NotFound,
    UpdaterClient,
)
from tests.support.server import ServerProcess
from tests.support.waiting import eventually, wait_until


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("updater")) as server:
        server.wait_until_ready()
        with AccessClient(**as_root(server)) as access:
            for tenant in ("one", "two"):
                access.tenants.create(tenant, tenant_id=tenant, sandbox=True)
            access.tenants.create("serious", tenant_id="serious")
        yield server


def as_root(server: ServerProcess) -> dict[str, Any]:
    return {"server": server.record.address, "token": server.record.token}


def test_a_tenant_lives_and_its_past_is_taken_back(server: ServerProcess) -> None:
    with UpdaterClient(**as_root(server), tenant="one") as client:
        assert not client.status().is_running
        client.backfill(10)
        wait_until(lambda: client.backfill_progress().is_done, timeout=30)
        client.start(log_level="debug")
        with pytest.raises(Conflict):
            client.start()

        shown = client.dry_run("newLeads")
        done = client.execute("newLeads", token=shown.token)
        lead = client.row("business_records", next(client.rows("business_records"))["id"])
        edited = client.edit("business_records", lead["id"], {"lead_score": 50})

        assert client.status().is_running
        assert done.rows_created == shown.rows_created
        assert edited["lead_score"] == 50
        assert client.check().is_coherent
        assert client.run(done.run_id).run.kind == "token"
        assert len(list(client.runs())) > 10
        assert len(list(client.firings())) > 10
        assert client.metrics().system_metrics.is_running
        assert client.health().is_healthy
        assert client.logs(count=1)[0].level in ("debug", "info")
        undone = client.undo_all()
        assert [kept.id for kept in undone.kept] == [lead["id"]]
        client.stop()


def test_a_configuration_and_its_schedules_are_explained(server: ServerProcess) -> None:
    with UpdaterClient(**as_root(server)) as client:
        changed = client.configure(
            {"scheduleConfig": {"businessActivities": "0 */2 9-17 * * 1-5"}}, tenant="two"
        )
        explained = client.explain("0 */2 9-17 * * 1-5", count=2, tenant="two")

        warnings = changed.schedules["businessActivities"].explanation.warnings
        assert warnings == explained.warnings
        assert [warning.code for warning in warnings] == ["minute_step"]
        assert set(client.preview(tenant="two")) == set(changed.schedules)
        assert client.config(tenant="one").given == {}
        with pytest.raises(Invalid):
            client.explain("nonsense", tenant="two")
        with pytest.raises(NotFound):
            client.execute("nothing", tenant="two")
        with pytest.raises(Denied, match="sandbox"):
            client.execute("newLeads", tenant="serious")


async def test_the_same_is_awaited(server: ServerProcess) -> None:
    async with AsyncUpdaterClient(**as_root(server), tenant="two") as client:
        await client.start()
        done = await client.execute("service_tickets")
        rows = [row async for row in client.rows("service_tickets")]

        assert 0 < len(rows) <= done.rows_created
        assert (await client.health()).is_healthy
        await client.stop()

        async def is_stopped() -> bool:
            return not (await client.status()).is_running

        assert await eventually(is_stopped)

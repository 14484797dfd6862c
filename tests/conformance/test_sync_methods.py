"""The method of a sync: which one, why, and changed while everything runs."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from openfeature.contrib.tools.flagd.core import FlagdCore
from openfeature.evaluation_context import EvaluationContext

from tenantry.configs import GLOBAL_TENANT
from tenantry.execution.dev_server import DevServer
from tenantry.testing.upstream import FakeUpstream
from tests.support.callers import Caller
from tests.support.command_line import CommandLine
from tests.support.durable import (
    FLAG,
    Workflows,
    durable_node,
    in_memory,
    method_flag,
    set_method,
)
from tests.support.nodes import Journal, Node
from tests.support.server import ServerProcess
from tests.support.syncs import SyncedTenant, only_things, synced_tenant, things

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]

MAX_AGE_SECONDS = 900


@pytest.fixture(scope="module")
def temporal() -> Iterator[DevServer]:
    """A server that the tests of this module share."""
    with in_memory() as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def node(
    temporal: DevServer,
    module_journal: Journal,
    module_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Node]:
    """A node that has a Temporal, and whose environment names no method."""
    # It is recorded from before the node on; another one may have been there before.
    assert isinstance(module_journal, Journal)
    async with durable_node(
        url=module_url, folder=tmp_path_factory.mktemp("node"), temporal=temporal, method=None
    ) as node:
        yield node


@pytest_asyncio.fixture(loop_scope="module")
async def tenant(node: Node, acme: str) -> AsyncIterator[SyncedTenant]:
    """A tenant of one small collection; what a test has set for all is taken away in the end."""
    rows = {"things": things(12)}
    async with synced_tenant(node, acme, rows, source=only_things()) as tenant:
        yield tenant
    if await explained(node, acme, "flag"):
        await set_method(node, None)


async def explained(node: Node, tenant_id: str, field: str | None = None) -> Any:
    found = await Caller(node).told("GET", f"/api/sync/tenants/{tenant_id}/method")
    return found if field is None else found.get(field)


async def method_of_next_login(tenant: SyncedTenant) -> str:
    """Let the data become old, log in, and return how the run behind that login was done."""
    tenant.node.clock.advance(MAX_AGE_SECONDS + 1)
    before = len(await tenant.runs())
    await tenant.log_in()
    await tenant.settled()
    runs = await tenant.runs()
    assert len(runs) == before + 1
    assert runs[-1]["status"] == "completed"
    assert not runs[-1]["is_fallback"]
    return str(runs[-1]["method"])


async def test_without_a_flag_and_a_word_in_the_environment_syncs_are_direct(
    node: Node, tenant: SyncedTenant
) -> None:
    assert await method_of_next_login(tenant) == "direct"
    assert await explained(node, tenant.tenant_id) == {
        "method": "direct",
        "decidedBy": "default",
        "reason": "USE_TEMPORAL_FOR_AUTH is not set",
        "flag": None,
    }


async def test_the_flag_moves_the_next_login_without_a_restart_and_back(
    node: Node, tenant: SyncedTenant, temporal: DevServer
) -> None:
    """Defect S10: flags of the original need a restart."""
    workflows = await Workflows.of(temporal)
    assert await method_of_next_login(tenant) == "direct"

    await set_method(node, method_flag("temporal"))
    assert await method_of_next_login(tenant) == "temporal"
    assert await workflows.ended(tenant.tenant_id) == ["COMPLETED"]
    told = await explained(node, tenant.tenant_id)
    assert (told["method"], told["decidedBy"]) == ("temporal", "flag")
    assert told["reason"] == "flag sync-method: STATIC, variant temporal"

    await set_method(node, method_flag("direct"))
    assert await method_of_next_login(tenant) == "direct"
    await set_method(node, None)
    assert await method_of_next_login(tenant) == "direct"
    assert len(await workflows.all(tenant.tenant_id)) == 1


async def test_the_flag_moves_one_tenant_and_leaves_the_others(
    node: Node, tenant: SyncedTenant
) -> None:
    named = {"if": [{"in": [{"var": "targetingKey"}, [tenant.tenant_id]]}, "temporal", "direct"]}
    await set_method(node, method_flag("direct", targeting=named))
    other = f"not-{tenant.tenant_id}"
    async with synced_tenant(node, other, {"things": things(3)}, source=only_things()) as another:
        assert await method_of_next_login(another) == "direct"
    assert await method_of_next_login(tenant) == "temporal"
    told = await explained(node, tenant.tenant_id)
    assert told["reason"] == "flag sync-method: TARGETING_MATCH, variant temporal"
    assert told["flag"]["variant"] == "temporal"


async def test_a_tenants_own_flag_hides_that_of_all(node: Node, tenant: SyncedTenant) -> None:
    await set_method(node, method_flag("temporal"))
    assert await method_of_next_login(tenant) == "temporal"

    await set_method(node, method_flag("direct"), tenant=tenant.tenant_id)
    assert await method_of_next_login(tenant) == "direct"
    assert (await explained(node, "anybody-else"))["method"] == "temporal"

    await set_method(node, None, tenant=tenant.tenant_id)
    assert await method_of_next_login(tenant) == "temporal"


async def test_a_share_of_the_tenants_is_that_of_the_reference_evaluator(
    node: Node, tenant: SyncedTenant
) -> None:
    shares = {"fractional": [["temporal", 10], ["direct", 90]]}
    flag = method_flag("direct", targeting=shares)
    await set_method(node, flag)
    core = FlagdCore()
    core.set_flags(json.dumps({"flags": {"sync-method": flag}}))
    tenants = [f"tenant-{number}" for number in range(500)]

    split = [(await explained(node, each))["method"] for each in tenants]

    assert split == [
        core.resolve_string_value("sync-method", "", EvaluationContext(each)).value
        for each in tenants
    ]
    assert 20 < split.count("temporal") < 90
    assert (await explained(node, tenant.tenant_id))["flag"]["reason"] == "SPLIT"
    # More of them adds some, and takes none away.
    more = {"fractional": [["temporal", 50], ["direct", 50]]}
    await set_method(node, method_flag("direct", targeting=more))
    moved = [each for each, way in zip(tenants, split, strict=True) if way == "temporal"]
    for each in moved:
        assert (await explained(node, each))["method"] == "temporal"


@pytest.mark.parametrize(
    "flag, says",
    [
        (method_flag("temporal", state="DISABLED"), "it has no value (DISABLED)"),
        ({**method_flag("temporal"), "defaultVariant": None}, "it has no value (DEFAULT)"),
        (
            {"state": "ENABLED", "variants": {"odd": "sideways"}, "defaultVariant": "odd"},
            "its value 'sideways' is neither direct nor temporal",
        ),
        (
            {"state": "ENABLED", "variants": {"on": True}, "defaultVariant": "on"},
            "its value True is neither direct nor temporal",
        ),
        (
            method_flag("temporal", targeting={"/": [1, {"var": "nothing"}]}),
            "",
        ),
    ],
    ids=["disabled", "no default", "another word", "boolean", "fails"],
)
async def test_a_flag_that_says_nothing_leaves_it_to_the_environment_and_is_told(
    node: Node, tenant: SyncedTenant, module_journal: Journal, flag: dict[str, Any], says: str
) -> None:
    await set_method(node, flag)
    before = len(module_journal.lines)

    assert await method_of_next_login(tenant) == "direct"

    told = await explained(node, tenant.tenant_id)
    assert (told["method"], told["decidedBy"]) == ("direct", "default")
    reason = f"USE_TEMPORAL_FOR_AUTH is not set; flag sync-method says nothing: {says}"
    assert told["reason"].startswith(reason)
    assert f"[info] Sync method: direct ({told['reason']})" in module_journal.events(after=before)


async def test_the_method_of_a_run_is_told_with_its_reason_in_log_and_timeline(
    node: Node, tenant: SyncedTenant, module_journal: Journal
) -> None:
    await set_method(node, method_flag("temporal"))
    before = len(module_journal.lines)

    assert await method_of_next_login(tenant) == "temporal"

    line = "[info] Sync method: temporal (flag sync-method: STATIC, variant temporal)"
    assert module_journal.events(after=before).count(line) == 1
    run = (await tenant.runs())[-1]
    timeline = (await tenant.timeline(run["correlation_id"])).timeline
    started = next(each for each in timeline if each.kind == "started")
    assert started.details["decision"]["decidedBy"] == "flag"
    status = await tenant.status()
    assert status["syncMethod"] == "temporal"


async def test_the_environment_is_never_copied_into_the_store(
    temporal: DevServer, tmp_path: Path, sqlite_url: str
) -> None:
    async with durable_node(
        url=sqlite_url,
        folder=tmp_path,
        temporal=temporal,
        method=None,
        USE_TEMPORAL_FOR_AUTH=True,
        TEMPORAL_TENANTS="acme-in",
    ) as node:
        async with _first_syncs(node, "acme-in", "acme-out") as (inside, outside):
            assert await inside.runs()
            assert await outside.runs()
        for tenant in (GLOBAL_TENANT, "acme-in", "acme-out"):
            names = [item["name"] for item in await node.configs(tenant).items()]
            assert [name for name in names if "temporal" in name.lower()] == []
            assert FLAG not in names


async def test_the_environment_names_the_tenants_that_it_means(
    temporal: DevServer, tmp_path: Path, sqlite_url: str
) -> None:
    environment = {"USE_TEMPORAL_FOR_AUTH": True, "TEMPORAL_TENANTS": "acme-in, acme-too"}
    async with (
        durable_node(
            url=sqlite_url, folder=tmp_path, temporal=temporal, method=None, **environment
        ) as node,
        _first_syncs(node, "acme-in", "acme-out") as (inside, outside),
    ):
        assert [run["method"] for run in await inside.runs()] == ["temporal"]
        assert [run["method"] for run in await outside.runs()] == ["direct"]
        assert (await explained(node, "acme-in"))["reason"] == (
            "USE_TEMPORAL_FOR_AUTH=true, and TEMPORAL_TENANTS has this tenant"
        )
        assert (await explained(node, "acme-out"))["reason"] == (
            "USE_TEMPORAL_FOR_AUTH=true, but TEMPORAL_TENANTS has other tenants"
        )
        # What the flag says wins over what the environment allows.
        await set_method(node, method_flag("temporal"))
        assert (await explained(node, "acme-out"))["method"] == "temporal"
        await set_method(node, method_flag("direct"))
        assert (await explained(node, "acme-in"))["method"] == "direct"
        # And one that says nothing leaves it to the environment, of either tenant.
        await set_method(node, method_flag("temporal", state="DISABLED"))
        assert (await explained(node, "acme-in"))["method"] == "temporal"
        assert (await explained(node, "acme-out"))["method"] == "direct"


async def test_true_for_nobody_in_particular_means_all(
    temporal: DevServer, tmp_path: Path, sqlite_url: str
) -> None:
    async with (
        durable_node(
            url=sqlite_url,
            folder=tmp_path,
            temporal=temporal,
            method=None,
            USE_TEMPORAL_FOR_AUTH=True,
        ) as node,
        _first_syncs(node, "acme-all") as (tenant,),
    ):
        assert [run["method"] for run in await tenant.runs()] == ["temporal"]
        assert (await explained(node, "acme-all"))["decidedBy"] == "environment"


async def test_an_explicit_false_wins_over_the_flag(
    temporal: DevServer, tmp_path: Path, sqlite_url: str
) -> None:
    async with (
        durable_node(
            url=sqlite_url, folder=tmp_path, temporal=temporal, USE_TEMPORAL_FOR_AUTH=False
        ) as node,
        _first_syncs(node, "acme-back") as (tenant,),
    ):
        await set_method(node, method_flag("temporal"), tenant="acme-back")
        assert [run["method"] for run in await tenant.runs()] == ["direct"]
        told = await explained(node, "acme-back")
        assert (told["method"], told["decidedBy"]) == ("direct", "environment")
        assert told["reason"] == "USE_TEMPORAL_FOR_AUTH=false"
        # What it has overruled is told too.
        assert told["flag"]["value"] == "temporal"


async def test_true_without_a_temporal_warns_at_the_start_and_stays_direct(
    temporal: DevServer, module_journal: Journal, tmp_path: Path, sqlite_url: str
) -> None:
    before = len(module_journal.lines)
    async with (
        durable_node(
            url=sqlite_url,
            folder=tmp_path,
            temporal=temporal,
            TEMPORAL_ENABLED=False,
            USE_TEMPORAL_FOR_AUTH=True,
        ) as node,
        _first_syncs(node, "acme-dry") as (tenant,),
    ):
        assert [run["method"] for run in await tenant.runs()] == ["direct"]
        told = await explained(node, "acme-dry")
        assert told["reason"] == "USE_TEMPORAL_FOR_AUTH=true, but TEMPORAL_ENABLED=false"
    assert (
        "[warning] USE_TEMPORAL_FOR_AUTH is true and TEMPORAL_ENABLED is not: syncs are direct"
    ) in module_journal.events(after=before)


async def test_a_command_moves_the_next_login_of_a_running_server(
    temporal: DevServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tenant = "acme-cli"
    tenantry = CommandLine(tmp_path, capsys)
    shelves = {tenant: {"things": things(12)}}
    environ = {"TEMPORAL_ENABLED": "true", "TEMPORAL_ADDRESS": temporal.address}
    async with FakeUpstream(shelves) as upstream:
        with ServerProcess(tmp_path, "--dev", SYNC_MAX_AGE_SECONDS="0", **environ) as server:
            server.wait_until_ready()
            async with httpx.AsyncClient(base_url=server.record.address) as http:
                await http.post("/api/tenants", json={"id": tenant, "name": tenant})
                source = {"type": "http", "base_url": upstream.base_url, **only_things()}
                answer = await http.put(
                    "/config/sync:source", json={"value": source}, headers={"X-Tenant-ID": tenant}
                )
                assert answer.is_success, answer.text
                path = f"/api/sync/tenants/{tenant}"

                async def method_now() -> str:
                    answer = await http.post(f"{path}/force", timeout=30)
                    assert answer.is_success, answer.text + server.said()
                    return str(answer.json()["data"]["syncMethod"])

                assert await method_now() == "direct"
                flag = json.dumps(method_flag("temporal"))
                assert tenantry("config", "set", FLAG, flag, "--json", "--tenant", "global") == 0, (
                    tenantry.err
                )
                assert await method_now() == "temporal"
                own = json.dumps(method_flag("direct"))
                assert tenantry("config", "set", FLAG, own, "--json", "--tenant", tenant) == 0
                assert await method_now() == "direct"
                assert server.stop() == 0, server.said()


@asynccontextmanager
async def _first_syncs(node: Node, *tenants: str) -> AsyncIterator[list[SyncedTenant]]:
    """Make tenants, and log in to each."""
    shelves = {tenant: {"things": things(12)} for tenant in tenants}
    async with FakeUpstream(shelves) as upstream:
        made = [
            await SyncedTenant(node, upstream, tenant).begin(**only_things()) for tenant in tenants
        ]
        for tenant in made:
            await tenant.log_in()
            await tenant.settled()
        yield made

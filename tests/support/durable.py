"""Syncs that go through a real Temporal: nodes that have one, the flag, workflows and histories."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToJson
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus

from tenantry.configs import GLOBAL_TENANT
from tenantry.execution.dev_server import DevServer
from tests.support.nodes import ROOT, Node, running_node
from tests.support.syncs import RunningClock
from tests.support.temporal import free_port
from tests.support.waiting import eventually

FLAG = "flag:sync-method"
VARIANTS = {"direct": "direct", "temporal": "temporal"}


def method_flag(method: str, **more: Any) -> dict[str, Any]:
    """Return a flag by which everybody's sync takes `method`, unless `more` says otherwise."""
    return {"state": "ENABLED", "variants": VARIANTS, "defaultVariant": method, **more}


def wall_clock() -> RunningClock:
    """Return a clock that shows the time of the Temporal server, until it is put ahead."""
    clock = RunningClock()
    clock.set_now(datetime.now(UTC))
    # It goes from the first look on.
    clock.now_us()
    return clock


def in_memory() -> DevServer:
    """Return a server that keeps nothing, to be started."""
    return DevServer(port=free_port())


@contextlib.asynccontextmanager
async def durable_node(
    *, url: str, folder: Path, temporal: DevServer, method: str | None = "temporal", **settings: Any
) -> AsyncIterator[Node]:
    """Run a node that has a Temporal, and whose tenants' syncs take `method`."""
    settings = {"TEMPORAL_ENABLED": True, "TEMPORAL_ADDRESS": temporal.address, **settings}
    async with running_node(url=url, folder=folder, clock=wall_clock(), **settings) as node:
        if method is not None:
            await set_method(node, method_flag(method))
        yield node


async def set_method(
    node: Node, flag: Mapping[str, Any] | None, *, tenant: str = GLOBAL_TENANT
) -> None:
    """Set the flag in a layer, by default that of all; None takes it away."""
    if flag is None:
        await node.store.delete(ROOT, tenant, FLAG)
    else:
        await node.store.put(ROOT, tenant, FLAG, dict(flag))


class Workflows:
    """What a server knows of workflows, asked as an operator would."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @classmethod
    async def of(cls, server: DevServer) -> "Workflows":
        """Connect to a server."""
        return cls(await Client.connect(server.address))

    async def all(self, tenant_id: str | None = None) -> list[WorkflowExecution]:
        """Return every run, of a tenant where one is named, oldest first."""
        found = [
            each
            async for each in self._client.list_workflows()
            if tenant_id is None or each.id == f"tenant-sync/{tenant_id}"
        ]
        return sorted(found, key=lambda each: each.start_time)

    async def statuses(self, tenant_id: str) -> list[str]:
        """Return how the runs of a tenant stand, oldest first."""
        return [_name_of(each) for each in await self.all(tenant_id)]

    async def ended(self, tenant_id: str, *, count: int = 1) -> list[str]:
        """Return how the runs of a tenant have ended, once so many are known and none is open."""

        async def have_ended() -> list[list[str]]:
            statuses = await self.statuses(tenant_id)
            is_over = len(statuses) >= count and "RUNNING" not in statuses
            # That there is none is an answer too.
            return [statuses] if is_over else []

        return (await eventually(have_ended, timeout=45))[0]

    async def events(self, run: WorkflowExecution) -> list[HistoryEvent]:
        """Return the history of a run."""
        handle = self._client.get_workflow_handle(run.id, run_id=run.run_id)
        return [event async for event in handle.fetch_history_events()]

    async def failure_of(self, run: WorkflowExecution) -> tuple[str, bool]:
        """Return the type of the error that a run has failed by, and whether it may be retried."""
        last = (await self.events(run))[-1]
        assert last.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED, last
        info = last.workflow_execution_failed_event_attributes.failure.application_failure_info
        (told,) = info.details.payloads
        return info.type, bool(json.loads(told.data)["is_retryable"])

    async def raw(self) -> dict[str, str]:
        """Return all that the server keeps, by run: descriptions and histories, twice."""
        kept = {}
        for run in await self.all():
            handle = self._client.get_workflow_handle(run.id, run_id=run.run_id)
            description = (await handle.describe()).raw_description
            messages = [description, *await self.events(run)]
            texts = [MessageToJson(each) for each in messages]
            bytes_ = [each.SerializeToString().decode("latin-1") for each in messages]
            kept[f"{run.id} {run.run_id} {_name_of(run)}"] = "\n".join([*texts, *bytes_])
        return kept


async def released(held: Any, *, after: float = 0.0) -> None:
    """Release a held page, and let whoever waited for it go on."""
    await asyncio.sleep(after)
    held.release()


def _name_of(run: WorkflowExecution) -> str:
    status = run.status or WorkflowExecutionStatus.RUNNING
    return status.name

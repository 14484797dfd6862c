"""Phased work for tests: steps that do as their payload says, and executors to carry them out."""

import asyncio
import itertools
import os
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal

import msgspec

from tenantry.execution import (
    Backoff,
    Executor,
    InlineExecutor,
    Payload,
    Step,
    StepContext,
    StepFailed,
    Steps,
    Work,
)
from tenantry.execution.temporal import TemporalConnection, TemporalExecutor, TemporalWorker
from tenantry.reliability import CircuitBreaker
from tenantry.telemetry import current
from tests.support.waiting import eventually

Kind = Literal["inline", "temporal", "temporal_elsewhere"]
KINDS: tuple[Kind, ...] = ("inline", "temporal", "temporal_elsewhere")
"""In this process; by a worker of the same connection; by one that the starter knows nothing of."""

SHORT_BACKOFF = Backoff(first_seconds=0.01, most_seconds=0.02)

_NUMBERS = itertools.count(1)


class Call(msgspec.Struct, frozen=True):
    """One attempt of a step, and what was bound around it."""

    name: str
    payload: Payload
    attempt: int
    at: float
    correlation_id: str | None
    tenant_id: str | None


class Script:
    """Steps that do as their payload says, and remember how they were called."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.cancelled: list[str] = []
        self._gates: dict[str, asyncio.Event] = {}

    @property
    def steps(self) -> Steps:
        """What an executor is given."""
        return {
            "answer": self._answer,
            "fail": self._fail,
            "break": self._break,
            "wait": self._wait,
            "finish": self._answer,
        }

    def of(self, name: str) -> list[Call]:
        """Return the calls of one step, in order."""
        return [call for call in self.calls if call.name == name]

    def said(self) -> list[Any]:
        """Return what the payloads of all calls had to say, in order."""
        return [call.payload.get("say") for call in self.calls]

    def open(self, gate: str) -> None:
        """Let the steps go on that wait there."""
        self._gate(gate).set()

    def _gate(self, name: str) -> asyncio.Event:
        return self._gates.setdefault(name, asyncio.Event())

    def _note(self, name: str, context: StepContext, payload: Payload) -> None:
        here = current()
        at = asyncio.get_running_loop().time()
        self.calls.append(
            Call(name, payload, context.attempt, at, here.correlation_id, here.tenant_id)
        )
        assert context.correlation_id == here.correlation_id

    async def _answer(self, context: StepContext, payload: Payload) -> Payload:
        self._note("finish" if "outcomes" in payload else "answer", context, payload)
        context.heartbeat({"at": "the end"})
        return {"said": payload.get("say")}

    async def _fail(self, context: StepContext, payload: Payload) -> Payload:
        self._note("fail", context, payload)
        if context.attempt > payload.get("times", 99):
            return {"said": payload.get("say")}
        raise StepFailed(
            "the upstream is away",
            type="NETWORK_ERROR",
            is_retryable=payload.get("is_retryable", True),
            retry_after_seconds=payload.get("retry_after", 0.0),
        )

    async def _break(self, context: StepContext, payload: Payload) -> Payload:
        self._note("break", context, payload)
        raise ValueError(f"row of alice, token {payload['say']}")

    async def _wait(self, context: StepContext, payload: Payload) -> Payload:
        self._note("wait", context, payload)
        try:
            await self._gate(payload["gate"]).wait()
        except asyncio.CancelledError:
            self.cancelled.append(payload["gate"])
            raise
        return {"said": payload.get("say")}


def step(
    name: str, *, label: str = "", attempts: int = 3, is_long: bool = False, **payload: Any
) -> Step:
    """Return a step of the script."""
    return Step(name=name, payload=payload, label=label, attempts=attempts, is_long=is_long)


def work(
    *essential: Step,
    background: tuple[Step, ...] = (),
    closing: Step | None = None,
    id: str | None = None,  # noqa: A002 - what the port calls it
) -> Work:
    """Return work of an id of its own."""
    number = next(_NUMBERS)
    own = f"work-{os.getpid()}-{secrets.token_hex(4)}-{number}"
    return Work(
        id=id or own,
        correlation_id=f"sync-acme-{number}",
        tenant_id="acme",
        essential=essential,
        background=background,
        closing=closing,
    )


def own_task_queue() -> str:
    """Return the name of a task queue that nobody else uses."""
    return f"queue-{secrets.token_hex(6)}"


@asynccontextmanager
async def running_executor(
    kind: Kind, steps: Steps, *, address: Callable[[], str]
) -> AsyncIterator[Executor]:
    """Yield an executor that carries out `steps`; `address` is asked for a Temporal server."""
    if kind == "inline":
        inline = InlineExecutor(steps=steps, backoff=SHORT_BACKOFF)
        await inline.start()
        yield inline
        await inline.stop()
        return

    connection = TemporalConnection(address=address())
    elsewhere = TemporalConnection(address=address())
    queue = own_task_queue()
    executor = TemporalExecutor(
        connection=connection, breaker=CircuitBreaker("temporal"), task_queue=queue
    )
    async with running_worker(
        connection if kind == "temporal" else elsewhere, steps, task_queue=queue
    ):
        await executor.start()
        yield executor
        await executor.stop()


@asynccontextmanager
async def running_worker(
    connection: TemporalConnection, steps: Steps, *, task_queue: str, is_versioned: bool = True
) -> AsyncIterator[TemporalWorker]:
    """Yield a worker that takes work already."""
    worker = TemporalWorker(
        connection=connection,
        steps=steps,
        task_queue=task_queue,
        is_versioned=is_versioned,
        backoff=SHORT_BACKOFF,
        grace_seconds=0.2,
    )
    await worker.start()
    try:
        await eventually(lambda: worker.is_ready)
        yield worker
    finally:
        await worker.stop()

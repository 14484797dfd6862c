"""Durable execution, where the settings say that there is a Temporal: imported by nobody else."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeAlias

import msgspec

from tenantry.base import Clock, Service
from tenantry.base.errors import Invalid
from tenantry.execution import Executor, Steps
from tenantry.reliability import Breakers, CircuitBreaker
from tenantry.settings import Settings

BREAKER: Final = "temporal"

_FAILURES: Final = 3
_RECOVERY_SECONDS: Final = 5.0

Happened: TypeAlias = tuple[int, str, dict[str, Any]]


class Durable(msgspec.Struct, frozen=True, kw_only=True):
    """Who begins workflows, who carries them out here, and what can be asked of them.

    `history` returns (µs, event type, details) of a workflow, and like `ping` it raises
    `ExecutorUnavailable` where the server does not answer.
    """

    executor: Executor
    services: Sequence[Service]
    history: Callable[[str, str | None], Awaitable[Sequence[Happened]]]
    ping: Callable[[], Awaitable[None]]


def build_durable(
    settings: Settings, *, steps: Steps, breakers: Breakers, is_worker: bool, clock: Clock
) -> Durable | None:
    """Build it; None where TEMPORAL_ENABLED is false. Raises `Invalid` without the library."""
    if not settings.temporal_enabled:
        return None
    try:
        from tenantry.execution import temporal  # noqa: PLC0415 - an extra, and slow to import
    except ImportError as error:
        raise Invalid(
            "TEMPORAL_ENABLED: got true, wants the library: pip install 'tenantry[temporal]'"
        ) from error

    breaker = breakers.add(
        CircuitBreaker(
            BREAKER, failure_threshold=_FAILURES, recovery_timeout=_RECOVERY_SECONDS, clock=clock
        )
    )
    connection = temporal.TemporalConnection(
        address=settings.temporal_address, namespace=settings.temporal_namespace
    )
    executor = temporal.TemporalExecutor(
        connection=connection,
        breaker=breaker,
        essential_timeout_seconds=settings.temporal_auth_timeout_ms / 1_000,
        clock=clock,
    )
    services: list[Service] = [executor]
    if is_worker:
        services.append(temporal.TemporalWorker(connection=connection, steps=steps, clock=clock))

    async def history(workflow_id: str, run_id: str | None) -> Sequence[Happened]:
        if run_id is None:
            return ()
        events = await temporal.history(connection, workflow_id, run_id)
        return [
            (event.at, event.type, {"detail": event.detail} if event.detail else {})
            for event in events
        ]

    return Durable(executor=executor, services=services, history=history, ping=connection.ping)

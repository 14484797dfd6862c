"""What the server remembers of a run, for a timeline: kinds, steps, attempts and times.

Payloads, results and messages are left where they are.
"""

from datetime import timedelta
from typing import Any, Final

import msgspec
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent as WireEvent
from temporalio.service import RPCError, RPCStatusCode

from tenantry.execution.temporal.connection import CALL_SECONDS, TemporalConnection, unreachable

_PREFIX: Final = "EVENT_TYPE_"
_LOCAL_ACTIVITY: Final = "core_local_activity"


class HistoryEvent(msgspec.Struct, frozen=True):
    """One event: `at` in µs since 1970, its `type` in Temporal's words, and what it is about."""

    at: int
    type: str
    detail: str


class _LocalActivity(msgspec.Struct):
    """What the library notes of a step that ran inside a workflow task."""

    activity_type: str
    attempt: int = 1


async def history(
    connection: TemporalConnection, workflow_id: str, run_id: str
) -> list[HistoryEvent]:
    """Return the events of a run in order, none where the server has forgotten it.

    Raises `ExecutorUnavailable` where the server does not answer.
    """
    client = await connection.client()
    handle = client.get_workflow_handle(workflow_id, run_id=run_id)
    steps: dict[int, str] = {}
    events: list[HistoryEvent] = []
    try:
        async for event in handle.fetch_history_events(rpc_timeout=timedelta(seconds=CALL_SECONDS)):
            events.append(_read(event, steps))  # noqa: PERF401 - what came before an error counts
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise unreachable(connection.address, error) from error
    return events


def _read(event: WireEvent, steps: dict[int, str]) -> HistoryEvent:
    """Return what is told of `event`; `steps` are those scheduled before, by the event's id."""
    return HistoryEvent(
        at=event.event_time.ToMicroseconds(),
        type=EventType.Name(event.event_type).removeprefix(_PREFIX).lower(),
        detail=_detail(event, steps).rstrip(),
    )


def _detail(event: WireEvent, steps: dict[int, str]) -> str:
    kind = event.WhichOneof("attributes") or ""
    told: Any = getattr(event, kind, None)
    detail = ""
    match kind:
        case "activity_task_scheduled_event_attributes":
            detail = steps[event.event_id] = told.activity_type.name
        case "activity_task_started_event_attributes":
            detail = f"{_step(told, steps)} attempt {told.attempt}"
        case "activity_task_completed_event_attributes":
            detail = _step(told, steps)
        case "activity_task_failed_event_attributes" | "activity_task_timed_out_event_attributes":
            detail = f"{_step(told, steps)} {_error_type(told.failure)}"
        case "marker_recorded_event_attributes" if told.marker_name == _LOCAL_ACTIVITY:
            detail = f"{_local(told)} {_error_type(told.failure)}"
        case "workflow_execution_failed_event_attributes":
            detail = _error_type(told.failure)
        case _:
            pass
    return detail


def _step(told: Any, steps: dict[int, str]) -> str:
    return steps.get(told.scheduled_event_id, "")


def _local(told: Any) -> str:
    noted = told.details["data"].payloads[0].data
    local = msgspec.json.decode(noted, type=_LocalActivity)
    return f"{local.activity_type} attempt {local.attempt}"


def _error_type(failure: Any) -> str:
    while failure.HasField("cause"):
        failure = failure.cause
    if failure.HasField("timeout_failure_info"):
        return "TimeoutError"
    return str(failure.application_failure_info.type)

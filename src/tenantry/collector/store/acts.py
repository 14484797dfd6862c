"""What people did with the collector, on the wire of the log."""

from typing import Any, Final

from tenantry.base import Principal
from tenantry.base.codec import encode_json
from tenantry.eventlog import ANY, AppendRequest, EventTypes, NewEvent, StreamAppend, cause_by

STREAM: Final = "collector"
"""The stream, in its tenant's scope, of what people had the collector do."""
VERBS: Final = ("started", "stopped", "replayed", "strategy_started", "strategy_cancelled")
EVENT_TYPES: Final = EventTypes(present=tuple(f"collector.{verb}.v1" for verb in VERBS))


def acted(
    tenant_id: str, verb: str, details: dict[str, Any], principal: Principal
) -> AppendRequest:
    """Return what appends that `principal` did something, with where the request came from.

    `details` name runs and counts, and nobody of the network.
    """
    cause = cause_by(principal, subject=STREAM, kind="Collector")
    event = NewEvent(
        type=f"collector.{verb}.v1", data=encode_json(details), metadata=cause.encode()
    )
    return AppendRequest(tenant_id, (StreamAppend(STREAM, ANY, (event,)),))

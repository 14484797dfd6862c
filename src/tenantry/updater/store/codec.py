"""What people did with updaters, on the wire of the log."""

from typing import Final

from tenantry.base import Principal
from tenantry.base.codec import encode_json
from tenantry.eventlog import ANY, AppendRequest, EventTypes, NewEvent, StreamAppend, cause_by
from tenantry.updater.model import STREAM, UpdaterActed

VERBS: Final = ("started", "stopped", "executed", "undone", "backfilled", "row_edited")
EVENT_TYPES: Final = EventTypes(present=tuple(f"updater.{verb}.v1" for verb in VERBS))


def acted(tenant_id: str, acted: UpdaterActed, principal: Principal) -> AppendRequest:
    """Return what appends that `principal` did something, with where the request came from."""
    cause = cause_by(principal, subject=STREAM, kind="Updater")
    event = NewEvent(
        type=f"updater.{acted.verb}.v1", data=encode_json(acted.details), metadata=cause.encode()
    )
    return AppendRequest(tenant_id, (StreamAppend(STREAM, ANY, (event,)),))

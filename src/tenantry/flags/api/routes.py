"""The routes of OFREP: one flag, all flags, and whether they have changed."""

from pathlib import Path
from typing import Annotated, Any, Final

from litestar import Response, Router, get, post
from litestar.background_tasks import BackgroundTask
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from tenantry.base import Clock
from tenantry.base.codec import encode_json
from tenantry.base.errors import Invalid
from tenantry.flags import rules
from tenantry.flags.api.events import refetch_events
from tenantry.flags.api.failures import AnyRequest, failure_answer
from tenantry.flags.api.ofrep import key_in, read_context, told, told_set
from tenantry.flags.api.tags import is_known, tag_of, tag_of_body, tagged, unchanged
from tenantry.flags.service import Flags, FlagWatches
from tenantry.web import ActingPrincipal, ActingTenant, headers_of

TAG: Final = "flags"
EVENT_STREAM: Final = "text/event-stream"

_JSON: Final = "application/json"
_STREAMED: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_NOT_FOUND: Final = "FLAG_NOT_FOUND"
_MAX_DIGITS: Final = 18

Changed = Annotated[
    str | None,
    QueryParameter(
        name="flagConfigEtag",
        description="The `etag` of the event that this request comes of: the node has it first.",
    ),
]
ChangedAt = Annotated[
    str | None,
    QueryParameter(
        name="flagConfigLastModified", description="The `lastModified` of that event; not needed."
    ),
]


def ofrep_handlers(
    flags: Flags, watches: FlagWatches, *, clock: Clock
) -> list[ControllerRouterHandler]:
    """Return the routes."""

    @post("/evaluate/flags/{key:path}", status_code=200)
    async def evaluate_flag(
        request: AnyRequest,
        principal: ActingPrincipal,
        tenant_id: ActingTenant,
        key: FromPath[Path],  # noqa: ARG001 - clients do not encode a slash, so all behind it is the key
    ) -> Response[bytes]:
        """Evaluate one flag for a context, by OFREP."""
        context = read_context(await request.body())
        found = flags.evaluate(principal, tenant_id, key_in(request.scope["path"]) or "", context)
        status = 200
        if found.error_code is not None:
            status = 404 if found.error_code == _NOT_FOUND else 400
        return Response(encode_json(told(found)), status_code=status, media_type=_JSON)

    @post("/evaluate/flags", status_code=200)
    async def evaluate_flags(
        request: AnyRequest,
        principal: ActingPrincipal,
        tenant_id: ActingTenant,
        *,
        changed: Changed = None,
        changed_at: ChangedAt = None,  # noqa: ARG001 - the position in `changed` says it better
    ) -> Response[bytes]:
        """Evaluate all flags for a context, by OFREP."""
        context = read_context(await request.body())
        # Not before it is known that who asks may.
        flag_set = flags.flag_set(principal, tenant_id)
        position = _position_in(changed)
        if position is not None:
            await flags.reach(position)
            flag_set = flags.flag_set(principal, tenant_id)

        context = rules.checked_context(context)
        headers = headers_of(request.scope)
        tag = tag_of(flag_set, context)
        if tag is not None and is_known(headers, tag):
            return unchanged(tag)
        body = told_set(flag_set, await flags.evaluate_all(flag_set, context))
        tag = tag or tag_of_body(body)
        return unchanged(tag) if is_known(headers, tag) else tagged(body, tag)

    @get("/events", media_type=EVENT_STREAM)
    async def watch_flags(
        request: AnyRequest, principal: ActingPrincipal, tenant_id: ActingTenant
    ) -> Stream:
        """Say when flags should be evaluated again, as server-sent events, by OFREP."""
        last_id = headers_of(request.scope).get(b"last-event-id")
        if last_id is None:
            watch = watches.watch(principal, tenant_id)
        else:
            watch = await watches.resume(principal, tenant_id, after=_read_position(last_id))

        async def left() -> None:
            watch.close()

        # A client that goes away while something is sent ends the response, not the iterator.
        return Stream(
            refetch_events(watch, clock=clock),
            media_type=EVENT_STREAM,
            headers=_STREAMED,
            background=BackgroundTask(left),
        )

    return [
        Router(
            path="/ofrep/v1",
            route_handlers=[evaluate_flag, evaluate_flags, watch_flags],
            exception_handlers={Exception: failure_answer(clock=clock)},
            tags=[TAG],
        )
    ]


def _position_in(changed: str | None) -> int | None:
    """Return the position in what one of our events has said; None for what none has."""
    if changed is None or not changed.isascii() or not changed.isdigit():
        return None
    return int(changed) if len(changed) <= _MAX_DIGITS else None


def _read_position(last_id: bytes) -> int:
    if not last_id.isdigit() or len(last_id) > _MAX_DIGITS:
        shown: Any = last_id.decode("latin-1")[:64]
        raise Invalid(field="Last-Event-ID", got=shown, wants="the id of an event")
    return int(last_id)

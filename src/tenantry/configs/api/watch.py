"""The watch: changes of settings as server-sent events."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

from litestar import Request, get, route
from litestar.background_tasks import BackgroundTask
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery, Parameter, QueryParameter
from litestar.response import Stream

from tenantry.base.errors import Invalid
from tenantry.configs import rules
from tenantry.configs.api.one import reach_awaited
from tenantry.configs.service import ConfigSnapshot, ConfigStore, ConfigWatches, Watcher
from tenantry.configs.service.frame import (
    RETRY,
    encode_change,
    encode_snapshot_end,
    encode_start,
)
from tenantry.web import ActingPrincipal, ActingTenant, Headers, headers_of

EVENT_STREAM = "text/event-stream"
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_ENTRIES_A_CHUNK = 500
_MAX_DIGITS = 18

From = Annotated[
    str | None,
    QueryParameter(name="from", description="A position of the log: everything behind it."),
]
Snapshot = Annotated[bool, Parameter(description="Begin with everything that is there.")]
AnyRequest = Request[Any, Any, Any]


def watch_handlers(store: ConfigStore, watches: ConfigWatches) -> list[HTTPRouteHandler]:
    """Return the handlers of `/watch`, for a router of settings."""

    @get("/watch", media_type=EVENT_STREAM)
    async def watch_configs(
        request: AnyRequest,
        principal: ActingPrincipal,
        tenant_id: ActingTenant,
        *,
        prefix: FromQuery[str] = "",
        from_: From = None,
        snapshot: Snapshot = False,
    ) -> Stream:
        """Watch the settings: every change as it happens, as server-sent events."""
        headers = headers_of(request.scope)
        after = _position_behind(headers, from_, is_snapshot_wanted=snapshot)
        await reach_awaited(store, headers)

        if after is not None:
            watcher = await watches.resume(principal, tenant_id, after=after, prefix=prefix)
            return _stream(watcher, _resumed())
        state = watches.snapshot(principal, tenant_id, prefix=prefix) if snapshot else None
        # Nothing is awaited since the snapshot, so this is its position.
        watcher = watches.watch(principal, tenant_id, prefix=prefix)
        return _stream(watcher, _started(watcher.cursor) if state is None else _present(state))

    @route("/watch", http_method=[HttpMethod.PUT, HttpMethod.DELETE], include_in_schema=False)
    async def refuse_reserved() -> None:
        """Refuse to store or delete what a route has the name of."""
        rules.check_name("watch")

    return [watch_configs, refuse_reserved]


def _position_behind(
    headers: Headers, given: str | None, *, is_snapshot_wanted: bool
) -> int | None:
    """Return the position to go on behind; None where the watch begins now."""
    last_id = headers.get(b"last-event-id")
    if last_id is not None:
        # A browser that comes back repeats the URL, and knows better where it was.
        return _read_position(last_id.decode("latin-1"), field="Last-Event-ID")
    if given is None:
        return None
    if is_snapshot_wanted:
        raise Invalid(field="snapshot", got="from beside it", wants="one or the other")
    return _read_position(given, field="from")


def _read_position(text: str, *, field: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
        raise Invalid(field=field, got=text[:64], wants="a position of the log")
    return int(text)


def _stream(watcher: Watcher, beginning: AsyncIterator[bytes]) -> Stream:
    async def chunks() -> AsyncIterator[bytes]:
        try:
            async for chunk in beginning:
                if watcher.is_ended:
                    return
                yield chunk
            async for chunk in watcher.chunks():
                yield chunk
        finally:
            watcher.close()

    async def left() -> None:
        watcher.close()

    # A client that goes away while something is sent to it ends the response, not the iterator.
    return Stream(
        chunks(), media_type=EVENT_STREAM, headers=_HEADERS, background=BackgroundTask(left)
    )


async def _resumed() -> AsyncIterator[bytes]:
    yield RETRY


async def _started(position: int) -> AsyncIterator[bytes]:
    yield RETRY + encode_start(position)


async def _present(state: ConfigSnapshot) -> AsyncIterator[bytes]:
    """Yield everything that is there, letting others run between chunks."""
    yield RETRY
    for first in range(0, len(state.entries), _ENTRIES_A_CHUNK):
        entries = state.entries[first : first + _ENTRIES_A_CHUNK]
        yield b"".join(map(encode_change, entries))
        await asyncio.sleep(0)
    yield encode_snapshot_end(state.position, len(state.entries))

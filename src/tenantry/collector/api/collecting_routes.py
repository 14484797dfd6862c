"""The routes about the stream: how collecting goes, what is covered, and what was no event."""

import msgspec
from litestar import get, post
from litestar.types import ControllerRouterHandler

from tenantry.base import Clock
from tenantry.collector.api.questions import (
    DEFAULT_LIMIT,
    PATH,
    TAG,
    AnyRequest,
    Cursor,
    Limit,
    read_count,
    read_place,
)
from tenantry.collector.model import CollectorStatus, DeadFrame, Figures, Ledger, Switch
from tenantry.collector.service import CollectorViews, Control, Replaying
from tenantry.web import ActingPrincipal, ActingTenant, Envelope, enveloped


class DeadLetters(msgspec.Struct, frozen=True):
    """Some frames that were no event, the latest first; `frame` is base64."""

    dead_letters: tuple[DeadFrame, ...]


def collecting_handlers(
    *, control: Control, views: CollectorViews, replaying: Replaying, clock: Clock
) -> list[ControllerRouterHandler]:
    """Return the routes."""

    @get(f"{PATH}/status", tags=[TAG])
    async def get_collector_status(
        principal: ActingPrincipal, tenant_id: ActingTenant
    ) -> Envelope[CollectorStatus]:
        """Say whether the stream is collected, from where, and how far that is."""
        return enveloped(await views.status(principal, tenant_id), clock=clock)

    @get(f"{PATH}/ledger", tags=[TAG])
    async def get_collector_ledger(
        principal: ActingPrincipal, tenant_id: ActingTenant
    ) -> Envelope[Ledger]:
        """Return what is covered of the stream, and what is missing."""
        return enveloped(await views.ledger(principal, tenant_id), clock=clock)

    @get(f"{PATH}/stats", tags=[TAG])
    async def get_collector_stats(
        principal: ActingPrincipal, tenant_id: ActingTenant
    ) -> Envelope[Figures]:
        """Return what came of all events so far."""
        return enveloped(await views.figures(principal, tenant_id), clock=clock)

    @get(f"{PATH}/dead-letters", tags=[TAG])
    async def list_dead_letters(
        principal: ActingPrincipal,
        tenant_id: ActingTenant,
        *,
        limit: Limit = None,
        cursor: Cursor = None,
    ) -> Envelope[DeadLetters]:
        """List frames that were no event, the latest first."""
        wanted = read_count(limit, default=DEFAULT_LIMIT)
        before = read_place(cursor)
        found = await views.dead_letters(principal, tenant_id, before=before, limit=wanted)
        following = str(found[-1].id) if len(found) == wanted else None
        return enveloped(DeadLetters(tuple(found)), clock=clock, next_cursor=following)

    @post(f"{PATH}/start", tags=[TAG], status_code=200)
    async def start_collector(
        principal: ActingPrincipal, tenant_id: ActingTenant
    ) -> Envelope[Switch]:
        """Have the stream collected, by whichever node has the role."""
        return enveloped(await control.start(principal, tenant_id), clock=clock)

    @post(f"{PATH}/stop", tags=[TAG], status_code=200)
    async def stop_collector(
        principal: ActingPrincipal, tenant_id: ActingTenant
    ) -> Envelope[Switch]:
        """Have it collected no more; what has come is stored first."""
        return enveloped(await control.stop(principal, tenant_id), clock=clock)

    @post(f"{PATH}/replay", tags=[TAG], status_code=200)
    async def replay_events(
        request: AnyRequest, principal: ActingPrincipal, tenant_id: ActingTenant
    ) -> Envelope[Figures]:
        """Store events of either wire, one a line, as if they had come from a host."""
        lines = await request.body()
        return enveloped(await replaying.replay(principal, tenant_id, lines), clock=clock)

    return [
        get_collector_status,
        get_collector_ledger,
        get_collector_stats,
        list_dead_letters,
        start_collector,
        stop_collector,
        replay_events,
    ]

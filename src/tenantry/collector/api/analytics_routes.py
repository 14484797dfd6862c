"""The routes about the network: who grows, who is heard, and what is talked of."""

from typing import Final

import msgspec
from litestar import get
from litestar.types import ControllerRouterHandler

from tenantry.base import Clock
from tenantry.collector.api.questions import TAG, Limit, read_count
from tenantry.collector.model import GrowingUser, Leader, Network, TrendingUser
from tenantry.collector.service import CollectorViews
from tenantry.web import ActingPrincipal, ActingTenant, Envelope, enveloped

TRENDING: Final = (50, 100)
"""How many are shown where nobody says, and at most."""
GROWING: Final = (20, 50)
LEADING: Final = (20, 50)


class Trending(msgspec.Struct, frozen=True):
    """Who has gained the most followers within 24 hours."""

    users: tuple[TrendingUser, ...]


class GrowthVelocity(msgspec.Struct, frozen=True):
    """Who grows the fastest, for how many followers were known before."""

    users: tuple[GrowingUser, ...]


class EngagementLeaders(msgspec.Struct, frozen=True):
    """Whose posts have got the most: likes + 2·reposts + 3·replies + 2·quotes."""

    users: tuple[Leader, ...]


def analytics_handlers(views: CollectorViews, *, clock: Clock) -> list[ControllerRouterHandler]:
    """Return the routes."""

    @get("/api/trending", tags=[TAG])
    async def get_trending(
        principal: ActingPrincipal, tenant_id: ActingTenant, *, limit: Limit = None
    ) -> Envelope[Trending]:
        """Return who has gained the most followers within 24 hours."""
        wanted = read_count(limit, default=TRENDING[0], most=TRENDING[1])
        found = await views.trending(principal, tenant_id, limit=wanted)
        return enveloped(Trending(tuple(found)), clock=clock)

    @get("/api/growth-velocity", tags=[TAG])
    async def get_growth_velocity(
        principal: ActingPrincipal, tenant_id: ActingTenant, *, limit: Limit = None
    ) -> Envelope[GrowthVelocity]:
        """Return who grows the fastest."""
        wanted = read_count(limit, default=GROWING[0], most=GROWING[1])
        found = await views.growth(principal, tenant_id, limit=wanted)
        return enveloped(GrowthVelocity(tuple(found)), clock=clock)

    @get("/api/engagement-leaders", tags=[TAG])
    async def get_engagement_leaders(
        principal: ActingPrincipal, tenant_id: ActingTenant, *, limit: Limit = None
    ) -> Envelope[EngagementLeaders]:
        """Return whose posts have got the most within 24 hours."""
        wanted = read_count(limit, default=LEADING[0], most=LEADING[1])
        found = await views.leaders(principal, tenant_id, limit=wanted)
        return enveloped(EngagementLeaders(tuple(found)), clock=clock)

    @get("/api/network-stats", tags=[TAG])
    async def get_network_stats(
        principal: ActingPrincipal, tenant_id: ActingTenant
    ) -> Envelope[Network]:
        """Return what there is, and what posts of the last 24 hours are about."""
        return enveloped(await views.network(principal, tenant_id), clock=clock)

    return [get_trending, get_growth_velocity, get_engagement_leaders, get_network_stats]

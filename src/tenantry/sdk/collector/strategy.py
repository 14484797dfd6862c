"""Strategies as the server's answers say them; what a newer server adds is unread."""

from datetime import datetime
from typing import Any

import msgspec


class StrategyEstimate(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How many requests a run will make, and how long they take at the rate that is set."""

    requests_at_least: int
    requests_at_most: int
    seconds_at_least: float
    seconds_at_most: float


class StrategyPlan(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a run would be, with everything that was left out filled in."""

    strategy: str
    params: dict[str, Any]
    estimate: StrategyEstimate


class StrategyProgress(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How far a run is; `users_found` counts posts where it lists those."""

    users_found: int
    requests_made: int
    budget_left: int
    frontier_size: int
    waiting_until: datetime | None = None


class StrategyRun(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A run: `status` is queued, running, waiting, done, failed or cancelled."""

    id: str
    strategy: str
    status: str
    params: dict[str, Any]
    estimate: StrategyEstimate
    progress: StrategyProgress
    notes: tuple[str, ...] = ()
    error: str | None = None
    created_at: datetime
    created_by: str
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will be done."""
        return self.status in ("done", "failed", "cancelled")


class StrategyFound(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A user that was found, or a post (`uri`); `via` says by what, `degree` how far away."""

    number: int
    did: str
    handle: str | None = None
    uri: str | None = None
    degree: int = 0
    via: str = ""
    followers_count: int | None = None
    follows_count: int | None = None
    posts_count: int | None = None

"""A run of a strategy: how far it is, and what it has found."""

from typing import Any, Literal

import msgspec

from tenantry.collector.model.strategy import StrategyName, StrategyParams
from tenantry.collector.model.strategy_step import State

StrategyStatus = Literal["queued", "running", "waiting", "done", "failed", "cancelled"]
"""A run waits where the service, or the breaker before it, says so."""


class StrategyRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run as it is stored; times are µs since 1970.

    `reserved` are requests that may have been made since: whoever goes on counts them as made.
    `attempts` counts the waits since the last answer.
    """

    tenant_id: str
    id: str
    strategy: StrategyName
    params: StrategyParams
    status: StrategyStatus = "queued"
    state: State = State()
    requests: int = 0
    reserved: int = 0
    attempts: int = 0
    waiting_until: int | None = None
    notes: tuple[str, ...] = ()
    error: str | None = None
    created_at: int
    created_by: str
    started_at: int | None = None
    finished_at: int | None = None

    @property
    def budget_left(self) -> int:
        """How many requests it may still make."""
        return max(0, self.params.max_requests - self.requests - self.reserved)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will be done."""
        return self.status in ("done", "failed", "cancelled")


class Estimate(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How many requests a run will make, and how long they take at the rate that is set."""

    requests_at_least: int
    requests_at_most: int
    seconds_at_least: float
    seconds_at_most: float


class StrategyPlan(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a run would be, with everything that was left out filled in."""

    strategy: StrategyName
    params: dict[str, Any]
    estimate: Estimate


class StrategyProgress(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How far a run is; `users_found` counts posts where it lists those."""

    users_found: int
    requests_made: int
    budget_left: int
    frontier_size: int
    waiting_until: str | None = None


class StrategyRunView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A run as it is shown."""

    id: str
    strategy: StrategyName
    status: StrategyStatus
    params: dict[str, Any]
    estimate: Estimate
    progress: StrategyProgress
    notes: tuple[str, ...] = ()
    error: str | None = None
    created_at: str
    created_by: str
    started_at: str | None = None
    finished_at: str | None = None


class FoundView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
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


class StrategyRunPage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Runs, newest first; `cursor` asks for the next page, None where there is none."""

    items: tuple[StrategyRunView, ...]
    cursor: str | None = None


class FoundPage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What was found, in the order in which it was."""

    items: tuple[FoundView, ...]
    cursor: str | None = None

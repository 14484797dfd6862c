"""Every request there is about what is collected: the one core of both kinds of client."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import msgspec

from tenantry.sdk.access.request import Page, Requests, id_segment, member_listing
from tenantry.sdk.collector.model import (
    CollectorDeadLetter,
    CollectorFigures,
    CollectorLedger,
    CollectorNetwork,
    CollectorStatus,
    CollectorSwitch,
    EngagementLeader,
    GrowingUser,
    TrendingUser,
)
from tenantry.sdk.collector.strategy import StrategyFound, StrategyPlan, StrategyRun
from tenantry.sdk.reply import Reply, data_of, decode
from tenantry.sdk.request import Request, json_body, target_of

T = TypeVar("T")

_COLLECTOR: Final = "/api/collector"
_STRATEGIES: Final = f"{_COLLECTOR}/strategies"
# As many lines as one request may hold take some seconds to be stored.
_STORING_SECONDS: Final = 120.0
_NOTHING_DONE: Final = frozenset({503})
_JSON: Final = ("Content-Type", "application/json")
_LINES: Final = ("Content-Type", "application/x-ndjson")


class _Users(msgspec.Struct):
    users: tuple[msgspec.Raw, ...]


class CollectorRequests(Requests):
    """What can be asked about what is collected, and about strategies.

    `tenant` is the one that is meant, where it is neither the client's nor the token's own; root's
    is the default tenant of the server.
    """

    def status(self, *, tenant: str | None = None) -> Request[CollectorStatus]:
        """Return whether the stream is collected, from where, and how far that is."""
        return _get(f"{_COLLECTOR}/status", CollectorStatus, tenant)

    def stats(self, *, tenant: str | None = None) -> Request[CollectorFigures]:
        """Return what came of all events so far."""
        return _get(f"{_COLLECTOR}/stats", CollectorFigures, tenant)

    def ledger(self, *, tenant: str | None = None) -> Request[CollectorLedger]:
        """Return what is covered of the stream, and what is missing."""
        return _get(f"{_COLLECTOR}/ledger", CollectorLedger, tenant)

    def dead_letters(self, *, tenant: str | None = None) -> Request[Page[CollectorDeadLetter]]:
        """Yield frames that were no event, the latest first, following the pages."""
        path = f"{_COLLECTOR}/dead-letters"
        return member_listing(path, "dead_letters", CollectorDeadLetter, headers=_of(tenant))

    def start(self, *, tenant: str | None = None) -> Request[CollectorSwitch]:
        """Have the stream collected, by whichever node has the role."""
        return _post(f"{_COLLECTOR}/start", CollectorSwitch, tenant)

    def stop(self, *, tenant: str | None = None) -> Request[CollectorSwitch]:
        """Have it collected no more; what has come is stored first."""
        return _post(f"{_COLLECTOR}/stop", CollectorSwitch, tenant)

    def replay(self, lines: bytes, *, tenant: str | None = None) -> Request[CollectorFigures]:
        """Store events of either wire, one a line, at most 8 MiB at a time.

        What is stored already is a duplicate, so it may be sent twice.
        """
        return Request(
            method="POST",
            target=f"{_COLLECTOR}/replay",
            headers=(*_of(tenant), _LINES),
            body=lines,
            wait_seconds=_STORING_SECONDS,
            read=lambda reply: data_of(reply, CollectorFigures),
        )

    def trending(
        self, *, count: int = 50, tenant: str | None = None
    ) -> Request[tuple[TrendingUser, ...]]:
        """Return who has gained the most followers within 24 hours, at most 100."""
        return _users("/api/trending", TrendingUser, count, tenant)

    def growth_velocity(
        self, *, count: int = 20, tenant: str | None = None
    ) -> Request[tuple[GrowingUser, ...]]:
        """Return who grows the fastest, for how many followers were known, at most 50."""
        return _users("/api/growth-velocity", GrowingUser, count, tenant)

    def engagement_leaders(
        self, *, count: int = 20, tenant: str | None = None
    ) -> Request[tuple[EngagementLeader, ...]]:
        """Return whose posts have got the most within 24 hours, at most 50."""
        return _users("/api/engagement-leaders", EngagementLeader, count, tenant)

    def network(self, *, tenant: str | None = None) -> Request[CollectorNetwork]:
        """Return what there is, and what posts of the last 24 hours are about."""
        return _get("/api/network-stats", CollectorNetwork, tenant)

    def plan_strategy(
        self, name: str, params: Mapping[str, Any] | None = None, *, tenant: str | None = None
    ) -> Request[StrategyPlan]:
        """Return what a run of a strategy would be and cost, and start none."""
        target = target_of(_strategy(name), dryRun="true")
        return _post(target, StrategyPlan, tenant, body=json_body(params or {}))

    def run_strategy(
        self, name: str, params: Mapping[str, Any] | None = None, *, tenant: str | None = None
    ) -> Request[StrategyRun]:
        """Queue a run of a strategy, whose parameters are in camelCase; sent once."""
        request = _post(_strategy(name), StrategyRun, tenant, body=json_body(params or {}))
        return msgspec.structs.replace(request, is_repeatable=False, repeats_after=_NOTHING_DONE)

    def strategy_runs(self, *, tenant: str | None = None) -> Request[Page[StrategyRun]]:
        """Yield runs of strategies, newest first, following the pages."""
        return member_listing(_STRATEGIES, "runs", StrategyRun, headers=_of(tenant))

    def strategy_run(self, run_id: str, *, tenant: str | None = None) -> Request[StrategyRun]:
        """Return how far a run is."""
        return _get(_run(run_id), StrategyRun, tenant)

    def strategy_users(
        self, run_id: str, *, tenant: str | None = None
    ) -> Request[Page[StrategyFound]]:
        """Yield what a run has found so far, in the order in which it was, following the pages."""
        return member_listing(f"{_run(run_id)}/users", "users", StrategyFound, headers=_of(tenant))

    def cancel_strategy(self, run_id: str, *, tenant: str | None = None) -> Request[StrategyRun]:
        """End a run, which keeps what it has found."""
        request = _get(_run(run_id), StrategyRun, tenant)
        return msgspec.structs.replace(request, method="DELETE")


def _get(target: str, kind: type[T], tenant: str | None) -> Request[T]:
    return Request(
        method="GET",
        target=target,
        headers=_of(tenant),
        read=lambda reply: data_of(reply, kind),
    )


def _post(
    target: str, kind: type[T], tenant: str | None, *, body: bytes | None = None
) -> Request[T]:
    return Request(
        method="POST",
        target=target,
        headers=_of(tenant) if body is None else (*_of(tenant), _JSON),
        body=body,
        read=lambda reply: data_of(reply, kind),
    )


def _users(path: str, kind: type[T], count: int, tenant: str | None) -> Request[tuple[T, ...]]:
    def read(reply: Reply) -> tuple[T, ...]:
        return tuple(decode(each, kind) for each in data_of(reply, _Users).users)

    target = target_of(path, limit=count)
    return Request(method="GET", target=target, headers=_of(tenant), read=read)


def _strategy(name: str) -> str:
    return f"{_STRATEGIES}/{id_segment('name', name)}"


def _run(run_id: str) -> str:
    return f"{_STRATEGIES}/runs/{id_segment('run_id', run_id)}"


def _of(tenant: str | None) -> tuple[tuple[str, str], ...]:
    return () if tenant is None else (("X-Tenant-ID", tenant),)

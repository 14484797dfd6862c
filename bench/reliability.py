"""The reliability suite: what a guard costs where nothing goes wrong, beside its peers."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import aiobreaker  # type: ignore[import-untyped]  # it has no types
import circuitbreaker  # type: ignore[import-untyped]  # as above
import limits
import limits.storage
import limits.strategies
import purgatory
import pybreaker
import stamina

from bench.figure import Figure, in_turn, series
from bench.plan import Plan
from bench.servers import tenantry_server
from tenantry.reliability import (
    Bulkhead,
    CircuitBreaker,
    FailureRate,
    Pipeline,
    RateLimiter,
    Retry,
    RetryBudget,
)

BREAKER_NANOSECONDS: Final = 1_000.0
LIMITER_NANOSECONDS: Final = 2_000.0

_CALLS: Final = 20_000
_REQUESTS: Final = 3_000
_A_SECOND: Final = 1_000_000_000
# So many that none is refused, and the same for both.
_PLENTY: Final = 1_000_000_000

Tell = Callable[[str], None]


def measure(plan: Plan, tell: Tell) -> list[Figure]:
    """Measure one caller of a function that returns at once, through each guard in turn."""
    tell("breakers")
    breakers = [
        _figure(
            plan, "breaker.call", _called(CircuitBreaker("ours")), "pybreaker", _pybreaker(),
            aim=BREAKER_NANOSECONDS,
        ),
        _figure(
            plan, "@breaker", _decorated(CircuitBreaker("ours")), "circuitbreaker",
            _circuitbreaker(), aim=BREAKER_NANOSECONDS,
        ),
        _figure(
            plan, "@breaker", _decorated(CircuitBreaker("ours")), "purgatory", _purgatory(),
            aim=BREAKER_NANOSECONDS,
        ),
        _figure_of_tasks(plan),
        _figure(plan, "breaker.call, a rate of the last 100 calls", _called(_rated())),
    ]  # fmt: skip

    tell("limiters, retries, a pipeline")
    return [
        *breakers,
        _figure(
            plan, "limiter.is_allowed, gcra", _limiter("gcra"), "limits, sliding window",
            _limits(limits.strategies.SlidingWindowCounterRateLimiter), aim=LIMITER_NANOSECONDS,
        ),
        _figure(
            plan, "limiter.is_allowed, fixed window", _limiter("fixed-window"), "limits",
            _limits(limits.strategies.FixedWindowRateLimiter), aim=LIMITER_NANOSECONDS,
        ),
        _figure(plan, "retry.call", _retry(), "stamina", _stamina()),
        _figure(plan, "pipeline.call, all six guards", _pipeline()),
        *_figures_of_requests(plan, tell),
    ]  # fmt: skip


def _work() -> None:
    """Return at once."""


async def _awaited_work() -> None:
    """Return at once."""


def _called(breaker: CircuitBreaker) -> Callable[[], object]:
    return lambda: breaker.call(_work)


def _decorated(breaker: CircuitBreaker) -> Callable[[], object]:
    return breaker(_work)


def _rated() -> CircuitBreaker:
    return CircuitBreaker("ours", failure_rate=FailureRate())


def _pybreaker() -> Callable[[], object]:
    breaker = pybreaker.CircuitBreaker()
    return lambda: breaker.call(_work)


def _circuitbreaker() -> Callable[[], object]:
    # Only what is decorated asks whether the breaker is open.
    decorated: Callable[[], object] = circuitbreaker.CircuitBreaker().decorate(_work)
    return decorated


def _purgatory() -> Callable[[], object]:
    decorated: Callable[[], object] = purgatory.SyncCircuitBreakerFactory()("peer")(_work)
    return decorated


def _limiter(way: str) -> Callable[[], object]:
    limiter = RateLimiter("ours", limit=_PLENTY, algorithm=way)  # type: ignore[arg-type]  # one of its two
    return lambda: limiter.is_allowed("key")


def _limits(strategy: type[limits.strategies.RateLimiter]) -> Callable[[], object]:
    limiter = strategy(limits.storage.MemoryStorage())
    rate = limits.RateLimitItemPerMinute(_PLENTY)
    return lambda: limiter.hit(rate, "key")


def _retry() -> Callable[[], object]:
    retry = Retry(budget=RetryBudget())
    return lambda: retry.call(_work)


def _stamina() -> Callable[[], object]:
    caller = stamina.RetryingCaller().on(ConnectionError)
    return lambda: caller(_work)


def _pipeline(work: Callable[[], object] = _work) -> Callable[[], object]:
    pipeline = Pipeline(
        "ours",
        deadline_seconds=10,
        bulkhead=Bulkhead("ours"),
        limiter=RateLimiter("ours", limit=_PLENTY),
        retry=Retry(budget=RetryBudget()),
        breaker=CircuitBreaker("ours"),
        timeout_seconds=2,
    )
    return lambda: pipeline.call(work)


def _figure(
    plan: Plan,
    name: str,
    ours: Callable[[], object],
    peer: str = "",
    theirs: Callable[[], object] | None = None,
    *,
    aim: float | None = None,
) -> Figure:
    our_rounds, their_rounds = in_turn(
        plan.rounds, lambda: _nanoseconds(ours), lambda: _nanoseconds(theirs) if theirs else 0.0
    )
    return Figure(
        suite="reliability",
        name=name,
        unit="ns",
        ours=series(our_rounds),
        theirs=series(their_rounds) if theirs else None,
        peer=peer,
        is_lower_better=True,
        aim_most=aim,
    )


def _figures_of_requests(plan: Plan, tell: Tell) -> list[Figure]:
    """Measure a request to a server of ours through all guards, beside the same one without."""
    tell("a real request through the pipeline")
    with TemporaryDirectory(prefix="bench-") as folder, tenantry_server(Path(folder)) as server:
        connection = HTTPConnection("127.0.0.1", server.port)

        def request() -> object:
            connection.request("GET", "/livez")
            return connection.getresponse().read()

        guarded = _pipeline(request)
        ours, theirs = in_turn(
            plan.rounds,
            lambda: _nanoseconds(guarded, calls=_REQUESTS),
            lambda: _nanoseconds(request, calls=_REQUESTS),
        )
        connection.close()
    return [
        Figure(
            suite="reliability",
            name="GET /livez through the pipeline",
            unit="ns",
            ours=series(ours),
            theirs=series(theirs),
            peer="without it",
            is_lower_better=True,
        )
    ]


def _figure_of_tasks(plan: Plan) -> Figure:
    ours, theirs = CircuitBreaker("ours"), aiobreaker.CircuitBreaker()
    our_rounds, their_rounds = in_turn(
        plan.rounds,
        lambda: asyncio.run(_nanoseconds_awaited(lambda: ours.acall(_awaited_work))),
        lambda: asyncio.run(_nanoseconds_awaited(lambda: theirs.call_async(_awaited_work))),
    )
    return Figure(
        suite="reliability",
        name="await breaker.acall",
        unit="ns",
        ours=series(our_rounds),
        theirs=series(their_rounds),
        peer="aiobreaker",
        is_lower_better=True,
        aim_most=BREAKER_NANOSECONDS,
    )


def _nanoseconds(call: Callable[[], object], *, calls: int = _CALLS) -> float:
    started_at = time.perf_counter()
    for _ in range(calls):
        call()
    return (time.perf_counter() - started_at) / calls * _A_SECOND


async def _nanoseconds_awaited(call: Callable[[], Awaitable[object]]) -> float:
    started_at = time.perf_counter()
    for _ in range(_CALLS):
        await call()
    return (time.perf_counter() - started_at) / _CALLS * _A_SECOND

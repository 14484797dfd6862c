"""What kits of this sort document and do not do: each line is a promise that this one keeps.

Most of them are tested more closely beside the part that keeps them.
"""

import asyncio
import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tenantry.reliability import (
    ApiResponse,
    BreakerOpen,
    Breakers,
    CircuitBreaker,
    HealthRegistry,
    Kind,
    Logger,
    Outcome,
    Pipeline,
    RateLimiter,
    Result,
    Retry,
    Setting,
    SettingsError,
    api_rate_limit,
    collect_rate_limit,
    read_settings,
)
from tenantry.telemetry import bind
from tenantry.testing import FakeClock


def fail() -> str:
    raise ConnectionError("lost")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def tripped(clock: FakeClock) -> CircuitBreaker:
    breaker = CircuitBreaker("api", failure_threshold=3, recovery_timeout=30, clock=clock)
    for _ in range(3):
        breaker.execute(fail)
    assert breaker.state == "open"
    return breaker


def test_a_result_is_asked_whether_it_is_an_error_by_itself() -> None:
    assert Result.error("no user").is_error()
    assert not Result.success("Ada").is_error()


def test_the_statistics_of_a_breaker_have_the_documented_names(clock: FakeClock) -> None:
    stats = tripped(clock).stats()

    assert (stats.failure_count, stats.success_count) == (3, 0)
    assert stats.last_failure_time == clock.now_us() // 1000


async def test_half_open_lets_one_of_all_who_wait_through(clock: FakeClock) -> None:
    breaker = tripped(clock)
    clock.advance(30)
    called: list[int] = []
    everybody_asked = asyncio.Event()

    async def ask() -> str:
        called.append(1)
        await everybody_asked.wait()
        return "it is back"

    asking = [asyncio.create_task(breaker.aexecute(ask)) for _ in range(1000)]
    refused = asyncio.create_task(breaker.aexecute(ask))
    assert isinstance((await refused).error, BreakerOpen)
    everybody_asked.set()
    outcomes = await asyncio.gather(*asking)

    assert len(called) == 1
    assert [outcome.is_ok() for outcome in outcomes].count(True) == 1


def test_a_success_from_before_the_trip_closes_nothing(clock: FakeClock) -> None:
    breaker = CircuitBreaker("api", failure_threshold=3, clock=clock)

    with breaker.guard():
        for _ in range(3):
            breaker.execute(fail)

    assert breaker.state == "open"


def test_an_old_failure_is_forgotten_after_the_monitored_time(clock: FakeClock) -> None:
    breaker = CircuitBreaker("api", failure_threshold=2, monitor_timeout=5, clock=clock)

    breaker.execute(fail)
    clock.advance(5.001)
    breaker.execute(fail)

    assert breaker.state == "closed"


async def test_what_fails_in_passing_is_retried_and_what_hangs_is_given_up() -> None:
    failures = [ConnectionError("lost")]

    async def once_lost() -> str:
        if failures:
            raise failures.pop()
        return "done"

    retrying = Pipeline("db", retry=Retry(attempts=2, first_seconds=0.001))
    impatient = Pipeline("db", timeout_seconds=0.001)

    assert await retrying.acall(once_lost) == "done"
    with pytest.raises(TimeoutError):
        await impatient.acall(asyncio.Event().wait)


def test_breakers_that_are_turned_off_refuse_nobody(clock: FakeClock) -> None:
    breaker = CircuitBreaker("api", failure_threshold=1, clock=clock)
    Breakers(is_enabled=False).add(breaker)

    outcomes = [breaker.execute(fail) for _ in range(10)]

    assert all(isinstance(outcome.error, ConnectionError) for outcome in outcomes)
    assert breaker.stats().failure_count == 10


def test_a_setting_that_is_declared_is_handed_to_the_program() -> None:
    table = [Setting(variable="POOL_MAX", kind=Kind.integer(1, 9), default="4", meaning="Pool.")]

    assert read_settings(table, {}, into=dict).data == {"pool_max": 4}
    with pytest.raises(TypeError, match="pool_max"):
        read_settings(table, {}, into=lambda: None)


def test_a_failure_is_counted_once(clock: FakeClock) -> None:
    breaker = CircuitBreaker("db", clock=clock)
    pipeline = Pipeline("db", breaker=breaker, retry=Retry(attempts=1, clock=clock))

    with pytest.raises(ConnectionError):
        pipeline.call(fail)

    assert breaker.stats().failure_count == 1


async def test_a_check_touches_what_it_is_named_after_each_time_it_is_told(
    clock: FakeClock,
) -> None:
    health = HealthRegistry(clock=clock)
    database = {"is_up": True, "look_count": 0}

    async def ping() -> None:
        database["look_count"] += 1
        clock.advance(0.007)
        if not database["is_up"]:
            raise ConnectionRefusedError

    health.register("database", ping)
    (up,) = (await health.report()).services
    database["is_up"] = False
    clock.advance(1)
    (down,) = (await health.report()).services

    assert (up.status, down.status) == ("healthy", "unhealthy")
    assert (up.response_time, down.response_time) == (7, 7)
    assert database["look_count"] == 2


def test_a_refusal_says_what_is_left_when_to_come_again_and_when_all_is_back(
    clock: FakeClock,
) -> None:
    limiter = RateLimiter("login", limit=1, seconds=60, clock=clock)
    limiter.is_allowed("ada")

    refused = limiter.is_allowed("ada")
    assert (refused.allowed, refused.remaining) == (False, 0)
    assert refused.retry_after == pytest.approx(60, abs=0.001)
    assert refused.reset_time == clock.now_us() // 1000 + 60_000

    told = json.loads(ApiResponse.rate_limited(refused).encode())
    assert told["error"]["details"]["resetTime"] == refused.reset_time


def test_the_id_that_a_request_brings_is_kept(log: Any) -> None:
    with bind(correlation_id="brought-along"):
        answered = json.loads(ApiResponse.success("x").encode())
        Logger.create("api").info("answered")

    assert answered["meta"]["requestId"] == "brought-along"
    assert log.lines[0]["correlation_id"] == "brought-along"


def test_of_more_requests_than_the_limit_those_beyond_are_refused() -> None:
    for preset, most in ((api_rate_limit, 100), (collect_rate_limit, 50)):
        limiter = RateLimiter(
            "as-preset", limit=preset.rate.limit, seconds=preset.rate.seconds, clock=FakeClock()
        )
        allowed = [limiter.is_allowed("ada").allowed for _ in range(most + 5)]
        assert allowed == [True] * most + [False] * 5


def test_the_path_of_failure_works_too(log: Any) -> None:
    logger = Logger.create("api")
    error = Result.catch(fail).error

    logger.api_error("fetch", error)
    logger.db_error("insert", error)
    logger.start_timer().end("failed", error=error)

    assert [line["error"] for line in log.lines] == ["ConnectionError: lost"] * 3


def test_every_line_of_the_log_is_one_json_object(log: Any) -> None:
    Logger.create("api").error("first\nsecond", {"nested": {"deep": [1, "a\nb"]}}, text="c\r\nd")
    Logger.create("api").info("third")

    told = [json.loads(line) for line in log.text.splitlines()]
    assert [line["event"] for line in told] == ["first\nsecond", "third"]
    assert told[0]["nested"] == {"deep": [1, "a\nb"]}


def test_a_missing_setting_is_an_error_to_look_at_and_no_end_of_the_program() -> None:
    required = [
        Setting(variable=name, kind=Kind.text(), meaning="Needed.", is_required=True)
        for name in ("URL", "KEY")
    ]

    result: Outcome[dict[str, str], SettingsError] = read_settings(required, {}, into=dict)

    assert result.is_error()
    assert [problem.variable for problem in result.error.problems] == ["URL", "KEY"]


def test_importing_the_kit_needs_no_environment() -> None:
    code = "import tenantry.reliability"
    # A path is not configuration: without it a checkout is not found.
    environ = {name: os.environ[name] for name in ("PYTHONPATH", "PATH") if name in os.environ}
    done = subprocess.run([sys.executable, "-c", code], env=environ, check=False)

    assert done.returncode == 0

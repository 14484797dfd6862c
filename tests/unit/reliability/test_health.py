"""Health: what is looked at, how often, and what is told of it."""

import asyncio
import json

import msgspec
import pytest

from tenantry.base.errors import Invalid, Unavailable
from tenantry.reliability import CheckOutcome, HealthRegistry, current_deadline, within
from tenantry.testing import FakeClock
from tests.support.waiting import eventually


async def well() -> None:
    pass


async def limping() -> CheckOutcome:
    return CheckOutcome("degraded", "one replica of two")


async def broken() -> None:
    raise Unavailable("the pool is empty")


class Door:
    """A check that answers once it is opened, and counts who knocks."""

    def __init__(self) -> None:
        self.knock_count = 0
        self._opened = asyncio.Event()

    def open(self) -> None:
        self._opened.set()

    async def check(self) -> None:
        self.knock_count += 1
        await self._opened.wait()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def health(clock: FakeClock) -> HealthRegistry:
    return HealthRegistry(clock=clock)


async def test_a_report_is_the_required_json(health: HealthRegistry, clock: FakeClock) -> None:
    async def looked_at() -> None:
        clock.advance(0.045)

    health.register("database", looked_at)
    health.register("source", limping)

    assert json.loads(msgspec.json.encode(await health.report())) == {
        "overall": "degraded",
        "services": [
            {
                "service": "database",
                "status": "healthy",
                "responseTime": 45,
                "timestamp": "2024-01-15T10:30:00.045Z",
            },
            {
                "service": "source",
                "status": "degraded",
                "responseTime": 45,
                "timestamp": "2024-01-15T10:30:00.045Z",
                "message": "one replica of two",
            },
        ],
        "timestamp": "2024-01-15T10:30:00.045Z",
    }


@pytest.mark.parametrize(
    "checks, overall, http_status",
    [
        ([], "unhealthy", 503),
        ([well], "healthy", 200),
        ([well, limping], "degraded", 200),
        ([limping, broken, well], "unhealthy", 503),
    ],
)
async def test_all_are_as_well_as_the_worst_and_none_is_unhealthy(
    health: HealthRegistry, checks: list[object], overall: str, http_status: int
) -> None:
    for number, check in enumerate(checks):
        health.register(f"service-{number}", check)  # type: ignore[arg-type]  # they are checks

    report = await health.report()

    assert (report.overall, report.http_status) == (overall, http_status)


async def test_services_are_told_in_the_order_of_registration(health: HealthRegistry) -> None:
    for name in ("database", "log", "cache", "api"):
        health.register(name, well)
    health.unregister("log")
    health.unregister("log")

    assert [each.service for each in (await health.report()).services] == [
        "database",
        "cache",
        "api",
    ]


async def test_an_error_of_ours_is_told_by_its_message_and_another_only_by_its_kind(
    health: HealthRegistry,
) -> None:
    async def leak() -> None:
        raise ConnectionError("postgresql://ada:hunter2@db/x refused")

    health.register("ours", broken)
    health.register("foreign", leak)

    report = await health.report()

    assert [(each.status, each.message) for each in report.services] == [
        ("unhealthy", "the pool is empty"),
        ("unhealthy", "ConnectionError"),
    ]
    assert b"hunter2" not in msgspec.json.encode(report) + report.health_json()


async def test_a_slow_answer_is_degraded(health: HealthRegistry, clock: FakeClock) -> None:
    async def slow() -> None:
        clock.advance(1.234)

    async def quick_enough() -> None:
        clock.advance(1.0)

    health.register("slow", slow)
    (service,) = (await health.report()).services
    assert (service.status, service.message) == ("degraded", "took 1,234 ms")
    assert service.response_time == 1234

    health.unregister("slow")
    health.register("quick", quick_enough)
    assert (await health.report()).overall == "healthy"


async def test_slowness_does_not_hide_what_the_check_says(
    health: HealthRegistry, clock: FakeClock
) -> None:
    async def slow_and_ill() -> CheckOutcome:
        clock.advance(2)
        return CheckOutcome("unhealthy", "disk full")

    health.register("disk", slow_and_ill)

    (service,) = (await health.report()).services
    assert (service.status, service.message) == ("unhealthy", "disk full")


async def test_each_check_has_its_own_time_out(health: HealthRegistry, clock: FakeClock) -> None:
    door, other = Door(), Door()
    health.register("api", door.check)
    health.register("cache", other.check, timeout_seconds=2.5)
    health.register("database", well)

    asking = asyncio.create_task(health.report())
    await eventually(lambda: door.knock_count == other.knock_count == 1)
    clock.advance(2.5)
    await eventually(lambda: clock.sleeper_count == 1)
    clock.advance(2.5)

    assert [(each.status, each.message) for each in (await asking).services] == [
        ("unhealthy", "no answer within 5 s"),
        ("unhealthy", "no answer within 2.5 s"),
        ("healthy", None),
    ]


async def test_a_check_that_will_not_be_stopped_holds_nobody_up(
    health: HealthRegistry, clock: FakeClock
) -> None:
    released = asyncio.Event()

    async def stubborn() -> None:
        while not released.is_set():
            try:
                await released.wait()
            except asyncio.CancelledError:
                continue

    health.register("stubborn", stubborn)
    asking = asyncio.create_task(health.report())
    await eventually(lambda: clock.sleeper_count == 1)
    clock.advance(5)

    assert (await asking).services[0].message == "no answer within 5 s"
    released.set()


async def test_checks_run_at_the_same_time(health: HealthRegistry) -> None:
    first, second = Door(), Door()

    async def opens_the_first() -> None:
        first.open()
        await second.check()

    async def opens_the_second() -> None:
        await first.check()
        second.open()

    health.register("one", opens_the_first)
    health.register("other", opens_the_second)

    assert (await health.report()).overall == "healthy"


async def test_who_asks_at_the_same_time_shares_one_run(health: HealthRegistry) -> None:
    door = Door()
    health.register("api", door.check)

    asking = [asyncio.create_task(health.report()) for _ in range(100)]
    await eventually(lambda: door.knock_count == 1)
    door.open()
    reports = await asyncio.gather(*asking)

    assert door.knock_count == 1
    assert all(report is reports[0] for report in reports)


async def test_one_who_gives_up_does_not_end_the_run_of_the_others(health: HealthRegistry) -> None:
    door = Door()
    health.register("api", door.check)

    first, second = (asyncio.create_task(health.report()) for _ in range(2))
    await eventually(lambda: door.knock_count == 1)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    door.open()

    assert (await second).overall == "healthy"
    assert door.knock_count == 1


async def test_what_was_found_is_the_answer_for_a_second(
    health: HealthRegistry, clock: FakeClock
) -> None:
    door = Door()
    door.open()
    health.register("api", door.check)

    await health.report()
    clock.advance(0.999)
    await health.report()
    assert door.knock_count == 1

    clock.advance(0.001)
    await health.report()
    assert door.knock_count == 2


async def test_a_check_registered_during_a_run_is_in_the_next_report(
    health: HealthRegistry,
) -> None:
    door = Door()
    health.register("api", door.check)
    early = asyncio.create_task(health.report())
    await eventually(lambda: door.knock_count == 1)

    health.register("database", broken)
    door.open()

    assert (await health.report()).overall == "unhealthy"
    assert (await early).overall == "healthy"
    assert (await health.report()).overall == "unhealthy"


async def test_a_run_that_began_before_a_registration_is_not_remembered(
    health: HealthRegistry,
) -> None:
    door = Door()
    health.register("api", door.check)
    early = asyncio.create_task(health.report())
    await eventually(lambda: door.knock_count == 1)

    health.unregister("api")
    health.register("database", broken)
    assert (await health.report()).overall == "unhealthy"
    door.open()
    assert (await early).overall == "healthy"

    assert (await health.report()).overall == "unhealthy"


async def test_the_deadline_of_the_first_who_asks_is_not_that_of_the_checks(
    health: HealthRegistry,
) -> None:
    seen = []

    async def look() -> None:
        seen.append(current_deadline())

    health.register("api", look)
    with within(0.5):
        await health.report()

    assert seen == [None]


async def test_a_check_that_is_cancelled_from_within_is_unhealthy(health: HealthRegistry) -> None:
    async def cancelled() -> None:
        raise asyncio.CancelledError

    health.register("api", cancelled)

    assert (await health.report()).services[0].message == "cancelled"


async def test_an_answer_that_means_nothing_is_not_good_health(health: HealthRegistry) -> None:
    async def false() -> bool:
        return False

    health.register("api", false)  # type: ignore[arg-type]  # that is what is refused

    (service,) = (await health.report()).services
    assert service.status == "unhealthy"
    assert service.message == "the check returned a bool, wants a CheckOutcome or None"


async def test_a_report_is_health_json_too(health: HealthRegistry) -> None:
    health.register("database", well)
    health.register("source", limping)

    told = json.loads((await health.report()).health_json(version="1"))

    assert told == {
        "status": "warn",
        "version": "1",
        "checks": {
            "database:responseTime": [
                {
                    "status": "pass",
                    "observedValue": 0,
                    "observedUnit": "ms",
                    "time": "2024-01-15T10:30:00.000Z",
                }
            ],
            "source:responseTime": [
                {
                    "status": "warn",
                    "observedValue": 0,
                    "observedUnit": "ms",
                    "time": "2024-01-15T10:30:00.000Z",
                    "output": "one replica of two",
                }
            ],
        },
    }


async def test_nothing_registered_fails_in_health_json_too(health: HealthRegistry) -> None:
    assert json.loads((await health.report()).health_json()) == {"status": "fail", "checks": {}}


@pytest.mark.parametrize("name", ["", "a:b", "taken"])
def test_a_name_of_no_use_is_refused(health: HealthRegistry, name: str) -> None:
    health.register("taken", well)

    with pytest.raises(Invalid, match="name: got"):
        health.register(name, well)


@pytest.mark.parametrize("option", ["degraded_after_seconds", "timeout_seconds"])
def test_a_time_of_no_sense_is_refused(health: HealthRegistry, option: str) -> None:
    with pytest.raises(Invalid, match=f"{option}: got 0, wants more than 0"):
        health.register("api", well, **{option: 0})


def test_a_registry_with_times_of_no_sense_is_refused() -> None:
    with pytest.raises(Invalid, match="timeout_seconds"):
        HealthRegistry(timeout_seconds=float("nan"))
    with pytest.raises(Invalid, match="cache_seconds: got -1"):
        HealthRegistry(cache_seconds=-1)

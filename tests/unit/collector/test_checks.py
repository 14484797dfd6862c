"""What a node's health says of collecting, and of the service that strategies ask."""

from typing import Any

import pytest
from msgspec.structs import replace

from tenantry.base.errors import Unavailable
from tenantry.collector.model import Pulse
from tenantry.collector.service.health import GRACE_SECONDS, CollectorCheck, atproto_check
from tenantry.reliability import CheckOutcome
from tenantry.testing import FakeClock

CONNECTED = Pulse(node="a:1", connection="connected", host="one.example", events_per_second=9.0)


class Told:
    """What whoever collects last said, as the views tell it."""

    def __init__(self, pulse: Pulse | None, *, is_fresh: bool = True) -> None:
        self.answer: tuple[Pulse | None, bool] | Unavailable = (pulse, is_fresh)

    async def pulse(self) -> tuple[Pulse | None, bool]:
        if isinstance(self.answer, Unavailable):
            raise self.answer
        return self.answer


def check_of(told: Any, clock: FakeClock, *, is_asked: bool = True) -> CollectorCheck:
    return CollectorCheck(views=told, is_asked=is_asked, clock=clock)


@pytest.mark.parametrize(
    "pulse, status, says",
    [
        (CONNECTED, "healthy", "9 events/s"),
        (replace(CONNECTED, lag_seconds=59.0), "healthy", "9 events/s"),
        (replace(CONNECTED, lag_seconds=61.0), "degraded", "61 s behind"),
        (replace(CONNECTED, connection="stopped"), "healthy", "switched off"),
        (
            replace(CONNECTED, connection="reconnecting", error="it ended"),
            "degraded",
            "reconnecting: it ended",
        ),
        (replace(CONNECTED, connection="connecting"), "degraded", "connecting: one.example"),
    ],
)
async def test_collecting_is_judged_by_the_pulse(pulse: Pulse, status: str, says: str) -> None:
    found = await check_of(Told(pulse), FakeClock())()
    assert found == CheckOutcome(status, says)  # type: ignore[arg-type]  # a case


async def test_that_nobody_collects_is_an_outage_only_where_somebody_should() -> None:
    clock = FakeClock()
    for told in (Told(None), Told(CONNECTED, is_fresh=False)):
        check = check_of(told, clock)
        assert await check() == CheckOutcome("degraded", "collecting begins")
        clock.advance(GRACE_SECONDS)
        assert await check() == CheckOutcome("unhealthy", "nobody collects")
    found = await check_of(Told(None), clock, is_asked=False)()
    assert found is not None
    assert found.status == "healthy"


async def test_a_database_that_does_not_answer_is_no_outage_of_collecting() -> None:
    told = Told(None)
    told.answer = Unavailable("it is away")
    found = await check_of(told, FakeClock())()
    assert found == CheckOutcome("degraded", "not known: it is away")


async def test_a_service_that_is_away_degrades_and_is_not_asked_each_time() -> None:
    clock, asked = FakeClock(), list[float]()

    async def ask() -> CheckOutcome:
        asked.append(clock.monotonic())
        if len(asked) == 1:
            raise Unavailable("no answer")
        return CheckOutcome("healthy")

    check = atproto_check(ask, clock=clock)
    found = [await check(), await check()]
    clock.advance(30.0)
    found.append(await check())

    assert [each.status for each in found] == ["degraded", "degraded", "healthy"]
    assert found[0].message == "strategies wait: no answer"
    assert len(asked) == 2

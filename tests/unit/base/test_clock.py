from datetime import UTC, datetime, timedelta

from tenantry.base import SystemClock


def test_both_readings_of_the_system_clock_are_the_same_instant() -> None:
    clock = SystemClock()
    before = clock.now_us()
    now = clock.now()
    after = clock.now_us()

    assert now.tzinfo is UTC
    read = (now - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert before <= read <= after


async def test_sleeping_takes_the_time_asked_for() -> None:
    clock = SystemClock()
    started_at = clock.monotonic()
    await clock.sleep(0.01)
    assert clock.monotonic() - started_at >= 0.009

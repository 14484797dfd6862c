"""Thousands wait for a breaker to recover: those who have a permit pass, and nobody else."""

import asyncio
import threading

import pytest

from tenantry.reliability import BreakerOpen, CircuitBreaker
from tenantry.testing import FakeClock
from tests.support.counts import soak_count

PERMITS = 3
SMALL_STACK = 64 * 1024


class Meeting:
    """All callers of a half-open breaker; who is let through stays until all others are refused."""

    def __init__(self, callers: int) -> None:
        self.callers = callers
        clock = FakeClock()
        self.breaker = CircuitBreaker(
            "busy", failure_threshold=1, half_open_permits=PERMITS, clock=clock
        )
        with pytest.raises(OSError, match="broken"), self.breaker.guard():
            raise OSError("broken")
        clock.advance(30)

        self.passed = 0
        self.refused = 0
        self._lock = threading.Lock()

    @property
    def is_over(self) -> bool:
        return self.passed + self.refused == self.callers

    def count(self, *, passed: int = 0, refused: int = 0) -> bool:
        with self._lock:
            self.passed += passed
            self.refused += refused
            return self.is_over


async def test_as_tasks_exactly_the_permitted_number_passes() -> None:
    callers = 10_000
    meeting, over = Meeting(callers), asyncio.Event()

    async def work() -> None:
        if meeting.count(passed=1):
            over.set()
        await over.wait()

    async def call() -> None:
        try:
            await meeting.breaker.acall(work)
        except BreakerOpen:
            if meeting.count(refused=1):
                over.set()

    await asyncio.gather(*(call() for _ in range(callers)))

    assert (meeting.passed, meeting.refused) == (PERMITS, callers - PERMITS)
    assert meeting.breaker.state == "closed"


@pytest.mark.soak
def test_as_threads_exactly_the_permitted_number_passes() -> None:
    callers = soak_count(10_000)
    meeting, begin, over = Meeting(callers), threading.Event(), threading.Event()

    def work() -> None:
        if meeting.count(passed=1):
            over.set()
        assert over.wait(60)

    def call() -> None:
        begin.wait(60)
        try:
            meeting.breaker.call(work)
        except BreakerOpen:
            if meeting.count(refused=1):
                over.set()

    usual = threading.stack_size(SMALL_STACK)
    try:
        threads = [threading.Thread(target=call, daemon=True) for _ in range(callers)]
        for thread in threads:
            thread.start()
    finally:
        threading.stack_size(usual)
    begin.set()
    for thread in threads:
        thread.join(60)

    assert (meeting.passed, meeting.refused) == (PERMITS, callers - PERMITS)
    assert meeting.breaker.state == "closed"

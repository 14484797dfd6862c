"""The breakers of a process: found by name, looked at together, turned off together."""

import pytest

from tenantry.base.errors import Invalid, NotFound
from tenantry.reliability import BreakerOpen, Breakers, CircuitBreaker
from tenantry.testing import FakeClock


def fail() -> str:
    raise OSError("broken")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def off(clock: FakeClock) -> CircuitBreaker:
    """Return a breaker of a process in which none refuses."""
    breaker = CircuitBreaker("api", failure_threshold=2, recovery_timeout=10, clock=clock)
    return Breakers(is_enabled=False).add(breaker)


def test_a_breaker_is_found_by_its_name() -> None:
    breakers = Breakers()
    breaker = breakers.add(CircuitBreaker("api"))

    assert breakers.get("api") is breaker
    with pytest.raises(NotFound, match="there is no breaker source"):
        breakers.get("source")


def test_a_name_belongs_to_one_breaker() -> None:
    breakers = Breakers()
    first = breakers.add(CircuitBreaker("api"))

    with pytest.raises(Invalid, match="breaker: got 'api', wants a name that no other"):
        breakers.add(CircuitBreaker("api"))
    assert list(breakers) == [first]


def test_they_are_told_in_the_order_of_their_names() -> None:
    breakers = Breakers()
    for name in ("oidc", "atproto", "database"):
        breakers.add(CircuitBreaker(name))

    assert [breaker.name for breaker in breakers] == ["atproto", "database", "oidc"]
    assert list(breakers.stats()) == ["atproto", "database", "oidc"]
    assert breakers.states() == {"atproto": "closed", "database": "closed", "oidc": "closed"}
    assert len(breakers) == 3


def test_one_may_be_added_while_somebody_goes_through_them() -> None:
    breakers = Breakers()
    breakers.add(CircuitBreaker("api"))

    seen = []
    for breaker in breakers:
        breakers.add(CircuitBreaker("database"))
        seen.append(breaker.name)

    assert seen == ["api"]
    assert len(breakers) == 2


def test_statistics_are_those_of_each() -> None:
    breakers = Breakers()
    breakers.add(CircuitBreaker("api")).execute(fail)
    breakers.add(CircuitBreaker("database")).execute(str)

    stats = breakers.stats()

    assert (stats["api"].failure_count, stats["api"].success_count) == (1, 0)
    assert (stats["database"].failure_count, stats["database"].success_count) == (0, 1)


def test_turned_off_they_refuse_nobody_and_count(clock: FakeClock) -> None:
    breaker = off(clock)

    for _ in range(10):
        assert isinstance(breaker.execute(fail).error, OSError)

    assert breaker.is_pass_through
    assert breaker.stats().failure_count == 10
    assert (breaker.stats().state, breaker.stats().opened_total) == ("open", 1)


def test_turned_off_their_state_recovers_as_it_would(clock: FakeClock) -> None:
    breaker = off(clock)
    for _ in range(2):
        breaker.execute(fail)
    clock.advance(10)

    with breaker.guard():
        assert breaker.execute(str).is_ok()
    assert breaker.state == "closed"


def test_neither_a_reset_nor_an_override_turns_them_on(clock: FakeClock) -> None:
    breaker = off(clock)

    breaker.reset()
    for _ in range(3):
        assert isinstance(breaker.execute(fail).error, OSError)
    breaker.force_open()
    assert breaker.execute(str).is_ok()
    assert breaker.override == "open"
    breaker.force_closed(seconds=5)
    clock.advance(5)
    for _ in range(3):
        assert isinstance(breaker.execute(fail).error, OSError)
    breaker.disable(seconds=5)
    clock.advance(5)

    assert isinstance(breaker.execute(fail).error, OSError)
    assert breaker.is_pass_through


def test_turned_on_they_refuse_as_ever(clock: FakeClock) -> None:
    breaker = Breakers().add(CircuitBreaker("api", failure_threshold=1, clock=clock))

    breaker.execute(fail)

    assert not breaker.is_pass_through
    assert isinstance(breaker.execute(str).error, BreakerOpen)

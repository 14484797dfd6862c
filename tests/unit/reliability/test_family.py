"""Breakers of one kind: one for each member, as many as there is room for."""

import pytest

from tenantry.base.errors import Invalid, NotFound
from tenantry.reliability import BreakerFamily, Breakers, CircuitBreaker
from tenantry.testing import FakeClock


def fail() -> str:
    raise OSError("broken")


@pytest.fixture
def breakers() -> Breakers:
    return Breakers()


@pytest.fixture
def family(breakers: Breakers) -> BreakerFamily:
    clock = FakeClock()

    def make(name: str) -> CircuitBreaker:
        return CircuitBreaker(name, failure_threshold=1, recovery_timeout=10, clock=clock)

    return BreakerFamily(
        "source", breakers=breakers, make=make, is_member=lambda name: name != "nobody", most=3
    )


def names(breakers: Breakers) -> list[str]:
    return [breaker.name for breaker in breakers]


def test_a_member_has_one_breaker_which_is_among_the_others(
    family: BreakerFamily, breakers: Breakers
) -> None:
    breaker = family.of("acme")

    assert family.of("acme") is breaker
    assert breakers.get("source:acme") is breaker
    assert breaker.name == "source:acme"
    assert names(breakers) == ["source:acme"]


def test_asked_for_by_name_it_is_made(family: BreakerFamily, breakers: Breakers) -> None:
    assert breakers.find("source:acme") is None
    assert breakers.get("source:acme") is family.of("acme")


@pytest.mark.parametrize("name", ["source:nobody", "source:", "source", "other:acme"])
def test_of_who_is_no_member_there_is_none(
    family: BreakerFamily, breakers: Breakers, name: str
) -> None:
    assert family.kind == "source"
    with pytest.raises(NotFound, match=f"there is no breaker {name}"):
        breakers.get(name)
    assert names(breakers) == []


def test_the_one_that_was_used_least_recently_makes_room(
    family: BreakerFamily, breakers: Breakers
) -> None:
    for member in ("a", "b", "c", "a", "d"):
        family.of(member)

    assert names(breakers) == ["source:a", "source:c", "source:d"]


def test_one_that_is_open_or_that_an_operator_holds_stays(
    family: BreakerFamily, breakers: Breakers
) -> None:
    family.of("held").force_closed()
    family.of("open").execute(fail)
    for number in range(10):
        family.of(f"m{number}")

    assert names(breakers) == ["source:held", "source:m9", "source:open"]


def test_where_all_are_open_the_oldest_is_forgotten(
    family: BreakerFamily, breakers: Breakers
) -> None:
    for number in range(4):
        family.of(f"m{number}").execute(fail)

    assert names(breakers) == ["source:m1", "source:m2", "source:m3"]


def test_what_operators_hold_is_never_taken_out(family: BreakerFamily, breakers: Breakers) -> None:
    for number in range(5):
        family.of(f"m{number}").force_open()

    assert len(breakers) == 5
    assert all(breaker.override == "open" for breaker in breakers)


def test_where_breakers_are_turned_off_those_of_families_are_too() -> None:
    family = BreakerFamily("source", breakers=Breakers(is_enabled=False), make=CircuitBreaker)

    assert family.of("acme").is_pass_through


def test_a_kind_is_a_word_of_its_own(breakers: Breakers, family: BreakerFamily) -> None:
    with pytest.raises(Invalid, match="wants a kind without a colon"):
        BreakerFamily("a:b", breakers=breakers, make=CircuitBreaker)
    with pytest.raises(Invalid, match="family: got 'source', wants a kind that no other"):
        BreakerFamily(family.kind, breakers=breakers, make=CircuitBreaker)

"""An outcome as a value."""

import asyncio
from collections.abc import Iterator

import msgspec
import pytest

from tenantry.reliability import Err, Ok, Outcome, Result, WrongOutcome


def half(number: int) -> Outcome[int, str]:
    return Err(f"{number} is odd") if number % 2 else Ok(number // 2)


async def answer(value: object) -> object:
    if isinstance(value, BaseException):
        raise value
    return value


def test_an_outcome_says_which_it_is() -> None:
    good, bad = half(4), half(3)

    assert (good.is_ok(), good.is_err(), good.is_error()) == (True, False, False)
    assert (bad.is_ok(), bad.is_err(), bad.is_error()) == (False, True, True)


def test_each_holds_what_it_is_about() -> None:
    assert Result.success(3) == Ok(3)
    assert Result.success(3).data == 3
    assert Result.error("no") == Err("no")
    assert Result.error("no").error == "no"


def test_what_an_outcome_does_not_hold_cannot_be_read() -> None:
    with pytest.raises(WrongOutcome, match=r"Err.*no data"):
        _ = half(3).data
    with pytest.raises(WrongOutcome, match=r"Ok.*no error"):
        _ = half(4).error


def test_a_pattern_takes_an_outcome_apart() -> None:
    match half(3):
        case Ok(number):
            pytest.fail(f"{number}")
        case Err(error):
            assert error == "3 is odd"


def test_only_the_data_is_mapped_by_map_and_only_the_error_by_map_err() -> None:
    assert half(4).map(str) == Ok("2")
    assert half(3).map(str) == Err("3 is odd")
    assert half(4).map_err(len) == Ok(2)
    assert half(3).map_err(len) == Err(8)


def test_the_first_failure_ends_a_chain() -> None:
    assert half(8).and_then(half).and_then(half) == Ok(1)
    assert half(6).and_then(half).and_then(half) == Err("3 is odd")


def test_unwrap_gives_the_data_or_raises_the_error_itself() -> None:
    error = KeyError("x")

    assert half(4).unwrap() == 2
    with pytest.raises(KeyError) as raised:
        Err(error).unwrap()
    assert raised.value is error
    with pytest.raises(WrongOutcome, match="3 is odd"):
        half(3).unwrap()


def test_unwrap_or_has_a_default() -> None:
    assert half(4).unwrap_or(0) == 2
    assert half(3).unwrap_or(0) == 0


def test_catch_makes_an_outcome_of_what_is_raised() -> None:
    assert Result.catch(lambda: int("3")) == Ok(3)
    caught = Result.catch(lambda: int("x"))
    assert isinstance(caught.error, ValueError)


def test_catch_lets_pass_what_it_was_not_told() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        Result.catch(lambda: int("x"), KeyError, OSError)


async def test_an_awaitable_becomes_an_outcome() -> None:
    error = OSError("gone")

    assert await Result.from_awaitable(answer(3)) == Ok(3)
    assert await Result.from_awaitable(answer(error)) == Err(error)
    with pytest.raises(OSError, match="gone"):
        await Result.from_awaitable(answer(error), KeyError)


async def test_a_cancellation_is_no_outcome() -> None:
    with pytest.raises(asyncio.CancelledError):
        await Result.from_awaitable(answer(asyncio.CancelledError()))


def test_all_are_their_data_in_order_or_the_first_failure() -> None:
    looked_at = []

    def look() -> Iterator[Outcome[int, str]]:
        for number in (4, 3, 5):
            looked_at.append(number)
            yield half(number)

    assert Result.all([half(4), half(2)]) == Ok([2, 1])
    assert Result.all([]) == Ok([])
    assert Result.all(look()) == Err("3 is odd")
    assert looked_at == [4, 3]


def test_outcomes_compare_hash_and_do_not_change() -> None:
    assert {Ok(1), Ok(1), Err(1)} == {Ok(1), Err(1)}
    with pytest.raises(AttributeError):
        Ok(1).data = 2  # type: ignore[misc]  # that is what is refused


def test_an_outcome_is_json() -> None:
    assert msgspec.json.encode([half(4), half(3)]) == b'[{"data":2},{"error":"3 is odd"}]'


def test_there_is_no_result_that_is_neither() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Result()  # type: ignore[abstract]  # that is what is refused

"""What a type checker knows of a `Result`; mypy is the test, and the run shows that it is true."""

from typing import Any, assert_type

from tenantry.reliability import Err, Ok, Outcome, Result


def half(number: int) -> Outcome[int, str]:
    return Err("odd") if number % 2 else Ok(number // 2)


async def load() -> bytes:
    return b"data"


def check_result(result: Result[int, str]) -> None:
    assert_type(result.data, int)
    assert_type(result.error, str)
    assert_type(result.unwrap(), int)
    assert_type(result.unwrap_or(None), int | None)
    assert_type(result.map(str), Result[str, str])
    assert_type(result.map_err(len), Result[int, int])
    assert_type(result.and_then(half), Result[int, str])
    assert_type(Result.all([result, result]), Outcome[list[int], str])
    result.data = 3  # type: ignore[misc]  # an outcome does not change


def check_outcome(outcome: Outcome[int, str]) -> Result[int, str]:
    assert_type(outcome.data, int)
    assert_type(outcome.error, str)
    assert_type(outcome.unwrap_or(None), int | None)
    return outcome


def check_makers() -> None:
    assert_type(Ok(3), Ok[int])
    assert_type(Err("no"), Err[str])
    assert_type(Result.success(3), Ok[int])
    assert_type(Result.catch(lambda: 3), Outcome[int, Exception])
    assert_type(Result.catch(lambda: 3, KeyError), Outcome[int, KeyError])


async def check_awaitable() -> None:
    assert_type(await Result.from_awaitable(load()), Outcome[bytes, Exception])
    assert_type(await Result.from_awaitable(load(), OSError), Outcome[bytes, OSError])


def check_match(result: Outcome[int, str]) -> str:
    match result:
        case Ok(number):
            assert_type(number, int)
            return str(number)
        case Err(error):
            assert_type(error, str)
            return error


def test_what_the_types_say_is_so() -> None:
    made: Any = [half(4), half(3), Result.success(1), Result.error("x")]

    assert [type(each) for each in made] == [Ok, Err, Ok, Err]
    assert [check_match(each) for each in made] == ["2", "odd", "1", "x"]

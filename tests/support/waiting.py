"""Waiting for something to become true, and no longer than that.

Both functions read the real clock on purpose: they wait for other threads and other processes.
What runs on a clock of its own is moved by a test, not waited for.
"""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar, overload

T = TypeVar("T")

_FIRST_PAUSE_SECONDS = 0.001
_LONGEST_PAUSE_SECONDS = 0.05


@overload
async def eventually(
    predicate: Callable[[], Awaitable[T]],
    *,
    timeout: float = ...,  # noqa: ASYNC109 - as below
) -> T: ...


@overload
async def eventually(
    predicate: Callable[[], T],
    *,
    timeout: float = ...,  # noqa: ASYNC109 - as below
) -> T: ...


async def eventually(
    predicate: Callable[[], T | Awaitable[T]],
    *,
    timeout: float = 10.0,  # noqa: ASYNC109 - a deadline for polling, not a cancellation
) -> T:
    """Return the first true value of `predicate`, which may be a coroutine function.

    Fails with the last value seen where none was true within `timeout` seconds.
    """
    value: T | None = None
    for pause in _pauses(timeout):
        result = predicate()
        value = await result if inspect.isawaitable(result) else result
        if value:
            return value
        await asyncio.sleep(pause)

    raise _too_late(predicate, value=value, timeout=timeout)


def wait_until(predicate: Callable[[], T], *, timeout: float = 10.0) -> T:
    """Return the first true value of `predicate`: `eventually` for tests without an event loop."""
    value: T | None = None
    for pause in _pauses(timeout):
        value = predicate()
        if value:
            return value
        time.sleep(pause)

    raise _too_late(predicate, value=value, timeout=timeout)


def _pauses(timeout: float) -> Iterator[float]:
    """Yield growing pauses until `timeout` has passed, then once more: the last look counts."""
    deadline = time.monotonic() + timeout
    pause = _FIRST_PAUSE_SECONDS

    while time.monotonic() < deadline:
        yield pause
        pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    yield 0.0


def _too_late(predicate: object, *, value: object, timeout: float) -> AssertionError:
    name = getattr(predicate, "__qualname__", repr(predicate))
    return AssertionError(f"{name} was not true within {timeout} s; last value: {value!r}")

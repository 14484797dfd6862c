"""A bulkhead: so many at once, so many in line, and nobody else.

What is slow then holds up those who call it, and not the whole program. The line is first come,
first served, tasks and threads in the same one: a place that becomes free is handed to the first,
and who comes at that moment cannot snatch it.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

from tenantry.base.errors import Invalid
from tenantry.reliability.deadline import seconds_left
from tenantry.reliability.errors import BulkheadFull, DeadlineExceeded
from tenantry.telemetry import emit

P = ParamSpec("P")
T = TypeVar("T")


class Bulkhead:
    """At most `max_concurrent` calls at once; `max_waiting` more wait for `max_wait_seconds`.

    Who finds the line full, or has waited for that long, gets `BulkheadFull`. Nobody waits beyond
    the deadline.
    """

    def __init__(
        self,
        name: str,
        *,
        max_concurrent: int = 10,
        max_waiting: int = 100,
        max_wait_seconds: float = 5.0,
    ) -> None:
        if max_concurrent < 1 or max_waiting < 0 or max_wait_seconds < 0:
            raise Invalid(
                f"bulkhead {name}: got max_concurrent {max_concurrent}, max_waiting {max_waiting}, "
                f"max_wait_seconds {max_wait_seconds}, wants at least 1, 0 and 0"
            )

        self.name = name
        self._max_concurrent = max_concurrent
        self._max_waiting = max_waiting
        self._max_wait_seconds = max_wait_seconds
        self._lock = threading.Lock()
        self._running_count = 0
        self._line: deque[_Waiter] = deque()

    @property
    def running_count(self) -> int:
        """How many calls run."""
        return self._running_count

    @property
    def waiting_count(self) -> int:
        """How many wait in line."""
        return len(self._line)

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call `function` when there is a place; raises `BulkheadFull` where there is none."""
        with self.place():
            return function(*args, **kwargs)

    async def acall(
        self, function: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Await `function` when there is a place; raises `BulkheadFull` where there is none."""
        async with self.place():
            return await function(*args, **kwargs)

    def place(self) -> "Place":
        """Return a `with` block, or an `async with` one, that has a place while it runs."""
        return Place(self)

    def enter(self) -> None:
        """Wait for a place, blocking this thread."""
        if self._has_taken():
            return

        woken = threading.Event()
        waiter = self._join(woken.set)
        if waiter is None:
            return

        try:
            woken.wait(self._patience())
        except BaseException:  # whatever ends the wait, nobody stands in line any more
            self._leave_line(waiter)
            raise
        if not waiter.has_place:
            self._leave_line(waiter)
            raise self._waited_too_long()

    async def aenter(self) -> None:
        """Wait for a place, on the event loop."""
        if self._has_taken():
            return

        loop = asyncio.get_running_loop()
        woken = asyncio.Event()
        waiter = self._join(lambda: loop.call_soon_threadsafe(woken.set))
        if waiter is None:
            return

        try:
            async with asyncio.timeout(self._patience()):
                await woken.wait()
        except TimeoutError:
            self._leave_line(waiter)
            raise self._waited_too_long() from None
        except BaseException:  # whatever ends the wait, nobody stands in line any more
            self._leave_line(waiter)
            raise

    def leave(self) -> None:
        """Hand the place to the first in line, or give it up."""
        while True:
            with self._lock:
                if not self._line:
                    self._running_count -= 1
                    return
                waiter = self._line.popleft()
                waiter.has_place = True
            try:
                waiter.wake()
            except RuntimeError:
                # Its event loop is closed, and it with it: the next one's turn.
                continue
            return

    def _has_taken(self) -> bool:
        """Take a place if there is one: nearly always, and then nothing else has to be made."""
        with self._lock:
            if self._running_count < self._max_concurrent:
                self._running_count += 1
                return True
            return False

    def _join(self, wake: Callable[[], object]) -> "_Waiter | None":
        """Take a place, which is None, or get in line."""
        with self._lock:
            if self._running_count < self._max_concurrent:
                self._running_count += 1
                return None
            if len(self._line) < self._max_waiting:
                waiter = _Waiter(wake)
                self._line.append(waiter)
                return waiter
        raise self._full(f"{self._max_concurrent} run and {self._max_waiting} wait")

    def _leave_line(self, waiter: "_Waiter") -> None:
        """Go without a call; a place that was handed over meanwhile goes to the next."""
        with self._lock:
            if not waiter.has_place:
                self._line.remove(waiter)
                return
        self.leave()

    def _patience(self) -> float:
        return min(self._max_wait_seconds, seconds_left())

    def _waited_too_long(self) -> BulkheadFull | DeadlineExceeded:
        if seconds_left() <= 0:
            return DeadlineExceeded(f"bulkhead {self.name}: the time is over, waiting in line")
        return self._full(f"no place within {self._max_wait_seconds:g} s")

    def _full(self, reason: str) -> BulkheadFull:
        emit("tenantry.reliability.bulkhead_refused", bulkhead=self.name, reason=reason)
        return BulkheadFull(
            f"bulkhead {self.name} is full: {reason}", details={"bulkhead": self.name}
        )


class _Waiter:
    """One in line."""

    __slots__ = ("has_place", "wake")

    def __init__(self, wake: Callable[[], object]) -> None:
        self.wake = wake
        self.has_place = False


class Place:
    """A place in a bulkhead, for the time of a block."""

    __slots__ = ("_bulkhead",)

    def __init__(self, bulkhead: Bulkhead) -> None:
        self._bulkhead = bulkhead

    def __enter__(self) -> Self:
        self._bulkhead.enter()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bulkhead.leave()

    async def __aenter__(self) -> Self:
        await self._bulkhead.aenter()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bulkhead.leave()

"""`Beside`: work on threads of its own, which nobody has to wait for."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from contextvars import copy_context
from typing import Final, TypeVar

from tenantry.base.errors import Unavailable

T = TypeVar("T")

MOST_LEFT: Final = 16
"""So many threads may be at work that nobody waits for any more."""


class Beside:
    """Runs what takes its time, or is a team's own, while the event loop goes on.

    No thread can be ended from outside. One whose caller gave up is left to itself, keeps neither
    the loop nor the end of the process waiting, and what it returns is nobody's.
    """

    def __init__(self, *, most_left: int = MOST_LEFT) -> None:
        self._most_left = most_left
        self._left_count = 0

    async def run(self, work: Callable[[], T]) -> T:
        """Return what `work` returns; raises `Unavailable` where too many have never ended."""
        if self._left_count >= self._most_left:
            raise Unavailable(
                f"{self._left_count} runs that were given up have not ended; no other one begins "
                "on this node until they do, or it is started anew",
                code="runs_not_ended",
            )
        loop = asyncio.get_running_loop()
        ended = loop.create_future()
        context = copy_context()

        def go() -> None:
            try:
                outcome: tuple[T | None, BaseException | None] = context.run(work), None
            except BaseException as error:  # noqa: BLE001 - it is the caller's
                outcome = None, error
            # The loop may be over before this is.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(_settle, ended, outcome)

        threading.Thread(target=go, name="tenantry-updater", daemon=True).start()
        try:
            await asyncio.shield(ended)
        except asyncio.CancelledError:
            self._left_count += 1
            ended.add_done_callback(self._take_back)
            raise
        result, error = ended.result()
        if error is not None:
            raise error
        found: T = result
        return found

    def _take_back(self, _: object) -> None:
        self._left_count -= 1


def _settle(ended: "asyncio.Future[object]", outcome: object) -> None:
    if not ended.done():
        ended.set_result(outcome)

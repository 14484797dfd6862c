"""The life cycle of everything that runs: one `start`, one `stop`, shared by all.

`start` returns when the thing is ready, `stop` when it is done; both may be called twice and in
any order, and a stop during a start waits for it.
"""

import asyncio
import time
from abc import abstractmethod

_RESTART_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 10.0


class Service:
    """Something with a life cycle; subclasses fill `_on_start` and `_on_stop`."""

    def __init__(self) -> None:
        self._transition = asyncio.Lock()
        self._is_running = False

    @property
    def is_running(self) -> bool:
        """Whether `start` has returned and `stop` has not been called since."""
        return self._is_running

    async def start(self) -> None:
        """Start, and return when ready; a no-op when running."""
        async with self._transition:
            if self._is_running:
                return
            await self._on_start()
            self._is_running = True

    async def stop(self) -> None:
        """Stop, and return when everything is done; a no-op when not running."""
        async with self._transition:
            if not self._is_running:
                return
            self._is_running = False
            await self._on_stop()

    async def _on_start(self) -> None:
        """Become ready."""

    async def _on_stop(self) -> None:
        """Finish what is under way and let go of what was opened."""


class Looper(Service):
    """A service that is one task: subclasses fill `_run`, which ends when it is cancelled.

    Where it ends by an error instead, `_on_crash` is told and it runs again, after a second the
    first time and after up to ten where it fails again and again.
    """

    def __init__(self) -> None:
        super().__init__()
        self._task: asyncio.Task[None] | None = None
        self._crash: Exception | None = None
        self._crash_count = 0
        self._is_at_work = False

    @property
    def crash_count(self) -> int:
        """How often it has ended by an error."""
        return self._crash_count

    @property
    def is_at_work(self) -> bool:
        """Whether it works right now: neither stopped, nor waiting to run again."""
        return self._is_at_work

    def crash(self, error: Exception) -> None:
        """End the present work by `error`, as if the work had raised it: this is how drills kill.

        Does nothing where it is not at work.
        """
        if self._task is not None and self._is_at_work:
            self._crash = error
            self._task.cancel()

    @abstractmethod
    async def _run(self) -> None:
        """Work until cancelled."""

    async def _on_start(self) -> None:
        self._task = asyncio.create_task(self._supervise(), name=type(self).__name__)

    def _on_crash(self, error: Exception) -> None:
        """Say what went wrong; called before the loop runs again."""

    async def _supervise(self) -> None:
        pause = _RESTART_SECONDS
        began_at = time.monotonic()
        while (error := await self._work()) is not None:
            if time.monotonic() - began_at > _LONGEST_PAUSE_SECONDS:
                pause = _RESTART_SECONDS
            self._crash_count += 1
            self._on_crash(error)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
            began_at = time.monotonic()

    async def _work(self) -> Exception | None:
        """Run once, and return the error that it ended by."""
        self._is_at_work = True
        try:
            await self._run()
        except asyncio.CancelledError:
            error, self._crash = self._crash, None
            task = asyncio.current_task()
            if error is None or task is None:
                raise
            task.uncancel()
            return error
        except Exception as error:  # noqa: BLE001 - the task's outermost guard: it is told and goes on
            return error
        finally:
            self._is_at_work = False
        return None

    async def _on_stop(self) -> None:
        if self._task is None:
            return
        # A stop is no crash, though it may come at the same moment.
        self._crash = None
        self._task.cancel()
        # Not the task itself: who is cancelled while it waits here must not take it for the end.
        await asyncio.wait({self._task})
        self._task = None

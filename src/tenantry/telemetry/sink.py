"""The one place log lines go through: bounded, buffered, written by a thread of its own.

A caller pays for an append to a queue. Lines beyond the bound, and lines the target would not
take, are dropped and counted; nothing here blocks a caller or raises into one.
"""

import atexit
import contextlib
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any

from tenantry.telemetry.context import CURRENT, Context
from tenantry.telemetry.render import Entry, Render
from tenantry.telemetry.target import Target

RANKS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}

CAPACITY = 100_000
"""How many lines may wait, unless told otherwise."""

LARGE_EVENT = 8192
LARGE_EVENTS_TOTAL = 64 * 1024 * 1024
"""Events longer than `LARGE_EVENT` characters may together hold no more than this."""

_BATCH = 1000


class LogSink:
    """Takes lines from any thread and writes them in order, a batch at a time.

    Fields are rendered later and on another thread, so a caller must not change a value it has
    handed over. The thread starts with the first line, also in a child after `fork`.
    """

    def __init__(
        self,
        *,
        target: Target,
        render: Render,
        level: str = "info",
        capacity: int = CAPACITY,
        linger_seconds: float = 0.01,
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._target = target
        self._render = render
        self._threshold = RANKS[level]
        self._capacity = capacity
        self._linger_seconds = linger_seconds
        self._now_ns = now_ns
        self._dropped_count = 0
        self._unreported_count = 0
        self._begin()
        _SINKS.add(self)

    def _begin(self) -> None:
        """Set up everything that a forked child must not share with its parent."""
        self._queue: deque[Entry] = deque()
        # A SimpleQueue may be put to from `__del__` and signal handlers; an Event may not.
        self._wakeups: SimpleQueue[None] = SimpleQueue()
        self._flushes: deque[threading.Event] = deque()
        self._counting = threading.RLock()
        self._draining = threading.RLock()
        self._large_length = 0
        self._thread: threading.Thread | None = None
        self._is_idle = True
        self._is_hurried = False
        self._is_stopping = False

    @property
    def dropped_count(self) -> int:
        """How many lines were not written since the sink was made."""
        return self._dropped_count

    def is_enabled(self, level: str) -> bool:
        """Whether lines of `level` are written; asks before building a costly event."""
        return RANKS.get(level, 20) >= self._threshold

    def line(self, level: str, event: str, /, **fields: Any) -> None:
        """Write a line; the context's correlation id and tenant are added unless given."""
        self.emit(level, event, fields)

    def emit(
        self, level: str, event: str, fields: dict[str, Any], logger: str | None = None
    ) -> None:
        """Write a line whose fields are a mapping, which from now on belongs to the sink."""
        if RANKS.get(level, 20) < self._threshold:
            return

        queue = self._queue
        if len(queue) >= self._capacity or (
            len(event) > LARGE_EVENT and not self._has_room_for(len(event))
        ):
            self._drop(1)
            return

        queue.append((self._now_ns(), level, event, fields, logger, CURRENT.get()))
        if self._is_idle:
            self._wake()

    def flush(self, timeout_seconds: float = 5.0) -> bool:
        """Wait until every line so far is written or counted; False where that took too long."""
        thread = self._thread
        if thread is None or not thread.is_alive() or thread is threading.current_thread():
            self._drain()
            return True

        done = threading.Event()
        self._flushes.append(done)
        self._is_hurried = True
        self._wakeups.put(None)
        return done.wait(timeout_seconds)

    def stop(self, timeout_seconds: float = 5.0) -> bool:
        """Flush, end the thread and close the file; a later line starts it again."""
        thread = self._thread
        if thread is not None and thread.is_alive():
            self._is_hurried = self._is_stopping = True
            self._wakeups.put(None)
            thread.join(timeout_seconds)
            if thread.is_alive():
                return False

        self._drain()
        self._target.close()
        return True

    def _has_room_for(self, length: int) -> bool:
        with self._counting:
            if self._large_length + length > LARGE_EVENTS_TOTAL:
                return False
            self._large_length += length
            return True

    def _drop(self, count: int) -> None:
        with self._counting:
            self._dropped_count += count
            self._unreported_count += count

    def _wake(self) -> None:
        self._is_idle = False
        thread = self._thread
        if thread is not None and thread.is_alive():
            self._wakeups.put(None)
        else:
            # It looks at the queue by itself; a wake-up too would cut its first lingering short.
            self._start()

    def _start(self) -> None:
        with self._counting:
            if self._thread is not None and self._thread.is_alive():
                return
            self._is_stopping = False
            self._thread = threading.Thread(target=self._run, name="tenantry-log", daemon=True)
            # The interpreter refuses threads while it shuts down; `flush` at exit writes then.
            with contextlib.suppress(RuntimeError):
                self._thread.start()

    def _run(self) -> None:
        while not self._is_stopping:
            # Producers append before they look at the flag, and we look at the queue after we set
            # it: a line is either seen here or wakes us.
            self._is_idle = True
            if not self._queue and not self._flushes:
                self._wakeups.get()
            self._is_idle = False

            if not self._is_hurried:
                # A fuller batch costs the event loop fewer interruptions.
                with contextlib.suppress(Empty):
                    self._wakeups.get(timeout=self._linger_seconds)
            self._is_hurried = False
            self._drain()
        self._is_idle = True

    def _drain(self) -> None:
        with self._draining:
            waiting = [self._flushes.popleft() for _ in range(len(self._flushes))]

            left = len(self._queue)
            while left > 0:
                size = min(left, _BATCH)
                self._write([self._queue.popleft() for _ in range(size)])
                left -= size
            # What fills the queue again at once would only be told in pieces.
            if self._unreported_count and len(self._queue) <= self._capacity // 2:
                self._report_drops()

            for done in waiting:
                done.set()

    def _write(self, entries: list[Entry]) -> None:
        if not self._is_written(entries):
            self._drop(len(entries))
        # Only now: what is being written is still held.
        if self._large_length:
            large = sum(len(entry[2]) for entry in entries if len(entry[2]) > LARGE_EVENT)
            with self._counting:
                self._large_length -= large

    def _report_drops(self) -> None:
        count = self._unreported_count
        event = f"{count} log lines dropped"
        fields: dict[str, Any] = {"dropped": count}
        notice = (self._now_ns(), "warning", event, fields, "tenantry.telemetry", Context())
        if self._is_written([notice]):
            with self._counting:
                self._unreported_count -= count

    def _is_written(self, entries: list[Entry]) -> bool:
        try:
            self._target.write(self._render(entries))
        except Exception:  # noqa: BLE001 - a log that cannot be written must not take the server along
            return False
        return True


_SINKS: weakref.WeakSet[LogSink] = weakref.WeakSet()


def _begin_again_in_child() -> None:
    for sink in list(_SINKS):
        sink._begin()  # noqa: SLF001 - the hook is the class's own, but outlives any one sink


def _flush_at_exit() -> None:
    for sink in list(_SINKS):
        sink.flush(timeout_seconds=2.0)


atexit.register(_flush_at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_again_in_child)

"""Branches of the log: lines of some work go to another place too."""

import threading
from collections.abc import Callable, Sequence

from tenantry.telemetry.context import Context
from tenantry.telemetry.render import Render
from tenantry.telemetry.sink import LogSink
from tenantry.telemetry.target import Target

Wants = Callable[[Context], bool]
"""Whether the lines of a context branch off; asked with every line, so it must be quick."""

CAPACITY = 20_000
"""How many lines may wait for a branch."""


class Branch:
    """Another place that some lines go to, through a sink of its own.

    `on_trouble` is told on the sink's thread what keeps lines from being written, once an outage.
    """

    def __init__(
        self,
        wants: Wants,
        *,
        target: Target,
        render: Render,
        level: str,
        on_trouble: Callable[[Exception], None],
    ) -> None:
        self.wants = wants
        self._target = target
        self._on_trouble = on_trouble
        self._is_told = False
        self.sink = LogSink(target=self, render=render, level=level, capacity=CAPACITY)

    def write(self, data: bytes) -> None:
        """Hand `data` on."""
        try:
            self._target.write(data)
        except Exception as error:  # whatever a disk raises is told once, and goes on its way
            if not self._is_told:
                self._is_told = True
                self._on_trouble(error)
            raise
        self._is_told = False

    def close(self) -> None:
        """Close the place."""
        self._target.close()


class Branches:
    """The branches there are, replaced as a whole so that a reader needs no lock."""

    def __init__(self) -> None:
        self.present: tuple[Branch, ...] = ()
        self._lock = threading.Lock()

    def add(self, branch: Branch) -> None:
        """Have lines branch off from now on."""
        with self._lock:
            self.present = (*self.present, branch)

    def remove(self, branch: Branch) -> None:
        """Have them do so no more."""
        with self._lock:
            self.present = tuple(kept for kept in self.present if kept is not branch)

    def sinks_for(self, level: str, context: Context) -> Sequence[LogSink]:
        """Return where else a line of `context` goes."""
        return [
            branch.sink
            for branch in self.present
            if branch.sink.is_enabled(level) and branch.wants(context)
        ]

    def dropped_count(self) -> int:
        """Return how many lines were not written there."""
        return sum(branch.sink.dropped_count for branch in self.present)


BRANCHES = Branches()

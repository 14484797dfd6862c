"""How far a long command is: a bar on a terminal, a line now and then elsewhere."""

import sys
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from tenantry.base import Clock, SystemClock

_SECONDS_BETWEEN_LINES = 5.0


class Progress:
    """Shows on standard error how much of something is done; a context manager.

    `label` says what is counted (`settings`, `events`). Nothing is shown of what is over within
    seconds where nobody looks.
    """

    def __init__(
        self,
        *,
        label: str,
        clock: Clock | None = None,
        seconds_between_lines: float = _SECONDS_BETWEEN_LINES,
    ) -> None:
        self._label = label
        self._clock = clock or SystemClock()
        self._seconds_between_lines = seconds_between_lines
        self._told_at = self._clock.monotonic()
        self._stack = ExitStack()
        self._bar: Any = None
        self._task: Any = None

    def update(self, done: int, total: int | None, *, label: str | None = None) -> None:
        """Tell that `done` of `total` is done; None where nobody knows how much there is.

        Another `label` says that something else is counted from now on.
        """
        self._label = label or self._label
        if self._bar is not None:
            self._bar.update(self._task, completed=done, total=total, description=self._label)
            return

        now = self._clock.monotonic()
        if now - self._told_at >= self._seconds_between_lines:
            self._told_at = now
            print(self._line(done, total), file=sys.stderr, flush=True)  # noqa: T201 - its purpose

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            self._show_bar()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bar = None
        self._stack.close()

    def _show_bar(self) -> None:
        # rich takes a while to import, and is for terminals only.
        from rich import progress  # noqa: PLC0415
        from rich.console import Console  # noqa: PLC0415

        console = Console(stderr=True)
        if console.is_dumb_terminal:
            return

        bar = progress.Progress(
            progress.TextColumn("{task.description}"),
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            progress.TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._stack.enter_context(bar)
        self._task = bar.add_task(self._label, total=None)
        self._bar = bar

    def _line(self, done: int, total: int | None) -> str:
        if not total:
            return f"{self._label}: {done}"
        return f"{self._label}: {done} of {total} ({100 * done // total} %)"

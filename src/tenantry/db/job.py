"""A unit on its way to a database thread and back."""

import asyncio
import contextlib
import functools
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

from tenantry.base.errors import TenantryError, Unavailable
from tenantry.db.database import Scope, Transaction
from tenantry.telemetry import emit


class Job:
    """One queued unit: what to run, in which scope, and who waits for it.

    One that is not `is_limited` may take as long as it takes.
    """

    __slots__ = ("future", "is_limited", "name", "queued_at", "run", "scope")

    def __init__(
        self,
        *,
        scope: Scope,
        run: Callable[[Transaction], Any],
        name: str,
        queued_at: float,
        is_limited: bool = True,
    ) -> None:
        self.scope = scope
        self.run = run
        self.name = name
        self.queued_at = queued_at
        self.is_limited = is_limited
        self.future: Future[Any] = Future()

    def claim(self) -> bool:
        """Take the job for running; False where its caller was cancelled meanwhile."""
        return self.future.set_running_or_notify_cancel()

    @contextlib.contextmanager
    def measured(self) -> Iterator[None]:
        """Tell telemetry how long the block took, and how long the job had waited for it."""
        started_at = time.monotonic()
        try:
            yield
        finally:
            emit(
                "tenantry.db.unit",
                unit=self.name,
                seconds=time.monotonic() - started_at,
                waited_seconds=started_at - self.queued_at,
            )

    def succeed(self, result: Any) -> None:
        """Hand the result to the waiter; only after the commit."""
        self.future.set_result(result)

    def fail(self, error: BaseException) -> None:
        """Hand the error to the waiter, who may never have been claimed."""
        if self.future.running() or self.claim():
            self.future.set_exception(self._as_passed_on(error))

    async def outcome(self) -> Any:
        """Wait on the event loop; a cancelled waiter cancels the job while it is queued."""
        return await asyncio.wrap_future(self.future)

    def _as_passed_on(self, error: BaseException) -> Exception:
        """Wrap what would end the event loop, the waiter's task, or its wait without a word."""
        if isinstance(error, Exception) and not isinstance(error, StopIteration):
            return error

        wrapped = RuntimeError(f"the unit {self.name} ended with {type(error).__name__}")
        wrapped.__cause__ = error
        return wrapped


def job_for(
    scope: Scope,
    unit: Callable[..., Any],
    args: tuple[object, ...],
    kwargs: dict[str, object],
    *,
    is_limited: bool = True,
) -> Job:
    """Make the job that will call `unit(tx, *args, **kwargs)`."""

    def run(tx: Transaction) -> Any:
        return unit(tx, *args, **kwargs)

    return Job(
        scope=scope,
        run=run,
        name=unit_name(unit),
        queued_at=time.monotonic(),
        is_limited=is_limited,
    )


def stopped() -> Unavailable:
    """Build the error of a unit that came when the database was not (or no longer) open."""
    return Unavailable("the database is not open", code="database_closed")


def queue_full(waiting: int) -> Unavailable:
    """Build the error of a unit that found the queue at its bound."""
    return Unavailable(f"{waiting} units are waiting for the database", code="database_busy")


def as_unavailable(error: BaseException, *, what: str) -> TenantryError:
    """Wrap a driver's error in the kind that callers know; its text is not for clients."""
    if isinstance(error, TenantryError):
        return error

    wrapped = Unavailable(f"{what}: {type(error).__name__}", code="database_unavailable")
    wrapped.__cause__ = error
    return wrapped


def unit_name(unit: Callable[..., Any]) -> str:
    """Return what a unit is called in figures, logs and errors."""
    inner = unit.func if isinstance(unit, functools.partial) else unit
    return str(getattr(inner, "__name__", type(inner).__name__)).lstrip("_")

"""What a database says when it could not do what was asked of it."""

from typing import Any, TypeVar

from tenantry.base.errors import Unavailable

E = TypeVar("E", bound="NothingWritten")


class NothingWritten(Unavailable):
    """The database could not do it, and certainly has not: the same unit may be run again.

    Whoever repeats it chooses the pause: `retry_after_seconds` is 0 unless it is given.
    """

    def __init__(
        self,
        message: str,
        *,
        retry_after_seconds: float = 0.0,
        code: str | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(
            message, retry_after_seconds=retry_after_seconds, code=code, details=details
        )


class Contended(NothingWritten):
    """Others were in the way of this one unit: a deadlock, a lock, a conflict of transactions.

    The database is as well as before.
    """


def timed_out(unit: str, seconds: float, *, cause: BaseException) -> NothingWritten:
    """Build the error of a unit that was ended because it took longer than `seconds`."""
    error = NothingWritten(
        f"the unit {unit} was ended: it took longer than the {seconds:g} s that it may take",
        code="query_timeout",
        details={"unit": unit, "timeout_seconds": seconds},
    )
    error.__cause__ = cause
    return error


def as_nothing_written(error: BaseException, *, what: str) -> NothingWritten:
    """Wrap a driver's error that is known to have undone everything."""
    return _wrapped(NothingWritten, error, what)


def as_contended(error: BaseException, *, what: str) -> Contended:
    """Wrap a driver's error that says that others were in the way."""
    return _wrapped(Contended, error, what)


def undone_with(unit: str) -> NothingWritten:
    """Build the error of a unit whose transaction ended with `unit`, which took too long."""
    return NothingWritten(
        f"undone together with the unit {unit}, which took too long", code="group_undone"
    )


def _wrapped(kind: type[E], error: BaseException, what: str) -> E:
    wrapped = kind(f"{what}: {type(error).__name__}", code="database_unavailable")
    wrapped.__cause__ = error
    return wrapped

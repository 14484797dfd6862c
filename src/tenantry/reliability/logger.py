"""A logger that says what it is about: who writes, for which request, with which values.

    logger = Logger.create("UserCollector")
    logger.error("Failed to collect user data", operation="fetch_profile", attempt=2)

Lines go through the sink of `tenantry.telemetry`, which masks secrets and e-mail addresses, adds
the correlation id of the request under way, and never blocks. `configure_logging` makes them one
JSON object each.
"""

from collections.abc import Mapping
from typing import Any, Literal, Self

from tenantry.base import Clock, SystemClock
from tenantry.base.errors import TenantryError
from tenantry.telemetry import active_sink

Level = Literal["debug", "info", "warning", "error"]
Fields = Mapping[str, Any]

_SYSTEM_CLOCK = SystemClock()
_NONE: Fields = {}


class Logger:
    """Writes lines under a name. It does not change: what is bound is bound to a new one.

    Fields are given as keywords, as one mapping, or both. An error among them is told by its class
    and its message.
    """

    __slots__ = ("_bound", "_clock", "name")

    def __init__(self, name: str, *, bound: Fields = _NONE, clock: Clock = _SYSTEM_CLOCK) -> None:
        self.name = name
        self._bound = bound
        self._clock = clock

    @classmethod
    def create(cls, name: str, *, clock: Clock = _SYSTEM_CLOCK) -> Self:
        """Return a logger of this name; it may be made before logging is configured."""
        return cls(name, clock=clock)

    def child(self, name: str) -> Self:
        """Return one for a part of this: `a:b`, with what is bound to this."""
        return type(self)(f"{self.name}:{name}", bound=self._bound, clock=self._clock)

    def bind(self, fields: Fields = _NONE, /, **more: Any) -> Self:
        """Return one whose lines all carry these fields."""
        bound = {**self._bound, **fields, **more}
        return type(self)(self.name, bound=bound, clock=self._clock)

    def with_correlation_id(self, correlation_id: str) -> Self:
        """Return one whose lines belong to this request, whichever is under way."""
        return self.bind(correlation_id=correlation_id)

    def start_timer(self) -> "LogTimer":
        """Return what tells how long something has taken."""
        return LogTimer(self, clock=self._clock)

    def debug(self, message: str, fields: Fields = _NONE, /, **more: Any) -> None:
        """Write what helps to find a mistake."""
        self._write("debug", message, fields, more)

    def info(self, message: str, fields: Fields = _NONE, /, **more: Any) -> None:
        """Write what happened."""
        self._write("info", message, fields, more)

    def warning(self, message: str, fields: Fields = _NONE, /, **more: Any) -> None:
        """Write what somebody should look at some day."""
        self._write("warning", message, fields, more)

    def error(self, message: str, fields: Fields = _NONE, /, **more: Any) -> None:
        """Write what somebody should look at now."""
        self._write("error", message, fields, more)

    def api_error(
        self, operation: str, error: BaseException | str, fields: Fields = _NONE, /, **more: Any
    ) -> None:
        """Write that a call of another's API failed."""
        about = {"operation": operation, "error": error}
        self._write("error", "API call failed", fields, more, about)

    def api_success(self, operation: str, fields: Fields = _NONE, /, **more: Any) -> None:
        """Write that a call of another's API went well."""
        self._write("info", "API call succeeded", fields, more, {"operation": operation})

    def user_action(
        self, action: str, user_id: str, fields: Fields = _NONE, /, **more: Any
    ) -> None:
        """Write what a user did."""
        self._write("info", "User action", fields, more, {"action": action, "user_id": user_id})

    def db_operation(self, operation: str, fields: Fields = _NONE, /, **more: Any) -> None:
        """Write what was asked of a database."""
        self._write("debug", "Database operation", fields, more, {"operation": operation})

    def db_error(
        self, operation: str, error: BaseException | str, fields: Fields = _NONE, /, **more: Any
    ) -> None:
        """Write that a database could not do what it was asked."""
        about = {"operation": operation, "error": error}
        self._write("error", "Database operation failed", fields, more, about)

    def rate_limit_hit(self, limiter: str, fields: Fields = _NONE, /, **more: Any) -> None:
        """Write that somebody was refused by a limiter."""
        self._write("warning", "Rate limit exceeded", fields, more, {"limiter": limiter})

    def circuit_breaker_open(self, breaker: str, fields: Fields = _NONE, /, **more: Any) -> None:
        """Write that a breaker lets nothing through."""
        self._write("warning", "Circuit breaker open", fields, more, {"breaker": breaker})

    def _write(
        self, level: Level, message: str, fields: Fields, more: Fields, about: Fields = _NONE
    ) -> None:
        sink = active_sink()
        if not sink.is_enabled(level):
            return
        # What the line is about comes first, and is not hidden by a field of the same name.
        given = {**self._bound, **about, **fields, **more, **about}
        told = {str(name): _told(value) for name, value in given.items()}
        sink.emit(level, message, told, self.name)


class LogTimer:
    """Measures from when it was made."""

    __slots__ = ("_clock", "_logger", "_started_at")

    def __init__(self, logger: Logger, *, clock: Clock = _SYSTEM_CLOCK) -> None:
        self._logger = logger
        self._clock = clock
        self._started_at = clock.monotonic()

    def end(self, message: str, fields: Fields = _NONE, /, **more: Any) -> float:
        """Write `message` with `duration_ms`, and return these milliseconds."""
        duration_ms = round((self._clock.monotonic() - self._started_at) * 1000, 3)
        self._logger.info(message, {**fields, **more, "duration_ms": duration_ms})
        return duration_ms


def _told(value: Any) -> Any:
    """Return an error as text now: keeping it for the sink would keep its frames alive."""
    if isinstance(value, TenantryError):
        return f"{type(value).__name__}: {value.message}"
    if not isinstance(value, BaseException):
        return value
    try:
        return f"{type(value).__name__}: {value}"
    except Exception:  # noqa: BLE001 - a foreign class may fail to say what it is
        return type(value).__name__

"""What is kept of a request once it is answered: a metric, and a log line where one is due."""

from http import HTTPStatus
from typing import Final

from tenantry.telemetry import Metrics, active_sink

_SHOWN_PATH_LENGTH: Final = 512


class Accounts:
    """Accounts for every request, whichever door it went through."""

    def __init__(self, *, metrics: Metrics) -> None:
        self._metrics = metrics

    def close(self, *, route: str, method: str, path: str, status: int, seconds: float) -> None:
        """Account for one answered request; `route` is its template, `path` what was asked."""
        self._metrics.observe_http(route=route, method=method, status=status, seconds=seconds)

        # What went well is the business of whoever did it: features write their own lines.
        sink = active_sink()
        if status < HTTPStatus.BAD_REQUEST and not sink.is_enabled("debug"):
            return
        sink.line(
            _level_of(status),
            "HTTP request",
            method=method,
            path=path[:_SHOWN_PATH_LENGTH],
            status=status,
            duration_ms=round(seconds * 1000, 3),
        )


def _level_of(status: int) -> str:
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return "warning"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return "error"
    return "info" if status >= HTTPStatus.BAD_REQUEST else "debug"

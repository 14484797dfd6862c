"""Loggers: structlog for us, the standard library's for others, one sink for both.

What belongs to some kind of work may branch off into a file of its own besides.
"""

import logging as stdlib
import sys
import threading
import traceback
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any, Literal, NoReturn, cast

import structlog
from structlog.typing import FilteringBoundLogger

from tenantry.base.errors import Invalid
from tenantry.telemetry.branch import BRANCHES, Branch, Wants
from tenantry.telemetry.context import CURRENT
from tenantry.telemetry.render import json_renderer, pretty_renderer, text_renderer
from tenantry.telemetry.sink import RANKS, LogSink
from tenantry.telemetry.target import Target, open_target

Format = Literal["json", "text", "pretty"]

_RENDERERS = {"json": json_renderer, "text": text_renderer, "pretty": pretty_renderer}
_LEVELS = {"warn": "warning", "exception": "error", "err": "error", "fatal": "critical"}
# Their own handlers and levels would print a second time, in another form.
_OTHERS = ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi", "litestar", "psycopg")
_STOP_SECONDS = 2.0
_RECORD_FIELDS = frozenset(vars(stdlib.makeLogRecord({}))) | {"color_message", "message", "asctime"}


class _Active:
    """The sink every logger writes to, found anew for every line."""

    def __init__(self) -> None:
        self._sink: LogSink | None = None
        self._lock = threading.Lock()

    def get(self) -> LogSink:
        return self._sink or self._default()

    def replace(self, sink: LogSink) -> LogSink | None:
        with self._lock:
            replaced, self._sink = self._sink, sink
        return replaced

    def _default(self) -> LogSink:
        # Used as a library, before anybody configured logging: only what should not be missed.
        with self._lock:
            if self._sink is None:
                self._sink = LogSink(target=open_target(), render=text_renderer(), level="warning")
            return self._sink


_ACTIVE = _Active()


def configure_logging(
    *,
    level: str = "info",
    format: Format | None = None,  # noqa: A002 - the setting is called LOG_FORMAT
    file: Path | None = None,
    stream: Any = None,
) -> LogSink:
    """Send every log line of this process to one sink, and return it; a second call replaces it.

    Lines go to `file`, else `stream`, else standard error; without a `format` they are `pretty` on
    a terminal and `json` elsewhere. Raises `Invalid` for an unknown level or format, and for a
    file that cannot be written.
    """
    if level not in RANKS:
        raise Invalid(field="level", got=level, wants=" | ".join(RANKS))
    chosen = format or ("pretty" if _is_terminal(file, stream) else "json")
    if chosen not in _RENDERERS:
        raise Invalid(field="format", got=chosen, wants=" | ".join(_RENDERERS))

    target = open_target(file=file, stream=stream)
    sink = LogSink(target=target, render=_RENDERERS[chosen](), level=level)

    replaced = _ACTIVE.replace(sink)
    if replaced is not None:
        replaced.stop()
    _route_structlog()
    _route_stdlib(level)
    return sink


def active_sink() -> LogSink:
    """Return the sink in use; before `configure_logging` one that writes warnings to stderr."""
    return _ACTIVE.get()


def branch_lines(wants: Wants, *, target: Target, level: str = "info") -> Callable[[], None]:
    """Write the lines of work that `wants` names into `target` too; returns what ends that.

    They are JSON, and go through a sink of their own, as bounded as the other. That `target` does
    not take them is a warning, once until it does again.
    """
    branch = Branch(
        wants, target=target, render=json_renderer(), level=level, on_trouble=_tell_of_trouble
    )
    BRANCHES.add(branch)

    def end() -> None:
        BRANCHES.remove(branch)
        branch.sink.stop(timeout_seconds=_STOP_SECONDS)

    return end


def _tell_of_trouble(error: Exception) -> None:
    get_logger("tenantry.telemetry").warning(
        "A log file cannot be written", reason=f"{type(error).__name__}: {error}"
    )


def dropped_line_count() -> int:
    """Return how many lines were not written, of those of branches too."""
    return active_sink().dropped_count + BRANCHES.dropped_count()


def get_logger(name: str) -> FilteringBoundLogger:
    """Return a structlog logger whose lines carry `name` and end in the sink in use.

    It may be called at import time, before logging is configured.
    """
    logger = structlog.wrap_logger(
        None,
        processors=[_hand_over],
        wrapper_class=_BOUND_LOGGER,
        context_class=dict,
    ).bind(logger=name)
    return cast("FilteringBoundLogger", logger)


_BOUND_LOGGER = structlog.make_filtering_bound_logger(stdlib.DEBUG)


def _is_terminal(file: Path | None, stream: Any) -> bool:
    if file is not None:
        return False
    is_terminal = getattr(stream if stream is not None else sys.stderr, "isatty", None)
    return bool(is_terminal and is_terminal())


def _hand_over(_: Any, method: str, line: MutableMapping[str, Any]) -> NoReturn:
    """End structlog's chain: the sinks render, on their own threads."""
    level = _LEVELS.get(method, method)
    if sinks := _sinks_for(level):
        fields = dict(line)
        event = fields.pop("event", "")
        logger = fields.pop("logger", None)
        _describe_exception(fields, fields.pop("exc_info", None))
        for sink in sinks:
            sink.emit(level, event if isinstance(event, str) else str(event), fields, logger)
    raise structlog.DropEvent


def _sinks_for(level: str) -> list[LogSink]:
    """Return who writes a line of the present context."""
    sink = _ACTIVE.get()
    sinks = [sink] if sink.is_enabled(level) else []
    if BRANCHES.present:
        sinks += BRANCHES.sinks_for(level, CURRENT.get())
    return sinks


def _describe_exception(fields: dict[str, Any], exc_info: Any) -> None:
    """Format the traceback now: keeping it for later would keep its frames alive."""
    if not exc_info:
        return
    if isinstance(exc_info, tuple):
        exc_info = exc_info[1]
    error = exc_info if isinstance(exc_info, BaseException) else sys.exc_info()[1]
    if error is not None:
        fields["exception"] = "".join(traceback.format_exception(error)).rstrip("\n")


class _SinkHandler(stdlib.Handler):
    """Passes the standard library's records on."""

    def createLock(self) -> None:  # noqa: N802 - the name is the standard library's
        # The sink needs none, and a lock taken here would be one more to hang on after a fork.
        self.lock = None

    def emit(self, record: stdlib.LogRecord) -> None:
        level = _LEVELS.get(record.levelname.lower(), record.levelname.lower())
        if level not in RANKS:
            level = _nearest(record.levelno)
        sinks = _sinks_for(level)
        if not sinks:
            return

        fields = {name: value for name, value in vars(record).items() if name not in _RECORD_FIELDS}
        try:
            event = record.getMessage()
        except Exception:  # noqa: BLE001 - a foreign library's wrong format string is still worth a line
            event = f"{record.msg} {record.args}"
        _describe_exception(fields, record.exc_info)
        for sink in sinks:
            sink.emit(level, event, fields, record.name)


def _nearest(number: int) -> str:
    below = [name for name, rank in RANKS.items() if rank <= number]
    return below[-1] if below else "debug"


def _route_structlog() -> None:
    structlog.configure(
        processors=[_hand_over],
        wrapper_class=_BOUND_LOGGER,
        context_class=dict,
        logger_factory=structlog.ReturnLoggerFactory(),
        cache_logger_on_first_use=False,
    )


def _route_stdlib(level: str) -> None:
    root = stdlib.getLogger()
    for handler in list(root.handlers):
        # Others' handlers on the root (a test's capture, say) were put there on purpose.
        if isinstance(handler, _SinkHandler) or type(handler) is stdlib.StreamHandler:
            root.removeHandler(handler)
    root.addHandler(_SinkHandler())
    root.setLevel(RANKS[level])

    for name in _OTHERS:
        logger = stdlib.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(stdlib.NOTSET)
    # We count and log requests ourselves, and a pool tells of each connection it lends.
    for name in ("uvicorn.access", "psycopg.pool"):
        stdlib.getLogger(name).setLevel(stdlib.WARNING)

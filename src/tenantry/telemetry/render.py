"""How a line looks: one JSON object, text to grep, or colours for a terminal.

Rendering happens in batches on the sink's thread, beside a busy event loop: every line costs the
loop what it costs here.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from tenantry.telemetry.context import Context
from tenantry.telemetry.masking import is_secret_name, mask_text, mask_value

Entry = tuple[int, str, str, dict[str, Any], str | None, Context]
"""Nanoseconds since 1970, level, event, fields, logger, context."""

Render = Callable[[Sequence[Entry]], bytes]

_ENCODER = msgspec.json.Encoder()
_PLAIN_TYPES = frozenset({int, float, bool, type(None)})
_RESERVED = frozenset({"timestamp", "level", "event"})
# What could start a new line or drive a terminal, which a client's text must not.
_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))} | {
    ord("\n"): "\\n",
    ord("\r"): "\\r",
    ord("\t"): "\\t",
    0x2028: "\\u2028",
    0x2029: "\\u2029",
}
_COLOURS = {"debug": 36, "info": 32, "warning": 33, "error": 31, "critical": 35}


class _Stamper:
    """Formats instants; only the first of a second costs a call to `strftime`."""

    def __init__(self) -> None:
        self._second = -1
        self._prefix = ""

    def __call__(self, nanoseconds: int) -> str:
        second, rest = divmod(nanoseconds, 1_000_000_000)
        if second != self._second:
            self._prefix = time.strftime("%Y-%m-%dT%H:%M:%S.", time.gmtime(second))
            self._second = second
        return f"{self._prefix}{rest // 1000:06d}Z"


def json_renderer() -> Render:
    """Return a renderer of one JSON object a line."""
    stamp = _Stamper()

    def render(entries: Sequence[Entry]) -> bytes:
        lines = [_described(entry, stamp) for entry in entries]
        try:
            return _ENCODER.encode_lines(lines)
        except (ValueError, TypeError, OverflowError):
            # One of them holds a lone surrogate or a number no JSON has; the others shall not pay.
            return b"".join(_encoded(line) + b"\n" for line in lines)

    return render


def text_renderer() -> Render:
    """Return a renderer of `TIME [level] message key="value"`."""
    stamp = _Stamper()

    def render_one(entry: Entry) -> str:
        line = _described(entry, stamp)
        text = f"{line.pop('timestamp')} [{line.pop('level')}] {_one_line(line.pop('event'))}"
        for name, value in line.items():
            text += f" {name}={_value(value)}"
        return text

    return lambda entries: _utf8("\n".join([*map(render_one, entries), ""]))


def pretty_renderer() -> Render:
    """Return a renderer for people: coloured, with tracebacks as they are."""
    stamp = _Stamper()

    def render_one(entry: Entry) -> str:
        line = _described(entry, stamp)
        level = line.pop("level")
        exception = line.pop("exception", None)
        return "".join(
            [
                f"\x1b[2m{line.pop('timestamp')[11:23]}\x1b[0m ",
                f"[\x1b[{_COLOURS.get(level, 37)}m{level}\x1b[0m] {_one_line(line.pop('event'))}",
                *(f" \x1b[36m{name}\x1b[0m={_value(value)}" for name, value in line.items()),
                *(f"\n  {_one_line(row)}" for row in str(exception or "").splitlines()),
            ]
        )

    return lambda entries: _utf8("\n".join([*map(render_one, entries), ""]))


def _described(entry: Entry, stamp: _Stamper) -> dict[str, Any]:
    nanoseconds, level, event, fields, logger, context = entry

    line: dict[str, Any] = {
        "timestamp": stamp(nanoseconds),
        "level": level,
        "event": mask_text(event) if "@" in event else event,
    }
    if logger is not None:
        line["logger"] = logger
    if context.correlation_id is not None:
        # A client may have chosen it.
        line["correlation_id"] = mask_text(context.correlation_id)
    if context.tenant_id is not None:
        line["tenant_id"] = context.tenant_id
    if fields:
        _add_fields(line, fields)
    return line


def _add_fields(line: dict[str, Any], fields: dict[str, Any]) -> None:
    try:
        for name, value in fields.items():
            if name in _RESERVED:
                name = f"field_{name}"  # noqa: PLW2901 - the rest of the loop is about the new name
            kind = value.__class__
            is_plain = kind in _PLAIN_TYPES or (kind is str and "@" not in value)
            line[name] = value if is_plain and not is_secret_name(name) else mask_value(name, value)
    except Exception as error:  # noqa: BLE001 - any object may be logged, and a repr may raise anything
        line["render_error"] = type(error).__name__


def _encoded(line: dict[str, Any]) -> bytes:
    try:
        return _ENCODER.encode(line)
    except (ValueError, TypeError, OverflowError):
        return _ENCODER.encode({_safe(name): _safe(str(value)) for name, value in line.items()})


def _safe(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")


def _one_line(text: str) -> str:
    return text if text.isprintable() else text.translate(_CONTROLS)


def _value(value: Any) -> str:
    if isinstance(value, str):
        if value.isprintable() and '"' not in value and "\\" not in value:
            return f'"{value}"'
        return f'"{_one_line(value.translate(_QUOTES))}"'
    if value.__class__ is int:
        return str(value)
    try:
        return _one_line(_ENCODER.encode(value).decode())
    except (ValueError, TypeError, OverflowError):
        return _one_line(str(value))


_QUOTES = {ord('"'): '\\"', ord("\\"): "\\\\"}

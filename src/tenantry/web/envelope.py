"""The one shape of every JSON answer under `/api/`."""

from typing import Any, Generic, Literal, TypeVar

import msgspec

from tenantry import __version__
from tenantry.base import Clock
from tenantry.base.instant import format_instant
from tenantry.telemetry import current

T = TypeVar("T")


class Meta(msgspec.Struct, frozen=True, kw_only=True):
    """When, to which request and by which version of the program this was answered.

    `next_cursor` asks for the next page of a list that goes on.
    """

    timestamp: str
    request_id: str = msgspec.field(name="requestId")
    version: str = __version__
    next_cursor: str | msgspec.UnsetType = msgspec.UNSET


class Envelope(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A success, with what was asked for in `data`."""

    success: Literal[True] = True
    data: T
    meta: Meta


class ErrorBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What went wrong: `code` for programs, `message` for people, `details` the values in it."""

    code: str
    message: str
    details: dict[str, Any] | None = None


class ErrorEnvelope(msgspec.Struct, frozen=True, kw_only=True):
    """A failure."""

    success: Literal[False] = False
    error: ErrorBody
    meta: Meta


def enveloped(data: T, *, clock: Clock, next_cursor: str | None = None) -> Envelope[T]:
    """Wrap `data` as the answer to the request under way."""
    meta = present_meta(clock)
    if next_cursor is not None:
        meta = msgspec.structs.replace(meta, next_cursor=next_cursor)
    return Envelope(data=data, meta=meta)


def present_meta(clock: Clock) -> Meta:
    """Return the `meta` of an answer given now."""
    return Meta(timestamp=format_instant(clock.now_us()), request_id=current().correlation_id or "")

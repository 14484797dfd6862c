"""What databases and Parquet files hold, as JSON can say it."""

import base64
import ipaddress
import math
from collections.abc import Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from functools import singledispatch
from typing import Any, Final
from uuid import UUID

import msgspec

from tenantry.sync.errors import ValidationError

_MOST: Final = 2**63
_MAX_LEVELS: Final = 100


def plain(value: Any, *, where: str, level: int = 0) -> Any:
    """Return `value` as JSON can say it; raises `ValidationError` for what it cannot.

    A decimal number is text with all its digits, an instant is ISO 8601, bytes are base64, a
    duration is ISO 8601 too; what is no number is text, as PostgreSQL writes it.
    """
    if value is None or isinstance(value, str | bool):
        return value
    if level >= _MAX_LEVELS:
        raise ValidationError(f"{where}: is nested too deep, wants at most {_MAX_LEVELS} levels")
    if isinstance(value, Mapping):
        return {
            str(name): plain(inner, where=where, level=level + 1) for name, inner in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(inner, where=where, level=level + 1) for inner in value]
    try:
        return _scalar(value)
    except TypeError:
        told = f"got a {type(value).__name__}, wants what JSON can say; cast it in a query"
        raise ValidationError(f"{where}: {told}") from None


@singledispatch
def _scalar(value: object) -> Any:
    raise TypeError(type(value).__name__)


@_scalar.register
def _(value: int) -> int | str:
    return value if -_MOST <= value < _MOST else str(value)


@_scalar.register
def _(value: float) -> float | str:
    if math.isfinite(value):
        return value
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


@_scalar.register
def _(value: Decimal) -> str:
    return format(value, "f") if value.is_finite() else str(value)


@_scalar.register
def _(value: date | time) -> str:
    return value.isoformat()


@_scalar.register
def _(value: timedelta) -> str:
    return str(msgspec.to_builtins(value))


@_scalar.register
def _(value: bytes | bytearray | memoryview) -> str:
    return base64.b64encode(value).decode()


@_scalar.register(UUID)
@_scalar.register(ipaddress.IPv4Address)
@_scalar.register(ipaddress.IPv6Address)
@_scalar.register(ipaddress.IPv4Interface)
@_scalar.register(ipaddress.IPv6Interface)
@_scalar.register(ipaddress.IPv4Network)
@_scalar.register(ipaddress.IPv6Network)
def _(value: object) -> str:
    return str(value)

"""What the headers of an answer say of limits: of how many requests, until when."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import msgspec

LONGEST_SECONDS: Final = 86_400.0
"""Nobody means that one should wait for longer."""

_POLICY: Final = re.compile(r"([0-9]{1,9})\s*;\s*w=([0-9]{1,9})\b")
_NUMBER: Final = re.compile(r"[0-9]{1,15}")
# https://datatracker.ietf.org/doc/html/draft-polli-ratelimit-headers-02 has both: a delay, and an
# instant; whatever is less than this cannot be one.
_LEAST_EPOCH: Final = 1_000_000_000
_LEAST_EPOCH_MS: Final = 1_000_000_000_000


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """How many requests are left, and for how long; None where it is not said.

    `reset` is the instant as the service writes it, and so what tells one window from another.
    `resets_in` is by the service's own clock, where it tells that too.
    """

    limit: int | None = None
    remaining: int | None = None
    reset: int | None = None
    resets_in: float | None = None
    window_seconds: float | None = None


def told_by(headers: Mapping[str, str], *, now: datetime) -> Told | None:
    """Return what `ratelimit-*` headers say, None where there are none that make sense."""
    limit = _number(headers.get("RateLimit-Limit"))
    remaining = _number(headers.get("RateLimit-Remaining"))
    policy = _policy(headers.get("RateLimit-Policy"), limit)
    if limit is None and policy is not None:
        limit = policy[0]
    if limit is None and remaining is None:
        return None

    reset, resets_in = _reset(headers, now)
    return Told(
        limit=limit,
        remaining=remaining,
        reset=reset,
        resets_in=resets_in,
        window_seconds=None if policy is None else policy[1],
    )


def retry_after(headers: Mapping[str, str], *, now: datetime) -> float:
    """Return the seconds that a `Retry-After` asks for, 0 where it says nothing sensible."""
    value = headers.get("Retry-After", "").strip()
    if not value:
        return 0.0
    try:
        if value.isdigit():
            seconds = float(value)
        else:
            at = parsedate_to_datetime(value)
            seconds = (
                at.replace(tzinfo=at.tzinfo or UTC) - _their_now(headers, now)
            ).total_seconds()
    except (ValueError, OverflowError):
        return 0.0
    return min(max(0.0, seconds), LONGEST_SECONDS) if math.isfinite(seconds) else 0.0


def _reset(headers: Mapping[str, str], now: datetime) -> tuple[int | None, float | None]:
    value = _number(headers.get("RateLimit-Reset"))
    if value is None:
        return None, None
    if value < _LEAST_EPOCH:
        return None, min(float(value), LONGEST_SECONDS)
    at = value / 1000 if value >= _LEAST_EPOCH_MS else float(value)
    # A date is cut to whole seconds, so this is never too short.
    seconds = at - _their_now(headers, now).timestamp()
    return value, min(max(0.0, seconds), LONGEST_SECONDS)


def _their_now(headers: Mapping[str, str], now: datetime) -> datetime:
    """Return what the service's clock says: ours may be wrong, or theirs."""
    try:
        at = parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, OverflowError):
        return now
    return at.replace(tzinfo=at.tzinfo or UTC)


def _policy(value: str | None, limit: int | None) -> tuple[int, float] | None:
    """Return the policy that the other headers are about, or the one of the longest window."""
    found = [(int(count), float(seconds)) for count, seconds in _POLICY.findall(value or "")]
    of_limit = [one for one in found if one[0] == limit]
    return max(of_limit or found, key=lambda one: one[1], default=None)


def _number(value: str | None) -> int | None:
    text = (value or "").strip()
    return int(text) if _NUMBER.fullmatch(text) else None

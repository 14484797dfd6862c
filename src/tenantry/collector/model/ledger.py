"""Which part of the stream is stored, as far as it can be known, and from whom."""

from typing import Literal

import msgspec

from tenantry.collector.model.event import Wire

ALL = "*"
"""Every collection that is asked for."""

GapReason = Literal["cursor_too_old", "blind", "silent", "filter_widened", "skipped"]
GapState = Literal["open", "refilled", "quiet", "lost"]
"""A gap is *quiet* where another host has nothing there either, *lost* where no host goes back."""


class Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """How far a host's stream is stored: `time_us` by its time, and `seq` on v2.

    What was committed lies at or before it. `time_us` never runs ahead of what was seen, whatever
    single frames claim.
    """

    host: str
    wire: Wire
    time_us: int
    seq: int | None = None


class Covered(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of stream time that one host has delivered without a break; µs since 1970."""

    id: int = 0
    host: str
    wire: Wire
    from_us: int
    until_us: int


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of stream time in which `collection` (or `*`) may miss events."""

    id: int = 0
    collection: str = ALL
    host: str
    from_us: int
    until_us: int
    reason: GapReason
    state: GapState = "open"
    opened_at: int
    closed_at: int | None = None
    closed_by: str | None = None


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How fast a collection comes (events a second of stream time), and when it last did."""

    collection: str
    events: int = 0
    rate: float = 0.0
    last_us: int = 0


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """What is complete: from `from_us` to `until_us`, but for `gaps` that are open or lost."""

    from_us: int | None
    until_us: int | None
    covered: tuple[Covered, ...]
    gaps: tuple[Gap, ...]

    @property
    def is_complete(self) -> bool:
        """Whether nothing is known to be missing."""
        return all(gap.state in ("refilled", "quiet") for gap in self.gaps)

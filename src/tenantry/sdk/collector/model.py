"""What is collected, as the server's answers say it; what a newer server adds is unread.

What ends in `_us`, and every time of the collector itself, is in µs since 1970.
"""

import msgspec


class CollectorPulse(msgspec.Struct, frozen=True, kw_only=True):
    """What the process that collects last said of itself.

    `connection` is stopped, connecting, connected or reconnecting.
    """

    node: str
    connection: str
    host: str | None = None
    wire: str | None = None
    is_compressed: bool = False
    connected_at: int | None = None
    events_per_second: float = 0.0
    lag_seconds: float | None = None
    queued: int = 0
    reconnects: int = 0
    error: str | None = None
    at: int = 0


class CollectorCounts(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one collection; `stored` and `deletes` were news, `duplicates` were not."""

    events: int = 0
    stored: int = 0
    duplicates: int = 0
    deletes: int = 0


class CollectorFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What came of events; `cursor` is how far the stream is stored, in µs since 1970."""

    events: int
    stored: int
    duplicates: int
    deletes: int
    dead_letters: int
    cursor: int | None = None
    by_collection: dict[str, CollectorCounts] = {}


class CollectorStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How collecting goes: whether it is wanted, whether somebody does it, and how far it is."""

    tenant_id: str
    is_wanted: bool
    is_running: bool
    switched_at: int | None = None
    switched_by: str | None = None
    pulse: CollectorPulse | None = None
    figures: CollectorFigures
    open_gaps: int = 0
    notes: tuple[str, ...] = ()


class CollectorSwitch(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the stream is to be collected, since when, and who said so."""

    is_on: bool
    at: int | None = None
    by: str | None = None


class CollectorStretch(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of stream time that one host has delivered without a break."""

    host: str
    wire: str
    from_us: int
    until_us: int


class CollectorGap(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of stream time in which `collection` (or `*`) may miss events.

    `state` is open, refilled, quiet or lost; see `is_missing`.
    """

    id: int
    collection: str
    host: str
    from_us: int
    until_us: int
    reason: str
    state: str
    opened_at: int
    closed_at: int | None = None
    closed_by: str | None = None

    @property
    def is_missing(self) -> bool:
        """Whether something may still be missing there."""
        return self.state not in ("refilled", "quiet")


class CollectorLedger(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of the stream is stored: all from `from_us` to `until_us` but for the gaps."""

    from_us: int | None = None
    until_us: int | None = None
    covered: tuple[CollectorStretch, ...] = ()
    gaps: tuple[CollectorGap, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether nothing is known to be missing."""
        return not any(gap.is_missing for gap in self.gaps)


class CollectorDeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A frame that was no event, why, and from where; `frame` is its beginning."""

    id: int
    at: int
    host: str
    reason: str
    size: int
    frame: bytes


class TrendingUser(msgspec.Struct, frozen=True, kw_only=True):
    """A user, the followers gained within 24 hours, and all that are known."""

    did: str
    handle: str | None = None
    gained: int
    followers: int


class GrowingUser(msgspec.Struct, frozen=True, kw_only=True):
    """A user, the followers gained within 24 hours, and that relative to those `before`."""

    did: str
    handle: str | None = None
    gained: int
    before: int
    rate: float


class EngagementLeader(msgspec.Struct, frozen=True, kw_only=True):
    """An author and what was got: `score` is likes + 2·reposts + 3·replies + 2·quotes."""

    did: str
    handle: str | None = None
    score: int
    posts: int
    likes: int
    reposts: int
    replies: int
    quotes: int


class CollectorMention(msgspec.Struct, frozen=True, kw_only=True):
    """A user who is mentioned, and how often."""

    did: str
    handle: str | None = None
    uses: int


class CollectorNetwork(msgspec.Struct, frozen=True, kw_only=True):
    """What there is: users, live records by collection, and what posts of a day are about."""

    users: int
    hidden_users: int
    records: dict[str, int] = {}
    records_per_hour: float = 0.0
    hashtags: dict[str, int] = {}
    domains: dict[str, int] = {}
    mentions: tuple[CollectorMention, ...] = ()

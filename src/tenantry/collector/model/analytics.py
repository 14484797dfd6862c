"""What is read of all that is collected; users who are hidden are in none of it."""

import msgspec


class TrendingUser(msgspec.Struct, frozen=True, kw_only=True):
    """A user and the followers gained in a window, of all who are known."""

    did: str
    handle: str | None
    gained: int
    followers: int


class GrowingUser(msgspec.Struct, frozen=True, kw_only=True):
    """A user and the followers gained in a window; `rate` is relative to those known before it.

    Of a user of whom no follower was known before, it is relative to one.
    """

    did: str
    handle: str | None
    gained: int
    before: int
    rate: float


class Leader(msgspec.Struct, frozen=True, kw_only=True):
    """An author and what was got in a window: likes + 2·reposts + 3·replies + 2·quotes."""

    did: str
    handle: str | None
    score: int
    posts: int
    likes: int
    reposts: int
    replies: int
    quotes: int


class Mentioned(msgspec.Struct, frozen=True, kw_only=True):
    """A user who is mentioned, and how often."""

    did: str
    handle: str | None
    uses: int


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """What there is: users seen and those hidden, live records, and what posts are about.

    `records_per_hour` and what is on top are of the last 24 hours.
    """

    users: int
    hidden_users: int
    records: dict[str, int]
    records_per_hour: float
    hashtags: dict[str, int]
    domains: dict[str, int]
    mentions: tuple[Mentioned, ...]

"""Events, before and after they are recorded, and what an append asks and answers."""

from typing import Any

import msgspec

from tenantry.base.errors import Invalid, TooLarge

ANY = -1
"""Expectation: the stream may be at any version."""
NO_STREAM = 0
"""Expectation: the stream has no event yet."""
EXISTS = -2
"""Expectation: the stream has at least one event."""

MAX_EVENTS = 2_000
"""Events in one append."""
MAX_EVENT_BYTES = 256 * 1024
"""Data and metadata of one event, where its type states no other bound."""
MAX_APPEND_BYTES = 32 * 1024 * 1024
"""Data and metadata of one append together."""

LAST_CHARACTERS = "\U0010ffff" * 1_024
"""Nothing that starts with a prefix sorts behind the prefix and these: no name is that long."""


class NewEvent(msgspec.Struct, frozen=True, gc=False):
    """An event to be recorded: a past-tense fact in UTF-8 JSON.

    `type` is its wire name, `configs.value_set.v1`; `max_bytes` bounds data and metadata together.
    """

    type: str
    data: bytes
    metadata: bytes
    max_bytes: int = MAX_EVENT_BYTES


class RecordedEvent(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An event of the log.

    `position` is its place in the whole log (dense, in commit order), `version` its place in its
    stream (1-based), `recorded_at` microseconds since 1970, unique in the log and rising with the
    position. `data` and `metadata` are the bytes that were appended.
    """

    position: int
    tenant_id: str
    stream: str
    version: int
    type: str
    data: bytes
    metadata: bytes
    recorded_at: int


class StreamAppend(msgspec.Struct, frozen=True):
    """What one stream gets, if it is where the caller believes: a version, or one of the words.

    Without events it is a condition only: nothing is written to the stream, but the whole append
    is refused unless the stream is as expected. Only such a one may be of another tenant than the
    request: `tenant_id` names it.
    """

    stream: str
    expected_version: int
    events: tuple[NewEvent, ...] = ()
    tenant_id: str | None = None


class Unchanged(msgspec.Struct, frozen=True):
    """A condition on many streams at once: none of them has grown behind position `after`.

    They are those of `tenant_id`, or of every tenant where it is None, whose names start with
    `prefix`, or are just `prefix` where `is_exact`. It is the append condition of a dynamic
    consistency boundary (https://dcb.events), over names in place of tags.
    """

    prefix: str
    after: int
    tenant_id: str | None
    is_exact: bool = False

    @property
    def until(self) -> str:
        """The last name it can be about."""
        return self.prefix if self.is_exact else self.prefix + LAST_CHARACTERS

    def covers(self, tenant_id: str, stream: str) -> bool:
        """Whether it is about this stream."""
        is_named = stream == self.prefix if self.is_exact else stream.startswith(self.prefix)
        return is_named and self.tenant_id in (None, tenant_id)


class IdempotencyKey(msgspec.Struct, frozen=True):
    """A client's own name for its request, kept until `expires_at` (µs since 1970).

    `request_digest` tells a retry of the same request from another one under the same key.
    """

    key: str
    request_digest: bytes
    expires_at: int


class Fate:
    """Whether one request was appended; known once that is durable."""

    __slots__ = ("is_appended",)

    def __init__(self) -> None:
        self.is_appended = False


class AppendRequest(msgspec.Struct, frozen=True):
    """One atomic append: to every stream or to none.

    `unchanged` refuses it where something else was appended that it was not decided on. `fate` is
    told whether this request was appended. Whatever is decided on it before that is known
    names it in `only_after`, and is a `Conflict` where it was not: the versions alone may fit
    all the same, since another's append may have taken its place.

    Raises `Invalid` when built with no stream or one twice, a NUL in a name, or an event that is
    not UTF-8, and `TooLarge` beyond `MAX_EVENTS`, an event's own bound, or `MAX_APPEND_BYTES`.
    """

    tenant_id: str
    streams: tuple[StreamAppend, ...]
    idempotency_key: IdempotencyKey | None = None
    unchanged: Unchanged | None = None
    fate: Fate | None = None
    only_after: tuple[Fate, ...] = ()

    def __post_init__(self) -> None:
        # Each append of a server comes by here: hence the loops in place of generators.
        count = 0
        _check_name(self.tenant_id)
        for stream in self.streams:
            _check_name(stream.stream)
            if not stream.events:
                continue
            if stream.tenant_id is not None and stream.tenant_id != self.tenant_id:
                wants = f"events of {self.tenant_id} only"
                raise Invalid(field="tenant_id", got=stream.tenant_id, wants=wants)
            count += len(stream.events)
            for event in stream.events:
                _check_event(event)
        if len(self.streams) != 1:
            self._check_streams()
        # One event has its own bound.
        if count > 1:
            self._check_sizes()

    @property
    def event_count(self) -> int:
        """How many events this appends."""
        count = 0
        for stream in self.streams:
            count += len(stream.events)
        return count

    @property
    def byte_count(self) -> int:
        """Data and metadata together."""
        size = 0
        for stream in self.streams:
            for event in stream.events:
                size += len(event.data) + len(event.metadata)
        return size

    @property
    def is_of_one_tenant(self) -> bool:
        """Whether it can be decided by who sees no other tenant's streams."""
        if self.unchanged is not None and self.unchanged.tenant_id != self.tenant_id:
            return False
        return all(self.tenant_of(stream) == self.tenant_id for stream in self.streams)

    def tenant_of(self, stream: StreamAppend) -> str:
        """Return whose stream this is."""
        return stream.tenant_id or self.tenant_id

    def _check_streams(self) -> None:
        names = {(stream.tenant_id or self.tenant_id, stream.stream) for stream in self.streams}
        if not names or len(names) != len(self.streams):
            got = [stream.stream for stream in self.streams]
            raise Invalid(field="streams", got=got, wants="at least one stream, each named once")

    def _check_sizes(self) -> None:
        if self.event_count > MAX_EVENTS:
            raise TooLarge(
                field="events", got=f"{self.event_count} events", wants=f"at most {MAX_EVENTS}"
            )
        if self.byte_count > MAX_APPEND_BYTES:
            raise TooLarge(
                field="events",
                got=f"{self.byte_count} bytes",
                wants=f"at most {MAX_APPEND_BYTES} bytes in one append",
            )


class Appended(msgspec.Struct, frozen=True):
    """The append is durable: positions `first` to `last` (`last < first` where it had no events).

    `recorded_at` is the first event's, each further one is a microsecond later; `versions` are the
    streams' versions before the append, in the order of the request. `is_replay` says that this
    is the result of an earlier request with the same idempotency key.
    """

    first: int
    last: int
    recorded_at: int = 0
    versions: tuple[int, ...] = ()
    is_replay: bool = False


class StaleStream(msgspec.Struct, frozen=True):
    """One stream that is not where the request expected it."""

    stream: str
    expected_version: int
    actual_version: int


class Conflict(msgspec.Struct, frozen=True):
    """Nothing was appended: these streams are elsewhere, or what it was decided on never was."""

    stale: tuple[StaleStream, ...]


class KeyReused(msgspec.Struct, frozen=True):
    """Nothing was appended: the idempotency key belongs to another request."""

    key: str


Outcome = Appended | Conflict | KeyReused


class Head(msgspec.Struct, frozen=True):
    """The end of the log: the last position, its hash and its time; all zero when empty."""

    position: int
    hash: bytes
    recorded_at: int


def decode_data(event: RecordedEvent) -> Any:
    """Decode an event's data."""
    return msgspec.json.decode(event.data)


def is_expected(expected_version: int, actual_version: int) -> bool:
    """Whether a stream at `actual_version` meets the expectation."""
    if expected_version == ANY:
        return True
    if expected_version == EXISTS:
        return actual_version > 0
    return expected_version == actual_version


def _size(event: NewEvent) -> int:
    return len(event.data) + len(event.metadata)


def _check_name(name: str) -> None:
    # PostgreSQL cannot store one, and what one database refuses the other must not keep.
    if "\x00" in name:
        raise Invalid(field="stream", got=name, wants="a name without NUL")


def _check_event(event: NewEvent) -> None:
    if _size(event) > event.max_bytes:
        raise TooLarge(
            field=event.type,
            got=f"{_size(event)} bytes",
            wants=f"at most {event.max_bytes} bytes an event",
        )
    try:
        event.data.decode()
        event.metadata.decode()
    except UnicodeDecodeError as error:
        raise Invalid(field=event.type, got="other bytes", wants="UTF-8 JSON") from error

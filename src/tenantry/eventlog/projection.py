"""What an in-memory projection is, and what is told of one; `runner` keeps it up to date."""

from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec

from tenantry.eventlog.event import RecordedEvent


class Projection(Protocol):
    """A read model in memory, built from events alone.

    `state_version` must change with the encoding of `encode`. `apply` gets every event of the log
    once, in order, and must not raise; `encode` and `digest` are called on a `copy`, off the loop.
    """

    name: str
    state_version: int

    def apply(self, events: Sequence[RecordedEvent]) -> None:
        """Take in events that follow on what has been taken in."""
        ...

    def copy(self) -> "Projection":
        """Return a copy that later events do not change."""
        ...

    def fresh(self) -> "Projection":
        """Return an empty one of the same kind."""
        ...

    def encode(self) -> Iterable[bytes]:
        """Encode the state in chunks for a snapshot."""
        ...

    def decode(self, chunks: Iterable[bytes]) -> None:
        """Take the state over from a snapshot's chunks."""
        ...

    def digest(self) -> str:
        """Return a digest that two equal states share."""
        ...


class ProjectionObserver:
    """Told what a runner goes through; every method may be overridden, none may raise."""

    def starting(self) -> None:
        """The runner begins."""

    def rebuilding(self) -> None:
        """The state is about to be built from snapshot and events."""

    def replaying(self, event_count: int) -> None:
        """So many events lie between the state and the end of the log."""

    def rebuilt(self, projection: Projection, *, seconds: float, event_count: int) -> None:
        """The state is that of the end of the log."""

    def following(self) -> None:
        """From here on every new event is applied as it comes."""

    def applied(self, events: Sequence[RecordedEvent]) -> None:
        """These events are in the state, on replay as well as when they come."""

    def failed(self, error: Exception, *, is_rebuilt: bool) -> None:
        """The log could not be read or applied; the runner is not ready and will try again."""


class Progress(msgspec.Struct, frozen=True):
    """How a projection came to where it is."""

    position: int
    is_ready: bool
    events_replayed: int
    replay_seconds: float
    snapshot_position: int


class RebuildReport(msgspec.Struct, frozen=True):
    """A rebuild from the first event, compared with the live state at the same position."""

    position: int
    is_equal: bool
    live_digest: str
    rebuilt_digest: str
    events_replayed: int
    seconds: float

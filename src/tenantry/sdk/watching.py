"""The watch of settings without its connection: what to ask, and what the bytes say."""

from typing import Final, TypeVar

import msgspec

from tenantry.sdk.errors import Unreachable
from tenantry.sdk.model import ConfigChange
from tenantry.sdk.reply import Reply, decode
from tenantry.sdk.request import ROOT, Request, target_of
from tenantry.sdk.sse import EventStreamParser, Frame

SILENCE_SECONDS: Final = 40.0
"""A stream that is silent for so long is dead: the server says something every 15 seconds."""

_CHANGES: Final = frozenset({"set", "delete"})


class Snapshot(msgspec.Struct, frozen=True):
    """Both layers as they were at a position, as changes that make them."""

    position: int
    entries: tuple[ConfigChange, ...]


class _Place(msgspec.Struct):
    position: int
    count: int | None = None


class Passed(msgspec.Struct, frozen=True):
    """Nothing else has happened up to a position."""

    position: int


WatchEvent = ConfigChange | Snapshot | Passed
_Kind = TypeVar("_Kind", ConfigChange, _Place)


class Watching:
    """One watch, over as many connections as it takes.

    `position` is where it stands: None until the server has said so. It begins behind `after`, or
    with a snapshot, or at the present end.
    """

    def __init__(
        self, *, prefix: str = "", after: int | None = None, with_snapshot: bool = False
    ) -> None:
        self.position: int | None = None
        self._prefix = prefix
        self._after = after
        self._with_snapshot = with_snapshot
        self._parser = EventStreamParser()
        self._entries: list[ConfigChange] = []

    @property
    def is_resuming(self) -> bool:
        """Whether the next connection continues where another has ended."""
        return self.position is not None

    @property
    def retry_seconds(self) -> float | None:
        """How long to wait at least before the next connection, if the server has said so."""
        return self._parser.retry_seconds

    def request(self) -> Request[None]:
        """Return what opens the next connection; what was half received is forgotten."""
        retry_seconds = self._parser.retry_seconds
        self._parser = EventStreamParser()
        self._parser.retry_seconds = retry_seconds
        self._entries.clear()

        headers = [("Accept", "text/event-stream"), ("Accept-Encoding", "identity")]
        is_fresh = self.position is None
        if not is_fresh:
            headers.append(("Last-Event-ID", str(self.position)))
        target = target_of(
            f"{ROOT}/watch",
            prefix=self._prefix,
            from_=self._after if is_fresh else None,
            snapshot="true" if is_fresh and self._with_snapshot else None,
        )
        return Request(method="GET", target=target, headers=tuple(headers), read=_read_nothing)

    def start_over(self) -> None:
        """Forget the position: the server does not know it any more."""
        self.position = None

    def receive(self, chunk: bytes) -> list[WatchEvent]:
        """Take the next bytes of the connection and return what has happened.

        Raises `Unreachable` where they are not a watch's; the connection is then of no more use.
        """
        events = (self._take(frame) for frame in self._parser.feed(chunk))
        return [event for event in events if event is not None]

    def _take(self, frame: Frame) -> WatchEvent | None:
        if frame.event in _CHANGES:
            return self._take_change(_decode(frame, ConfigChange), frame)
        if frame.event == "snapshot":
            return self._take_snapshot(_decode(frame, _Place))
        if not frame.event:
            return self._take_place(frame.id or "")
        if frame.event == "start":
            self.position = _decode(frame, _Place).position
        # A later server may tell more than we ask for.
        return None

    def _take_change(self, change: ConfigChange, frame: Frame) -> WatchEvent | None:
        if change.is_deletion != (frame.event == "delete"):
            raise Unreachable(f"the stream is not a Tenantry server's: {frame.event} of no sense")
        if frame.id is None:
            # An entry of a snapshot: nothing counts before its end has come.
            self._entries.append(change)
            return None
        if self.position is not None and change.position <= self.position:
            return None
        self.position = change.position
        return change

    def _take_place(self, text: str) -> WatchEvent | None:
        # Before the server has said where it begins, this is not to be relied on.
        if self.position is None or not (text.isascii() and text.isdigit()):
            return None
        if int(text) <= self.position:
            return None
        self.position = int(text)
        return Passed(self.position)

    def _take_snapshot(self, place: _Place) -> Snapshot:
        entries = tuple(self._entries)
        self._entries.clear()
        if place.count is not None and place.count != len(entries):
            raise Unreachable(f"a snapshot of {place.count} settings came with {len(entries)}")
        self.position = place.position
        return Snapshot(place.position, entries)


def _decode(frame: Frame, kind: type[_Kind]) -> _Kind:
    return decode(frame.data, kind)


def _read_nothing(reply: Reply) -> None:
    """A stream has no end to be read."""

"""The newest frames in memory, shared by everybody who watches."""

from bisect import bisect_right

import msgspec

from tenantry.configs.model import GLOBAL_TENANT
from tenantry.configs.service.frame import Frame

RING_FRAMES = 16_384
RING_BYTES = 64 * 1024 * 1024
CHUNK_FRAMES = 1_000
"""Frames that are joined at most: whoever was away gets what is new bit by bit."""

_CUT = 8
"""The front is cut off an eighth at a time: a list moves all that stays."""


class Joined(msgspec.Struct, frozen=True):
    """Frames in one piece; `until` is the position that whoever has it has come to."""

    body: bytes
    until: int
    frame_count: int


class FrameRing:
    """Every frame between two positions: behind `floor`, up to `last`.

    Positions are dense, so `last` moves with every event of the log, also with those that make no
    frame.
    """

    def __init__(
        self, *, after: int, max_frames: int = RING_FRAMES, max_bytes: int = RING_BYTES
    ) -> None:
        self.floor = self.last = after
        self._max_frames = max_frames
        self._max_bytes = max_bytes
        self._frames: list[Frame] = []
        self._bytes = 0
        self._joined: dict[tuple[str, str, int], Joined] = {}

    def add(self, position: int, frame: Frame | None) -> None:
        """Take in the next position, and its frame where it has one; the oldest give way."""
        assert position == self.last + 1  # noqa: S101 - a gap here would be one for every watcher
        self.last = position
        self._joined.clear()
        if frame is None:
            return
        self._frames.append(frame)
        self._bytes += len(frame.body)
        if len(self._frames) > self._max_frames or self._bytes > self._max_bytes:
            self._cut()

    def has(self, position: int) -> bool:
        """Whether everything behind `position` is here."""
        return position >= self.floor

    def after(self, position: int) -> list[Frame]:
        """Return the frames behind `position`, which is at or behind `floor`."""
        start = bisect_right(self._frames, position, key=_position_of)
        return self._frames[start:]

    def joined(self, tenant_id: str, prefix: str, *, after: int) -> Joined:
        """Return the next frames behind `after` that a tenant sees, of names with a prefix.

        They are joined once for all who ask the same before the next frame comes.
        """
        key = (tenant_id, prefix, after)
        found = self._joined.get(key)
        if found is None:
            found = self._joined[key] = self._join(tenant_id, prefix, after)
        return found

    def _join(self, tenant_id: str, prefix: str, after: int) -> Joined:
        frames = self.after(after)
        until = self.last if len(frames) <= CHUNK_FRAMES else frames[CHUNK_FRAMES - 1].position
        layers = (tenant_id, GLOBAL_TENANT)
        bodies = [
            frame.body
            for frame in frames[:CHUNK_FRAMES]
            if frame.tenant_id in layers and frame.name.startswith(prefix)
        ]
        return Joined(b"".join(bodies), until, len(bodies))

    def _cut(self) -> None:
        dropped = 0
        fewer = max(self._max_frames - self._max_frames // _CUT, 1)
        smaller = self._max_bytes - self._max_bytes // _CUT
        # The newest frame stays, however long it is.
        while dropped < len(self._frames) - 1 and (
            len(self._frames) - dropped > fewer or self._bytes > smaller
        ):
            self._bytes -= len(self._frames[dropped].body)
            dropped += 1
        self.floor = self._frames[dropped - 1].position
        del self._frames[:dropped]


def _position_of(frame: Frame) -> int:
    return frame.position

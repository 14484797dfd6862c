"""Who waits for frames, by tenant and prefix, and how what is new is handed to them."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from tenantry.configs.model import GLOBAL_TENANT
from tenantry.configs.service.frame import Frame, encode_heartbeat

Chunk = bytes | None
"""What somebody who waits is handed; None says that there will be no more."""


class Place(Protocol):
    """Whoever waits: what it is about, and the position up to which it has everything."""

    tenant_id: str
    prefix: str
    cursor: int


class _Waiting:
    __slots__ = ("chunk", "place", "since")

    def __init__(self, place: Place, since: float) -> None:
        self.place = place
        self.since = since
        self.chunk: asyncio.Future[Chunk] = asyncio.get_running_loop().create_future()


class Audience:
    """Those who have everything there is, and wait for more.

    Frames are joined once for all who have the same tenant, prefix and cursor.
    """

    def __init__(self) -> None:
        self._groups: dict[str, dict[str, dict[Place, _Waiting]]] = {}

    async def wait(self, place: Place, *, now: float) -> Chunk:
        """Return the next chunk for `place`, whose cursor is moved behind it."""
        waiting = _Waiting(place, now)
        group = self._groups.setdefault(place.tenant_id, {}).setdefault(place.prefix, {})
        group[place] = waiting
        try:
            return await waiting.chunk
        finally:
            self._forget(place)

    def deliver(self, frames: Sequence[Frame], *, after: int, until: int) -> int:
        """Hand everybody what is theirs of `frames`, all those between two positions.

        Whoever waits has been handed everything up to `after`, or has it already. Returns how many
        frames were handed out.
        """
        count = 0
        for tenant_id, theirs in self._by_tenant(frames):
            for prefix, group in self._groups[tenant_id].items():
                matching = [frame for frame in theirs if frame.name.startswith(prefix)]
                if matching:
                    count += _hand_out(group.values(), matching, after=after, until=until)
        return count

    def beat(self, *, silent_since: float, until: int) -> None:
        """Send a heartbeat to whoever waits since then, or longer, and has all up to `until`."""
        for waiting in self._everybody():
            if waiting.since <= silent_since and not waiting.chunk.done():
                waiting.place.cursor = max(waiting.place.cursor, until)
                waiting.chunk.set_result(encode_heartbeat(waiting.place.cursor))

    def dismiss(self) -> None:
        """Tell everybody that there will be no more."""
        for waiting in self._everybody():
            if not waiting.chunk.done():
                waiting.chunk.set_result(None)

    def dismiss_one(self, place: Place) -> None:
        """Tell whoever waits at `place`, if anybody does, that there will be no more."""
        waiting = self._groups.get(place.tenant_id, {}).get(place.prefix, {}).get(place)
        if waiting is not None and not waiting.chunk.done():
            waiting.chunk.set_result(None)

    def _by_tenant(self, frames: Sequence[Frame]) -> Iterator[tuple[str, list[Frame]]]:
        """Yield each tenant that waits for some of `frames`, with those of its own and global's."""
        named = {frame.tenant_id for frame in frames}
        concerned = self._groups if GLOBAL_TENANT in named else named & self._groups.keys()
        for tenant_id in concerned:
            layers = (tenant_id, GLOBAL_TENANT)
            yield tenant_id, [frame for frame in frames if frame.tenant_id in layers]

    def _everybody(self) -> Iterator[_Waiting]:
        for groups in self._groups.values():
            for group in groups.values():
                yield from group.values()

    def _forget(self, place: Place) -> None:
        groups = self._groups[place.tenant_id]
        group = groups[place.prefix]
        del group[place]
        if not group:
            del groups[place.prefix]
        if not groups:
            del self._groups[place.tenant_id]


def _hand_out(group: Iterable[_Waiting], frames: Sequence[Frame], *, after: int, until: int) -> int:
    joined: dict[int, tuple[bytes, int]] = {}
    count = 0
    for waiting in group:
        if waiting.chunk.done():
            continue
        start = max(waiting.place.cursor, after)
        if start not in joined:
            bodies = [frame.body for frame in frames if frame.position > start]
            joined[start] = (b"".join(bodies), len(bodies))
        chunk, size = joined[start]
        if chunk:
            waiting.place.cursor = max(start, until)
            waiting.chunk.set_result(chunk)
            count += size
    return count

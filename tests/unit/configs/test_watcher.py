from typing import Any

from tenantry.base import root_principal
from tenantry.configs.service import Watcher
from tenantry.configs.service.audience import Chunk
from tenantry.configs.service.ring import FrameRing


class Feed:
    """A feed that has one frame for everybody, and may end them while it hands it out."""

    ring = FrameRing(after=0)
    is_open = True

    def __init__(self, *, is_ending: bool) -> None:
        self._is_ending = is_ending

    def is_served(self, cursor: int) -> bool:
        return cursor >= 0

    async def wait(self, watcher: Watcher) -> Chunk:
        watcher.is_ended = self._is_ending
        return b"frame"

    def leave(self, watcher: Watcher) -> None:
        watcher.cursor = -1


def watcher_of(feed: Feed) -> Watcher:
    no_log: Any = None
    return Watcher(
        feed=feed,
        log=no_log,
        principal=root_principal(source="test"),
        tenant_id="acme",
        prefix="",
        after=0,
    )


async def test_a_frame_on_its_way_is_handed_out_unless_its_reader_was_ended_meanwhile() -> None:
    assert await watcher_of(Feed(is_ending=False)).next() == b"frame"

    ended = watcher_of(Feed(is_ending=True))
    assert await ended.next() is None
    assert [chunk async for chunk in ended.chunks()] == []
    assert ended.cursor == -1

"""Writes under way: what a name will be, once what is being appended is durable.

Without it, of thirty writers of one name all but one would decide on a version that is about to
be old, and try again; with it each decides on the one before, and one batch takes them all.
"""

import asyncio

import msgspec

from tenantry.configs.model import ConfigEntry
from tenantry.eventlog import Fate

Key = tuple[str, str]


class Promise(msgspec.Struct, frozen=True):
    """What a write under way will leave behind, if its `fate` is to be appended."""

    entry: ConfigEntry
    fate: Fate
    ended: "asyncio.Future[None]"


class PendingWrites:
    """The newest write under way of each name; nothing here is shown to anybody."""

    def __init__(self) -> None:
        self._newest: dict[Key, Promise] = {}

    def newest(self, key: Key) -> Promise | None:
        """Return what the newest write under way promises."""
        return self._newest.get(key)

    def begin(self, key: Key, entry: ConfigEntry, fate: Fate) -> Promise:
        """Note a write, until `end` is told of it."""
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        promise = self._newest[key] = Promise(entry, fate, ended)
        return promise

    def end(self, key: Key, promise: Promise) -> None:
        """End a write; after a failed one, all that were decided on it are forgotten too."""
        promise.ended.set_result(None)
        newest = self._newest.get(key)
        if newest is promise or (newest is not None and not promise.fate.is_appended):
            del self._newest[key]

    async def settle(self, key: Key) -> bool:
        """Wait until the newest write of a name has ended; False where there is none."""
        newest = self._newest.get(key)
        if newest is None:
            return False
        await asyncio.shield(newest.ended)
        return True

    async def settle_all(self) -> None:
        """Wait until no write is under way; whoever calls this keeps new ones out."""
        while self._newest:
            await self.settle(next(iter(self._newest)))

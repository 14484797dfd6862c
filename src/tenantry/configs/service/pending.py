"""Writes under way: what a name will be, once what is being appended is durable.

Without it, of thirty writers of one name all but one would decide on a version that is about to
be old, and try again; with it each decides on the one before, and one batch takes them all.
"""

import asyncio

from tenantry.configs.model import ConfigEntry

Key = tuple[str, str]


class PendingWrites:
    """The newest write under way of each name; nothing here is shown to anybody."""

    def __init__(self) -> None:
        self._newest: dict[Key, tuple[ConfigEntry, asyncio.Future[None]]] = {}

    def newest(self, key: Key) -> ConfigEntry | None:
        """Return what the newest write under way will leave behind."""
        found = self._newest.get(key)
        return found[0] if found else None

    def begin(self, key: Key, entry: ConfigEntry) -> "asyncio.Future[None]":
        """Note a write; the returned token ends it."""
        token: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._newest[key] = (entry, token)
        return token

    def end(self, key: Key, token: "asyncio.Future[None]", *, is_stored: bool) -> None:
        """End a write; after a failed one, all that were decided on it are forgotten too."""
        token.set_result(None)
        found = self._newest.get(key)
        if found is not None and (found[1] is token or not is_stored):
            del self._newest[key]

    async def settle(self, key: Key) -> bool:
        """Wait until the newest write of a name has ended; False where there is none."""
        found = self._newest.get(key)
        if found is None:
            return False
        await asyncio.shield(found[1])
        return True

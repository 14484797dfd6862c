"""The gate that this node's writes of single settings go through."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class WriteGate:
    """Open to all, but while one closes it to decide on everything at once.

    Other nodes do not know of it: what is decided behind it is appended on a condition all the
    same. It only keeps this node's own writers from breaking that condition again and again.
    """

    def __init__(self) -> None:
        self._closing = asyncio.Lock()
        self._is_open = asyncio.Event()
        self._is_open.set()

    async def passed(self) -> None:
        """Wait until it is open."""
        while not self._is_open.is_set():
            await self._is_open.wait()

    @asynccontextmanager
    async def closed(self) -> AsyncIterator[None]:
        """Keep it closed for a block; those who close it do so one after the other."""
        async with self._closing:
            self._is_open.clear()
            try:
                yield
            finally:
                self._is_open.set()

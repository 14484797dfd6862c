"""The application as a command sees it: something that starts, stops and speaks ASGI."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol

from tenantry.settings import Settings

AsgiApp = Callable[
    [
        MutableMapping[str, Any],
        Callable[[], Awaitable[MutableMapping[str, Any]]],
        Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ],
    Awaitable[None],
]


class Served(Protocol):
    """What `tenantry.cli` hands over, since whatever builds one is above this package."""

    @property
    def asgi(self) -> AsgiApp:
        """The ASGI application; only called between `start` and `stop`."""
        ...

    async def start(self) -> None:
        """Open everything, and return when requests can be answered."""
        ...

    async def stop(self) -> None:
        """Let go of everything."""
        ...


ServedFactory = Callable[[Settings, str], Served]
"""Builds the application from the settings and the token whose holder is root."""

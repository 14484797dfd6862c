"""Where a tenant's data come from: HTTP APIs, databases and files, read page by page.

It says what sources say, and decides nothing: what is new, what is gone and whether that is all of
it is for others. It reaches only what its `Reach` allows, writes nothing anywhere, and tells no
token, password or row in an error.
"""

from typing import TYPE_CHECKING, Any

from tenantry.sync.remote.guarded import open_guarded, source_breaker
from tenantry.sync.remote.opening import open_source
from tenantry.sync.remote.port import OpenSource, SecretReader
from tenantry.sync.remote.reach import LOOPBACK, OutOfReach, Reach

if TYPE_CHECKING:
    from tenantry.sync.remote.http import HttpPool
else:

    def __getattr__(name: str) -> Any:
        """Import what needs aiohttp when it is used: that is slow, and no command needs it."""
        if name != "HttpPool":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from tenantry.sync.remote.http import HttpPool  # noqa: PLC0415 - see above

        return HttpPool


__all__ = [
    "LOOPBACK",
    "HttpPool",
    "OpenSource",
    "OutOfReach",
    "Reach",
    "SecretReader",
    "open_guarded",
    "open_source",
    "source_breaker",
]

"""`FlagWatches`: whether the flags that a tenant sees have changed, as it happens."""

from tenantry.base import Principal
from tenantry.configs import ConfigWatches, Watcher
from tenantry.flags.model import FLAG_PREFIX
from tenantry.flags.service.permissions import EVALUATE

# A field of an event, which stands at the beginning of a line; a heartbeat has none.
_EVENT_FIELD = b"\nevent: "


class FlagWatch:
    """One reader's way through the changes, until it is closed or ended."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher

    @property
    def position(self) -> int:
        """The position of the log up to which this reader has been told everything."""
        return self._watcher.cursor

    async def next(self) -> bool | None:
        """Wait, and return whether a flag has changed, or nothing has for a while; None at the end.

        Raises `Unavailable` where the log must be read and cannot be.
        """
        chunk = await self._watcher.next()
        return None if chunk is None else _EVENT_FIELD in chunk

    def close(self) -> None:
        """Stop; a no-op the second time."""
        self._watcher.close()


class FlagWatches:
    """Watches of flags, which are those of settings: they end with them, and as they do.

    Each method raises `Denied`, and `Unavailable` while this node has not caught up with the log,
    or is about to stop.
    """

    def __init__(self, *, watches: ConfigWatches) -> None:
        self._watches = watches

    def watch(self, principal: Principal, tenant_id: str) -> FlagWatch:
        """Return a watch of what happens from now on."""
        principal.authorise(tenant_id, EVALUATE)
        return FlagWatch(self._watches.watch(principal, tenant_id, prefix=FLAG_PREFIX))

    async def resume(self, principal: Principal, tenant_id: str, *, after: int) -> FlagWatch:
        """Return a watch of all behind a position; raises `Invalid` for one yet to come."""
        principal.authorise(tenant_id, EVALUATE)
        watcher = await self._watches.resume(principal, tenant_id, after=after, prefix=FLAG_PREFIX)
        return FlagWatch(watcher)

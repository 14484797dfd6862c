"""`ConfigWatches`: watch, snapshot and long-poll, for a principal on a tenant."""

import asyncio
import contextlib
from typing import Any

import msgspec

from tenantry.base import Clock, Principal
from tenantry.base.errors import Invalid, Unavailable
from tenantry.configs import rules
from tenantry.configs.model import GLOBAL_TENANT, ConfigEntry, token_of
from tenantry.configs.service.audience import Chunk
from tenantry.configs.service.feed import ConfigFeed
from tenantry.configs.service.watcher import Watcher
from tenantry.configs.store import ConfigStateProjection
from tenantry.eventlog import EventLog, ProjectionRunner

READ = "configs:read"


class ConfigSnapshot(msgspec.Struct, frozen=True):
    """What a tenant sees at `position`, in both layers: whose each entry is, and the entry."""

    position: int
    entries: list[tuple[str, ConfigEntry]]


class ConfigWatches:
    """The changes of settings as they happen.

    Each method raises `Denied`, and `Unavailable` while this node has not caught up with the log,
    or is about to stop.
    """

    def __init__(
        self, *, log: EventLog, runner: ProjectionRunner, feed: ConfigFeed, clock: Clock
    ) -> None:
        self._log = log
        self._runner = runner
        self._feed = feed
        self._clock = clock

    def watch(self, principal: Principal, tenant_id: str, *, prefix: str = "") -> Watcher:
        """Return a watcher of what happens from now on; its cursor says where that is."""
        principal.authorise(tenant_id, READ)
        rules.check_prefix(prefix)
        self._require_ready()
        return self._feed.watch(tenant_id, prefix=prefix, after=self._runner.position)

    async def resume(
        self, principal: Principal, tenant_id: str, *, after: int, prefix: str = ""
    ) -> Watcher:
        """Return a watcher of everything behind the position `after`.

        Raises `Invalid` where the log has not come so far.
        """
        principal.authorise(tenant_id, READ)
        rules.check_prefix(prefix)
        self._require_ready()
        # Another node may have appended what this one has not seen yet.
        if after > self._runner.position and after > (end := (await self._log.head()).position):
            raise Invalid(field="from", got=after, wants=f"at most {end}, where the log ends")
        return self._feed.watch(tenant_id, prefix=prefix, after=after)

    def snapshot(self, principal: Principal, tenant_id: str, *, prefix: str = "") -> ConfigSnapshot:
        """Return what is there now; a watcher of its position goes on from it."""
        principal.authorise(tenant_id, READ)
        rules.check_prefix(prefix)
        state = self._state()
        entries = [
            (layer, entry)
            for layer in dict.fromkeys((GLOBAL_TENANT, tenant_id))
            for entry in state.entries(layer, prefix=prefix)
        ]
        return ConfigSnapshot(self._runner.position, entries)

    def token(self, principal: Principal, tenant_id: str, name: str) -> str:
        """Return the token of the version that a tenant sees of `name`."""
        principal.authorise(tenant_id, READ)
        state = self._state()
        own = state.get(tenant_id, name)
        found = own or state.get(GLOBAL_TENANT, name)
        return token_of(found, is_inherited=own is None)

    async def differs(
        self, principal: Principal, tenant_id: str, name: str, *, token: str, seconds: float
    ) -> bool:
        """Wait until `name` has another token, at most so long; return whether it has.

        It also ends, early, where this node is about to stop.
        """
        if self.token(principal, tenant_id, name) != token:
            return True
        rules.check_name(name)

        watcher = self._feed.watch(tenant_id, prefix=name, after=self._runner.position)
        timer = asyncio.ensure_future(self._clock.sleep(seconds))
        try:
            while await _next_before(timer, watcher) is not None:
                # The feed may be ahead of what a read would see.
                await self._runner.reach(watcher.cursor)
                if self.token(principal, tenant_id, name) != token:
                    return True
        finally:
            watcher.close()
            timer.cancel()
        return False

    def _state(self) -> ConfigStateProjection:
        self._require_ready()
        state = self._runner.projection
        assert isinstance(state, ConfigStateProjection)  # noqa: S101 - the runner is generic
        return state

    def _require_ready(self) -> None:
        if not self._runner.is_ready:
            raise Unavailable("this node has not caught up with the log", code="not_ready")


async def _next_before(timer: "asyncio.Future[None]", watcher: Watcher) -> Chunk:
    """Return the watcher's next chunk; None also where the time is over first."""
    waiting = asyncio.ensure_future(watcher.next())
    try:
        either: set[asyncio.Future[Any]] = {waiting, timer}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        return waiting.result() if waiting.done() else None
    finally:
        if not waiting.done():
            waiting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await waiting

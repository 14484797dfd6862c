"""`ConfigWatches`: watch, snapshot and long-poll, for a principal on a tenant."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import msgspec

from tenantry.base import Clock, Principal
from tenantry.base.errors import Denied, Invalid, Unavailable
from tenantry.configs import rules
from tenantry.configs.model import GLOBAL_TENANT, ConfigEntry, token_of
from tenantry.configs.service.audience import Chunk
from tenantry.configs.service.feed import ConfigFeed
from tenantry.configs.service.permissions import READ
from tenantry.configs.service.watcher import Watcher
from tenantry.configs.store import ConfigStateProjection
from tenantry.eventlog import EventLog, ProjectionRunner

May = Callable[[Principal, str, str], bool]
"""Whether a principal, as it was when it came in, has a permission on a tenant as things are now.

It answers at once, and does not raise.
"""


class ConfigSnapshot(msgspec.Struct, frozen=True):
    """What a tenant sees at `position`, in both layers."""

    position: int
    entries: list[ConfigEntry]


class ConfigWatches:
    """The changes of settings as they happen.

    Each method raises `Denied`, and `Unavailable` while this node has not caught up with the log,
    or is about to stop.

    A principal knows what was true when it came in, and a watch may last for days. So `may` is
    asked too: where a watch is opened, and again by `end_revoked`.
    """

    def __init__(
        self,
        *,
        log: EventLog,
        runner: ProjectionRunner,
        feed: ConfigFeed,
        clock: Clock,
        may: May = Principal.may,
    ) -> None:
        self._log = log
        self._runner = runner
        self._feed = feed
        self._clock = clock
        self._may = may

    def watch(self, principal: Principal, tenant_id: str, *, prefix: str = "") -> Watcher:
        """Return a watcher of what happens from now on; its cursor says where that is."""
        principal.authorise(tenant_id, READ)
        rules.check_prefix(prefix)
        self._require_ready()
        return self._open(principal, tenant_id, prefix=prefix, after=self._runner.position)

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
        return self._open(principal, tenant_id, prefix=prefix, after=after)

    def snapshot(self, principal: Principal, tenant_id: str, *, prefix: str = "") -> ConfigSnapshot:
        """Return what is there now; a watcher of its position goes on from it."""
        principal.authorise(tenant_id, READ)
        rules.check_prefix(prefix)
        state = self._state()
        entries = [
            entry
            for layer in dict.fromkeys((GLOBAL_TENANT, tenant_id))
            for entry in state.entries(layer, prefix=prefix)
        ]
        return ConfigSnapshot(self._runner.position, entries)

    def token(self, principal: Principal, tenant_id: str, name: str) -> str:
        """Return the token of the version that a tenant sees of `name`."""
        principal.authorise(tenant_id, READ)
        state = self._state()
        found = state.get(tenant_id, name) or state.get(GLOBAL_TENANT, name)
        return token_of(found, tenant_id)

    async def differs(
        self, principal: Principal, tenant_id: str, name: str, *, token: str, seconds: float
    ) -> bool:
        """Wait until `name` has another token, at most so long; return whether it has.

        It also ends, early, where this node is about to stop; and in `Denied` where `end_revoked`
        has ended it.
        """
        if self.token(principal, tenant_id, name) != token:
            return True
        rules.check_name(name)

        watcher = self._open(principal, tenant_id, prefix=name, after=self._runner.position)
        timer = asyncio.ensure_future(self._clock.sleep(seconds))
        try:
            while await _next_before(timer, watcher) is not None:
                # The feed may be ahead of what a read would see.
                await self._runner.reach(watcher.cursor)
                if watcher.is_ended:
                    break
                if self.token(principal, tenant_id, name) != token:
                    return True
        finally:
            watcher.close()
            timer.cancel()
        if watcher.is_ended:
            raise _revoked(principal, tenant_id)
        return False

    def end_revoked(self) -> int:
        """End at once every watch and long-poll of who may not read its tenant any more.

        To be called, on the event loop, after every change of access. A stream ends as where this
        node stops, and its client is refused when it comes back; a long-poll ends in `Denied`.
        Nobody else notices. Returns how many were ended.
        """
        verdicts: dict[tuple[Principal, str], bool] = {}

        def is_revoked(watcher: Watcher) -> bool:
            # Thousands may watch, and they are few principals.
            key = (watcher.principal, watcher.tenant_id)
            if key not in verdicts:
                verdicts[key] = not self._may(*key, READ)
            return verdicts[key]

        return self._feed.end(is_revoked)

    def _open(self, principal: Principal, tenant_id: str, *, prefix: str, after: int) -> Watcher:
        """Return a watcher; nothing is awaited between the last look at who asks and that."""
        if not self._may(principal, tenant_id, READ):
            raise _revoked(principal, tenant_id)
        return self._feed.watch(principal, tenant_id, prefix=prefix, after=after)

    def _state(self) -> ConfigStateProjection:
        self._require_ready()
        state = self._runner.projection
        assert isinstance(state, ConfigStateProjection)  # noqa: S101 - the runner is generic
        return state

    def _require_ready(self) -> None:
        if not self._runner.is_ready:
            raise Unavailable("this node has not caught up with the log", code="not_ready")


def _revoked(principal: Principal, tenant_id: str) -> Denied:
    return Denied(
        f"{principal.id} has {READ} on tenant {tenant_id} no more",
        details={"permission": READ, "tenant": tenant_id},
    )


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

"""`CollectorViews`: how collecting goes, and what came of it."""

from collections.abc import Callable
from typing import Final, TypeVar

from tenantry.base import Clock, Principal
from tenantry.collector import store
from tenantry.collector.model import (
    CollectorStatus,
    DeadFrame,
    Figures,
    GrowingUser,
    Leader,
    Ledger,
    Network,
    Pulse,
    Switch,
    TrendingUser,
)
from tenantry.collector.rules import summarise, tid_of
from tenantry.collector.service.belonging import belonging
from tenantry.collector.service.permissions import READ
from tenantry.db import Database, Tenant, Transaction

T = TypeVar("T")

FRESH_US: Final = 10_000_000
"""Who has said nothing for so long is taken for gone."""
_DAY_US: Final = 86_400_000_000


class CollectorViews:
    """What is read; every method authorises first and raises `Denied`."""

    def __init__(self, *, database: Database, clock: Clock, collecting_tenant: str) -> None:
        self._database = database
        self._clock = clock
        self._collecting_tenant = collecting_tenant

    async def status(self, principal: Principal, tenant_id: str) -> CollectorStatus:
        """Return how collecting goes."""
        principal.authorise(tenant_id, READ)

        def unit(tx: Transaction) -> tuple[Switch, list[Pulse], Figures, Ledger]:
            switch = store.find_switch(tx, tenant_id) or Switch()
            return (
                switch,
                store.pulses_of(tx, tenant_id),
                _figures(tx, tenant_id),
                _ledger(tx, tenant_id),
            )

        switch, pulses, figures, ledger = await self._database.read(Tenant(tenant_id), unit)
        pulse = pulses[0] if pulses else None
        is_running = self._is_fresh(pulse)
        is_ours = tenant_id == self._collecting_tenant
        notes = []
        if not is_ours:
            notes.append(belonging(principal, self._collecting_tenant))
        elif not is_running:
            notes.append("nobody collects: start a server with the role collector")
        return CollectorStatus(
            tenant_id=tenant_id,
            is_wanted=is_ours and switch.is_on,
            is_running=is_running,
            switched_at=switch.at,
            switched_by=switch.by,
            pulse=pulse,
            figures=figures,
            open_gaps=sum(gap.state in ("open", "lost") for gap in ledger.gaps),
            notes=tuple(notes),
        )

    async def figures(self, principal: Principal, tenant_id: str) -> Figures:
        """Return what came of all events so far."""
        return await self._read(principal, tenant_id, lambda tx: _figures(tx, tenant_id))

    async def ledger(self, principal: Principal, tenant_id: str) -> Ledger:
        """Return what is covered, and what is missing."""
        return await self._read(principal, tenant_id, lambda tx: _ledger(tx, tenant_id))

    async def dead_letters(
        self, principal: Principal, tenant_id: str, *, before: int, limit: int
    ) -> list[DeadFrame]:
        """Return frames that were no event, the latest first, of those with a lesser id."""
        return await self._read(
            principal, tenant_id, lambda tx: store.dead_letters_before(tx, tenant_id, before, limit)
        )

    async def trending(
        self, principal: Principal, tenant_id: str, *, limit: int
    ) -> list[TrendingUser]:
        """Return who has gained the most followers within 24 hours."""
        now_us = self._clock.now_us()
        return await self._read(
            principal,
            tenant_id,
            lambda tx: store.trending(tx, tenant_id, now_us=now_us, limit=limit),
        )

    async def growth(
        self, principal: Principal, tenant_id: str, *, limit: int
    ) -> list[GrowingUser]:
        """Return who grows the fastest, for how many followers they had."""
        now_us = self._clock.now_us()
        return await self._read(
            principal,
            tenant_id,
            lambda tx: store.growth(tx, tenant_id, now_us=now_us, limit=limit),
        )

    async def leaders(self, principal: Principal, tenant_id: str, *, limit: int) -> list[Leader]:
        """Return whose posts have got the most within 24 hours."""
        now_us = self._clock.now_us()
        return await self._read(
            principal,
            tenant_id,
            lambda tx: store.leaders(tx, tenant_id, now_us=now_us, limit=limit),
        )

    async def network(self, principal: Principal, tenant_id: str) -> Network:
        """Return what there is, and what posts of the last 24 hours are about."""
        now_us = self._clock.now_us()
        return await self._read(
            principal,
            tenant_id,
            lambda tx: store.network(
                tx,
                tenant_id,
                now_us=now_us,
                from_rkey=tid_of(now_us - _DAY_US),
                until_rkey=tid_of(now_us),
            ),
        )

    async def pulse(self) -> tuple[Pulse | None, bool]:
        """Return what whoever collects last said, and whether it is fresh; for health checks."""
        tenant_id = self._collecting_tenant
        pulses = await self._database.read(Tenant(tenant_id), store.pulses_of, tenant_id)
        pulse = pulses[0] if pulses else None
        return pulse, self._is_fresh(pulse)

    def _is_fresh(self, pulse: Pulse | None) -> bool:
        return pulse is not None and abs(self._clock.now_us() - pulse.at) < FRESH_US

    async def _read(
        self, principal: Principal, tenant_id: str, unit: Callable[[Transaction], T]
    ) -> T:
        principal.authorise(tenant_id, READ)
        return await self._database.read(Tenant(tenant_id), unit)


def _figures(tx: Transaction, tenant_id: str) -> Figures:
    return store.figures_of(tx, tenant_id)


def _ledger(tx: Transaction, tenant_id: str) -> Ledger:
    return summarise(store.covered_of(tx, tenant_id), store.gaps_of(tx, tenant_id))

"""Operators' hands on the circuit breakers: what one lays upon a breaker holds on every node."""

import hashlib
import math
from typing import Final
from weakref import WeakKeyDictionary

import msgspec

from tenantry.base import Clock, Principal
from tenantry.base.errors import TenantryError, Unprocessable
from tenantry.base.instant import format_instant
from tenantry.base.principal import ALL
from tenantry.db import DatabaseFigures, GuardedDatabase, System, Transaction
from tenantry.eventlog import (
    ANY,
    Appended,
    AppendRequest,
    EventLog,
    IdempotencyKey,
    KeyReused,
    StreamAppend,
)
from tenantry.operations import store
from tenantry.operations.model import (
    BREAKERS_PREFIX,
    OVERRIDES,
    BreakerOrder,
    BreakerOverride,
    BreakerStatus,
    OperatorActed,
)
from tenantry.operations.service.operations import READ
from tenantry.reliability import Breakers, CircuitBreaker

OPERATE: Final = "operations:operate"

_SYSTEM: Final = System("breaker overrides")
_MICROSECONDS: Final = 1_000_000


class _DoneBefore(Exception):
    """The same was ordered before, under the same idempotency key."""


class BreakerControl:
    """The breakers of this node, and the overrides that it shares with the others.

    An override reaches the database past its breakers, whatever they say. Every method raises
    `Denied` for who may not act on every tenant.
    """

    def __init__(
        self,
        *,
        breakers: Breakers,
        database: GuardedDatabase,
        log: EventLog,
        clock: Clock,
        idempotency_hours: int = 24,
    ) -> None:
        self._breakers = breakers
        self._database = database
        self._log = log
        self._clock = clock
        self._idempotency_us = idempotency_hours * 3600 * _MICROSECONDS
        # By the breaker itself: one that is made anew under an old name has nothing laid upon it.
        self._applied: WeakKeyDictionary[CircuitBreaker, BreakerOverride] = WeakKeyDictionary()
        self._order_count = 0

    def list(self, principal: Principal) -> list[BreakerStatus]:
        """Return every breaker of this node, by name."""
        principal.authorise(ALL, READ)
        return [self._status(breaker) for breaker in self._breakers]

    def database_figures(self, principal: Principal) -> DatabaseFigures:
        """Say what this node has asked of the database, and how that went."""
        principal.authorise(ALL, READ)
        return self._database.figures()

    async def order(
        self, principal: Principal, order: BreakerOrder, *, idempotency_key: str | None = None
    ) -> BreakerStatus:
        """Store what is ordered, for every node, then do it on this one.

        Raises `NotFound` for a breaker that there is none of, `Unprocessable` for a key that
        belongs to another order, and `Unavailable` where it cannot be stored: nothing is done then.
        """
        principal.authorise(ALL, OPERATE)
        breaker = self._breakers.get(order.breaker)

        override = self._override(principal, order)
        request = self._request(principal, order, override, idempotency_key)
        try:
            await self._database.driver.write(_SYSTEM, _keep, override, request, self._log)
        except _DoneBefore:
            return self._status(breaker)

        self._log.appended()
        self._order_count += 1
        self._apply(breaker, override)
        return self._status(breaker)

    async def follow(self) -> None:
        """Do on this node what was ordered on any; raises `Unavailable` without the database."""
        order_count = self._order_count
        overrides = await self._database.driver.read(_SYSTEM, store.read_overrides)
        if self._order_count != order_count:
            # What was ordered here meanwhile is newer than what was read.
            return
        for override in overrides:
            breaker = self._breaker_of(override)
            if breaker is not None and override != self._applied.get(breaker):
                self._apply(breaker, override)

    def _breaker_of(self, override: BreakerOverride) -> CircuitBreaker | None:
        """Return what an override is laid upon, None where that is not here.

        One of a family is made for an override that holds: or its first call would go past it.
        """
        breaker = self._breakers.find(override.breaker)
        if breaker is not None or override.override is None:
            return breaker
        seconds = override.seconds_left(self._clock.now_us())
        if seconds is not None and seconds <= 0:
            return None
        try:
            return self._breakers.get(override.breaker)
        except TenantryError:
            # Of another version, or of a member that this node does not know yet.
            return None

    def _apply(self, breaker: CircuitBreaker, override: BreakerOverride) -> None:
        self._applied[breaker] = override
        seconds = override.seconds_left(self._clock.now_us())
        if seconds is not None and seconds <= 0:
            # It was over before it came here, but what lay there before it has ended with it.
            if breaker.override is not None:
                breaker.reset()
            return

        lasting = math.inf if seconds is None else seconds
        match override.override:
            case "open":
                breaker.force_open(seconds=lasting)
            case "closed":
                breaker.force_closed(seconds=lasting)
            case "disabled":
                breaker.disable(seconds=lasting)
            case None:
                breaker.reset()

    def _override(self, principal: Principal, order: BreakerOrder) -> BreakerOverride:
        now = self._clock.now_us()
        lasts = None if order.seconds is None else round(order.seconds * _MICROSECONDS)
        return BreakerOverride(
            breaker=order.breaker,
            override=OVERRIDES[order.action],
            expires_at=None if lasts is None else now + lasts,
            reason=order.reason,
            set_by=principal.id,
            set_at=now,
        )

    def _request(
        self,
        principal: Principal,
        order: BreakerOrder,
        override: BreakerOverride,
        idempotency_key: str | None,
    ) -> AppendRequest:
        until = override.expires_at
        acted = OperatorActed(
            action=f"breaker.{order.action}",
            subject=order.breaker,
            reason=order.reason,
            until=None if until is None else format_instant(until),
        )
        event = store.encode_acted(acted, principal)
        return AppendRequest(
            tenant_id=ALL,
            streams=(StreamAppend(BREAKERS_PREFIX + order.breaker, ANY, (event,)),),
            idempotency_key=self._key(idempotency_key, order) if idempotency_key else None,
        )

    def _key(self, key: str, order: BreakerOrder) -> IdempotencyKey:
        digest = hashlib.sha256(msgspec.msgpack.encode(order)).digest()
        return IdempotencyKey(key, digest, self._clock.now_us() + self._idempotency_us)

    def _status(self, breaker: CircuitBreaker) -> BreakerStatus:
        laid = None if breaker.override is None else self._applied.get(breaker)
        until = None if laid is None else laid.expires_at
        return BreakerStatus(
            name=breaker.name,
            **msgspec.structs.asdict(breaker.stats()),
            override=breaker.override,
            override_expires_at=None if until is None else format_instant(until),
            reason=laid.reason if laid else None,
            set_by=laid.set_by if laid else None,
        )


def _keep(
    tx: Transaction, override: BreakerOverride, request: AppendRequest, log: EventLog
) -> None:
    """Store the override, and what was done as an event; neither where it was done before."""
    store.keep_override(tx, override)
    outcome = log.append_in(tx, request)
    if isinstance(outcome, KeyReused):
        raise Unprocessable(
            f"Idempotency-Key: {outcome.key!r} belongs to another request",
            code="idempotency_key_reused",
        )
    if isinstance(outcome, Appended) and outcome.is_replay:
        raise _DoneBefore

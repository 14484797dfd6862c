"""Access by itself: its use cases on a database and a log, without settings, HTTP or workers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from tenantry.base import Clock, SystemClock
from tenantry.db import Database, migrate, open_database
from tenantry.eventlog import EventLog, ProjectionRunner
from tenantry.reliability import RateLimiter
from tenantry.tenants import (
    EVENT_TYPES,
    Access,
    AccessLedger,
    AccessProjection,
    ApiKeys,
    LoginFailures,
    Logins,
    Passwords,
    Tenants,
    Users,
)
from tenantry.vault import Vault

_SNAPSHOT_EVERY = 30


class OpenAccess(msgspec.Struct, frozen=True):
    """Access that has caught up, and what is below it."""

    database: Database
    log: EventLog
    runner: ProjectionRunner
    ledger: AccessLedger
    passwords: Passwords
    access: Access
    tenants: Tenants
    users: Users
    keys: ApiKeys
    logins: Logins


@asynccontextmanager
async def opened_access(url: str, *, clock: Clock | None = None) -> AsyncIterator[OpenAccess]:
    """Open access on the database of `url`; its hashes are cheap, and failures hardly counted."""
    clock = clock or SystemClock()
    database = open_database(url, pool_max=4)
    await database.start()
    try:
        await migrate(database, clock=clock)
        async with _opened_on(database, clock) as opened:
            yield opened
    finally:
        await database.stop()


@asynccontextmanager
async def _opened_on(database: Database, clock: Clock) -> AsyncIterator[OpenAccess]:
    log = EventLog(database=database, clock=clock, types=EVENT_TYPES)
    runner = ProjectionRunner(
        log=log, projection=AccessProjection(), clock=clock, snapshot_every=_SNAPSHOT_EVERY
    )
    passwords = Passwords(memory_kib=64)
    await log.start()
    await runner.start()
    try:
        await runner.ready()
        ledger = AccessLedger(database=database, log=log, runner=runner)
        limiters = [RateLimiter(name, limit=1_000) for name in ("accounts", "addresses")]
        yield OpenAccess(
            database=database,
            log=log,
            runner=runner,
            ledger=ledger,
            passwords=passwords,
            access=Access(ledger=ledger, clock=clock),
            tenants=Tenants(
                ledger=ledger, vault=Vault(database=database, clock=clock, master=None)
            ),
            users=Users(ledger=ledger, passwords=passwords, clock=clock),
            keys=ApiKeys(ledger=ledger, clock=clock),
            logins=Logins(
                ledger=ledger,
                passwords=passwords,
                failures=LoginFailures(accounts=limiters[0], addresses=limiters[1], clock=clock),
                clock=clock,
                session_hours=1,
            ),
        )
    finally:
        await passwords.stop()
        await runner.stop()
        await log.stop()

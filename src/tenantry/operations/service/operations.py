"""`Operations`: what an operator asks of a running server."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator

from tenantry.base import Clock, Principal
from tenantry.base.errors import Invalid
from tenantry.base.principal import ALL
from tenantry.db import Database
from tenantry.eventlog import VerifyReport, verify
from tenantry.operations.model import DatabaseStatus, LogHead, VerifyProgress
from tenantry.operations.service.backup import Backup, begin_backup
from tenantry.operations.service.database import database_status, described, read_head
from tenantry.telemetry import span

READ = "operations:read"
VERIFY = "operations:verify"
BACKUP = "operations:backup"

_EXPECT = re.compile(r"([0-9]{1,18}):([0-9a-fA-F]{64})")


class Operations:
    """The database, the log and their backup, for who may act on every tenant.

    Every method raises `Denied` for anybody else, and `Unavailable` where the database is away.
    """

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def database_status(self, principal: Principal) -> DatabaseStatus:
        """Say which migrations are applied and pending and where the log ends."""
        principal.authorise(ALL, READ)
        return await database_status(self._database)

    async def head(self, principal: Principal) -> LogHead:
        """Return the end of the log, as something to write down elsewhere."""
        principal.authorise(ALL, READ)
        return described(await read_head(self._database))

    async def verify(
        self, principal: Principal, *, expect: str | None = None
    ) -> AsyncIterator[VerifyProgress | VerifyReport]:
        """Yield how far the verification of the whole log is, and last its report.

        `expect` is `POSITION:HASH`, as `head` returned it once; raises `Invalid` for anything else.
        """
        principal.authorise(ALL, VERIFY)
        expected = parse_expect(expect) if expect else None
        progress: asyncio.Queue[VerifyProgress] = asyncio.Queue(maxsize=1)

        def tell(done: int, total: int) -> None:
            # Whoever reads slowly is told of the latest page, not of each.
            with contextlib.suppress(asyncio.QueueFull):
                progress.put_nowait(VerifyProgress(done, total))

        with span("tenantry.operations.verify"):
            running = asyncio.create_task(
                verify(self._database, expect=expected, progress=tell), name="log verify"
            )
            try:
                while not running.done():
                    if (step := await _next_step(progress, running)) is not None:
                        yield step
                yield running.result()
            finally:
                running.cancel()

    async def backup(self, principal: Principal) -> Backup:
        """Begin a backup of everything."""
        principal.authorise(ALL, BACKUP)
        return await begin_backup(self._database, clock=self._clock)


def parse_expect(text: str) -> tuple[int, bytes]:
    """Read `POSITION:HASH`; raises `Invalid`."""
    found = _EXPECT.fullmatch(text)
    if found is None:
        raise Invalid(
            field="expect", got=text[:100], wants="POSITION:HASH, as GET /api/log/head says it"
        )
    return int(found[1]), bytes.fromhex(found[2])


async def _next_step(
    progress: asyncio.Queue[VerifyProgress], running: asyncio.Task[VerifyReport]
) -> VerifyProgress | None:
    """Wait for the next progress, or None when the work is over first."""
    waiting = asyncio.create_task(progress.get())
    await asyncio.wait({waiting, running}, return_when=asyncio.FIRST_COMPLETED)
    if waiting.done():
        return waiting.result()
    waiting.cancel()
    return None

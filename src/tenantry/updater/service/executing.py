"""`Executing`: runs that somebody asks for, now or to look at."""

import asyncio
import base64
import binascii
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import blake2b
from typing import Any, Final

import msgspec

from tenantry.base import Clock, Principal
from tenantry.base.errors import Invalid, TenantryError
from tenantry.base.instant import format_instant
from tenantry.db import Transaction
from tenantry.scheduling import Turn
from tenantry.telemetry import span
from tenantry.updater.errors import StalePlan, TooManyExecutions, UpdaterFailed
from tenantry.updater.model import ExecutionView, Update
from tenantry.updater.rules import CORPUS_VERSION
from tenantry.updater.service.advancing import Advance, Advancing, Made, failure_of
from tenantry.updater.service.living import Living
from tenantry.updater.service.observing import Observing
from tenantry.updater.service.permissions import ROWS, RUN
from tenantry.updater.service.settings import Settled, UpdaterSettings
from tenantry.updater.service.updater import UpdaterRegistry
from tenantry.updater.service.worlds import Worlds, world_in
from tenantry.updater.service.writing import Writing

_SECOND_US: Final = 1_000_000
_MAX_TOKEN_CHARACTERS: Final = 1_000


class _Token(msgspec.Struct, frozen=True, array_like=True):
    """What a dry run was made of, and the digest of what it would write."""

    updater: str
    at: int
    revision: int
    corpus_version: str
    digest: str


class Executing:
    """Runs an updater once, apart from its schedule, between the runs that are due."""

    def __init__(
        self,
        *,
        worlds: Worlds,
        settings: UpdaterSettings,
        registry: UpdaterRegistry,
        living: Living,
        advancing: Advancing,
        writing: Writing,
        observing: Observing,
        clock: Clock,
    ) -> None:
        self._worlds = worlds
        self._observing = observing
        self._settings = settings
        self._registry = registry
        self._living = living
        self._advancing = advancing
        self._writing = writing
        self._clock = clock
        self._under_way = Counter[str]()

    async def execute(
        self, principal: Principal, tenant_id: str, name: str, *, token: str | None = None
    ) -> ExecutionView:
        """Run an updater now; with the `token` of a dry run exactly as it was shown, or not at all.

        Raises `NoSuchUpdater`, `NotASandbox`, `UpdaterFailed`, `BudgetSpent`, `TooManyExecutions`,
        and `StalePlan` where the world is not any more what the dry run saw.
        """
        principal.authorise(tenant_id, RUN)
        self._worlds.check_sandbox(tenant_id)
        found = self._registry.get(name)
        updater = found.name
        planned = None if token is None else _read_token(token, updater)
        settled = self._settings.find(tenant_id)
        async with self._admitted(tenant_id, settled), self._living.exclusive(tenant_id) as turn:
            with span("tenantry.updater.execute", tenant=tenant_id, updater=updater):
                limit = settled.timeout_of(found.schedule_key)
                try:
                    # What is computed is written, however long the database takes for that: a run
                    # is told as failed only where nothing of it can be there.
                    async with asyncio.timeout(limit):
                        made, advance = await self._compute(tenant_id, updater, planned, turn)
                    return await self._write(
                        principal, made, advance, turn, is_planned=planned is not None
                    )
                except UpdaterFailed as error:
                    await self._fail(principal, tenant_id, updater, error.code, error.message)
                    raise
                except TimeoutError as error:
                    failure = _too_slow(updater, limit)
                    await self._fail(principal, tenant_id, updater, failure.code, failure.message)
                    raise failure from error

    async def dry_run(self, principal: Principal, tenant_id: str, name: str) -> ExecutionView:
        """Return the rows that a run would write now, and the token to have exactly these.

        Nothing is written. Rows are shown to whoever may read rows.
        """
        principal.authorise(tenant_id, RUN)
        principal.authorise(tenant_id, ROWS)
        self._worlds.check_sandbox(tenant_id)
        found = self._registry.get(name)
        updater = found.name
        with span("tenantry.updater.dry_run", tenant=tenant_id, updater=updater):
            advance = await self._living.load(tenant_id)
            limit = advance.settled.timeout_of(found.schedule_key)
            try:
                async with asyncio.timeout(limit):
                    made = await self._made(advance, updater, self._moment(advance))
            except TimeoutError as error:
                raise _too_slow(updater, limit) from error
            token = _token_of(made, advance)
            return _view(made, advance, token=token, is_dry_run=True)

    async def _compute(
        self, tenant_id: str, updater: str, planned: _Token | None, turn: Turn
    ) -> tuple[Made, Advance]:
        if planned is None:
            await self._living.catch_up(tenant_id, turn)
        elif await self._living.is_due(tenant_id):
            raise StalePlan("something is due that comes before what was planned")
        advance = await self._living.load(tenant_id)
        at = self._moment(advance) if planned is None else planned.at
        if planned is not None:
            _check_fresh(planned, advance, self._clock.now_us())
        made = await self._made(advance, updater, at)
        if planned is not None and _digest(advance) != planned.digest:
            raise StalePlan("the rows would be others than those of the dry run; run it again")
        return made, advance

    async def _write(
        self,
        principal: Principal,
        made: Made,
        advance: Advance,
        turn: Turn,
        *,
        is_planned: bool,
    ) -> ExecutionView:
        updater = made.run.slot.updater

        def unit(tx: Transaction) -> tuple[None, dict[str, Any]]:
            turn.check_in(tx)
            self._worlds.check_sandbox(advance.tenant_id)
            self._writing.write_in(tx, encoded)
            return None, {
                "updater": updater,
                "runId": made.run.slot.run_id,
                "rows": len(made.batch.rows),
                "isPlanned": is_planned,
            }

        try:
            encoded = await self._writing.encode(
                advance, kind="token" if is_planned else "manual", by=principal.id
            )
            await self._worlds.act(principal, advance.tenant_id, "executed", unit)
        except TenantryError:
            raise
        except Exception as error:  # what a team's `insert_data` raises, which may be anything
            raise failure_of(updater, error) from error
        return _view(made, advance)

    async def _fail(
        self, principal: Principal, tenant_id: str, updater: str, reason: str, error: str
    ) -> None:
        """Record that a run was asked for, and has failed."""
        settled = self._settings.find(tenant_id)

        def unit(tx: Transaction) -> tuple[None, dict[str, Any]]:
            run_id = self._observing.fail_in(
                tx,
                world_in(tx, tenant_id, settled),
                updater,
                self._clock.now_us(),
                kind="manual",
                by=principal.id,
                reason=reason,
                error=error,
            )
            return None, {"updater": updater, "runId": run_id, "failed": reason}

        await self._worlds.act(principal, tenant_id, "executed", unit)

    async def _made(self, advance: Advance, updater: str, at: int) -> Made:
        key = f"{format_instant(at)}:{advance.revision}"

        def compute() -> Made:
            return self._advancing.run(advance, updater, at, key=key)

        return await self._advancing.beside(compute, [updater])

    def _moment(self, advance: Advance) -> int:
        """Return the slot of a run that is now: behind everything that has happened."""
        now = self._clock.now_us() // _SECOND_US * _SECOND_US
        return max([now, *advance.world.slots.values()])

    @asynccontextmanager
    async def _admitted(self, tenant_id: str, settled: Settled) -> AsyncIterator[None]:
        limit = settled.config.execution_config.max_concurrent_executions
        if self._under_way[tenant_id] >= limit:
            raise TooManyExecutions(
                f"executionConfig.maxConcurrentExecutions: {limit} executions of tenant "
                f"{tenant_id} are under way or wait for their turn",
                details={"limit": limit},
            )
        self._under_way[tenant_id] += 1
        try:
            yield
        finally:
            self._under_way[tenant_id] -= 1
            if not self._under_way[tenant_id]:
                del self._under_way[tenant_id]


def _too_slow(updater: str, limit: float) -> UpdaterFailed:
    return UpdaterFailed(f"{updater}: not done within {limit:g} s", code="timeout")


def _check_fresh(planned: _Token, advance: Advance, now: int) -> None:
    first, at = max([0, *advance.world.slots.values()]), planned.at
    if planned.corpus_version != CORPUS_VERSION:
        raise StalePlan(f"the dry run was made of corpus {planned.corpus_version[:32]}")
    if planned.revision != advance.revision or not first <= at <= now:
        raise StalePlan(
            f"the world is at revision {advance.revision}, and was at {planned.revision} when "
            "this was planned: something has run, was edited or was undone since",
            details={"revision": advance.revision, "planned": planned.revision},
        )


def _token_of(made: Made, advance: Advance) -> str:
    token = _Token(
        updater=made.run.slot.updater,
        at=made.run.slot.at,
        revision=advance.revision,
        corpus_version=CORPUS_VERSION,
        digest=_digest(advance),
    )
    return base64.urlsafe_b64encode(msgspec.json.encode(token)).decode().rstrip("=")


def _read_token(text: str, updater: str) -> _Token:
    wants = "the token of a dry run"
    if len(text) > _MAX_TOKEN_CHARACTERS:
        raise Invalid(field="token", got=f"{len(text)} characters", wants=wants)
    try:
        padded = text + "=" * (-len(text) % 4)
        token = msgspec.json.decode(base64.urlsafe_b64decode(padded.encode()), type=_Token)
    except (binascii.Error, msgspec.DecodeError, UnicodeError, ValueError) as error:
        raise Invalid(field="token", got=text[:32], wants=wants) from error
    if token.updater != updater:
        raise Invalid(field="token", got=f"one of {token.updater[:64]}", wants=f"one of {updater}")
    return token


def _digest(advance: Advance) -> str:
    """Return a digest of everything that a plan would write."""
    said = [
        (made.run.slot.updater, [_told(change) for change in made.batch.changes])
        for made in advance.made
    ]
    return blake2b(msgspec.json.encode(said, order="sorted"), digest_size=16).hexdigest()


def _told(change: Any) -> dict[str, Any]:
    if isinstance(change, Update):
        return {"table": change.table, "id": change.row_id, **change.values}
    return {"table": change.table, **msgspec.to_builtins(change)}


def _view(
    made: Made, advance: Advance, *, token: str | None = None, is_dry_run: bool = False
) -> ExecutionView:
    rows, updates = made.batch.rows, made.batch.updates
    shown: dict[str, list[dict[str, Any]]] | None = None
    changes: list[dict[str, Any]] | None = None
    if is_dry_run:
        shown = {}
        # A world that begins brings its people along.
        for each in advance.made:
            for row in each.batch.rows:
                shown.setdefault(row.table, []).append(msgspec.to_builtins(row))
        changes = [_told(update) for update in updates]
    return ExecutionView(
        run_id=made.run.slot.run_id,
        updater=made.run.slot.updater,
        success=True,
        records_updated=len(rows) + len(updates),
        rows_created=len(rows),
        rows_changed=len(updates),
        execution_time=round(made.duration_ms, 3),
        is_dry_run=is_dry_run,
        slot=format_instant(made.run.slot.at),
        attestation=msgspec.to_builtins(made.attestation),
        rows=shown,
        changes=changes,
        token=token,
    )

"""The record of runs: what begins, what becomes essential, what falls back, what ends."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias

import msgspec

from tenantry.base import Clock
from tenantry.db import Database, Tenant, Transaction
from tenantry.scheduling import Held, Lease, LeaseLost, Leases
from tenantry.sync import rules, store
from tenantry.sync.errors import ERRORS, SyncError
from tenantry.sync.model import (
    CollectionCounts,
    CollectionState,
    Decision,
    Run,
    RunKind,
    TenantState,
    TriggerSource,
)
from tenantry.sync.service.under import Under

Failure: TypeAlias = tuple[str, str]
"""The type of an error, and what it says."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A run that somebody wants."""

    tenant_id: str
    correlation_id: str
    source: str
    decision: Decision
    kind: RunKind = "full"
    trigger_source: TriggerSource
    triggered_by: str
    is_forced: bool = False
    # Whether to run although everything is fresh.
    is_due: bool = False
    max_age_us: int


class Standing(msgspec.Struct, frozen=True):
    """Where a tenant stands, with its last run and its collections."""

    state: TenantState | None
    run: Run | None
    collections: Sequence[CollectionState]


class Keeping:
    """Runs, each change of one in one transaction with what it rests on."""

    def __init__(self, *, database: Database, leases: Leases, clock: Clock) -> None:
        self._database = database
        self._leases = leases
        self._clock = clock

    async def begin(self, wanted: Wanted) -> Under | Held | Standing:
        """Begin a run, or say who has one under way, or that there is nothing to do.

        A forced run takes the lease from whoever has it, who cannot write any more from then on.
        """
        return await self._database.write(Tenant(wanted.tenant_id), self._begin, wanted)

    async def standing(self, tenant_id: str) -> Standing:
        """Return where a tenant stands."""
        return await self._database.read(Tenant(tenant_id), standing_in, tenant_id)

    async def find(self, tenant_id: str, correlation_id: str) -> Run | None:
        """Return a run."""
        return await self._database.read(
            Tenant(tenant_id), store.find_run, tenant_id, correlation_id
        )

    async def find_with_collections(
        self, tenant_id: str, correlation_id: str
    ) -> tuple[Run | None, Mapping[str, CollectionState]]:
        """Return a run, and how far each collection is."""

        def unit(tx: Transaction) -> tuple[Run | None, Mapping[str, CollectionState]]:
            run = store.find_run(tx, tenant_id, correlation_id)
            return run, {one.collection: one for one in store.collections_of(tx, tenant_id)}

        return await self._database.read(Tenant(tenant_id), unit)

    async def note_workflow(
        self, under: Under, *, workflow_id: str | None, workflow_run_id: str | None
    ) -> None:
        """Record which workflow carries a run out."""

        def unit(tx: Transaction) -> None:
            store.note_workflow(
                tx, under.run, workflow_id=workflow_id, workflow_run_id=workflow_run_id
            )
            store.tell(
                tx,
                under.run,
                "workflow_started",
                at=self._clock.now_us(),
                workflowId=workflow_id,
                runId=workflow_run_id,
            )

        await self._database.write(Tenant(under.tenant_id), unit)

    async def fall_back(self, under: Under, *, why: str) -> Under:
        """Take the lease from the workflow, and go on directly; raises `LeaseLost`."""

        def unit(tx: Transaction) -> Lease:
            lease = self._leases.take_over_in(tx, under.lease)
            store.note_fallback(tx, under.run, token=lease.token, temporal_error=why)
            store.tell(
                tx,
                under.run,
                "fallback",
                at=self._clock.now_us(),
                reason=why,
                token=lease.token,
            )
            return lease

        lease = await self._database.write(Tenant(under.tenant_id), unit)
        run = msgspec.structs.replace(under.run, token=lease.token, is_fallback=True)
        return Under(run, lease, under.source)

    async def note_fallback(self, under: Under, *, why: str) -> None:
        """Record that nothing was handed over, so that the run goes on directly as it is."""

        def unit(tx: Transaction) -> None:
            store.note_fallback(tx, under.run, token=under.lease.token, temporal_error=why)
            store.tell(tx, under.run, "fallback", at=self._clock.now_us(), reason=why)

        await self._database.write(Tenant(under.tenant_id), unit)

    async def essential(self, under: Under, counts: Mapping[str, CollectionCounts]) -> None:
        """Record that the essential collections are complete: logins may go on."""

        def unit(tx: Transaction) -> None:
            self._leases.check_in(tx, under.lease)
            now = self._clock.now_us()
            store.note_essential(tx, under.run, phase="background", counts=counts, at=now)
            store.keep_tenant(
                tx,
                TenantState(
                    tenant_id=under.tenant_id,
                    ready_at=now,
                    source=under.source,
                    correlation_id=under.run.correlation_id,
                ),
            )
            store.tell(tx, under.run, "essential_completed", at=now)

        await self._database.write(Tenant(under.tenant_id), unit)

    async def finish(
        self,
        under: Under,
        counts: Mapping[str, CollectionCounts],
        failures: Mapping[str, Failure],
        *,
        declared: Collection[str],
    ) -> None:
        """Record the end of a run, and give its lease back.

        What the source has once declared, and does no more, goes: nobody would keep it true.
        """

        def unit(tx: Transaction) -> None:
            self._leases.check_in(tx, under.lease)
            now = self._clock.now_us()
            for collection, failure in failures.items():
                self._fail_collection(tx, under, collection, failure, now=now)
            for state in store.collections_of(tx, under.tenant_id):
                if state.collection not in declared:
                    store.delete_collection(tx, under.tenant_id, state.collection)
            found = store.find_run(tx, under.tenant_id, under.run.correlation_id)
            merged = {**(found.counts if found else {}), **counts}
            first = next(iter(failures.values()), (None, None))
            store.end_run(
                tx,
                under.run,
                status="failed" if failures else "completed",
                phase="background" if failures else "completed",
                counts=merged,
                at=now,
                error_type=first[0],
                error=first[1],
            )
            store.tell(
                tx,
                under.run,
                "run_failed" if failures else "run_completed",
                at=now,
                failed=sorted(failures),
            )
            self._leases.end_in(tx, under.lease)

        await self._database.write(Tenant(under.tenant_id), unit)

    async def fail_collections(self, under: Under, failures: Mapping[str, Failure]) -> None:
        """Record collections that could not be read, while the run goes on."""

        def unit(tx: Transaction) -> None:
            self._leases.check_in(tx, under.lease)
            now = self._clock.now_us()
            for collection, failure in failures.items():
                self._fail_collection(tx, under, collection, failure, now=now)

        await self._database.write(Tenant(under.tenant_id), unit)

    async def fail(self, under: Under, error: SyncError) -> None:
        """Record that the essential part of a run has failed, and give its lease back."""

        def unit(tx: Transaction) -> None:
            self._leases.check_in(tx, under.lease)
            now = self._clock.now_us()
            state = store.find_tenant(tx, under.tenant_id)
            attempts = (state.attempts if state else 0) + 1
            store.keep_tenant(
                tx,
                TenantState(
                    tenant_id=under.tenant_id,
                    ready_at=state.ready_at if state else 0,
                    source=state.source if state else under.source,
                    correlation_id=under.run.correlation_id,
                    attempts=attempts,
                    retry_at=max(
                        rules.retry_at(attempts, now=now),
                        now + int(error.retry_after_seconds * 1_000_000),
                    ),
                ),
            )
            store.end_run(
                tx,
                under.run,
                status="failed",
                phase="essential",
                counts={},
                at=now,
                error_type=error.type,
                error=error.message,
            )
            store.tell(
                tx, under.run, "run_failed", at=now, errorType=error.type, error=error.message
            )
            self._leases.end_in(tx, under.lease)

        await self._database.write(Tenant(under.tenant_id), unit)

    async def give_up(self, tenant_id: str) -> None:
        """Have nobody go on with a tenant that has no source any more; its rows stay.

        With the next source its data are stale, and the next login has them fetched.
        """

        def unit(tx: Transaction) -> None:
            store.supersede_runs(
                tx,
                tenant_id,
                but="",
                error="the tenant has no source any more",
                at=self._clock.now_us(),
            )
            store.stop_retrying(tx, tenant_id)

        await self._database.write(Tenant(tenant_id), unit)

    async def give_back(self, under: Under) -> None:
        """Give the lease back of a run that has lost its place, in case it has not lost the lease.

        Nobody writes under it any more.
        """
        await self._leases.end(under.lease)

    async def let_go(self, under: Under) -> None:
        """Leave a run lying: whoever carries it on elsewhere may, and anybody else at once."""
        await self._leases.let_lapse(under.lease)

    def kept(self, under: Under) -> AbstractAsyncContextManager[None]:
        """Keep the lease of a run for a block."""
        return self._leases.kept(under.lease)

    def _begin(self, tx: Transaction, wanted: Wanted) -> Under | Held | Standing:
        now = self._clock.now_us()
        taken = self._leases.take_in(tx, rules.lease_name(wanted.tenant_id), wanted.tenant_id)
        # Only now: whoever had the lease a moment ago may have fetched what is wanted here.
        state = store.find_tenant(tx, wanted.tenant_id)
        standing = rules.standing_of(
            state, source=wanted.source, max_age_us=wanted.max_age_us, now=now
        )
        is_due = wanted.is_due or wanted.is_forced or wanted.kind == "repair"
        if standing == "fresh" and not is_due:
            if isinstance(taken, Lease):
                self._leases.end_in(tx, taken)
            return standing_in(tx, wanted.tenant_id)

        if isinstance(taken, Held):
            if not wanted.is_forced:
                return taken
            held, holder = taken, Lease(taken.name, taken.holder, taken.token, wanted.tenant_id)
            try:
                taken = self._leases.take_over_in(tx, holder)
            except LeaseLost:
                # Somebody else has forced a run of theirs a moment before.
                return held
        return Under(self._insert(tx, wanted, state, taken, now), taken, wanted.source)

    def _insert(
        self, tx: Transaction, wanted: Wanted, state: TenantState | None, lease: Lease, now: int
    ) -> Run:
        run = Run(
            tenant_id=wanted.tenant_id,
            correlation_id=wanted.correlation_id,
            phase="essential" if wanted.kind == "full" else "background",
            method=wanted.decision.method,
            reason=wanted.decision.reason,
            kind=wanted.kind,
            trigger_source=wanted.trigger_source,
            triggered_by=wanted.triggered_by,
            token=lease.token,
            started_at=now,
        )
        ended = store.supersede_runs(
            tx,
            wanted.tenant_id,
            but=wanted.correlation_id,
            error="another run has taken its place: it was forced, or this one was left lying",
            at=now,
        )
        store.insert_run(tx, run)
        known = state or TenantState(
            tenant_id=wanted.tenant_id, ready_at=0, source="", correlation_id=""
        )
        store.keep_tenant(tx, msgspec.structs.replace(known, correlation_id=wanted.correlation_id))
        store.tell(
            tx,
            run,
            "started",
            at=now,
            repairs=run.kind == "repair",
            trigger=run.trigger_source,
            decision=msgspec.to_builtins(wanted.decision),
        )
        store.tell(
            tx, run, "lease_taken", at=now, holder=lease.holder, token=lease.token, after=ended
        )
        return run

    def _fail_collection(
        self, tx: Transaction, under: Under, collection: str, failure: Failure, *, now: int
    ) -> None:
        kind, message = failure
        known = store.find_collection(tx, under.tenant_id, collection)
        attempts = (known.attempts if known else 0) + 1
        store.fail_collection(
            tx,
            under.tenant_id,
            collection,
            correlation_id=under.run.correlation_id,
            # What a page says is read again from the beginning, a lost connection is not.
            is_resumable=ERRORS[kind].is_retryable if kind in ERRORS else False,
            attempts=attempts,
            retry_at=rules.retry_at(attempts, now=now),
            error_type=kind,
            error=message,
        )
        store.tell(
            tx,
            under.run,
            "collection_failed",
            at=now,
            collection=collection,
            errorType=kind,
            error=message,
        )


def standing_in(tx: Transaction, tenant_id: str) -> Standing:
    """Return where a tenant stands, inside another's unit."""
    state = store.find_tenant(tx, tenant_id)
    if state is None:
        return Standing(None, None, ())
    run = store.find_run(tx, tenant_id, state.correlation_id)
    return Standing(state, run, store.collections_of(tx, tenant_id))

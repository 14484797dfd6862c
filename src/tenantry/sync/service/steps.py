"""The steps of a run, the same whoever carries them out: essential, one collection, finish."""

import asyncio
import contextlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from tenantry.execution import Outcome, Payload, Step, StepContext, Steps, Work
from tenantry.scheduling import Lease, LeaseLost, Leases
from tenantry.sync import rules
from tenantry.sync.errors import UnknownError
from tenantry.sync.model import Collection, CollectionCounts, CollectionState
from tenantry.sync.remote import OpenSource
from tenantry.sync.service.engine import Engine
from tenantry.sync.service.failures import (
    BACKGROUND_PATIENCE_SECONDS,
    LOGIN_PATIENCE_SECONDS,
    error_of,
    step_failure,
    type_of,
)
from tenantry.sync.service.keeping import Keeping
from tenantry.sync.service.reading import Ahead, ReadAhead
from tenantry.sync.service.sources import ConfiguredSource, SyncSources
from tenantry.sync.service.under import Under

ESSENTIAL: Final = "sync.essential"
COLLECTION: Final = "sync.collection"
FINISH: Final = "sync.finish"

LONG_ROWS: Final = 20_000
"""A tenant with more essential rows than that is not read within one task of a workflow."""

_ESSENTIAL_ATTEMPTS: Final = 2
_BACKGROUND_ATTEMPTS: Final = 3
_COUNTS: Final = dict[str, CollectionCounts]


class SyncSteps:
    """What an executor calls; each step may be called again, and goes on where it had to stop."""

    def __init__(
        self, *, sources: SyncSources, engine: Engine, keeping: Keeping, leases: Leases
    ) -> None:
        self._sources = sources
        self._engine = engine
        self._keeping = keeping
        self._leases = leases

    def functions(self) -> Steps:
        """Return the steps by the names that work calls them by."""
        return {
            ESSENTIAL: self.essential,
            COLLECTION: self.collection,
            FINISH: self.finish,
        }

    async def essential(self, context: StepContext, payload: Payload) -> Payload:
        """Bring the essential collections up to date, those first on which others depend."""
        with _told_by_type(patience_seconds=LOGIN_PATIENCE_SECONDS):
            under, configured, known = await self._resume(payload)
            async with self._leases.kept(under.lease):
                counts = await self._levels(context, under, configured, known)
                await self._keeping.essential(under, counts)
        return {"counts": msgspec.to_builtins(counts)}

    async def collection(self, context: StepContext, payload: Payload) -> Payload:
        """Bring one collection up to date."""
        with _told_by_type(patience_seconds=BACKGROUND_PATIENCE_SECONDS):
            under, configured, known = await self._resume(payload)
            (collection,) = [
                each
                for each in configured.declared.collections
                if each.name == payload["collection"]
            ]
            source = await self._sources.open(
                under.tenant_id, configured, correlation_id=under.run.correlation_id
            )
            try:
                async with self._leases.kept(under.lease):
                    counts = await self._one(context, under, source, collection, known)
            finally:
                await source.close()
        return {"counts": msgspec.to_builtins({collection.name: counts})}

    async def finish(self, context: StepContext, payload: Payload) -> Payload:  # noqa: ARG002 - a step's form
        """Record how the run has ended."""
        with _told_by_type(patience_seconds=BACKGROUND_PATIENCE_SECONDS):
            under, configured, _ = await self._resume(payload)
            outcomes = msgspec.convert(payload["outcomes"], tuple[Outcome, ...])
            counts: dict[str, CollectionCounts] = {}
            failures: dict[str, tuple[str, str]] = {}
            for outcome in outcomes:
                if outcome.error_type is not None:
                    failures[outcome.label] = (type_of(outcome.error_type), outcome.message)
                elif outcome.result is not None:
                    counts |= msgspec.convert(outcome.result["counts"], _COUNTS)
            await self._keeping.finish(
                under,
                counts,
                failures,
                declared={each.name for each in configured.declared.collections},
            )
        return {"failed": sorted(failures)}

    async def _resume(
        self, payload: Payload
    ) -> tuple[Under, ConfiguredSource, Mapping[str, CollectionState]]:
        """Find the run that a step belongs to, what it reads from, and how far that is."""
        tenant_id, correlation_id = payload["tenant"], payload["correlation_id"]
        run, known = await self._keeping.find_with_collections(tenant_id, correlation_id)
        if run is None or run.token != payload["token"]:
            raise LeaseLost(f"{correlation_id} goes on under another token, or not at all")
        configured = self._sources.find(tenant_id)
        if configured is None or configured.digest != payload["source"]:
            # It was changed, or this node has not heard yet of what another has begun with.
            raise UnknownError("sync:source is another one here than where the run began")
        lease = Lease(rules.lease_name(tenant_id), "", run.token, tenant_id)
        return Under(run, lease, configured.digest), configured, known

    async def _levels(
        self,
        context: StepContext,
        under: Under,
        configured: ConfiguredSource,
        known: Mapping[str, CollectionState],
    ) -> dict[str, CollectionCounts]:
        source = await self._sources.open(
            under.tenant_id, configured, correlation_id=under.run.correlation_id
        )

        def begin(collection: Collection) -> Ahead | None:
            return self._engine.begin_ahead(
                under, source, collection, known=known.get(collection.name)
            )

        counts: dict[str, CollectionCounts] = {}
        levels = rules.levels(essential_of(configured.declared.collections))
        try:
            async with contextlib.aclosing(ReadAhead(begin)) as ahead:
                for level, following in itertools.zip_longest(levels, levels[1:], fillvalue=()):
                    counts |= await self._level(
                        context, under, source, level, known=known, ahead=ahead, following=following
                    )
        finally:
            await source.close()
        return counts

    async def _level(
        self,
        context: StepContext,
        under: Under,
        source: OpenSource,
        level: Sequence[Collection],
        *,
        known: Mapping[str, CollectionState],
        ahead: ReadAhead,
        following: Sequence[Collection],
    ) -> dict[str, CollectionCounts]:
        """Read collections side by side; all are given their time before the first error is told.

        What one of them has read by then is read, and the next attempt need not read it again.
        """
        reading = asyncio.gather(
            *(
                self._one(
                    context, under, source, collection, known, ahead=ahead.take(collection.name)
                )
                for collection in level
            ),
            return_exceptions=True,
        )
        ahead.begin(following)
        ended = await reading
        counts: dict[str, CollectionCounts] = {}
        failures: dict[str, tuple[str, str]] = {}
        first: BaseException | None = None
        for collection, outcome in zip(level, ended, strict=True):
            if isinstance(outcome, CollectionCounts):
                counts[collection.name] = outcome
                continue
            if isinstance(outcome, LeaseLost | asyncio.CancelledError):
                raise outcome
            first = first or outcome
            error = error_of(outcome)
            failures[collection.name] = (error.type, error.message)
        if first is not None:
            await self._keeping.fail_collections(under, failures)
            raise first
        return counts

    async def _one(
        self,
        context: StepContext,
        under: Under,
        source: OpenSource,
        collection: Collection,
        known: Mapping[str, CollectionState],
        *,
        ahead: Ahead | None = None,
    ) -> CollectionCounts:
        def heartbeat(name: str, rows: int) -> None:
            context.heartbeat({"collection": name, "rows": rows})

        return await self._engine.bring_up_to_date(
            under, source, collection, heartbeat, known=known.get(collection.name), ahead=ahead
        )


@contextlib.contextmanager
def _told_by_type(*, patience_seconds: float) -> Iterator[None]:
    """Raise whatever ends a step as whoever carries it out wants to have it."""
    try:
        yield
    except Exception as error:  # a step's outermost guard: whatever it was is told by its type
        raise step_failure(error, patience_seconds=patience_seconds) from error


def work_of(
    under: Under,
    collections: Sequence[Collection],
    *,
    workflow_id: str,
    only: Sequence[str] | None,
    known_rows: Mapping[str, int],
) -> Work:
    """Return the work of a run; with `only`, these background collections and nothing else."""
    payload: dict[str, Any] = {
        "tenant": under.tenant_id,
        "correlation_id": under.run.correlation_id,
        "token": under.lease.token,
        "source": under.source,
    }
    essential = essential_of(collections)
    rows = sum(known_rows.get(each.name, 0) for each in essential)
    return Work(
        id=workflow_id,
        correlation_id=under.run.correlation_id,
        tenant_id=under.tenant_id,
        essential=()
        if only is not None
        else (
            Step(
                name=ESSENTIAL,
                payload=payload,
                label="essential",
                attempts=_ESSENTIAL_ATTEMPTS,
                is_long=rows > LONG_ROWS,
            ),
        ),
        background=tuple(
            Step(
                name=COLLECTION,
                payload={**payload, "collection": each.name},
                label=each.name,
                attempts=_BACKGROUND_ATTEMPTS,
                is_long=True,
            )
            for each in collections
            if (each.name in only if only is not None else each.phase == "background")
        ),
        closing=Step(name=FINISH, payload=payload, label="finish"),
    )


def essential_of(collections: Sequence[Collection]) -> list[Collection]:
    """Return those that a login waits for."""
    return [each for each in collections if each.phase == "essential"]

"""Every request there is about syncs: the one core of both kinds of client."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

import msgspec

from tenantry.sdk.access.request import Page, Requests, id_segment, member_listing, reading
from tenantry.sdk.reply import Reply, data_of, decode, error_of
from tenantry.sdk.request import Request
from tenantry.sdk.sync.figures import SyncHealth, SyncMethodStats, SyncMetrics, SyncStatistics
from tenantry.sdk.sync.model import (
    SyncCheck,
    SyncCollection,
    SyncDecision,
    SyncProgress,
    SyncResult,
    SyncRow,
    SyncRun,
    SyncStatus,
    SyncTimeline,
    SyncUnlocked,
)

T = TypeVar("T")

_SYNC: Final = "/api/sync"
# A direct run may take a minute, behind one of Temporal that was given up after as long.
_THINKING_SECONDS: Final = 150.0
_NOTHING_DONE: Final = frozenset({503})
_UNHEALTHY: Final = 503


class _Collections(msgspec.Struct):
    collections: tuple[SyncCollection, ...]


class _Checks(msgspec.Struct):
    checks: tuple[SyncCheck, ...]


class _Cleanup(msgspec.Struct, rename="camel"):
    taken_up: tuple[str, ...]


class _Answered(msgspec.Struct):
    data: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class SyncRequests(Requests):
    """What can be asked about syncs.

    `tenant` is the one that is meant, where it is neither the client's nor the token's own. The
    figures and lists that take none are of the client's tenant: for root without one, of all.
    """

    def trigger(self, *, tenant: str | None = None) -> Request[SyncResult]:
        """Sync a tenant where that is due, and return when its essential data are there.

        A run that is under way is waited for, so that this may be repeated; a `SyncFailed` is not.
        """
        return self._running("trigger", tenant, is_repeatable=True)

    def force(self, *, tenant: str | None = None) -> Request[SyncResult]:
        """Sync a tenant now, in the place of a run that is under way; it is sent once."""
        return self._running("force", tenant, is_repeatable=False)

    def status(self, *, tenant: str | None = None) -> Request[SyncStatus]:
        """Return how a tenant's sync stands."""
        return reading(self._path(tenant, "status"), SyncStatus)

    def progress(self, *, tenant: str | None = None) -> Request[SyncProgress]:
        """Return how far a tenant's sync is, collection by collection."""
        return reading(self._path(tenant, "progress"), SyncProgress)

    def method(self, *, tenant: str | None = None) -> Request[SyncDecision]:
        """Return which method a sync would take now, and why."""
        return reading(self._path(tenant, "method"), SyncDecision)

    def collections(self, *, tenant: str | None = None) -> Request[tuple[SyncCollection, ...]]:
        """Return how the collections of a tenant's source stand."""
        request = reading(self._path(tenant, "collections"), _Collections)
        return _read_by(request, lambda reply: data_of(reply, _Collections).collections)

    def rows(self, collection: str, *, tenant: str | None = None) -> Request[Page[SyncRow]]:
        """Yield the rows of a collection by key, following the pages.

        Those that the source has no more are among them.
        """
        path = self._path(tenant, "collections", id_segment("collection", collection))
        return member_listing(path, "rows", SyncRow)

    def check(self, *, tenant: str | None = None) -> Request[tuple[SyncCheck, ...]]:
        """Ask a tenant's source for a first page of each collection, and return what came."""
        return Request(
            method="POST",
            target=self._path(tenant, "check"),
            wait_seconds=_THINKING_SECONDS,
            read=lambda reply: data_of(reply, _Checks).checks,
        )

    def unlock(self, *, tenant: str | None = None) -> Request[SyncUnlocked]:
        """Take a tenant's lease from the run that has it, which writes nothing more; sent once."""
        return Request(
            method="DELETE",
            target=self._path(tenant, "lock"),
            is_repeatable=False,
            repeats_after=_NOTHING_DONE,
            read=lambda reply: data_of(reply, SyncUnlocked),
        )

    def runs(self) -> Request[Page[SyncRun]]:
        """Yield runs, newest first, following the pages."""
        return member_listing(f"{_SYNC}/runs", "runs", SyncRun)

    def timeline(self, correlation_id: str) -> Request[SyncTimeline]:
        """Return a run, and everything that happened in it."""
        return reading(f"{_SYNC}/runs/{id_segment('correlation_id', correlation_id)}", SyncTimeline)

    def all(self, *, status: str | None = None) -> Request[Page[SyncStatus]]:
        """Yield how the syncs of tenants stand, following the pages."""
        return member_listing(f"{_SYNC}/all", "tenants", SyncStatus, status=status)

    def metrics(self) -> Request[SyncMetrics]:
        """Return what the runs of the last day say, with percentiles."""
        return reading(f"{_SYNC}/metrics", SyncMetrics)

    def health(self) -> Request[SyncHealth]:
        """Return whether syncs go well; that they do not is an answer too, and no error."""
        request = reading(f"{_SYNC}/health", SyncHealth)
        accepts = frozenset({_UNHEALTHY})
        return msgspec.structs.replace(request, accepts=accepts, read=_read_health)

    def method_stats(self) -> Request[SyncMethodStats]:
        """Return how the methods have done in the last day."""
        return reading(f"{_SYNC}/method-stats", SyncMethodStats)

    def statistics(self) -> Request[SyncStatistics]:
        """Return how many tenants stand how."""
        return reading(f"{_SYNC}/statistics", SyncStatistics)

    def cleanup(self) -> Request[tuple[str, ...]]:
        """Have deserted runs of all tenants go on, and return the tenants; for root alone."""
        return Request(
            method="POST",
            target=f"{_SYNC}/cleanup",
            wait_seconds=_THINKING_SECONDS,
            read=lambda reply: data_of(reply, _Cleanup).taken_up,
        )

    def _path(self, tenant: str | None, *rest: str) -> str:
        named = id_segment("tenant", self._acting.tenant_of(tenant))
        return "/".join([_SYNC, "tenants", named, *rest])

    def _running(
        self, name: str, tenant: str | None, *, is_repeatable: bool
    ) -> Request[SyncResult]:
        return Request(
            method="POST",
            target=self._path(tenant, name),
            is_repeatable=is_repeatable,
            repeats_after=_NOTHING_DONE,
            wait_seconds=_THINKING_SECONDS,
            read=lambda reply: data_of(reply, SyncResult),
        )


def _read_by(request: Request[Any], read: Callable[[Reply], T]) -> Request[T]:
    return msgspec.structs.replace(request, read=read)


def _read_health(reply: Reply) -> SyncHealth:
    if reply.status == _UNHEALTHY and decode(reply.body, _Answered).data is msgspec.UNSET:
        # It is the server that cannot answer.
        raise error_of(reply)
    return data_of(reply, SyncHealth)

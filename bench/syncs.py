"""Our application as a login uses it: tenants synced by each method, fresh ones, and many at once.

Each function is run in a process of its own, against an empty database.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import msgspec
import uvloop

from bench.loads import WARM_UP, Loaded
from bench.start_upstream import PAGE_ROWS
from tenantry.app import Application, build_application
from tenantry.base import root_principal
from tenantry.settings import load_settings
from tenantry.sync import SyncResult
from tenantry.telemetry import configure_logging
from tenantry.tenants import NewTenant

BREAKER: Final = "temporal"
DIRECTLY: Final = "directly"
DURABLY: Final = "durably"
"""Two tenants of the same rows; Temporal has the second, where there is one."""

_ROOT: Final = root_principal(source="bench")
_PAUSE_SECONDS: Final = 0.01
_SIDE_BY_SIDE: Final = 16
_SWITCH_SECONDS: Final = 0.0005
# Nothing grows old while it is measured.
_MAX_AGE_SECONDS: Final = 86_400


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """The database, a folder for what else there is, the upstream, and perhaps Temporal."""

    url: str
    folder: str
    base_url: str
    temporal: str | None = None


class Direct(msgspec.Struct, frozen=True, kw_only=True):
    """What direct syncs and logins took, ms each."""

    first: list[float]
    again: list[float]
    fresh: list[float]
    last_of_burst: float
    runs_of_burst: int


class Pairs(msgspec.Struct, frozen=True, kw_only=True):
    """What syncs of the same rows took by each method, ms each."""

    direct: list[float]
    temporal: list[float]


class Fallbacks(msgspec.Struct, frozen=True, kw_only=True):
    """What syncs of the same rows took, ms each: asked for directly, and fallen back to it."""

    direct: list[float]
    down: list[float]
    open: list[float]


def direct(where: Where, tenants: Sequence[str], burst: str, rounds: int, logins: int) -> Direct:
    """Sync `tenants` and the first of them again; log in often, then to `burst` at once."""
    return uvloop.run(_direct(where, tenants, burst, rounds, logins))


def loaded(where: Where, tenant: str) -> Loaded:
    """Sync a tenant, and once more, after another one to warm up."""
    return uvloop.run(_loaded(where, tenant))


def rate(where: Where, tenants: Sequence[str], method: str) -> float:
    """Return how many syncs of `tenants` are done each second, background and all."""
    return uvloop.run(_rate(where, tenants, method))


def pairs(where: Where, rounds: int) -> Pairs:
    """Sync two tenants of the same rows in turn, one by each method."""
    return uvloop.run(_pairs(where, rounds))


def fallbacks(where: Where, rounds: int) -> Fallbacks:
    """Sync tenants of the same rows in turn while Temporal is not there."""
    return uvloop.run(_fallbacks(where, rounds))


async def _direct(
    where: Where, tenants: Sequence[str], burst: str, rounds: int, logins: int
) -> Direct:
    async with _application(where) as app:
        for tenant in (*tenants, burst):
            await _add(app, where, tenant)
        first = [await _timed(app, tenant) for tenant in tenants]
        again = [await _timed(app, tenants[0], is_forced=True) for _ in range(rounds)]

        fresh = []
        for _ in range(logins):
            started_at = time.perf_counter()
            await _log_in(app, tenants[0])
            fresh.append((time.perf_counter() - started_at) * 1_000)

        started_at = time.perf_counter()
        results = await asyncio.gather(*(_log_in(app, burst) for _ in range(logins)))
        last = (time.perf_counter() - started_at) * 1_000
        assert all(result.success for result in results)
        runs = (await app.sync_parts.views.runs(_ROOT, burst)).runs
    return Direct(
        first=first, again=again, fresh=fresh, last_of_burst=last, runs_of_burst=len(runs)
    )


async def _loaded(where: Where, tenant: str) -> Loaded:
    async with _application(where) as app:
        for name in (WARM_UP, tenant):
            await _add(app, where, name)
        await _timed(app, WARM_UP)
        first = await _timed(app, tenant)
        again = await _timed(app, tenant, is_forced=True)
    return Loaded(first=first / 1_000, again=again / 1_000)


async def _rate(where: Where, tenants: Sequence[str], method: str) -> float:
    async with _application(where, by_temporal=tenants if method == "temporal" else ()) as app:
        for tenant in tenants:
            await _add(app, where, tenant)
        gate = asyncio.Semaphore(_SIDE_BY_SIDE)

        async def one(tenant: str) -> None:
            async with gate:
                result = await _log_in(app, tenant)
                assert result.sync_method == method, result.temporal_error
                await _ended(app, tenant)

        started_at = time.perf_counter()
        await asyncio.gather(*map(one, tenants))
        return len(tenants) / (time.perf_counter() - started_at)


async def _pairs(where: Where, rounds: int) -> Pairs:
    by = {"direct": DIRECTLY, "temporal": DURABLY}
    async with _application(where, by_temporal=[DURABLY]) as app:
        taken: dict[str, list[float]] = {method: [] for method in by}
        for name in by.values():
            await _add(app, where, name)
            await _timed(app, name)
        for _ in range(rounds):
            for method, name in by.items():
                taken[method].append(await _timed(app, name, is_forced=True, method=method))
    return Pairs(direct=taken["direct"], temporal=taken["temporal"])


async def _fallbacks(where: Where, rounds: int) -> Fallbacks:
    async with _application(where, by_temporal=[DURABLY]) as app:
        breaker = app.breakers.get(BREAKER)
        taken: dict[str, list[float]] = {"direct": [], "down": [], "open": []}
        for name in (DIRECTLY, DURABLY):
            await _add(app, where, name)
            await _timed(app, name)
        for _ in range(rounds):
            taken["direct"].append(await _timed(app, DIRECTLY, is_forced=True, method="direct"))
            for state in ("down", "open"):
                breaker.reset()
                if state == "open":
                    breaker.force_open()
                milliseconds = await _timed(app, DURABLY, is_forced=True, method="direct_fallback")
                taken[state].append(milliseconds)
    return Fallbacks(direct=taken["direct"], down=taken["down"], open=taken["open"])


@asynccontextmanager
async def _application(
    where: Where, *, by_temporal: Sequence[str] = ()
) -> AsyncIterator[Application]:
    """Run the application as its server does, without the port."""
    sys.setswitchinterval(_SWITCH_SECONDS)
    folder = Path(where.folder)
    overrides: dict[str, Any] = {
        "DATABASE_URL": where.url,
        "DEV": True,
        "SYNC_MAX_AGE_SECONDS": _MAX_AGE_SECONDS,
    }
    if where.temporal is not None:
        overrides |= {
            "TEMPORAL_ENABLED": True,
            "TEMPORAL_ADDRESS": where.temporal,
            "USE_TEMPORAL_FOR_AUTH": bool(by_temporal),
        }
        if by_temporal:
            overrides["TEMPORAL_TENANTS"] = ",".join(by_temporal)
    settings = load_settings({}, cwd=folder, overrides=overrides)
    sink = configure_logging(level="info", file=folder / "server.log")
    app = build_application(settings)
    await app.start()
    try:
        yield app
    finally:
        await app.stop()
        sink.stop()


async def _add(app: Application, where: Where, tenant: str) -> None:
    """Add a tenant whose data are those that the upstream has for this name."""
    await app.tenants.create(_ROOT, NewTenant(id=tenant, name=tenant))
    source = {"type": "http", "base_url": where.base_url, "page_size": PAGE_ROWS}
    await app.config_store.put(_ROOT, tenant, "sync:source", source)


async def _timed(
    app: Application, tenant: str, *, is_forced: bool = False, method: str | None = None
) -> float:
    """Return the ms that a login would wait; what goes on behind it is over then."""
    started_at = time.perf_counter()
    result = await app.sync_parts.syncing.ensure_tenant_sync(
        tenant, triggered_by="bench", trigger_source="login", is_forced=is_forced
    )
    milliseconds = (time.perf_counter() - started_at) * 1_000
    assert result is not None
    assert result.success, result
    assert method in (None, result.sync_method), result
    await _ended(app, tenant)
    return milliseconds


async def _log_in(app: Application, tenant: str) -> SyncResult:
    result = await app.sync_parts.syncing.ensure_tenant_sync(
        tenant, triggered_by="bench", trigger_source="login"
    )
    assert result is not None
    return result


async def _ended(app: Application, tenant: str) -> None:
    """Wait for the end of the last run of a tenant."""
    while True:
        (run, *_) = (await app.sync_parts.views.runs(_ROOT, tenant, limit=1)).runs
        if run.status != "running":
            assert run.status == "completed", run
            return
        await asyncio.sleep(_PAUSE_SECONDS)

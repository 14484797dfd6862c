"""`Strategies`: what people ask of strategies; each start and each cancel is in the audit."""

import asyncio
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any, Final

import msgspec

from tenantry.base import Clock, Principal, new_id
from tenantry.base.errors import Invalid
from tenantry.collector import store
from tenantry.collector.errors import NoRun, TooManyRuns
from tenantry.collector.model.strategy import STRATEGIES, StrategyName, StrategyParams
from tenantry.collector.model.strategy_run import (
    FoundPage,
    StrategyPlan,
    StrategyRun,
    StrategyRunPage,
    StrategyRunView,
)
from tenantry.collector.rules import strategy as rules
from tenantry.collector.service.permissions import READ, RUN
from tenantry.collector.service.strategy_views import found_view, run_view
from tenantry.db import Database, Tenant, Transaction
from tenantry.eventlog import EventLog
from tenantry.telemetry import get_logger

DEFAULT_LIMIT: Final = 100
MAX_LIMIT: Final = 1_000
MAX_UNDER_WAY: Final = 20
"""Runs of one tenant that are not over."""

_PLACE: Final = re.compile(r"[0-9]{1,18}:[!-~]{1,64}")
_LOGGER: Final = get_logger("tenantry.collector")


class Strategies:
    """Starts runs, shows them, and cancels them; every method authorises first.

    `database` holds the runs beside what is collected; `log` is the installation's own, where the
    audit is. `per_second` is the rate at which the service is asked.
    """

    def __init__(
        self,
        *,
        database: Database,
        log: EventLog,
        clock: Clock,
        per_second: float,
        make_id: Callable[[], str] = new_id,
    ) -> None:
        self._database = database
        self._log = log
        self._clock = clock
        self._per_second = per_second
        self._make_id = make_id
        self.woken = asyncio.Event()

    def plan(self, principal: Principal, tenant_id: str, name: str, raw: Any) -> StrategyPlan:
        """Return what a run would be and cost, and start none; raises `Denied` and `Invalid`."""
        principal.authorise(tenant_id, RUN)
        strategy, params = _read(name, raw)
        estimate = rules.estimate(params, per_second=self._per_second)
        return StrategyPlan(
            strategy=strategy, params=msgspec.to_builtins(params), estimate=estimate
        )

    async def start(
        self, principal: Principal, tenant_id: str, name: str, raw: Any
    ) -> StrategyRunView:
        """Queue a run, and return it; raises `Denied`, `Invalid` and `TooManyRuns`."""
        principal.authorise(tenant_id, RUN)
        strategy, params = _read(name, raw)
        first = rules.begin(params)
        run = StrategyRun(
            tenant_id=tenant_id,
            id=self._make_id(),
            strategy=strategy,
            params=params,
            state=first.state,
            notes=first.notes,
            created_at=self._clock.now_us(),
            created_by=principal.id,
        )

        def unit(tx: Transaction) -> None:
            _check_room(tx, tenant_id)
            store.insert_strategy_run(tx, run)
            store.write_step(tx, tenant_id, run.id, first)

        # The audit is in another file on SQLite. Rather a run too many there than one too few.
        await self._database.read(Tenant(tenant_id), _check_room, tenant_id)
        details = {"runId": run.id, "strategy": strategy, "maxRequests": params.max_requests}
        await self._log.append(store.acted(tenant_id, "strategy_started", details, principal))
        await self._database.write(Tenant(tenant_id), unit)
        _LOGGER.info("Strategy queued", tenant=tenant_id, run=run.id, strategy=strategy)
        self.woken.set()
        return self._shown(run)

    async def list(
        self,
        principal: Principal,
        tenant_id: str,
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> StrategyRunPage:
        """Return runs, newest first; raises `Denied` and `Invalid`."""
        principal.authorise(tenant_id, READ)
        before = store.NEWEST if cursor is None else _place(cursor)
        _check_limit(limit)
        found = await self._database.read(
            Tenant(tenant_id), store.strategy_runs_before, tenant_id, before, limit + 1
        )
        runs = found[:limit]
        is_more = len(found) > limit
        return StrategyRunPage(
            items=tuple(self._shown(run) for run in runs),
            cursor=_cursor(runs[-1].created_at, runs[-1].id) if is_more else None,
        )

    async def status(self, principal: Principal, tenant_id: str, run_id: str) -> StrategyRunView:
        """Return a run; raises `Denied` and `NoRun`."""
        principal.authorise(tenant_id, READ)
        run = await self._database.read(Tenant(tenant_id), _run_in, tenant_id, run_id)
        return self._shown(run)

    async def users(
        self,
        principal: Principal,
        tenant_id: str,
        run_id: str,
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> FoundPage:
        """Return what a run has found so far, in the order in which it was; raises `NoRun`."""
        principal.authorise(tenant_id, READ)
        after = 0 if cursor is None else _place(cursor)[0]
        _check_limit(limit)

        def unit(tx: Transaction) -> FoundPage:
            _run_in(tx, tenant_id, run_id)
            found = store.found_after(tx, tenant_id, run_id, after, limit + 1)
            shown = found[:limit]
            is_more = len(found) > limit
            return FoundPage(
                items=tuple(map(found_view, shown)),
                cursor=_cursor(shown[-1].number, run_id) if is_more else None,
            )

        return await self._database.read(Tenant(tenant_id), unit)

    async def cancel(self, principal: Principal, tenant_id: str, run_id: str) -> StrategyRunView:
        """End a run, which keeps what it has found; one that is over stays as it is.

        Raises `Denied` and `NoRun`.
        """
        principal.authorise(tenant_id, RUN)
        run = await self._database.read(Tenant(tenant_id), _run_in, tenant_id, run_id)
        if run.is_over:
            return self._shown(run)
        details = {"runId": run_id, "strategy": run.strategy}
        await self._log.append(store.acted(tenant_id, "strategy_cancelled", details, principal))

        def unit(tx: Transaction) -> StrategyRun:
            known = _run_in(tx, tenant_id, run_id)
            ended = msgspec.structs.replace(
                known,
                status="cancelled",
                requests=known.requests + known.reserved,
                reserved=0,
                waiting_until=None,
                finished_at=self._clock.now_us(),
            )
            if not store.keep_strategy_run(tx, ended):
                return known
            store.clear_strategy_run(tx, tenant_id, run_id)
            return ended

        ended = await self._database.write(Tenant(tenant_id), unit)
        _LOGGER.info("Strategy cancelled", tenant=tenant_id, run=run_id)
        self.woken.set()
        return self._shown(ended)

    def erase_in(self, tx: Transaction, tenant_id: str) -> None:
        """Delete all that is a tenant's inside another's unit; whoever carries a run finds none."""
        store.delete_strategies(tx, tenant_id)

    def _shown(self, run: StrategyRun) -> StrategyRunView:
        return run_view(run, rules.estimate(run.params, per_second=self._per_second))


def _read(name: str, raw: Any) -> tuple[StrategyName, StrategyParams]:
    params = rules.read_params(name, raw)
    strategy = next(each for each, type_ in STRATEGIES.items() if type_ is type(params))
    return strategy, params


def _run_in(tx: Transaction, tenant_id: str, run_id: str) -> StrategyRun:
    run = store.find_strategy_run(tx, tenant_id, run_id)
    if run is None:
        raise NoRun(f"there is no strategy run {run_id[:64]}", details={"run": run_id[:64]})
    return run


def _check_room(tx: Transaction, tenant_id: str) -> None:
    count = store.count_strategy_runs_under_way(tx, tenant_id)
    if count >= MAX_UNDER_WAY:
        raise TooManyRuns(
            f"{count} strategy runs of tenant {tenant_id} are not over; at most {MAX_UNDER_WAY} "
            "may be: cancel one, or wait",
            details={"count": count, "most": MAX_UNDER_WAY},
        )


def _check_limit(limit: int) -> None:
    if not 1 <= limit <= MAX_LIMIT:
        raise Invalid(field="limit", got=limit, wants=f"a whole number from 1 to {MAX_LIMIT}")


def _cursor(number: int, name: str) -> str:
    return urlsafe_b64encode(f"{number}:{name}".encode()).decode()


def _place(cursor: str) -> tuple[int, str]:
    try:
        text = urlsafe_b64decode(cursor.encode("ascii")).decode("ascii")
    except ValueError:
        text = ""
    if not _PLACE.fullmatch(text):
        raise Invalid(field="cursor", got=cursor[:64], wants="the cursor of a page before")
    number, _, name = text.partition(":")
    return int(number), name

"""Runs of strategies, their frontiers, and what they have found, as rows."""

from collections.abc import Collection, Sequence
from itertools import starmap
from typing import Any, Final

import msgspec

from tenantry.collector.model.strategy import STRATEGIES
from tenantry.collector.model.strategy_run import StrategyRun
from tenantry.collector.model.strategy_step import Found, State, Step, Task
from tenantry.collector.store.statements import encode, statements
from tenantry.db import Transaction

NEWEST: Final = (2**62, "~")
"""Before which every run is."""

_STATE: Final = msgspec.json.Decoder(State)
_NOTES: Final = msgspec.json.Decoder(tuple[str, ...])
_PARAMS: Final = {name: msgspec.json.Decoder(type_) for name, type_ in STRATEGIES.items()}


def insert_strategy_run(tx: Transaction, run: StrategyRun) -> None:
    """Store a run that nobody has begun yet."""
    statements(tx).insert_strategy_run(
        tx.connection,
        tenant_id=run.tenant_id,
        id=run.id,
        strategy=run.strategy,
        params=encode(run.params),
        status=run.status,
        state=encode(run.state),
        notes=encode(run.notes),
        created_at=run.created_at,
        created_by=run.created_by,
    )


def find_strategy_run(tx: Transaction, tenant_id: str, run_id: str) -> StrategyRun | None:
    """Return a run."""
    row = statements(tx).strategy_run_of_id(tx.connection, tenant_id=tenant_id, id=run_id)
    return None if row is None else _run(*row)


def strategy_runs_before(
    tx: Transaction, tenant_id: str, before: tuple[int, str], limit: int
) -> list[StrategyRun]:
    """Return runs, newest first."""
    created_at, run_id = before
    rows = statements(tx).strategy_runs_before(
        tx.connection, tenant_id=tenant_id, before=created_at, id=run_id, row_limit=limit
    )
    return list(starmap(_run, rows))


def count_strategy_runs_under_way(tx: Transaction, tenant_id: str) -> int:
    """Return how many runs are not over."""
    return int(statements(tx).strategy_runs_under_way(tx.connection, tenant_id=tenant_id))


def due_strategy_runs(tx: Transaction, *, now: int, limit: int) -> list[tuple[str, str]]:
    """Return the tenants and ids of runs that somebody should carry on, the oldest first."""
    rows = statements(tx).due_strategy_runs(tx.connection, now_us=now, row_limit=limit)
    return [(tenant_id, run_id) for tenant_id, run_id, _ in rows]


def keep_strategy_run(tx: Transaction, run: StrategyRun) -> bool:
    """Store how far a run is; False where it was over before, and then nothing changes."""
    kept = statements(tx).keep_strategy_run(
        tx.connection,
        tenant_id=run.tenant_id,
        id=run.id,
        status=run.status,
        state=encode(run.state),
        requests=run.requests,
        reserved=run.reserved,
        attempts=run.attempts,
        waiting_until=run.waiting_until,
        notes=encode(run.notes),
        error=run.error,
        started_at=run.started_at,
        finished_at=run.finished_at,
    )
    return kept is not None


def write_step(tx: Transaction, tenant_id: str, run_id: str, step: Step) -> None:
    """Store what an answer has changed, but for the run itself."""
    of_run = {"tenant_id": tenant_id, "run_id": run_id}
    if step.found:
        statements(tx).keep_found(tx.connection, **of_run, rows=encode(step.found))
    if step.ended:
        statements(tx).end_tasks(tx.connection, **of_run, seqs=encode(step.ended))
    if step.tasks:
        statements(tx).keep_tasks(tx.connection, **of_run, rows=encode(step.tasks))


def first_tasks(tx: Transaction, tenant_id: str, run_id: str, limit: int) -> list[Task]:
    """Return the head of a run's frontier."""
    rows = statements(tx).first_tasks(
        tx.connection, tenant_id=tenant_id, run_id=run_id, row_limit=limit
    )
    return [
        Task(seq=seq, kind=kind, subject=subject, degree=degree, cursor=cursor, pages=pages)
        for seq, kind, subject, degree, cursor, pages in rows
    ]


def first_candidates(tx: Transaction, tenant_id: str, run_id: str, limit: int) -> list[Found]:
    """Return the first of those whose followers are to be counted."""
    rows = statements(tx).first_candidates(
        tx.connection, tenant_id=tenant_id, run_id=run_id, row_limit=limit
    )
    return list(starmap(_found, rows))


def found_of_keys(
    tx: Transaction, tenant_id: str, run_id: str, keys: Collection[str]
) -> dict[str, Found]:
    """Return what a run has found of some keys."""
    if not keys:
        return {}
    rows = statements(tx).found_of_keys(
        tx.connection, tenant_id=tenant_id, run_id=run_id, keys=encode(sorted(keys))
    )
    return {found.key: found for found in starmap(_found, rows)}


def found_after(
    tx: Transaction, tenant_id: str, run_id: str, number: int, limit: int
) -> list[Found]:
    """Return what a run has found, in its order."""
    rows = statements(tx).found_after(
        tx.connection, tenant_id=tenant_id, run_id=run_id, number=number, row_limit=limit
    )
    return list(starmap(_found, rows))


def clear_strategy_run(tx: Transaction, tenant_id: str, run_id: str) -> None:
    """Delete what has served its purpose once a run is over: all but what it has found."""
    statements(tx).clear_frontier(tx.connection, tenant_id=tenant_id, run_id=run_id)
    statements(tx).clear_found(tx.connection, tenant_id=tenant_id, run_id=run_id)


def forget_strategy_runs(tx: Transaction, *, before: int, limit: int) -> int:
    """Delete runs that were over before then, `limit` at most; returns how many."""
    old: Sequence[tuple[str, str]] = list(
        statements(tx).old_strategy_runs(tx.connection, before=before, row_limit=limit)
    )
    for tenant_id, run_id in old:
        statements(tx).clear_frontier(tx.connection, tenant_id=tenant_id, run_id=run_id)
        statements(tx).delete_found_of_run(tx.connection, tenant_id=tenant_id, run_id=run_id)
        statements(tx).delete_strategy_run(tx.connection, tenant_id=tenant_id, id=run_id)
    return len(old)


def delete_strategies(tx: Transaction, tenant_id: str) -> None:
    """Delete all that is a tenant's."""
    statements(tx).delete_frontiers_of_tenant(tx.connection, tenant_id=tenant_id)
    statements(tx).delete_found_of_tenant(tx.connection, tenant_id=tenant_id)
    statements(tx).delete_strategy_runs_of_tenant(tx.connection, tenant_id=tenant_id)


def _run(*row: Any) -> StrategyRun:
    values = dict(zip(_FIELDS, row, strict=True))
    values["params"] = _PARAMS[values["strategy"]].decode(values["params"])
    values["state"] = _STATE.decode(values["state"])
    values["notes"] = _NOTES.decode(values["notes"])
    return StrategyRun(**values)


def _found(*row: Any) -> Found:
    return Found(**dict(zip(_FOUND_FIELDS, row, strict=True)))


_FOUND_FIELDS: Final = (
    "number",
    "key",
    "did",
    "handle",
    "uri",
    "status",
    "degree",
    "via",
    "followers_count",
    "follows_count",
    "posts_count",
)
_FIELDS: Final = (
    "tenant_id",
    "id",
    "strategy",
    "params",
    "status",
    "state",
    "requests",
    "reserved",
    "attempts",
    "waiting_until",
    "notes",
    "error",
    "created_at",
    "created_by",
    "started_at",
    "finished_at",
)

"""What runs have done, and the lines of the log."""

from collections.abc import Sequence
from itertools import starmap
from typing import Any, Final

import msgspec

from tenantry.db import Transaction
from tenantry.updater.model import LogLine, RunMetrics, RunRecord
from tenantry.updater.store.columns import encode
from tenantry.updater.store.statements import statements

NEWEST: Final = 2**62
"""Before which every run is."""

_JSON: Final = msgspec.json.Decoder(dict[str, Any])


def insert_run(tx: Transaction, run: RunRecord) -> None:
    """Store a run that has changed nothing; one that has is in its batch."""
    statements(tx).insert_runs(tx.connection, tenant_id=run.tenant_id, rows=encode([run]))


def find_run(tx: Transaction, tenant_id: str, run_id: str) -> RunRecord | None:
    """Return a run."""
    found = statements(tx).run_of_id(tx.connection, tenant_id=tenant_id, run_id=run_id)
    return None if found is None else _run(*found)


def runs_before(
    tx: Transaction, tenant_id: str, before: int, limit: int, *, updater: str | None = None
) -> list[RunRecord]:
    """Return runs of a tenant, or of one of its updaters, by number, newest first."""
    found = statements(tx).runs_before(
        tx.connection, tenant_id=tenant_id, before=before, updater=updater or "", row_limit=limit
    )
    return list(starmap(_run, found))


def last_run_number(tx: Transaction, tenant_id: str) -> int:
    """Return the number of a tenant's newest run; 0 where it has none."""
    return int(statements(tx).last_run_number(tx.connection, tenant_id=tenant_id))


def mark_undone(
    tx: Transaction, tenant_id: str, run_ids: Sequence[str], *, at: int, by: str
) -> list[str]:
    """Store that runs are undone, and return those that were not before."""
    marked = statements(tx).mark_undone(
        tx.connection, tenant_id=tenant_id, ids=encode(run_ids), undone_at=at, undone_by=by
    )
    return [run_id for (run_id,) in marked]


def run_metrics(tx: Transaction, tenant_id: str) -> list[RunMetrics]:
    """Return how the runs of each updater went that has had any."""
    return [
        RunMetrics(
            updater=updater,
            total=total,
            successful=successful,
            failed=failed,
            average_ms=microseconds / 1_000 / total,
            last_execution=last_execution,
            last_error=last_error,
        )
        for updater, total, successful, failed, microseconds, last_execution, last_error in (
            statements(tx).run_metrics(tx.connection, tenant_id=tenant_id)
        )
    ]


def rows_between(tx: Transaction, tenant_id: str, from_us: int, until_us: int) -> int:
    """Return how many rows the runs have written whose slot is in the span, undone ones too."""
    found = statements(tx).rows_between(
        tx.connection, tenant_id=tenant_id, from_us=from_us, until_us=until_us
    )
    return int(found)


def insert_logs(tx: Transaction, tenant_id: str, lines: Sequence[LogLine]) -> None:
    """Store lines of a tenant's log in their order."""
    rows = encode([(line.at, line.level, line.message, line.data, line.node) for line in lines])
    statements(tx).insert_logs(tx.connection, tenant_id=tenant_id, rows=rows)


def newest_logs(tx: Transaction, tenant_id: str, limit: int) -> list[LogLine]:
    """Return the last lines of a tenant's log, newest first."""
    found = statements(tx).logs_of_tenant(tx.connection, tenant_id=tenant_id, row_limit=limit)
    return [
        LogLine(at=at, level=level, message=message, data=_JSON.decode(data), node=node)
        for at, level, message, data, node in found
    ]


def forget_logs(tx: Transaction, before: int) -> None:
    """Delete the lines of every tenant that are older."""
    statements(tx).forget_logs(tx.connection, before=before)


def _run(*columns: Any) -> RunRecord:
    values = dict(zip(RunRecord.__struct_fields__, columns, strict=True))
    values["tables"] = _JSON.decode(values["tables"])
    values["attestation"] = _JSON.decode(values["attestation"])
    return RunRecord(**values)

"""`Writing`: what was computed, written as a whole, with the runs, the ledger and the world."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec

from tenantry.base import Clock
from tenantry.db import Transaction
from tenantry.updater import store
from tenantry.updater.model import Batch, LogLine, RunKind, RunRecord, StoredWorld
from tenantry.updater.rules import CORPUS_VERSION, SETUP, Run
from tenantry.updater.service.advancing import Advance, Made
from tenantry.updater.service.journal import Journal
from tenantry.updater.service.updater import UpdaterRegistry
from tenantry.updater.service.worlds import keep_in

_MANY_ROWS: Final = 200


class Encoded(msgspec.Struct, frozen=True, kw_only=True):
    """An advance as it is written; made outside of the unit."""

    tenant_id: str
    known: StoredWorld
    world: StoredWorld
    batch: store.EncodedBatch
    # What updaters write besides, each in its turn.
    besides: Sequence[tuple[Run, Batch]]
    lines: Sequence[LogLine]


class Writing:
    """Encodes and writes advances."""

    def __init__(self, *, registry: UpdaterRegistry, journal: Journal, clock: Clock) -> None:
        self._registry = registry
        self._journal = journal
        self._clock = clock

    async def encode(self, advance: Advance, *, kind: RunKind, by: str) -> Encoded:
        """Return what is to be written of an advance; large ones are encoded beside the loop."""
        if sum(len(made.batch.changes) for made in advance.made) > _MANY_ROWS:
            return await asyncio.to_thread(self._encode, advance, kind, by)
        return self._encode(advance, kind, by)

    def write_in(self, tx: Transaction, encoded: Encoded) -> None:
        """Write it; raises `Conflict` where the world has been moved on meanwhile."""
        store.insert_world(tx, encoded.known)
        keep_in(tx, encoded.world)
        store.write_batch(tx, encoded.tenant_id, encoded.batch)
        for run, batch in encoded.besides:
            self._registry.get(run.slot.updater).insert_data(tx, run, batch)
        if encoded.lines:
            store.insert_logs(tx, encoded.tenant_id, encoded.lines)

    def _encode(self, advance: Advance, kind: RunKind, by: str) -> Encoded:
        finished = self._clock.now_us()
        is_dry_run = kind == "dry_run"
        written = [
            (self._record(advance, made, kind=kind, by=by, finished=finished), made.batch)
            for made in advance.made
        ]
        lines = self._journal.shown(
            [_line(self._journal, record) for record, _ in written],
            least=advance.stored.log_level,
        )
        if is_dry_run:
            world = msgspec.structs.replace(advance.stored, numbers=_run_numbers(advance))
            written = [(record, Batch()) for record, _ in written]
        else:
            world = msgspec.structs.replace(
                advance.stored,
                numbers=advance.world.numbers,
                slots=advance.world.slots,
                corpus_version=CORPUS_VERSION,
            )
        return Encoded(
            tenant_id=advance.tenant_id,
            known=advance.stored,
            world=world,
            batch=store.encode_batch(written),
            besides=()
            if is_dry_run
            else [
                (made.run, made.batch) for made in advance.made if made.run.slot.updater != SETUP
            ],
            lines=lines,
        )

    def _record(
        self, advance: Advance, made: Made, *, kind: RunKind, by: str, finished: int
    ) -> RunRecord:
        slot, batch = made.run.slot, made.batch
        duration_us = int(made.duration_ms * 1_000)
        return RunRecord(
            tenant_id=advance.tenant_id,
            run_id=slot.run_id,
            number=advance.world.number("run", 1),
            updater=slot.updater,
            slot_at=slot.at,
            slot_key=slot.key,
            kind="setup" if slot.updater == SETUP and kind != "dry_run" else kind,
            row_count=len(batch.rows),
            update_count=len(batch.updates),
            tables=dict(Counter(row.table for row in batch.rows)),
            attestation=msgspec.to_builtins(made.attestation),
            corpus_version=CORPUS_VERSION,
            triggered_by=by,
            started_at=finished - duration_us,
            finished_at=finished,
            duration_us=duration_us,
        )


def _run_numbers(advance: Advance) -> dict[str, int]:
    """Return the numbers of a world in which nothing has happened but that runs were counted."""
    return {**advance.stored.numbers, "run": advance.world.numbers["run"]}


def _line(journal: Journal, record: RunRecord) -> LogLine:
    # One line for each run of a long backfill would be as many lines as rows.
    level = "debug" if record.kind == "backfill" else "info"
    return journal.line(
        level,
        "Run done" if record.kind != "dry_run" else "Run done, and nothing written",
        updater=record.updater,
        runId=record.run_id,
        rows=record.row_count,
        changes=record.update_count,
        kind=record.kind,
        ms=record.duration_us / 1_000,
    )

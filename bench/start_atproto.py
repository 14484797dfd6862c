"""The peer of the collector suite: `python -m bench.start_atproto ENDPOINT URL COUNT`.

The client of the atproto package, its callback as its documentation has it, and our own store: the
same tables, the same batches of 5,000, the same fold. It prints what that has taken.
"""

import asyncio
import json
import resource
import sys
import time
from typing import Any, Final

import msgspec
import uvloop
from atproto_client.models.dot_dict import DotDict  # type: ignore[import-untyped]  # as below
from atproto_jetstream import AsyncJetstreamClient  # type: ignore[import-untyped]  # it has no types

from bench.streams import Stored
from tenantry.base import SystemClock
from tenantry.collector.model import Commit, Event, Identity
from tenantry.collector.service.intake import BATCH_EVENTS
from tenantry.collector.service.writing import Progress, Written, prepare, write_events
from tenantry.db import Database, Tenant, Transaction, migrate, open_database

_TENANT: Final = "bench"


def main() -> None:
    """Collect, and say how that went."""
    endpoint, url, count = sys.argv[1:]
    stored = uvloop.run(_collect(endpoint, url, int(count)))
    print(json.dumps(msgspec.to_builtins(stored)), flush=True)


async def _collect(endpoint: str, url: str, count: int) -> Stored:
    database = open_database(url)
    await database.start()
    await migrate(database, clock=SystemClock())
    base = endpoint.rpartition("/")[0]
    # Ours is not compressed either.
    client = AsyncJetstreamClient(base_uri=base, compress=False)
    events: list[Event] = []
    done = 0
    began_at = 0.0
    is_done = asyncio.Event()

    async def take(message: Any) -> None:
        nonlocal events, done, began_at
        if not began_at:
            began_at = time.monotonic()
        events.append(_event(message))
        done += 1
        if len(events) >= BATCH_EVENTS or done >= count:
            batch, events = events, []
            await _store(database, batch)
        if done >= count:
            is_done.set()

    # The client's own stop waits for the callback that asks for it.
    taking = asyncio.create_task(client.start(take))
    await is_done.wait()
    seconds = time.monotonic() - began_at
    usage = resource.getrusage(resource.RUSAGE_SELF)
    taking.cancel()
    await asyncio.gather(taking, return_exceptions=True)
    await database.stop()
    return Stored(done, seconds, usage.ru_utime + usage.ru_stime)


async def _store(database: Database, events: list[Event]) -> None:
    prepared = prepare(events)

    def unit(tx: Transaction) -> Written:
        return write_events(tx, _TENANT, prepared, Progress())

    await database.write(Tenant(_TENANT), unit)


def _event(message: Any) -> Event:
    """Return a message of the package as the event that the store knows."""
    if not hasattr(message, "collection"):
        return Identity(message.did, 0, 0)
    record = message.record
    return Commit(
        did=message.did,
        time_us=0,
        operation=message.operation,
        collection=message.collection,
        rkey=message.rkey,
        rev=message.rev,
        cid=getattr(message, "cid", None),
        record=None if record is None else _json(record),
    )


def _json(record: Any) -> bytes:
    # What the package has no model for is a dictionary that has any attribute one asks for.
    if isinstance(record, DotDict):
        return msgspec.json.encode(record.to_dict())
    text: str = record.model_dump_json(by_alias=True, exclude_none=True)
    return text.encode()


if __name__ == "__main__":
    main()

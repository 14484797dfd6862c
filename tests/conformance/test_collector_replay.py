"""A file of events leaves behind what the same events leave that come from a host."""

import pytest

from tenantry.base import SystemClock, root_principal
from tenantry.collector import EVENT_TYPES
from tenantry.collector.service import Replaying
from tenantry.db import Database
from tenantry.eventlog import EventLog
from tenantry.testing.jetstream import FakeJetstream, render
from tenantry.testing.network import GeneratedNetwork
from tests.support.collecting import TENANT, collect_all, stored

OTHER = "other"


@pytest.mark.parametrize("wire", ["v1", "v2"])
async def test_what_is_replayed_is_what_is_collected(database: Database, wire: str) -> None:
    events = GeneratedNetwork(11, users=60).events(3_000)
    async with FakeJetstream(events) as host:
        await collect_all(database, events, host.v1 if wire == "v1" else host.v2)
    frames = [
        render(event, "v1" if wire == "v1" else "v2", seq=n) for n, event in enumerate(events, 1)
    ]
    lines = b"\n".join(frame for frame in frames if frame is not None)

    log = EventLog(database=database, clock=SystemClock(), types=EVENT_TYPES)
    await log.start()
    replaying = Replaying(database=database, log=log, clock=SystemClock(), admit=lambda _: None)
    figures = await replaying.replay(root_principal(source="test"), OTHER, lines)
    await log.stop()

    assert figures.events == len(events)
    assert await stored(database, OTHER) == await stored(database, TENANT)

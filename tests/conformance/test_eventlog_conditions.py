"""Appends that rest on what they do not write: other streams, and what has not happened."""

import asyncio

import pytest

from tenantry.base.errors import Invalid
from tenantry.db import System, Tenant
from tenantry.eventlog import (
    NO_STREAM,
    Appended,
    AppendRequest,
    Conflict,
    EventLog,
    StaleStream,
    StreamAppend,
    Unchanged,
)
from tests.conformance.spine import append, request, stream


def resting_on(*conditions: StreamAppend, unchanged: Unchanged | None = None) -> AppendRequest:
    return AppendRequest("acme", (stream("one"), *conditions), unchanged=unchanged)


async def test_another_tenants_stream_can_be_a_condition(log: EventLog) -> None:
    await append(log, request("rules", tenant="global", count=2))

    outcome = await log.append(resting_on(StreamAppend("rules", 2, tenant_id="global")))
    assert isinstance(outcome, Appended)
    assert outcome.versions == (0, 2)

    assert await log.append(resting_on(StreamAppend("rules", 1, tenant_id="global"))) == Conflict(
        (StaleStream("rules", 1, 2),)
    )
    assert (await log.head()).position == 3


async def test_another_tenants_stream_may_be_required_to_be_absent(log: EventLog) -> None:
    absent = StreamAppend("rules", NO_STREAM, tenant_id="global")
    await append(log, request("rules"))
    assert isinstance(await log.append(resting_on(absent)), Appended)
    await append(log, request("rules", tenant="global"))
    assert isinstance(await log.append(resting_on(absent)), Conflict)


def test_another_tenants_stream_gets_no_events() -> None:
    mine = stream("one")
    with pytest.raises(Invalid, match="events of acme only"):
        AppendRequest("acme", (StreamAppend("one", 0, mine.events, tenant_id="globex"),))


async def test_a_unit_of_one_tenant_cannot_decide_on_anothers_streams(log: EventLog) -> None:
    wanted = resting_on(StreamAppend("rules", NO_STREAM, tenant_id="global"))

    with pytest.raises(Invalid, match="System"):
        await log.database.write(Tenant("acme"), log.append_in, wanted)
    assert isinstance(await log.database.write(System("test"), log.append_in, wanted), Appended)


@pytest.mark.parametrize(
    "unchanged, holds",
    [
        (Unchanged("config-", 3, "acme"), True),
        (Unchanged("config-", 2, "acme"), False),
        (Unchanged("config-b", 1, "acme"), False),
        (Unchanged("config-b", 3, "acme"), True),
        (Unchanged("config-c", 0, "acme"), True),
        (Unchanged("config-", 1, "globex"), True),
        (Unchanged("config-", 0, "globex"), False),
        (Unchanged("config-", 2, None), False),
        (Unchanged("config-", 3, None), True),
        (Unchanged("config-b", 2, "acme", is_exact=True), True),
        (Unchanged("config-b.c", 2, "acme", is_exact=True), False),
        (Unchanged("", 3, None), True),
        (Unchanged("", 2, None), False),
    ],
)
async def test_an_append_can_ask_that_nothing_of_a_prefix_has_happened_since(
    log: EventLog, unchanged: Unchanged, *, holds: bool
) -> None:
    await append(log, request("config-a", tenant="globex"))
    await append(log, request("config-b"))
    await append(log, request("config-b.c"))

    outcome = await log.append(resting_on(unchanged=unchanged))

    assert isinstance(outcome, Appended if holds else Conflict)
    assert (await log.head()).position == (4 if holds else 3)


async def test_what_is_in_the_same_batch_has_happened_too(log: EventLog) -> None:
    outcomes = await asyncio.gather(
        log.append(request("config-a")),
        log.append(resting_on(unchanged=Unchanged("config-", 0, "acme"))),
        log.append(resting_on(unchanged=Unchanged("config-", 1, "acme"))),
    )
    assert [type(outcome) for outcome in outcomes] == [Appended, Conflict, Appended]

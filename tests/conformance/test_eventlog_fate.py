"""Appends that were decided on another one of this node, before its fate was known."""

import asyncio

import msgspec
import pytest

from tenantry.eventlog import Appended, AppendRequest, Conflict, EventLog, Fate
from tests.conformance.spine import append, append_many, key, request, stream


def decided_on(
    earlier: Fate | None, wanted: AppendRequest, *, fate: Fate | None = None
) -> AppendRequest:
    rests_on = (earlier,) if earlier else ()
    return msgspec.structs.replace(wanted, only_after=rests_on, fate=fate)


async def append_together(log: EventLog, *requests: AppendRequest) -> list[object]:
    return list(await asyncio.gather(*(log.append(wanted) for wanted in requests)))


async def test_a_chain_of_appends_decided_on_each_other_is_appended(log: EventLog) -> None:
    fates = [Fate() for _ in range(20)]
    chain = [
        decided_on(fates[number - 1] if number else None, request(expected=number), fate=fate)
        for number, fate in enumerate(fates)
    ]

    outcomes = await append_together(log, *chain)

    assert [outcome for outcome in outcomes if not isinstance(outcome, Appended)] == []
    assert all(fate.is_appended for fate in fates)


@pytest.mark.parametrize("is_together", [True, False])
async def test_what_was_decided_on_a_refused_append_is_refused_where_its_version_fits(
    log: EventLog, *, is_together: bool
) -> None:
    await append_many(log, 2)
    refused, dependent = Fate(), Fate()
    chain = [
        decided_on(None, request(expected=1), fate=refused),
        decided_on(refused, request(expected=2), fate=dependent),
        decided_on(dependent, request(expected=2)),
    ]

    if is_together:
        outcomes = await append_together(log, *chain)
    else:
        outcomes = [await log.append(wanted) for wanted in chain]

    assert [type(outcome) for outcome in outcomes] == [Conflict] * 3
    assert not refused.is_appended
    assert (await log.head()).position == 2


async def test_an_append_that_was_made_before_is_not_what_a_later_one_was_decided_on(
    log: EventLog,
) -> None:
    await append(log, request(key=key()))
    replayed = Fate()

    outcomes = await append_together(
        log,
        decided_on(None, request(key=key()), fate=replayed),
        decided_on(replayed, request(expected=1)),
    )

    assert isinstance(outcomes[0], Appended)
    assert isinstance(outcomes[1], Conflict)


@pytest.mark.parametrize("is_first_appended", [True, False])
async def test_what_was_decided_on_several_appends_wants_all_of_them(
    log: EventLog, *, is_first_appended: bool
) -> None:
    first, second = Fate(), Fate()
    both = AppendRequest("acme", (stream("three"),), only_after=(first, second))

    outcomes = await append_together(
        log,
        decided_on(None, request("one", expected=0 if is_first_appended else 1), fate=first),
        decided_on(None, request("two"), fate=second),
        both,
    )

    assert isinstance(outcomes[2], Appended if is_first_appended else Conflict)


async def test_what_was_decided_on_a_cancelled_append_is_refused(log: EventLog) -> None:
    await append_many(log, 1)
    cancelled = Fate()
    task = asyncio.create_task(log.append(decided_on(None, request(expected=1), fate=cancelled)))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert isinstance(await log.append(decided_on(cancelled, request(expected=1))), Conflict)
    assert isinstance(await log.append(request(expected=1)), Appended)

"""Two hosts that are unwell in different ways: what one leaves out the other one sends."""

import pytest

from tenantry.collector import store
from tenantry.collector.model import LIKES, Gap, Ledger
from tenantry.collector.remote.jetstream import host_of
from tenantry.collector.rules import summarise
from tenantry.db import Database, Tenant, Transaction
from tenantry.testing.jetstream import DAY_US, Answer, FakeJetstream, Mood
from tenantry.testing.network import GeneratedNetwork, Sent, SentCommit
from tests.support.collecting import (
    TENANT,
    check_stored,
    collecting,
    eventually_stored,
    figures,
    gaps,
)
from tests.support.waiting import eventually

COUNT = 6_000
HALF = 3_000
SECOND = 1_000_000
ON_EITHER_WIRE = pytest.mark.parametrize("wire", ["v1", "v2"])


def events_of(count: int = COUNT) -> list[Sent]:
    return GeneratedNetwork(21, users=60).events(count)


def url_of(host: FakeJetstream, wire: str) -> str:
    return host.v1 if wire == "v1" else host.v2


async def ledger(database: Database) -> Ledger:
    def unit(tx: Transaction) -> Ledger:
        return summarise(store.covered_of(tx, TENANT), store.gaps_of(tx, TENANT))

    return await database.read(Tenant(TENANT), unit)


async def have_come(database: Database, count: int) -> None:
    async def has_come() -> bool:
        return (await figures(database)).events >= count

    await eventually(has_come, timeout=30)


@ON_EITHER_WIRE
@pytest.mark.parametrize(
    "skews", [(0, 0), (DAY_US, 0), (-DAY_US, 0), (0, DAY_US), (0, -DAY_US), (-DAY_US, DAY_US)]
)
async def test_another_host_goes_on_where_one_has_died_whatever_their_clocks_say(
    database: Database, wire: str, skews: tuple[int, int]
) -> None:
    events = events_of()
    first_mood, second_mood = (Mood(skew_us=skew) for skew in skews)
    async with (
        FakeJetstream(events, published=HALF, mood=first_mood) as first,
        FakeJetstream(events, published=HALF, mood=second_mood, first_seq=900_000) as second,
        collecting(database, url_of(first, wire), url_of(second, wire)),
    ):
        await have_come(database, HALF)
        first.feel(Mood(answer=Answer(status=503)))
        first.cut()
        # What happens while nobody is connected must not be left out.
        second.publish(500)
        await eventually_stored(database, events[: HALF + 500])
        second.publish(COUNT)
        await eventually_stored(database, events)

    await check_stored(database, events)
    assert await gaps(database) == []


async def test_what_a_host_leaves_out_another_one_sends_though_it_closes_all_the_time(
    database: Database,
) -> None:
    events = events_of()
    async with (
        FakeJetstream(events, published=HALF) as blind,
        FakeJetstream(events, mood=Mood(answer=Answer(status=503)), first_seq=5_000_000) as whole,
        collecting(database, blind.v2, whole.v2),
    ):
        await have_come(database, HALF)
        blind.feel(Mood(blind_to=(LIKES,)))
        blind.cut()
        blind.publish(COUNT)

        async def is_told() -> list[Gap]:
            return [gap for gap in await gaps(database) if gap.state == "open"]

        # The only other host is away: collecting goes on all the same, and the gap is told.
        (gap,) = await eventually(is_told, timeout=30)
        assert (gap.reason, gap.collection) == ("blind", LIKES)
        assert gap.host == host_of(blind.v2)
        others = [e for e in events if not (isinstance(e, SentCommit) and e.collection == LIKES)]
        await have_come(database, len(others))

        whole.feel(Mood(close_after=400))
        await eventually_stored(database, events, timeout=60)

        async def is_closed() -> bool:
            return all(gap.state == "refilled" for gap in await gaps(database))

        await eventually(is_closed, timeout=60)

    await check_stored(database, events)
    assert (await ledger(database)).is_complete


async def test_a_gap_that_is_too_old_for_the_other_host_is_lost_in_part_and_told(
    database: Database,
) -> None:
    events = events_of()
    async with (
        FakeJetstream(events, published=HALF) as blind,
        FakeJetstream(events, mood=Mood(keeps_us=4 * SECOND), first_seq=7_000_000) as late,
    ):
        async with collecting(database, blind.v2):
            await have_come(database, HALF)
            blind.feel(Mood(blind_to=(LIKES,)))
            blind.cut()
            blind.publish(COUNT)

            async def is_told() -> bool:
                return bool(await gaps(database))

            await eventually(is_told, timeout=30)
        async with collecting(database, blind.v2, late.v2):

            async def are_closed() -> list[Gap]:
                found = await gaps(database)
                return found if all(gap.state != "open" for gap in found) else []

            found = await eventually(are_closed, timeout=30)

    assert {gap.state for gap in found} == {"lost", "refilled"}
    assert {gap.collection for gap in found} == {LIKES}
    lost = [gap for gap in found if gap.state == "lost"]
    until = events[-1].time_us - 4 * SECOND
    assert abs(max(gap.until_us for gap in lost) - until) < SECOND


async def test_a_collection_that_is_quiet_everywhere_is_told_so_once(database: Database) -> None:
    events = events_of()
    mood = Mood(blind_to=(LIKES,))
    async with (
        FakeJetstream(events, published=HALF) as first,
        FakeJetstream(events, published=HALF, first_seq=8_000_000) as second,
        collecting(database, first.v2, second.v2),
    ):
        await have_come(database, HALF)
        for host in (first, second):
            host.feel(mood)
            host.cut()
            host.publish(COUNT)

        async def is_quiet() -> bool:
            return {gap.state for gap in await gaps(database)} == {"quiet"}

        await eventually(is_quiet, timeout=30)
        (gap,) = await gaps(database)

    assert gap.collection == LIKES

import asyncio

from tenantry.configs.model import ConfigEntry
from tenantry.configs.service.pending import PendingWrites

KEY = ("tenant", "name")
OTHER = ("tenant", "other")


def entry(version: int) -> ConfigEntry:
    return ConfigEntry("name", b"1", version, 0, 0)


async def test_the_newest_write_under_way_is_known_until_it_ends() -> None:
    pending = PendingWrites()
    assert pending.newest(KEY) is None
    token = pending.begin(KEY, entry(1))
    assert pending.newest(KEY) == entry(1)
    assert pending.newest(OTHER) is None
    pending.end(KEY, token, is_stored=True)
    assert pending.newest(KEY) is None


async def test_a_write_that_ends_leaves_the_newer_one() -> None:
    pending = PendingWrites()
    first = pending.begin(KEY, entry(1))
    second = pending.begin(KEY, entry(2))
    pending.end(KEY, first, is_stored=True)
    assert pending.newest(KEY) == entry(2)
    pending.end(KEY, second, is_stored=True)
    assert pending.newest(KEY) is None


async def test_a_write_that_fails_takes_those_decided_on_it_along() -> None:
    pending = PendingWrites()
    first = pending.begin(KEY, entry(1))
    second = pending.begin(KEY, entry(2))
    pending.end(KEY, first, is_stored=False)
    assert pending.newest(KEY) is None
    pending.end(KEY, second, is_stored=False)


async def test_who_settles_waits_for_the_newest_write() -> None:
    pending = PendingWrites()
    assert not await pending.settle(KEY)

    token = pending.begin(KEY, entry(1))
    settling = asyncio.create_task(pending.settle(KEY))
    await asyncio.sleep(0)
    assert not settling.done()
    pending.end(KEY, token, is_stored=True)
    assert await settling


async def test_who_is_cancelled_while_it_settles_cancels_nobody_else() -> None:
    pending = PendingWrites()
    token = pending.begin(KEY, entry(1))
    impatient = asyncio.create_task(pending.settle(KEY))
    patient = asyncio.create_task(pending.settle(KEY))
    await asyncio.sleep(0)
    impatient.cancel()
    await asyncio.sleep(0)
    pending.end(KEY, token, is_stored=True)
    assert await patient

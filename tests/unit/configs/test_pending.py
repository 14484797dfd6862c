import asyncio

from tenantry.configs.model import ConfigEntry
from tenantry.configs.service.pending import PendingWrites, Promise
from tenantry.eventlog import Fate

KEY = ("tenant", "name")
OTHER = ("tenant", "other")


def entry(version: int) -> ConfigEntry:
    return ConfigEntry("name", b"1", version, 0, 0)


def begun(pending: PendingWrites, version: int = 1) -> Promise:
    return pending.begin(KEY, entry(version), Fate())


def appended(promise: Promise) -> Promise:
    """Let the write that `promise` stands for have been appended."""
    promise.fate.is_appended = True
    return promise


async def test_the_newest_write_under_way_is_known_until_it_ends() -> None:
    pending = PendingWrites()
    assert pending.newest(KEY) is None
    promise = begun(pending)
    assert promise.entry == entry(1)
    assert pending.newest(KEY) is promise
    assert pending.newest(OTHER) is None
    pending.end(KEY, appended(promise))
    assert pending.newest(KEY) is None


async def test_a_write_that_ends_leaves_the_newer_one() -> None:
    pending = PendingWrites()
    first, second = begun(pending, 1), begun(pending, 2)
    pending.end(KEY, appended(first))
    assert pending.newest(KEY) is second
    pending.end(KEY, appended(second))
    assert pending.newest(KEY) is None


async def test_a_write_that_fails_takes_those_decided_on_it_along() -> None:
    pending = PendingWrites()
    first, second = begun(pending, 1), begun(pending, 2)
    pending.end(KEY, first)
    assert pending.newest(KEY) is None
    pending.end(KEY, second)


async def test_who_settles_waits_for_the_newest_write() -> None:
    pending = PendingWrites()
    assert not await pending.settle(KEY)

    promise = begun(pending)
    settling = asyncio.create_task(pending.settle(KEY))
    await asyncio.sleep(0)
    assert not settling.done()
    pending.end(KEY, appended(promise))
    assert await settling


async def test_who_is_cancelled_while_it_settles_cancels_nobody_else() -> None:
    pending = PendingWrites()
    promise = begun(pending)
    impatient = asyncio.create_task(pending.settle(KEY))
    patient = asyncio.create_task(pending.settle(KEY))
    await asyncio.sleep(0)
    impatient.cancel()
    await asyncio.sleep(0)
    pending.end(KEY, appended(promise))
    assert await patient

"""`kill -9` among sets of changes and shredded secrets: each is whole, or was never begun."""

import itertools
import random
from typing import Any, Final

import msgspec
import pytest

from tenantry.base.errors import Gone, NotFound
from tests.faults.change_workloads import (
    MASTER,
    PAIR,
    ROOT,
    TENANT,
    change_pair,
    change_settings,
)
from tests.faults.config_workloads import OpenStore, histories_of, opened_store
from tests.faults.harness import Zygote
from tests.faults.logs import assert_intact
from tests.support.counts import soak_count

pytestmark = [pytest.mark.soak, pytest.mark.timeout(600)]

KILLS = 30
WRITERS = 4

_SHRED: Final = "ConfigSecretShredded"


async def test_kills_leave_every_set_of_changes_and_every_shredding_whole(
    zygote: Zygote, database_url: str
) -> None:
    rng = random.Random(random.getrandbits(64))
    following = [0] * WRITERS
    acks: dict[str, int] = {}
    last: dict[int, tuple[str, int]] = {}

    for _ in range(soak_count(KILLS)):
        process = zygote.fork(change_settings, url=database_url, next=following)
        process.read_until("shredded", count=rng.randint(1, 10 * WRITERS))
        process.read_for(rng.uniform(0, 0.01))
        reports = process.kill()
        for writer, key, position in reports.of("ack"):
            acks[key] = position
            last[writer] = (key, position)
            following[writer] = int(key.split("-")[1]) + 1

        async with opened_store(database_url, master=MASTER) as opened:
            await assert_intact(opened.log)
            await _assert_pairs_are_whole(opened, acks)
            await _assert_secrets_are_whole(opened)
            await _assert_retries_change_nothing(opened, last)


async def _assert_pairs_are_whole(opened: OpenStore, acks: dict[str, int]) -> None:
    histories = await histories_of(opened.store, TENANT, list(PAIR))
    histories.assert_unbroken()
    left, right = ([(r.value, r.position) for r in histories.by_name[name]] for name in PAIR)
    assert [(value, position + 1) for value, position in left] == right
    stored = dict(right)
    assert len(stored) == len(right), "a set of changes was carried out twice"
    assert {key: stored.get(key) for key in acks} == acks


async def _assert_secrets_are_whole(opened: OpenStore) -> None:
    """Fail unless what is sealed and live can be opened, and what was shredded never again."""
    for writer in range(WRITERS):
        name = f"secret-{writer}"
        try:
            entry = opened.store.get(ROOT, TENANT, name)
        except NotFound:
            entry = None
        if entry is not None:
            value = await opened.store.reveal(ROOT, TENANT, entry)
            assert value is not None
            assert msgspec.json.decode(value, type=str).startswith(f"{writer}-")

        records: list[Any] = []
        async for page in opened.store.history(ROOT, TENANT, name):
            records += page
        kinds = [record.event_type for record in records]
        shredded = len(kinds) - kinds[::-1].index(_SHRED) if _SHRED in kinds else 0
        for number, (record, after) in enumerate(itertools.pairwise(records)):
            # A shredding is two events of one transaction.
            if record.event_type == "ConfigValueDeleted":
                assert after.event_type == _SHRED
            # One that was killed before it shredded is followed by one that stores it again.
            if record.event_type == "ConfigValueSet" and number < shredded:
                past = await opened.store.at(ROOT, TENANT, name, record.position)
                with pytest.raises(Gone):
                    await opened.store.reveal(ROOT, TENANT, past)
        assert not records or records[-1].event_type != "ConfigValueDeleted"


async def _assert_retries_change_nothing(
    opened: OpenStore, last: dict[int, tuple[str, int]]
) -> None:
    before = await opened.log.head()
    for key, position in last.values():
        assert await change_pair(opened.store, key) == position
    assert await opened.log.head() == before

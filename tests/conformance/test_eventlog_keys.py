"""Idempotency keys: a request that is sent again is appended once."""

import asyncio
from datetime import timedelta

import pytest

from tenantry.eventlog import (
    ANY,
    NO_STREAM,
    Appended,
    AppendRequest,
    Conflict,
    EventLog,
    KeyReused,
    StaleStream,
)
from tenantry.testing import FakeClock
from tests.conformance.spine import append, key, request, stored_events, stream

HOUR_US = 3_600_000_000


async def test_a_repeated_request_is_answered_with_the_first_ones_positions(log: EventLog) -> None:
    await append(log)
    first = await append(log, request("keyed", count=3, key=key()))
    await append(log)

    again = await append(log, request("keyed", count=3, key=key()))

    assert (again.first, again.last, again.is_replay) == (first.first, first.last, True)
    assert not first.is_replay
    assert (await log.head()).position == 5


async def test_a_repeated_request_is_a_replay_even_where_its_expectation_is_stale_by_then(
    log: EventLog,
) -> None:
    wanted = request(expected=NO_STREAM, key=key())
    await append(log, wanted)
    assert (await append(log, wanted)).is_replay


async def test_a_key_of_another_request_is_refused(log: EventLog) -> None:
    await append(log, request(key=key(digest=b"one")))
    for expected in (ANY, NO_STREAM):
        wanted = request(expected=expected, key=key(digest=b"two"))
        assert await log.append(wanted) == KeyReused("key")
    assert (await log.head()).position == 1


async def test_a_request_that_was_refused_leaves_its_key_unused(log: EventLog) -> None:
    stale = await log.append(request(expected=3, key=key(digest=b"one")))
    assert stale == Conflict((StaleStream("one", 3, 0),))
    assert not (await append(log, request(key=key(digest=b"two")))).is_replay


async def test_keys_belong_to_their_tenants(log: EventLog) -> None:
    await append(log, request(tenant="acme", key=key(digest=b"one")))
    assert not (await append(log, request(tenant="globex", key=key(digest=b"two")))).is_replay


async def test_an_append_of_conditions_alone_is_repeatable_too(log: EventLog) -> None:
    wanted = AppendRequest("acme", (stream("one", count=0),), key())
    first = await append(log, wanted)
    again = await append(log, wanted)
    assert (again.first, again.last, again.is_replay) == (first.first, first.last, True)


async def test_a_key_counts_until_it_expires_and_not_after(log: EventLog, clock: FakeClock) -> None:
    until = clock.now_us() + HOUR_US
    await append(log, request(key=key(digest=b"one", expires_at=until)))
    assert await log.append_of_key("acme", "key") == (b"one", 1, 1)

    clock.advance(3_599.999999)
    assert await log.append(request(key=key(digest=b"two"))) == KeyReused("key")

    clock.advance(0.000001)
    assert await log.append_of_key("acme", "key") is None
    later = key(digest=b"two", expires_at=until + HOUR_US)
    assert (await append(log, request(key=later))).first == 2
    # From now on the key is the later request's.
    assert await log.append_of_key("acme", "key") == (b"two", 2, 2)
    assert (await append(log, request(key=later))).is_replay


async def test_a_key_that_is_born_expired_protects_nothing(log: EventLog, clock: FakeClock) -> None:
    wanted = request(key=key(expires_at=clock.now_us()))
    outcomes = await asyncio.gather(log.append(wanted), log.append(wanted), log.append(wanted))
    assert [o.first for o in outcomes if isinstance(o, Appended)] == [1, 2, 3]


async def test_expired_keys_are_forgotten_and_the_others_kept(
    log: EventLog, clock: FakeClock
) -> None:
    now = clock.now_us()
    await append(log, request(key=key("short", expires_at=now + HOUR_US)))
    await append(log, request(key=key("long", expires_at=now + 2 * HOUR_US)))

    clock.advance(timedelta(hours=1).total_seconds())
    await log.forget_expired_keys()
    clock.set_now(clock.now() - timedelta(hours=1))

    assert await log.append_of_key("acme", "short") is None
    assert await log.append_of_key("acme", "long") is not None


async def test_the_same_request_twice_in_one_batch_is_appended_once(log: EventLog) -> None:
    wanted = request(count=2, key=key())
    outcomes = await asyncio.gather(*(log.append(wanted) for _ in range(20)))

    assert all(isinstance(o, Appended) and (o.first, o.last) == (1, 2) for o in outcomes)
    assert [isinstance(o, Appended) and o.is_replay for o in outcomes] == [False] + [True] * 19
    assert (await log.head()).position == 2


async def test_two_requests_with_one_key_in_one_batch_have_one_winner(log: EventLog) -> None:
    outcomes = await asyncio.gather(
        *(log.append(request(f"s{n}", key=key(digest=b"%d" % n))) for n in range(5))
    )
    assert isinstance(outcomes[0], Appended)
    assert outcomes[1:] == [KeyReused("key")] * 4
    assert [e.stream for e in await stored_events(log)] == ["s0"]


async def test_a_request_repeated_on_two_nodes_at_once_is_appended_once(
    postgres_log: EventLog, second_log: EventLog
) -> None:
    for n in range(20):
        wanted = request("keyed", key=key(f"key-{n}"))
        outcomes = await asyncio.gather(*(log.append(wanted) for log in (postgres_log, second_log)))
        first = {o.first for o in outcomes if isinstance(o, Appended)}
        assert len(first) == 1
        assert sum(isinstance(o, Appended) and o.is_replay for o in outcomes) == 1
    assert len(await stored_events(postgres_log)) == 20


@pytest.mark.parametrize("name", ["", "ключ 🗝", "a'b\"c\\d", "x" * 10_000])
async def test_a_key_may_be_any_text(log: EventLog, name: str) -> None:
    wanted = request(key=key(name))
    assert not (await append(log, wanted)).is_replay
    assert (await append(log, wanted)).is_replay

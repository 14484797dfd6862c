"""Watermarks, paces and the ledger: what they say is never more than what was seen."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenantry.collector.model import LIKES, Covered, Gap, Pace
from tenantry.collector.rules import (
    Watermark,
    advance,
    is_blind,
    merged,
    next_host,
    paces_after,
    penalised,
    ring_of,
    silence_seconds,
    summarise,
)
from tests.support.counts import soak_count
from tests.support.jetstream_frames import NOON_US, commit_of, like

pytestmark = pytest.mark.soak

COUNT = settings(max_examples=soak_count(3_000), deadline=None)
S = 1_000_000
DAY = 86_400 * S
HOSTS = ("east", "west", "north")
# Not those of Hypothesis, which look for what is next to impossible.
SEEDED = st.integers(0, 2**32).map(random.Random)
MOMENTS = st.integers(0, 40)


@COUNT
@given(
    st.integers(20, 400),
    st.sampled_from([0.0, 0.05, 0.2, 0.4]),
    SEEDED,
)
def test_a_watermark_never_runs_ahead_of_the_stream_and_never_goes_back(
    count: int, share: float, rng: random.Random
) -> None:
    mark = Watermark()
    sent = 0
    while sent < count:
        size = rng.randint(1, 60)
        times = [NOON_US + (sent + step) * 1000 for step in range(size)]
        skewed = [
            time_us + rng.choice([-DAY, DAY]) if rng.random() < share else time_us
            for time_us in times
        ]
        after = advance(mark, skewed)

        sent += size
        assert after.us >= mark.us
        assert after.us <= times[-1]
        mark = after
    if share == 0.0:
        assert mark.us == NOON_US + (sent - 15) * 1000


@COUNT
@given(st.lists(st.integers(0, 2**63 - 1), max_size=60), st.integers(0, 60))
def test_a_watermark_is_one_of_the_times_and_how_batches_are_cut_matters_little(
    times: list[int], cut: int
) -> None:
    whole = advance(Watermark(), times)
    parts = advance(advance(Watermark(), times[:cut]), times[cut:])
    assert {whole.us, parts.us} <= {0, *times}
    assert len(whole.recent) < 16
    assert whole.recent == parts.recent


@COUNT
@given(st.sampled_from([0.05, 0.7, 3.0]), st.sampled_from([1, 20, 150]), SEEDED)
def test_a_steady_collection_is_never_missed_and_one_that_stops_soon_is(
    rate: float, per_batch: int, rng: random.Random
) -> None:
    paces: dict[str, Pace] = {}
    now = since = NOON_US
    next_us = NOON_US + 1
    for _ in range(900 // per_batch):
        now += round(per_batch / rate * S)
        events = []
        while next_us <= now:
            events.append(commit_of(like(), time_us=next_us))
            next_us += round(rng.expovariate(rate) * S) + 1
        paces |= paces_after(paces, events, since_us=since, now_us=now)
        assert not is_blind(paces[LIKES], now)
        since = now

    assert paces[LIKES].last_us <= now
    assert 5 <= silence_seconds(paces.values()) <= 60
    assert is_blind(paces[LIKES], now + round((51 / paces[LIKES].rate + 6) * S))


@st.composite
def stretches(draw: st.DrawFn) -> list[Covered]:
    found = []
    for number in range(draw(st.integers(0, 8))):
        from_us, until_us = sorted((draw(MOMENTS), draw(MOMENTS)))
        host = draw(st.sampled_from(HOSTS))
        found.append(Covered(id=number, host=host, wire="v1", from_us=from_us, until_us=until_us))
    return found


def moments(covered: list[Covered] | tuple[Covered, ...], host: str | None = None) -> set[int]:
    """Every half of a moment that is covered, so that what only touches is told apart."""
    return {
        half
        for each in covered
        if host in (None, each.host)
        for half in range(2 * each.from_us, 2 * each.until_us + 1)
    }


@COUNT
@given(stretches(), st.lists(st.tuples(MOMENTS, MOMENTS, st.booleans()), max_size=4))
def test_every_moment_is_covered_or_told_as_missing(
    covered: list[Covered], told: list[tuple[int, int, bool]]
) -> None:
    gaps = [
        Gap(
            collection="*" if is_all else LIKES,
            host="east",
            from_us=min(one, other),
            until_us=max(one, other),
            reason="cursor_too_old",
            opened_at=0,
        )
        for one, other, is_all in told
    ]

    ledger = summarise(covered, gaps)

    assert ledger.covered == merged(covered) == merged(ledger.covered)
    for host in HOSTS:
        assert moments(ledger.covered, host) == moments(covered, host)
    assert set(map(repr, gaps)) <= set(map(repr, ledger.gaps))
    if ledger.from_us is None or ledger.until_us is None:
        assert covered == []
        return
    whole = set(range(2 * ledger.from_us, 2 * ledger.until_us + 1))
    missing = {
        half
        for gap in ledger.gaps
        if gap.collection == "*"
        for half in range(2 * gap.from_us, 2 * gap.until_us + 1)
    }
    assert whole <= moments(covered) | missing
    assert ledger.is_complete is (not ledger.gaps)
    for gap in ledger.gaps:
        if gap.reason == "skipped":
            inside = set(range(2 * gap.from_us + 1, 2 * gap.until_us))
            assert not inside & moments(covered)


@COUNT
@given(st.lists(st.tuples(st.sampled_from(HOSTS), st.integers(0, 600)), max_size=12))
def test_there_is_always_a_host_to_ask_and_never_one_left_alone_before_another(
    moves: list[tuple[str, int]],
) -> None:
    ring, now = ring_of(HOSTS), 0
    for host, seconds in moves:
        ring = penalised(ring, host, now_us=now)
        now += seconds * S
        chosen = next_host(ring, now_us=now, after=host)
        free = [seat.host for seat in ring.seats if seat.until_us <= now]
        assert chosen in HOSTS
        if free:
            assert chosen in free
            assert chosen != host or free == [host]

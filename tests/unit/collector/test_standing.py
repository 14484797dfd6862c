"""How far a stream has come, what is odd about it, what is missing, and whom to ask."""

import pytest

from tenantry.collector.model import LIKES, POSTS, Commit, Covered, Cursor, Gap, Pace
from tenantry.collector.rules import (
    Watermark,
    advance,
    beginning_us,
    blind_gap,
    closed,
    forgiven,
    grown,
    is_blind,
    is_filled_by,
    lost,
    merged,
    next_host,
    paces_after,
    penalised,
    quieted,
    ring_of,
    silence_seconds,
    stretch_of,
    summarise,
    too_old_gap,
    total_rate,
    widened_gaps,
)
from tests.support.jetstream_frames import NOON_US, commit_of, like

S = 1_000_000
DAY = 86_400 * S


def likes(seconds: range, *, per_second: int = 1) -> list[Commit]:
    step = S // per_second
    return [
        commit_of(like(), time_us=NOON_US + second * S + (each + 1) * step)
        for second in seconds
        for each in range(per_second)
    ]


def pace(events: int = 1000, rate: float = 10.0, last_us: int = NOON_US) -> Pace:
    return Pace(collection=LIKES, events=events, rate=rate, last_us=last_us)


def stretch(from_us: int, until_us: int, host: str = "east", number: int = 0) -> Covered:
    return Covered(id=number, host=host, wire="v1", from_us=from_us, until_us=until_us)


def gap(from_us: int, until_us: int, collection: str = "*") -> Gap:
    return Gap(
        collection=collection,
        host="east",
        from_us=from_us,
        until_us=until_us,
        reason="blind",
        opened_at=until_us,
    )


def test_single_frames_of_tomorrow_do_not_move_the_watermark() -> None:
    mark = advance(Watermark(), [NOON_US + step for step in range(100)])
    assert NOON_US < mark.us < NOON_US + 100

    tomorrow = advance(mark, [NOON_US + DAY] * 13)
    assert tomorrow.us < NOON_US + 100


def test_frames_of_yesterday_do_not_take_it_back() -> None:
    mark = advance(Watermark(NOON_US), [NOON_US - DAY] * 50)
    assert mark.us == NOON_US


def test_too_few_frames_say_nothing_of_the_time() -> None:
    assert advance(Watermark(), [NOON_US] * 3).us == 0
    assert advance(Watermark(), [NOON_US + DAY, NOON_US, NOON_US + 1, NOON_US + 2]).us == NOON_US
    assert beginning_us([NOON_US] * 3) is None
    assert beginning_us([5, 4, 3, 2]) == 2
    assert beginning_us([NOON_US - DAY, *range(NOON_US, NOON_US + 99)]) == NOON_US


def test_a_rate_comes_near_the_true_one_whatever_the_batches() -> None:
    for size in (1, 7, 100):
        paces: dict[str, Pace] = {}
        since = NOON_US
        for first in range(0, 700, size):
            until = NOON_US + (first + size) * S
            batch = likes(range(first, first + size), per_second=4)
            paces |= paces_after(paces, batch, since_us=since, now_us=until)
            since = until
        assert paces[LIKES].rate == pytest.approx(4, rel=0.05)


def test_what_is_sent_once_more_is_no_rush() -> None:
    events = likes(range(1, 100), per_second=4)
    now_us = NOON_US + 100 * S
    paces = paces_after({}, events, since_us=NOON_US, now_us=now_us)

    assert paces_after(paces, events, since_us=now_us, now_us=now_us) == {}
    assert paces_after(paces, events, since_us=NOON_US, now_us=NOON_US + 50 * S) == {}


def test_a_frame_of_tomorrow_makes_no_pace_of_tomorrow() -> None:
    events = [*likes(range(1, 5)), commit_of(like(), time_us=NOON_US + DAY)]
    found = paces_after({}, events, since_us=NOON_US, now_us=NOON_US + 4 * S)
    assert found[LIKES].last_us == NOON_US + 4 * S


@pytest.mark.parametrize(
    "known,elapsed,blind",
    [
        (pace(), 5.1, True),
        (pace(), 4.9, False),
        (pace(rate=1000.0), 4.9, False),
        (pace(events=199), 600.0, False),
        (pace(rate=0.1), 499.0, False),
        (pace(rate=0.1), 501.0, True),
        (quieted(pace(), NOON_US), 10_000.0, False),
    ],
)
def test_a_collection_is_missed_where_many_were_to_be_expected(
    known: Pace, elapsed: float, *, blind: bool
) -> None:
    assert is_blind(known, NOON_US + int(elapsed * S)) is blind


@pytest.mark.parametrize(
    "rates,seconds", [([], 60), ([0.0], 60), ([0.5], 60), ([2.0, 3.0], 10), ([400.0], 5)]
)
def test_how_long_silence_is_borne(rates: list[float], seconds: float) -> None:
    paces = [pace(rate=rate) for rate in rates]
    assert silence_seconds(paces) == seconds
    assert total_rate(paces) == sum(rates)


def test_a_session_goes_on_with_the_stretch_that_reaches_to_it() -> None:
    covered = [stretch(0, 10, number=1), stretch(5, 20, "west", 2), stretch(30, 40, number=3)]

    def go_on(time_us: int) -> Covered:
        return stretch_of(covered, Cursor(host="east", wire="v1", time_us=time_us))

    assert go_on(10) == covered[0]
    assert go_on(35) == covered[2]
    assert go_on(12) == stretch(12, 12)
    assert grown(covered[0], 25).until_us == 25
    assert grown(covered[0], 5) == covered[0]


def test_stretches_of_one_host_that_touch_are_one() -> None:
    covered = [stretch(8, 20, number=2), stretch(0, 10, number=1), stretch(0, 30, "west", 3)]
    assert merged(covered) == (stretch(0, 20, number=1), stretch(0, 30, "west", 3))


@pytest.mark.parametrize(
    "skipped,rate,age,is_gap",
    [
        (1.0, 100.0, 0.0, True),
        (0.4, 100.0, 0.0, False),
        (-5.0, 100.0, 0.0, False),
        (3600.0, 0.0, 3600.0, False),
        (3600.0, 0.0, 90_000.0, True),
        (59.0, 0.0, 90_000.0, False),
    ],
)
def test_a_host_that_begins_too_late_leaves_a_gap(
    skipped: float, rate: float, age: float, *, is_gap: bool
) -> None:
    begins = NOON_US + int(skipped * S)
    found = too_old_gap(
        host="east",
        cursor_us=NOON_US,
        beginning_us=begins,
        rate=rate,
        now_us=NOON_US + int(age * S),
    )
    assert (found is not None) is is_gap
    if found is not None:
        assert (found.from_us, found.until_us, found.reason) == (NOON_US, begins, "cursor_too_old")
        assert lost(found, 5).state == "lost"


def test_a_blind_gap_is_filled_by_what_another_host_has_of_that_time() -> None:
    found = blind_gap(pace(), host="east", until_us=NOON_US + 60 * S, now_us=7)
    assert (found.collection, found.from_us, found.state) == (LIKES, NOON_US, "open")

    assert is_filled_by(found, [commit_of(like(), time_us=NOON_US + S)])
    assert not is_filled_by(found, [commit_of(like(), time_us=NOON_US + 61 * S)])
    assert not is_filled_by(found, [commit_of(None, collection=POSTS, time_us=NOON_US + S)])
    filled = closed(found, by="west", was_filled=True, now_us=9)
    assert (filled.state, filled.closed_by, filled.closed_at) == ("refilled", "west", 9)
    assert closed(found, by="west", was_filled=False, now_us=9).state == "quiet"


@pytest.mark.parametrize(
    "before,after,new",
    [
        (["*"], [LIKES, "app.*"], []),
        ([LIKES], [LIKES, POSTS], [POSTS]),
        (["app.bsky.feed.*"], [LIKES, "app.bsky.*"], ["app.bsky.*"]),
        (["app.bsky.*"], ["app.bsky.feed.*", LIKES], []),
        ([LIKES, POSTS], [LIKES], []),
        ([LIKES], ["*"], ["*"]),
    ],
)
def test_collections_that_are_new_miss_their_past(
    before: list[str], after: list[str], new: list[str]
) -> None:
    gaps = widened_gaps(before, after, host="east", from_us=5, now_us=9)
    assert [each.collection for each in gaps] == new
    assert {(each.from_us, each.until_us, each.state) for each in gaps} <= {(5, 9, "lost")}


def test_the_ledger_tells_of_what_nobody_covers() -> None:
    covered = [stretch(0, 10, number=1), stretch(10, 20, "west", 2), stretch(30, 40, number=3)]

    ledger = summarise(covered, [])
    assert (ledger.from_us, ledger.until_us, ledger.is_complete) == (0, 40, False)
    (skipped,) = ledger.gaps
    assert (skipped.from_us, skipped.until_us, skipped.reason) == (20, 30, "skipped")

    told = closed(gap(18, 31), by="west", was_filled=True, now_us=50)
    assert summarise(covered, [told]).gaps == (told,)
    assert summarise(covered, [told]).is_complete
    assert len(summarise(covered, [gap(18, 31, LIKES)]).gaps) == 2
    assert summarise([], []).from_us is None


def test_hosts_are_asked_in_their_order_but_not_one_that_just_failed() -> None:
    ring = ring_of(["east", "west", "east", "north"])
    assert [seat.host for seat in ring.seats] == ["east", "west", "north"]

    assert next_host(ring, now_us=0) == "east"
    assert next_host(ring, now_us=0, after="east") == "west"
    blind = penalised(ring, "east", now_us=0, blind_for=LIKES)
    assert next_host(blind, now_us=5 * S) == "west"
    assert next_host(blind, now_us=5 * S, after="west") == "north"
    assert next_host(blind, now_us=600 * S) == "east"
    assert next_host(blind, now_us=600 * S, for_collection=LIKES) == "west"
    assert next_host(forgiven(blind, "east", sees=LIKES), now_us=600 * S, for_collection=LIKES) == (
        "east"
    )


def test_a_host_that_fails_again_is_left_alone_twice_as_long() -> None:
    ring = ring_of(["east", "west"])
    for strike in range(20):
        ring = penalised(ring, "east", now_us=0)
        assert ring.seats[0].until_us == 600 * S * min(2**strike, 16)
    assert next_host(penalised(ring, "west", now_us=0), now_us=5) == "west"
    assert next_host(forgiven(ring, "east"), now_us=5) == "east"


def test_the_only_host_is_asked_again() -> None:
    ring = penalised(ring_of(["east"]), "east", now_us=0)
    assert next_host(ring, now_us=1, after="east") == "east"
    with pytest.raises(ValueError, match="no hosts"):
        ring_of([])

"""Which host is asked, and from where on."""

from typing import Any

from tenantry.collector.model import Covered, Cursor, Gap, Pace
from tenantry.collector.service.planning import REWIND_US, REWINDS_US, Hosts
from tenantry.collector.service.seats import Seats
from tenantry.collector.service.session import Known

SECOND = 1_000_000
NOW = 1_000_000 * SECOND
AT = 900_000 * SECOND
LIKES = "app.bsky.feed.like"
BUSY = {LIKES: Pace(collection=LIKES, events=1_000, rate=500.0, last_us=AT)}


def known(host: str = "a", *, seq: int | None = 7, gap: Gap | None = None, **values: Any) -> Known:
    """Return what is known after `host` has sent everything until `AT`."""
    cursor = Cursor(host=host, wire="v2", time_us=AT, seq=seq)
    gaps = {} if gap is None else {gap.id: gap}
    return Known(cursor=cursor, gaps=gaps, paces=dict(BUSY), **values)


def gap_of(host: str, seconds: int = 100) -> Gap:
    """Return a gap that `host` has left until `AT`."""
    return Gap(
        id=1,
        collection=LIKES,
        host=host,
        from_us=AT - seconds * SECOND,
        until_us=AT,
        reason="blind",
        opened_at=NOW,
    )


def test_the_first_host_is_asked_for_what_is_new() -> None:
    ask = Hosts(["a", "b"]).ask(Known(), {}, now_us=NOW)

    assert (ask.host, ask.cursor, ask.resume_us) == ("a", None, None)


def test_the_same_host_goes_on_by_its_own_count_and_another_by_time() -> None:
    hosts = Hosts(["a", "b"])
    assert hosts.ask(known(), {"a": "v2"}, now_us=NOW).cursor == 7

    hosts.seats.failed("a", now_us=NOW)
    ask = hosts.ask(known(), {"b": "v2"}, now_us=NOW)

    assert (ask.host, ask.cursor, ask.must_overlap) == ("b", AT - REWIND_US, True)


def test_less_is_asked_for_again_of_whoever_sends_little_at_a_time() -> None:
    hosts = Hosts(["a"])
    ask = hosts.ask(known(), {"a": "v1"}, now_us=NOW)
    assert ask.asked_us == AT - REWIND_US

    hosts.came(ask, begins_us=0, mark_us=AT - 3 * SECOND)
    assert hosts.ask(known(), {"a": "v1"}, now_us=NOW).asked_us == AT - SECOND // 2

    hosts.came(ask, begins_us=0, mark_us=AT + 60 * SECOND)
    assert hosts.ask(known(), {"a": "v1"}, now_us=NOW).asked_us == AT - REWIND_US


def test_more_is_asked_for_again_where_nothing_was_known_of_it_but_not_for_ever() -> None:
    hosts = Hosts(["a", "b"])
    hosts.seats.failed("a", now_us=NOW)
    asked = []
    for _ in range(3):
        ask = hosts.ask(known(), {}, now_us=NOW)
        asked.append((AT - (ask.asked_us or 0), ask.must_overlap))
        hosts.was_elsewhere("b")

    assert asked == [(REWIND_US, True), (REWINDS_US[0], True), (REWINDS_US[1], False)]


def test_a_gap_is_filled_from_where_another_host_has_come_with_it() -> None:
    gap = gap_of("a")
    ask = Hosts(["a", "b"]).ask(known("a", gap=gap), {}, now_us=NOW)
    assert (ask.host, ask.resume_us, ask.filling) == ("b", gap.from_us, (gap,))

    half_way = AT - 50 * SECOND
    half = Covered(id=1, host="b", wire="v2", from_us=gap.from_us - 5, until_us=half_way)
    filling = known("b", gap=gap, covered=[half])
    filling.cursor = Cursor(host="b", wire="v2", time_us=half_way, seq=99)
    ask = Hosts(["a", "b"]).ask(filling, {"b": "v2"}, now_us=NOW)

    assert (ask.host, ask.cursor, ask.filling) == ("b", 99, (gap,))


def test_a_gap_that_nobody_can_fill_now_holds_up_nothing() -> None:
    hosts = Hosts(["a", "b"])
    for _ in range(2):
        hosts.seats.failed("b", now_us=NOW)

    ask = hosts.ask(known(gap=gap_of("a")), {"a": "v2"}, now_us=NOW)

    assert (ask.host, ask.cursor, ask.filling) == ("a", 7, ())
    assert not hosts.seats.has_other("a", LIKES, now_us=NOW)
    assert hosts.seats.has_other("a", LIKES, now_us=NOW + 61 * SECOND)


def test_a_gap_that_is_too_old_for_whoever_could_fill_it_is_asked_from_where_they_begin() -> None:
    hosts = Hosts(["a", "b"])
    hosts.was_late("b", 55)

    ask = hosts.ask(known(gap=gap_of("a")), {"b": "v2"}, now_us=NOW)

    assert (ask.host, ask.cursor, ask.is_last) == ("b", 55, True)


def test_where_nobody_goes_back_so_far_the_one_is_asked_that_goes_back_furthest() -> None:
    hosts = Hosts(["a", "b", "c"])
    for host, floor in (("a", None), ("b", 70), ("c", 60)):
        hosts.was_late(host, floor)

    ask = hosts.ask(known("gone"), {}, now_us=NOW)

    assert (ask.host, ask.cursor, ask.is_last) == ("c", 60, True)


def test_what_cannot_be_read_is_skipped_further_each_time_and_told() -> None:
    hosts = Hosts(["a"])
    before = known()
    hosts.was_blocked("a", before.cursor)
    assert hosts.ask(before, {"a": "v1"}, now_us=NOW).skipped is None

    skipped = []
    for _ in range(3):
        hosts.was_blocked("a", before.cursor)
        gap = hosts.ask(before, {"a": "v1"}, now_us=NOW).skipped
        assert gap is not None
        skipped.append((gap.from_us - AT, (gap.until_us - AT) // SECOND, gap.state))

    assert skipped == [(0, 1, "lost"), (0, 2, "lost"), (0, 4, "lost")]


def test_hosts_that_all_fail_take_turns() -> None:
    seats = Seats(["a", "b"])
    seats.failed("a", is_bad=True, now_us=NOW)
    asked = []
    for at in range(6):
        host, _ = seats.choose((), late={}, now_us=NOW + at)
        asked.append(host)
        seats.failed(host, now_us=NOW + at)

    assert asked == ["b", "b", "a", "b", "a", "b"]


def test_a_host_is_preferred_again_once_it_has_sent() -> None:
    seats = Seats(["a", "b"])
    seats.failed("a", is_bad=True, now_us=NOW)
    assert seats.choose((), late={}, now_us=NOW)[0] == "b"

    seats.was_good("a")

    assert seats.choose((), late={}, now_us=NOW)[0] == "a"


def test_a_collection_that_comes_again_is_not_held_against_a_host_any_more() -> None:
    seats = Seats(["a", "b"])
    seats.left_out("b", LIKES, now_us=NOW)
    assert not seats.has_other("a", LIKES, now_us=NOW)

    seats.was_good("b")
    seats.sees("b", LIKES)

    assert seats.has_other("a", LIKES, now_us=NOW)

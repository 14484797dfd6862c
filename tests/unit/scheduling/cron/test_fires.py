"""When an expression fires; what a change of the clock does to it."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from tenantry.base.errors import Invalid
from tenantry.scheduling import Cron, Fires
from tests.support.cron_times import US, upcoming, us

NEW_YORK = "America/New_York"


def test_the_default_schedule_runs_five_times_a_day_from_monday_to_friday() -> None:
    assert upcoming("0 0 9,11,13,15,17 * * 1-5", NEW_YORK, "2026-11-06T14:00:00-05:00", 4) == [
        "2026-11-06T15:00:00-05:00",
        "2026-11-06T17:00:00-05:00",
        "2026-11-09T09:00:00-05:00",
        "2026-11-09T11:00:00-05:00",
    ]


def test_the_literal_one_runs_every_2_minutes_until_17_58() -> None:
    assert upcoming("0 */2 9-17 * * 1-5", NEW_YORK, "2026-11-06T17:55:00-05:00", 3) == [
        "2026-11-06T17:56:00-05:00",
        "2026-11-06T17:58:00-05:00",
        "2026-11-09T09:00:00-05:00",
    ]


@pytest.mark.parametrize(
    "days, expected",
    [
        ("L * *", ["01-31", "02-28", "03-31"]),
        ("L-2 * *", ["01-29", "02-26", "03-29"]),
        ("L-30 * *", ["01-01", "03-01", "05-01"]),
        ("LW * *", ["01-30", "02-27", "03-31"]),
        # 2026-01-31 is a Saturday, 2026-02-01 and 2026-03-01 are Sundays.
        ("1W * *", ["01-01", "02-02", "03-02"]),
        ("31W * *", ["01-30", "03-31", "05-29"]),
        ("15W * *", ["01-15", "02-16", "03-16"]),
        ("1,15W,L * *", ["01-01", "01-15", "01-31"]),
        ("* * 5L", ["01-30", "02-27", "03-27"]),
        ("* * FRI#2", ["01-09", "02-13", "03-13"]),
        ("* * 5#5", ["01-30", "05-29", "07-31"]),
        ("* * 7#1,SAT#1", ["01-03", "01-04", "02-01"]),
        ("13 * 5", ["01-02", "01-09", "01-13"]),
        ("13 * */5", ["02-13", "03-13", "09-13"]),
        ("1-7 * */7", ["01-04", "02-01", "03-01"]),
        ("*/2 * 6", ["01-03", "01-17", "01-31"]),
        ("29 2 *", ["2028-02-29", "2032-02-29", "2036-02-29"]),
    ],
)
def test_days_are_those_that_are_meant(days: str, expected: list[str]) -> None:
    # In `13 * */5` a 13th has to be a Sunday or a Friday too, which are 0 and 5.
    found = upcoming(f"0 0 {days}", "UTC", "2025-12-31T23:59:59+00:00", 3)

    assert found == [f"{day if len(day) > 5 else f'2026-{day}'}T00:00:00+00:00" for day in expected]


def test_after_a_fire_time_comes_the_next_one() -> None:
    fires = Fires(Cron.parse("*/5 * * * *"), "UTC")
    noon, later = us("2026-01-01T12:00:00Z"), us("2026-01-01T12:05:00Z")

    assert fires.after(noon - 1) == noon
    assert fires.after(noon) == later
    assert fires.after(later - 1) == later
    assert fires.before(later + 1) == later
    assert fires.before(later) == noon
    assert fires.before(noon + 1) == noon


def test_what_is_between_leaves_the_beginning_out_and_has_the_end() -> None:
    fires = Fires(Cron.parse("0 * * * *"), "UTC")
    noon = us("2026-01-01T12:00:00Z")
    hour = 3_600 * US

    assert list(fires.between(noon, noon + 2 * hour)) == [noon + hour, noon + 2 * hour]
    assert list(fires.between(noon, noon + hour - 1)) == []
    assert list(fires.between(noon, noon - hour)) == []
    assert fires.count(noon, noon + 2 * hour) == 2
    assert fires.count(noon, noon - hour) == 0
    assert fires.upcoming(noon, 0) == []


def test_before_1970_is_a_time_like_any_other() -> None:
    assert upcoming("30 0 1 1 *", "UTC", "1899-06-01T00:00:00+00:00", 1) == [
        "1900-01-01T00:30:00+00:00"
    ]


def test_time_ends_in_the_year_9998() -> None:
    fires = Fires(Cron.parse("0 0 1 1 *"), NEW_YORK)
    last = fires.before(10**18)

    assert last == us("9998-01-01T00:00:00-05:00")
    assert fires.after(last) is None
    assert fires.after(10**30) is None
    assert fires.upcoming(last - 1, 5) == [last]
    assert fires.before(-(10**30)) is None
    assert fires.after(-(10**30)) == us("0002-01-01T00:00:00-04:56:02")


def test_an_unknown_time_zone_is_refused_by_name() -> None:
    cron = Cron.parse("@daily")
    strange = ["", "Mars/Olympus", "EST5EDT,M3.2.0", "../etc/passwd", "/etc/localtime", "UTC\0"]

    for name in [*strange, "localtime", "posixrules", "right/UTC", "Europe", "zone.tab", "U" * 999]:
        with pytest.raises(Invalid, match=r"timezone: got .* wants an IANA name"):
            Fires(cron, name)


# What clocks skip, 2026-03-08 in New York: 02:00 to 03:00. What they repeat, 2026-11-01: 01:00.
GAP, OVERLAP = "2026-03-08T00:30:00-05:00", "2026-11-01T00:30:00-04:00"


@pytest.mark.parametrize("second", ["", "0 "])
@pytest.mark.parametrize(
    "fields, start, expected",
    [
        ("30 2 * * *", GAP, ["08T03:00:00-04:00", "09T02:30:00-04:00"]),
        ("0,30 2 * * *", GAP, ["08T03:00:00-04:00", "09T02:00:00-04:00"]),
        ("0 2,3 * * *", GAP, ["08T03:00:00-04:00", "09T02:00:00-04:00"]),
        ("0 0,2,4,6 * * *", GAP, ["08T03:00:00-04:00", "08T04:00:00-04:00"]),
        ("* 2 * * *", GAP, ["09T02:00:00-04:00", "09T02:01:00-04:00"]),
        ("30 * * * *", GAP, ["08T01:30:00-05:00", "08T03:30:00-04:00"]),
        ("30 */2 * * *", GAP, ["08T04:30:00-04:00", "08T06:30:00-04:00"]),
        ("30 1 * * *", OVERLAP, ["01T01:30:00-04:00", "02T01:30:00-05:00"]),
        ("0 1,2 * * *", OVERLAP, ["01T01:00:00-04:00", "01T02:00:00-05:00"]),
        ("0 * * * *", OVERLAP, ["01T01:00:00-04:00", "01T01:00:00-05:00"]),
        ("30 */1 * * *", OVERLAP, ["01T01:30:00-04:00", "01T01:30:00-05:00"]),
        ("*/30 1 * * *", "2026-11-01T01:15:00-04:00", ["01T01:30:00-04:00", "01T01:00:00-05:00"]),
        ("*/30 1 1 11 *", "2026-11-01T01:15:00-04:00", ["01T01:30:00-04:00", "01T01:00:00-05:00"]),
    ],
)
def test_one_second_follows_debian(
    second: str, fields: str, start: str, expected: list[str]
) -> None:
    month = start[:8]

    assert upcoming(second + fields, NEW_YORK, start, 2) == [month + each for each in expected]


def test_the_second_is_added_to_what_debian_says_of_the_minute() -> None:
    assert upcoming("15 30 2 * * *", NEW_YORK, GAP, 1) == ["2026-03-08T03:00:15-04:00"]
    assert upcoming("15 30 1 * * *", NEW_YORK, OVERLAP, 2) == [
        "2026-11-01T01:30:15-04:00",
        "2026-11-02T01:30:15-05:00",
    ]


@pytest.mark.parametrize(
    "expression, start, expected",
    [
        ("0,30 30 2 * * *", GAP, ["09T02:30:00-04:00", "09T02:30:30-04:00"]),
        ("*/30 * * * * *", "2026-03-08T01:59:30-05:00", ["08T03:00:00-04:00", "08T03:00:30-04:00"]),
        ("0,30 30 1 * * *", OVERLAP, ["01T01:30:00-04:00", "01T01:30:30-04:00"]),
        (
            "0,30 59 * * * *",
            "2026-11-01T01:59:00-04:00",
            ["01T01:59:30-04:00", "01T02:59:00-05:00"],
        ),
    ],
)
def test_several_seconds_follow_the_clock_on_the_wall(
    expression: str, start: str, expected: list[str]
) -> None:
    month = start[:8]

    assert upcoming(expression, NEW_YORK, start, 2) == [month + each for each in expected]


def test_what_is_made_up_for_is_found_from_both_sides() -> None:
    fires = Fires(Cron.parse("15 30 2 * * *"), NEW_YORK)
    late = us("2026-03-08T03:00:15-04:00")

    assert fires.after(late - 1) == late
    assert fires.before(late + 1) == late
    assert fires.before(late) == us("2026-03-07T02:30:15-05:00")
    assert fires.after(late) == us("2026-03-09T02:30:15-04:00")


def test_a_day_that_clocks_skip_is_made_up_for_as_the_next_begins() -> None:
    # Samoa went from 29 December to 31 December.
    assert upcoming("0 10 * * *", "Pacific/Apia", "2011-12-29T11:00:00-10:00", 2) == [
        "2011-12-31T00:00:00+14:00",
        "2011-12-31T10:00:00+14:00",
    ]


def test_midnight_that_clocks_skip_is_at_1() -> None:
    assert upcoming("0 0 * * *", "America/Sao_Paulo", "2018-11-03T12:00:00-03:00", 2) == [
        "2018-11-04T01:00:00-02:00",
        "2018-11-05T00:00:00-02:00",
    ]


def test_half_an_hour_is_skipped_and_repeated_like_an_hour() -> None:
    zone = "Australia/Lord_Howe"

    assert upcoming("15 2 * * *", zone, "2026-10-04T00:00:00+10:30", 1) == [
        "2026-10-04T02:30:00+11:00"
    ]
    assert upcoming("45 1 * * *", zone, "2026-04-05T00:00:00+11:00", 2) == [
        "2026-04-05T01:45:00+11:00",
        "2026-04-06T01:45:00+10:30",
    ]


def test_what_clocks_skip_into_a_minute_runs_as_the_next_one_begins() -> None:
    # Liberia went from 00:00:00 to 00:44:30.
    assert upcoming("30 0 * * *", "Africa/Monrovia", "1972-01-06T12:00:00-00:44:30", 2) == [
        "1972-01-07T00:45:00+00:00",
        "1972-01-08T00:30:00+00:00",
    ]


def test_in_the_repeated_hour_a_fixed_time_has_been() -> None:
    fires = Fires(Cron.parse("30 1 * * *"), NEW_YORK)
    repeated = us("2026-11-01T01:20:00-05:00")

    assert fires.after(repeated) == us("2026-11-02T01:30:00-05:00")
    assert fires.before(repeated) == us("2026-11-01T01:30:00-04:00")


def test_the_longest_wait_is_forty_years() -> None:
    found = Fires(Cron.parse("0 0 29 2 */7"), "UTC").upcoming(us("2000-01-01T00:00:00Z"), 14)
    years = [datetime.fromtimestamp(at // US, UTC).year for at in found]

    assert max(later - earlier for earlier, later in pairwise(years)) == 40


def test_a_year_of_hours_is_as_long_as_a_year() -> None:
    fires = Fires(Cron.parse("0 * * * *"), NEW_YORK)
    found = fires.upcoming(us("2026-01-01T00:00:00-05:00"), 365 * 24)

    assert {later - earlier for earlier, later in pairwise(found)} == {3_600 * US}
    assert found[-1] == us("2027-01-01T00:00:00-05:00")


def test_a_year_of_seconds_is_counted_without_walking_it() -> None:
    fires = Fires(Cron.parse("* * * * * *"), NEW_YORK)
    start = us("2026-01-01T00:00:00-05:00")
    year = timedelta(days=365) // timedelta(microseconds=1)

    # An hour is skipped, and the repeated one has no runs.
    assert fires.count(start, start + year) == 365 * 86_400 - 3_600

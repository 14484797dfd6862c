"""What headers of limits mean, in each of the ways in which services write them."""

from datetime import UTC, datetime

import pytest
from multidict import CIMultiDict

from tenantry.collector.remote.appview.headers import Told, retry_after, told_by

NOW = datetime(2026, 6, 1, 12, 0, 0, tzinfo=UTC)
EPOCH = int(NOW.timestamp())


def told(**headers: str) -> Told | None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return told_by(CIMultiDict(named), now=NOW)


def test_an_instant_is_told_in_seconds_since_1970() -> None:
    assert told(
        ratelimit_limit="3000",
        ratelimit_remaining="2998",
        ratelimit_reset=str(EPOCH + 250),
        ratelimit_policy="3000;w=300",
    ) == Told(limit=3000, remaining=2998, reset=EPOCH + 250, resets_in=250.0, window_seconds=300.0)


def test_the_clock_of_the_service_counts_and_not_ours() -> None:
    found = told(
        ratelimit_limit="10",
        ratelimit_remaining="0",
        ratelimit_reset=str(EPOCH + 7_205),
        date="Mon, 01 Jun 2026 14:00:00 GMT",
    )

    assert found is not None
    assert found.resets_in == 5.0


def test_a_small_number_is_a_delay_and_a_great_one_is_in_milliseconds() -> None:
    small = told(ratelimit_limit="10", ratelimit_remaining="1", ratelimit_reset="12")
    great = told(
        ratelimit_limit="10", ratelimit_remaining="1", ratelimit_reset=str(EPOCH * 1000 + 1500)
    )

    assert small is not None
    assert (small.reset, small.resets_in) == (None, 12.0)
    assert great is not None
    assert great.resets_in == 1.5


def test_of_several_policies_the_one_that_the_limit_is_of_is_meant() -> None:
    found = told(
        ratelimit_limit="100", ratelimit_remaining="5", ratelimit_policy="3000;w=300, 100;w=10"
    )

    assert found is not None
    assert found.window_seconds == 10.0


def test_a_policy_alone_tells_a_limit() -> None:
    assert told(ratelimit_policy="50;w=60") == Told(limit=50, window_seconds=60.0)


@pytest.mark.parametrize("value", ["", "many", "-1", "1.5", "9" * 40, "٣"])
def test_what_is_no_number_tells_nothing(value: str) -> None:
    assert told(ratelimit_limit=value, ratelimit_remaining=value) is None


def test_a_reset_that_is_over_or_absurd_is_bounded() -> None:
    over = told(ratelimit_limit="1", ratelimit_remaining="0", ratelimit_reset=str(EPOCH - 60))
    absurd = told(ratelimit_limit="1", ratelimit_remaining="0", ratelimit_reset="9" * 15)

    assert over is not None
    assert over.resets_in == 0.0
    assert absurd is not None
    assert absurd.resets_in == 86_400.0


@pytest.mark.parametrize(
    "value, seconds",
    [
        ("7", 7.0),
        ("Mon, 01 Jun 2026 12:00:09 GMT", 9.0),
        ("Mon, 01 Jun 2026 11:00:00 GMT", 0.0),
        ("99999999999", 86_400.0),
        ("soon", 0.0),
        ("-3", 0.0),
        ("", 0.0),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float) -> None:
    assert retry_after(CIMultiDict({"retry-after": value}), now=NOW) == seconds

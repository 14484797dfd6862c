from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.base.errors import Invalid
from tenantry.base.instant import format_instant, format_millisecond, parse_instant

EARLIEST = -62_135_596_800_000_000
LATEST = 253_402_300_799_999_999


@given(st.integers(min_value=EARLIEST, max_value=LATEST))
def test_an_instant_survives_being_written_and_read(microseconds: int) -> None:
    assert parse_instant(format_instant(microseconds)) == microseconds


def test_an_instant_is_written_in_utc_with_microseconds() -> None:
    instant = int(datetime(2024, 1, 15, 10, 30, tzinfo=UTC).timestamp()) * 1_000_000
    assert format_instant(instant) == "2024-01-15T10:30:00.000000Z"
    assert format_instant(instant + 7) == "2024-01-15T10:30:00.000007Z"


def test_an_instant_can_be_cut_to_the_millisecond() -> None:
    assert format_millisecond(1_705_314_600_000_999) == "2024-01-15T10:30:00.000Z"
    assert format_millisecond(1_705_314_600_045_000) == "2024-01-15T10:30:00.045Z"


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-15T10:30:00Z",
        "2024-01-15t10:30:00z",
        "2024-01-15 10:30:00Z",
        "2024-01-15T10:30:00.0Z",
        "2024-01-15T10:30:00.000000+00:00",
        "2024-01-15T12:30:00+02:00",
        "2024-01-14T23:00:00-11:30",
    ],
)
def test_every_way_to_write_an_instant_is_read_as_the_same(text: str) -> None:
    assert format_instant(parse_instant(text)) == "2024-01-15T10:30:00.000000Z"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2024-01-15",
        "2024-01-15T10:30Z",
        "2024-01-15T10:30:00",
        "2024-01-15T10:30:00.0000001Z",
        "2024-02-30T10:30:00Z",
        "2024-01-15T25:00:00Z",
        "2024-01-15T10:30:00+0200",
        "2024-01-15T10:30:00+99:00",
        "2024-01-15T10:30:00Z ",
        "\uff12\uff10\uff12\uff14-01-15T10:30:00Z",
        "0001-01-01T00:00:00+23:59",
        "1705314600",
        "x" * 1_000_000,
    ],
)
def test_what_names_no_instant_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(Invalid, match=r"2024-01-15T10:30:00Z") as caught:
        parse_instant(text, field="at")
    assert len(caught.value.message) < 200

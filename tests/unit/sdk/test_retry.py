"""When a request is sent again."""

import pytest

from tenantry.sdk import Invalid, NotFound, RequestFailed, Retry, Unavailable, Unreachable
from tenantry.sdk.retry import may_repeat

RETRY = Retry(attempts=4, first_seconds=0.1, most_seconds=2.0)


def pause(error: RequestFailed, *, attempt: int = 1, left: float = 60.0) -> float | None:
    return RETRY.pause_after(
        error, is_repeatable=True, attempt=attempt, seconds_left=left, chance=1.0
    )


def test_pauses_double_up_to_a_cap() -> None:
    pauses = [RETRY.pause(failures, chance=1.0) for failures in (1, 2, 3, 4, 5, 6, 10_000)]

    assert pauses == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0])


def test_a_pause_is_drawn_from_nought_to_its_most() -> None:
    assert RETRY.pause(3, chance=0.0) == 0.0
    assert RETRY.pause(3, chance=0.5) == pytest.approx(0.2)


def test_a_server_may_ask_for_longer_pauses() -> None:
    assert RETRY.pause(1, chance=1.0, first_seconds=1.0) == 1.0
    assert RETRY.pause(9, chance=1.0, first_seconds=3.0) == 3.0


def test_what_the_server_asks_for_is_the_least() -> None:
    assert pause(Unavailable("later", retry_after=7.0)) == 7.0
    assert pause(Unavailable("later", retry_after=0.0)) == pytest.approx(0.1)


def test_the_next_connection_waits_as_long_as_the_server_asks() -> None:
    def pause(error: RequestFailed | None) -> float:
        return RETRY.pause_between(1, error, chance=0.5, first_seconds=None)

    assert pause(None) == pause(Unavailable("later")) == pytest.approx(0.05)
    assert pause(Unavailable("later", retry_after=5.0)) == 5.0


def test_a_pause_beyond_the_deadline_is_the_end() -> None:
    assert pause(Unavailable("later", retry_after=7.0), left=6.9) is None
    assert pause(Unavailable("later"), left=0.05) is None


def test_the_last_attempt_is_the_last() -> None:
    assert pause(Unavailable("later"), attempt=3) is not None
    assert pause(Unavailable("later"), attempt=4) is None


def test_only_what_may_pass_is_sent_again() -> None:
    assert pause(NotFound("no")) is None
    assert pause(RequestFailed("bug", status=500)) is None
    assert pause(Unreachable("gone")) is not None


def test_what_may_not_happen_twice_is_sent_again_only_if_nothing_was_sent() -> None:
    assert not may_repeat(Unavailable("later"), is_repeatable=False)
    assert not may_repeat(Unreachable("cut"), is_repeatable=False)
    assert may_repeat(Unreachable("refused", is_unsent=True), is_repeatable=False)


@pytest.mark.parametrize(
    "wrong", [{"attempts": 0}, {"first_seconds": 0}, {"first_seconds": 9.0, "most_seconds": 1.0}]
)
def test_a_retry_of_no_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(Invalid, match="retry"):
        Retry(**wrong)  # type: ignore[arg-type]  # that is what is refused

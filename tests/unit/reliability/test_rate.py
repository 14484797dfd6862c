"""Two ways of counting, in whole numbers."""

import pytest

from tenantry.reliability.rate import Algorithm, FixedWindow, Gcra

PERIOD = 1_000_003


@pytest.mark.parametrize("limit", [1, 3, 7, 1_000])
@pytest.mark.parametrize("way", [Gcra, FixedWindow])
def test_the_wait_is_the_least_whole_microsecond_that_is_enough(
    way: type[Gcra | FixedWindow], limit: int
) -> None:
    algorithm: Algorithm = (
        Gcra(limit=limit, period_us=PERIOD, burst=limit)
        if way is Gcra
        else FixedWindow(limit=limit, period_us=PERIOD)
    )
    bucket, *_ = algorithm.take(None, 17, limit)

    _, remaining, full_in, wait = algorithm.take(bucket, 17, 1)

    assert (remaining, full_in) == (0, PERIOD)
    assert algorithm.take(bucket, 17 + wait, 1)[3] == 0
    assert algorithm.take(bucket, 17 + wait - 1, 1)[3] == 1


def test_a_full_bucket_is_as_good_as_none() -> None:
    algorithm = Gcra(limit=3, period_us=PERIOD, burst=3)
    bucket, *_ = algorithm.take(None, 0, 3)

    assert not algorithm.is_full(bucket, PERIOD - 1)
    assert algorithm.is_full(bucket, PERIOD)
    assert algorithm.take(bucket, PERIOD, 2) == algorithm.take(None, PERIOD, 2)


@pytest.mark.parametrize("limit", [3, 7, 1_000])
def test_what_is_no_whole_microsecond_is_waited_for_to_its_end(limit: int) -> None:
    algorithm = Gcra(limit=limit, period_us=PERIOD, burst=limit)
    bucket, _, full_in, _ = algorithm.take(None, 17, limit - 1)
    assert (full_in - 1) * limit < (limit - 1) * PERIOD < full_in * limit

    bucket, *_ = algorithm.take(bucket, 17, 1)
    _, _, _, wait = algorithm.take(bucket, 17, 1)
    assert (wait - 1) * limit < PERIOD < wait * limit

    _, _, refused_full_in, _ = algorithm.take(bucket, 18, 1)
    assert refused_full_in == PERIOD - 1

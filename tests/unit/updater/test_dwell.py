from math import exp
from statistics import NormalDist

import pytest

from tenantry.updater.rules.draw import draw_for
from tenantry.updater.rules.dwell import QUANTILES, SIGMAS, Shape, dwell_seconds

HOUR = 3600


@pytest.mark.parametrize("shape", SIGMAS)
def test_the_table_is_the_log_normal_distribution(shape: Shape) -> None:
    quantiles = QUANTILES[shape]

    for index, value in enumerate(quantiles):
        p = (index + 0.5) / len(quantiles)
        assert value == pytest.approx(1000 * exp(SIGMAS[shape] * NormalDist().inv_cdf(p)), abs=1)
    assert list(quantiles) == sorted(quantiles)
    assert len(quantiles) == 256


@pytest.mark.parametrize("shape", SIGMAS)
def test_half_of_what_is_drawn_takes_longer_than_the_median(shape: Shape) -> None:
    drawn = [
        dwell_seconds(draw_for(1, "dwell", shape, str(number)), 8 * HOUR, shape)
        for number in range(20_000)
    ]

    median = sorted(drawn)[len(drawn) // 2]
    assert median == pytest.approx(8 * HOUR, rel=0.02)
    assert sum(drawn) / len(drawn) == pytest.approx(
        8 * HOUR * exp(SIGMAS[shape] ** 2 / 2), rel=0.02
    )
    assert len(set(drawn)) > 10_000


def test_a_duration_is_the_same_for_the_same_draw() -> None:
    first = dwell_seconds(draw_for(7, "standing", "qualified", "a"), HOUR)

    assert dwell_seconds(draw_for(7, "standing", "qualified", "a"), HOUR) == first

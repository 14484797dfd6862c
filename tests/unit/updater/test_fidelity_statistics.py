"""The statistics agree with what is printed in tables."""

import math

import pytest

from tenantry.updater.rules.fidelity.statistics import (
    LEVELS,
    LOWER,
    MIDDLE,
    UPPER,
    chi_square,
    log_normal,
    log_normal_age,
    mixed_log_normal,
    quantiles,
    tail,
    zipf_exponent,
)


@pytest.mark.parametrize(
    "degrees, critical, level",
    [
        (1, 3.841, 0.05),
        (2, 5.991, 0.05),
        (4, 9.488, 0.05),
        (9, 16.919, 0.05),
        (1, 6.635, 0.01),
        (4, 13.277, 0.01),
        (9, 21.666, 0.01),
        (9, 27.877, 0.001),
        (20, 45.315, 0.001),
    ],
)
def test_critical_values_are_those_of_the_tables(
    degrees: int, critical: float, level: float
) -> None:
    assert tail(critical, degrees) == pytest.approx(level, rel=0.08)


def test_a_chi_square_is_pearsons() -> None:
    test = chi_square([44, 56], [0.5, 0.5])

    assert test.statistic == pytest.approx(1.44)
    assert test.degrees == 1
    assert 0.2 < test.p_value < 0.27


def test_counts_as_expected_make_no_chi_square() -> None:
    test = chi_square([30, 50, 20], [0.3, 0.5, 0.2])

    assert (test.statistic, test.p_value) == (0.0, 1.0)


def test_options_of_which_few_are_expected_are_one() -> None:
    test = chi_square([96, 2, 2], [0.96, 0.02, 0.02])

    assert test.degrees == 1


def test_nothing_is_compared_where_only_one_option_is_expected() -> None:
    assert chi_square([3], [1.0]).degrees == 0
    assert chi_square([0, 0], [0.5, 0.5]).degrees == 0


def test_quartiles_of_a_log_normal_are_where_they_are() -> None:
    values = log_normal(10.0, 0.8)

    assert values[LOWER] == pytest.approx(10 * math.exp(-0.8 * 0.67449), rel=1e-4)
    assert values[MIDDLE] == pytest.approx(10.0)
    assert values[UPPER] == pytest.approx(10 * math.exp(0.8 * 0.67449), rel=1e-4)


def test_a_mixture_lies_between_its_parts() -> None:
    mixed = mixed_log_normal((1.0, 4.0), (0.5, 0.5), 0.5)

    assert 1.0 < mixed[MIDDLE] < 4.0
    assert mixed_log_normal((2.0, 2.0), (1, 3), 0.5) == pytest.approx(log_normal(2.0, 0.5))


def test_the_age_of_what_always_lasts_equally_long_is_even() -> None:
    ages = log_normal_age(100.0, 1e-6)

    assert ages == pytest.approx([100 * level for level in LEVELS], rel=1e-3)


def test_quantiles_are_values_there_are() -> None:
    assert quantiles([]) == ()
    assert quantiles([7.0]) == (7.0,) * len(LEVELS)
    assert quantiles([float(value) for value in range(100)])[MIDDLE] == 50.0


def test_an_exponent_is_that_of_the_law() -> None:
    assert zipf_exponent([int(10_000 / rank) for rank in range(1, 40)]) == pytest.approx(
        1.0, abs=0.01
    )
    assert zipf_exponent([5] * 40) == pytest.approx(0.0)
    assert zipf_exponent([3, 2]) is None

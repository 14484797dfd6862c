import msgspec
import pytest

from bench.figure import Figure, in_turn, series
from bench.machine import Machine
from bench.report import as_json, render

MACHINE = Machine(
    cpu_count=2,
    load_average=(0.1, 0.2, 0.3),
    system="Linux",
    sync_milliseconds=0.2,
    versions={"Python": "3.11"},
)


def figure(
    ours: tuple[float, ...],
    theirs: tuple[float, ...] | None,
    *,
    is_lower_better: bool = False,
    aim_ratio: float | None = None,
    aim_most: float | None = None,
) -> Figure:
    return Figure(
        suite="log",
        name="append",
        unit="events/s",
        ours=series(ours),
        theirs=series(theirs) if theirs else None,
        peer="them",
        is_lower_better=is_lower_better,
        aim_ratio=aim_ratio,
        aim_most=aim_most,
    )


def test_both_sides_are_measured_in_turn() -> None:
    turns: list[str] = []

    in_turn(2, lambda: turns.append("ours"), lambda: turns.append("theirs"))

    assert turns == ["ours", "theirs", "ours", "theirs"]


def test_the_ratio_is_that_of_the_medians() -> None:
    assert figure((10, 30, 20), (5, 4, 100)).ratio == 4


def test_a_ratio_above_one_is_better_also_where_less_is() -> None:
    assert figure((2,), (6,), is_lower_better=True).ratio == 3


@pytest.mark.parametrize("ours, is_met", [(50.0, True), (49.0, False)])
def test_an_aimed_ratio_is_met_or_missed(ours: float, *, is_met: bool) -> None:
    assert figure((ours,), (10,), aim_ratio=5).is_met is is_met


@pytest.mark.parametrize("ours, is_met", [(10.0, True), (10.1, False)])
def test_an_aimed_bound_is_met_or_missed_without_a_peer(ours: float, *, is_met: bool) -> None:
    assert figure((ours,), None, aim_most=10).is_met is is_met


def test_without_an_aim_nothing_is_met_or_missed() -> None:
    assert figure((1,), (1,)).is_met is None


def test_the_report_shows_medians_spread_ratio_and_a_miss() -> None:
    report = render(MACHINE, [figure((100, 120, 140), (60, 30, 40), aim_ratio=5)])

    assert "120 (100 to 140)  40.0 (30.0 to 60.0) them  3.00x" in report
    assert report.endswith("MISSED")


def test_a_busy_machine_is_told() -> None:
    busy = msgspec.structs.replace(MACHINE, load_average=(1.5, 0.0, 0.0))

    assert "BUSY" in render(busy, [])
    assert "BUSY" not in render(MACHINE, [])


def test_the_json_report_has_every_round() -> None:
    document = msgspec.json.decode(as_json(MACHINE, [figure((1, 2), None)]))

    assert document["figures"][0]["ours"]["values"] == [1, 2]

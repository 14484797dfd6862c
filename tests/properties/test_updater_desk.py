"""Ten years of a service desk: how often things are what they are, and how long they take.

Seeds are fixed, so what passes once passes always; bounds are those of chi-square at 0.001.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec
import pytest

from tenantry.updater.model import Ticket, TicketUpdate
from tenantry.updater.rules.desk.problem import SERVICES
from tests.support.desk import begun
from tests.support.simulation import Simulation

YEARS: Final = 10
CHI_SQUARE: Final = {1: 10.83, 2: 13.82, 3: 16.27, 9: 27.88}
"""By degrees of freedom."""
DAY: Final = 8 * 3600
SETTLED: Final = 8 * 7 * 4
"""How many slots of a young world do not count: it begins with nothing to do."""


class Decade(msgspec.Struct):
    """What has been seen in ten years."""

    simulation: Simulation
    # How many tickets of each status were open at the end of each slot.
    open_counts: list[Counter[str]] = []
    # Open tickets of a slot now and then, by how old they were, in business days.
    ages: list[float] = []
    waited: set[str] = msgspec.field(default_factory=set)


@pytest.fixture(scope="module")
def decade() -> Decade:
    seen = Decade(begun(seed=2026))
    simulation = seen.simulation
    calendar = simulation.calendar
    for number, (run, _) in enumerate(simulation.run(YEARS * 365)):
        tickets = simulation.world.tickets.values()
        seen.open_counts.append(Counter(ticket.status for ticket in tickets))
        if number > SETTLED and number % 100 == 0:
            seen.ages += [
                calendar.between(ticket.created_at, run.slot.at) / DAY for ticket in tickets
            ]
    return seen


def rows(decade: Decade) -> list[Ticket]:
    return decade.simulation.rows("service_tickets")


def done(decade: Decade) -> list[Ticket]:
    return [ticket for ticket in rows(decade) if ticket.status == "completed"]


def fits(seen: Iterable[Any], declared: Mapping[Any, float]) -> bool:
    """Whether values are as frequent as they should be."""
    counts = Counter(seen)
    assert counts.keys() <= declared.keys()
    total = counts.total()
    distance = sum(
        (counts[value] - total * share) ** 2 / (total * share) for value, share in declared.items()
    )
    return distance <= CHI_SQUARE[len(declared) - 1]


def test_types_and_priorities_are_what_is_declared(decade: Decade) -> None:
    config = decade.simulation.config.tickets
    tickets = rows(decade)

    assert 1.45 < len(tickets) / (YEARS * 365 * 4) < 1.55
    assert fits((ticket.ticket_type for ticket in tickets), config.types_distribution)
    assert fits((ticket.priority for ticket in tickets), config.priority_distribution)


def test_types_and_priorities_are_independent(decade: Decade) -> None:
    config = decade.simulation.config.tickets
    for ticket_type in SERVICES:
        of_type = [t.priority for t in rows(decade) if t.ticket_type == ticket_type]
        assert fits(of_type, config.priority_distribution)


def test_few_are_cancelled(decade: Decade) -> None:
    over = [t.status for t in rows(decade) if t.status in {"completed", "cancelled"}]
    assert fits(over, {"completed": 0.97, "cancelled": 0.03})


def test_most_are_reported_by_day_and_then_by_people(decade: Decade) -> None:
    by_night = list[str]()
    by_day = list[str]()
    for ticket in rows(decade):
        local = decade.simulation.calendar.local(ticket.created_at)
        is_day = 8 <= local.hour < 17 and local.isoweekday() <= 5
        (by_day if is_day else by_night).append(ticket.reported_via)

    assert "phone" not in by_night
    assert Counter(by_day).most_common(1)[0][0] == "phone"
    assert 0.02 < by_day.count("monitoring") / len(by_day) < 0.15
    trained = {t.reported_via for t in rows(decade) if t.ticket_type == "user_training"}
    assert trained == {"phone", "portal"}


@pytest.mark.parametrize(
    "priority, half, most, longest",
    [("urgent", 1, 3, 8), ("high", 2, 7, 15), ("medium", 4, 15, 40), ("low", 7, 22, 55)],
)
def test_tickets_end_within_the_time_of_their_priority(
    decade: Decade, priority: str, half: float, most: float, longest: float
) -> None:
    between = decade.simulation.calendar.between
    ages = sorted(
        between(ticket.created_at, ticket.resolved_at or 0) / DAY
        for ticket in done(decade)
        if ticket.priority == priority
    )

    assert ages[len(ages) // 2] < half
    assert ages[len(ages) * 99 // 100] < most
    assert ages[-1] < longest


def test_dwell_times_have_a_long_tail(decade: Decade) -> None:
    between = decade.simulation.calendar.between
    waits = sorted(
        between(ticket.created_at, ticket.assigned_at or 0)
        for ticket in done(decade)
        if ticket.priority == "medium"
    )
    half = waits[len(waits) // 2]

    # Of a log-normal one with sigma 0.8 a tenth is above 2.8 medians, and a hundredth above 6.4.
    assert 2.3 < waits[len(waits) * 90 // 100] / half < 3.3
    assert 5.0 < waits[len(waits) * 99 // 100] / half < 8.0


def test_the_number_of_open_tickets_does_not_grow(decade: Decade) -> None:
    per_year = 365 * 4
    totals = [counts.total() for counts in decade.open_counts]
    means = [sum(totals[year * per_year :][:per_year]) / per_year for year in range(YEARS)]

    assert all(25 < mean < 45 for mean in means)
    assert max(totals[SETTLED:]) < 80
    assert min(totals[SETTLED:]) > 5
    assert abs(sum(means[:5]) - sum(means[5:])) / 5 < 3


def test_a_board_has_tickets_in_every_column(decade: Decade) -> None:
    board = Counter[str]()
    for counts in decade.open_counts[SETTLED:]:
        board.update(counts)
    shares = {status: count / board.total() for status, count in board.items()}

    assert 0.3 < shares["open"] < 0.5
    assert 0.35 < shares["assigned"] < 0.55
    assert 0.1 < shares["in-progress"] < 0.3
    assert sum("in-progress" in counts for counts in decade.open_counts[SETTLED:]) > 0.95 * len(
        decade.open_counts[SETTLED:]
    )


def test_open_tickets_are_young_and_old(decade: Decade) -> None:
    ages = sorted(decade.ages)
    assert ages[len(ages) // 10] < 0.6
    assert 1 < ages[len(ages) // 2] < 5
    assert 8 < ages[len(ages) * 95 // 100] < 20


def test_work_is_shared_among_technicians(decade: Decade) -> None:
    counts = Counter(ticket.assigned_technician_id for ticket in done(decade))
    assert len(counts) == 8
    assert max(counts.values()) < 1.7 * min(counts.values())


def test_some_customers_have_many_tickets(decade: Decade) -> None:
    counts = Counter(ticket.customer_id for ticket in rows(decade))
    shares = [count / counts.total() for _, count in counts.most_common()]

    assert counts.most_common(1)[0][0] == "cust-1"
    assert len(counts) == 15
    assert 0.12 < shares[0] < 0.25
    assert shares[-1] > 0.01


def test_each_transition_has_a_line(decade: Decade) -> None:
    lines: list[TicketUpdate] = decade.simulation.rows("service_ticket_updates")
    kinds = Counter(
        line.new_value if line.update_type == "status_change" else line.update_type
        for line in lines
    )
    tickets = rows(decade)

    assert kinds["completed"] == len(done(decade))
    assert kinds["assigned"] == sum(ticket.assigned_at is not None for ticket in tickets)
    assert kinds["assignment"] == kinds["assigned"]
    assert 0.1 < kinds["note"] / len(tickets) < 0.4
    assert 0.3 < kinds["customer_communication"] / len(tickets) < 0.8


def test_estimates_are_of_type_and_priority(decade: Decade) -> None:
    tenths = {"urgent": 8, "high": 10, "medium": 10, "low": 12}
    for ticket in rows(decade):
        minutes = SERVICES[ticket.ticket_type].minutes * tenths[ticket.priority] // 10
        assert ticket.estimated_duration == max(30, min(480, minutes))


def test_most_work_takes_about_as_long_as_estimated(decade: Decade) -> None:
    ratios = sorted(
        (ticket.labor_hours or 0) * 60 / ticket.estimated_duration for ticket in done(decade)
    )
    assert 0.8 < ratios[len(ratios) // 2] < 1.3
    assert ratios[len(ratios) * 95 // 100] < 3

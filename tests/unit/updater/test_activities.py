from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tenantry.updater.model import (
    Activity,
    ActivityConfig,
    Batch,
    Customer,
    Equipment,
    GenerationConfig,
    LeadConfig,
    Range,
    Update,
)
from tenantry.updater.rules.calendar import SECOND
from tests.support.simulation import ACTIVITIES, Simulation


def living(days: int = 150, config: GenerationConfig | None = None) -> Simulation:
    return Simulation(seed=3, config=config).run_all(days)


def moves(days: int = 400) -> Iterator[tuple[Activity, Update, Batch]]:
    """Yield each activity of some time, and what it made of the record it is about."""
    for _, batch in Simulation(seed=4).run(days):
        for change, following in zip(batch.changes, batch.changes[1:], strict=False):
            if isinstance(change, Activity):
                assert isinstance(following, Update)
                assert following.row_id == change.business_record_id
                yield change, following, batch


def test_where_there_is_nobody_nothing_is_done() -> None:
    at = int(datetime(2024, 1, 2, 16, tzinfo=UTC).timestamp()) * SECOND

    assert Simulation().advance(ACTIVITIES, at).changes == []


def test_as_much_is_done_as_is_asked_for() -> None:
    config = GenerationConfig(activities=ActivityConfig(rows_per_run=Range(min=2, max=5)))
    simulation = living(30, config)
    counts = {
        sum(isinstance(row, Activity) for row in batch.rows)
        for run, batch in simulation.run(60)
        if run.slot.updater == ACTIVITIES
    }

    assert counts == {2, 3, 4, 5}


def test_nobody_works_at_the_weekend_unless_they_may() -> None:
    """What is recorded then was done before people went home on Friday."""
    saturday = int(datetime(2024, 6, 1, 16, tzinfo=UTC).timestamp()) * SECOND
    for business_hours_only in (True, False):
        config = GenerationConfig(
            activities=ActivityConfig(business_hours_only=business_hours_only)
        )
        simulation = living(152, config)
        simulation.world.slots[ACTIVITIES] = saturday - 3600 * SECOND
        batch = simulation.advance(ACTIVITIES, saturday)
        days = {datetime.fromtimestamp(row.created_at // SECOND, UTC).day for row in batch.rows}
        assert days == ({31} if business_hours_only else {1})


def test_a_stage_is_left_by_an_activity_in_which_something_was_decided() -> None:
    decided = {
        ("call", "answered"),
        ("email", "replied"),
        ("meeting", "completed"),
        ("demo", "completed"),
        ("proposal", "sent"),
        ("proposal", "approved"),
        ("proposal", "rejected"),
    }
    seen = set[str]()
    for activity, update, _ in moves():
        if update.values["stage_entered_at"] != activity.created_at:
            continue
        stage = update.values["sales_stage"]
        seen.add(stage)
        assert (activity.activity_type, activity.outcome) in decided
        assert (activity.outcome == "rejected") <= (stage == "closed_lost")
        if stage in {"closed_won", "closed_lost"}:
            assert activity.next_action is None
    assert len(seen) == 6


def test_who_buys_becomes_a_customer_with_machines() -> None:
    won = 0
    for activity, update, batch in moves():
        values = update.values
        if values["customer_since"] != activity.created_at:
            continue
        won += 1
        [customer] = [
            row
            for row in batch.rows
            if isinstance(row, Customer) and row.business_record_id == update.row_id
        ]
        machines = [
            row
            for row in batch.rows
            if isinstance(row, Equipment) and row.customer_id == customer.id
        ]
        assert values["customer_number"] == customer.id
        assert 1 <= len(machines) <= 3
        assert (values["record_type"], values["status"]) == ("customer", "active")
    assert won > 20


def test_numbers_of_customers_go_up_by_one_and_leave_those_there_are() -> None:
    simulation = living(700)
    numbers = [int(customer.id.removeprefix("cust-")) for customer in simulation.rows("customers")]

    assert numbers == list(range(2, 2 + len(numbers)))


def test_customers_are_followed_up_too() -> None:
    simulation = living(900)
    last = max(simulation.world.slots.values())

    waiting = [
        account
        for account in simulation.world.accounts.values()
        if account.next_follow_up_date is not None
        and account.next_follow_up_date < last - 10 * 86_400 * SECOND
    ]
    assert waiting == []


def test_what_was_planned_is_done_soon() -> None:
    simulation = living(900)
    last = max(simulation.world.slots.values())

    for lead in simulation.world.leads.values():
        planned = lead.next_follow_up_date
        assert planned is None or planned > last - 10 * 86_400 * SECOND


@pytest.mark.parametrize("least, most", [(1, 4), (50, 70), (10, 20)])
def test_durations_are_within_their_limits(least: int, most: int) -> None:
    config = GenerationConfig(
        activities=ActivityConfig(min_duration_minutes=least, max_duration_minutes=most)
    )
    calls = [
        activity.call_duration
        for activity in living(120, config).rows("business_record_activities")
        if activity.call_outcome == "answered"
    ]
    assert min(calls) >= least
    assert max(calls) <= most


def test_a_type_of_the_tenants_own_is_something_to_do() -> None:
    config = GenerationConfig(
        activities=ActivityConfig(types_distribution={"site_visit": 0.5, "call": 0.5})
    )
    kinds = [row.activity_type for row in living(120, config).rows("business_record_activities")]

    assert 0.4 < kinds.count("site_visit") / len(kinds) < 0.6


def test_where_only_notes_are_taken_no_lead_ever_moves() -> None:
    config = GenerationConfig(
        activities=ActivityConfig(types_distribution={"note": 1.0}),
        leads=LeadConfig(rows_per_run=Range(min=1, max=1)),
    )
    stages = {row.sales_stage for row in living(400, config).rows("business_records")}

    assert stages == {"initial_contact", "closed_lost"}

from tenantry.updater.model import Technician, Ticket
from tenantry.updater.rules.desk.agenda import Agenda, Waiting


def ticket(number: int, *, priority: str = "medium", skills: tuple[str, ...] = ("x",)) -> Ticket:
    return Ticket(
        id=f"id-{number}",
        run_id="run",
        customer_id="cust-1",
        equipment_id=None,
        ticket_number=f"ST-{number}",
        ticket_type="paper_jam",
        title="Paper jams in tray 2",
        description="It jams.",
        priority=priority,
        reported_via="phone",
        estimated_duration=60,
        customer_address="1 Main Street, Albany, NY 12203",
        customer_phone="(518) 555-0100",
        required_skills=skills,
        required_parts=(),
        created_at=0,
        updated_at=0,
    )


def technician(*skills: str) -> Technician:
    return Technician(
        id="t",
        run_id="run",
        name="Nora Field",
        email="nora.field@field-service.example",
        phone="(518) 555-0100",
        skills=skills,
        certifications=(),
        capacity=1,
        created_at=0,
        updated_at=0,
    )


def test_events_come_in_order_of_time_then_of_numbers_then_of_place() -> None:
    agenda = Agenda()
    agenda.add(2, 0, "late", ticket(1000))
    agenda.add(1, 0, "second", ticket(10_000))
    agenda.add(1, 1, "first, then", ticket(9999))
    agenda.add(1, 0, "first", ticket(9999))

    events = [event for _, event, _ in agenda]

    assert events == ["first", "first, then", "second", "late"]


def test_what_is_added_meanwhile_comes_in_its_turn() -> None:
    agenda = Agenda()
    agenda.add(1, 0, "a", ticket(1000))
    agenda.add(3, 0, "c", ticket(1000))
    seen = list[str]()
    for at, event, about in agenda:
        seen.append(event)
        if event == "a":
            agenda.add(at + 1, 0, "b", about)

    assert seen == ["a", "b", "c"]


def test_who_has_room_takes_the_most_urgent_that_waits_longest() -> None:
    waiting = Waiting()
    for one in (ticket(1000), ticket(1003, priority="high"), ticket(1002, priority="high")):
        waiting.add(one)
    waiting.add(ticket(1001, priority="urgent", skills=("y",)))

    assert waiting.first_for(technician("x")) == "id-1002"
    assert waiting.first_for(technician("x", "y")) == "id-1001"
    assert waiting.first_for(technician("z")) is None


def test_who_does_not_wait_any_more_is_not_next() -> None:
    waiting = Waiting()
    waiting.add(ticket(1000))
    waiting.add(ticket(1001))
    waiting.remove("id-1000")
    waiting.remove("id-1005")

    assert "id-1000" not in waiting
    assert waiting.first_for(technician("x")) == "id-1001"
    waiting.remove("id-1001")
    assert waiting.first_for(technician("x")) is None

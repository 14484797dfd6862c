from datetime import datetime
from zoneinfo import ZoneInfo

from tenantry.updater.model import Technician
from tenantry.updater.rules.calendar import SECOND, BusinessCalendar
from tenantry.updater.rules.desk.crew import choose, fits, visit_time

HOUR = 3600
ZONE = "America/New_York"
CALENDAR = BusinessCalendar(ZONE)


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> int:
    """Return an instant of March 2025, of which the 3rd is a Monday."""
    local = datetime(2025, 3, day, hour, minute, second, tzinfo=ZoneInfo(ZONE))
    return int(local.timestamp()) * SECOND


def technician(
    technician_id: str, *skills: str, capacity: int = 2, is_available: bool = True, since: int = 0
) -> Technician:
    return Technician(
        id=technician_id,
        run_id="run",
        name="Nora Field",
        email="nora.field@field-service.example",
        phone="(212) 555-0100",
        skills=skills,
        certifications=(),
        capacity=capacity,
        is_available=is_available,
        created_at=since,
        updated_at=since,
    )


def chosen(crew: list[Technician], load: dict[str, int], *skills: str, now: int = 0) -> str | None:
    found = choose({one.id: one for one in crew}, load, skills, now)
    return None if found is None else found.id


def test_the_least_busy_takes_a_ticket() -> None:
    crew = [technician("a", "x"), technician("b", "x")]
    assert chosen(crew, {"a": 1}, "x") == "b"
    assert chosen(crew[::-1], {}, "x") == "a"


def test_only_who_can_do_it_takes_a_ticket() -> None:
    crew = [technician("a", "x"), technician("b", "x", "y")]
    assert chosen(crew, {"b": 1}, "x", "y") == "b"
    assert chosen(crew, {}, "z") is None


def test_nobody_takes_more_than_there_is_room_for() -> None:
    crew = [technician("a", "x", capacity=1), technician("b", "x", capacity=2)]
    assert chosen(crew, {"a": 1, "b": 1}, "x") == "b"
    assert chosen(crew, {"a": 1, "b": 2}, "x") is None
    assert chosen(crew, {"a": 3, "b": 2}, "x") is None


def test_who_is_away_or_not_there_yet_takes_none() -> None:
    crew = [technician("a", "x", is_available=False), technician("b", "x", since=10)]
    assert chosen(crew, {}, "x", now=9) is None
    assert chosen(crew, {}, "x", now=10) == "b"


def test_a_visit_begins_at_a_quarter_of_an_hour() -> None:
    assert visit_time(CALENDAR, at(3, 10, 1), HOUR, ()) == at(3, 10, 15)
    assert visit_time(CALENDAR, at(3, 10, 15), HOUR, ()) == at(3, 10, 15)
    assert visit_time(CALENDAR, at(3, 10, 15, 1), HOUR, ()) == at(3, 10, 30)


def test_a_visit_ends_on_the_day_it_begins() -> None:
    assert visit_time(CALENDAR, at(3, 16), HOUR, ()) == at(3, 16)
    assert visit_time(CALENDAR, at(3, 16, 1), HOUR, ()) == at(4, 9)
    assert visit_time(CALENDAR, at(7, 16, 50), HOUR, ()) == at(10, 9)
    assert visit_time(CALENDAR, at(8, 12), HOUR, ()) == at(10, 9)


def test_a_visit_that_takes_longer_than_a_day_begins_in_the_morning() -> None:
    assert visit_time(CALENDAR, at(3, 11), 9 * HOUR, ()) == at(4, 9)
    assert visit_time(CALENDAR, at(3, 9), 9 * HOUR, ()) == at(3, 9)
    assert visit_time(CALENDAR, at(3, 9), 9 * HOUR, [(at(4, 9), at(4, 9, 30))]) == at(5, 9)


def test_nobody_is_at_two_places() -> None:
    taken = [(at(3, 13), at(3, 14, 10)), (at(3, 10, 30), at(3, 11, 20))]
    assert visit_time(CALENDAR, at(3, 10), HOUR, taken) == at(3, 11, 30)
    assert visit_time(CALENDAR, at(3, 12, 30), HOUR, taken) == at(3, 14, 15)
    assert visit_time(CALENDAR, at(3, 9), HOUR, taken) == at(3, 9)
    assert visit_time(CALENDAR, at(3, 15), HOUR, [(at(3, 9), at(3, 17))]) == at(4, 9)


def test_hours_that_do_not_begin_at_a_quarter_keep_their_zone() -> None:
    calendar = BusinessCalendar("Asia/Kathmandu")
    opening = calendar.next_open(at(3, 10))
    assert calendar.local(opening).hour == 9
    assert visit_time(calendar, opening - 1, HOUR, ()) == opening


def test_work_fits_where_it_ends_before_the_day_does() -> None:
    assert fits(CALENDAR, at(3, 16), HOUR)
    assert not fits(CALENDAR, at(3, 16, 1), HOUR)
    assert not fits(CALENDAR, at(8, 12), HOUR)

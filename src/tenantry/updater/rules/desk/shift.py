"""The desk at work: everything that happens to tickets between two instants, in order of time."""

from collections.abc import Callable
from typing import ClassVar, Final, TypeAlias

from tenantry.updater.model import Batch, Technician, Ticket, World
from tenantry.updater.rules.calendar import SECOND
from tenantry.updater.rules.desk import notes
from tenantry.updater.rules.desk.agenda import Agenda, Waiting
from tenantry.updater.rules.desk.book import DESK, Book
from tenantry.updater.rules.desk.crew import choose, fits, visit_time
from tenantry.updater.rules.desk.dues import SAID, Outlook, outlook_of
from tenantry.updater.rules.desk.pace import labor_hours
from tenantry.updater.rules.desk.problem import problem_of
from tenantry.updater.rules.draw import Draw
from tenantry.updater.rules.run import Run

_Step: TypeAlias = Callable[["Shift", Ticket, int, Draw], None]
_REPORT: Final = "report"
_EASED: Final = 3000
_EXTRA: Final = 3000


class Shift:
    """The work of one slot, on copies: the world is as it was until it takes the batch.

    Tickets that a person has edited are not in the world, so they fill nobody's capacity here.
    """

    def __init__(self, run: Run, world: World) -> None:
        self._run = run
        self._technicians = world.technicians
        self._customers = world.customers
        self._calendar = run.calendar.adjusted(weekends=run.config.tickets.include_weekends)
        self._book = Book(run.slot.run_id, dict(world.tickets))
        self._open = self._book.tickets
        self._agenda = Agenda()
        self._waiting = Waiting()
        self._load = dict[str, int]()

    def work(self, reported: list[Ticket]) -> Batch:
        """Return what happens in the slot, to the tickets there are and to those reported in it."""
        self._take_stock()
        for place, ticket in enumerate(reported):
            self._agenda.add(ticket.created_at, place, _REPORT, ticket)

        for at, event, ticket in self._agenda:
            if event == _REPORT:
                self._book.begin(ticket)
                self._expect(ticket, at)
                continue
            known = self._open.get(ticket.id)
            if known is not None and _is_as_far(known, ticket):
                self._happen(event, known, at)
        return self._book.batch()

    def _take_stock(self) -> None:
        """Count who has how many tickets, and find what is due for them."""
        after, until = self._run.slot.after, self._run.slot.at
        calendar, seed, load = self._calendar, self._run.seed, self._load
        for ticket in self._open.values():
            technician_id = ticket.assigned_technician_id
            if technician_id is not None:
                load[technician_id] = load.get(technician_id, 0) + 1
            if outlook_of(calendar, seed, ticket).has_due(after, until):
                self._expect(ticket, after)

    def _expect(self, ticket: Ticket, now: int) -> None:
        """Put on the agenda what is due for a ticket, as far as it is in this slot."""
        for place, due in enumerate(self._outlook(ticket).dues):
            at = due.at
            if at <= now:
                if due.event in SAID:
                    continue
                # Left over: nobody had time, or a later run was undone. It is the next thing done.
                at = max(now, self._calendar.next_open(self._run.slot.after + SECOND))
            if at <= self._run.slot.at:
                self._agenda.add(at, place, due.event, ticket)

    def _happen(self, event: str, ticket: Ticket, at: int) -> None:
        # Whom or what an undo has taken away is noticed when something is due.
        if ticket.customer_id not in self._customers:
            event = "drop"
        elif ticket.status != "open" and ticket.assigned_technician_id not in self._technicians:
            event = "assign"
        draw = self._run.draw(f"{event}:{ticket.id}:{at}")
        reasons = notes.REASONS.get(event)
        if reasons is None:
            self._STEPS[event](self, ticket, at, draw)
        else:
            self._cancel(ticket, at, draw, draw.pick(reasons))

    def _assign(self, ticket: Ticket, at: int, draw: Draw) -> None:
        technician = choose(self._technicians, self._load, ticket.required_skills, at)
        if technician is None:
            if ticket.id not in self._waiting:
                self._waiting.add(ticket)
            return
        self._waiting.remove(ticket.id)
        before = ticket.assigned_technician_id
        if before is not None:
            self._load[before] -= 1
        self._load[technician.id] = self._load.get(technician.id, 0) + 1

        if ticket.started_at is not None:
            # Somebody else goes on where the technician who is gone has begun.
            moved = self._book.move(ticket, at, assigned_technician_id=technician.id)
            text = notes.taken_over(technician.name)
        else:
            moved = self._plan(ticket, at, technician)
            text = notes.assigned(technician.name, self._when(moved))
        self._book.say(draw, moved, text, at=at, kind="assignment", old=before, new=technician.id)
        if moved.status != ticket.status:
            text = notes.triaged(technician.name)
            self._book.say_status(draw, ticket, moved, text, by=DESK)
        self._expect(moved, at)

    def _plan(self, ticket: Ticket, at: int, technician: Technician) -> Ticket:
        course = self._outlook(ticket).course
        return self._book.move(
            ticket,
            at,
            status="assigned",
            assigned_technician_id=technician.id,
            assigned_at=at,
            scheduled_date=self._visit(technician, ticket, at, course.visit, course.first),
            work_order_notes=notes.work_order(ticket),
        )

    def _give_up(self, ticket: Ticket, at: int, draw: Draw) -> None:
        if ticket.id in self._waiting:
            self._cancel(ticket, at, draw, notes.GIVEN_UP)

    def _tell(self, ticket: Ticket, at: int, draw: Draw) -> None:
        text = notes.told(draw, self._technician(ticket).name, self._when(ticket))
        self._book.say(draw, ticket, text, at=at, kind="customer_communication")

    def _note(self, ticket: Ticket, at: int, draw: Draw) -> None:
        text = problem_of(ticket.ticket_type, ticket.title).finding
        self._book.say(draw, ticket, text, at=at, kind="note", by=self._technician(ticket).id)

    def _start(self, ticket: Ticket, at: int, draw: Draw) -> None:
        technician = self._technician(ticket)
        course = self._outlook(ticket).course
        is_late = at > (ticket.scheduled_date or at) + course.late * SECOND
        is_busy = any(start <= at < end for start, end in self._taken(technician, ticket))
        if is_busy or (is_late and not fits(self._calendar, at, course.first)):
            visit = self._visit(technician, ticket, at, 0, course.first)
            moved = self._book.move(ticket, at, scheduled_date=visit)
            text = notes.moved(draw, technician.name, self._when(moved))
            self._book.say(draw, moved, text, at=at, kind="customer_communication")
        else:
            moved = self._book.move(ticket, at, status="in-progress", started_at=at)
            self._book.say_status(draw, ticket, moved, notes.arrived(draw), by=technician.id)
        self._expect(moved, at)

    def _order(self, ticket: Ticket, at: int, draw: Draw) -> None:
        technician = self._technician(ticket)
        course = self._outlook(ticket).course
        visit = self._visit(technician, ticket, at, course.ordered or 0, course.second)
        moved = self._book.move(ticket, at, scheduled_date=visit)
        text = notes.ordered(draw, ticket, self._when(moved))
        self._book.say(draw, moved, text, at=at, kind="customer_communication", by=technician.id)
        self._expect(moved, at)

    def _complete(self, ticket: Ticket, at: int, draw: Draw) -> None:
        course = self._outlook(ticket).course
        problem = problem_of(ticket.ticket_type, ticket.title)
        with_parts = course.ordered is not None or not draw.chance(_EASED)
        text = problem.fixed if with_parts else problem.eased
        moved = self._book.move(
            ticket,
            at,
            status="completed",
            parts_used=ticket.required_parts if with_parts else (),
            resolution_notes=text,
            labor_hours=labor_hours(course.work, int(draw.chance(_EXTRA))),
            resolved_at=at,
        )
        self._book.say_status(draw, ticket, moved, text, by=self._technician(ticket).id)
        self._release(ticket, at)

    def _cancel(self, ticket: Ticket, at: int, draw: Draw, text: str) -> None:
        moved = self._book.move(ticket, at, status="cancelled", started_at=None)
        self._book.say_status(draw, ticket, moved, text, by=DESK)
        self._release(ticket, at)

    def _release(self, ticket: Ticket, at: int) -> None:
        """Forget a ticket that is over, and give whoever waits the room it leaves."""
        del self._open[ticket.id]
        self._waiting.remove(ticket.id)
        technician_id = ticket.assigned_technician_id
        if technician_id is None:
            return
        self._load[technician_id] -= 1
        technician = self._technicians.get(technician_id)
        if technician is not None and (next_id := self._waiting.first_for(technician)) is not None:
            self._happen("assign", self._open[next_id], at)

    def _visit(self, technician: Technician, ticket: Ticket, at: int, dwell: int, work: int) -> int:
        """Return when a technician comes for a ticket, once a dwell is over."""
        earliest = self._calendar.add(at, dwell) if dwell else at
        seconds = self._outlook(ticket).course.late + work
        return visit_time(self._calendar, earliest, seconds, self._taken(technician, ticket))

    def _taken(self, technician: Technician, but: Ticket) -> list[tuple[int, int]]:
        """Return the visits of a technician, but for that to one ticket: begin and end."""
        taken = list[tuple[int, int]]()
        for ticket in self._open.values():
            if ticket.assigned_technician_id == technician.id and ticket.id != but.id:
                visit = self._outlook(ticket).visit
                if visit is not None:
                    taken.append(visit)
        return taken

    def _technician(self, ticket: Ticket) -> Technician:
        return self._technicians[ticket.assigned_technician_id or ""]

    def _outlook(self, ticket: Ticket) -> Outlook:
        return outlook_of(self._calendar, self._run.seed, ticket)

    def _when(self, ticket: Ticket) -> str:
        planned = ticket.scheduled_date or ticket.updated_at
        return notes.clock(self._calendar.local(planned))

    # Functions and not methods of this shift, which would keep it alive until a collection.
    _STEPS: ClassVar[dict[str, _Step]] = {
        "assign": _assign,
        "give_up": _give_up,
        "tell": _tell,
        "start": _start,
        "note": _note,
        "order": _order,
        "complete": _complete,
    }


def _is_as_far(ticket: Ticket, other: Ticket) -> bool:
    """Whether what was due for one row of a ticket is still due for another."""
    return (
        ticket.status == other.status
        and ticket.scheduled_date == other.scheduled_date
        and ticket.assigned_technician_id == other.assigned_technician_id
    )

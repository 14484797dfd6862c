"""Numbers of tickets and machines: each is once, and the later ticket has the higher one."""

from collections.abc import Iterable, Sequence

from tenantry.updater.model import Equipment, Ticket
from tenantry.updater.rules.coherence.finding import Findings


def check_numbers(tickets: Iterable[Ticket], findings: Findings) -> None:
    """Find tickets whose number is taken, or lower than that of one that began before.

    A number may be left out: that of a ticket whose run was undone is nobody's any more.
    """
    last: Ticket | None = None
    for ticket in sorted(tickets, key=lambda ticket: number_of(ticket.ticket_number)):
        if last is not None and number_of(last.ticket_number) == number_of(ticket.ticket_number):
            findings.add(
                "ticket-number",
                ticket,
                f"{ticket.ticket_number} is the number of {last.id} too",
                ticket_number=ticket.ticket_number,
                other_id=last.id,
            )
        elif last is not None and ticket.created_at < last.created_at:
            findings.add(
                "ticket-order",
                ticket,
                f"{ticket.ticket_number} began {ticket.created_at}, before {last.ticket_number}",
                ticket_number=ticket.ticket_number,
                created_at=ticket.created_at,
                other_created_at=last.created_at,
            )
        last = ticket


def check_new_numbers(tickets: Sequence[Ticket], following: int | None, findings: Findings) -> None:
    """Find tickets of a batch whose numbers are not in order, or were given before.

    `following` is the number that the next ticket gets, or that the first of these has got.
    """
    check_numbers(tickets, findings)
    least = 0 if following is None else following - len(tickets)
    for ticket in tickets:
        if number_of(ticket.ticket_number) < least:
            findings.add(
                "ticket-number",
                ticket,
                f"{ticket.ticket_number} was given before, the next is {following}",
                ticket_number=ticket.ticket_number,
                following=following,
            )


def check_serials(machines: Iterable[Equipment], findings: Findings) -> None:
    """Find machines with the serial number of another."""
    owners = dict[str, str]()
    for machine in machines:
        owner = owners.setdefault(machine.serial_number, machine.id)
        if owner != machine.id:
            findings.add(
                "serial-twice",
                machine,
                f"{machine.serial_number} is the serial number of {owner} too",
                serial_number=machine.serial_number,
                other_id=owner,
            )


def number_of(ticket_number: str) -> int:
    """Return the number in a ticket number; 0 where it has none."""
    digits = ticket_number[3:]
    return int(digits) if digits.isdecimal() else 0

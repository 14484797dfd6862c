"""What the desk and its technicians write down."""

from datetime import datetime
from typing import Final

from tenantry.updater.model import Ticket
from tenantry.updater.rules.draw import Draw

# Of our own, since those of the library are in the language of the machine.
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = (
    "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()  # noqa: SIM905 - as one reads them
)
_NOON: Final = 12

_ARRIVED: Final = (
    "Arrived on site.",
    "On site, work has begun.",
    "Signed in at the front desk and started.",
    "At the device, started with a test page.",
)
_TOLD: Final = (
    "Called the customer: {technician} comes on {when}.",
    "Told the customer that {technician} is planned for {when}.",
    "Confirmed the visit of {technician} on {when} by e-mail.",
)
_MOVED: Final = (
    "Told the customer that the visit moves to {when}: {technician} is held up at another site.",
    "Called the customer, {technician} is delayed and comes on {when}.",
)
_ORDERED: Final = (
    "Parts are not in the van ({parts}): ordered, return visit on {when}.",
    "Told the customer that {parts} had to be ordered; back on {when}.",
)
GIVEN_UP: Final = "No technician had time; the customer agreed to close and report it anew."

REASONS: Final = {
    "cancel": (
        "Customer says that it is solved, no visit is needed.",
        "Customer has found the cause and mended it; closed on request.",
        "Customer called: the machine works again.",
        "Customer withdrew the request, it was reported twice.",
    ),
    "drop": ("The customer is not one any more.",),
}
"""Why a ticket is cancelled, by what has happened."""


def clock(local: datetime) -> str:
    """Return a local time as people write it: Tue, Mar 3 at 10:15 AM."""
    half = "AM" if local.hour < _NOON else "PM"
    return (
        f"{_DAYS[local.weekday()]}, {_MONTHS[local.month - 1]} {local.day}"
        f" at {(local.hour - 1) % _NOON + 1}:{local.minute:02d} {half}"
    )


def assigned(name: str, when: str) -> str:
    """Return what is said of a technician who gets a ticket."""
    return f"Assigned to {name}, visit planned for {when}."


def taken_over(name: str) -> str:
    """Return what is said of a technician who goes on with what somebody else has begun."""
    return f"{name} takes it over."


def work_order(ticket: Ticket) -> str:
    """Return what the technician is told to bring and to do."""
    parts = _parts(ticket)
    bring = f"Bring: {parts}." if parts else "No parts needed."
    return f"{ticket.title}. {bring} About {ticket.estimated_duration} minutes."


def told(draw: Draw, technician: str, when: str) -> str:
    """Return what the customer is told about a visit that is planned."""
    return draw.pick(_TOLD).format(technician=technician, when=when)


def moved(draw: Draw, technician: str, when: str) -> str:
    """Return what the customer is told about a visit that has to wait."""
    return draw.pick(_MOVED).format(technician=technician, when=when)


def ordered(draw: Draw, ticket: Ticket, when: str) -> str:
    """Return what the customer is told where parts are missing."""
    return draw.pick(_ORDERED).format(parts=_parts(ticket), when=when)


def triaged(name: str) -> str:
    """Return what is said where a ticket has somebody from now on."""
    return f"{name} takes it."


def arrived(draw: Draw) -> str:
    """Return what a technician says at the beginning."""
    return draw.pick(_ARRIVED)


def _parts(ticket: Ticket) -> str:
    return ", ".join(part.replace("_", " ") for part in ticket.required_parts)

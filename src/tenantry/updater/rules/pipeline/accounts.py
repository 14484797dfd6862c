"""Which customer an activity is about, and when a customer leaves."""

from typing import Final

from tenantry.updater.model import BusinessRecord, World
from tenantry.updater.rules.calendar import SECOND
from tenantry.updater.rules.draw import Draw
from tenantry.updater.rules.dwell import dwell_seconds
from tenantry.updater.rules.run import Run

_TRIES: Final = 8
_STAYS_SECONDS: Final = 6 * 365 * 86_400
"""How long a customer stays one: the median."""


class Accounts:
    """The customers of a world while a slot goes on.

    They are found by number and never sorted, since there may be thousands of them.
    """

    def __init__(self, run: Run, world: World) -> None:
        self._run = run
        self._world = world
        self._touched = dict[str, BusinessRecord]()

    def find(self, draw: Draw, at: int) -> BusinessRecord | None:
        """Return a customer: whose follow-up is due, or else any, rather one of the older ones."""
        return self._planned(at) or self._any(draw, at)

    def put(self, record: BusinessRecord) -> None:
        """Take a customer as they are after an activity."""
        self._touched[record.id] = record

    def is_leaving(self, record: BusinessRecord, at: int) -> bool:
        """Whether somebody has been a customer for as long as they will be."""
        if record.customer_since is None:
            return False
        draw = self._run.standing_draw("customer", record.id)
        return record.customer_since + dwell_seconds(draw, _STAYS_SECONDS) * SECOND <= at

    def _planned(self, at: int) -> BusinessRecord | None:
        accounts, touched = self._world.accounts, self._touched
        due = min(
            (
                (record.next_follow_up_date, record.id)
                for record in accounts.values()
                if record.next_follow_up_date is not None
                and record.next_follow_up_date <= at
                and record.updated_at <= at
                and record.id not in touched
            ),
            default=None,
        )
        return None if due is None else accounts[due[1]]

    def _any(self, draw: Draw, at: int) -> BusinessRecord | None:
        if not self._world.accounts:
            return None
        numbers = self._world.numbers.get("customer", 1)
        for _ in range(_TRIES):
            # The lower of two numbers: who has been a customer for long is spoken to more often.
            for number in sorted((draw.below(numbers), draw.below(numbers))):
                record = self._numbered(number)
                if record is not None and record.updated_at <= at:
                    return record
        return None

    def _numbered(self, number: int) -> BusinessRecord | None:
        """Return the customer of a number, if there is one and they have not left."""
        customer = self._world.customers.get(f"cust-{number}")
        record_id = customer.business_record_id if customer is not None else None
        if record_id is None:
            return None
        record = self._touched.get(record_id) or self._world.accounts.get(record_id)
        return record if record is not None and record.record_type == "customer" else None

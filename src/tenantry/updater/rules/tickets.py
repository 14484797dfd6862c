"""The updater `service_tickets`: what customers report, and what the service desk does about it."""

from tenantry.updater.model import Batch, World
from tenantry.updater.rules.desk.intake import reports
from tenantry.updater.rules.desk.shift import Shift
from tenantry.updater.rules.run import Run


def generate(run: Run, world: World) -> Batch:
    """Return what happens at the desk behind `slot.after` and up to `slot.at`, in order of time.

    The world gives the numbers of the new tickets, and is otherwise as it was.
    """
    return Shift(run, world).work(reports(run, world))

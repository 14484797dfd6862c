"""`BaseUpdater`: what an updater is, and the three that there are."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, Final

from tenantry.base.errors import Invalid
from tenantry.db import Transaction
from tenantry.scheduling import Cron
from tenantry.updater.errors import NoSuchUpdater
from tenantry.updater.model import Batch, GenerationConfig, Range, World
from tenantry.updater.rules import activities, leads, tickets
from tenantry.updater.rules.run import SETUP, Run

_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz0123456789_"
_MAX_NAME_CHARACTERS: Final = 64


class BaseUpdater(ABC):
    """A scheduled writer of realistic rows; subclass it, and register one of it.

    `name` is its name (lower case, digits, `_`), `schedule_key` that of its schedule in the
    configuration, `cron` its default schedule and `intent` what that means in words. One object
    serves every tenant at once, so it keeps nothing between calls.
    """

    name: ClassVar[str]
    schedule_key: ClassVar[str]
    cron: ClassVar[str]
    intent: ClassVar[str | None] = None
    category: ClassVar[str] = "custom"
    description: ClassVar[str] = ""

    def validate_execution(self, run: Run, world: World) -> None:  # noqa: B027 - it may be left out
        """Raise a `TenantryError` where a run makes no sense now; nothing is written then."""

    @abstractmethod
    def generate_data(self, run: Run, world: World) -> Batch:
        """Return the rows of a run, and the changes of older ones: a pure function of both.

        It changes nothing, but for counters by `world.number`, and draws with `run.draw(…)` only,
        or a dry run, a backfill and a second node would have other rows.
        """

    def insert_data(self, tx: Transaction, run: Run, batch: Batch) -> None:  # noqa: B027 - as well
        """Write what belongs to a run besides its batch, in the same transaction.

        The batch itself is written already, with what undoes it. What is written here is the
        updater's own affair: an undo does not take it back.
        """

    def rows_per_run(self, config: GenerationConfig) -> Range:
        """Return how many rows a run begins, for estimates: one, if nothing else is known."""
        del config
        return Range(min=1, max=1)


class BusinessRecordActivityUpdater(BaseUpdater):
    """What sales people do, and how leads ripen by it."""

    name = "business_record_activities"
    schedule_key = "businessActivities"
    cron = "0 0 9,11,13,15,17 * * 1-5"
    intent: ClassVar[str | None] = "every 2 hours, 9 AM - 5 PM, Mon-Fri"
    category = "crm"
    description = "Calls, mails, meetings and demos; leads ripen by them, or are lost"

    def generate_data(self, run: Run, world: World) -> Batch:
        """Return what was done about leads and customers since the slot before."""
        return activities.generate(run, world)

    def rows_per_run(self, config: GenerationConfig) -> Range:
        """Return how many activities a run has."""
        return config.activities.rows_per_run


class ServiceTicketUpdater(BaseUpdater):
    """What breaks at customers, and who mends it."""

    name = "service_tickets"
    schedule_key = "serviceTickets"
    cron = "0 0 */6 * * *"
    intent: ClassVar[str | None] = "every 6 hours"
    category = "service"
    description = "New tickets, and the work on those that are open"

    def generate_data(self, run: Run, world: World) -> Batch:
        """Return the tickets since the slot before, and what became of older ones."""
        return tickets.generate(run, world)

    def rows_per_run(self, config: GenerationConfig) -> Range:
        """Return how many tickets a run has."""
        return config.tickets.rows_per_run


class BusinessRecordUpdater(BaseUpdater):
    """New leads, and the end of those that nobody could move."""

    name = "business_records"
    schedule_key = "newLeads"
    cron = "0 0 10 * * 1-5"
    intent: ClassVar[str | None] = "daily at 10, Mon-Fri"
    category = "crm"
    description = "New leads"

    def generate_data(self, run: Run, world: World) -> Batch:
        """Return the leads since the slot before."""
        return leads.generate(run, world)

    def rows_per_run(self, config: GenerationConfig) -> Range:
        """Return how many leads a run has."""
        return config.leads.rows_per_run


class UpdaterRegistry:
    """The updaters of this process, by name; all nodes must have the same ones."""

    def __init__(self) -> None:
        self._by_name: dict[str, BaseUpdater] = {}
        for updater in (
            BusinessRecordActivityUpdater(),
            ServiceTicketUpdater(),
            BusinessRecordUpdater(),
        ):
            self.register(updater)
        self._ours = frozenset(self._by_name)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._by_name)

    def is_ours(self, name: str) -> bool:
        """Whether an updater is one of the three, and none that a team has written."""
        return name in self._ours

    def register(self, updater: BaseUpdater) -> None:
        """Add an updater; raises `Invalid` where its name or key is taken, or is none."""
        name, key = updater.name, updater.schedule_key
        if not 0 < len(name) <= _MAX_NAME_CHARACTERS or set(name) - set(_LETTERS) or name == SETUP:
            raise Invalid(field="name", got=name[:80], wants="at most 64 of a-z, 0-9 and _")
        if name in self._by_name:
            raise Invalid(field="name", got=name, wants="a name that no other updater has")
        if key in self.defaults():
            raise Invalid(field="schedule_key", got=key, wants="a key that no other updater has")
        # What a cron of a class is wrong in is told at the start, and not by every tenant's runs.
        Cron.parse(updater.cron)
        self._by_name[name] = updater

    def get(self, name: str) -> BaseUpdater:
        """Return an updater by its name or by its schedule key; raises `NoSuchUpdater`."""
        found = self._by_name.get(name)
        if found is None:
            found = next((each for each in self.all() if each.schedule_key == name), None)
        if found is None:
            raise NoSuchUpdater(
                f"updater: got {name[:80]!r}, wants one of {', '.join(sorted(self._by_name))}",
                details={"updaters": sorted(self._by_name)},
            )
        return found

    def all(self) -> list[BaseUpdater]:
        """Return all of them, by name."""
        return [self._by_name[name] for name in sorted(self._by_name)]

    def defaults(self) -> Mapping[str, str]:
        """Return the default expressions by schedule key."""
        return {each.schedule_key: each.cron for each in self.all()}

"""The parts of the feature `updater`, built and joined."""

from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any, Final, TypeAlias

from tenantry import updater
from tenantry.app.node import name_of_this_node
from tenantry.base import Clock, Service
from tenantry.base.errors import Invalid
from tenantry.configs import ConfigStore
from tenantry.db import Database
from tenantry.eventlog import EventLog
from tenantry.reliability import CheckOutcome
from tenantry.scheduling import Leases, Record, Runner
from tenantry.settings import Settings

_MODULES: Final = "DATABASE_UPDATER_MODULES"
_Check: TypeAlias = Callable[[], Awaitable[CheckOutcome | None]]

LEASE_SECONDS: Final = 15.0
"""How long a tenant stands still whose node has died in the middle of a run."""


class UpdaterParts:
    """What has demo tenants live, and tells of it."""

    def __init__(
        self,
        *,
        settings: Settings,
        database: Database,
        configs: ConfigStore,
        registry: updater.UpdaterRegistry,
        log: EventLog,
        is_sandbox: Callable[[str], bool],
        clock: Clock,
    ) -> None:
        updater_settings = updater.UpdaterSettings(
            configs=configs, registry=registry, timezone=settings.database_updater_timezone
        )
        node = name_of_this_node()
        leases = Leases(database=database, clock=clock, holder=node, ttl_seconds=LEASE_SECONDS)
        journal = updater.Journal(clock=clock, node=node)
        observing = updater.Observing(journal=journal, clock=clock)
        runner = Runner(
            record=Record(database=database),
            leases=leases,
            clock=clock,
            observer=observing,
        )
        worlds = updater.Worlds(database=database, log=log, is_sandbox=is_sandbox)
        advancing = updater.Advancing(registry=registry, clock=clock)
        writing = updater.Writing(registry=registry, journal=journal, clock=clock)
        living = updater.Living(
            database=database,
            worlds=worlds,
            settings=updater_settings,
            registry=registry,
            advancing=advancing,
            writing=writing,
            runner=runner,
            journal=journal,
            clock=clock,
        )
        self.registry = registry
        self.explaining = updater.Explaining(
            settings=updater_settings, registry=registry, clock=clock
        )
        self.control = updater.Control(
            worlds=worlds,
            settings=updater_settings,
            explaining=self.explaining,
            living=living,
            journal=journal,
            clock=clock,
        )
        self.executing = updater.Executing(
            worlds=worlds,
            settings=updater_settings,
            registry=registry,
            living=living,
            advancing=advancing,
            writing=writing,
            observing=observing,
            clock=clock,
        )
        self.undoing = updater.Undoing(worlds=worlds, living=living, journal=journal, clock=clock)
        self.backfilling = updater.Backfilling(
            worlds=worlds, settings=updater_settings, living=living, journal=journal, clock=clock
        )
        self.tables = updater.UpdaterTables(
            worlds=worlds, settings=updater_settings, living=living, journal=journal, clock=clock
        )
        self.views = updater.UpdaterViews(
            worlds=worlds,
            settings=updater_settings,
            registry=registry,
            explaining=self.explaining,
            living=living,
            clock=clock,
        )
        self.upkeep = updater.UpdaterUpkeep(
            database=database,
            worlds=worlds,
            living=living,
            settings=updater_settings,
            runner=runner,
            clock=clock,
        )
        self.checks: dict[str, _Check] = {
            "updater": updater.UpdaterCheck(upkeep=self.upkeep, views=self.views, clock=clock)
        }
        self._worker = updater.UpdaterWorker(upkeep=self.upkeep, clock=clock)

    def workers(self, *, is_worker: bool) -> list[Service]:
        """Return what works beside the requests, in the order in which it starts."""
        return [self._worker] if is_worker else []


def registry_of(settings: Settings) -> updater.UpdaterRegistry:
    """Return the updaters there are: ours, and those that modules of the team register.

    Raises `Invalid` where a module cannot be imported, or does not register what it should.
    """
    registry = updater.UpdaterRegistry()
    for name in settings.database_updater_modules or ():
        _register(name, registry)
    return registry


def _register(name: str, registry: updater.UpdaterRegistry) -> None:
    try:
        _registering(name)(registry)
    except Invalid as error:
        raise Invalid(f"{_MODULES}: {name}: {error.message}", details=error.details) from error
    except Exception as error:  # a team's own code, which may raise anything
        got = f"{name} ({type(error).__name__}: {error})"
        raise Invalid(field=_MODULES, got=got, wants="modules that register updaters") from error


def _registering(name: str) -> Callable[[updater.UpdaterRegistry], object]:
    register: Any = getattr(import_module(name), "register", None)
    if not callable(register):
        raise TypeError("it has no function `register(registry)`")
    found: Callable[[updater.UpdaterRegistry], object] = register
    return found

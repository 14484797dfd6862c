"""`DatabaseUpdaterManager`: a tenant's updaters, for as long as a program wants them."""

import asyncio
import os
import warnings
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from tenantry.base.errors import Conflict, Invalid
from tenantry.database_updater.answer import ManagerHealth, ManagerStatus, as_kind
from tenantry.database_updater.place import Place, opened_place
from tenantry.database_updater.running import add_place, remove_place
from tenantry.sdk.access.tenants import TenantRequests
from tenantry.sdk.errors import Conflict as Refused
from tenantry.sdk.updater import UpdaterConfiguration, UpdaterExecution
from tenantry.sdk.updater.nouns import Updaters
from tenantry.settings import Settings, load_settings
from tenantry.updater import BaseUpdater

LOG_LEVELS: Final = ("debug", "info", "warn", "error")
_CUSTOMER: Final = "cust-1"
_TENANT_NAME: Final = "Northwind"


class UpdaterScheduleWarning(UserWarning):
    """A schedule may not be what is meant."""


class DatabaseUpdaterManager:
    """Runs a tenant's updaters from `start` to `stop`, in this process or through its server.

    With `dry_run` no row is written, whoever asks for a run. Without `enable_scheduling` nothing
    runs by itself: only what `execute_updater` is asked for. `config_overrides` are merged into the
    tenant's configuration, in camelCase, when it starts; they stay. The tenant is made, as a
    sandbox, where there is none. `settings` are those of the environment unless given.

    `start` and `stop` are safe twice; it is an asynchronous context manager of both.
    """

    def __init__(
        self,
        *,
        dry_run: bool = False,
        log_level: str = "info",
        enable_scheduling: bool = True,
        config_overrides: Mapping[str, Any] | None = None,
        tenant_id: str | None = None,
        settings: Settings | None = None,
    ) -> None:
        if log_level not in LOG_LEVELS:
            raise Invalid(field="log_level", got=log_level, wants=", ".join(LOG_LEVELS))
        self._is_dry_run = dry_run
        self._log_level = log_level
        self._is_scheduling = enable_scheduling
        self._overrides = dict(config_overrides or {})
        self._settings = settings or load_settings(os.environ, cwd=Path.cwd())
        self.tenant_id = tenant_id or self._settings.default_tenant
        self._own: list[BaseUpdater] = []
        self._transition = asyncio.Lock()
        self._stack: ExitStack | None = None
        self._place: Place | None = None
        self._is_joined = False

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    def register(self, updater: BaseUpdater) -> None:
        """Add an updater of one's own, before the start.

        A server has to know it by itself, by DATABASE_UPDATER_MODULES.
        """
        if self._place is not None:
            raise Conflict("updaters are registered before the start", code="already_running")
        self._own.append(updater)

    async def start(self) -> None:
        """Open what is needed, configure it, and have the updaters run by their schedules.

        Raises `Denied` where the tenant is no sandbox, `Invalid` for a configuration that is none,
        and `Conflict` where a server runs the updaters in another mode already.
        """
        async with self._transition:
            if self._place is None:
                # It waits for databases and locks, and the program's loop has other things to do.
                await asyncio.to_thread(self._start)

    async def stop(self) -> None:
        """Have the updaters run no more, and let go of everything; a run comes to its end.

        What a server ran before already, it goes on with.
        """
        async with self._transition:
            if self._place is not None:
                await asyncio.to_thread(self._stop)

    def get_status(self) -> ManagerStatus:
        """Return how the updaters stand; it waits for the answer, which takes milliseconds."""
        if self._place is None:
            return ManagerStatus(
                is_running=False,
                is_dry_run=self._is_dry_run,
                tenant_id=self.tenant_id,
                customer_id=_CUSTOMER,
                is_sandbox=False,
            )
        return as_kind(ManagerStatus, self.updaters.status())

    def check_health(self) -> ManagerHealth:
        """Return whether the updaters do what they should; raises `Conflict` before the start."""
        return as_kind(ManagerHealth, self.updaters.health())

    @property
    def updaters(self) -> Updaters:
        """All that can be asked of updaters, as `UpdaterClient` has it; each call waits.

        What is done through it is not held to `dry_run`. Raises `Conflict` before the start.
        """
        return self._opened().updaters

    async def execute_updater(
        self, name: str, *, dry_run: bool = False, token: str | None = None
    ) -> UpdaterExecution:
        """Run an updater now, by its name or its schedule's key, and return what it has done.

        Raises `Unprocessable` where the run fails: nothing of it is written then.
        """
        is_dry_run = dry_run or self._is_dry_run
        if is_dry_run and token is not None:
            raise Invalid(field="token", got="one, and a dry run", wants="one of them")
        updaters = self.updaters
        return await asyncio.to_thread(updaters.execute, name, dry_run=is_dry_run, token=token)

    async def update_configuration(self, change: Mapping[str, Any]) -> UpdaterConfiguration:
        """Merge `change` into the configuration, in camelCase, and return what counts now.

        It is checked as a whole before any of it counts. A schedule that may not be what is meant
        is an `UpdaterScheduleWarning`.
        """
        updaters = self.updaters
        found = await asyncio.to_thread(updaters.configure, change)
        _warn(found)
        return found

    def _opened(self) -> Place:
        if self._place is None:
            raise Conflict("the updaters are not started", code="not_running")
        return self._place

    def _start(self) -> None:
        with ExitStack() as stack:
            place = stack.enter_context(
                opened_place(
                    self._settings,
                    tenant_id=self.tenant_id,
                    has_worker=self._is_scheduling,
                    updaters=self._own,
                )
            )
            self._make_tenant(place)
            self._check_own(place)
            if self._overrides:
                _warn(place.updaters.configure(self._overrides))
            if self._is_scheduling:
                self._is_joined = self._run(place)
            elif place.is_own:
                _halt(place)
            add_place(place)
            self._place = place
            self._stack = stack.pop_all()

    def _stop(self) -> None:
        place, stack = self._place, self._stack
        assert place is not None  # noqa: S101 - asked before
        assert stack is not None  # noqa: S101 - set with the place
        self._place = self._stack = None
        remove_place(place)
        with stack:
            if self._is_scheduling and not self._is_joined:
                _halt(place)

    def _make_tenant(self, place: Place) -> None:
        """Make the tenant where there is none; one that is there stays what it is."""
        new = TenantRequests(place.acting).create(
            _TENANT_NAME, tenant_id=self.tenant_id, sandbox=True
        )
        try:
            place.sender.send(new)
        except Refused as error:
            if error.code != "tenant_exists":
                raise

    def _check_own(self, place: Place) -> None:
        known = {each.name for each in place.updaters.status().updaters}
        missing = sorted({each.name for each in self._own} - known)
        if missing:
            raise Conflict(
                f"a server works on {self._settings.data_dir} that does not know "
                f"{', '.join(missing)}: name its module in DATABASE_UPDATER_MODULES there",
                code="data_dir_in_use",
            )

    def _run(self, place: Place) -> bool:
        """Have them run; return whether a server had them run already, in the same mode."""
        status = place.updaters.status()
        if status.is_running and not place.is_own:
            if status.is_dry_run is not self._is_dry_run:
                mode = "dry" if status.is_dry_run else "not dry"
                raise Conflict(
                    f"a server runs the updaters of tenant {self.tenant_id} already, and {mode}: "
                    "stop them there first",
                    code="already_running",
                )
            return True
        if status.is_running:
            # An earlier process has ended without a stop.
            _halt(place)
        place.updaters.start(dry_run=self._is_dry_run, log_level=self._log_level)
        return False


async def start_database_updater(
    *,
    dry_run: bool = False,
    log_level: str = "info",
    enable_scheduling: bool = True,
    config_overrides: Mapping[str, Any] | None = None,
    tenant_id: str | None = None,
    settings: Settings | None = None,
) -> DatabaseUpdaterManager:
    """Return a manager that has started; the arguments are those of `DatabaseUpdaterManager`."""
    manager = DatabaseUpdaterManager(
        dry_run=dry_run,
        log_level=log_level,
        enable_scheduling=enable_scheduling,
        config_overrides=config_overrides,
        tenant_id=tenant_id,
        settings=settings,
    )
    await manager.start()
    return manager


def _halt(place: Place) -> None:
    try:
        place.updaters.stop()
    except Refused as error:
        if error.code != "not_running":
            raise


def _warn(configuration: UpdaterConfiguration) -> None:
    for key, schedule in configuration.schedules.items():
        for warning in schedule.explanation.warnings:
            warnings.warn(f"{key}: {warning.message}", UpdaterScheduleWarning, stacklevel=3)

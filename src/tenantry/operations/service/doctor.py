"""The examination of an installation: of the node that runs, or of where one is to run."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from pathlib import Path
from typing import Final, TypeVar

from tenantry.base import Clock, Principal, SystemClock
from tenantry.base.errors import TenantryError
from tenantry.base.principal import ALL
from tenantry.db import Database, MigrationStatus, migration_status, sqlite_version
from tenantry.eventlog import EventLog, EventTypes, Head
from tenantry.operations import rules, store
from tenantry.operations.errors import MasterKeyRefused
from tenantry.operations.model import DoctorReport, Finding
from tenantry.operations.service.database import database_named_by, read_head
from tenantry.operations.service.health import Health
from tenantry.operations.service.machine import (
    MachineFacts,
    measure_machine,
    open_files,
    python_version,
)
from tenantry.operations.service.master_key import master_key_source
from tenantry.operations.service.operations import READ
from tenantry.reliability import Err, HealthReport, Outcome, Result
from tenantry.settings import SETTINGS, Problem, Settings
from tenantry.telemetry import get_logger, span

PATIENCE_SECONDS: Final = 10.0
"""How long each question to the database may take before it counts as unanswered."""

T = TypeVar("T")

_SYSTEM_CLOCK: Final = SystemClock()
_NAMES: Final = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
_LOGGER = get_logger("tenantry.operations")


class Doctor:
    """Examines the node that it is a part of.

    `database` is asked past its breakers, since what they say is no finding on it. `root_count`
    says how many may do everything, None where that is not known.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        database: Database,
        health: Health,
        clock: Clock,
        root_count: Callable[[], int | None] = lambda: None,
    ) -> None:
        self._settings = settings
        self._database = database
        self._health = health
        self._clock = clock
        self._root_count = root_count

    async def report(self, principal: Principal) -> DoctorReport:
        """Examine everything, for who may act on every tenant; raises `Denied` for others."""
        principal.authorise(ALL, READ)
        return await self.examine()

    async def examine(self) -> DoctorReport:
        """Examine everything; nothing is raised, and nothing is changed."""
        with span("tenantry.operations.examine"):
            findings = _settings_findings(self._settings) + self._root_findings()
            findings += [f async for f in _database_findings(self._database, clock=self._clock)]
            findings += _service_findings(await self._health.overview())
            findings += await _machine_findings(self._settings, is_serving=True)
            return rules.report_of(findings)

    def _root_findings(self) -> list[Finding]:
        # In development everybody on this machine is root.
        count = None if self._settings.dev else self._root_count()
        return [] if count is None else [rules.roots(count)]

    async def warn(self) -> None:
        """Examine everything, and log a warning for each finding that is not a pass."""
        for finding in (await self.examine()).findings:
            if finding.status != "pass":
                _LOGGER.warning(
                    "Doctor: something needs a look",
                    component=finding.component,
                    status=finding.status,
                    message=finding.message,
                    remedy=finding.remedy,
                )


async def examine(settings: Settings, *, clock: Clock = _SYSTEM_CLOCK) -> DoctorReport:
    """Examine an installation on which no server runs: the database is opened for it alone.

    No folder and no database is made. What only a running server can say (its projections, say) is
    left out. A database in use is a finding, as is all else; nothing is raised.
    """
    with span("tenantry.operations.examine"):
        findings = _settings_findings(settings)
        findings += [finding async for finding in _closed_findings(settings, clock=clock)]
        findings += await _machine_findings(settings, is_serving=False)
        return rules.report_of(findings)


def examine_without_settings(problems: Iterable[Problem]) -> DoctorReport:
    """Say what is wrong with the settings, and of the rest what can be said without them."""
    return rules.report_of(
        [
            *map(rules.wrong_setting, problems),
            rules.python(python_version()),
            rules.server_version("SQLite", sqlite_version()),
            rules.open_files(open_files(is_serving=False)),
        ]
    )


def _settings_findings(settings: Settings) -> list[Finding]:
    findings = [rules.settings(len(SETTINGS)), _master_key_finding(settings)]
    if settings.use_temporal_for_auth and not settings.temporal_enabled:
        findings.append(rules.temporal_without_server())
    return findings


def _master_key_finding(settings: Settings) -> Finding:
    source = master_key_source(settings)
    try:
        source.find()
    except MasterKeyRefused as error:
        return rules.refused_master_key(error.message)
    return rules.master_key(source.name)


async def _closed_findings(settings: Settings, *, clock: Clock) -> AsyncIterator[Finding]:
    """Yield what there is to say of a database that nobody has open, and of what depends on it."""
    file = _file_of(settings)
    if file is not None and not file.exists():
        is_made = settings.data_dir.is_relative_to(file.parent)
        if is_made or file.parent.is_dir():
            yield rules.absent_database(str(file))
        else:
            yield rules.lost_folder(str(file.parent))
        yield rules.server_version("SQLite", sqlite_version())
        yield rules.no_service()
        return

    database = database_named_by(settings)
    opened = await _answer(database.start())
    if isinstance(opened, Err):
        yield rules.silent(_reason(opened.error), code=_code(opened.error))
        return
    try:
        async for finding in _database_findings(database, clock=clock):
            yield finding
        for finding in await _closed_services(database, clock=clock):
            yield finding
    finally:
        await database.stop()


async def _closed_services(database: Database, *, clock: Clock) -> list[Finding]:
    """Ask those of a server's health checks that need no server."""
    if _is_empty(await _answer(migration_status(database))):
        return [rules.no_service()]

    log = EventLog(database=database, clock=clock, types=EventTypes(present=()))
    health = Health(
        database=database,
        log=log,
        followers={},
        clock=clock,
        is_started=lambda: False,
        is_draining=lambda: False,
    )
    health.services.unregister("projections")
    return _service_findings(await health.overview())


async def _database_findings(database: Database, *, clock: Clock) -> AsyncIterator[Finding]:
    """Yield how the database is; where it does not answer, the rest would only say so again."""
    asked_at = clock.monotonic()
    pong = await _answer(database.ping())
    seconds = clock.monotonic() - asked_at
    status = await _answer(migration_status(database))
    # A ping takes a role on PostgreSQL, and the first migration makes that.
    if isinstance(pong, Err) and not _is_empty(status):
        yield rules.silent(_reason(pong.error), code=_code(pong.error))
        return
    name = _NAMES[database.dialect]
    yield rules.answering(name, seconds)

    if isinstance(status, Err):
        yield rules.unknown_migrations(_reason(status.error), code=_code(status.error))
        return
    yield rules.migrations(status.data.applied, status.data.pending)

    head = await _answer(read_head(database)) if status.data.applied else None
    if isinstance(head, Err):
        yield rules.unreadable_log(_reason(head.error))
    elif head is not None:
        yield rules.log_end(head.data.position)

    asked_us = clock.now_us()
    server = await _answer(database.administer(store.read_server))
    if isinstance(server, Err):
        yield rules.silent(_reason(server.error), code=_code(server.error))
        return
    version, server_us = server.data
    yield rules.server_version(name, version)
    # It has read its clock somewhere between our two looks at ours.
    now_us = (asked_us + clock.now_us()) // 2
    yield rules.clock(
        log_ahead_seconds=_seconds_ahead(head, now_us),
        server_ahead_seconds=None if server_us is None else (server_us - now_us) / 1e6,
    )


def _service_findings(report: HealthReport) -> list[Finding]:
    return [rules.service(service) for service in report.services]


async def _machine_findings(settings: Settings, *, is_serving: bool) -> list[Finding]:
    facts: MachineFacts = await asyncio.to_thread(
        measure_machine,
        settings.data_dir,
        memory_limit_mb=settings.memory_limit_mb,
        is_serving=is_serving,
    )
    folder = str(settings.data_dir)
    return [
        rules.python(facts.python),
        rules.data_dir(folder, exists=facts.data_dir_exists, problem=facts.data_dir_problem),
        rules.disk(folder, free_bytes=facts.free_bytes, total_bytes=facts.total_bytes),
        rules.memory(limit_bytes=facts.memory_limit, ratio=facts.memory_ratio),
        rules.open_files(facts.open_files),
    ]


async def _answer(work: Awaitable[T]) -> Outcome[T, Exception]:
    """Wait for `work` as long as our patience lasts; whatever it raises is its answer."""

    async def answered() -> T:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await work

    return await Result.from_awaitable(answered())


def _file_of(settings: Settings) -> Path | None:
    scheme, _, path = settings.database_url.partition(":///")
    return Path(path) if scheme == "sqlite" else None


def _is_empty(status: Outcome[MigrationStatus, Exception]) -> bool:
    return not isinstance(status, Err) and not status.data.applied


def _seconds_ahead(head: Outcome[Head, Exception] | None, now_us: int) -> float:
    if head is None or isinstance(head, Err) or not head.data.position:
        return 0.0
    return (head.data.recorded_at - now_us) / 1e6


def _reason(error: Exception) -> str:
    if isinstance(error, TenantryError):
        return error.message
    if isinstance(error, TimeoutError):
        return f"no answer within {PATIENCE_SECONDS:g} s"
    # Only its kind: a foreign message may hold an address with its password.
    return type(error).__name__


def _code(error: Exception) -> str | None:
    return error.code if isinstance(error, TenantryError) else None

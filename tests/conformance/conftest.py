"""One node on each database, for whatever asks for it."""

import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tenantry.db import Database
from tenantry.eventlog import EventLog
from tenantry.scheduling import Runner
from tenantry.testing import FakeClock
from tests.conformance.spine import running_database, running_log
from tests.support.access_http import AccessHttp
from tests.support.client_http import ClientHttp
from tests.support.lines import EffectLine, add_effects, runner_of, schedule
from tests.support.nodes import ConfigClient, Journal, Node, recorded_journal, running_node
from tests.support.syncs import RunningClock

_TENANTS = itertools.count(1)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A migrated database without a log on it."""
    async with running_database(database_url) as database:
        yield database


@pytest_asyncio.fixture
async def log(database_url: str, clock: FakeClock) -> AsyncIterator[EventLog]:
    """A log that reads `clock`."""
    async with running_log(database_url, clock=clock) as log:
        yield log


@pytest_asyncio.fixture
async def sqlite_log(sqlite_url: str, clock: FakeClock) -> AsyncIterator[EventLog]:
    """A log on SQLite that reads `clock`."""
    async with running_log(sqlite_url, clock=clock) as log:
        yield log


@pytest_asyncio.fixture
async def postgres_log(postgres_url: str, clock: FakeClock) -> AsyncIterator[EventLog]:
    """A log on PostgreSQL that reads `clock`."""
    async with running_log(postgres_url, clock=clock) as log:
        yield log


@pytest_asyncio.fixture
async def second_log(postgres_log: EventLog, postgres_url: str) -> AsyncIterator[EventLog]:
    """Another node on the database of `postgres_log`."""
    assert postgres_log.is_running
    async with running_log(postgres_url) as log:
        yield log


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def module_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The URL of a database that the tests of a module share, once on each dialect."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('module') / 'tenantry.db'}"
        return
    with request.getfixturevalue("postgres").fresh_database() as url:
        yield url


@pytest.fixture(scope="module")
def module_journal(module_url: str) -> Iterator[Journal]:
    """What is logged while the tests of a module run on one database."""
    assert module_url
    with recorded_journal() as journal:
        yield journal


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def module_node(
    module_url: str, module_journal: Journal, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Node]:
    """A node that the tests of a module share; each of them has a tenant of its own.

    Such a module is marked with `pytest.mark.asyncio(loop_scope="module")`.
    """
    # It is recorded from before the node on; another one may have been there before.
    assert isinstance(module_journal, Journal)
    async with running_node(url=module_url, folder=tmp_path_factory.mktemp("node")) as node:
        yield node


@pytest.fixture
def configs(module_node: Node) -> ConfigClient:
    """The settings of a tenant that no other test knows, on the shared node."""
    return module_node.configs(f"tenant-{next(_TENANTS)}")


@pytest.fixture
def journal() -> Iterator[Journal]:
    """What is logged while the test runs."""
    with recorded_journal() as journal:
        yield journal


@pytest_asyncio.fixture
async def node(
    database_url: str, journal: Journal, clock: FakeClock, tmp_path: Path
) -> AsyncIterator[Node]:
    """A node on a database of its own, for tests that restart it or damage what it holds."""
    # As above; another one may be running, and say that it has been slow.
    assert isinstance(journal, Journal)
    async with running_node(url=database_url, folder=tmp_path, clock=clock) as node:
        yield node


@pytest.fixture
def acme() -> str:
    """The id of a tenant that no other test knows; whoever needs it makes it."""
    return f"acme-{next(_TENANTS)}"


@pytest.fixture
def root(module_node: Node) -> AccessHttp:
    """Root on the shared node."""
    return AccessHttp(module_node)


@pytest_asyncio.fixture(loop_scope="module")
async def clients(module_node: Node, root: AccessHttp, acme: str) -> ClientHttp:
    """Root, who declares clients of a tenant that no other test knows, on the shared node."""
    await root.tenant(acme)
    return ClientHttp(module_node, root, acme)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sync_node(
    module_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Node]:
    """A node that the tests of a module share, on a clock that goes by itself."""
    folder = tmp_path_factory.mktemp("sync")
    async with running_node(url=module_url, folder=folder, clock=RunningClock()) as node:
        yield node


@pytest_asyncio.fixture
async def line(database: Database) -> AsyncIterator[EffectLine]:
    """A line that fires every second."""
    await add_effects(database)
    yield EffectLine(database, schedule())


@pytest.fixture
def runner(database: Database, clock: FakeClock) -> Runner:
    """The runner of a node."""
    return runner_of(database, clock)

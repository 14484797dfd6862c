"""What every test may ask for: databases, a Temporal server, and the Hypothesis profiles.

PostgreSQL and Temporal are started by the first test that needs them. Where one cannot be had, its
tests are skipped with the reason; under `CI=true` they fail instead.
"""

import gc
import os
import secrets
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.counts import IS_CI, IS_SOAK, search_count
from tests.support.postgres import Postgres, remove_directory, shared_directory
from tests.support.temporal import SharedTemporal, shared_temporal_directory

# A deadline per example measures the machine, not the code. What CI refuses anybody can repeat: it
# draws the same examples each time, as Hypothesis has it there by itself. Elsewhere they are new.
settings.register_profile(
    "default", deadline=None, derandomize=IS_CI, max_examples=30, stateful_step_count=20
)
settings.register_profile(
    "soak",
    deadline=None,
    derandomize=IS_CI,
    max_examples=search_count(300),
    stateful_step_count=50,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("soak" if IS_SOAK else "default")

_RUN_ID = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    """Give this run an id that all its processes know, and no other run has."""
    # What starts us in the background may have it ignored, and every process that we start with it.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)

    # What a table shows depends on its width, and not on who looks at this run.
    os.environ["COLUMNS"] = "120"

    worker: dict[str, str] = getattr(config, "workerinput", {})
    run_id = worker.get("testrunuid") or config.getoption("testrunuid") or secrets.token_hex(8)

    # This is how xdist tells its workers.
    config.option.testrunuid = run_id
    config.stash[_RUN_ID] = run_id


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs PostgreSQL, so that `-m "not postgres"` leaves it out."""
    for item in items:
        if {"postgres", "postgres_url"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.postgres)


def pytest_collection_finish() -> None:
    """Spare the collector what the imports have made: it stays to the end, and is much."""
    gc.collect()
    gc.freeze()
    # A test leaves cycles of some ten thousand objects, and the next ones may come first.
    gc.set_threshold(50_000, 20, 10)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the shared directories once every worker has gone."""
    if not hasattr(config, "workerinput"):
        remove_directory(shared_directory(config.stash[_RUN_ID]))
        SharedTemporal(shared_temporal_directory(config.stash[_RUN_ID])).remove()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say once for each reason how many tests were skipped; pytest says it for each test."""
    reports = terminalreporter.stats.get("skipped", [])
    reasons = Counter(report.longrepr[2] for report in reports)

    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"{count} not run: {reason.removeprefix('Skipped: ')}")


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config) -> Iterator[Postgres]:
    """A running PostgreSQL server, the same for all workers of this run: never stop it."""
    server = Postgres(shared_directory(pytestconfig.stash[_RUN_ID]))

    try:
        server.start()
    except Exception as error:  # whatever the reason is, it is told, and the other tests run
        if IS_CI:
            raise
        pytest.skip(f"PostgreSQL cannot be started here: {error!r}")

    yield server
    server.close()


@pytest.fixture(scope="session")
def temporal(pytestconfig: pytest.Config) -> Iterator[str]:
    """The address of a Temporal server, the same for all workers of this run: never stop it.

    Workflow ids and task queues must be a test's own.
    """
    server = SharedTemporal(shared_temporal_directory(pytestconfig.stash[_RUN_ID]))

    try:
        server.start()
    except Exception as error:  # as above
        if IS_CI:
            raise
        pytest.skip(f"Temporal cannot be started here: {error!r}")

    yield server.address
    server.close()


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """The URL of an empty PostgreSQL database that this test has for itself."""
    with postgres.fresh_database() as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of an SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'tenantry.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database; the test runs once on each dialect."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url

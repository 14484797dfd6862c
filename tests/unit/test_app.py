"""The life of an application: what it opens, does without a database, and lets go."""

from pathlib import Path

import pytest

from tenantry.app import Application, build_application
from tenantry.base.errors import Conflict, Unavailable
from tenantry.db import Transaction, open_database
from tenantry.settings import load_settings
from tenantry.telemetry import emit
from tenantry.testing import FakeClock
from tests.conformance.spine import running_log
from tests.support.waiting import eventually
from tests.support.web import client_of


def application(folder: Path, url: str, *, clock: FakeClock | None = None) -> Application:
    settings = load_settings({}, cwd=folder, overrides={"DATABASE_URL": url, "DEV": True})
    return build_application(settings, clock=clock)


async def status_of(app: Application, path: str) -> int:
    async with client_of(app.asgi) as http:
        return (await http.get(path)).status_code


async def test_a_start_is_over_when_requests_are_answered(
    tmp_path: Path, database_url: str
) -> None:
    app = application(tmp_path, database_url)
    await app.start()
    try:
        assert app.is_ready
        assert await status_of(app, "/readyz") == 200
        assert await status_of(app, "/config") == 200
    finally:
        await app.stop()
    assert not app.is_ready


async def test_start_and_stop_may_come_twice_and_again(tmp_path: Path, database_url: str) -> None:
    app = application(tmp_path, database_url)
    await app.stop()
    for _ in range(2):
        await app.start()
        await app.start()
        assert app.is_ready
        assert await status_of(app, "/config") == 200
        await app.stop()
        await app.stop()


async def test_a_draining_node_still_answers_and_is_not_ready(
    tmp_path: Path, sqlite_url: str
) -> None:
    app = application(tmp_path, sqlite_url)
    await app.start()
    try:
        app.drain()

        assert not app.is_ready
        assert await status_of(app, "/readyz") == 503
        assert await status_of(app, "/config") == 200
    finally:
        await app.stop()


async def test_a_database_that_cannot_be_opened_yet_is_tried_again(tmp_path: Path) -> None:
    clock = FakeClock()
    folder = tmp_path / "mounted" / "later"
    app = application(tmp_path, f"sqlite:///{folder}/tenantry.db", clock=clock)
    await app.start()
    try:
        assert app.is_running
        assert not app.is_ready
        assert await status_of(app, "/livez") == 200
        assert await status_of(app, "/readyz") == 503
        assert await status_of(app, "/config/x") == 503
        assert await status_of(app, "/config") == 503

        folder.mkdir(parents=True)
        await eventually(lambda: clock.sleeper_count)
        clock.advance(0.5)
        await eventually(lambda: app.is_ready)
        assert await status_of(app, "/config") == 200
    finally:
        await app.stop()


async def test_a_stop_while_it_is_tried_again_is_a_stop(tmp_path: Path) -> None:
    clock = FakeClock()
    app = application(tmp_path, f"sqlite:///{tmp_path}/nowhere/tenantry.db", clock=clock)
    await app.start()
    await eventually(lambda: clock.sleeper_count)

    await app.stop()

    assert clock.sleeper_count == 0


async def test_a_database_in_use_is_told_at_once(tmp_path: Path, sqlite_url: str) -> None:
    async with running_log(sqlite_url):
        app = application(tmp_path, sqlite_url)

        with pytest.raises(Unavailable, match="in use"):
            await app.start()
    assert not app.is_running


async def test_a_schema_newer_than_the_program_is_refused_and_nothing_stays_open(
    tmp_path: Path, sqlite_url: str
) -> None:
    async with running_log(sqlite_url) as log:
        await log.database.administer(_add_later_migration)
    app = application(tmp_path, sqlite_url)

    with pytest.raises(Conflict, match="99"):
        await app.start()

    database = open_database(sqlite_url)
    await database.start()
    await database.stop()


async def test_a_stopped_application_no_longer_observes(tmp_path: Path, sqlite_url: str) -> None:
    app = application(tmp_path, sqlite_url)
    await app.start()
    await app.stop()
    before = app.metrics.render()

    emit("tenantry.eventlog.appended", event_count=1_000)

    assert b"events_appended_total 0.0" in before
    assert b"events_appended_total 0.0" in app.metrics.render()


def _add_later_migration(tx: Transaction) -> None:
    tx.connection.execute("INSERT INTO schema_migrations VALUES (99, 'later', 'x', 0)")

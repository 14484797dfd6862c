"""Whatever a team's updater does, the node goes on, nothing is written, and nothing is told."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tenantry.base.errors import Invalid, Unavailable
from tenantry.updater import BaseUpdater
from tenantry.updater.errors import UpdaterFailed
from tenantry.updater.model import Batch, Update
from tenantry.updater.service.beside import Beside
from tests.support.team_updaters import (
    SECRET,
    Sleeper,
    TeamUpdater,
    buyer,
    lead,
    raising,
    register,
    returning,
)
from tests.support.updater_app import DAY, HOUR, ROOT, Lived, living

BAD: dict[str, Callable[..., Any]] = {
    "an error that quotes a row": raising(ValueError(SECRET)),
    "the end of the process": raising(SystemExit(SECRET)),
    "an interrupt": raising(KeyboardInterrupt(SECRET)),
    "a cancellation": raising(asyncio.CancelledError(SECRET)),
    "the end of an iteration": raising(StopIteration(SECRET)),
    "nothing": returning(lambda _: None),
    "a text": returning(lambda _: SECRET),
    "a list": returning(lambda run: [lead(run)]),
    "a generator": returning(lambda run: Batch(lead(run) for _ in range(3))),  # type: ignore[arg-type]
    "no rows": returning(lambda _: Batch([SECRET, None])),  # type: ignore[list-item]
    "a class": returning(lambda _: Batch([Batch])),  # type: ignore[list-item]
    "an unsafe address": returning(lambda run: Batch([buyer(run, email=SECRET)])),
    "an unsafe id": returning(lambda run: Batch([buyer(run, id_=f"{SECRET}\0")])),
    "an id with somebody in it": returning(lambda run: Batch([buyer(run, id_=SECRET)])),
    "another type": returning(lambda run: Batch([lead(run, annual_revenue=SECRET)])),
    "half a character": returning(lambda run: Batch([lead(run, city=f"{SECRET}\ud800")])),
    "a huge number": returning(lambda run: Batch([lead(run, annual_revenue=2**70)])),
    "the same row twice": returning(lambda run: Batch([lead(run), lead(run)])),
    "another run": returning(lambda run: Batch([lead(run, run_id=SECRET)])),
    "too many": returning(lambda run: Batch([lead(run)] * 1_000_000)),
    "too many changes": returning(
        lambda _: Batch([Update("customers", "cust-1", {"name": SECRET})] * 1_000_000)
    ),
    "no table": returning(lambda _: Batch([Update("users", "1", {"name": SECRET})])),  # type: ignore[arg-type]
    "no row": returning(lambda _: Batch([Update("customers", SECRET, {"name": SECRET})])),
    "no column": returning(lambda _: Batch([Update("customers", "cust-1", {SECRET: 1})])),
    "another tenant": returning(
        lambda _: Batch([Update("customers", "cust-1", {"tenant_id": "other"})])
    ),
    "another id": returning(lambda _: Batch([Update("customers", "cust-1", {"id": "cust-2"})])),
    "no values": returning(lambda _: Batch([Update("customers", "cust-1", SECRET)])),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("answer", BAD.values(), ids=BAD)
async def test_what_makes_no_sense_is_a_run_that_has_failed(
    sqlite_url: str,
    tmp_path: Path,
    answer: Callable[..., Any],
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with living(sqlite_url, tmp_path) as lived:
        await lived.backfill(3)
        register(lived, TeamUpdater(answer))
        await lived.configure(executionConfig={"retryAttempts": 0, "rowsPerDay": 100_000})
        before = await lived.rows()
        with pytest.raises(UpdaterFailed, match="team_rows") as failed:
            await lived.parts.executing.execute(ROOT, lived.tenant, "team_rows")
        with pytest.raises(UpdaterFailed, match="team_rows"):
            await lived.parts.executing.dry_run(ROOT, lived.tenant, "team_rows")
        assert await lived.rows() == before

        await lived.configure(
            executionConfig={"enabledUpdaters": {"businessActivities": False, "newLeads": False}}
        )
        await lived.start()
        await lived.live(3 * HOUR)

        assert {f.status for f in await lived.firings() if f.schedule == "team_rows"} == {"failed"}
        found = await lived.parts.views.health(ROOT, lived.tenant)
        assert found.status == "degraded"
        said = [str(failed.value), str(failed.value.details), await _said(lived)]
    said += [caplog.text, *capsys.readouterr()]
    said += _logged(tmp_path)
    assert not [text for text in said if SECRET in text]


async def test_what_a_team_writes_besides_and_fails_at_takes_the_run_with_it(
    database_url: str, tmp_path: Path
) -> None:
    class Writer(TeamUpdater):
        def insert_data(self, *_: Any) -> None:
            raise OSError(SECRET)

    async with living(database_url, tmp_path) as lived:
        await lived.backfill(2)
        register(lived, Writer(returning(lambda _: Batch())))
        with pytest.raises(UpdaterFailed, match="OSError"):
            await lived.parts.executing.execute(ROOT, lived.tenant, "team_rows")
        assert (await lived.runs())[0].status == "failed"
        assert SECRET not in await _said(lived)


async def test_an_updater_that_never_returns_keeps_nobody_else_waiting(
    database_url: str, tmp_path: Path
) -> None:
    async with living(database_url, tmp_path) as lived:
        sleeper = Sleeper()
        await lived.backfill(2)
        register(lived, sleeper)
        await lived.configure(executionConfig={"executionTimeoutMinutes": 0.005})
        task = asyncio.create_task(lived.parts.executing.execute(ROOT, lived.tenant, "team_rows"))
        await asyncio.to_thread(sleeper.begun.wait, 30)
        # The loop answers while it sleeps.
        assert (await lived.parts.views.status(ROOT, lived.tenant)).is_sandbox
        assert not task.done()
        with pytest.raises(UpdaterFailed, match="not done within"):
            await task
        with pytest.raises(UpdaterFailed, match="not done within"):
            await lived.parts.executing.dry_run(ROOT, lived.tenant, "team_rows")
        # Its turn is over, and everybody else's comes.
        done = await lived.parts.executing.execute(ROOT, lived.tenant, "service_tickets")
        assert done.success
        failed = [run for run in await lived.runs() if run.status == "failed"]
        assert [(run.updater, run.reason) for run in failed] == [("team_rows", "timeout")]
        sleeper.let_go.set()


async def test_a_schedule_whose_updater_never_returns_does_not_stop_the_others(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with living(sqlite_url, tmp_path) as lived:
        sleeper = Sleeper()
        await lived.backfill(2)
        register(lived, sleeper)
        await lived.configure(
            executionConfig={"executionTimeoutMinutes": 0.002, "retryAttempts": 0},
            scheduleConfig={"teamRows": "0 0 12 * * *"},
        )
        await lived.start()
        await lived.live(DAY, by=6 * HOUR)
        by_status = {(f.schedule, f.status, f.reason) for f in await lived.firings()}
        assert ("team_rows", "failed", "timeout") in by_status
        assert ("service_tickets", "done", None) in by_status
        sleeper.let_go.set()


async def test_no_more_begins_beside_threads_that_never_end() -> None:
    beside = Beside(most_left=2)
    sleeper = Sleeper()

    def work() -> Any:
        return sleeper.let_go.wait(60)

    for _ in range(2):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await beside.run(work)
    with pytest.raises(Unavailable):
        await beside.run(work)
    sleeper.let_go.set()
    async with asyncio.timeout(30):
        while True:
            try:
                assert await beside.run(lambda: "again") == "again"
            except Unavailable:
                await asyncio.sleep(0)
            else:
                break


async def test_an_estimate_that_fails_fails_nothing_else(sqlite_url: str, tmp_path: Path) -> None:
    class Guess(TeamUpdater):
        def rows_per_run(self, _: Any) -> Any:
            raise ValueError(SECRET)

    async with living(sqlite_url, tmp_path) as lived:
        register(lived, Guess(returning(lambda _: Batch())))
        status = await lived.parts.views.status(ROOT, lived.tenant)
        (view,) = [each for each in status.updaters if each.name == "team_rows"]
        assert view.config.explanation.estimated_rows_per_day == 0


async def test_a_cron_that_is_wrong_is_told_when_it_is_registered(
    sqlite_url: str, tmp_path: Path
) -> None:
    class Wrong(BaseUpdater):
        name = "team_wrong"
        schedule_key = "teamWrong"
        cron = "0 0 30 2 *"

        def generate_data(self, *_: object) -> Batch:
            raise AssertionError

    async with living(sqlite_url, tmp_path) as lived:
        with pytest.raises(Invalid):
            register(lived, Wrong())
        assert (await lived.parts.views.status(ROOT, lived.tenant)).is_sandbox


def _logged(folder: Path) -> list[str]:
    return [path.read_text() for path in folder.rglob("*.log")]


async def _said(lived: Lived) -> str:
    """Return all that is told of runs, but for the rows of who may see them."""
    parts, tenant = lived.parts, lived.tenant
    told = [
        await parts.views.status(ROOT, tenant),
        await parts.views.metrics(ROOT, tenant),
        await parts.views.health(ROOT, tenant),
        await parts.views.logs(ROOT, tenant, 1_000),
        await lived.runs(),
        await lived.firings(),
    ]
    return msgspec.json.encode(told).decode()


async def test_who_stops_and_starts_in_the_middle_of_a_run_does_not_make_it_fail(
    database_url: str, tmp_path: Path
) -> None:
    sleeper = Sleeper()
    async with living(database_url, tmp_path) as lived:
        register(lived, sleeper)
        await lived.start()
        lived.clock.advance(HOUR)
        step = asyncio.create_task(lived.step())
        assert await asyncio.to_thread(sleeper.begun.wait, 30)
        await lived.parts.control.stop(ROOT, lived.tenant)
        await lived.parts.control.start(ROOT, lived.tenant, log_level="debug")
        sleeper.let_go.set()
        await step

        assert {run.status for run in await lived.runs()} == {"done"}
        # And not only with another attempt.
        assert {firing.attempt for firing in await lived.firings()} == {1}
        assert (await lived.parts.views.status(ROOT, lived.tenant)).is_running

"""What people write into rows is in these rows, and in no log, event, answer or file besides."""

from pathlib import Path
from typing import Any

import pytest

from tenantry.tenants.model import AuditQuery
from tenantry.updater.model import Batch
from tests.support.team_updaters import SECRET, TeamUpdater, raising, register, returning
from tests.support.updater_app import DAY, ROOT, Lived, living
from tests.support.web import client_of

ROWS = "/api/database-updater/tables/customers/rows/cust-1"


@pytest.mark.parametrize("level", ["debug", "info"])
async def test_what_people_write_is_told_nowhere(
    database_url: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], level: str
) -> None:
    async with living(database_url, tmp_path, DEV="true", LOG_LEVEL=level) as lived:
        await lived.backfill(10)
        register(lived, TeamUpdater(raising(ValueError(SECRET))))
        await lived.configure(executionConfig={"retryAttempts": 0})
        await lived.start(log_level="debug")
        async with client_of(lived.app.asgi, headers={"X-Tenant-ID": lived.tenant}) as http:
            done = await http.patch(ROWS, json={"email": SECRET, "name": f"Ann {SECRET}"})
            assert done.status_code == 200
            for bad in ({"name": [SECRET]}, {SECRET: 1}, {"created_at": SECRET}):
                assert (await http.patch(ROWS, json=bad)).status_code == 400
            assert (await http.get(f"{ROWS}-{SECRET}")).status_code == 404
            await lived.live(3 * DAY, by=DAY)
            await http.post("/api/database-updater/execute/team_rows")
            undone = await http.post("/api/database-updater/undo/all")
            assert SECRET not in undone.text
            assert SECRET in (await http.get(ROWS)).text
            for path in ("status", "metrics", "health", "logs", "runs", "firings", "check"):
                assert SECRET not in (await http.get(f"/api/database-updater/{path}")).text
            assert SECRET not in (await http.get("/metrics")).text
            assert SECRET not in (await http.get("/health")).text
        page = await lived.app.audit.read(
            ROOT, AuditQuery(tenant_id=lived.tenant), limit=500, cursor=None
        )
        assert SECRET not in str(page)
        assert SECRET not in await _of_other_rows(lived)
    said = capfd.readouterr()
    # The path of a request is its own: who asks for a person by his address has told it himself.
    lines = [each for each in (*said.out.splitlines(), *said.err.splitlines()) if SECRET in each]
    assert not [line for line in lines if f"{ROWS}-{SECRET}" not in line]
    written = _files(tmp_path)
    assert "Runs done" in written
    assert SECRET not in written


async def test_the_lines_of_runs_are_in_the_file_of_the_day(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with living(sqlite_url, tmp_path) as lived:
        await lived.backfill(2)
        register(lived, TeamUpdater(returning(lambda _: Batch())))
        await lived.start()
        await lived.live(DAY, by=DAY)
    assert "Runs done" in _files(tmp_path)


async def _of_other_rows(lived: Lived) -> str:
    rows: Any = await lived.rows()
    return str([row for found in rows.values() for row in found if row["edited_at"] is None])


def _files(folder: Path) -> str:
    found = sorted((folder / "logs").glob("database-updater-*.log"))
    assert found
    return "\n".join(path.read_text(encoding="utf-8") for path in found)

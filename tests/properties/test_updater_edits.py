"""Whatever people write into rows, their tenant lives on, and what they wrote stays where it is."""

import random
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tenantry.updater.model import TABLES
from tests.support.counts import IS_SOAK, search_count
from tests.support.hostile_edits import MARK, columns_of, hostile_value
from tests.support.updater_app import DAY, ROOT, Lived, living

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]

_WORLDS = search_count(20) if IS_SOAK else 2
_PARTIES = ("customers", "technicians", "equipment")


@pytest.mark.parametrize("place", range(_WORLDS))
async def test_a_tenant_lives_on_whatever_people_write(
    database_url: str, tmp_path: Path, place: int
) -> None:
    rng = random.Random(random.getrandbits(64))
    # Once everybody, and else some of all that there is.
    share = 1.0 if place == 0 else rng.choice((0.05, 0.3))
    async with living(database_url, tmp_path) as lived:
        await lived.backfill(20)
        await lived.start()
        edited = dict[str, dict[str, Any]]()
        for _ in range(3):
            edited = await _edit(lived, rng, share)
            await lived.live(20 * DAY, by=DAY)

            rows = await lived.rows()
            assert not [run.error for run in await lived.runs(5_000) if run.status == "failed"]
            checked = await lived.parts.tables.check(ROOT, lived.tenant)
            assert not checked.faults
            assert _edited(rows) >= edited.items()
            for table, found in rows.items():
                for row in found:
                    if row["edited_at"] is None:
                        assert MARK not in _said(row), (table, row)
        assert MARK not in _said(await lived.parts.views.logs(ROOT, lived.tenant, 1_000))
        assert MARK not in _said(await lived.parts.views.health(ROOT, lived.tenant))
        assert MARK not in _said(await lived.runs(5_000))
        assert await _tickets_since(lived, edited)


async def _edit(lived: Lived, rng: random.Random, share: float) -> dict[str, dict[str, Any]]:
    """Change columns of some rows, and return these as they are then."""
    edited = dict[str, dict[str, Any]]()
    for table in TABLES:
        found = (await lived.rows())[table]
        part = share if table in _PARTIES else min(share, 0.1)
        for row in rng.sample(found, max(1, round(len(found) * part))):
            columns = rng.sample(columns_of(table), rng.choice((1, 2, 3)))
            if table == "technicians":
                # That somebody is not there is for people to say.
                columns = [name for name in columns if name != "is_available"] or ["name"]
            values = {name: hostile_value(rng, table, name) for name in columns}
            await lived.parts.tables.edit(ROOT, lived.tenant, table, row["id"], values)
            edited[row["id"]] = {}
    now = await lived.rows()
    return {row["id"]: row for found in now.values() for row in found if row["id"] in edited}


def _edited(rows: Any) -> Any:
    return {row["id"]: row for found in rows.values() for row in found}.items()


async def _tickets_since(lived: Lived, edited: dict[str, Any]) -> list[str]:
    """Return the tickets that have begun since, and have been done since."""
    began = min(row["edited_at"] for row in edited.values())
    return [
        row["id"]
        for row in (await lived.rows())["service_tickets"]
        if row["created_at"] > began and row["status"] == "completed"
    ]


def _said(value: Any) -> str:
    return msgspec.json.encode(value).decode()

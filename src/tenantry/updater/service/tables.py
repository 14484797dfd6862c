"""`UpdaterTables`: rows as people see them, edit them, and have them checked."""

import asyncio
import re
from collections.abc import Mapping
from typing import Any, Final

from tenantry.base import Clock, Principal
from tenantry.base.errors import Invalid
from tenantry.db import Tenant, Transaction
from tenantry.telemetry import get_logger, span
from tenantry.updater import rules, store
from tenantry.updater.errors import NoSuchRow, NoSuchTable
from tenantry.updater.model import (
    ROW_TYPES,
    TABLES,
    CheckView,
    FidelityReport,
    StoredRow,
    TableName,
)
from tenantry.updater.service.journal import Journal
from tenantry.updater.service.living import Living
from tenantry.updater.service.permissions import ROWS, RUN
from tenantry.updater.service.settings import UpdaterSettings
from tenantry.updater.service.worlds import Worlds, keep_in

MAX_FAULTS: Final = 1_000
"""So many faults are told at once; all are counted."""
_CURSOR: Final = re.compile(r"[!-~]{1,64}")
_SHOWN: Final = 64

_LOGGER: Final = get_logger("tenantry.updater")


class UpdaterTables:
    """The rows of tenants; only whoever may read rows sees any."""

    def __init__(
        self,
        *,
        worlds: Worlds,
        settings: UpdaterSettings,
        living: Living,
        journal: Journal,
        clock: Clock,
    ) -> None:
        self._worlds = worlds
        self._settings = settings
        self._living = living
        self._journal = journal
        self._clock = clock

    async def page(
        self, principal: Principal, tenant_id: str, table: str, *, limit: int, cursor: str | None
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Return rows of a table by id, and the cursor that leads on; raises `NoSuchTable`."""
        principal.authorise(tenant_id, ROWS)
        name = _table(table)
        if cursor is not None and not _CURSOR.fullmatch(cursor):
            raise Invalid(field="cursor", got=cursor[:_SHOWN], wants="a next_cursor of an answer")
        found = await self._worlds.database.read(
            Tenant(tenant_id), store.page_rows, tenant_id, name, cursor or "", limit + 1
        )
        page = found[:limit]
        following = page[-1].row.id if len(found) > limit else None
        return [rules.shown_row(each) for each in page], following

    async def row(
        self, principal: Principal, tenant_id: str, table: str, row_id: str
    ) -> dict[str, Any]:
        """Return one row; raises `NoSuchTable` and `NoSuchRow`."""
        principal.authorise(tenant_id, ROWS)
        name = _table(table)
        found = await self._worlds.database.read(
            Tenant(tenant_id), store.find_row, tenant_id, name, rules.plain(row_id)
        )
        if found is None:
            raise _unknown(name, row_id)
        return rules.shown_row(found)

    async def edit(
        self,
        principal: Principal,
        tenant_id: str,
        table: str,
        row_id: str,
        values: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Change columns of a row, and return it; it is a person's from now on.

        Nothing moves it any more, no run and no undo. Raises `NoSuchTable`, `NoSuchRow`,
        `NotASandbox`, and `Invalid` that names the column.
        """
        principal.authorise(tenant_id, RUN)
        principal.authorise(tenant_id, ROWS)
        self._worlds.check_sandbox(tenant_id)
        name = _table(table)
        changed = rules.edited_values(name, values)
        async with self._living.exclusive(tenant_id) as turn:

            def unit(tx: Transaction) -> tuple[StoredRow, dict[str, Any]]:
                turn.check_in(tx)
                self._worlds.check_sandbox(tenant_id)
                world = store.find_world(tx, tenant_id)
                if world is None:
                    raise _unknown(name, row_id)
                edited = store.edit_row(
                    tx,
                    tenant_id,
                    name,
                    rules.plain(row_id),
                    changed,
                    at=self._clock.now_us(),
                    by=principal.id,
                )
                if edited is None:
                    raise _unknown(name, row_id)
                keep_in(tx, world)
                # What it says now is nobody's to read in a log.
                told = {"table": name, "row": edited.row.id, "columns": sorted(changed)}
                self._journal.tell_in(tx, tenant_id, "info", "Row edited", **told)
                return edited, told

            edited = await self._worlds.act(principal, tenant_id, "row_edited", unit)
        _LOGGER.info("Row edited", tenant=tenant_id, table=name, columns=sorted(changed))
        return rules.shown_row(edited)

    async def check(self, principal: Principal, tenant_id: str) -> CheckView:
        """Say where rows do not agree with each other, or could reach anybody."""
        principal.authorise(tenant_id, ROWS)
        settled = self._settings.find(tenant_id)
        with span("tenantry.updater.check", tenant=tenant_id):
            found = await self._all(tenant_id)
            touched = await self._worlds.database.read(
                Tenant(tenant_id), store.rows_of_undone, tenant_id
            )
            checked = await asyncio.to_thread(
                rules.check_tables,
                {table: [each.row for each in rows] for table, rows in found.items()},
                self._clock.now_us(),
                edited={
                    table: [each.row.id for each in rows if each.edited_at is not None]
                    for table, rows in found.items()
                },
                undone=touched,
                config=settled.config.data_generation_config,
            )
        return CheckView(
            rows=sum(checked.rows.values()),
            edited=sum(checked.edited.values()),
            fault_count=len(checked.faults),
            faults=tuple(
                {
                    "code": fault.code,
                    "table": fault.table,
                    "id": fault.row_id,
                    "message": fault.message,
                }
                for fault in checked.faults[:MAX_FAULTS]
            ),
        )

    async def fidelity(self, principal: Principal, tenant_id: str) -> FidelityReport:
        """Compare what rows are like with what was declared."""
        principal.authorise(tenant_id, ROWS)
        settled = self._settings.find(tenant_id)
        with span("tenantry.updater.fidelity", tenant=tenant_id):
            found = await self._all(tenant_id)
            return await asyncio.to_thread(
                rules.report_fidelity,
                {table: [each.row for each in rows] for table, rows in found.items()},
                config=settled.config.data_generation_config,
                calendar=self._living.calendar(settled),
                now=self._clock.now_us(),
            )

    async def plot(self, principal: Principal, tenant_id: str) -> str:
        """Draw the same, as an SVG."""
        report = await self.fidelity(principal, tenant_id)
        return await asyncio.to_thread(rules.draw_svg, report)

    async def _all(self, tenant_id: str) -> dict[TableName, list[StoredRow]]:
        def unit(tx: Transaction, table: TableName) -> list[StoredRow]:
            return [row for chunk in store.rows_of(tx, tenant_id, table) for row in chunk]

        # A unit for each table: a read may not last.
        return {
            table: await self._worlds.database.read(Tenant(tenant_id), unit, table)
            for table in TABLES
        }


def _table(name: str) -> TableName:
    for table in TABLES:
        if table == name:
            return table
    raise NoSuchTable(f"table: got {name[:_SHOWN]!r}, wants one of {', '.join(sorted(ROW_TYPES))}")


def _unknown(table: TableName, row_id: str) -> NoSuchRow:
    return NoSuchRow(f"table {table} has no row {rules.plain(row_id)}")

"""Dry runs: which rows there would be, and none of them written; then exactly these."""

import asyncio

from tenantry.database_updater import DatabaseUpdaterManager


async def main() -> None:
    """Look at what each updater would write, and write what one of them has shown."""
    async with DatabaseUpdaterManager(dry_run=True, enable_scheduling=False) as manager:
        for updater in manager.get_status().updaters:
            shown = await manager.execute_updater(updater.name)
            rows = sum(map(len, (shown.rows or {}).values()))
            print(f"{updater.name} would write {rows} rows and {shown.rows_changed} changes")
        print("Runs so far:", len(list(manager.updaters.runs())))

    async with DatabaseUpdaterManager(enable_scheduling=False) as manager:
        planned = await manager.execute_updater("newLeads", dry_run=True)
        done = await manager.execute_updater("newLeads", token=planned.token)
        lead = (planned.rows or {})["business_records"][0]
        stored = await asyncio.to_thread(manager.updaters.row, "business_records", lead["id"])
        print(f"{done.updater} wrote the lead that was shown:", stored["id"] == lead["id"])


if __name__ == "__main__":
    asyncio.run(main())

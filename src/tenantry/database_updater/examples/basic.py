"""Basic use: a demo tenant that lives for as long as this program runs."""

import asyncio

from tenantry.database_updater import check_updater_health, start_database_updater


async def main() -> None:
    """Start the updaters, have one of them run, and stop them."""
    manager = await start_database_updater(log_level="info", enable_scheduling=True)

    status = manager.get_status()
    print("System running:", status.is_running)
    for updater in status.updaters:
        explained = updater.config.explanation
        print(f"  {updater.name}: {explained.description}, {explained.timezone}")

    done = await manager.execute_updater("business_records")
    print(f"Rows created by {done.updater}:", done.rows_created)
    print("Health:", check_updater_health().status)

    await manager.stop()
    print("System running:", manager.get_status().is_running)


if __name__ == "__main__":
    asyncio.run(main())

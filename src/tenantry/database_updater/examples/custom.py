"""Custom use: an updater of one's own, other schedules, and fewer updaters."""

import asyncio

from tenantry.database_updater import BaseUpdater, DatabaseUpdaterManager
from tenantry.updater import Batch, Equipment, GenerationConfig, Range, Run, UpdaterRegistry, World


class MachineRentalUpdater(BaseUpdater):
    """Every Monday some customer rents another copier."""

    name = "machine_rentals"
    schedule_key = "machineRentals"
    cron = "0 0 14 * * 1"
    category = "service"
    description = "Copiers that customers rent"

    def generate_data(self, run: Run, world: World) -> Batch:
        """Return the copier: a function of the run and the world, so that it can be made again."""
        draw = run.draw("copier")
        customer = world.customers[draw.pick(sorted(world.customers))]
        copier = Equipment(
            id=draw.id(),
            run_id=run.slot.run_id,
            customer_id=customer.id,
            model="Corvane C2540",
            kind="copier",
            serial_number=f"CV25-{draw.between(10_000_000, 99_999_999)}",
            installed_at=run.slot.at,
            created_at=run.slot.at,
            updated_at=run.slot.at,
        )
        return Batch([copier])

    def rows_per_run(self, config: GenerationConfig) -> Range:
        """Return how many copiers a run has."""
        return Range(min=1, max=1)


def register(registry: UpdaterRegistry) -> None:
    """Have a server know it too: DATABASE_UPDATER_MODULES names this module."""
    registry.register(MachineRentalUpdater())


async def main() -> None:
    """Run with schedules of one's own, and with an updater of one's own."""
    manager = DatabaseUpdaterManager(
        log_level="info",
        config_overrides={
            "scheduleConfig": {
                "businessActivities": {"cron": "0 0 9-17 * * 1-5", "intent": "every hour"},
                "serviceTickets": "0 0 */4 * * *",
                "newLeads": "0 0 8 * * 1-5",
            },
            "executionConfig": {
                "enabledUpdaters": {"newLeads": False},
                "maxConcurrentExecutions": 2,
                "executionTimeoutMinutes": 10,
            },
        },
    )
    manager.register(MachineRentalUpdater())
    await manager.start()

    for updater in manager.get_status().updaters:
        is_enabled = "enabled" if updater.is_enabled else "disabled"
        print(f"{updater.name}, {is_enabled}: {updater.config.explanation.description}")

    done = await manager.execute_updater("machine_rentals")
    print(f"Rows created by {done.updater}:", done.rows_created)

    changed = await manager.update_configuration(
        {"scheduleConfig": {"machineRentals": "0 30 8 * * 1-5"}}
    )
    print("From now on:", changed.schedules["machineRentals"].explanation.description)
    await manager.stop()


if __name__ == "__main__":
    asyncio.run(main())

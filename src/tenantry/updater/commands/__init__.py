"""The commands of updaters: `tenantry updater …`.

What they do, a server does; they ask, show how far it is, and print what was answered. A schedule
is never shown without what it means, and what about it is not as it seems.
"""

from tenantry.terminal import group
from tenantry.updater.commands.backfilling import add_backfilling
from tenantry.updater.commands.configuring import add_configuring
from tenantry.updater.commands.control import add_control
from tenantry.updater.commands.example import add_example
from tenantry.updater.commands.executing import add_executing
from tenantry.updater.commands.explaining import add_explaining
from tenantry.updater.commands.history import add_history
from tenantry.updater.commands.standing import add_standing
from tenantry.updater.commands.tables import add_tables
from tenantry.updater.commands.undoing import add_undoing

app = group("updater-feature", help="The commands of updaters.")

_updater = group("updater", help="Have demo tenants live: schedules, runs, their rows, and undo.")
add_control(_updater)
add_standing(_updater)
add_configuring(_updater)
add_explaining(_updater)
add_executing(_updater)
add_undoing(_updater)
add_backfilling(_updater)
add_history(_updater)
add_tables(_updater)
add_example(_updater)
app.add_typer(_updater)

__all__ = ["app"]

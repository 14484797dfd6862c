"""The commands of sync: `tenantry sync …`.

What they do, a server does; they ask, show how far it is, and print what was answered.
"""

from tenantry.sync.commands.figures import add_figures
from tenantry.sync.commands.looking import add_looking
from tenantry.sync.commands.rows import add_rows
from tenantry.sync.commands.running import add_running
from tenantry.sync.commands.runs import add_runs
from tenantry.sync.commands.sources import add_sources
from tenantry.sync.commands.upkeep import add_upkeep
from tenantry.terminal import group

app = group("sync-feature", help="The commands of sync.")

_sync = group("sync", help="Bring a tenant's data up to date, and say how that stands.")
add_running(_sync)
add_looking(_sync)
add_runs(_sync)
add_rows(_sync)
add_sources(_sync)
add_figures(_sync)
add_upkeep(_sync)
app.add_typer(_sync)

__all__ = ["app"]

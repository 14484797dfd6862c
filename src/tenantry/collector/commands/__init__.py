"""The commands of the collector: `tenantry collector …`.

What they tell, a server tells; `run`, which collects in the foreground, is the server's own.
"""

from tenantry.collector.commands.analytics import add_analytics
from tenantry.collector.commands.replaying import add_replaying
from tenantry.collector.commands.standing import add_standing
from tenantry.collector.commands.strategies import add_strategies
from tenantry.terminal import group

app = group("collector-feature", help="The commands of the collector.")

_collector = group("collector", help="The Bluesky Jetstream, collected; and users, found.")
add_standing(_collector)
add_replaying(_collector)
add_analytics(_collector)
add_strategies(_collector)
app.add_typer(_collector)

__all__ = ["app"]

"""The commands of flags: `tenantry flags …`.

A flag is written as the setting it is: `tenantry config set flag:KEY`.
"""

from tenantry.flags.commands.evaluating import add_evaluate
from tenantry.flags.commands.listing import add_list
from tenantry.terminal import group

app = group("flags", help="The commands of flags.")

_flags = group("flags", help="List the flags of a tenant, and evaluate one.")
add_evaluate(_flags)
add_list(_flags)
app.add_typer(_flags)

__all__ = ["app"]

"""The commands of clients: `tenantry clients …`.

Files are read here, on the machine where they are; what becomes of them is asked of a server. What
only looks at files (validate, lint, import) asks nobody.
"""

from tenantry.clients.commands.applying import add_apply
from tenantry.clients.commands.checking import add_checking
from tenantry.clients.commands.comparing import add_diff
from tenantry.clients.commands.drifting import add_drift
from tenantry.clients.commands.exporting import add_export
from tenantry.clients.commands.importing import add_import
from tenantry.clients.commands.linting import add_lint
from tenantry.clients.commands.looking import add_looking
from tenantry.clients.commands.planning import add_plan
from tenantry.clients.commands.rollback import add_rollback
from tenantry.terminal import group

app = group("clients-feature", help="The commands of clients.")

_clients = group("clients", help="Plan, apply, look at and roll back declared front ends.")
add_checking(_clients)
add_lint(_clients)
add_plan(_clients)
add_apply(_clients)
add_looking(_clients)
add_diff(_clients)
add_rollback(_clients)
add_drift(_clients)
add_export(_clients)
add_import(_clients)
app.add_typer(_clients)

__all__ = ["app"]

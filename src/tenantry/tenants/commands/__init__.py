"""The commands of access: tenants, users, keys, audit, and who one is.

They know paths and JSON; where these are answered is the terminal's business. `keys` is one group
with what `tenantry.operations` says of the master key: the root puts the two together.
"""

from tenantry.tenants.commands.audit import add_audit
from tenantry.tenants.commands.keys import add_keys
from tenantry.tenants.commands.sessions import add_sessions
from tenantry.tenants.commands.tenants import add_tenants
from tenantry.tenants.commands.users import add_users
from tenantry.terminal import group

app = group("access", help="The commands of access.")
add_tenants(app)
add_users(app)
add_keys(app)
add_audit(app)
add_sessions(app)

__all__ = ["app"]

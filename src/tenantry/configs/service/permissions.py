"""What one may be allowed to do with settings."""

from tenantry.base import Principal
from tenantry.base.errors import Denied

READ = "configs:read"
WRITE = "configs:write"
REVEAL = "configs:reveal"
"""To see the value of a secret."""
OPERATE = "configs:operate"
"""What an operator asks of a node and tells it to do; only for who may do so on every tenant."""


def authorise_use_of(principal: Principal, tenant_id: str, name: str) -> None:
    """Raise `Denied` for who may not see the secret `name`, before it is held against anything.

    Who may have it compared, with a schema or a value of their own, finds out what it is, guess by
    guess.
    """
    if not principal.may(tenant_id, REVEAL):
        raise Denied(
            f"{principal.id} lacks {REVEAL} on tenant {tenant_id}, and {name} is a secret: what "
            "becomes of this would tell something of its value",
            details={"permission": REVEAL, "tenant": tenant_id, "name": name},
        )

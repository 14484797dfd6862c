"""Pure decisions about who may do what."""

from tenantry.tenants.rules import names, people, tenants
from tenantry.tenants.rules.roles import (
    PERMISSIONS,
    ROOT_PERMISSIONS,
    check_grant,
    permissions_of,
)
from tenantry.tenants.rules.tokens import (
    ID_BYTES,
    SECRET_BYTES,
    Token,
    make_token,
    read_token,
)

__all__ = [
    "ID_BYTES",
    "PERMISSIONS",
    "ROOT_PERMISSIONS",
    "SECRET_BYTES",
    "Token",
    "check_grant",
    "make_token",
    "names",
    "people",
    "permissions_of",
    "read_token",
    "tenants",
]

"""The routes of access, and what the OpenAPI document says of them."""

from tenantry.tenants.api.audit_routes import audit_handlers
from tenantry.tenants.api.authenticator import AccessAuthenticator
from tenantry.tenants.api.document import DECLARATIONS
from tenantry.tenants.api.key_routes import api_key_handlers
from tenantry.tenants.api.sign_in import TAG, sign_in_handlers
from tenantry.tenants.api.tenant_routes import tenant_handlers
from tenantry.tenants.api.user_routes import user_handlers

__all__ = [
    "DECLARATIONS",
    "TAG",
    "AccessAuthenticator",
    "api_key_handlers",
    "audit_handlers",
    "sign_in_handlers",
    "tenant_handlers",
    "user_handlers",
]

"""The routes of whoever runs Tenantry, and what the OpenAPI document says of them."""

from tenantry.operations.api.doctor import doctor_handlers
from tenantry.operations.api.document import DECLARATIONS
from tenantry.operations.api.drill import drill_handlers
from tenantry.operations.api.reliability import health_handlers, reliability_handlers
from tenantry.operations.api.routes import (
    TAG,
    VerifyRequest,
    key_handlers,
    metrics_handlers,
    operations_handlers,
    probe_handlers,
)

__all__ = [
    "DECLARATIONS",
    "TAG",
    "VerifyRequest",
    "doctor_handlers",
    "drill_handlers",
    "health_handlers",
    "key_handlers",
    "metrics_handlers",
    "operations_handlers",
    "probe_handlers",
    "reliability_handlers",
]

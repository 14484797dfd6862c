"""What the OpenAPI document says of these routes: what each takes and answers."""

from typing import Final

from tenantry.operations.api.document.doctor import DOCTOR
from tenantry.operations.api.document.drill import DRILL
from tenantry.operations.api.document.reliability import RELIABILITY
from tenantry.operations.api.document.upkeep import NDJSON, OCTETS, UPKEEP
from tenantry.web import Declarations

DECLARATIONS: Final[Declarations] = {**UPKEEP, **RELIABILITY, **DRILL, **DOCTOR}

__all__ = ["DECLARATIONS", "NDJSON", "OCTETS"]

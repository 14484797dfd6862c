"""What is measured of runs, tenants and collections; times are µs since 1970."""

import msgspec

from tenantry.sync.model.result import Method
from tenantry.sync.model.run import CollectionStatus, RunStatus


class RunFigure(msgspec.Struct, frozen=True):
    """What is measured of one run."""

    tenant_id: str
    status: RunStatus
    method: Method
    is_fallback: int
    error_type: str | None
    started_at: int
    essential_at: int | None
    finished_at: int | None


class StandingFigure(msgspec.Struct, frozen=True):
    """Where a tenant stands, its last run, and until when somebody holds its lease."""

    tenant_id: str
    ready_at: int
    status: RunStatus
    essential_at: int | None
    started_at: int
    finished_at: int | None
    correlation_id: str
    lease_until: int


class CollectionFigure(msgspec.Struct, frozen=True):
    """How many tenants' collections of a name stand so, and how many rows they have."""

    collection: str
    status: CollectionStatus
    tenant_count: int
    row_count: int

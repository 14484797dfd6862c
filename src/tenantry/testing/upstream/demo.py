"""The upstream of the demo tenant: a small trading company, on loopback."""

from tenantry.testing.upstream.rows import seeded
from tenantry.testing.upstream.server import FakeUpstream


def demo_upstream(*, tenant_id: str = "northwind", port: int = 0) -> FakeUpstream:
    """Return an upstream with the data of one tenant, not started yet."""
    return FakeUpstream({tenant_id: seeded(tenant_id=tenant_id)}, port=port)

"""Whether a tenant's data can be used as they are."""

from typing import Literal

from tenantry.sync.model import TenantState

Standing = Literal["fresh", "stale", "missing"]


def standing_of(state: TenantState | None, *, source: str, max_age_us: int, now: int) -> Standing:
    """Say how a tenant's data stand: to use, to use while they are refreshed, or to wait for."""
    if state is None or state.ready_at == 0:
        return "missing"
    is_old = now - state.ready_at > max_age_us
    return "stale" if is_old or state.source != source else "fresh"

"""Whose what is collected is, as far as somebody may know."""

from tenantry.base import Principal
from tenantry.collector.service.permissions import READ


def belonging(principal: Principal, collecting_tenant: str) -> str:
    """Say it in words, which name the tenant only to those who may see how its collecting goes."""
    is_told = principal.may(collecting_tenant, READ)
    owner = f"tenant {collecting_tenant}" if is_told else "another tenant"
    return f"what is collected here belongs to {owner}"

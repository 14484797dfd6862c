"""Which method a sync takes."""

from typing import Final

from tenantry.sync.model import Decision, Evaluated, MethodSettings

FLAG: Final = "sync-method"
"""The flag that decides while the process runs; its variants are `direct` and `temporal`."""


def decide_method(
    settings: MethodSettings, tenant_id: str, evaluated: Evaluated | None
) -> Decision:
    """Decide from what the process was told and what the flag says; None: there is no such flag.

    An explicit USE_TEMPORAL_FOR_AUTH=false wins over everything, which is the way back. Then, where
    there is a Temporal at all, the flag decides, and where there is none or it says nothing usable,
    the environment.
    """
    if settings.use_temporal is False:
        return Decision(
            method="direct",
            decided_by="environment",
            reason="USE_TEMPORAL_FOR_AUTH=false",
            flag=evaluated,
        )
    if not settings.is_enabled:
        return _without_temporal(settings, evaluated)
    if evaluated is None:
        return _from_environment(settings, tenant_id)
    if evaluated.error is None and evaluated.value in ("direct", "temporal"):
        return Decision(
            method=evaluated.value,
            decided_by="flag",
            reason=f"flag {FLAG}: {evaluated.reason}, variant {evaluated.variant}",
            flag=evaluated,
        )

    what = evaluated.error or f"its value {evaluated.value!r} is neither direct nor temporal"
    from_environment = _from_environment(settings, tenant_id)
    return Decision(
        method=from_environment.method,
        decided_by=from_environment.decided_by,
        reason=f"{from_environment.reason}; flag {FLAG} says nothing: {what}",
        flag=evaluated,
    )


def _without_temporal(settings: MethodSettings, evaluated: Evaluated | None) -> Decision:
    if settings.use_temporal:
        reason = "USE_TEMPORAL_FOR_AUTH=true, but TEMPORAL_ENABLED=false"
        return Decision(method="direct", decided_by="environment", reason=reason, flag=evaluated)
    reason = "TEMPORAL_ENABLED=false"
    return Decision(method="direct", decided_by="default", reason=reason, flag=evaluated)


def _from_environment(settings: MethodSettings, tenant_id: str) -> Decision:
    if settings.use_temporal is None:
        reason = "USE_TEMPORAL_FOR_AUTH is not set"
        return Decision(method="direct", decided_by="default", reason=reason)
    if settings.tenants is None:
        reason = "USE_TEMPORAL_FOR_AUTH=true, for all tenants"
        return Decision(method="temporal", decided_by="environment", reason=reason)
    if tenant_id in settings.tenants:
        reason = "USE_TEMPORAL_FOR_AUTH=true, and TEMPORAL_TENANTS has this tenant"
        return Decision(method="temporal", decided_by="environment", reason=reason)
    reason = "USE_TEMPORAL_FOR_AUTH=true, but TEMPORAL_TENANTS has other tenants"
    return Decision(method="direct", decided_by="environment", reason=reason)

"""What the health checks say, as findings."""

from functools import partial
from typing import Final

from tenantry.operations.model import Finding, Verdict
from tenantry.reliability import ServiceHealth

_VERDICTS: Final[dict[str, Verdict]] = {
    "healthy": "pass",
    "degraded": "warning",
    "unhealthy": "fail",
}
_REMEDIES: Final = {
    "database": "Mend the database first, as the findings on it say.",
    "eventlog": "Mend the database first, then run `tenantry log verify`.",
    "projections": "Wait while a start replays the log; where it lasts, run "
    "`tenantry config projection rebuild`.",
    "sync": "See what fails with `tenantry sync runs`, and what its timeline says.",
    "temporal": "Start the server that TEMPORAL_ADDRESS names, or set TEMPORAL_ENABLED to false.",
    "process": "Give this node more memory or processors (MEMORY_LIMIT_MB), or start another node.",
}

_finding: Final = partial(Finding, area="services")


def service(health: ServiceHealth) -> Finding:
    """Judge what one health check has said."""
    status = _VERDICTS[health.status]
    told = f"{health.status}, after {health.response_time:,} ms"
    return _finding(
        component=f"Service {health.service}",
        status=status,
        message=told if health.message is None else f"{told}: {health.message}",
        remedy=None if status == "pass" else _remedy(health.service),
    )


def no_service() -> Finding:
    """Say that there is nothing to ask, since nothing is stored yet."""
    return _finding(
        component="Services", status="pass", message="nothing to ask before the first start"
    )


def _remedy(name: str) -> str:
    other = f"See that {name} works and that this machine reaches it; GET /health asks again."
    return _REMEDIES.get(name, other)

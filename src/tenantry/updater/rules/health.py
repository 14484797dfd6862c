"""Whether a tenant's updaters do what they should."""

from collections.abc import Mapping, Sequence

from tenantry.updater.model import HealthStatus, RunRecord

LATE_SECONDS = 300.0
"""So long a fire time may be due before nobody seems to run anything."""


def health_of(
    *,
    is_running: bool,
    is_sandbox: bool,
    overdue_seconds: float,
    is_clock_behind: bool,
    last_runs: Mapping[str, Sequence[RunRecord]],
) -> tuple[HealthStatus, list[str]]:
    """Return how it stands and why; `last_runs` are those of each updater, newest first.

    Unhealthy is what should run and does not, degraded what runs and fails; a tenant whose updaters
    were stopped is healthy.
    """
    if not is_running:
        return "healthy", []
    if not is_sandbox:
        return "degraded", ["the tenant is no sandbox any more, so that nothing runs"]
    if overdue_seconds > LATE_SECONDS:
        return "unhealthy", [f"something is due since {overdue_seconds:.0f} s, and nobody runs it"]
    reasons = [
        f"{name}: the last run has failed: {runs[0].error or runs[0].reason}"
        for name, runs in sorted(last_runs.items())
        if runs and runs[0].status == "failed"
    ]
    if is_clock_behind:
        reasons.append("the clock was moved back: nothing is due until it is where it was")
    return ("degraded" if reasons else "healthy"), reasons

"""The limits of requests that the settings ask for."""

from typing import Final

from tenantry import tenants, web
from tenantry.base import Clock
from tenantry.reliability import RateLimiter, SharedAllowance, SharedRateLimiter
from tenantry.settings import Settings

CONFIG_PATHS: Final = ("/config", "/v1/config")
"""Where the settings are, which the hot doors serve."""

# Flags are settings, asked for in another way.
_FLAG_PATHS: Final = ("/ofrep", "/flags.json")

# A drill takes some eighty requests; what it may not do is keep a node from working.
_DRILL_LIMIT: Final = 1_000


def compose_failures(*, allowance: SharedAllowance | None, clock: Clock) -> tenants.LoginFailures:
    """Build the counts of failed logins, which no setting turns off."""

    def limiter(name: str) -> tenants.FailureLimiter:
        limit, seconds = tenants.MAX_FAILURES, tenants.FAILURE_SECONDS
        if allowance is None:
            return RateLimiter(
                name, limit=limit, seconds=seconds, algorithm="fixed-window", clock=clock
            )
        return SharedRateLimiter(
            name, allowance=allowance, limit=limit, seconds=seconds, clock=clock
        )

    return tenants.LoginFailures(
        accounts=limiter("login-accounts"), addresses=limiter("login-addresses"), clock=clock
    )


def compose_limits(
    settings: Settings,
    *,
    drill_limiter: web.RequestLimiter,
    allowance: SharedAllowance | None,
    clock: Clock,
) -> web.RequestLimits:
    """Build the limits that the settings ask for: none of the API's in development.

    They are of all nodes together where `allowance` joins them.
    """

    def limiter(name: str, limit: int) -> web.RequestLimiter:
        if allowance is None:
            return RateLimiter(name, limit=limit, clock=clock)
        return SharedRateLimiter(name, allowance=allowance, limit=limit, clock=clock)

    # What a drill runs into on purpose is there whatever is turned off.
    limits = [web.RequestLimit(paths=["/api/drill/limited"], limiter=drill_limiter)]
    if not settings.enable_rate_limit:
        return web.RequestLimits(limits, clock=clock)

    drills = limiter("drills", _DRILL_LIMIT)
    limits.append(web.RequestLimit(paths=["/api/drill"], limiter=drills))
    if settings.api_rate_limit and not settings.dev:
        of_tenants = settings.tenant_rate_limits or {}
        limits.append(
            web.RequestLimit(
                paths=["/api"],
                limiter=limiter("api", settings.api_rate_limit),
                of_tenants={
                    tenant: limiter(f"api-{tenant}", limit) for tenant, limit in of_tenants.items()
                },
            )
        )
    if settings.config_rate_limit:
        shared = limiter("config", settings.config_rate_limit)
        limits.append(web.RequestLimit(paths=[*CONFIG_PATHS, *_FLAG_PATHS], limiter=shared))
    return web.RequestLimits(limits, clock=clock)

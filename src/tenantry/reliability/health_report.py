"""What health checks have found, as values: for our own routes, and for those of a draft."""

from typing import Any, Final, Literal, TypeAlias

import msgspec

from tenantry.base.codec import encode_json

Health: TypeAlias = Literal["healthy", "degraded", "unhealthy"]

HEALTH_JSON: Final = "application/health+json"
"""The media type of `HealthReport.health_json`."""

_WORSE_LAST: tuple[Health, ...] = ("healthy", "degraded", "unhealthy")
# The words of draft-inadarei-api-health-check-06 §3.1.
_STATUS_OF_DRAFT: dict[Health, str] = {"healthy": "pass", "degraded": "warn", "unhealthy": "fail"}


class CheckOutcome(msgspec.Struct, frozen=True):
    """What a check says of what it looked at; `message` is shown to whoever asks."""

    status: Health
    message: str | None = None


class ServiceHealth(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """How one service is; `response_time` is in milliseconds, `timestamp` when it had answered."""

    service: str
    status: Health
    response_time: int
    timestamp: str
    message: str | None = None


class HealthReport(msgspec.Struct, frozen=True, kw_only=True):
    """How all services are, in the order in which they were registered."""

    overall: Health
    services: tuple[ServiceHealth, ...]
    timestamp: str

    @property
    def http_status(self) -> int:
        """The HTTP status of an answer with it: 503 where it is unhealthy, else 200."""
        return 503 if self.overall == "unhealthy" else 200

    def health_json(self, *, version: str | None = None) -> bytes:
        """Return it as `application/health+json`, whose draft expired as number 06 in 2022.

        `version` is the public one of what is described.
        """
        told: dict[str, Any] = {"status": _STATUS_OF_DRAFT[self.overall]}
        if version is not None:
            told["version"] = version
        told["checks"] = {
            f"{service.service}:responseTime": [_measurement(service)] for service in self.services
        }
        return encode_json(told)


def overall_health(services: tuple[ServiceHealth, ...]) -> Health:
    """Return the worst of them; `unhealthy` where there are none, since nothing was looked at."""
    if not services:
        return "unhealthy"
    return max((service.status for service in services), key=_WORSE_LAST.index)


def _measurement(service: ServiceHealth) -> dict[str, Any]:
    told: dict[str, Any] = {
        "status": _STATUS_OF_DRAFT[service.status],
        "observedValue": service.response_time,
        "observedUnit": "ms",
        "time": service.timestamp,
    }
    # The draft leaves it out where there is nothing to complain of.
    if service.message is not None and service.status != "healthy":
        told["output"] = service.message
    return told

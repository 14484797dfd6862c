"""How the kit refuses: always an `Unavailable`, with the seconds after which to come again."""

from typing import ClassVar

from tenantry.base.errors import Unavailable


class Refused(Unavailable):
    """The call was not made, or was given up, by the kit itself.

    It says nothing about what was to be called, so no breaker counts it and no retry repeats it.
    """


class BreakerOpen(Refused):
    """The circuit breaker lets nothing through at present."""

    default_code: ClassVar[str] = "breaker_open"


class RateLimited(Refused):
    """The key has used up what its rate allows."""

    default_code: ClassVar[str] = "rate_limited"


class BulkheadFull(Refused):
    """As many calls run and wait as may, or this one has waited for too long."""

    default_code: ClassVar[str] = "bulkhead_full"


class DeadlineExceeded(Refused):
    """The time for the whole is over, or would be before this could succeed."""

    default_code: ClassVar[str] = "deadline_exceeded"

"""Guards that are ready to use: each is one object of this process, empty until it is used."""

from typing import Final

from tenantry.reliability.breaker import CircuitBreaker
from tenantry.reliability.limiter import RateLimiter

api_rate_limit: Final = RateLimiter("api", limit=100, seconds=60)
"""For requests of a client: 100 a minute."""

collect_rate_limit: Final = RateLimiter("collect", limit=50, seconds=60)
"""For what collects from elsewhere: 50 a minute."""

strict_rate_limit: Final = RateLimiter("strict", limit=10, seconds=60)
"""For what should be rare, such as a failed login: 10 a minute."""

atproto_breaker: Final = CircuitBreaker("atproto", failure_threshold=5, recovery_timeout=30)
"""For calls of the AT Protocol."""

"""Reliability: what stands between a program and what may fail it.

Outcomes as values, and the few guards that every outside call needs. Each works alone, with threads
and with tasks, on a clock that is handed to it. It starts nothing when it is imported, opens
nothing, reads no setting, and needs nothing of the rest of the package but `base` and `telemetry`.
"""

from tenantry.reliability.breaker import BreakerGuard, BreakerStats, CircuitBreaker
from tenantry.reliability.errors import (
    BreakerOpen,
    BulkheadFull,
    DeadlineExceeded,
    RateLimited,
    Refused,
)
from tenantry.reliability.result import Err, Ok, Outcome, Result, WrongOutcome
from tenantry.reliability.window import Consecutive, FailureRate

__all__ = [
    "BreakerGuard",
    "BreakerOpen",
    "BreakerStats",
    "BulkheadFull",
    "CircuitBreaker",
    "Consecutive",
    "DeadlineExceeded",
    "Err",
    "FailureRate",
    "Ok",
    "Outcome",
    "RateLimited",
    "Refused",
    "Result",
    "WrongOutcome",
]

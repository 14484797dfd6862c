"""Reliability: what stands between a program and what may fail it.

Outcomes as values, the few guards that every outside call needs, and what tells how it went: health
checks, log lines, the answers of an API; and the settings of who uses it. Each works alone, with
threads and with tasks, on a clock that is handed to it. It starts nothing when it is imported,
opens nothing, reads no environment, and needs nothing of the rest of the package but `base` and
`telemetry`.
"""

from tenantry.base.secret import Secret
from tenantry.base.setting import Kind, Problem, Setting, SettingsError
from tenantry.reliability.allowance import (
    Lease,
    MemoryAllowance,
    SharedAllowance,
    SharedRateLimiter,
)
from tenantry.reliability.breaker import BreakerGuard, BreakerStats, CircuitBreaker
from tenantry.reliability.breakers import Breakers
from tenantry.reliability.bulkhead import Bulkhead, Place
from tenantry.reliability.deadline import Deadline, current_deadline, within
from tenantry.reliability.errors import (
    BreakerOpen,
    BulkheadFull,
    DeadlineExceeded,
    RateLimited,
    Refused,
)
from tenantry.reliability.family import BreakerFamily
from tenantry.reliability.health import HealthRegistry
from tenantry.reliability.health_report import (
    HEALTH_JSON,
    CheckOutcome,
    HealthReport,
    ServiceHealth,
)
from tenantry.reliability.limiter import Decision, RateLimiter, refusal
from tenantry.reliability.logger import Logger, LogTimer
from tenantry.reliability.pipeline import Pipeline
from tenantry.reliability.presets import (
    api_rate_limit,
    atproto_breaker,
    collect_rate_limit,
    strict_rate_limit,
)
from tenantry.reliability.rate import Rate
from tenantry.reliability.response import ApiError, ApiMeta, ApiResponse
from tenantry.reliability.result import Err, Ok, Outcome, Result, WrongOutcome
from tenantry.reliability.retry import Retry, RetryBudget, is_transient
from tenantry.reliability.settings import read_settings, settings_summary
from tenantry.reliability.transition import Override, Phase
from tenantry.reliability.window import Consecutive, FailureRate

__all__ = [
    "HEALTH_JSON",
    "ApiError",
    "ApiMeta",
    "ApiResponse",
    "BreakerFamily",
    "BreakerGuard",
    "BreakerOpen",
    "BreakerStats",
    "Breakers",
    "Bulkhead",
    "BulkheadFull",
    "CheckOutcome",
    "CircuitBreaker",
    "Consecutive",
    "Deadline",
    "DeadlineExceeded",
    "Decision",
    "Err",
    "FailureRate",
    "HealthRegistry",
    "HealthReport",
    "Kind",
    "Lease",
    "LogTimer",
    "Logger",
    "MemoryAllowance",
    "Ok",
    "Outcome",
    "Override",
    "Phase",
    "Pipeline",
    "Place",
    "Problem",
    "Rate",
    "RateLimited",
    "RateLimiter",
    "Refused",
    "Result",
    "Retry",
    "RetryBudget",
    "Secret",
    "ServiceHealth",
    "Setting",
    "SettingsError",
    "SharedAllowance",
    "SharedRateLimiter",
    "WrongOutcome",
    "api_rate_limit",
    "atproto_breaker",
    "collect_rate_limit",
    "current_deadline",
    "is_transient",
    "read_settings",
    "refusal",
    "settings_summary",
    "strict_rate_limit",
    "within",
]

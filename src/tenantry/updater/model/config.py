"""The configuration of a tenant's updaters: the setting `updater:config`, in camelCase."""

from typing import Final, Literal, TypeAlias

import msgspec

DEFAULT_TIMEZONE: Final = "America/New_York"
FIRST_CUSTOMER: Final = "cust-1"

Misfire: TypeAlias = Literal["skip", "run_once", "run_all"]
Overlap: TypeAlias = Literal["skip", "buffer_one", "allow"]


class _Part(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A part of the configuration."""


class ScheduleConfig(_Part, frozen=True, kw_only=True):
    """When an updater runs; `timezone` None is that of the tenant.

    `intent` says in words what is meant, and must fit the expression unless `acknowledge` is true.
    The runs of a tenant take turns, so those that overlap run one after the other, where they may.
    """

    cron: str
    intent: str | None = None
    acknowledge: bool = False
    timezone: str | None = None
    jitter_seconds: float = 0.0
    misfire: Misfire = "run_all"
    catch_up_seconds: float = 604_800.0
    overlap: Overlap = "allow"
    # None is what `executionConfig` says for all of them.
    timeout_minutes: float | None = None
    retry_attempts: int | None = None
    retry_delay_seconds: float | None = None
    is_paused: bool = False


class ExecutionConfig(_Part, frozen=True, kw_only=True):
    """How updaters are run; `enabled_updaters` is by schedule key, and one left out is enabled."""

    enabled_updaters: dict[str, bool] = {}
    max_concurrent_executions: int = 3
    execution_timeout_minutes: float = 15.0
    retry_attempts: int = 3
    retry_delay_seconds: float = 1.0
    rows_per_day: int = 200
    min_interval_seconds: float = 1.0


class TimezoneConfig(_Part, frozen=True, kw_only=True):
    """Where and when people work; hours are of the day, days 1 Monday … 7 Sunday."""

    timezone: str = DEFAULT_TIMEZONE
    business_hours_start: int = 9
    business_hours_end: int = 17
    business_days: tuple[int, ...] = (1, 2, 3, 4, 5)


class Range(_Part, frozen=True, kw_only=True):
    """From `min` to `max`, both possible."""

    min: int
    max: int


class ActivityConfig(_Part, frozen=True, kw_only=True):
    """What activities are like; a distribution sums up to 1."""

    types_distribution: dict[str, float] = msgspec.field(
        default_factory=lambda: {
            "call": 0.35,
            "email": 0.25,
            "meeting": 0.15,
            "demo": 0.10,
            "proposal": 0.05,
            "task": 0.05,
            "note": 0.05,
        }
    )
    min_duration_minutes: int = 5
    max_duration_minutes: int = 120
    business_hours_only: bool = True
    rows_per_run: Range = Range(min=1, max=3)


class TicketConfig(_Part, frozen=True, kw_only=True):
    """What tickets are like."""

    priority_distribution: dict[str, float] = msgspec.field(
        default_factory=lambda: {
            "low": 0.40,
            "medium": 0.35,
            "high": 0.20,
            "urgent": 0.05,
        }
    )
    types_distribution: dict[str, float] = msgspec.field(
        default_factory=lambda: {
            "paper_jam": 0.20,
            "quality_issue": 0.15,
            "network_connectivity": 0.12,
            "preventive_maintenance": 0.10,
            "error_codes": 0.10,
            "toner_replacement": 0.08,
            "drum_replacement": 0.08,
            "software_issue": 0.07,
            "user_training": 0.05,
            "hardware_failure": 0.05,
        }
    )
    min_estimated_duration: int = 30
    max_estimated_duration: int = 480
    include_weekends: bool = False
    rows_per_run: Range = Range(min=1, max=2)


class LeadConfig(_Part, frozen=True, kw_only=True):
    """What new leads are like."""

    source_distribution: dict[str, float] = msgspec.field(
        default_factory=lambda: {
            "website": 0.30,
            "referral": 0.25,
            "cold_call": 0.15,
            "trade_show": 0.10,
            "social_media": 0.10,
            "advertisement": 0.05,
            "partner": 0.05,
        }
    )
    industry_distribution: dict[str, float] = msgspec.field(
        default_factory=lambda: {
            "healthcare": 0.20,
            "legal": 0.15,
            "education": 0.15,
            "manufacturing": 0.12,
            "retail": 0.10,
            "professional_services": 0.10,
            "government": 0.08,
            "non_profit": 0.05,
            "real_estate": 0.05,
        }
    )
    score_range: Range = Range(min=10, max=95)
    revenue_range: Range = Range(min=100_000, max=10_000_000)
    rows_per_run: Range = Range(min=1, max=1)


class GenerationConfig(_Part, frozen=True, kw_only=True):
    """What rows are like; `seed` None is the tenant's own, made of its id."""

    activities: ActivityConfig = ActivityConfig()
    tickets: TicketConfig = TicketConfig()
    leads: LeadConfig = LeadConfig()
    seed: int | None = None


class UpdaterConfig(_Part, frozen=True, kw_only=True):
    """Everything about a tenant's updaters that somebody may decide.

    `schedule_config` is by schedule key: `businessActivities`, `serviceTickets`, `newLeads`, and
    those of a team's own updaters.
    """

    schedule_config: dict[str, str | ScheduleConfig] = {}
    execution_config: ExecutionConfig = ExecutionConfig()
    timezone_config: TimezoneConfig = TimezoneConfig()
    data_generation_config: GenerationConfig = GenerationConfig()

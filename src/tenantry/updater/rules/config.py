"""The configuration of a tenant's updaters: read, merged and checked before it counts."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final, NoReturn, get_args
from zoneinfo import ZoneInfo

import msgspec

from tenantry.base.errors import Invalid
from tenantry.updater.model import Misfire, Overlap, Range, ScheduleConfig, UpdaterConfig
from tenantry.updater.rules.wanting import wanted

SETTING: Final = "updater:config"
MAX_ROWS_PER_RUN: Final = 1_000
MAX_ROWS_PER_DAY: Final = 100_000
_TOLERANCE: Final = 0.01
"""How far from 1 a distribution may sum up: as the originals have it."""
_HOURS: Final = 24
_WEEK_DAYS: Final = range(1, 8)
_SHOWN: Final = 64
_MAX_PATH: Final = 200
_CHOICES: Final = {"misfire": get_args(Misfire), "overlap": get_args(Overlap)}
_UNKNOWN: Final = re.compile(r"unknown field `(.+)`")


def read_config(
    raw: Any, *, schedule_keys: Collection[str], check_cron: Callable[[str], object]
) -> UpdaterConfig:
    """Return a configuration, what is left out being the default.

    Raises `Invalid` with the path of what is wrong, what it is and what it may be; so does
    `check_cron` for an expression that is wrong.
    """
    try:
        config = msgspec.convert(raw, UpdaterConfig)
    except msgspec.ValidationError as error:
        _refuse(error, raw)
    _check_schedules(config, schedule_keys, check_cron)
    _check_execution(config)
    _check_times(config)
    _check_generation(config)
    return config


def merged(known: Any, change: Any) -> Any:
    """Return `known` with `change` in it, object by object; a null stands for the default."""
    if not isinstance(known, dict) or not isinstance(change, dict):
        return change
    result = dict(known)
    for key, value in change.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(result.get(key), str) and isinstance(value, dict) and "cron" not in value:
            # A schedule that was an expression alone, and gets something besides.
            result[key] = {"cron": result[key], **value}
        else:
            result[key] = merged(result.get(key, {}), value)
    return result


def schedules_of(config: UpdaterConfig, defaults: Mapping[str, str]) -> dict[str, ScheduleConfig]:
    """Return every schedule by its key; `defaults` are the expressions of those left out."""
    return {
        key: _schedule(config.schedule_config.get(key, expression))
        for key, expression in defaults.items()
    }


def check_zone(name: str, *, field: str) -> None:
    """Raise `Invalid` unless `name` is an IANA time zone."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise Invalid(
            field=field, got=name[:_SHOWN], wants="an IANA time zone, such as Europe/Berlin"
        ) from error


def _schedule(given: str | ScheduleConfig) -> ScheduleConfig:
    return ScheduleConfig(cron=given) if isinstance(given, str) else given


def _check_schedules(
    config: UpdaterConfig, keys: Collection[str], check_cron: Callable[[str], object]
) -> None:
    for key, given in config.schedule_config.items():
        field = f"scheduleConfig.{key}"
        if key not in keys:
            raise Invalid(field=field, got=key[:_SHOWN], wants="one of " + ", ".join(sorted(keys)))
        schedule = _schedule(given)
        try:
            check_cron(schedule.cron)
        except Invalid as error:
            raise Invalid(f"{field}: {error.message}", details=error.details) from error
        if schedule.timezone is not None:
            check_zone(schedule.timezone, field=f"{field}.timezone")
        _check_between(f"{field}.jitterSeconds", schedule.jitter_seconds, 0, 3_600)
        _check_between(f"{field}.catchUpSeconds", schedule.catch_up_seconds, 0, 366 * 86_400)
        _check_attempts(
            f"{field}.timeoutMinutes",
            schedule.timeout_minutes,
            f"{field}.retry",
            schedule.retry_attempts,
            schedule.retry_delay_seconds,
        )


def _check_execution(config: UpdaterConfig) -> None:
    execution, field = config.execution_config, "executionConfig"
    for key in execution.enabled_updaters:
        if len(key) > _SHOWN:
            raise Invalid(field=f"{field}.enabledUpdaters", got=key[:_SHOWN], wants="schedule keys")
    _check_between(f"{field}.maxConcurrentExecutions", execution.max_concurrent_executions, 1, 100)
    _check_attempts(
        f"{field}.executionTimeoutMinutes",
        execution.execution_timeout_minutes,
        f"{field}.retry",
        execution.retry_attempts,
        execution.retry_delay_seconds,
    )
    _check_between(f"{field}.rowsPerDay", execution.rows_per_day, 1, MAX_ROWS_PER_DAY)
    _check_between(f"{field}.minIntervalSeconds", execution.min_interval_seconds, 1, 86_400)


def _check_attempts(
    timeout: str, minutes: float | None, retry: str, attempts: int | None, delay: float | None
) -> None:
    """Check how long a run may take, and how often it is tried again; None is said elsewhere."""
    for field, got, low, high in (
        (timeout, minutes, 0.001, 1_440),
        (f"{retry}Attempts", attempts, 0, 20),
        (f"{retry}DelaySeconds", delay, 0, 3_600),
    ):
        if got is not None:
            _check_between(field, got, low, high)


def _check_times(config: UpdaterConfig) -> None:
    times, field = config.timezone_config, "timezoneConfig"
    check_zone(times.timezone, field=f"{field}.timezone")
    if not 0 <= times.business_hours_start < times.business_hours_end <= _HOURS:
        raise Invalid(
            field=f"{field}.businessHoursStart",
            got=f"{times.business_hours_start} to {times.business_hours_end}",
            wants="hours of the day, the start before the end",
        )
    if not times.business_days or not set(times.business_days) <= set(_WEEK_DAYS):
        raise Invalid(
            field=f"{field}.businessDays",
            got=list(times.business_days)[:8],
            wants="at least one of 1 (Monday) to 7 (Sunday)",
        )


def _check_generation(config: UpdaterConfig) -> None:
    generation, field = config.data_generation_config, "dataGenerationConfig"
    activities, tickets, leads = generation.activities, generation.tickets, generation.leads
    for name, given, default in (
        (
            "activities.typesDistribution",
            activities.types_distribution,
            type(activities)().types_distribution,
        ),
        (
            "tickets.priorityDistribution",
            tickets.priority_distribution,
            type(tickets)().priority_distribution,
        ),
        (
            "tickets.typesDistribution",
            tickets.types_distribution,
            type(tickets)().types_distribution,
        ),
        ("leads.sourceDistribution", leads.source_distribution, type(leads)().source_distribution),
        (
            "leads.industryDistribution",
            leads.industry_distribution,
            type(leads)().industry_distribution,
        ),
    ):
        _check_distribution(f"{field}.{name}", given, default)
    _check_between(
        f"{field}.activities.minDurationMinutes", activities.min_duration_minutes, 1, 480
    )
    for name, low, high in (
        ("activities", activities.min_duration_minutes, activities.max_duration_minutes),
        ("tickets", tickets.min_estimated_duration, tickets.max_estimated_duration),
    ):
        if low > high or high > 1_440:  # noqa: PLR2004 - a day's minutes
            raise Invalid(
                field=f"{field}.{name}",
                got=f"{low} to {high} minutes",
                wants="a least that is not above the most, which is 1440 at the highest",
            )
    _check_between(f"{field}.tickets.minEstimatedDuration", tickets.min_estimated_duration, 1, 480)
    for name, given_range, low, high in (
        ("activities.rowsPerRun", activities.rows_per_run, 0, MAX_ROWS_PER_RUN),
        ("tickets.rowsPerRun", tickets.rows_per_run, 0, MAX_ROWS_PER_RUN),
        ("leads.rowsPerRun", leads.rows_per_run, 0, MAX_ROWS_PER_RUN),
        ("leads.scoreRange", leads.score_range, 0, 100),
        ("leads.revenueRange", leads.revenue_range, 0, 10**12),
    ):
        _check_range(f"{field}.{name}", given_range, low, high)
    if generation.seed is not None:
        _check_between(f"{field}.seed", generation.seed, 0, 2**63 - 1)


def _check_distribution(field: str, given: Mapping[str, float], known: Mapping[str, float]) -> None:
    for option, share in given.items():
        if option not in known:
            raise Invalid(
                field=field, got=option[:_SHOWN], wants="only " + ", ".join(sorted(known))
            )
        if not 0 <= share <= 1:
            raise Invalid(field=f"{field}.{option}", got=share, wants="a share from 0 to 1")
    total = sum(given.values())
    if abs(total - 1) > _TOLERANCE:
        raise Invalid(field=field, got=f"a sum of {total:g}", wants="shares that sum up to 1")


def _check_range(field: str, given: Range, low: int, high: int) -> None:
    if not low <= given.min <= given.max <= high:
        raise Invalid(
            field=field,
            got=f"{given.min} to {given.max}",
            wants=f"min and max from {low} to {high}, min not above max",
        )


def _check_between(field: str, got: float, low: float, high: float) -> None:
    if not low <= got <= high:
        raise Invalid(field=field, got=got, wants=f"a number from {low:g} to {high:g}")


def _refuse(error: msgspec.ValidationError, raw: Any) -> NoReturn:
    """Raise what msgspec has found, with the path and the value it stumbled over."""
    found, _, path = str(error).partition(" - at `$.")
    path = _named_path(path.rstrip("`"), raw)
    unknown = _UNKNOWN.search(found)
    if unknown is not None:
        path = f"{path}.{unknown[1]}" if path else unknown[1]
        raise Invalid(field=path[:_MAX_PATH], got="a field", wants="no such field") from error
    choices = _CHOICES.get(path.rpartition(".")[2])
    wants = wanted(found) if choices is None else "one of " + ", ".join(choices)
    raise Invalid(field=path or "config", got=_at(raw, path), wants=wants) from error


def _named_path(path: str, raw: Any) -> str:
    """Return a path in which the key is named that is wrong: of an object, msgspec does not say."""
    before, is_inside, behind = path.partition("[...]")
    found = _part(raw, before)
    if not is_inside or not isinstance(found, dict):
        return path
    for key in found:
        try:
            msgspec.convert(_with(raw, before.split("."), {key: found[key]}), UpdaterConfig)
        except msgspec.ValidationError as error:
            if f"$.{path}" in str(error):
                return f"{before}.{key}{behind}"
    return path


def _with(raw: dict[str, Any], names: Sequence[str], value: Any) -> dict[str, Any]:
    """Return `raw` with another value at a path that there is."""
    first, *rest = names
    return {**raw, first: _with(raw[first], rest, value) if rest else value}


def _part(raw: Any, path: str) -> Any:
    for name in path.split(".") if path else ():
        key, _, index = name.partition("[")
        if not isinstance(raw, dict) or key not in raw:
            break
        raw = raw[key]
        if index and isinstance(raw, list):
            raw = raw[int(index.rstrip("]"))]
    return raw


def _at(raw: Any, path: str) -> Any:
    """Return what stands at a path, shortened."""
    found = _part(raw, path)
    return found if isinstance(found, (int, float, bool, type(None))) else str(found)[:_SHOWN]

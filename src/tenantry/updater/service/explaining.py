"""What schedules mean: in words, in runs and in rows, with what is not as it seems."""

from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from tenantry.base import Clock, Principal
from tenantry.base.errors import Invalid
from tenantry.base.instant import parse_instant
from tenantry.scheduling import (
    Cron,
    Fires,
    describe,
    fits,
    parse_intent,
    runs_per_week,
    warnings_of,
)
from tenantry.updater.errors import IntentMismatch
from tenantry.updater.model import (
    ConfigView,
    Explained,
    GenerationConfig,
    Range,
    ScheduleView,
    Warned,
)
from tenantry.updater.rules import check_zone
from tenantry.updater.service.permissions import READ
from tenantry.updater.service.settings import Settled, UpdaterSettings
from tenantry.updater.service.updater import BaseUpdater, UpdaterRegistry

DEFAULT_COUNT: Final = 10
MAX_COUNT: Final = 1_000
_WEEK_DAYS: Final = 7
_LOOKED_AT: Final = 500
_SECOND_US: Final = 1_000_000


class Explaining:
    """Explains expressions and whole configurations, and checks intents."""

    def __init__(
        self, *, settings: UpdaterSettings, registry: UpdaterRegistry, clock: Clock
    ) -> None:
        self._settings = settings
        self._registry = registry
        self._clock = clock

    def explain(
        self,
        principal: Principal,
        tenant_id: str,
        *,
        expression: str,
        timezone: str | None = None,
        after: str | None = None,
        count: int = DEFAULT_COUNT,
        updater: str | None = None,
        intent: str | None = None,
    ) -> Explained:
        """Return what an expression means to a tenant; raises `Invalid` where it is wrong.

        `updater` says whose rows are estimated; without it those of business activities.
        """
        principal.authorise(tenant_id, READ)
        settled = self._settings.find(tenant_id)
        zone = timezone or settled.config.timezone_config.timezone
        check_zone(zone, field="timezone")
        if not 0 <= count <= MAX_COUNT:
            raise Invalid(field="count", got=count, wants=f"a number from 0 to {MAX_COUNT}")
        start = self._clock.now_us() if after is None else parse_instant(after, field="after")
        of = self._registry.get(updater or "business_record_activities")
        rows = _rows_of(of, settled.config.data_generation_config)
        return _explained(
            Cron.parse(expression),
            zone,
            after=start,
            count=count,
            rows=(rows.min + rows.max) / 2,
            intent=intent,
        )

    def preview(self, principal: Principal, tenant_id: str, count: int) -> dict[str, Explained]:
        """Return what the next runs of each enabled updater are."""
        shown = self.config(principal, tenant_id, count=count)
        return {key: view.explanation for key, view in shown.schedules.items() if view.is_enabled}

    def config(
        self,
        principal: Principal,
        tenant_id: str,
        *,
        settled: Settled | None = None,
        count: int = DEFAULT_COUNT,
    ) -> ConfigView:
        """Return a tenant's configuration, explained; `settled` is one that does not count yet."""
        principal.authorise(tenant_id, READ)
        if not 0 <= count <= MAX_COUNT:
            raise Invalid(field="count", got=count, wants=f"a number from 0 to {MAX_COUNT}")
        settled = settled or self._settings.find(tenant_id)
        return ConfigView(
            config=_shown(settled),
            given=settled.given,
            version=settled.version,
            schedules={
                each.schedule_key: self.schedule(settled, each.schedule_key, count=count)
                for each in self._registry.all()
            },
        )

    def schedule(self, settled: Settled, key: str, *, count: int = DEFAULT_COUNT) -> ScheduleView:
        """Return one schedule of a configuration, explained."""
        schedule, zone = settled.schedules[key], settled.zone_of(key)
        rows = _rows_of(self._registry.get(key), settled.config.data_generation_config)
        explanation = _explained(
            settled.crons[key],
            zone,
            after=self._clock.now_us(),
            count=count,
            rows=(rows.min + rows.max) / 2,
            intent=schedule.intent,
        )
        return ScheduleView(
            cron=schedule.cron,
            timezone=zone,
            intent=schedule.intent,
            is_enabled=settled.is_enabled(key),
            is_paused=schedule.is_paused,
            misfire=schedule.misfire,
            catch_up_seconds=schedule.catch_up_seconds,
            overlap=schedule.overlap,
            jitter_seconds=schedule.jitter_seconds,
            explanation=explanation,
        )

    def check(self, settled: Settled) -> None:
        """Raise `IntentMismatch` and `Invalid` where schedules are not what they may be.

        A schedule that comes round faster than `minIntervalSeconds` is refused.
        """
        for key, schedule in settled.schedules.items():
            zone, cron = settled.zone_of(key), settled.crons[key]
            field = f"scheduleConfig.{key}"
            _check_interval(
                field,
                cron,
                zone,
                after=self._clock.now_us(),
                least=settled.config.execution_config.min_interval_seconds,
            )
            if schedule.intent is None or schedule.acknowledge:
                continue
            reason = fits(parse_intent(schedule.intent), cron, zone)
            if reason is not None:
                raise IntentMismatch(
                    f"{field}: {reason}; correct one of them, or send acknowledge: true",
                    details={
                        "field": field,
                        "cron": schedule.cron,
                        "intent": schedule.intent,
                        "description": describe(cron),
                    },
                )


def _explained(
    cron: Cron, zone: str, *, after: int, count: int, rows: float, intent: str | None
) -> Explained:
    per_week = _per_week(cron, zone)
    warnings = [Warned(each.code, each.message) for each in warnings_of(cron)]
    if intent is not None:
        reason = fits(parse_intent(intent), cron, zone)
        if reason is not None:
            warnings.append(Warned("intent_mismatch", reason))
    return Explained(
        expression=cron.expression,
        timezone=zone,
        description=describe(cron),
        next_runs=tuple(_local(at, zone) for at in Fires(cron, zone).upcoming(after, count)),
        runs_per_week=round(per_week, 4),
        estimated_rows_per_day=round(per_week * rows / _WEEK_DAYS, 2),
        warnings=tuple(warnings),
    )


def _rows_of(updater: BaseUpdater, config: GenerationConfig) -> Range:
    """Return how many rows a run is expected to have; nothing else fails where a team's fails."""
    try:
        return updater.rows_per_run(config)
    except Exception:  # noqa: BLE001 - a team's own code, which may raise anything
        return Range(min=0, max=0)


@lru_cache(maxsize=1_024)
def _per_week(cron: Cron, zone: str) -> float:
    """Return what takes a while to count, and is asked with every status."""
    return runs_per_week(cron, zone)


def _check_interval(field: str, cron: Cron, zone: str, *, after: int, least: float) -> None:
    if least <= 1:
        return
    times = Fires(cron, zone).upcoming(after, _LOOKED_AT)
    gaps = [later - earlier for earlier, later in pairwise(times)]
    if gaps and min(gaps) < least * _SECOND_US:
        raise Invalid(
            field=field,
            got=f"{cron.expression}, which comes round after {min(gaps) / _SECOND_US:g} s",
            wants=f"at least {least:g} s between runs (executionConfig.minIntervalSeconds)",
        )


def _local(at: int, zone: str) -> str:
    moment = datetime.fromtimestamp(at // _SECOND_US, UTC).astimezone(ZoneInfo(zone))
    return moment.isoformat()


def _shown(settled: Settled) -> dict[str, Any]:
    """Return the whole configuration, defaults and all, in the words it is given in."""
    shown: dict[str, Any] = msgspec.to_builtins(settled.config)
    shown["scheduleConfig"] = {
        key: msgspec.to_builtins(schedule) for key, schedule in settled.schedules.items()
    }
    return shown

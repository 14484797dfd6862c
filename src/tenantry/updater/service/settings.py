"""The settings of updaters, read from and written to where all settings are."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from tenantry.base import Principal
from tenantry.base.errors import Invalid, NotFound
from tenantry.base.principal import ALL
from tenantry.configs import Condition, ConfigStore, ReservedNames
from tenantry.scheduling import Cron
from tenantry.updater import rules
from tenantry.updater.errors import ConfigBroken
from tenantry.updater.model import ScheduleConfig, UpdaterConfig
from tenantry.updater.rules import SETTING
from tenantry.updater.service.permissions import CONFIGURE
from tenantry.updater.service.updater import UpdaterRegistry

_READER: Final = Principal(
    id="service:updater",
    tenant_id=ALL,
    permissions=frozenset({"configs:read"}),
    source="updater",
)
_SCHEDULES: Final = "scheduleConfig"
_REMEMBERED: Final = 1_024


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant's configuration as it counts: `given` is what was stored, `version` of it."""

    config: UpdaterConfig
    schedules: Mapping[str, ScheduleConfig]
    crons: Mapping[str, Cron]
    given: dict[str, Any]
    version: int

    def zone_of(self, key: str) -> str:
        """Return the time zone of a schedule."""
        return self.schedules[key].timezone or self.config.timezone_config.timezone

    def timeout_of(self, key: str) -> float:
        """Return how long a run of a schedule may take, in seconds."""
        own = self.schedules[key].timeout_minutes
        return 60 * (self.config.execution_config.execution_timeout_minutes if own is None else own)

    def is_enabled(self, key: str) -> bool:
        """Whether an updater may run by its schedule."""
        return self.config.execution_config.enabled_updaters.get(key, True)


class UpdaterSettings:
    """The configurations of all tenants; `registry` says which schedules there can be.

    Root may store one for every tenant together (`global`), which counts where a tenant has none;
    `timezone` is the time zone where nobody names one.
    """

    def __init__(
        self, *, configs: ConfigStore, registry: UpdaterRegistry, timezone: str | None = None
    ) -> None:
        self._configs = configs
        self._registry = registry
        self._timezone = timezone
        # By what is stored, and how many updaters there were to be configured by it.
        self._read: dict[tuple[bytes, int], _Read] = {}

    def find(self, tenant_id: str) -> Settled:
        """Return a tenant's configuration.

        Raises `ConfigBroken` where what is stored is none, and `Unavailable` while this node
        cannot tell.
        """
        try:
            entry = self._configs.get(_READER, tenant_id, SETTING)
        except NotFound:
            value, version = b"{}", 0
        else:
            value, version = entry.value, entry.version if entry.layer == "own" else 0
        known = self._read.get((value, len(self._registry)))
        if known is None:
            known = self._keep(value)
        return Settled(
            config=known.config,
            schedules=known.schedules,
            crons=known.crons,
            given=msgspec.json.decode(value, type=dict[str, Any]),
            version=version,
        )

    def preview(self, tenant_id: str, change: dict[str, Any]) -> Settled:
        """Return what a tenant's configuration would be with `change` in it; raises `Invalid`."""
        known = self.find(tenant_id)
        given = rules.merged(_with_defaults(known.given, change, self._registry.defaults()), change)
        wanted = self._whole(given)
        return msgspec.structs.replace(
            known,
            config=wanted.config,
            schedules=wanted.schedules,
            crons=wanted.crons,
            given=given,
        )

    async def keep(self, principal: Principal, tenant_id: str, wanted: Settled) -> None:
        """Store what `preview` has returned; raises `Conflict` where it has changed meanwhile."""
        condition = (
            Condition(versions=frozenset({wanted.version}))
            if wanted.version
            else Condition(must_be_absent=True)
        )
        await self._configs.put(principal, tenant_id, SETTING, wanted.given, condition=condition)

    def _checked(self, given: Any) -> UpdaterConfig:
        config = _read(given, self._registry)
        if self._timezone is None or "timezone" in _part(given, "timezoneConfig"):
            return config
        times = msgspec.structs.replace(config.timezone_config, timezone=self._timezone)
        return msgspec.structs.replace(config, timezone_config=times)

    def _whole(self, given: Any) -> "_Read":
        config = self._checked(given)
        schedules = rules.schedules_of(config, self._registry.defaults())
        crons = {key: Cron.parse(schedule.cron) for key, schedule in schedules.items()}
        return _Read(config, schedules, crons)

    def _keep(self, value: bytes) -> "_Read":
        try:
            known = self._whole(msgspec.json.decode(value))
        except Invalid as error:
            raise ConfigBroken(f"{SETTING}: {error.message}", details=error.details) from error
        if len(self._read) >= _REMEMBERED:
            self._read.clear()
        self._read[value, len(self._registry)] = known
        return known


class _Read(msgspec.Struct, frozen=True):
    """A configuration that was read."""

    config: UpdaterConfig
    schedules: Mapping[str, ScheduleConfig]
    crons: Mapping[str, Cron]


def reserved_names(registry: UpdaterRegistry) -> ReservedNames:
    """Return the names of settings that are the updaters', for the store of settings."""

    def check(name: str, value: bytes) -> None:
        if name != SETTING:
            raise Invalid(field="name", got=name, wants=SETTING)
        _read(msgspec.json.decode(value), registry)

    return ReservedNames(prefix="updater:", permission=CONFIGURE, check=check)


def _read(given: Any, registry: UpdaterRegistry) -> UpdaterConfig:
    return rules.read_config(given, schedule_keys=registry.defaults(), check_cron=Cron.parse)


def _with_defaults(
    given: dict[str, Any], change: dict[str, Any], defaults: Mapping[str, str]
) -> dict[str, Any]:
    """Return what was given, with the expressions of schedules that get something besides."""
    schedules = _part(given, _SCHEDULES)
    added = {
        key: defaults[key]
        for key, wanted in _part(change, _SCHEDULES).items()
        if isinstance(wanted, dict)
        and "cron" not in wanted
        and key in defaults
        and key not in schedules
    }
    return {**given, _SCHEDULES: {**schedules, **added}} if added else given


def _part(given: Any, name: str) -> Mapping[str, Any]:
    part = given.get(name) if isinstance(given, dict) else None
    return part if isinstance(part, dict) else {}

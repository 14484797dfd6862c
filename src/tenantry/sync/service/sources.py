"""Where tenants' data come from: the setting `sync:source`, and the secrets that it names."""

from functools import lru_cache, partial
from hashlib import blake2b
from typing import Any, Final, Protocol

import msgspec

from tenantry.base import Clock, Principal, SystemClock
from tenantry.base.errors import Invalid, NotFound, TenantryError
from tenantry.base.principal import ALL
from tenantry.configs import GLOBAL_TENANT, ConfigEntry, ConfigStore, ReservedNames
from tenantry.configs import checker_of as configs_checker_of
from tenantry.sync import rules
from tenantry.sync.errors import ValidationError
from tenantry.sync.model import Collection
from tenantry.sync.model import Source as Declared
from tenantry.sync.remote import OpenSource, SecretReader, open_guarded
from tenantry.sync.service.guarding import SourceBreakers
from tenantry.sync.service.permissions import CONFIGURE

SETTING: Final = "sync:source"
"""The setting that says where a tenant's data come from."""

_READER: Final = Principal(
    id="service:sync",
    tenant_id=ALL,
    permissions=frozenset({"configs:read", "configs:reveal"}),
    source="sync",
)
_REMEMBERED: Final = 1_024
_SYSTEM_CLOCK: Final = SystemClock()


class ConfiguredSource(msgspec.Struct, frozen=True):
    """A tenant's source; `layer` is whose setting it is, `digest` tells it from others."""

    declared: Declared
    digest: str
    layer: str


class Opener(Protocol):
    """Opens sources; see `remote.open_source`."""

    async def __call__(
        self, source: Declared, *, tenant_id: str, correlation_id: str, secret: SecretReader
    ) -> OpenSource:
        """Open a source for one run; raises a `SyncError`."""
        ...


class SyncSources:
    """The sources of all tenants; `open_source` is what speaks to them, through `breakers`."""

    def __init__(
        self,
        *,
        configs: ConfigStore,
        open_source: Opener,
        breakers: SourceBreakers | None = None,
        clock: Clock = _SYSTEM_CLOCK,
    ) -> None:
        self._configs = configs
        self._open_source = open_source
        self._breakers = breakers
        self._clock = clock

    def find(self, tenant_id: str) -> ConfiguredSource | None:
        """Return a tenant's source, its own or that of all; None where there is none.

        Raises `ValidationError` where what is stored is no source, and `Unavailable` while this
        node cannot tell.
        """
        try:
            entry = self._configs.get(_READER, tenant_id, SETTING)
        except NotFound:
            return None
        if entry.is_secret:
            raise ValidationError(f"{SETTING} is a secret, and must not be")
        layer = GLOBAL_TENANT if entry.layer == "global" else tenant_id
        return _configured(entry.value, layer)

    async def open(
        self, tenant_id: str, configured: ConfiguredSource, *, correlation_id: str
    ) -> OpenSource:
        """Open a source to read from; whoever opens it closes it. Raises a `SyncError`."""
        opening = partial(self.open_to_look, tenant_id, configured, correlation_id=correlation_id)
        if self._breakers is None:
            return await opening()
        breaker = self._breakers.of(tenant_id, configured.digest)
        return await open_guarded(opening, breaker=breaker, clock=self._clock)

    async def open_to_look(
        self, tenant_id: str, configured: ConfiguredSource, *, correlation_id: str
    ) -> OpenSource:
        """Open a source past its breaker, to see how it is; raises a `SyncError`."""
        return await self._open_source(
            configured.declared,
            tenant_id=tenant_id,
            correlation_id=correlation_id,
            secret=partial(self._secret, configured.layer),
        )

    def has(self, tenant_id: str) -> bool:
        """Whether a tenant has a source, be it one that cannot be used."""
        try:
            return self.find(tenant_id) is not None
        except ValidationError:
            return True

    async def _secret(self, layer: str, name: str) -> str:
        """Return a secret of the layer that the source itself stands in, and of no other.

        Or a tenant could have what belongs to the platform sent to wherever it likes.
        """
        try:
            entry = self._configs.get(_READER, layer, name, own_only=True)
        except TenantryError as error:
            raise ValidationError(
                f"{SETTING}: secret:{name}: {error.message}", details={"secret": name}
            ) from error
        return await self._text_of(layer, entry, name)

    async def _text_of(self, layer: str, entry: ConfigEntry, name: str) -> str:
        value: Any = None
        if entry.is_secret:
            value = await self._configs.reveal(_READER, layer, entry)
        text = None if value is None else msgspec.json.decode(value)
        if not isinstance(text, str) or not text:
            raise ValidationError(
                f"{SETTING}: secret:{name}: wants a secret that is a text; store it with "
                f"`tenantry config set {name} --secret`",
                details={"secret": name},
            )
        return text


def check_setting(name: str, value: bytes) -> None:
    """Raise `Invalid` where the value of `sync:source` is no source; no other name is known."""
    if name != SETTING:
        raise Invalid(field="name", got=name, wants=SETTING)
    declared = rules.parse_source(msgspec.json.decode(value))
    for collection in declared.collections:
        if collection.schema is not None:
            configs_checker_of(collection.schema)


def check_of(collection: Collection) -> rules.CheckRow | None:
    """Return what says how a row fails its collection's schema."""
    if collection.schema is None:
        return None
    return _checker(msgspec.json.encode(collection.schema))


def reserved_names() -> ReservedNames:
    """Return the names of settings that are sync's, for the store of settings."""
    return ReservedNames(prefix="sync:", permission=CONFIGURE, check=check_setting)


@lru_cache(maxsize=_REMEMBERED)
def _checker(schema: bytes) -> rules.CheckRow:
    return configs_checker_of(msgspec.json.decode(schema))


@lru_cache(maxsize=_REMEMBERED)
def _configured(value: bytes, layer: str) -> ConfiguredSource:
    try:
        declared = rules.parse_source(msgspec.json.decode(value))
    except Invalid as error:
        raise ValidationError(f"{SETTING}: {error.message}") from error
    digest = blake2b(value, digest_size=16, key=layer.encode()[:64]).hexdigest()
    return ConfiguredSource(declared=declared, digest=digest, layer=layer)

"""`ApiKeys`: what programs show; a key is told once and kept as a hash."""

import secrets
from collections.abc import Sequence
from typing import Final

import msgspec

from tenantry.base import Clock, Principal
from tenantry.base.instant import format_instant
from tenantry.base.principal import ALL
from tenantry.db import Tenant, Transaction
from tenantry.eventlog import ANY, StreamAppend
from tenantry.telemetry import get_logger, span
from tenantry.tenants import rules
from tenantry.tenants.errors import UnknownKey
from tenantry.tenants.model import (
    FIRST_KEY_STREAM,
    KEY_PREFIX,
    ApiKey,
    IssuedKey,
    KeyCreated,
    KeyRevoked,
    KeyView,
    NewKey,
    Page,
)
from tenantry.tenants.service.ledger import AccessLedger, Stale, stream_append
from tenantry.tenants.service.paging import check_limit, page_of, read_cursor
from tenantry.tenants.store import credentials

READ: Final = "keys:read"
WRITE: Final = "keys:write"

_DAY_US: Final = 86_400_000_000
_LOGGER: Final = get_logger("tenantry.tenants")


class ApiKeys:
    """The keys of each tenant, and those of every tenant together, which are root's.

    Each method raises `Denied`, `UnknownTenant` and `TenantErased`.
    """

    def __init__(self, *, ledger: AccessLedger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock

    async def create(self, principal: Principal, tenant_id: str, new: NewKey) -> IssuedKey:
        """Make a key, and tell it; raises `BeyondOwnRole` and `Invalid`."""
        principal.authorise(tenant_id, WRITE)
        rules.check_grant(principal, tenant_id, new.role)
        name = rules.names.check_new_key(new)
        return await self._issue(principal, tenant_id, new, name)

    async def create_first(self, principal: Principal) -> IssuedKey | None:
        """Make root's first key, on one node and once; None where root has had one."""
        state = await self._ledger.catch_up()
        if state.keys_of(ALL):
            return None
        new = NewKey(name="first root key", role="root")
        try:
            return await self._issue(principal, ALL, new, new.name, is_first=True)
        except Stale:
            return None

    async def list(
        self, principal: Principal, tenant_id: str, *, limit: int, cursor: str | None
    ) -> Page[KeyView]:
        """Return a tenant's keys, oldest first."""
        principal.authorise(tenant_id, READ)
        self._ledger.living(tenant_id)
        check_limit(limit)
        rows = await self._ledger.database.read(
            Tenant(tenant_id), credentials.keys_behind, tenant_id, read_cursor(cursor), limit + 1
        )
        return page_of(rows, limit, show=_shown, place=lambda key: (key.created_at, key.key_id))

    async def get(self, principal: Principal, tenant_id: str, key_id: str) -> KeyView:
        """Return a key; raises `UnknownKey`."""
        principal.authorise(tenant_id, READ)
        self._ledger.living(tenant_id)
        key = await self._ledger.database.read(
            Tenant(tenant_id), credentials.find_key, tenant_id, key_id
        )
        if key is None:
            raise _unknown(tenant_id, key_id)
        return _shown(key)

    async def revoke(self, principal: Principal, tenant_id: str, key_id: str) -> None:
        """Make a key good for nothing, on all nodes; raises `UnknownKey`."""
        principal.authorise(tenant_id, WRITE)

        def unit(tx: Transaction) -> tuple[Sequence[StreamAppend], None]:
            if not credentials.delete_key(tx, tenant_id, key_id):
                raise _unknown(tenant_id, key_id)
            revoked = stream_append(
                principal,
                KeyRevoked(key_id=key_id),
                stream=KEY_PREFIX + key_id,
                subject=key_id,
                kind="ApiKey",
                expected_version=ANY,
            )
            return (revoked,), None

        with span("tenantry.tenants.revoke_key", tenant=tenant_id):
            await self._ledger.write(tenant_id, unit)
        _LOGGER.info("API key revoked", tenant=tenant_id, key=key_id, actor=principal.id)

    async def _issue(
        self,
        principal: Principal,
        tenant_id: str,
        new: NewKey,
        name: str,
        *,
        is_first: bool = False,
    ) -> IssuedKey:
        now = self._clock.now_us()
        token, text = rules.make_token(
            "key",
            random_id=secrets.token_bytes(rules.ID_BYTES),
            random_secret=secrets.token_bytes(rules.SECRET_BYTES),
        )
        days = new.expires_in_days
        key = ApiKey(
            tenant_id=tenant_id,
            key_id=token.id,
            name=name,
            role=new.role,
            created_at=now,
            created_by=principal.id,
            expires_at=None if days is None else now + days * _DAY_US,
            last_used_at=None,
        )
        created = KeyCreated(key_id=token.id, role=new.role, expires_at=key.expires_at)

        def unit(tx: Transaction) -> tuple[Sequence[StreamAppend], None]:
            credentials.insert_key(tx, key, secret_hash=token.digest)
            event = stream_append(
                principal,
                created,
                stream=FIRST_KEY_STREAM if is_first else KEY_PREFIX + token.id,
                subject=token.id,
                kind="ApiKey",
            )
            return (event,), None

        with span("tenantry.tenants.create_key", tenant=tenant_id):
            # Of two nodes that make the first key at once one finds its stream begun.
            write = self._ledger.write_once if is_first else self._ledger.write
            await write(tenant_id, unit)
        _LOGGER.info(
            "API key created", tenant=tenant_id, key=token.id, role=new.role, actor=principal.id
        )
        return IssuedKey(**msgspec.structs.asdict(_shown(key)), key=text)


def _shown(key: ApiKey) -> KeyView:
    return KeyView(
        id=key.key_id,
        tenant_id=key.tenant_id,
        name=key.name,
        role=key.role,
        created_at=format_instant(key.created_at),
        created_by=key.created_by,
        expires_at=None if key.expires_at is None else format_instant(key.expires_at),
        last_used_at=None if key.last_used_at is None else format_instant(key.last_used_at),
    )


def _unknown(tenant_id: str, key_id: str) -> UnknownKey:
    return UnknownKey(f"tenant {tenant_id} has no key {key_id[:64]}", details={"tenant": tenant_id})

"""Who may do what, in memory: every tenant, membership and key there is, on every node."""

import hashlib
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from itertools import count
from typing import Final

import msgspec

from tenantry.eventlog import RecordedEvent, decode_rows, encode_rows
from tenantry.tenants.model import (
    MAX_SESSION_HOURS,
    KeyCreated,
    KeyGrant,
    KeyRevoked,
    Member,
    MemberRemoved,
    MemberSet,
    PersonChanged,
    SessionEnded,
    Tenant,
    tenant_after,
)
from tenantry.tenants.store.codec import PREFIX, decode_event

_HOUR_US: Final = 3_600_000_000
_LONGEST_SESSION_US: Final = MAX_SESSION_HOURS * _HOUR_US
_NOBODY: Final[AbstractSet[str]] = frozenset()
# Not of one projection: another takes its place when it is built anew.
_CHANGES: Final = count(1)


class _Ended(msgspec.Struct, frozen=True, tag="ended"):
    """A session that has ended, in a snapshot."""

    session_id: str
    at: int


class _TenantRow(Tenant, frozen=True, kw_only=True, tag="tenant"):
    """A tenant in a snapshot."""


class _MemberRow(Member, frozen=True, kw_only=True, tag="member"):
    """A membership in a snapshot."""


class _KeyRow(KeyGrant, frozen=True, kw_only=True, tag="key"):
    """A key in a snapshot."""


_Row = _Ended | _TenantRow | _MemberRow | _KeyRow
_PAGE: Final = msgspec.msgpack.Decoder(list[_Row])
_ENCODER: Final = msgspec.msgpack.Encoder()


class AccessProjection:
    """All that decides whether somebody may do something, built from the log.

    `change_count` rises with every change; it is this process's own, and no part of the state. Two
    states that a process has had, one after the other or side by side, never have the same.
    """

    name = "access"
    # 2: a snapshot by a node that knows no sandboxes says nothing of those that there are.
    state_version = 2

    def __init__(self) -> None:
        self.change_count = next(_CHANGES)
        self._tenants: dict[str, Tenant] = {}
        self._members: dict[str, dict[str, Member]] = {}
        self._keys: dict[str, KeyGrant] = {}
        # Until no session that could be meant can be alive any more.
        self._ended: dict[str, int] = {}
        self._tenants_of: dict[str, set[str]] = {}
        self._origins: dict[str, set[str]] = {}

    def tenant(self, tenant_id: str) -> Tenant | None:
        """Return a tenant, also one that was erased."""
        return self._tenants.get(tenant_id)

    def tenants(self) -> list[Tenant]:
        """Return every tenant that was not erased, by id."""
        return [t for _, t in sorted(self._tenants.items()) if not t.is_erased]

    def erased(self) -> list[str]:
        """Return the id of every tenant that was erased, in order."""
        return sorted(id_ for id_, tenant in self._tenants.items() if tenant.is_erased)

    def member(self, tenant_id: str, user_id: str) -> Member | None:
        """Return what a tenant has made of a user."""
        members = self._members.get(tenant_id)
        return members.get(user_id) if members is not None else None

    def members_of(self, tenant_id: str) -> list[Member]:
        """Return all that a tenant has made of users."""
        return list(self._members.get(tenant_id, {}).values())

    def memberships(self, user_id: str) -> list[Member]:
        """Return all that a user belongs to, by tenant."""
        tenants = sorted(self._tenants_of.get(user_id, ()))
        return [self._members[tenant_id][user_id] for tenant_id in tenants]

    def key(self, key_id: str) -> KeyGrant | None:
        """Return what a key is good for, None where it was revoked or never was."""
        return self._keys.get(key_id)

    def keys_of(self, tenant_id: str) -> list[KeyGrant]:
        """Return what a tenant's keys are good for."""
        return [key for key in self._keys.values() if key.tenant_id == tenant_id]

    def has_ended(self, session_id: str) -> bool:
        """Whether a session was ended before its time."""
        return session_id in self._ended

    def tenants_of_origin(self, origin: str) -> AbstractSet[str]:
        """Return the tenants whose pages come from this origin."""
        return self._origins.get(origin, _NOBODY)

    def apply(self, events: Sequence[RecordedEvent]) -> None:
        """Take in the next events of the log; those of other features pass by."""
        for event in events:
            if event.type.startswith(PREFIX):
                self._apply(event)
                self.change_count = next(_CHANGES)

    def fresh(self) -> "AccessProjection":
        """Return an empty one."""
        return AccessProjection()

    def copy(self) -> "AccessProjection":
        """Return one that later events do not change; what it holds is shared, being frozen."""
        copied = AccessProjection()
        copied._take(self._rows())
        return copied

    def encode(self) -> Iterable[bytes]:
        """Encode everything in chunks."""
        return encode_rows(self._rows())

    def decode(self, chunks: Iterable[bytes]) -> None:
        """Take everything over from a snapshot's chunks."""
        self._take(decode_rows(chunks, _PAGE))

    def digest(self) -> str:
        """Return SHA-256 over everything, in order."""
        total = hashlib.sha256()
        for row in sorted(_ENCODER.encode(row) for row in self._rows()):
            total.update(row)
        return total.hexdigest()

    def _apply(self, event: RecordedEvent) -> None:
        tenant_id, change = event.tenant_id, decode_event(event)
        match change:
            case MemberSet():
                self._put_member(
                    Member(
                        tenant_id=tenant_id,
                        user_id=change.user_id,
                        role=change.role,
                        applications=change.applications,
                        version=event.version,
                    )
                )
            case MemberRemoved():
                self._remove_member(tenant_id, change.user_id)
                self._end(change.sessions, event.recorded_at)
            case PersonChanged():
                self._end(change.sessions, event.recorded_at)
            case SessionEnded():
                self._end((change.session_id,), event.recorded_at)
            case KeyCreated():
                self._keys[change.key_id] = KeyGrant(
                    tenant_id=tenant_id,
                    key_id=change.key_id,
                    role=change.role,
                    expires_at=change.expires_at,
                )
            case KeyRevoked():
                self._keys.pop(change.key_id, None)
            case _:
                self._put_tenant(
                    tenant_after(
                        self._tenants.get(tenant_id),
                        change,
                        tenant_id=tenant_id,
                        version=event.version,
                        recorded_at=event.recorded_at,
                    )
                )

    def _put_tenant(self, tenant: Tenant) -> None:
        before = self._tenants.get(tenant.id)
        for origin in before.origins if before is not None else ():
            self._origins[origin].discard(tenant.id)
        for origin in tenant.origins:
            self._origins.setdefault(origin, set()).add(tenant.id)
        self._tenants[tenant.id] = tenant

        if tenant.is_erased:
            for user_id in list(self._members.get(tenant.id, ())):
                self._remove_member(tenant.id, user_id)
            self._keys = {
                key_id: key for key_id, key in self._keys.items() if key.tenant_id != tenant.id
            }

    def _put_member(self, member: Member) -> None:
        self._members.setdefault(member.tenant_id, {})[member.user_id] = member
        self._tenants_of.setdefault(member.user_id, set()).add(member.tenant_id)

    def _remove_member(self, tenant_id: str, user_id: str) -> None:
        self._members.get(tenant_id, {}).pop(user_id, None)
        tenants = self._tenants_of.get(user_id, set())
        tenants.discard(tenant_id)
        if not tenants:
            self._tenants_of.pop(user_id, None)

    def _end(self, session_ids: Iterable[str], at: int) -> None:
        # In the order in which they ended, so the oldest are first.
        while self._ended:
            session_id = next(iter(self._ended))
            if self._ended[session_id] > at - _LONGEST_SESSION_US:
                break
            del self._ended[session_id]
        for session_id in session_ids:
            self._ended[session_id] = at

    def _rows(self) -> list[_Row]:
        return [
            *(_TenantRow(**msgspec.structs.asdict(tenant)) for tenant in self._tenants.values()),
            *(
                _MemberRow(**msgspec.structs.asdict(member))
                for members in self._members.values()
                for member in members.values()
            ),
            *(_KeyRow(**msgspec.structs.asdict(key)) for key in self._keys.values()),
            *(_Ended(session_id, at) for session_id, at in self._ended.items()),
        ]

    def _take(self, rows: Iterable[_Row]) -> None:
        for row in rows:
            match row:
                case _TenantRow():
                    self._put_tenant(row)
                case _MemberRow():
                    self._put_member(row)
                case _KeyRow():
                    self._keys[row.key_id] = row
                case _Ended():
                    self._ended[row.session_id] = row.at

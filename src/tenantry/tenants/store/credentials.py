"""Rows of `api_keys` and `sessions` to values; a hash leaves this module only to be compared."""

from collections.abc import Mapping
from itertools import starmap
from typing import Any

from tenantry.db import Transaction
from tenantry.tenants.model import ApiKey, Session
from tenantry.tenants.store.people import share_tenant, statements


def insert_key(tx: Transaction, key: ApiKey, *, secret_hash: bytes) -> None:
    """Store a new key."""
    statements(tx).insert_key(
        tx.connection,
        tenant_id=key.tenant_id,
        key_id=key.key_id,
        name=key.name,
        role=key.role,
        secret_hash=secret_hash,
        created_at=key.created_at,
        created_by=key.created_by,
        expires_at=key.expires_at,
    )


def find_key(tx: Transaction, tenant_id: str, key_id: str) -> ApiKey | None:
    """Return a key of a tenant."""
    if "\x00" in key_id:
        return None
    row = statements(tx).key_of_id(tx.connection, tenant_id=tenant_id, key_id=key_id)
    return None if row is None else _key(*row)


def keys_behind(
    tx: Transaction, tenant_id: str, after: tuple[int, str], limit: int
) -> list[ApiKey]:
    """Return the next keys of a tenant, oldest first."""
    rows = statements(tx).keys_behind(
        tx.connection,
        tenant_id=tenant_id,
        created_at=after[0],
        key_id=after[1],
        row_limit=limit,
    )
    return list(starmap(_key, rows))


def delete_key(tx: Transaction, tenant_id: str, key_id: str) -> bool:
    """Delete a key; False where there is none."""
    if "\x00" in key_id:
        return False
    rows = statements(tx).delete_key(tx.connection, tenant_id=tenant_id, key_id=key_id)
    return bool(list(rows))


def delete_keys(tx: Transaction, tenant_id: str) -> int:
    """Delete all keys of a tenant, and return how many that were."""
    return len(list(statements(tx).delete_keys(tx.connection, tenant_id=tenant_id)))


def hash_of_key(tx: Transaction, key_id: str) -> bytes | None:
    """Return what is kept of a key's secret, whosever it is."""
    found = statements(tx).hash_of_key(tx.connection, key_id=key_id)
    return None if found is None else bytes(found)


def touch_keys(tx: Transaction, used_at: Mapping[str, int]) -> None:
    """Note when keys were last used, by id."""
    named = statements(tx)
    # In one order, so that of two nodes that do this at once each waits for the other at most once.
    for key_id, instant in sorted(used_at.items()):
        named.touch_key(tx.connection, key_id=key_id, last_used_at=instant)


def insert_session(
    tx: Transaction,
    session: Session,
    *,
    secret_hash: bytes,
    password_hash: str,
    created_at: int,
    source: str,
) -> bool:
    """Store a new session; False where the user has another password by now, or has gone."""
    share_tenant(tx, session.tenant_id)
    named = statements(tx)
    if named.lock_user(tx.connection, user_id=session.user_id) is None:
        return False
    stored = named.insert_session(
        tx.connection,
        tenant_id=session.tenant_id,
        session_id=session.session_id,
        user_id=session.user_id,
        secret_hash=secret_hash,
        password_hash=password_hash,
        created_at=created_at,
        expires_at=session.expires_at,
        source=source,
    )
    return stored is not None


def find_session(tx: Transaction, session_id: str) -> tuple[Session, bytes] | None:
    """Return a session and what is kept of its secret, whosever it is."""
    row = statements(tx).session_of_id(tx.connection, session_id=session_id)
    if row is None:
        return None
    tenant_id, found_id, user_id, expires_at, secret_hash = row
    session = Session(
        tenant_id=tenant_id, session_id=found_id, user_id=user_id, expires_at=expires_at
    )
    return session, bytes(secret_hash)


def delete_session(tx: Transaction, session: Session) -> bool:
    """Delete a session; False where there is none."""
    rows = statements(tx).delete_session(
        tx.connection, tenant_id=session.tenant_id, session_id=session.session_id
    )
    return bool(list(rows))


def delete_sessions_of_user(
    tx: Transaction, user_id: str, *, but: str | None = None
) -> tuple[str, ...]:
    """Delete a user's sessions in every tenant, except one, and return their ids."""
    named = statements(tx)
    if but is None:
        rows = named.delete_sessions_of_user(tx.connection, user_id=user_id)
    else:
        rows = named.delete_other_sessions(tx.connection, user_id=user_id, session_id=but)
    return _ids(rows)


def delete_sessions_of_member(tx: Transaction, tenant_id: str, user_id: str) -> tuple[str, ...]:
    """Delete a user's sessions in one tenant, and return their ids."""
    rows = statements(tx).delete_sessions_of_member(
        tx.connection, tenant_id=tenant_id, user_id=user_id
    )
    return _ids(rows)


def delete_sessions(tx: Transaction, tenant_id: str) -> int:
    """Delete all sessions of a tenant, and return how many that were."""
    return len(_ids(statements(tx).delete_sessions(tx.connection, tenant_id=tenant_id)))


def forget_sessions(tx: Transaction, now_us: int) -> None:
    """Delete the sessions whose time is over."""
    statements(tx).forget_sessions(tx.connection, now_us=now_us)


def _ids(rows: Any) -> tuple[str, ...]:
    return tuple(sorted(session_id for (session_id,) in rows))


def _key(  # noqa: PLR0917 - the columns of a row
    tenant_id: str,
    key_id: str,
    name: str,
    role: Any,
    created_at: int,
    created_by: str,
    expires_at: int | None,
    last_used_at: int | None,
) -> ApiKey:
    return ApiKey(
        tenant_id=tenant_id,
        key_id=key_id,
        name=name,
        role=role,
        created_at=created_at,
        created_by=created_by,
        expires_at=expires_at,
        last_used_at=last_used_at,
    )

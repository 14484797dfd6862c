"""Rows of `clients` to states."""

from typing import Any, Final

import msgspec

from tenantry.clients.model import ClientState
from tenantry.db import Transaction, load_statements

_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(ClientState)
_USERS: Final = msgspec.json.Decoder(dict[str, tuple[str, ...]])


def find_client(tx: Transaction, tenant_id: str, key: str) -> ClientState | None:
    """Return the stored copy of a client's state, as old as its `version` says."""
    row = _statements(tx).client_of_key(tx.connection, tenant_id=tenant_id, client_key=key)
    if row is None:
        return None
    version, state, users = row
    return msgspec.structs.replace(
        _DECODER.decode(state), version=version, users=_USERS.decode(users)
    )


def encoded(state: ClientState) -> bytes:
    """Return what `keep_client` stores of a state, its users and version apart."""
    return _ENCODER.encode(msgspec.structs.replace(state, users={}, version=0))


def keep_client(
    tx: Transaction, state: ClientState, *, version: int, content: bytes | None = None
) -> None:
    """Store a copy of a client's state as of `version` of its stream; an older one is left out.

    `content` is what `encoded` made of it before, outside of the unit.
    """
    _statements(tx).keep_client(
        tx.connection,
        tenant_id=state.tenant_id,
        client_key=state.key,
        version=version,
        state=encoded(state) if content is None else content,
        users=msgspec.json.encode(state.users, order="sorted").decode(),
    )


def delete_clients(tx: Transaction, tenant_id: str) -> None:
    """Delete the copies of all clients of a tenant that is erased."""
    _statements(tx).delete_clients(tx.connection, tenant_id=tenant_id)


def _statements(tx: Transaction) -> Any:
    return load_statements("tenantry.clients", tx.dialect)

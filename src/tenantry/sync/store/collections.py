"""How far collections are, as rows."""

from itertools import starmap
from typing import Any, Final

from tenantry.db import Transaction
from tenantry.sync.model import CollectionState
from tenantry.sync.store.statements import statements


def find_collection(tx: Transaction, tenant_id: str, collection: str) -> CollectionState | None:
    """Return how far a collection is."""
    row = statements(tx).collection_of_name(
        tx.connection, tenant_id=tenant_id, collection=collection
    )
    return None if row is None else _state(*row)


def collections_of(tx: Transaction, tenant_id: str) -> list[CollectionState]:
    """Return how far all collections of a tenant are."""
    return list(
        starmap(_state, statements(tx).collections_of_tenant(tx.connection, tenant_id=tenant_id))
    )


def begin_pass(tx: Transaction, state: CollectionState, *, known_pass_id: int) -> bool:
    """Store a pass that begins or goes on; False where somebody else has begun another."""
    begun = statements(tx).begin_pass(
        tx.connection,
        tenant_id=state.tenant_id,
        collection=state.collection,
        status=state.status,
        correlation_id=state.correlation_id,
        source=state.source,
        pass_id=state.pass_id,
        pass_at=state.pass_at,
        page=state.page,
        token=state.token,
        is_whole=int(state.is_whole),
        total=state.total,
        etag=state.etag,
        since=state.since,
        known_pass_id=known_pass_id,
    )
    return begun is not None


def hold_pass(tx: Transaction, state: CollectionState) -> bool:
    """Keep everybody else from the pass behind `state.page`; False where it is another's by now."""
    held = statements(tx).hold_pass(
        tx.connection,
        tenant_id=state.tenant_id,
        collection=state.collection,
        pass_id=state.pass_id,
        page=state.page,
    )
    return held is not None


def turn_page(tx: Transaction, state: CollectionState, *, token: str | None) -> bool:
    """Store that the page behind `state.page` is written; False where somebody else has moved."""
    turned = statements(tx).turn_page(
        tx.connection,
        tenant_id=state.tenant_id,
        collection=state.collection,
        pass_id=state.pass_id,
        page=state.page,
        token=token,
        is_whole=int(state.is_whole),
        total=state.total,
    )
    return turned is not None


def complete_pass(tx: Transaction, state: CollectionState) -> bool:
    """Store that a pass is complete, and what it has found; False where it is not under way."""
    completed = statements(tx).complete_pass(
        tx.connection,
        tenant_id=state.tenant_id,
        collection=state.collection,
        pass_id=state.pass_id,
        etag=state.etag,
        since=state.since,
        row_count=state.row_count,
        whole_at=state.whole_at,
        synced_at=state.synced_at,
    )
    if state.page > 0:
        # A pass of one page has kept none.
        forget_pages(tx, state.tenant_id, state.collection)
    return completed is not None


def fail_collection(
    tx: Transaction,
    tenant_id: str,
    collection: str,
    *,
    correlation_id: str,
    is_resumable: bool,
    attempts: int,
    retry_at: int,
    error_type: str,
    error: str,
) -> None:
    """Store that a collection could not be read; what it has stays as it is.

    Where it `is_resumable`, the next pass may go on behind the last page.
    """
    statements(tx).fail_collection(
        tx.connection,
        tenant_id=tenant_id,
        collection=collection,
        correlation_id=correlation_id,
        is_resumable=int(is_resumable),
        attempts=attempts,
        retry_at=retry_at,
        error_type=error_type,
        error=error,
    )


def keep_page(tx: Transaction, state: CollectionState, keys: bytes) -> None:
    """Remember the keys of the page behind `state.page`."""
    statements(tx).keep_page(
        tx.connection,
        tenant_id=state.tenant_id,
        collection=state.collection,
        pass_id=state.pass_id,
        page=state.page,
        keys=keys,
    )


def pages_of(tx: Transaction, state: CollectionState) -> list[bytes]:
    """Return the keys of the pages that a pass has written so far."""
    rows: Any = statements(tx).pages_of_pass(
        tx.connection,
        tenant_id=state.tenant_id,
        collection=state.collection,
        pass_id=state.pass_id,
    )
    return [bytes(keys) for (keys,) in rows]


def forget_pages(tx: Transaction, tenant_id: str, collection: str) -> None:
    """Forget the keys of all passes."""
    statements(tx).delete_pages(tx.connection, tenant_id=tenant_id, collection=collection)


def delete_collection(tx: Transaction, tenant_id: str, collection: str) -> None:
    """Delete a collection that no source declares any more, its rows with it."""
    for name in ("delete_rows_of_collection", "delete_pages", "delete_collection"):
        getattr(statements(tx), name)(tx.connection, tenant_id=tenant_id, collection=collection)


def stop_retrying(tx: Transaction, tenant_id: str) -> None:
    """Have nobody try again what there is no source for."""
    statements(tx).stop_retrying(tx.connection, tenant_id=tenant_id)


def _state(*row: Any) -> CollectionState:
    values = dict(zip(_FIELDS, row, strict=True))
    values["is_whole"] = bool(values["is_whole"])
    return CollectionState(**values)


_FIELDS: Final = (
    "tenant_id",
    "collection",
    "status",
    "correlation_id",
    "source",
    "pass_id",
    "pass_at",
    "page",
    "token",
    "is_whole",
    "total",
    "etag",
    "since",
    "row_count",
    "whole_at",
    "synced_at",
    "attempts",
    "retry_at",
    "error_type",
    "error",
)

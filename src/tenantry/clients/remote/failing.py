"""Clients that are not loaded after all, and why."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from tenantry.base.errors import Invalid
from tenantry.clients.model import ItemError, Loaded, LoadFailure


def failure(path: Path, error: Invalid, *, key: str | None = None) -> LoadFailure:
    """Return that a file or a folder cannot be read; its client is probably called as it is."""
    told = ItemError(
        error_type="validation_failed", message=error.message, code="unreadable", file=str(path)
    )
    return LoadFailure(origin=str(path), errors=(told,), key=name_of(path) if key is None else key)


def owned(each: Loaded | LoadFailure, tenant: str) -> Loaded | LoadFailure:
    """Return a client as one of the tenant whose folder it lies in; it may not name another."""
    if each.tenant not in (None, tenant):
        told = f"tenant: got {each.tenant}, wants {tenant}, in whose folder it lies"
        each = _refused(each, told, path="$.tenant", code="wrong-tenant")
    return msgspec.structs.replace(each, tenant=tenant)


def each_once(found: list[Loaded | LoadFailure]) -> list[Loaded | LoadFailure]:
    """Return the clients; nobody can say which is meant of two that are called the same."""
    origins: dict[tuple[str | None, str], list[str]] = {}
    for each in found:
        if isinstance(each, Loaded) and each.key:
            origins.setdefault((each.tenant, each.key), []).append(each.origin)
    return [_unless_twice(each, origins.get((each.tenant, each.key), [])) for each in found]


def name_of(path: Path) -> str:
    """Return what the client of a file or a folder is probably called."""
    return (path.name if path.is_dir() else path.stem).lower()


def tenant_in(raw: Mapping[str, Any]) -> str | None:
    """Return the tenant that a declaration names."""
    tenant = raw.get("tenant")
    return tenant if isinstance(tenant, str) else None


def _unless_twice(each: Loaded | LoadFailure, origins: list[str]) -> Loaded | LoadFailure:
    if isinstance(each, LoadFailure) or len(origins) < 2:  # noqa: PLR2004 - twice
        return each
    others = " and ".join(sorted({*origins} - {each.origin})) or each.origin
    told = f"key: got {each.key}, which {others} declares too, wants it once"
    return _refused(each, told, path="$.key", code="duplicate-key")


def _refused(each: Loaded | LoadFailure, told: str, *, path: str, code: str) -> LoadFailure:
    error = ItemError(
        error_type="validation_failed", message=told, path=path, code=code, file=each.origin
    )
    return LoadFailure(origin=each.origin, errors=(error,), key=each.key, tenant=each.tenant)

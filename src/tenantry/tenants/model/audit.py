"""The audit: who did what, when, and from where."""

from typing import Any, Generic, TypeVar

import msgspec

T = TypeVar("T")


class AuditQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of the audit; None stands for all, instants are µs since 1970.

    `tenant_id` None is every tenant, `action` the beginning of one.
    """

    tenant_id: str | None
    actor: str | None = None
    action: str | None = None
    since: int | None = None
    until: int | None = None
    newest_first: bool = False


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One event as an auditor reads it."""

    position: int
    at: str
    tenant_id: str
    actor: str
    action: str
    subject: str
    source: str | None
    correlation_id: str | None
    details: dict[str, Any]


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A part of a list, and the cursor that leads on; None at the end."""

    items: tuple[T, ...]
    next_cursor: str | None

"""`Audit`: who did what, when and from where, read from the one log."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from tenantry.base import Principal
from tenantry.base.errors import Invalid
from tenantry.base.instant import format_instant
from tenantry.base.principal import ALL
from tenantry.eventlog import EventLog, RecordedEvent, cause_of
from tenantry.telemetry import span
from tenantry.tenants.model import AuditEntry, AuditQuery, Page
from tenantry.tenants.service.paging import check_limit

READ: Final = "audit:read"

WINDOW_POSITIONS: Final = 10_000
MAX_POSITIONS: Final = 200_000
"""How much of the log one answer looks through: what is rare is found by several, none slow."""

# What these say is for auditors to read. What a setting was set to is for those who may read
# settings; its history says it.
_TOLD: Final = ("tenants.", "operations.", "updater.", "collector.")
_OF_PERSON: Final = "tenants.person_changed."
_MAX_DIGITS: Final = 18


class Audit:
    """Every change there has been since the first event."""

    def __init__(self, *, log: EventLog) -> None:
        self._log = log

    async def read(
        self, principal: Principal, query: AuditQuery, *, limit: int, cursor: str | None
    ) -> Page[AuditEntry]:
        """Return the next entries; a page may be short, and the last one names no other.

        Raises `Denied`: what happened in a tenant is read by who has `audit:read` there, and in all
        of them by root. Raises `Invalid` for a cursor that is none.
        """
        principal.authorise(query.tenant_id or ALL, READ)
        check_limit(limit)
        place = None if cursor is None else _read_cursor(cursor)
        start, end = await self._start(query), await self._end(query)
        if place is not None and query.newest_first:
            end = min(end, place - 1)
        elif place is not None:
            start = max(start, place)
        with span("tenantry.tenants.audit", tenant=query.tenant_id or ALL):
            return await self._page(query, limit, after=start, until=end)

    async def _page(
        self, query: AuditQuery, limit: int, *, after: int, until: int
    ) -> Page[AuditEntry]:
        """Return what is found behind `after` and not behind `until`; a cursor is a position."""
        found: list[AuditEntry] = []
        for start, end in _windows(after, until, newest_first=query.newest_first):
            events = await self._log.read_briefs(query.tenant_id, after=start, until=end)
            for event in reversed(events) if query.newest_first else events:
                entry = _entry(event, query)
                if entry is None:
                    continue
                if len(found) == limit:
                    return _page(found, found[-1].position)
                found.append(entry)

        if until - after <= MAX_POSITIONS:
            return _page(found, None)
        last = until - MAX_POSITIONS + 1 if query.newest_first else after + MAX_POSITIONS
        return _page(found, last)

    async def _start(self, query: AuditQuery) -> int:
        return 0 if query.since is None else await self._log.position_at(query.since - 1)

    async def _end(self, query: AuditQuery) -> int:
        if query.until is None:
            return (await self._log.head()).position
        return await self._log.position_at(query.until)


def _windows(after: int, until: int, *, newest_first: bool) -> Iterator[tuple[int, int]]:
    """Yield the parts, in order, of what one answer looks through: behind the first of two."""
    if newest_first:
        floor = max(after, until - MAX_POSITIONS)
        for end in range(until, floor, -WINDOW_POSITIONS):
            yield max(floor, end - WINDOW_POSITIONS), end
        return
    ceiling = min(until, after + MAX_POSITIONS)
    for start in range(after, ceiling, WINDOW_POSITIONS):
        yield start, min(ceiling, start + WINDOW_POSITIONS)


def _page(found: list[AuditEntry], place: int | None) -> Page[AuditEntry]:
    return Page(items=tuple(found), next_cursor=None if place is None else str(place))


def _entry(event: RecordedEvent, query: AuditQuery) -> AuditEntry | None:
    """Return an event as an auditor reads it, None where it is not asked for."""
    if query.action is not None and not event.type.startswith(query.action):
        return None
    cause = cause_of(event.metadata)
    if query.actor is not None and cause.actor != query.actor:
        return None
    return AuditEntry(
        position=event.position,
        at=format_instant(event.recorded_at),
        tenant_id=event.tenant_id,
        actor=cause.actor,
        action=event.type.rpartition(".")[0],
        subject=cause.aggregate_id or event.stream,
        source=cause.source,
        correlation_id=cause.correlation_id,
        details=_details(event),
    )


def _details(event: RecordedEvent) -> dict[str, Any]:
    if not event.type.startswith(_TOLD) or not event.data:
        return {}
    details: dict[str, Any] = msgspec.json.decode(event.data)
    if event.type.startswith(_OF_PERSON):
        # A new password ends one's sessions in every tenant, which is no news for any single one.
        details.pop("sessions", None)
    return details


def _read_cursor(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= _MAX_DIGITS):
        raise Invalid(field="cursor", got=cursor[:64], wants="a next_cursor of an answer")
    return int(cursor)

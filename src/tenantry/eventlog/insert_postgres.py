"""Appending to PostgreSQL: one call of `append_events` a batch, decided where the lock is held."""

from itertools import islice

from tenantry.db import Transaction
from tenantry.eventlog.event import (
    Appended,
    AppendRequest,
    Conflict,
    Fate,
    KeyReused,
    Outcome,
    StaleStream,
    is_expected,
)
from tenantry.eventlog.store import statements
from tenantry.telemetry import emit


class PostgresInserter:
    """Appends batches of requests; each request is all or nothing, all share one transaction."""

    is_only_one = False

    def insert(self, tx: Transaction, requests: list[AppendRequest], now_us: int) -> list[Outcome]:
        """Append `requests` in order and return their outcomes, in order.

        Takes the append lock, so in a longer transaction this must be the last statement.
        """
        rows = list(statements(tx).append_events(tx.connection, now_us=now_us, **_arrays(requests)))
        emit("tenantry.db.append_locked", waited_seconds=rows[0][5] / 1e6)
        return [_outcome(request, row) for request, row in zip(requests, rows, strict=True)]


def _arrays(requests: list[AppendRequest]) -> dict[str, list[object]]:
    """Lay the batch out in the parallel arrays that `append_events` takes."""
    keys = [request.idempotency_key for request in requests]
    rests = _rests(requests)
    unchanged = [request.unchanged for request in requests]
    streams = [(n, s) for n, request in enumerate(requests, 1) for s in request.streams]
    events = [(n, event) for n, (_, s) in enumerate(streams, 1) for event in s.events]
    return {
        "request_tenants": [request.tenant_id for request in requests],
        "request_keys": [key.key if key else None for key in keys],
        "request_digests": [key.request_digest if key else None for key in keys],
        "request_expiries": [key.expires_at if key else None for key in keys],
        "rest_requests": [n for n, _ in rests],
        "rest_bases": [base for _, base in rests],
        "request_afters": [u.after if u else None for u in unchanged],
        "request_change_tenants": [u.tenant_id if u else None for u in unchanged],
        "request_change_starts": [u.prefix if u else None for u in unchanged],
        "request_change_untils": [u.until if u else None for u in unchanged],
        "stream_requests": [n for n, _ in streams],
        "stream_tenants": [requests[n - 1].tenant_of(stream) for n, stream in streams],
        "stream_names": [stream.stream for _, stream in streams],
        "stream_expectations": [stream.expected_version for _, stream in streams],
        "event_streams": [n for n, _ in events],
        "event_types": [event.type for _, event in events],
        "event_data": [event.data for _, event in events],
        "event_metadata": [event.metadata for _, event in events],
    }


def _rests(requests: list[AppendRequest]) -> list[tuple[int, int]]:
    """Number each request and what it was decided on: in this batch from 1, -1 never was.

    What is sure to have been appended is left out.
    """
    numbers: dict[Fate, int] = {
        request.fate: number for number, request in enumerate(requests, 1) if request.fate
    }
    return [
        (number, numbers.get(earlier, -1))
        for number, request in enumerate(requests, 1)
        for earlier in request.only_after
        if not earlier.is_appended
    ]


def _outcome(request: AppendRequest, row: tuple[object, ...]) -> Outcome:
    outcome, first, last, recorded_at, versions = islice(row, 5)
    assert isinstance(first, int)  # noqa: S101 - tells the type checker what the function returns
    assert isinstance(last, int)  # noqa: S101 - as above
    assert isinstance(recorded_at, int)  # noqa: S101 - as above
    assert isinstance(versions, list)  # noqa: S101 - as above

    if outcome == "appended":
        return Appended(first=first, last=last, recorded_at=recorded_at, versions=tuple(versions))
    if outcome == "replayed":
        return Appended(first=first, last=last, is_replay=True)
    if outcome == "key_reused" and request.idempotency_key:
        return KeyReused(request.idempotency_key.key)
    return Conflict(
        tuple(
            StaleStream(stream.stream, stream.expected_version, actual)
            for stream, actual in zip(request.streams, versions, strict=True)
            if not is_expected(stream.expected_version, actual)
        )
    )

"""What the log should do, in a few lines of plain Python."""

from tenantry.eventlog import (
    ANY,
    EXISTS,
    Appended,
    AppendRequest,
    Conflict,
    KeyReused,
    Outcome,
    RecordedEvent,
    StaleStream,
    Unchanged,
)


class LogModel:
    """The whole log as a list."""

    def __init__(self) -> None:
        self.events: list[RecordedEvent] = []
        self._keys: dict[tuple[str, str], tuple[bytes, int, int, int]] = {}

    @property
    def position(self) -> int:
        return len(self.events)

    def append(self, request: AppendRequest, now_us: int) -> Outcome:
        key = request.idempotency_key
        if key is not None:
            known = self._keys.get((request.tenant_id, key.key))
            if known is not None and known[3] > now_us:
                digest, first, last, _ = known
                if digest != key.request_digest:
                    return KeyReused(key.key)
                return Appended(first=first, last=last, is_replay=True)

        versions = tuple(self.version(request.tenant_of(s), s.stream) for s in request.streams)
        stale = tuple(
            StaleStream(stream.stream, stream.expected_version, version)
            for stream, version in zip(request.streams, versions, strict=True)
            if not _holds(stream.expected_version, version)
        )
        if stale or self._has_changed(request.unchanged):
            return Conflict(stale)

        first, recorded_at = self.position + 1, max(now_us, self._last_time() + 1)
        for stream, before in zip(request.streams, versions, strict=True):
            for version, event in enumerate(stream.events, before + 1):
                self.events.append(
                    RecordedEvent(
                        self.position + 1,
                        request.tenant_id,
                        stream.stream,
                        version,
                        event.type,
                        event.data,
                        event.metadata,
                        recorded_at + self.position + 1 - first,
                    )
                )

        if key is not None:
            entry = (key.request_digest, first, self.position, key.expires_at)
            self._keys[request.tenant_id, key.key] = entry
        return Appended(first=first, last=self.position, recorded_at=recorded_at, versions=versions)

    def stream(self, tenant_id: str, stream: str) -> list[RecordedEvent]:
        return [e for e in self.events if (e.tenant_id, e.stream) == (tenant_id, stream)]

    def version(self, tenant_id: str, stream: str) -> int:
        return len(self.stream(tenant_id, stream))

    def position_at(self, instant: int) -> int:
        return sum(event.recorded_at <= instant for event in self.events)

    def known_key(self, tenant_id: str, key: str, now_us: int) -> tuple[bytes, int, int] | None:
        known = self._keys.get((tenant_id, key))
        return known[:3] if known is not None and known[3] > now_us else None

    def forget_expired_keys(self, now_us: int) -> None:
        self._keys = {name: known for name, known in self._keys.items() if known[3] > now_us}

    def _has_changed(self, unchanged: Unchanged | None) -> bool:
        if unchanged is None:
            return False
        return any(
            unchanged.tenant_id in (None, event.tenant_id)
            and event.stream.startswith(unchanged.prefix)
            and (not unchanged.is_exact or event.stream == unchanged.prefix)
            for event in self.events[unchanged.after :]
        )

    def _last_time(self) -> int:
        return self.events[-1].recorded_at if self.events else 0


def _holds(expected: int, version: int) -> bool:
    return expected in (ANY, version) or (expected == EXISTS and version > 0)

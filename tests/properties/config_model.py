"""What the settings of one tenant should do, in a few lines of plain Python."""

from typing import Any

import msgspec

from tenantry.configs import Condition, ConfigEntry


class Refused(msgspec.Struct, frozen=True):
    """The name of the error that a command must end in."""

    error: str


class ConfigModel:
    """Every version of every name as a list, in a log that nobody else writes to."""

    def __init__(self, *, position: int, last_time: int) -> None:
        self.position = position
        self.last_time = last_time
        self.entries: list[ConfigEntry] = []
        self._keys: dict[str, tuple[bytes, ConfigEntry, int]] = {}

    def put(self, name: str, value: bytes, condition: Condition, now: int) -> ConfigEntry | Refused:
        """Store a value, or say what refuses it."""
        if not self._holds(name, condition):
            return Refused("ConfigVersionMismatch")
        return self._add(name, value, now, is_deleted=False)

    def delete(self, name: str, condition: Condition, now: int) -> ConfigEntry | Refused:
        """Delete a value, or say what refuses that."""
        if not self._holds(name, condition):
            return Refused("ConfigVersionMismatch")
        last = self.last(name)
        if last is None:
            return Refused("ConfigNotFound")
        if last.is_deleted:
            return Refused("ConfigDeleted")
        return self._add(name, last.value, now, is_deleted=True)

    def earlier(self, key: str, digest: bytes, now: int) -> ConfigEntry | Refused | None:
        """Return what a request with this key gets because of an earlier one."""
        known = self._keys.get(key)
        if known is None or known[2] <= now:
            return None
        return known[1] if known[0] == digest else Refused("IdempotencyKeyReused")

    def remember(self, key: str, digest: bytes, entry: ConfigEntry, expires_at: int) -> None:
        """Keep the result of a request with a key."""
        self._keys[key] = (digest, entry, expires_at)

    def forget_expired(self, now: int) -> None:
        """Drop the keys whose time is over; they stay so, though the clock be set back."""
        self._keys = {key: known for key, known in self._keys.items() if known[2] > now}

    def take(self, entry: ConfigEntry) -> None:
        """Take in what somebody else has decided, after checking that it is the next event."""
        last = self.last(entry.name)
        assert entry.position == self.position + 1
        assert entry.version == (last.version if last else 0) + 1
        self.position, self.last_time = entry.position, entry.updated_at
        self.entries.append(entry)

    def history(self, name: str) -> list[ConfigEntry]:
        """Return every version of a name."""
        return [entry for entry in self.entries if entry.name == name]

    def last(self, name: str, *, position: int = 2**62) -> ConfigEntry | None:
        """Return a name's last version up to `position`, deleted or not."""
        versions = [entry for entry in self.history(name) if entry.position <= position]
        return versions[-1] if versions else None

    def tree(self, *, position: int = 2**62, prefix: str = "") -> list[ConfigEntry]:
        """Return what was there at `position`, by name."""
        lasts = {entry.name: entry for entry in self.entries if entry.position <= position}
        live = [entry for entry in lasts.values() if not entry.is_deleted]
        return sorted(
            (entry for entry in live if entry.name.startswith(prefix)), key=lambda entry: entry.name
        )

    def _add(self, name: str, value: bytes, now: int, *, is_deleted: bool) -> ConfigEntry:
        entry = ConfigEntry(
            name,
            value,
            len(self.history(name)) + 1,
            self.position + 1,
            max(now, self.last_time + 1),
            is_deleted,
        )
        self.take(entry)
        return entry

    def _holds(self, name: str, condition: Condition) -> bool:
        last = self.last(name)
        present = last.version if last and not last.is_deleted else 0
        checks: list[Any] = [
            not (condition.must_exist and not present),
            not (condition.must_be_absent and present),
            condition.versions is None or present in condition.versions,
        ]
        return all(checks)

"""What the log says of who belongs where, and what the tables do: it must be the same."""

from collections.abc import Iterable
from typing import Any

import msgspec

from tenantry.db import Database, System, Transaction
from tenantry.eventlog import EventLog, RecordedEvent

_TEST = System("test")

Place = tuple[str, str]
"""A tenant, and who or what is in it."""


class Told(msgspec.Struct):
    """What the events add up to."""

    members: dict[Place, Any] = {}
    keys: dict[Place, Any] = {}
    ended: set[str] = set()
    erased: set[str] = set()

    def take_in(self, events: Iterable[RecordedEvent]) -> None:
        """Take in the next events."""
        for event in events:
            if event.type.startswith("tenants."):
                self._take_in(event)

    def _take_in(self, event: RecordedEvent) -> None:
        tenant, said = event.tenant_id, msgspec.json.decode(event.data)
        assert tenant not in self.erased, f"after the end: {event}"
        self.ended |= {*said.get("sessions", ())}
        match event.type.split(".")[1]:
            case "member_set":
                self.members[tenant, said["user_id"]] = (said["role"], said["applications"])
            case "member_removed":
                del self.members[tenant, said["user_id"]]
            case "key_created":
                self.keys[tenant, said["key_id"]] = (said["role"], said["expires_at"])
            case "key_revoked":
                del self.keys[tenant, said["key_id"]]
            case "session_ended":
                self.ended.add(said["session_id"])
            case "tenant_erased":
                self.erased.add(tenant)
                for places in (self.members, self.keys):
                    for place in [place for place in places if place[0] == tenant]:
                        del places[place]
            case _:
                pass


class Kept(msgspec.Struct):
    """What the tables hold."""

    members: dict[Place, Any]
    keys: dict[Place, Any]
    sessions: dict[str, Place]
    users: set[str]


async def assert_rows_and_events_agree(database: Database, log: EventLog) -> None:
    """Fail unless every row has its event, and every event that still holds its row."""
    told, position = Told(), 0
    while page := await log.read(after=position):
        told.take_in(page)
        position = page[-1].position
    kept = await database.read(_TEST, _read_kept)

    assert kept.members == told.members
    assert kept.keys == told.keys
    assert kept.users == {user_id for _, user_id in kept.members}
    assert not told.ended & set(kept.sessions)
    assert set(kept.sessions.values()) <= set(kept.members)


def _read_kept(tx: Transaction) -> Kept:
    run = tx.connection.execute
    return Kept(
        members={
            (tenant, user): (role, msgspec.json.decode(applications))
            for tenant, user, role, applications in run(
                "SELECT tenant_id, user_id, role, applications FROM members"
            )
        },
        keys={
            (tenant, key): (role, expires_at)
            for tenant, key, role, expires_at in run(
                "SELECT tenant_id, key_id, role, expires_at FROM api_keys"
            )
        },
        sessions={
            session: (tenant, user)
            for session, tenant, user in run("SELECT session_id, tenant_id, user_id FROM sessions")
        },
        users={user for (user,) in run("SELECT user_id FROM users")},
    )

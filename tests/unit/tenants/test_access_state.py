"""What a node remembers of whom it has recognised belongs to one state of access, and no other."""

from tenantry.eventlog import RecordedEvent
from tenantry.tenants import AccessProjection


def _key_created(key_id: str) -> RecordedEvent:
    data = f'{{"key_id":"{key_id}","role":"viewer","expires_at":null}}'.encode()
    return RecordedEvent(1, "acme", f"key-{key_id}", 1, "tenants.key_created.v1", data, b"{}", 1)


def test_two_states_are_never_taken_for_each_other() -> None:
    live, rebuilt = AccessProjection(), AccessProjection()
    live.apply([_key_created("a")])
    rebuilt.apply([_key_created("b")])
    counts = [
        each.change_count for each in (live, rebuilt, live.copy(), live.fresh(), rebuilt.copy())
    ]
    assert len(set(counts)) == len(counts)


def test_every_change_is_another_state() -> None:
    live = AccessProjection()
    counts = [live.change_count]
    for key_id in "abc":
        live.apply([_key_created(key_id)])
        counts.append(live.change_count)
    assert counts == sorted(set(counts))

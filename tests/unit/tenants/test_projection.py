"""Who may do what, in memory: the same whichever way the state was come by."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.base.principal import ALL
from tenantry.eventlog import RecordedEvent, UnknownEventType, decode_rows, encode_rows
from tenantry.tenants import EVENT_TYPES, AccessProjection
from tenantry.tenants.model import MAX_SESSION_HOURS

TENANTS = ("acme", "initech", "umbrella")
USERS = ("ada", "bob", "eve")
KEYS = ("k1", "k2", "k3")
SESSIONS = ("s1", "s2", "s3")
ORIGINS = ("https://a.example", "https://b.example")
HOUR = 3_600_000_000

Fact = tuple[str, str, str, dict[str, Any]]
"""Tenant, stream, type and data."""


class Log:
    """Facts as they are recorded: dense positions, versions of streams, a clock that rises."""

    def __init__(self) -> None:
        self.events: list[RecordedEvent] = []
        self._versions: dict[tuple[str, str], int] = {}
        self._now = 0

    def add(self, fact: Fact, *, hours: float = 0.0) -> None:
        tenant, stream, type_, data = fact
        version = self._versions[tenant, stream] = self._versions.get((tenant, stream), 0) + 1
        self._now += 1 + int(hours * HOUR)
        position = len(self.events) + 1
        encoded = msgspec.json.encode(data)
        self.events.append(
            RecordedEvent(
                position, tenant, stream, version, f"tenants.{type_}.v1", encoded, b"{}", self._now
            )
        )

    def projected(self) -> AccessProjection:
        projection = AccessProjection()
        projection.apply(self.events)
        return projection


def made(tenant: str, *origins: str) -> Fact:
    return tenant, "tenant", "tenant_created", {"name": tenant, "origins": origins}


def member(tenant: str, user: str, role: str | None = "viewer") -> Fact:
    return tenant, f"member-{user}", "member_set", {"user_id": user, "role": role}


def removed(tenant: str, user: str, *sessions: str) -> Fact:
    data = {"user_id": user, "sessions": sessions}
    return tenant, f"member-{user}", "member_removed", data


def key(tenant: str, key_id: str) -> Fact:
    return tenant, f"key-{key_id}", "key_created", {"key_id": key_id, "role": "viewer"}


def ended(tenant: str, session: str, user: str = "ada") -> Fact:
    data = {"session_id": session, "user_id": user}
    return tenant, f"session-{session}", "session_ended", data


def erased(tenant: str) -> Fact:
    return tenant, "tenant", "tenant_erased", {}


@st.composite
def facts(draw: st.DrawFn, tenants: set[str], gone: set[str]) -> Fact:
    """Draw something that may happen next where `tenants` are there and `gone` are no more."""
    absent = sorted(set(TENANTS) - tenants - gone)
    if absent and (not tenants or draw(st.integers(0, 4)) == 0):
        tenant = draw(st.sampled_from(absent))
        tenants.add(tenant)
        return made(tenant, *draw(st.sets(st.sampled_from(ORIGINS))))
    if not tenants:
        return member(ALL, draw(st.sampled_from(USERS)), "root")

    tenant = draw(st.sampled_from(sorted(tenants)))
    user, key_id = draw(st.sampled_from(USERS)), draw(st.sampled_from(KEYS))
    sessions = draw(st.sets(st.sampled_from(SESSIONS), max_size=2))
    person = {"user_id": user, "fields": ["password"], "sessions": sorted(sessions)}
    fact: Fact = draw(
        st.sampled_from(
            [
                member(tenant, user, draw(st.sampled_from(["viewer", "admin", None]))),
                removed(tenant, user, *sorted(sessions)),
                key(tenant, f"{key_id}-{tenant}"),
                (tenant, f"key-{key_id}-{tenant}", "key_revoked", {"key_id": f"{key_id}-{tenant}"}),
                ended(tenant, draw(st.sampled_from(SESSIONS))),
                (tenant, f"person-{user}", "person_changed", person),
                (tenant, "tenant", "tenant_suspended", {"reason": ""}),
                (tenant, "tenant", "tenant_activated", {}),
                (tenant, "tenant", "tenant_changed", {"origins": [draw(st.sampled_from(ORIGINS))]}),
                (tenant, "tenant", "tenant_changed", {"sandbox": draw(st.booleans())}),
                erased(tenant),
            ]
        )
    )
    if fact[2] == "tenant_erased":
        tenants.discard(tenant)
        gone.add(tenant)
    return fact


@st.composite
def logs(draw: st.DrawFn) -> Log:
    """Draw what may have happened."""
    log, tenants, gone = Log(), set[str](), set[str]()
    for _ in range(draw(st.integers(0, 40))):
        fact = draw(facts(tenants, gone))
        log.add(fact, hours=draw(st.sampled_from([0.0, 1.0, 400.0, 800.0])))
    return log


def seen(projection: AccessProjection) -> Any:
    """Return all that can be asked of a projection."""
    tenants = [projection.tenant(tenant) for tenant in TENANTS]
    key_ids = [f"{key_id}-{tenant}" for key_id in KEYS for tenant in TENANTS]
    fields = msgspec.to_builtins([tenant for tenant in tenants if tenant is not None])
    return (
        [{name: value for name, value in tenant.items() if name != "type"} for tenant in fields],
        [tenant.id for tenant in projection.tenants()],
        [
            [(m.tenant_id, m.role, m.applications, m.version) for m in projection.memberships(user)]
            for user in USERS
        ],
        [(key_id, projection.key(key_id) is not None) for key_id in key_ids],
        [sorted(k.key_id for k in projection.keys_of(tenant)) for tenant in TENANTS],
        [projection.has_ended(session) for session in SESSIONS],
        [sorted(projection.tenants_of_origin(origin)) for origin in ORIGINS],
    )


@given(log=logs(), at=st.integers(0, 40))
def test_a_snapshot_and_the_events_behind_it_are_as_good_as_all_events(log: Log, at: int) -> None:
    whole, part = log.projected(), AccessProjection()
    part.apply(log.events[:at])
    restored = AccessProjection()
    restored.decode(list(part.encode()))
    assert restored.digest() == part.digest()
    assert seen(restored) == seen(part)

    restored.apply(log.events[at:])

    assert restored.digest() == whole.digest()
    assert seen(restored) == seen(whole)


@given(log=logs(), at=st.integers(0, 40))
def test_a_copy_stays_what_it_was(log: Log, at: int) -> None:
    projection = AccessProjection()
    projection.apply(log.events[:at])
    copied, before = projection.copy(), projection.digest()

    projection.apply(log.events[at:])

    assert copied.digest() == before
    copied.apply(log.events[at:])
    assert copied.digest() == projection.digest()
    assert seen(copied) == seen(projection)


@given(log=logs(), size=st.integers(1, 7))
def test_batches_of_any_size_lead_to_the_same_state(log: Log, size: int) -> None:
    projection = AccessProjection()
    for start in range(0, len(log.events), size):
        projection.apply(log.events[start : start + size])
    assert projection.digest() == log.projected().digest()


@given(log=logs())
def test_nothing_of_an_erased_tenant_is_left_but_that_it_was(log: Log) -> None:
    gone = {event.tenant_id for event in log.events if "erased" in event.type}
    projection = log.projected()
    for tenant_id in gone:
        tenant = projection.tenant(tenant_id)
        assert tenant is not None
        assert (tenant.is_erased, tenant.name, tenant.origins) == (True, "", ())
        assert projection.keys_of(tenant_id) == []
        assert [projection.member(tenant_id, user) for user in USERS] == [None] * 3
        assert tenant_id not in {t.id for t in projection.tenants()}
        for origin in ORIGINS:
            assert tenant_id not in projection.tenants_of_origin(origin)


def test_what_was_recorded_before_there_were_sandboxes_made_none() -> None:
    log = Log()
    log.add(made("acme"))
    log.add(("acme", "tenant", "tenant_changed", {"name": "Acme"}))
    log.add(("initech", "tenant", "tenant_created", {"name": "Initech", "sandbox": True}))
    log.add(("initech", "tenant", "tenant_changed", {"name": "Initech Ltd"}))

    tenants = log.projected().tenants()

    assert [(t.id, t.is_sandbox) for t in tenants] == [("acme", False), ("initech", True)]


def test_a_snapshot_without_the_field_reads_as_no_sandbox() -> None:
    log = Log()
    log.add(made("acme"))
    rows = decode_rows(log.projected().encode(), msgspec.msgpack.Decoder(list[dict[str, Any]]))
    (row,) = rows
    assert row.pop("is_sandbox") is False
    restored = AccessProjection()

    restored.decode(encode_rows([row]))

    assert restored.digest() == log.projected().digest()


def test_a_snapshot_of_before_sandboxes_is_passed_over() -> None:
    # A node of the release before may store one that is without those that there are by then.
    assert AccessProjection.state_version > 1


def test_ended_sessions_are_forgotten_once_none_that_is_meant_can_be_alive() -> None:
    log = Log()
    log.add(made("acme"))
    log.add(ended("acme", "s1"))
    log.add(removed("acme", "ada", "s2"), hours=1)
    log.add(ended("acme", "s3"), hours=MAX_SESSION_HOURS - 1 - 1e-6)
    projection = log.projected()
    assert [projection.has_ended(session) for session in SESSIONS] == [True, True, True]

    log.add(removed("acme", "eve"), hours=1e-6)
    projection.apply(log.events[-1:])
    assert [projection.has_ended(session) for session in SESSIONS] == [False, True, True]
    assert projection.digest() == log.projected().digest()

    log.add(ended("acme", "s4"), hours=MAX_SESSION_HOURS)
    projection.apply(log.events[-1:])
    ended_now = [projection.has_ended(session) for session in (*SESSIONS, "s4")]
    assert ended_now == [False, False, False, True]


def test_a_large_state_fits_in_a_snapshot() -> None:
    log = Log()
    log.add(made("acme", *ORIGINS))
    for number in range(1_000):
        log.add(member("acme", f"user-{number}"))
        log.add(key("acme", f"key-{number}"))
        log.add(ended("acme", f"session-{number}"))
    projection, restored = log.projected(), AccessProjection()
    restored.decode(list(projection.encode()))
    assert restored.digest() == projection.digest()
    assert len(restored.keys_of("acme")) == 1_000


def test_events_of_other_features_pass_by() -> None:
    projection = AccessProjection()
    count = projection.change_count
    event = RecordedEvent(1, "acme", "config-a", 1, "configs.value_set.v1", b"?", b"{}", 1)
    projection.apply([event])
    assert (projection.change_count, projection.digest()) == (count, AccessProjection().digest())


def test_an_event_of_a_type_that_is_not_known_is_not_taken_in() -> None:
    event = RecordedEvent(1, "acme", "tenant", 1, "tenants.tenant_married.v1", b"{}", b"{}", 1)
    with pytest.raises(UnknownEventType, match=r"tenant_married"):
        EVENT_TYPES.upcast_all([event])

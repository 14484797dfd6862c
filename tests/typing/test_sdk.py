"""What a type checker knows of the SDK; mypy is the test, and the run shows that it is true."""

from collections.abc import AsyncGenerator, Callable, Generator
from itertools import chain
from typing import Any, assert_type

import pytest

from tenantry.sdk import (
    AccessClient,
    ApiKey,
    Application,
    AsyncAccessClient,
    AsyncConfigClient,
    AsyncTenantSyncClient,
    AuditEntry,
    Changeset,
    ConfigChange,
    ConfigClient,
    ConfigDiff,
    ConfigEntry,
    ConfigRecord,
    ConfigReplica,
    Explanation,
    Member,
    NewKey,
    Principal,
    ReplicaSnapshot,
    SchemaReport,
    Session,
    SyncCheck,
    SyncCollection,
    SyncDecision,
    SyncFailed,
    SyncHealth,
    SyncMethodStats,
    SyncMetrics,
    SyncProgress,
    SyncResult,
    SyncRow,
    SyncRun,
    SyncStatistics,
    SyncStatus,
    SyncTimeline,
    SyncUnlocked,
    Tenant,
    TenantErasure,
    TenantExport,
    TenantSyncClient,
    User,
)
from tenantry.sdk.access.async_client import AsyncKeys, AsyncTenants, AsyncUsers
from tenantry.sdk.access.client import Keys, Tenants, Users


def check_client(client: ConfigClient) -> None:
    assert_type(client.get("a"), Any)
    assert_type(client.entry("a", at=3), ConfigEntry)
    assert_type(client.at("a", "2024-01-15T12:00:00Z"), ConfigEntry)
    assert_type(client.put("a", 1, if_version="global:3"), ConfigEntry)
    assert_type(client.delete("a"), int)
    assert_type(client.all("a"), dict[str, Any])
    assert_type(client.history("a"), list[ConfigRecord])
    assert_type(client.diff(1, 2), list[ConfigDiff])
    assert_type(client.change([]), Changeset)
    assert_type(client.rollback("a", 1), Changeset)
    assert_type(client.rollback_all(1), Changeset)
    assert_type(client.explain("a"), Explanation)
    assert_type(client.get_schema("a"), Any)
    assert_type(client.check_schema({}, prefix="a"), SchemaReport)
    assert_type(client.wait("a"), ConfigEntry | None)
    assert_type(client.watch("a"), Generator[ConfigChange, None, None])
    client.put("a", 1, if_versoin=1)  # type: ignore[call-arg]  # a misspelt option is told
    client.get(1)  # type: ignore[arg-type]  # a name is text


async def check_async_client(client: AsyncConfigClient) -> None:
    assert_type(await client.get("a"), Any)
    assert_type(await client.entry("a"), ConfigEntry)
    assert_type(await client.put("a", 1, create_only=True), ConfigEntry)
    assert_type(await client.delete("a", shred=True), int)
    assert_type(await client.all(), dict[str, Any])
    assert_type(await client.change([], idempotency_key="k"), Changeset)
    assert_type(await client.wait("a", version=3), ConfigEntry | None)
    assert_type(client.watch(after=3), AsyncGenerator[ConfigChange, None])
    await client.put("a", 1, secert=True)  # type: ignore[call-arg]  # a misspelt option is told


def check_replica(replica: ConfigReplica) -> None:
    assert_type(replica["a"], Any)
    assert_type(replica.get("a", 1), Any)
    assert_type(replica.snapshot(), ReplicaSnapshot)
    assert_type(replica.on_change(print, prefix="a"), Callable[[], None])


def check_access_client(client: AccessClient) -> None:
    assert_type(client.login(email="a@b", password="p"), Session)
    assert_type(client.refresh(tenant="a"), Session)
    assert_type(client.me(), Principal)
    assert_type(client.change_me(first_name="A"), User)
    assert_type(client.audit(actor="user:1"), Generator[AuditEntry, None, None])

    assert_type(client.tenants.create("A", tenant_id="a"), Tenant)
    assert_type(client.tenants.get("a"), Tenant)
    assert_type(client.tenants.list(status="active"), Generator[Tenant, None, None])
    assert_type(client.tenants.change("a", origins=["https://a.example"]), Tenant)
    assert_type(client.tenants.change("a", sandbox=True).sandbox, bool)
    assert_type(client.tenants.suspend("a", reason="r"), Tenant)
    assert_type(client.tenants.activate("a"), Tenant)
    assert_type(client.tenants.export("a"), TenantExport)
    assert_type(client.tenants.erase("a", confirm="a"), TenantErasure)

    shop = Application(client_key="shop", roles=("USER",))
    assert_type(client.users.add("a@b", role="viewer", applications=[shop]), Member)
    assert_type(client.users.get("u"), Member)
    assert_type(client.users.list(tenant="*"), Generator[Member, None, None])
    assert_type(client.users.change("u", role=None), Member)
    client.users.remove("u")

    assert_type(client.keys.create("k", role="viewer"), NewKey)
    assert_type(client.keys.get("k"), ApiKey)
    assert_type(client.keys.list(), Generator[ApiKey, None, None])
    client.keys.revoke("k")

    client.login("a@b", "p")  # type: ignore[call-arg]  # nothing tells a password from an address
    client.keys.create("k")  # type: ignore[call-arg]  # a key has a role
    client.tenants.erase("a")  # type: ignore[call-arg]  # what cannot be undone is said twice
    client.users.add("a@b", rolle="viewer")  # type: ignore[call-arg]  # a misspelt option is told


async def check_async_access_client(client: AsyncAccessClient) -> None:
    assert_type(await client.login(username="a", password="p"), Session)
    assert_type(await client.refresh(), Session)
    assert_type(await client.me(), Principal)
    assert_type(await client.change_me(password="p", current_password="q"), User)
    assert_type(client.audit(), AsyncGenerator[AuditEntry, None])
    assert_type(await client.tenants.create("A"), Tenant)
    assert_type(client.tenants.list(), AsyncGenerator[Tenant, None])
    assert_type(await client.users.add("a@b"), Member)
    assert_type(client.users.list(), AsyncGenerator[Member, None])
    assert_type(await client.keys.create("k", role="viewer"), NewKey)
    assert_type(client.keys.list(), AsyncGenerator[ApiKey, None])
    await client.keys.revoke("k", tenent="a")  # type: ignore[call-arg]  # a misspelt option is told


def check_sync_client(client: TenantSyncClient) -> None:
    assert_type(client.trigger(tenant="a"), SyncResult)
    assert_type(client.force(), SyncResult)
    assert_type(client.status(), SyncStatus)
    assert_type(client.progress(), SyncProgress)
    assert_type(client.method(), SyncDecision)
    assert_type(client.collections(), tuple[SyncCollection, ...])
    assert_type(client.rows("users"), Generator[SyncRow, None, None])
    assert_type(client.check(), tuple[SyncCheck, ...])
    assert_type(client.unlock(), SyncUnlocked)
    assert_type(client.runs(), Generator[SyncRun, None, None])
    assert_type(client.timeline("sync-a"), SyncTimeline)
    assert_type(client.all(status="failed"), Generator[SyncStatus, None, None])
    assert_type(client.metrics(), SyncMetrics)
    assert_type(client.health(), SyncHealth)
    assert_type(client.method_stats(), SyncMethodStats)
    assert_type(client.statistics(), SyncStatistics)
    assert_type(client.cleanup(), tuple[str, ...])
    client.trigger("a")  # type: ignore[call-arg]  # a tenant is named as one
    client.rows()  # type: ignore[call-arg]  # of a collection


async def check_async_sync_client(client: AsyncTenantSyncClient) -> None:
    assert_type(await client.trigger(), SyncResult)
    assert_type(await client.status(tenant="a"), SyncStatus)
    assert_type(client.rows("users"), AsyncGenerator[SyncRow, None])
    assert_type(await client.timeline("sync-a"), SyncTimeline)
    assert_type(await client.health(), SyncHealth)
    await client.force(tennant="a")  # type: ignore[call-arg]  # a misspelt option is told


def check_sync_failure(error: SyncFailed) -> None:
    assert_type(error.type, str)
    assert_type(error.is_retryable, bool)
    assert_type(error.correlation_id, str | None)
    assert_type(error.retry_after, float | None)


PAIRS: list[tuple[type, type]] = [
    (ConfigClient, AsyncConfigClient),
    (AccessClient, AsyncAccessClient),
    (Tenants, AsyncTenants),
    (Users, AsyncUsers),
    (Keys, AsyncKeys),
    (TenantSyncClient, AsyncTenantSyncClient),
]


@pytest.mark.parametrize("kinds", PAIRS, ids=lambda kinds: kinds[0].__name__)
def test_both_clients_have_the_same_methods(kinds: tuple[type, type]) -> None:
    sync, async_ = ({name for name in dir(kind) if not name.startswith("_")} for kind in kinds)

    assert sync == async_


def test_both_clients_have_the_same_nouns() -> None:
    nouns = [
        {name for name in vars(kind(server="localhost")) if not name.startswith("_")}
        for kind in (AccessClient, AsyncAccessClient)
    ]

    assert nouns == [{"tenants", "users", "keys"}] * 2


def test_every_method_is_documented() -> None:
    for kind in (*chain.from_iterable(PAIRS), ConfigReplica):
        for name in dir(kind):
            if not name.startswith("_"):
                assert getattr(kind, name).__doc__, f"{kind.__name__}.{name}"

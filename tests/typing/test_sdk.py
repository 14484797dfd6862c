"""What a type checker knows of the SDK; mypy is the test, and the run shows that it is true."""

from collections.abc import AsyncGenerator, Callable, Generator
from typing import Any, assert_type

from tenantry.sdk import (
    AsyncConfigClient,
    Changeset,
    ConfigChange,
    ConfigClient,
    ConfigDiff,
    ConfigEntry,
    ConfigRecord,
    ConfigReplica,
    Explanation,
    ReplicaSnapshot,
    SchemaReport,
)


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


def test_both_clients_have_the_same_methods() -> None:
    sync, async_ = (
        {name for name in dir(kind) if not name.startswith("_")}
        for kind in (ConfigClient, AsyncConfigClient)
    )

    assert sync == async_


def test_every_method_is_documented() -> None:
    for kind in (ConfigClient, AsyncConfigClient, ConfigReplica):
        for name in dir(kind):
            if not name.startswith("_"):
                assert getattr(kind, name).__doc__, f"{kind.__name__}.{name}"

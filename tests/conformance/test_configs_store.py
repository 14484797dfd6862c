"""The settings from Python: what stands beside HTTP."""

from typing import Any

import pytest

from tenantry.base.errors import Unavailable
from tenantry.configs import Condition, ConfigEntry, Idempotency, WorkerStats
from tenantry.configs.errors import (
    ConfigDeleted,
    ConfigNameInvalid,
    ConfigNotFound,
    ConfigValueInvalid,
    ConfigValueTooLarge,
    ConfigVersionMismatch,
    IdempotencyKeyReused,
)
from tests.support.nodes import ROOT, ConfigClient, Node
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEYS = ["n", "key:with:colons", "k" * 512, "🚀", "with space", "ключ"]


class Store:
    """One tenant's settings, as root."""

    def __init__(self, node: Node, tenant_id: str) -> None:
        self.node = node
        self.tenant_id = tenant_id

    async def put(self, name: str, value: Any, **options: Any) -> ConfigEntry:
        return await self.node.store.put(ROOT, self.tenant_id, name, value, **options)

    async def delete(self, name: str, **options: Any) -> ConfigEntry:
        return await self.node.store.delete(ROOT, self.tenant_id, name, **options)

    def get(self, name: str) -> ConfigEntry:
        return self.node.store.get(ROOT, self.tenant_id, name)

    def names(self, **options: Any) -> list[str]:
        return [entry.name for entry in self.node.store.all(ROOT, self.tenant_id, **options)]

    async def at(self, name: str, position: int) -> ConfigEntry:
        return await self.node.store.at(ROOT, self.tenant_id, name, position)

    async def all_at(self, position: int, prefix: str = "") -> dict[str, bytes]:
        entries = await self.node.store.all_at(ROOT, self.tenant_id, position, prefix=prefix)
        return {entry.name: entry.value for entry in entries}

    async def history(self, name: str) -> list[str]:
        pages = self.node.store.history(ROOT, self.tenant_id, name)
        return [record.event_type async for page in pages for record in page]


@pytest.fixture
def store(module_node: Node, configs: ConfigClient) -> Store:
    """The settings of a tenant that no other test knows."""
    return Store(module_node, configs.tenant_id)


@pytest.mark.parametrize("name", KEYS)
async def test_what_is_put_is_what_is_got(store: Store, name: str) -> None:
    stored = await store.put(name, {"a": [1, "é", None]})
    assert store.get(name) == stored
    assert (stored.name, stored.value, stored.version) == (name, '{"a":[1,"é",null]}'.encode(), 1)
    assert not stored.is_deleted


async def test_a_deletion_returns_what_it_left_and_then_nothing_is_there(store: Store) -> None:
    await store.put("name", "v")
    left = await store.delete("name")
    assert (left.version, left.value, left.is_deleted) == (2, b'"v"', True)
    with pytest.raises(ConfigNotFound):
        store.get("name")
    with pytest.raises(ConfigDeleted):
        await store.delete("name")
    with pytest.raises(ConfigNotFound):
        await store.delete("nobody")


async def test_what_cannot_be_a_name_is_refused_by_every_method(store: Store) -> None:
    for name in ("", "n" * 513, "a/b", "a\nb", "watch", "\ud800"):
        with pytest.raises(ConfigNameInvalid):
            await store.put(name, 1)
        with pytest.raises(ConfigNameInvalid):
            await store.delete(name)
        with pytest.raises(ConfigNameInvalid):
            store.get(name)
        with pytest.raises(ConfigNameInvalid):
            await store.history(name)
        with pytest.raises(ConfigNameInvalid):
            await store.at(name, 1)


@pytest.mark.parametrize("value", [object(), "\ud800", {1j: 1}, [float], 1j])
async def test_what_json_cannot_say_is_refused(store: Store, value: object) -> None:
    with pytest.raises(ConfigValueInvalid):
        await store.put("name", value)
    assert await store.history("name") == []


async def test_a_value_beyond_a_million_characters_is_refused(store: Store) -> None:
    await store.put("name", "é" * 1_000_000)
    with pytest.raises(ConfigValueTooLarge, match="got '1000001 characters'"):
        await store.put("name", "é" * 1_000_001)


async def test_conditions_are_arguments(store: Store) -> None:
    await store.put("name", 1, condition=Condition(must_be_absent=True))
    with pytest.raises(ConfigVersionMismatch) as caught:
        await store.put("name", 2, condition=Condition(versions=frozenset({7})))
    assert caught.value.details == {"name": "name", "version": 1}
    await store.put("name", 2, condition=Condition(versions=frozenset({1, 7})))
    await store.delete("name", condition=Condition(must_exist=True))
    with pytest.raises(ConfigVersionMismatch):
        await store.delete("name", condition=Condition(must_exist=True))


async def test_an_idempotency_key_is_an_argument(store: Store) -> None:
    key = Idempotency(key="k", request_digest=b"one")
    first = await store.put("name", 1, idempotency=key)
    await store.put("name", 2)
    assert await store.put("name", 1, idempotency=key) == first
    with pytest.raises(IdempotencyKeyReused):
        await store.put("name", 3, idempotency=Idempotency(key="k", request_digest=b"two"))
    assert store.get("name").value == b"2"


async def test_all_pages_through_the_names_in_order(store: Store) -> None:
    for name in ("b", "a1", "a2", "a3", "c"):
        await store.put(name, name)
    assert store.names() == ["a1", "a2", "a3", "b", "c"]
    assert store.names(prefix="a") == ["a1", "a2", "a3"]
    assert store.names(limit=2) == ["a1", "a2"]
    assert store.names(after="a2", limit=2) == ["a3", "b"]
    assert store.names(prefix="a", after="a2") == ["a3"]
    assert store.names(after="a") == store.names(after="") == store.names()
    assert store.names(after="c") == store.names(prefix="d") == []


async def test_the_past_is_asked_by_position(store: Store) -> None:
    first = await store.put("a", 1)
    second = await store.put("a", 2)
    third = await store.put("ab", 3)
    fourth = await store.delete("a")

    assert await store.at("a", first.position) == first
    assert await store.at("a", second.position) == second
    assert await store.at("a", third.position) == second
    for position in (first.position - 1, 0, fourth.position, 2**62):
        with pytest.raises(ConfigNotFound):
            await store.at("a", position)
    assert await store.all_at(third.position) == {"a": b"2", "ab": b"3"}
    assert await store.all_at(third.position, "ab") == {"ab": b"3"}
    assert await store.all_at(fourth.position) == {"ab": b"3"}
    assert await store.node.store.position_at(second.updated_at) == second.position
    assert await store.node.store.position_at(second.updated_at - 1) == first.position


async def test_history_tells_everything(store: Store) -> None:
    assert await store.history("name") == []
    await store.put("name", 1)
    await store.delete("name")
    await store.put("name", 2)
    assert await store.history("name") == ["ConfigValueSet", "ConfigValueDeleted", "ConfigValueSet"]


async def test_the_workers_stats_and_the_projections_state_are_at_hand(store: Store) -> None:
    before = store.node.worker.get_stats()
    assert isinstance(before, WorkerStats)
    await store.put("b", {"x": 1})
    await store.put("a", "text")
    # It may still be told of what other tests of this node have stored.
    await eventually(
        lambda: store.node.worker.get_stats().message_count >= before.message_count + 2
    )
    assert store.node.projection.get_state(store.tenant_id) == {"a": "text", "b": {"x": 1}}
    assert list(store.node.projection.get_state(store.tenant_id)) == ["a", "b"]
    assert store.node.projection.get_state("nobody") == {}


async def test_a_position_that_does_not_come_is_not_waited_for_for_ever(store: Store) -> None:
    with pytest.raises(Unavailable, match="not yet at"):
        await store.node.runner.reach(2**40, timeout_seconds=0.01)

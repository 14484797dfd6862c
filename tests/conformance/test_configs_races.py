"""Two who change the same settings at the same time, in the one order that would go wrong."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tenantry.configs import (
    GLOBAL_TENANT,
    Condition,
    ConfigEntry,
    Idempotency,
    SchemaTarget,
    SetConfigValue,
)
from tenantry.configs.errors import (
    ChangesConflict,
    ConfigExposed,
    ConfigSchemaViolated,
    ConfigVersionMismatch,
)
from tests.support.nodes import ROOT, Node, running_node
from tests.support.vaults import new_master
from tests.support.waiting import eventually

SHORT = b'{"maxLength":3}'
NAME = SchemaTarget("name", "name")

Pair = tuple[Node, Node]


class Held:
    """Takes the place of a coroutine function, and holds back one call: it, or its result."""

    def __init__(
        self, wrapped: Callable[..., Awaitable[Any]], *, skipped: int, result: bool
    ) -> None:
        self._wrapped = wrapped
        self._left = skipped + 1
        self._holds_result = result
        self.reached = asyncio.Event()
        self.released = asyncio.Event()

    async def __call__(self, *args: Any, **options: Any) -> Any:
        self._left -= 1
        if self._left != 0:
            return await self._wrapped(*args, **options)
        if not self._holds_result:
            await self._wait()
            return await self._wrapped(*args, **options)
        result = await self._wrapped(*args, **options)
        await self._wait()
        return result

    async def _wait(self) -> None:
        self.reached.set()
        await self.released.wait()


@pytest_asyncio.fixture
async def pair(postgres_url: str, tmp_path: Path) -> AsyncIterator[Pair]:
    """Two nodes on one PostgreSQL."""
    folders = [tmp_path / "one", tmp_path / "other"]
    for folder in folders:
        folder.mkdir()
    master = new_master().to_base64()
    async with (
        running_node(url=postgres_url, folder=folders[0], MASTER_KEY=master) as one,
        running_node(url=postgres_url, folder=folders[1], MASTER_KEY=master) as other,
    ):
        yield one, other


# A schema on one node, a value on the other.


async def test_a_value_checked_against_an_old_schema_is_checked_again(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = pair
    held = _hold(monkeypatch, other.log, "append")
    putting = asyncio.create_task(other.store.put(ROOT, "acme", "name", "too long"))
    await held.reached.wait()
    await one.store.schemas.put(ROOT, "acme", NAME, SHORT)
    held.released.set()

    with pytest.raises(ConfigSchemaViolated):
        await putting
    assert await other.configs("acme").history("name") == []
    await one.store.reach(other.store.position)
    assert await one.configs("acme").tree() == {}


async def test_a_value_that_meets_the_new_schema_too_is_not_lost(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = pair
    held = _hold(monkeypatch, other.log, "append")
    putting = asyncio.create_task(other.store.put(ROOT, "acme", "name", "ok"))
    await held.reached.wait()
    schema = await one.store.schemas.put(ROOT, "acme", NAME, SHORT)
    held.released.set()

    assert (await putting).position == schema.position + 1
    assert await other.configs("acme").tree() == {"name": "ok"}


@pytest.mark.parametrize("tenant_id", ["acme", GLOBAL_TENANT])
async def test_a_schema_checked_against_old_values_is_checked_again(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, tenant_id: str
) -> None:
    one, other = pair
    held = _hold(monkeypatch, one.log, "append")
    setting = asyncio.create_task(one.store.schemas.put(ROOT, tenant_id, NAME, SHORT))
    await held.reached.wait()
    stored = await other.store.put(ROOT, "acme", "name", "too long")
    held.released.set()

    with pytest.raises(ConfigSchemaViolated):
        await setting
    for node in pair:
        await node.store.reach(stored.position)
        assert node.store.position == stored.position
        assert node.store.schemas.all_of(ROOT, "acme", "name") == []
        assert await node.configs("acme").tree() == {"name": "too long"}


async def test_a_schema_that_the_newest_values_meet_is_set_in_the_end(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = pair
    held = _hold(monkeypatch, one.log, "append")
    setting = asyncio.create_task(one.store.schemas.put(ROOT, "acme", NAME, SHORT))
    await held.reached.wait()
    stored = await other.store.put(ROOT, "acme", "name", "ok")
    held.released.set()
    assert (await setting).position == stored.position + 1


async def test_a_schema_is_not_refused_for_a_value_that_another_node_has_deleted(
    pair: Pair,
) -> None:
    one, other = pair
    for _ in range(10):
        position = (await one.store.put(ROOT, "acme", "name", "too long")).position
        await other.store.reach(position)
        await one.store.delete(ROOT, "acme", "name")
        await other.store.schemas.put(ROOT, "acme", NAME, SHORT)
        deleted = await other.store.schemas.delete(ROOT, "acme", NAME)
        await one.store.reach(deleted)


async def test_who_sets_a_schema_is_answered_though_it_is_gone_again(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = pair
    # It waits for what others have done, once more behind the gate, and then for its own event.
    held = _hold(monkeypatch, one.runner, "reach", skipped=2, result=True)
    setting = asyncio.create_task(one.store.schemas.put(ROOT, "acme", NAME, SHORT))
    await held.reached.wait()
    await other.store.reach((await other.log.head()).position)
    deleted = await other.store.schemas.delete(ROOT, "acme", NAME)
    await eventually(lambda: one.runner.position >= deleted)
    held.released.set()
    assert (await setting).schema == SHORT


# Several settings, and which of them are stale.


async def test_a_conflict_names_also_what_another_node_has_changed(pair: Pair) -> None:
    one, other = pair
    for round_ in range(10):
        names = [f"{name}{round_}" for name in "ab"]
        for name in names:
            await one.store.put(ROOT, "acme", name, 1)
        await other.store.reach(one.store.position)
        await one.store.put(ROOT, "acme", names[1], 2)
        commands = [_put(names[0], expected=9), _put(names[1], expected=1)]
        with pytest.raises(ChangesConflict) as caught:
            await other.store.change(ROOT, "acme", commands)
        assert [(each["name"], each["version"]) for each in _stale(caught.value)] == [
            (names[0], 1),
            (names[1], 2),
        ]


async def test_a_stale_write_among_many_writers_is_refused_and_not_worn_out(node: Node) -> None:
    await node.store.put(ROOT, "acme", "name", 0)
    is_over = False

    async def write() -> None:
        while not is_over:
            await node.store.put(ROOT, "acme", "name", 1)

    writers = [asyncio.create_task(write()) for _ in range(20)]
    try:
        for _ in range(5):
            with pytest.raises(ConfigVersionMismatch):
                await node.store.put_json(ROOT, "acme", _put("name", expected=10**6))
            with pytest.raises(ChangesConflict):
                await node.store.change(ROOT, "acme", [_put("name", expected=10**6)])
    finally:
        is_over = True
        await asyncio.gather(*writers)


# Secrets and their keys.


async def test_a_value_sealed_before_its_key_was_destroyed_is_sealed_again(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _put_secret(node, "one")
    held = _hold(monkeypatch, node.app.vault, "seal", result=True)
    putting = asyncio.create_task(_put_secret(node, "last"))
    await held.reached.wait()
    await node.store.shred(ROOT, "acme", "name")
    await _put_secret(node, "another")
    held.released.set()

    assert (await putting).version == 5
    assert (await node.configs("acme").get("name")).text == "last"


async def test_a_secret_beside_a_first_plain_value_is_refused(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = _hold(monkeypatch, node.log, "append")
    plain = asyncio.create_task(node.store.put(ROOT, "acme", "name", "plain"))
    await held.reached.wait()
    secret = asyncio.create_task(_put_secret(node, "secret"))
    held.released.set()
    with pytest.raises(ConfigExposed):
        await secret
    assert (await plain).version == 1


async def test_a_secret_is_not_refused_for_a_past_that_another_node_has_sealed_over(
    pair: Pair,
) -> None:
    one, other = pair
    for number in range(10):
        name = f"name-{number}"
        plain = await one.store.put(ROOT, "acme", name, "plain")
        await other.store.reach(plain.position)
        await one.store.put(ROOT, "acme", name, "s1", is_secret=True, is_forced=True)

        # It is a secret already, whether that is known here yet or not.
        assert (await other.store.put(ROOT, "acme", name, "s2", is_secret=True)).version == 3


async def test_a_rollback_does_not_bring_back_what_is_shredded_meanwhile(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = pair
    await _put_secret(one, "one")
    position = (await _put_secret(one, "two")).position
    await other.store.reach(position)
    held = _hold(monkeypatch, one.app.vault, "open", result=True)
    rolling_back = asyncio.create_task(one.store.rollback(ROOT, "acme", "name", 1))
    await held.reached.wait()
    shredded = await other.store.shred(ROOT, "acme", "name")
    held.released.set()

    report = await rolling_back
    assert [(each.name, each.reason) for each in report.not_restored] == [("name", "shredded")]
    await one.store.reach(shredded.position)
    assert await one.configs("acme").tree() == {}


async def test_a_shredding_that_was_done_on_another_node_destroys_no_later_secret(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = pair
    await other.store.reach((await _put_secret(one, "first")).position)
    again = Idempotency("key", b"digest")
    held = _hold(monkeypatch, one.log, "append_of_key", result=True)
    shredding = asyncio.create_task(one.store.shred(ROOT, "acme", "name", idempotency=again))
    await held.reached.wait()
    done = await other.store.shred(ROOT, "acme", "name", idempotency=again)
    await _put_secret(other, "second")
    held.released.set()

    assert (await shredding).position == done.position
    assert (await other.configs("acme").get("name")).text == "second"


async def test_a_schema_passes_over_what_is_shredded_while_it_is_checked(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = pair
    position = (await _put_secret(one, "too long")).position
    await other.store.reach(position)
    held = _hold(monkeypatch, one.app.vault, "open")
    setting = asyncio.create_task(one.store.schemas.put(ROOT, "acme", NAME, SHORT))
    await held.reached.wait()
    await other.store.shred(ROOT, "acme", "name")
    held.released.set()
    assert (await setting).schema == SHORT


def _hold(
    monkeypatch: pytest.MonkeyPatch,
    holder: object,
    name: str,
    *,
    skipped: int = 0,
    result: bool = False,
) -> Held:
    held = Held(getattr(holder, name), skipped=skipped, result=result)
    monkeypatch.setattr(holder, name, held)
    return held


async def _put_secret(node: Node, value: str) -> ConfigEntry:
    return await node.store.put(ROOT, "acme", "name", value, is_secret=True)


def _put(name: str, *, expected: int) -> SetConfigValue:
    return SetConfigValue(name, b"3", Condition(versions=frozenset({expected})))


def _stale(error: ChangesConflict) -> list[dict[str, Any]]:
    assert error.details is not None
    stale: list[dict[str, Any]] = error.details["stale"]
    return stale

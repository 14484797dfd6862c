"""Passwords: hashed as decided, compared in the same way whether there is a hash or not."""

import asyncio
import re
from typing import Any

import pytest
from argon2 import extract_parameters
from argon2.low_level import Type

from tenantry.reliability import BulkheadFull
from tenantry.tenants import Passwords
from tenantry.tenants.service import passwords as module


@pytest.fixture
def passwords() -> Passwords:
    return Passwords(memory_kib=64)


async def test_a_hash_is_of_the_parameters_that_were_decided_on() -> None:
    """19 MiB, two rounds, one lane; and the hash of nobody's costs the same."""
    real = Passwords()
    hashed = extract_parameters(await real.hash("a password"))
    nobodys = extract_parameters(vars(real)["_nobodys"])
    await real.stop()

    decided = (Type.ID, 19_456, 2, 1)
    for found in (hashed, nobodys):
        assert (found.type, found.memory_cost, found.time_cost, found.parallelism) == decided
    assert (hashed.hash_len, hashed.salt_len) == (nobodys.hash_len, 16)


async def test_only_the_password_is_right(passwords: Passwords) -> None:
    kept = await passwords.hash("päss word")

    assert await passwords.is_right("päss word", kept)
    assert await passwords.is_right("pa\u0308ss word", kept)
    for wrong in ("", "päss", "päss word ", "PÄSS WORD", "x" * 100_000):
        assert not await passwords.is_right(wrong, kept)
    assert not await passwords.is_right("päss word", None)
    assert not await passwords.is_right("päss word", "no hash")
    await passwords.stop()


async def test_two_hashes_of_one_password_differ(passwords: Passwords) -> None:
    assert await passwords.hash("a password") != await passwords.hash("a password")
    await passwords.stop()


async def test_what_is_longer_than_any_password_is_compared_no_longer(
    passwords: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def note(text: str) -> str:
        seen.append(text)
        return text

    monkeypatch.setattr(module, "normal_password", note)
    await passwords.is_right("x" * 100_000, None)
    await passwords.stop()
    assert [len(text) for text in seen] == [257]


async def test_two_at_once_and_a_line_with_an_end() -> None:
    """Whoever finds it full is told to come again, and what runs is not disturbed."""
    passwords = Passwords(memory_kib=64, max_waiting=3)
    running, most = 0, 0
    is_over = asyncio.Event()

    async def slowly(_work: Any) -> bool:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await is_over.wait()
        running -= 1
        return True

    vars(passwords)["_on_thread"] = slowly
    asked = [asyncio.create_task(passwords.is_right("x", None)) for _ in range(8)]
    await asyncio.sleep(0)
    refused = [task for task in asked if task.done()]
    assert len(refused) == 3
    for task in refused:
        with pytest.raises(BulkheadFull) as caught:
            task.result()
        assert caught.value.retry_after_seconds >= 0
    is_over.set()
    assert await asyncio.gather(*(task for task in asked if task not in refused)) == [True] * 5
    assert most == 2


async def test_who_waits_too_long_is_told_to_come_again() -> None:
    passwords = Passwords(memory_kib=64, max_waiting=3, max_wait_seconds=0.01)
    is_over = asyncio.Event()

    async def slowly(_work: Any) -> bool:
        await is_over.wait()
        return True

    vars(passwords)["_on_thread"] = slowly
    running = [asyncio.create_task(passwords.is_right("x", None)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(BulkheadFull):
        await passwords.is_right("x", None)
    is_over.set()
    assert await asyncio.gather(*running) == [True, True]


async def test_what_comes_before_is_asked_at_ones_turn_and_ends_the_matter(
    passwords: Passwords,
) -> None:
    def refuse() -> None:
        raise PermissionError

    with pytest.raises(PermissionError):
        await passwords.is_right("x", None, before=refuse)
    # Its place is free again.
    for _ in range(3):
        assert not await passwords.is_right("x", None)
    await passwords.stop()
    await passwords.stop()


async def test_a_hash_says_nothing_of_the_password(passwords: Passwords) -> None:
    kept = await passwords.hash("a password")
    await passwords.stop()
    assert re.fullmatch(r"\$argon2id\$v=19\$m=64,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}", kept)

"""`kill -9` under load, at any moment, and what is there afterwards."""

import random
import signal
from collections import Counter

import pytest

from tests.faults.harness import Crash, Process, Zygote
from tests.faults.workloads import append_under_load, append_until_sync_fails_and_die
from tests.support.counts import soak_count

KILLS = 100
WRITERS = 8


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_a_hundred_kills_under_load_lose_no_acknowledged_write(
    zygote: Zygote, database_url: str
) -> None:
    """What was acknowledged is there, what was not is there once or not at all."""
    rng = random.Random(random.getrandbits(64))
    acknowledged = [0] * WRITERS

    for _ in range(soak_count(KILLS)):
        process = zygote.fork(append_under_load, url=database_url, next=acknowledged, is_last=False)
        _let_live(process, rng)
        reports = process.kill()

        for fault, keys in reports.of("recovered"):
            _assert_recovered(fault, keys, acknowledged)
        acknowledged = _with_acks(acknowledged, reports.of("ack"))

    _assert_last_life_finds(zygote, database_url, acknowledged)
    assert sum(acknowledged) > 0


@pytest.mark.parametrize("after", range(3))
def test_a_write_that_was_durable_but_never_answered_is_not_repeated(
    zygote: Zygote, database_url: str, after: int
) -> None:
    """The process dies between the commit and the answer; the retry finds its own first try."""
    point = Crash("tenantry.eventlog.appended", after=after)
    dying = zygote.fork(
        append_under_load, url=database_url, crash=point, next=[0] * WRITERS, is_last=False
    )
    assert dying.wait() == -signal.SIGKILL
    acknowledged = _with_acks([0] * WRITERS, dying.reports.of("ack"))

    retrying = zygote.fork(append_under_load, url=database_url, next=acknowledged, is_last=False)
    retrying.read_until("ack", count=5 * WRITERS)
    reports = retrying.kill()

    ((fault, keys),) = reports.of("recovered")
    _assert_recovered(fault, keys, acknowledged)
    assert len(keys) - len(_shared(keys)) > sum(acknowledged)
    _assert_last_life_finds(zygote, database_url, _with_acks(acknowledged, reports.of("ack")))


def test_a_crash_in_the_middle_of_a_migration_heals(zygote: Zygote, database_url: str) -> None:
    point = Crash("tenantry.db.unit", attributes={"unit": "apply"})
    dying = zygote.fork(append_under_load, url=database_url, crash=point, next=[0], is_last=True)
    assert dying.wait() == -signal.SIGKILL

    _assert_last_life_finds(zygote, database_url, [0])


def test_a_write_refused_by_a_failing_disk_is_there_once_or_not_at_all_after_a_crash(
    zygote: Zygote, sqlite_url: str
) -> None:
    """A sync that failed says nothing of what reached the disk, and a crash may bring it back."""
    for number in range(4):
        dying = zygote.fork(append_until_sync_fails_and_die, url=sqlite_url, number=number)
        assert dying.wait() == -signal.SIGKILL

        ((fault, keys),) = dying.reports.of("recovered")
        assert fault is None
        retried = [f"refused-{earlier}" for earlier in range(-1, number - 1)]
        assert keys in (retried, [*retried, f"refused-{number - 1}"])


def _assert_last_life_finds(zygote: Zygote, url: str, acknowledged: list[int]) -> None:
    last = zygote.fork(append_under_load, url=url, next=acknowledged, is_last=True)
    assert last.wait() == 0
    ((fault, keys),) = last.reports.of("recovered")
    _assert_recovered(fault, keys, acknowledged)


def _let_live(process: Process, rng: random.Random) -> None:
    """Let it live for a while: a quarter of all die while they start or recover."""
    if rng.random() < 0.25:
        process.read_for(rng.uniform(0, 0.05))
    else:
        process.read_until("ack", count=rng.randint(1, 40 * WRITERS))
        process.read_for(rng.uniform(0, 0.005))


def _assert_recovered(fault: str | None, keys: list[str], acknowledged: list[int]) -> None:
    assert fault is None, fault
    assert [key for key, count in Counter(keys).items() if count > 1] == []

    own = [key for key in keys if not key.startswith("shared:")]
    for writer, count in enumerate(acknowledged):
        found = [key for key in own if key.startswith(f"{writer}-")]
        # Each writer waits for one answer at a time, so at most one more is there.
        assert len(found) in (count, count + 1)
        assert found == [f"{writer}-{index}" for index in range(len(found))]
    assert _shared(keys) == sorted(key for key in own if int(key.split("-")[1]) % 3 == 0)


def _shared(keys: list[str]) -> list[str]:
    return sorted(key.removeprefix("shared:") for key in keys if key.startswith("shared:"))


def _with_acks(acknowledged: list[int], acks: list[list[int]]) -> list[int]:
    counts = Counter(writer for (writer,) in acks)
    return [count + counts[writer] for writer, count in enumerate(acknowledged)]

"""How long a failed login takes does not tell whether there is such a user.

The method is that of dudect (Reparaz, Balasch and Verbauwhede, "Dude, is my code constant time?",
2017): Welch's t-test between two classes of inputs, |t| < 4.5. What makes it steady on a busy
machine with two cores:

- the classes take turns at random, so that whatever slows the machine down slows down both;
- of each few attempts in a row the fastest is the sample: what others take of a core only ever
  makes an attempt slower, and seldom all of the few, so what is left is what the work takes;
- t is that of the ranks of all samples, not of the seconds: cropping, as dudect does, leaves a
  tail whose variance hides a difference of milliseconds on a machine where others work, and in
  ranks a tail is just the last place;
- a difference counts only if that of the medians is also at least a twentieth of an attempt: t
  alone would grow with the number of samples until it saw the microseconds of one row more or
  less in an answer of the database, which no network lets through;
- hashes are cheap here (1 MiB in place of 19), so that samples are many and a leak is a *larger*
  part of each; that the hash which nobody has costs what others do is a unit test's business.

A service that does not compare with a hash of nobody's is found out by the same test, by far.
"""

import math
import random
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
import pytest_asyncio

from tenantry.reliability import RateLimiter
from tenantry.tenants import LoginFailures, Logins, Passwords
from tenantry.tenants.errors import InvalidCredentials
from tenantry.tenants.model import Login
from tests.support.access_http import PASSWORD, AccessHttp
from tests.support.nodes import Node

pytestmark = pytest.mark.asyncio(loop_scope="module")

SAMPLES = 45
"""Of each class."""
ATTEMPTS = 4
"""For each sample."""
MOST_T = 4.5
LEAST_SHARE = 0.05
LOOKS = 3

Kinds = dict[str, list[float]]


class Hasty(Passwords):
    """The mistake that is looked for: where there is no hash there is nothing to compare with."""

    async def is_right(self, password: str, kept: str | None, **named: Any) -> bool:
        """Answer at once for nobody."""
        return kept is not None and await super().is_right(password, kept, **named)


@pytest_asyncio.fixture(loop_scope="module")
async def logins(module_node: Node, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Logins]:
    """Logins with cheap hashes, and without a count of failures that would end the samples."""
    cheap = Passwords(memory_kib=1024)
    clock = module_node.clock
    many = [RateLimiter(name, limit=1_000_000, clock=clock) for name in ("a", "b")]
    failures = LoginFailures(accounts=many[0], addresses=many[1], clock=clock)
    monkeypatch.setattr(module_node.app.users, "_passwords", cheap)
    monkeypatch.setattr(module_node.app.logins, "_passwords", cheap)
    monkeypatch.setattr(module_node.app.logins, "_failures", failures)
    yield module_node.app.logins
    await cheap.stop()


async def samples_of(logins: Logins, root: AccessHttp, tenant_id: str) -> Kinds:
    """Return how long attempts take for a user, for one without a password, and for nobody."""
    await root.tenant(tenant_id)
    await root.user(tenant_id, f"ada@{tenant_id}.example", password=PASSWORD)
    await root.user(tenant_id, f"bob@{tenant_id}.example")
    kinds = {"ada": list[float](), "bob": list[float](), "eve": list[float]()}

    for _ in range(SAMPLES + 1):
        fastest = dict.fromkeys(kinds, math.inf)
        order = [*kinds] * ATTEMPTS
        random.shuffle(order)
        for name in order:
            wanted = Login(email=f"{name}@{tenant_id}.example", password="wrong password")
            began_at = time.perf_counter()
            with pytest.raises(InvalidCredentials):
                await logins.login(wanted, source="test", admit=lambda _: None)
            fastest[name] = min(fastest[name], time.perf_counter() - began_at)
        for name, seconds in fastest.items():
            kinds[name].append(seconds)
    # The first of each has warmed up what the others found warm.
    return {name: seconds[1:] for name, seconds in kinds.items()}


def is_told_apart(one: Sequence[float], other: Sequence[float]) -> bool:
    """Whether the two classes of samples differ, by what and how much."""
    rank_of = {seconds: float(rank) for rank, seconds in enumerate(sorted([*one, *other]))}
    ranks = [[rank_of[seconds] for seconds in each] for each in (one, other)]
    medians = [statistics.median(each) for each in (one, other)]
    share = abs(medians[0] - medians[1]) / max(medians)
    return abs(welch_t(*ranks)) >= MOST_T and share >= LEAST_SHARE


def welch_t(one: Sequence[float], other: Sequence[float]) -> float:
    """Return Welch's t."""
    error = statistics.variance(one) / len(one) + statistics.variance(other) / len(other)
    return (statistics.fmean(one) - statistics.fmean(other)) / math.sqrt(error)


async def test_a_failed_login_takes_as_long_whether_there_is_such_a_user_or_not(
    logins: Logins, root: AccessHttp, acme: str
) -> None:
    seconds = await samples_of(logins, root, acme)

    assert not is_told_apart(seconds["ada"], seconds["eve"])
    assert not is_told_apart(seconds["ada"], seconds["bob"])


async def test_a_login_that_tells_is_found_out(
    logins: Logins, root: AccessHttp, acme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the latest at the third look: a core that is wanted by ten hides a lot."""
    hasty = Hasty(memory_kib=1024)
    monkeypatch.setattr(logins, "_passwords", hasty)
    for look in range(LOOKS):
        seconds = await samples_of(logins, root, f"{acme}-{look}")
        if is_told_apart(seconds["ada"], seconds["eve"]):
            break
    else:
        pytest.fail("nobody would have noticed")
    await hasty.stop()

import asyncio
import gc

import pytest

from tenantry.execution import ExecutorUnavailable, StepFailed
from tenantry.execution.temporal.landing import Landings
from tenantry.execution.temporal.wire import Place


async def test_what_was_heard_before_the_run_is_known_counts() -> None:
    landing = Landings().open("w")
    landing.succeed("run-1", Place(index=0, count=1), {"n": 1})

    assert await landing.essential("run-1") == [{"n": 1}]


async def test_all_essential_steps_are_waited_for_and_put_in_order() -> None:
    landing = Landings().open("w")
    waiting = asyncio.ensure_future(landing.essential("run-1"))

    landing.succeed("run-1", Place(index=1, count=2), {"n": 1})
    await asyncio.sleep(0)
    assert not waiting.done()
    landing.succeed("run-1", Place(index=0, count=2), {"n": 0})

    assert await waiting == [{"n": 0}, {"n": 1}]


async def test_another_run_of_the_same_work_is_not_this_one() -> None:
    landing = Landings().open("w")
    landing.succeed("run-0", Place(index=0, count=1), {"n": 0})
    landing.fail("run-0", StepFailed("no", type="X", is_retryable=False))
    landing.succeed("run-1", Place(index=0, count=1), {"n": 1})

    assert await landing.essential("run-1") == [{"n": 1}]


async def test_a_failure_is_raised_to_who_waits() -> None:
    landing = Landings().open("w")
    waiting = asyncio.ensure_future(landing.essential("run-1"))

    landing.fail("run-1", StepFailed("no", type="X", is_retryable=False))

    with pytest.raises(StepFailed, match="no"):
        await waiting


async def test_who_was_replaced_is_told() -> None:
    landing = Landings().open("w")
    landing.replace()

    with pytest.raises(ExecutorUnavailable, match="other work"):
        await landing.essential("run-1")


def test_who_has_gone_is_not_kept() -> None:
    landings = Landings()
    kept = landings.open("w")
    landings.open("w")
    gc.collect()

    assert landings.of("w") == [kept]
    landings.close("w", kept)
    assert landings.of("w") == []

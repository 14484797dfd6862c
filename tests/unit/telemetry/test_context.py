import asyncio
import contextlib

from tenantry.telemetry import Context, bind, current


def test_nothing_is_known_until_somebody_binds() -> None:
    assert current() == Context()


def test_a_binding_adds_to_the_outer_one_and_ends_with_its_block() -> None:
    with bind(correlation_id="c", source="cli"):
        with bind(tenant_id="acme", causation_id="e7"):
            assert current() == Context(
                correlation_id="c", causation_id="e7", tenant_id="acme", source="cli"
            )
        assert current() == Context(correlation_id="c", source="cli")
    assert current() == Context()


def test_a_binding_ends_when_its_block_fails() -> None:
    with contextlib.suppress(ValueError), bind(tenant_id="acme"):
        raise ValueError
    assert current() == Context()


async def test_concurrent_tasks_do_not_see_each_others_context() -> None:
    async def task(tenant_id: str) -> str | None:
        with bind(tenant_id=tenant_id):
            await asyncio.sleep(0)
            return current().tenant_id

    assert tuple(await asyncio.gather(*map(task, "abc"))) == ("a", "b", "c")

"""Working on the database where no server runs."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from tenantry.settings import Settings


def on_database(
    settings: "Settings", work: Callable[[Any], Coroutine[Any, Any, Any]]
) -> dict[str, Any]:
    """Open the database for `work` alone, and return what that says as plain values."""
    from tenantry.operations.service import opened

    async def run() -> Any:
        async with opened(settings) as database:
            return await work(database)

    fields: dict[str, Any] = msgspec.to_builtins(asyncio.run(run()))
    return fields

"""What takes long: others are served meanwhile, or at least in between."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

T = TypeVar("T")

# With so many items the rules take some ten milliseconds.
_MANY: Final = 500


async def done(work: Callable[[], T], *, items: Sequence[Any] | None) -> T:
    """Return what `work` returns, which goes through `items`; where these are many, on a thread."""
    if len(items or ()) > _MANY:
        return await asyncio.to_thread(work)
    # Where nothing has to be waited for, a thousand clients would be done in one go.
    await asyncio.sleep(0)
    return work()

"""What takes long is done on a thread, so that others are served meanwhile."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

T = TypeVar("T")

# With so many items the rules take some ten milliseconds.
_MANY: Final = 500


async def done(work: Callable[[], T], *, items: Sequence[Any] | None) -> T:
    """Return what `work` returns, which goes through `items`; where these are many, on a thread."""
    return await asyncio.to_thread(work) if len(items or ()) > _MANY else work()

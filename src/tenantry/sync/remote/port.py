"""What every source that is open can do."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias

from tenantry.sync.model import Collection, CollectionCheck, Position, SourcePage, Unchanged

SecretReader: TypeAlias = Callable[[str], Awaitable[str]]
"""Returns the value of the secret setting of a name; raises a `TenantryError` where there is none.

It is asked again after a source has refused the value, so it must not answer from a cache.
"""


class OpenSource(Protocol):
    """A source that can be read, by one run; collections side by side, each page by page.

    Every method raises a `SyncError` of the type that says what to do about it, and none tells a
    token, a password or a row in it.
    """

    async def fetch(self, collection: Collection, position: Position) -> SourcePage | Unchanged:
        """Return the page at `position`, or that nothing of the collection has changed.

        An `etag` is told with the first page only, and only where it stands for the whole
        collection. `total` counts what this pass will tell: of an incremental one, the changes.
        """
        ...

    async def check(self) -> tuple[CollectionCheck, ...]:
        """Ask for the first page of every collection, and tell how that went; raises nothing."""
        ...

    async def close(self) -> None:
        """Let go of what was opened; safe to call twice."""
        ...

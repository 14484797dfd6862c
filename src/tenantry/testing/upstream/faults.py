"""What can be wrong with an answer, and when it is to be."""

import asyncio
from typing import Any, Final, Generic, TypeAlias, TypeVar

import msgspec

MISSING: Final = msgspec.UNSET

F = TypeVar("F")


class Status(msgspec.Struct, frozen=True):
    """Another status, with `Retry-After` where it is given: seconds, or a date."""

    status: int
    retry_after: float | str | None = None
    body: str = "the upstream's own words"


class Reset(msgspec.Struct, frozen=True):
    """The connection is reset instead of an answer."""


class Cut(msgspec.Struct, frozen=True):
    """The connection is reset in the middle of the body."""


class Held:
    """The answer comes when `release` is called; `reached` returns once somebody waits for it."""

    def __init__(self) -> None:
        self._reached = asyncio.Event()
        self._released = asyncio.Event()

    async def reached(self) -> None:
        """Return when a request has come that waits."""
        await self._reached.wait()

    def release(self) -> None:
        """Let every request that waits, or will come, be answered."""
        self._released.set()

    async def wait(self) -> None:
        """Wait, as a request does."""
        self._reached.set()
        await self._released.wait()


class Short(msgspec.Struct, frozen=True):
    """The last `rows` rows of the page are left out, and nothing is said of it."""

    rows: int = 1


class EarlyEnd(msgspec.Struct, frozen=True):
    """The page says that it is the last, while the total counts those behind it too."""


class Total(msgspec.Struct, frozen=True):
    """The total is another one by `change`."""

    change: int = 1


class Duplicate(msgspec.Struct, frozen=True):
    """The page begins with the last row of the page before, in the place of its own first."""


class Reordered(msgspec.Struct, frozen=True):
    """The page is cut from the rows in reverse order."""


class Drift(msgspec.Struct, frozen=True):
    """A field of the first row of the page is `value`, or is not there where none is given."""

    field: str
    value: Any = msgspec.UNSET


class Raw(msgspec.Struct, frozen=True):
    """The body is this, with status 200."""

    body: bytes
    content_type: str = "application/json"


class Huge(msgspec.Struct, frozen=True):
    """The body goes on for so many bytes; packed, it is a thousand times smaller."""

    size: int
    is_packed: bool = False


class Redirect(msgspec.Struct, frozen=True):
    """The answer is 302 to another address."""

    location: str


Fault: TypeAlias = (
    Status
    | Reset
    | Cut
    | Held
    | Short
    | EarlyEnd
    | Total
    | Duplicate
    | Reordered
    | Drift
    | Raw
    | Huge
    | Redirect
)


class Script(Generic[F]):
    """Which faults are still to happen, and to whom."""

    def __init__(self) -> None:
        self._planned: list[_Planned] = []

    def add(
        self,
        fault: F,
        *,
        collection: str,
        page: int | None,
        times: int | None,
        tenant: str | None,
    ) -> None:
        """Plan a fault; `times` None means always."""
        self._planned.append(
            _Planned(fault=fault, collection=collection, page=page, left=times, tenant=tenant)
        )

    def take(self, *, collection: str, page: int, tenant: str) -> list[F]:
        """Return the faults that happen to a request, and count them as happened."""
        met = [one for one in self._planned if one.is_for(collection, page, tenant)]
        for one in met:
            if one.left is not None:
                one.left -= 1
        self._planned = [one for one in self._planned if one.left is None or one.left > 0]
        return [one.fault for one in met]

    def clear(self) -> None:
        """Forget what has not happened yet."""
        self._planned.clear()


class _Planned(msgspec.Struct, kw_only=True):
    fault: Any
    collection: str
    page: int | None
    left: int | None
    tenant: str | None

    def is_for(self, collection: str, page: int, tenant: str) -> bool:
        return (
            self.collection in ("*", collection)
            and self.page in (None, page)
            and self.tenant in (None, tenant)
        )

"""The one `Database` that features see: scopes, transactions and the two crossings."""

from collections.abc import Callable
from typing import Any, Concatenate, Literal, ParamSpec, Protocol, TypeVar

import msgspec

from tenantry.db.pool_figures import PoolFigures

P = ParamSpec("P")
T = TypeVar("T")

Dialect = Literal["sqlite", "postgres"]

DEFAULT_QUERY_TIMEOUT_SECONDS = 30.0
"""How long a unit (SQLite) or one of its statements (PostgreSQL) may take."""


class Tenant(msgspec.Struct, frozen=True):
    """The scope of a unit that reads and writes the rows of one tenant."""

    id: str


class System(msgspec.Struct, frozen=True):
    """The scope of a unit that must see every tenant; `reason` says why."""

    reason: str


Scope = Tenant | System


class Transaction:
    """One unit's transaction, valid only while the unit runs.

    `connection` is what named statements are called with. What a unit keeps in memory beside the
    rows is mended through `on_rollback`, which also runs when the commit itself fails.
    """

    __slots__ = ("connection", "dialect", "rollback_callbacks", "scope")

    def __init__(self, *, connection: Any, dialect: Dialect, scope: Scope) -> None:
        self.connection = connection
        self.dialect = dialect
        self.scope = scope
        self.rollback_callbacks: list[Callable[[], None]] = []

    def on_rollback(self, callback: Callable[[], None]) -> None:
        """Run `callback` on the database thread if what this unit did is undone."""
        self.rollback_callbacks.append(callback)

    def undo(self) -> None:
        """Run the rollback callbacks, newest first; called by the drivers only."""
        while self.rollback_callbacks:
            self.rollback_callbacks.pop()()


Unit = Callable[Concatenate[Transaction, P], T]


class Database(Protocol):
    """A SQLite file or a PostgreSQL database, ready to run units.

    Every call raises `Unavailable` when its queue is full, the disk is full or the server is gone.
    It is a `NothingWritten` where that is certain and the same unit may be run again. Otherwise the
    server or the process may have been lost in the commit itself: nobody can know, and an
    idempotency key makes the retry safe. What the unit itself raises passes through, its writes
    undone. A unit whose caller is cancelled while it is queued never runs; once running, it
    finishes. One that takes too long is ended, with the code `query_timeout`.

    A unit may be run again, so it keeps nothing in memory that `on_rollback` does not mend.
    """

    @property
    def dialect(self) -> Dialect:
        """Which SQL the named statements must speak."""
        ...

    @property
    def is_ready(self) -> bool:
        """Whether the last thing known of the database is that it works."""
        ...

    async def start(self) -> None:
        """Open the database; raises `Unavailable` or `Invalid` where it cannot be opened."""
        ...

    async def stop(self) -> None:
        """Finish every queued unit and close."""
        ...

    async def read(
        self,
        scope: Scope,
        unit: Callable[Concatenate[Transaction, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run `unit` on a consistent snapshot, without the right to write."""
        ...

    async def write(
        self,
        scope: Scope,
        unit: Callable[Concatenate[Transaction, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run `unit` in one transaction and return its result once that is durable."""
        ...

    async def append(
        self, unit: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run one batch of the event log's appender, on the connection that is kept for it."""
        ...

    async def administer(
        self, unit: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `unit` as the schema's owner, one node at a time: migrations and restores.

        It may take as long as it takes.
        """
        ...

    async def ping(self) -> None:
        """Touch the database now; raises `Unavailable` where it does not answer in time."""
        ...

    def pool_figures(self) -> PoolFigures:
        """Say how busy the database threads are now; all zero where it is not open."""
        ...

    def listen(self, hint: Callable[[], None]) -> None:
        """Call `hint` on the event loop whenever another node may have appended.

        Hints may be lost and may come for nothing: whoever uses them also polls.
        """
        ...

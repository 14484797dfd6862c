"""What an apply has done."""

from typing import Literal, TypeAlias

import msgspec

ErrorType: TypeAlias = Literal[
    "validation_failed",
    "missing_fields",
    "update_failed",
    "creation_failed",
    "processing_error",
    "sync_failed",
    "general_failure",
]
"""The seven types of error, as the requirement names them."""


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How many items of a collection were what."""

    added: int = 0
    updated: int = 0
    moved: int = 0
    removed: int = 0
    unchanged: int = 0


class ItemError(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that was not done: `path` is a JSON path in `file`, `item_key` what it is about."""

    error_type: ErrorType
    message: str
    path: str = ""
    item_key: str = ""
    code: str = ""
    file: str = ""


class ItemFailure(msgspec.Struct, frozen=True, kw_only=True):
    """An item that could not be read: it keeps its stored version, if there is one.

    `index` is its place in the declared collection.
    """

    kind: str
    identity: str
    index: int


class RouteError(msgspec.Struct, frozen=True, kw_only=True):
    """A route that was left as it is."""

    route_key: str
    error_type: ErrorType
    message: str


class RouteSyncResult(msgspec.Struct, frozen=True, kw_only=True):
    """How many routes were what; those that moved or got another key count as updated."""

    added: int = 0
    updated: int = 0
    removed: int = 0
    unchanged: int = 0
    errors: tuple[RouteError, ...] = ()


class AllCounts(msgspec.Struct, frozen=True, kw_only=True):
    """What became of each collection of a client."""

    routes: Counts = Counts()
    menus: Counts = Counts()
    components: Counts = Counts()
    users: Counts = Counts()


class UpsertResult(msgspec.Struct, frozen=True, kw_only=True):
    """What an apply has made of one client: `revision` is what is stored now, 0 for nothing.

    `is_skipped` says that the same declaration was applied before, and nothing was compared.
    """

    key: str
    tenant: str
    revision: int
    changed: bool
    counts: AllCounts = AllCounts()
    errors: tuple[ItemError, ...] = ()
    warnings: tuple[str, ...] = ()
    is_skipped: bool = False
    name: str = ""

    @property
    def routes(self) -> RouteSyncResult:
        """What became of the routes, in the four counts of the requirement."""
        counts = self.counts.routes
        return RouteSyncResult(
            added=counts.added,
            updated=counts.updated + counts.moved,
            removed=counts.removed,
            unchanged=counts.unchanged,
            errors=tuple(
                RouteError(route_key=e.item_key, error_type=e.error_type, message=e.message)
                for e in self.errors
                if e.path.startswith("$.routes")
            ),
        )


class FailedClient(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A client that keeps its old revision; `command` is what to run."""

    key: str
    tenant: str = ""
    file: str = ""
    errors: tuple[ItemError, ...] = ()
    command: str = ""


class StartupResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a start has made of the clients folder.

    `has_lease` is False on a node that left it to another, whose `holder` is named.
    """

    clients_loaded: tuple[UpsertResult, ...] = ()
    clients_failed: tuple[FailedClient, ...] = ()
    has_lease: bool = True
    holder: str = ""
    duration_seconds: float = 0.0

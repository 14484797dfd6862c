"""What metrics hear of clients, as events; `docs/reference/telemetry.md` says what they become."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from tenantry.clients.model import ErrorType, ItemError, Kind, RouteSyncResult
from tenantry.clients.service.lines import collection_of
from tenantry.telemetry import emit

_KEY: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_OTHER: Final = "other"
# What is about a component or a field has no counter of its own.
_COUNTED: Final = frozenset({"routes", "menus", "users"})


class Figures:
    """The figures of one upsert."""

    def __init__(self, *, key: str, tenant: str, operation: str) -> None:
        # What is no key may be anything, an address too.
        known = key if _KEY.fullmatch(key) else _OTHER
        self.labels = {"tenant": tenant, "client_key": known}
        self._operation = operation

    def synchronized(self, results: Mapping[Kind, RouteSyncResult], seconds: float) -> None:
        """Count what became of each collection, in an upsert that took so long.

        All of it is stored in one unit, so no collection has a time of its own.
        """
        if routes := results.get("routes"):
            self._tell("routes_synchronized", routes, seconds)
        if menus := results.get("menus"):
            self._tell("menus_synchronized", menus, seconds)
        components = results.get("components")
        if components and (components.added or components.updated):
            self._tell("components_installed", components, seconds)
        if users := results.get("users"):
            emit("tenantry.clients.users_created", user_count=users.added, **self.labels)

    def item_errors(self, errors: Sequence[ItemError]) -> None:
        """Count errors of items, each with its collection."""
        seen = Counter((collection_of(error), error.error_type) for error in errors)
        for (collection, error_type), count in seen.items():
            self._failed(collection if collection in _COUNTED else "client", error_type, count)

    def failure(self, error_type: ErrorType) -> None:
        """Count an upsert that has done nothing."""
        self._failed("client", error_type, 1)

    def _tell(self, what: str, result: RouteSyncResult, seconds: float) -> None:
        emit(
            f"tenantry.clients.{what}",
            added=result.added,
            updated=result.updated,
            removed=result.removed,
            unchanged=result.unchanged,
            has_errors=bool(result.errors),
            seconds=seconds,
            **self.labels,
        )

    def _failed(self, collection: str, error_type: str, count: int) -> None:
        emit(
            "tenantry.clients.failed",
            collection=collection,
            operation=self._operation,
            error_type=error_type,
            error_count=count,
            **self.labels,
        )

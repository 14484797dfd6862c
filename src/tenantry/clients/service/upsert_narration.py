"""What is told of one upsert.

Counts are lines of level info, single changes of debug, what is passed over of warning, and what
failed of error.
"""

from collections.abc import Sequence
from typing import Any, Final, Literal, TypeAlias

from tenantry.base import Clock
from tenantry.base.errors import Conflict, TenantryError
from tenantry.clients.errors import InvalidClient
from tenantry.clients.model import (
    KINDS,
    ClientPlan,
    Counts,
    ErrorType,
    ItemError,
    Kind,
    RouteError,
    RouteSyncResult,
    UpsertResult,
)
from tenantry.clients.service.figures import Figures
from tenantry.clients.service.lines import (
    change_lines,
    collection_of,
    error_line,
    failure_line,
    synced_line,
)
from tenantry.telemetry import active_sink, get_logger
from tenantry.tenants import Stale

Operation: TypeAlias = Literal["create", "update", "rollback"]
"""What an upsert sets out to do: where it fails, that is what failed."""
Outcome: TypeAlias = Literal["added", "updated", "unchanged", "failed"]
"""What became of the client."""

ERROR_LINES: Final = 100
"""How many errors of one upsert have a line of their own."""

_LOG: Final = get_logger("tenantry.clients")


class UpsertNarration:
    """Tells of one upsert: its plan, then what was done of it, or why nothing was."""

    def __init__(
        self, *, key: str, name: str, tenant: str, operation: Operation, clock: Clock
    ) -> None:
        self.outcome: Outcome = "unchanged"
        self.has_errors = False
        self._name = name or key
        self._operation = operation
        self._clock = clock
        self._began_at = clock.monotonic()
        self._plan: ClientPlan | None = None
        self._figures = Figures(key=key, tenant=tenant, operation=operation)
        self._fields = {"clientKey": key, "tenant_id": tenant, "operation": operation}

    @property
    def labels(self) -> dict[str, str]:
        """Whose upsert it is, for metrics."""
        return self._figures.labels

    def started(self) -> None:
        """Tell that it begins."""
        self._line("info", f"Starting comprehensive upsert for {self._name}")

    def plan(self, plan: ClientPlan) -> None:
        """Tell what is about to be done."""
        self._plan = plan
        self._name = plan.name or self._name

        for failure in plan.failures:
            self._line("warning", failure_line(failure))
        counts = plan.components.counts
        if count := counts.added + counts.updated:
            self._line("info", f"Installing {count} components for {self._name}")

    def skipped(self, reason: str) -> None:
        """Tell that the client is passed over, as one that was held back."""
        self._line("warning", f"Client {self._name} skipped: {reason}")

    def applied(self, result: UpsertResult) -> None:
        """Tell what was done, and what was not."""
        if result.is_skipped:
            self._line("debug", f"Client {self._name} is as it was applied last")
            return

        if result.changed:
            self.outcome = "added" if self._is_new(result) else "updated"
            self._tell_changes()
        for warning in result.warnings:
            self._line("warning", f"Warning for {self._name}: {warning}")
        self._tell_errors(result.errors)
        self._figures.item_errors(result.errors)
        self._tell_counts(result)

    def failed(self, error_type: ErrorType, message: str, errors: Sequence[ItemError] = ()) -> None:
        """Tell that nothing was done; `errors` are the reasons, where they are known one by one."""
        self.outcome = "failed"
        self._tell_errors(errors or (ItemError(error_type=error_type, message=message),))
        self._figures.failure(error_type)

    def broken_off(self, error: BaseException) -> None:
        """Tell that it ends by an exception, unless its failure was told before."""
        if self.outcome == "failed":
            return
        if isinstance(error, Stale):
            text = f"Client {self._name} was changed by somebody else meanwhile"
            self._line("warning", text)
            return
        if isinstance(error, InvalidClient) and error.errors:
            self.failed(error.errors[0].error_type, error.message, error.errors)
            return

        # What an error of ours says is safe to show, anybody else's may hold anything.
        said = error.message if isinstance(error, TenantryError) else type(error).__name__
        self.failed(self._type_of(error), said)

    def ended(self) -> None:
        """Tell how long it took."""
        seconds = self._seconds()
        self._line(
            "info",
            f"Operation completed in {seconds:.2f}s",
            outcome=self.outcome,
            duration_seconds=round(seconds, 6),
        )

    def _tell_changes(self) -> None:
        if self._plan is None or not active_sink().is_enabled("debug"):
            return
        for text, fields in change_lines(self._plan):
            self._line("debug", text, **fields)

    def _tell_errors(self, errors: Sequence[ItemError]) -> None:
        self.has_errors = self.has_errors or bool(errors)
        for error in errors[:ERROR_LINES]:
            text, fields = error_line(error, self._name, self._plan)
            self._line("error", text, **fields, severity="ERROR")

        untold_count = len(errors) - ERROR_LINES
        if untold_count > 0:
            self._line("error", f"{untold_count} more errors for {self._name}", severity="ERROR")

    def _tell_counts(self, result: UpsertResult) -> None:
        seconds = self._seconds()
        synced = {kind: _in_four_counts(kind, result) for kind in KINDS if self._is_managed(kind)}

        for kind, counts in synced.items():
            text = synced_line(kind, self._name, counts)
            self._line("info", text, duration_seconds=round(seconds, 6))
        self._figures.synchronized(synced, seconds)

    def _is_managed(self, kind: Kind) -> bool:
        return self._plan is None or self._plan.collection(kind).is_managed

    def _is_new(self, result: UpsertResult) -> bool:
        return result.revision == 1 if self._plan is None else self._plan.base_revision == 0

    def _type_of(self, error: BaseException) -> ErrorType:
        if isinstance(error, Conflict):
            return "creation_failed" if self._operation == "create" else "update_failed"
        return "general_failure"

    def _seconds(self) -> float:
        return self._clock.monotonic() - self._began_at

    def _line(self, level: str, text: str, **fields: Any) -> None:
        getattr(_LOG, level)(text, **self._fields, **fields)


def _in_four_counts(kind: Kind, result: UpsertResult) -> RouteSyncResult:
    """Return what became of a collection in the four counts that the requirement has of routes."""
    counts: Counts = getattr(result.counts, kind)
    return RouteSyncResult(
        added=counts.added,
        updated=counts.updated + counts.moved,
        removed=counts.removed,
        unchanged=counts.unchanged,
        errors=tuple(
            RouteError(route_key=e.item_key, error_type=e.error_type, message=e.message)
            for e in result.errors
            if collection_of(e) == kind
        ),
    )

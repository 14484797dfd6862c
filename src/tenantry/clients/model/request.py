"""What is asked of this feature."""

from typing import Any, Literal

import msgspec

from tenantry.clients.model.plan import SavedPlan
from tenantry.clients.model.state import Source

MAX_CLIENTS: int = 1_000
"""Clients in one request."""


class DeclarationSet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Clients as they are declared.

    `variables` are what placeholders stand for, by name; `origins` are the files, in the order of
    `configs`, for messages. With `continue_on_error` an item that fails keeps its stored version,
    and the rest of its client is done all the same.
    """

    configs: tuple[dict[str, Any], ...] = ()
    variables: dict[str, str] = {}
    origins: tuple[str, ...] = ()
    source: Source = "api"
    continue_on_error: bool = False

    def origin_of(self, index: int) -> str:
        """Return where a declaration came from."""
        return self.origins[index] if index < len(self.origins) else ""


class PlanRequest(DeclarationSet, frozen=True, kw_only=True):
    """A plan to make; `save` asks for one that can be applied as it is."""

    save: bool = False


class ApplyOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be done that nobody does without saying so, and why it is done."""

    force: bool = False
    allow_public: bool = False
    reason: str = ""


class ApplyRequest(DeclarationSet, frozen=True, kw_only=True):
    """Clients to apply: declarations, or a plan that was saved."""

    plan: SavedPlan | None = None
    force: bool = False
    allow_public: bool = False
    reason: str = ""

    @property
    def options(self) -> ApplyOptions:
        """What may be done."""
        return ApplyOptions(force=self.force, allow_public=self.allow_public, reason=self.reason)


class RollbackRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A revision to go back to; with `dry_run` nothing is done."""

    to: int
    dry_run: bool = False
    force: bool = False
    allow_public: bool = False
    reason: str = ""

    @property
    def options(self) -> ApplyOptions:
        """What may be done."""
        return ApplyOptions(force=self.force, allow_public=self.allow_public, reason=self.reason)


class ExportRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Clients to export: all where no key is named."""

    keys: tuple[str, ...] = ()


class ResolveRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to do about drift: put back what the file says, or return a file that says what is.

    `fields` are the paths it is about, all where there are none; `config` is the file's present
    declaration, where it is not that of the last apply.
    """

    key: str
    how: Literal["revert", "adopt"]
    fields: tuple[str, ...] = ()
    config: dict[str, Any] | None = None
    variables: dict[str, str] = {}
    force: bool = False
    allow_public: bool = False
    reason: str = ""

    @property
    def options(self) -> ApplyOptions:
        """What may be done."""
        return ApplyOptions(force=self.force, allow_public=self.allow_public, reason=self.reason)

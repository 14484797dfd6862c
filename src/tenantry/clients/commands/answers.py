"""What a server answers about clients, as commands read it; what it adds later is left unread."""

from typing import Any

import msgspec

from tenantry.clients.model import (
    AccessDiff,
    AllCounts,
    CollectionPlan,
    FieldChange,
    Finding,
    Guard,
    ItemError,
    ItemFailure,
)


class Outcome(msgspec.Struct, kw_only=True):
    """What became of one client, or would; `errors` are what did not."""

    key: str = ""
    tenant: str = ""
    revision: int = 0
    changed: bool = False
    counts: AllCounts = AllCounts()
    errors: tuple[ItemError, ...] = ()


class Planned(Outcome, kw_only=True):
    """What would become of one client; `revision` is what is stored."""

    name: str = ""
    origin: str = ""
    fields: tuple[FieldChange, ...] = ()
    variables: tuple[FieldChange, ...] = ()
    routes: CollectionPlan = CollectionPlan()
    menus: CollectionPlan = CollectionPlan()
    components: CollectionPlan = CollectionPlan()
    users: CollectionPlan = CollectionPlan()
    access: AccessDiff = AccessDiff()
    findings: tuple[Finding, ...] = ()
    guards: tuple[Guard, ...] = ()
    failures: tuple[ItemFailure, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do and nothing to tell."""
        parts = (self.routes, self.menus, self.components, self.users)
        has_changes = self.fields or self.variables or any(part.changes for part in parts)
        return not (self.changed or has_changes or self.errors or self.failures)


class Summary(msgspec.Struct, kw_only=True):
    """A client in the list."""

    key: str = ""
    name: str = ""
    revision: int = 0
    digest: str = ""
    updated_at: str = ""
    routes: int = 0
    menus: int = 0
    components: int = 0


class Revision(msgspec.Struct, kw_only=True):
    """A line of the history."""

    revision: int
    applied_at: str = ""
    actor: str | None = None
    source: str = ""
    counts: AllCounts = AllCounts()
    rolled_back_to: int | None = None
    reason: str | None = None


class Configured(msgspec.Struct, kw_only=True):
    """A client, and its configuration as a file has it."""

    key: str = ""
    config: dict[str, Any]


def described(counts: AllCounts) -> str:
    """Return counts in a few words, without what is none: `routes +2 ~1, menus -1`."""
    told = []
    for kind in counts.__struct_fields__:
        of = getattr(counts, kind)
        signs = (("+", of.added), ("~", of.updated), (">", of.moved), ("-", of.removed))
        shown = " ".join(f"{sign}{count}" for sign, count in signs if count)
        if shown:
            told.append(f"{kind} {shown}")
    return ", ".join(told)

"""Clients and their history as they are shown."""

from typing import Any

import msgspec

from tenantry.clients.model.finding import Finding
from tenantry.clients.model.imported import Imported
from tenantry.clients.model.plan import AccessDiff, CollectionPlan, FieldChange, Guard, SavedPlan
from tenantry.clients.model.result import AllCounts, ItemError
from tenantry.clients.model.state import Source


class ClientSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A client in a list; `held_back` are digests of declarations that no start-up applies."""

    key: str
    tenant: str
    name: str
    client_id: str
    revision: int
    digest: str
    applied_at: str
    held_back: tuple[str, ...] = ()


class ClientView(ClientSummary, frozen=True, kw_only=True):
    """A client: `config` is its declaration, as a file would have it, `ids` those of its items."""

    config: dict[str, Any]
    ids: dict[str, dict[str, str]]


class RevisionView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One revision of a client; `actor` is a principal's id."""

    revision: int
    applied_at: str
    actor: str
    source: Source
    counts: AllCounts
    plan_hash: str
    digest: str
    rolled_back_to: int = 0
    reason: str = ""


class RevisionDetail(RevisionView, frozen=True, kw_only=True):
    """One revision with its declaration, as a file would have it."""

    config: dict[str, Any]


class ExportedClient(msgspec.Struct, frozen=True, kw_only=True):
    """A client as a file would declare it."""

    key: str
    config: dict[str, Any]


class ImportedClient(Imported, frozen=True, kw_only=True):
    """What an original was made into."""

    key: str


class PlannedClient(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What would happen to one client: `revision` is the one it has, 0 where it is new.

    `is_skipped` says that the same declaration was applied before, and nothing was compared.
    """

    key: str
    tenant: str
    revision: int
    changed: bool
    counts: AllCounts
    errors: tuple[ItemError, ...] = ()
    name: str = ""
    file: str = ""
    fields: tuple[FieldChange, ...] = ()
    variables: tuple[FieldChange, ...] = ()
    routes: CollectionPlan = CollectionPlan()
    menus: CollectionPlan = CollectionPlan()
    components: CollectionPlan = CollectionPlan()
    users: CollectionPlan = CollectionPlan()
    access: AccessDiff = AccessDiff()
    findings: tuple[Finding, ...] = ()
    guards: tuple[Guard, ...] = ()
    plan_hash: str = ""


class PlanView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What would happen; `saved` is there where it was asked for."""

    clients: tuple[PlannedClient, ...]
    plan_hash: str
    saved: SavedPlan | None = None


class Since(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to a client since it was planned."""

    key: str
    tenant: str
    base_revision: int
    revision: int
    since: tuple[RevisionView, ...]


class CheckedClient(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with one declaration."""

    key: str
    file: str
    errors: tuple[ItemError, ...]


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with declarations."""

    valid: bool
    clients: tuple[CheckedClient, ...]

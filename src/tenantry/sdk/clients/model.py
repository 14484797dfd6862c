"""Clients as the server's answers say them. What a newer server adds is left unread."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET


class ItemCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many items of a collection were what."""

    added: int = 0
    updated: int = 0
    moved: int = 0
    removed: int = 0
    unchanged: int = 0


class ClientCounts(msgspec.Struct, frozen=True, kw_only=True):
    """What became of each collection of a client."""

    routes: ItemCounts = ItemCounts()
    menus: ItemCounts = ItemCounts()
    components: ItemCounts = ItemCounts()
    users: ItemCounts = ItemCounts()


class ClientError(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was not done: `path` is a JSON path, `item_key` what it is about."""

    error_type: str
    message: str
    path: str = ""
    item_key: str = ""
    code: str = ""
    file: str = ""


class UpsertResult(msgspec.Struct, frozen=True, kw_only=True):
    """What an apply has made of one client: `revision` is what is stored now, 0 for nothing.

    `is_skipped`: the same was applied before, so that nothing was compared.
    """

    key: str
    tenant: str = ""
    name: str = ""
    revision: int = 0
    changed: bool = False
    counts: ClientCounts = ClientCounts()
    errors: tuple[ClientError, ...] = ()
    warnings: tuple[str, ...] = ()
    is_skipped: bool = False


class FieldChange(msgspec.Struct, frozen=True, kw_only=True):
    """A field that changes; what is UNSET was not there, or is gone. A secret is its digest."""

    path: str
    before: Any = UNSET
    after: Any = UNSET


class ItemChange(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to one item: `action` is `added`, `updated`, `moved` or `removed`."""

    action: str
    identity: str
    id: str = ""
    renamed_from: str = ""
    is_moved: bool = False
    fields: tuple[FieldChange, ...] = ()
    note: str = ""


class CollectionPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to a collection; one that is not managed stays as it is."""

    changes: tuple[ItemChange, ...] = ()
    counts: ItemCounts = ItemCounts()
    is_managed: bool = True


class ClientAccess(msgspec.Struct, frozen=True, kw_only=True):
    """A page or menu entry that a role gains or loses; `kind` is `page` or `menu`."""

    kind: str
    key: str
    target: str
    becomes_public: bool = False


class RoleAccess(msgspec.Struct, frozen=True, kw_only=True):
    """What one role gains and loses."""

    role: str
    gained: tuple[ClientAccess, ...] = ()
    lost: tuple[ClientAccess, ...] = ()


class ClientAccessDiff(msgspec.Struct, frozen=True, kw_only=True):
    """What each role gains and loses, and the pages that become `public`."""

    roles: tuple[RoleAccess, ...] = ()
    public: tuple[ClientAccess, ...] = ()


class ClientFinding(msgspec.Struct, frozen=True, kw_only=True):
    """What the linter finds: `severity` is `error` or `warning`, `fix` what to write instead."""

    code: str
    severity: str
    client: str = ""
    path: str = ""
    message: str = ""
    fix: str = ""
    file: str = ""


class ClientGuard(msgspec.Struct, frozen=True, kw_only=True):
    """Why a plan is not applied as it is, and the option with which it would be."""

    code: str
    message: str
    option: str = ""


class ClientPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What an apply would do to one client; `revision` is what is stored."""

    key: str = ""
    tenant: str = ""
    name: str = ""
    file: str = ""
    revision: int = 0
    changed: bool = False
    counts: ClientCounts = ClientCounts()
    fields: tuple[FieldChange, ...] = ()
    variables: tuple[FieldChange, ...] = ()
    routes: CollectionPlan = CollectionPlan()
    menus: CollectionPlan = CollectionPlan()
    components: CollectionPlan = CollectionPlan()
    users: CollectionPlan = CollectionPlan()
    access: ClientAccessDiff = ClientAccessDiff()
    findings: tuple[ClientFinding, ...] = ()
    guards: tuple[ClientGuard, ...] = ()
    errors: tuple[ClientError, ...] = ()
    plan_hash: str = ""


class ClientsPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What an apply would do to several clients.

    `saved` is that as JSON, with what is secret sealed by the server, where it was asked for:
    `apply(plan=saved)` does exactly that, or refuses.
    """

    clients: tuple[ClientPlan, ...]
    plan_hash: str = ""
    saved: dict[str, Any] | None = None

    @property
    def has_changes(self) -> bool:
        """Whether anything would be otherwise."""
        return any(client.changed for client in self.clients)


class ClientCheck(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with one declaration."""

    key: str = ""
    file: str = ""
    errors: tuple[ClientError, ...] = ()


class ClientsCheck(msgspec.Struct, frozen=True, kw_only=True):
    """Whether declarations can be applied."""

    valid: bool
    clients: tuple[ClientCheck, ...] = ()


class ClientSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A client in the list; `held_back` are digests that no start of a server applies."""

    key: str
    tenant: str = ""
    name: str = ""
    client_id: str = ""
    revision: int = 0
    digest: str = ""
    applied_at: datetime | None = None
    held_back: tuple[str, ...] = ()


class ClientRecord(ClientSummary, frozen=True, kw_only=True):
    """A client with its `config`, as a file has it, and the `ids` of its items by collection."""

    config: dict[str, Any] = {}
    ids: dict[str, dict[str, str]] = {}


class ClientRevision(msgspec.Struct, frozen=True, kw_only=True):
    """A revision: who applied it, from where (`file`, `api`, `ui`), and why.

    Only where one is asked for alone it has its `config`.
    """

    revision: int
    applied_at: datetime
    actor: str | None = None
    source: str = ""
    counts: ClientCounts = ClientCounts()
    plan_hash: str = ""
    digest: str = ""
    rolled_back_to: int = 0
    reason: str = ""
    config: dict[str, Any] | None = None


class ClientConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """A client's configuration as a file has it; secrets are their digests."""

    key: str = ""
    config: dict[str, Any]


class DriftChange(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is not everywhere as the file had it when it was applied last.

    `kind` is `changed_live`, `changed_file`, `both`, or `same` where both changed it alike; `owner`
    has changed it last. What is UNSET is not there.
    """

    path: str
    kind: str
    owner: str = ""
    base: Any = UNSET
    live: Any = UNSET
    desired: Any = UNSET


class ClientDrift(msgspec.Struct, frozen=True, kw_only=True):
    """What has become of a client beside its file, which made `base_revision`, if any."""

    key: str
    tenant_id: str = ""
    base_revision: int = 0
    revision: int = 0
    changes: tuple[DriftChange, ...] = ()

    @property
    def has_drifted(self) -> bool:
        """Whether the file would say something else than what is live."""
        return any(change.kind != "same" for change in self.changes)


class DriftResolution(msgspec.Struct, frozen=True, kw_only=True):
    """What came of drift: the `result` where it was undone, the `config` where it is adopted."""

    result: UpsertResult | None = None
    config: dict[str, Any] | None = None


class ImportChange(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that an import has changed."""

    path: str
    what: str
    before: Any = UNSET
    after: Any = UNSET


class ImportedClient(msgspec.Struct, frozen=True, kw_only=True):
    """A client of another system as one of this, and all that was changed for that."""

    key: str = ""
    config: dict[str, Any]
    changes: tuple[ImportChange, ...] = ()


class ClientApp(msgspec.Struct, frozen=True, kw_only=True):
    """What a front end shows to a role: `app` has name, theme, routes, menus.

    It is None where it is still what the given `etag` stands for.
    """

    etag: str
    app: dict[str, Any] | None = None

    @property
    def is_unchanged(self) -> bool:
        """Whether the caller has it already."""
        return self.app is None

"""What an apply would do: a value that is shown, saved, and applied exactly or refused."""

from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET

from tenantry.clients.model.finding import Finding
from tenantry.clients.model.result import Counts, ItemError, ItemFailure
from tenantry.clients.model.state import Source

Action: TypeAlias = Literal["added", "updated", "moved", "removed"]


class FieldChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A field that changes: `path` within the item or client, as `componentProps.slug`.

    A secret is `sealed:DIGEST` on both sides. What is UNSET was not there, or is gone.
    """

    path: str
    before: Any = UNSET
    after: Any = UNSET


class ItemChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What happens to one item of a collection.

    `identity` is what it is known by afterwards (a removed one: before), `renamed_from` what it was
    known by. `fields` are those that change, of an added item all that are not the default. A moved
    one is `is_moved`; where its fields change too, it counts as updated. Of a user, `identity` is
    the masked e-mail address.
    """

    action: Action
    identity: str
    id: str = ""
    renamed_from: str = ""
    is_moved: bool = False
    fields: tuple[FieldChange, ...] = ()
    note: str = ""


class CollectionPlan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What happens to a collection: in the order of the result, what is removed last.

    `becomes_managed` says that it is declared for the first time, maybe as an empty one.
    """

    changes: tuple[ItemChange, ...] = ()
    counts: Counts = Counts()
    is_managed: bool = True
    becomes_managed: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.changes and not self.becomes_managed


class Access(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A page or a menu entry that a role gains or loses.

    `target` is a route's path, or `MENU > TITLE > TITLE` of an entry; `key` is the route's or the
    menu's.
    """

    kind: Literal["page", "menu"]
    key: str
    target: str
    becomes_public: bool = False


class RoleAccess(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one role gains and loses."""

    role: str
    gained: tuple[Access, ...] = ()
    lost: tuple[Access, ...] = ()


class AccessDiff(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What each role gains or loses, `ANON` first; `public` are the pages that become public."""

    roles: tuple[RoleAccess, ...] = ()
    public: tuple[Access, ...] = ()


class Guard(msgspec.Struct, frozen=True, kw_only=True):
    """Why a plan is not applied as it is, and the option with which it would be (`--force`)."""

    code: Literal[
        "would_empty", "too_many_removed", "protected", "becomes_public", "held_back", "drifted"
    ]
    message: str
    option: Literal["--force", "--allow-public", ""] = ""


class ClientPlan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What happens to one client.

    It holds for the stream's `base_version` alone; `base_revision` is 0 where the client is new.
    `fields` and `variables` are those of the client itself. `failures` are items that could not be
    read, and so keep what is stored of them. `source` owns what the plan changes, `digest` is that
    of the state that it leads to.
    """

    tenant_id: str
    key: str
    name: str = ""
    origin: str = ""
    source: Source = "api"
    base_version: int = 0
    base_revision: int = 0
    digest: str = ""
    source_digest: str = ""
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
    errors: tuple[ItemError, ...] = ()
    plan_hash: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do; there always is where the client is new."""
        changes = (*self.fields, *self.variables)
        parts = (self.routes, self.menus, self.components, self.users)
        return bool(self.base_revision) and not changes and all(part.is_empty for part in parts)

    def collection(self, kind: str) -> CollectionPlan:
        """Return what happens to a collection."""
        part: CollectionPlan = getattr(self, kind)
        return part


class SavedPlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A plan with all it takes to apply it, as `plan --out` saves it.

    `sealed` is what it would do with what is secret or personal in it, sealed by the server that
    made it (base64); nobody else can read or apply it. `plan_hash` is over all plans.
    """

    format: Literal["tenantry-plan/1"] = "tenantry-plan/1"
    created_at: str
    source: Source
    plan_hash: str
    clients: tuple[ClientPlan, ...]
    sealed: tuple[str, ...]

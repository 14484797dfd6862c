"""What happens to clients; people are named by id alone, secrets by their digests."""

from typing import Any, TypeAlias

import msgspec

from tenantry.clients.model.result import AllCounts
from tenantry.clients.model.state import Source


class ClientRegistered(msgspec.Struct, frozen=True, kw_only=True):
    """A client came to be."""

    client_id: str
    key: str
    name: str


class Added(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """A new item, behind the item whose id is `after` ("" is the beginning)."""

    id: str
    after: str
    value: dict[str, Any]


class Updated(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """An item that is otherwise now: `value` is all of it."""

    id: str
    value: dict[str, Any]


class Moved(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """An item that stands behind another now: the nearest before it that is not new."""

    id: str
    after: str


class ItemsChanged(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Items of a collection changed.

    They are taken in this order: removed, updated, moved, added; each list in its own. `is_managed`
    is said where a collection is declared for the first time, maybe as an empty one.
    """

    removed: tuple[str, ...] = ()
    updated: tuple[Updated, ...] = ()
    moved: tuple[Moved, ...] = ()
    added: tuple[Added, ...] = ()
    is_managed: bool = False


class RoutesChanged(ItemsChanged, frozen=True, kw_only=True):
    """Routes changed."""


class MenusChanged(ItemsChanged, frozen=True, kw_only=True):
    """Menus changed."""


class ComponentsChanged(ItemsChanged, frozen=True, kw_only=True):
    """Components changed."""


class FieldsChanged(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Fields of the client itself got other values, each as a whole.

    `removed` are fields that are not declared any more: only a rollback does that. `secrets` are
    new ones: digests to what the vault has sealed (base64).
    """

    fields: dict[str, Any] = {}
    removed: tuple[str, ...] = ()
    variables: dict[str, str] | None = None
    secrets: dict[str, str] = {}


class ClientApplied(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A revision is complete: it closes an apply.

    `digest` is over the whole state, `source_digest` over what was handed in, `rolled_back_to` the
    revision whose state this is again, `held_back` what a start-up does not apply from here on.
    `users` have their roles in this client, by user id. One that `is_partial` was made past errors.
    """

    revision: int
    digest: str
    source_digest: str = ""
    plan_hash: str
    counts: AllCounts
    source: Source
    users: dict[str, tuple[str, ...]] = {}
    rolled_back_to: int = 0
    held_back: tuple[str, ...] = ()
    reason: str = ""
    is_partial: bool = False


ClientEvent: TypeAlias = (
    ClientRegistered
    | RoutesChanged
    | MenusChanged
    | ComponentsChanged
    | FieldsChanged
    | ClientApplied
)

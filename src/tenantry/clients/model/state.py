"""A client as it is stored, and a declaration that is ready to be compared with it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Generic, Literal, TypeAlias, TypeVar

import msgspec

from tenantry.clients.model.config import Component, DeclaredUser, Menu, Route

STREAM_PREFIX: Final = "client-"
"""Streams of clients begin with this; the key follows."""

SEALED: Final = "sealed:"
"""What stands in the place of a secret begins with this; its keyed digest (64 hex) follows."""

Kind: TypeAlias = Literal["routes", "menus", "components", "users"]
"""The collections whose items are compared one by one."""
ITEM_KINDS: Final[tuple[Literal["routes", "menus", "components"], ...]] = (
    "routes",
    "menus",
    "components",
)
"""Those that are part of a client's state; users are people, who belong to a tenant."""
KINDS: Final[tuple[Kind, ...]] = (*ITEM_KINDS, "users")

Value: TypeAlias = Route | Menu | Component
"""An item in normal form: every default is filled in, roles are sorted and named once."""

T = TypeVar("T")

Source: TypeAlias = Literal["file", "api", "ui"]
"""Where a revision came from; each field is owned by the source that changed it last."""


class Item(msgspec.Struct, Generic[T], frozen=True, gc=False):
    """An item that is stored, under an id that it keeps for ever, whatever it is called."""

    id: str
    value: T


class ClientState(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored of a client at its `revision`.

    `fields` are those that were ever declared, by the names that files have, in normal form. A
    collection is None where none was ever declared. Secrets are `sealed:DIGEST` wherever they
    stand, and `secrets` has what that stands for: digests to what the vault has sealed (base64).
    `variables` are the values of placeholders, which are secrets too. `version` is that of the
    client's stream, `held_back` the digests that a start-up does not apply.
    """

    tenant_id: str
    key: str
    client_id: str
    revision: int = 0
    version: int = 0
    digest: str = ""
    source_digest: str = ""
    fields: dict[str, Any] = {}
    variables: dict[str, str] = {}
    secrets: dict[str, str] = {}
    routes: tuple[Item[Route], ...] | None = None
    menus: tuple[Item[Menu], ...] | None = None
    components: tuple[Item[Component], ...] | None = None
    users: dict[str, tuple[str, ...]] = {}
    held_back: tuple[str, ...] = ()
    file_revision: int = 0

    def items_of(self, kind: str) -> Sequence[Item[Any]] | None:
        """Return a collection, None where it was never declared."""
        items: Sequence[Item[Any]] | None = getattr(self, kind)
        return items


class Desired(msgspec.Struct, frozen=True, kw_only=True):
    """A declaration in normal form: what a client shall be.

    `fields` are plain JSON, as they are stored; secrets are `sealed:DIGEST`. `plain` has these
    secrets by digest, as JSON; it never leaves the process unsealed. `users` are people, who never
    do either. `origin` is the file, for messages. `removed` are fields that shall not be declared
    any more, which only going back can want.
    """

    tenant_id: str
    key: str
    name: str
    fields: dict[str, Any] = {}
    variables: dict[str, str] = {}
    routes: tuple[Route, ...] | None = None
    menus: tuple[Menu, ...] | None = None
    components: tuple[Component, ...] | None = None
    users: tuple[DeclaredUser, ...] | None = None
    removed: tuple[str, ...] = ()
    plain: Mapping[str, bytes] = {}
    source_digest: str = ""
    origin: str = ""

    def values_of(self, kind: str) -> Sequence[Any] | None:
        """Return a collection, None where it is not managed."""
        values: Sequence[Any] | None = getattr(self, kind)
        return values

    def __repr__(self) -> str:
        return f"Desired({self.tenant_id!r}, {self.key!r})"


def identities_of(values: Sequence[Value]) -> list[str]:
    """Return what each of a collection's items, all of one type, is known by."""
    if values and isinstance(values[0], Route):
        return [value.key or value.path for value in values]  # type: ignore[union-attr] # a Route
    return list(map(identity_of, values))


def identity_of(value: Value) -> str:
    """Return what an item is known by within its client."""
    match value:
        case Route():
            return value.key or value.path
        case Menu():
            return value.key
        case Component():
            return f"{value.name_space}.{value.name}@{value.version}"

"""What the OpenAPI document says of a route and no type of its handler can: declared beside it."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import msgspec

from tenantry.base.errors import TenantryError

Schema: TypeAlias = Mapping[str, Any]
"""A JSON Schema."""

Shape: TypeAlias = Any
"""What a body looks like: a type that `msgspec` knows, or a `Schema`."""


class HeaderField(msgspec.Struct, frozen=True, kw_only=True):
    """A header that a route reads or sends."""

    name: str
    meaning: str
    schema: Schema = msgspec.field(default_factory=lambda: {"type": "string"})
    is_always_sent: bool = False


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of a route that is no error, with its body by media type.

    `links` are routes that lead on from here, with the path and the tenant of the request.
    """

    meaning: str
    content: Mapping[str, Shape] = {}
    headers: tuple[HeaderField, ...] = ()
    links: tuple[str, ...] = ()


class Declaration(msgspec.Struct, frozen=True, kw_only=True):
    """What a route takes and answers.

    `replies` are its answers by status, `errors` the kinds it raises besides those of every route;
    `parameters` stand, by name, in the place of what the handler's types say of path and query. Of
    a `body` every media type is named that may be sent. `error_shape` is what its errors look like
    as JSON, where that is another protocol's affair.
    """

    replies: Mapping[int, Reply]
    errors: tuple[type[TenantryError], ...] = ()
    parameters: Mapping[str, Schema] = {}
    headers: tuple[HeaderField, ...] = ()
    body: Mapping[str, Shape] = {}
    is_body_required: bool = True
    error_shape: Schema | None = None


Declarations: TypeAlias = Mapping[str, Declaration]
"""By route: `GET /config/{name}`."""

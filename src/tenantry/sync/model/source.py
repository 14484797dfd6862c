"""Where a tenant's data come from, as the setting `sync:source` says it.

The structs are the wire form: `msgspec.to_builtins` of one is what `rules.parse_source` reads.
"""

from typing import Literal, TypeAlias

import msgspec

from tenantry.sync.errors import ErrorType
from tenantry.sync.model.collection import Collection

Paging = Literal["page", "cursor"]
EtagScope = Literal["page", "collection"]

SECRET_PREFIX = "secret:"  # noqa: S105 - what a reference begins with, and no secret
"""A reference to a secret is this and the name of the setting that holds it."""


class BearerAuth(msgspec.Struct, frozen=True, kw_only=True):
    """A token that is sent as it is stored; `bearer` is a reference."""

    bearer: str


class ServiceToken(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How to get a token: OAuth 2 client credentials; `client_secret` is a reference."""

    url: str
    client_id: str
    client_secret: str
    scope: str | None = None


class ServiceTokenAuth(msgspec.Struct, frozen=True, kw_only=True):
    """A token that is fetched, and kept until it is refused."""

    service_token: ServiceToken


Auth: TypeAlias = BearerAuth | ServiceTokenAuth


class HttpSource(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="http"
):
    """A JSON API that answers in pages.

    `etag` says what an `ETag` stands for: the page it came with, or the whole collection. `since`
    names the query parameter that asks for what has changed since a value of the cursor field.
    """

    base_url: str
    auth: Auth | None = None
    page_size: int = 100
    paging: Paging = "page"
    etag: EtagScope = "page"
    since: str | None = None
    timeout_seconds: float = 30.0
    collections: tuple[Collection, ...]


class SqlSource(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="sql"
):
    """A database; `url` is a reference, or a URL of SQLAlchemy without a password."""

    url: str
    page_size: int = 1000
    timeout_seconds: float = 30.0
    collections: tuple[Collection, ...]


class FilesSource(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="files"
):
    """A folder of JSONL, CSV and Parquet files; `path` is one within `SYNC_FILES_ROOT`."""

    path: str
    page_size: int = 1000
    collections: tuple[Collection, ...]


Source: TypeAlias = HttpSource | SqlSource | FilesSource


class CollectionCheck(msgspec.Struct, frozen=True, kw_only=True):
    """What asking for the first page of a collection has shown.

    `row_count` are the rows of that page, `total` those of the whole where the source tells it.
    """

    collection: str
    is_ok: bool
    row_count: int = 0
    total: int | None = None
    error_type: ErrorType | None = None
    error: str = ""

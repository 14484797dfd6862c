"""What several routes take, and how it is read."""

import re
from typing import Annotated, Any, Final, TypeAlias

import msgspec
from litestar import Request
from litestar.params import Parameter

from tenantry.base.codec import check_depth
from tenantry.base.errors import Invalid

TAG: Final = "updater"
PATH: Final = "/api/database-updater"

AnyRequest: TypeAlias = Request[Any, Any, Any]

Count = Annotated[str | None, Parameter(description="How many of the newest.")]
Limit = Annotated[str | None, Parameter(description="How many at once; 100 if not given.")]
Cursor = Annotated[str | None, Parameter(description="The `next_cursor` of an earlier answer.")]

DEFAULT_LIMIT: Final = 100
MAX_LIMIT: Final = 1_000

_NUMBER: Final = re.compile(r"[0-9]{1,9}")


class Start(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """How updaters shall run."""

    dry_run: bool = False
    log_level: str | None = None


class Execution(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """How an updater shall be run; `token` is that of a dry run."""

    dry_run: bool = False
    token: str | None = None


class Change(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What shall be otherwise in the configuration."""

    config: dict[str, Any]


class BackfillOrder(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """How far back a history shall go."""

    days: int


class Question(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """An expression to be explained; `after` is an ISO 8601 instant."""

    expression: str
    timezone: str | None = None
    after: str | None = None
    count: int = 10
    updater: str | None = None
    intent: str | None = None


def read_columns(body: bytes) -> dict[str, Any]:
    """Read columns and their values; raises `Invalid`."""
    check_depth(body)
    try:
        return msgspec.json.decode(body.strip() or b"{}", type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        wants = "a JSON object of columns"
        raise Invalid(f"body: {error}; wants {wants}", field="body", wants=wants) from error


def read_count(text: str | None, *, field: str, default: int, most: int = MAX_LIMIT) -> int:
    """Read how many are wanted; raises `Invalid`."""
    if text is None:
        return default
    if not _NUMBER.fullmatch(text) or not 1 <= int(text) <= most:
        raise Invalid(field=field, got=text[:64], wants=f"a whole number from 1 to {most}")
    return int(text)

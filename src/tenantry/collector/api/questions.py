"""What several routes take, and how it is read."""

import re
from typing import Annotated, Any, Final, TypeAlias

from litestar import Request
from litestar.params import Parameter, QueryParameter

from tenantry.base.errors import Invalid

TAG: Final = "collector"
PATH: Final = "/api/collector"
NDJSON: Final = "application/x-ndjson"

AnyRequest: TypeAlias = Request[Any, Any, Any]

Limit = Annotated[str | None, Parameter(description="How many at once.")]
Cursor = Annotated[str | None, Parameter(description="The `next_cursor` of an earlier answer.")]
DryRun = Annotated[
    str | None,
    QueryParameter(
        name="dryRun", description="`true` says what a run would be and cost, and no more."
    ),
]

DEFAULT_LIMIT: Final = 100
MAX_LIMIT: Final = 1_000
NEWEST: Final = 2**62

_NUMBER: Final = re.compile(r"[0-9]{1,18}", re.ASCII)
_YES_NO: Final = {"true": True, "false": False}


def read_count(text: str | None, *, default: int, most: int = MAX_LIMIT) -> int:
    """Read how many are wanted; raises `Invalid`."""
    if text is None:
        return default
    if not _NUMBER.fullmatch(text) or not 1 <= int(text) <= most:
        raise Invalid(field="limit", got=text[:64], wants=f"a whole number from 1 to {most}")
    return int(text)


def read_place(text: str | None) -> int:
    """Read where a list goes on; raises `Invalid`."""
    if text is None:
        return NEWEST
    if not _NUMBER.fullmatch(text):
        raise Invalid(field="cursor", got=text[:64], wants="the next_cursor of an earlier answer")
    return int(text)


def read_dry_run(text: str | None) -> bool:
    """Read whether nothing is to be done; raises `Invalid`."""
    if text is None:
        return False
    if text not in _YES_NO:
        raise Invalid(field="dryRun", got=text[:64], wants="true or false")
    return _YES_NO[text]

"""What several routes take in their query."""

import re
from typing import Annotated, Any, Final, TypeAlias

from litestar import Request, Response
from litestar.params import Parameter, QueryParameter

from tenantry.base import Clock
from tenantry.base.codec import encode_json
from tenantry.base.errors import Invalid
from tenantry.tenants.service import DEFAULT_LIMIT, MAX_LIMIT
from tenantry.web import enveloped

AnyRequest: TypeAlias = Request[Any, Any, Any]

Limit = Annotated[str | None, Parameter(description="How many at once; 100 if not given.")]
Cursor = Annotated[str | None, Parameter(description="The `next_cursor` of an earlier answer.")]
Status = Annotated[str | None, Parameter(description="Only those that are so.")]
Confirm = Annotated[str | None, Parameter(description="The tenant's id once more.")]
# Not in the path, which is in log lines.
Email = Annotated[str | None, Parameter(description="Only the user who has this address.")]
Actor = Annotated[str | None, Parameter(description="Only what this principal did.")]
Action = Annotated[str | None, Parameter(description="Only actions that begin so.")]
OfTenant = Annotated[
    str | None, QueryParameter(name="tenant", description="Only what happened in this tenant.")
]
Since = Annotated[
    str | None, QueryParameter(name="from", description="Only what happened then or later.")
]
Until = Annotated[
    str | None, QueryParameter(name="to", description="Only what happened until then.")
]

Newest = Annotated[
    str | None, QueryParameter(name="newest_first", description="`true`: the newest first.")
]

NO_STORE: Final = {"cache-control": "no-store"}
_LIMIT: Final = re.compile(r"[0-9]{1,3}")
_STATUSES: Final = ("active", "suspended")


def read_limit(limit: str | None) -> int:
    """Read `?limit=`; raises `Invalid`."""
    if limit is None:
        return DEFAULT_LIMIT
    if not _LIMIT.fullmatch(limit) or not 1 <= int(limit) <= MAX_LIMIT:
        raise Invalid(field="limit", got=limit[:64], wants=f"1 to {MAX_LIMIT}")
    return int(limit)


def read_status(status: str | None) -> Any:
    """Read `?status=`; raises `Invalid`."""
    if status is not None and status not in _STATUSES:
        raise Invalid(field="status", got=status[:64], wants="active or suspended")
    return status


def read_newest_first(text: str | None) -> bool:
    """Read `?newest_first=`; raises `Invalid`."""
    if text not in (None, "true", "false"):
        raise Invalid(field="newest_first", got=text[:64], wants="true or false")
    return text == "true"


def answer_secret(data: Any, *, clock: Clock, status: int = 200) -> Response[bytes]:
    """Answer with something that nobody on the way may keep."""
    return Response(
        encode_json(enveloped(data, clock=clock)),
        status_code=status,
        media_type="application/json",
        headers=NO_STORE,
    )

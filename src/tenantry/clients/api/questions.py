"""What several routes take, and how it is read."""

import re
from typing import Annotated, Any, Final, TypeAlias

from litestar import Request
from litestar.params import Parameter, QueryParameter

from tenantry.base.errors import Invalid

TAG: Final = "clients"

AnyRequest: TypeAlias = Request[Any, Any, Any]

Limit = Annotated[str | None, Parameter(description="How many at once; 100 if not given.")]
Cursor = Annotated[str | None, Parameter(description="The `next_cursor` of an earlier answer.")]
Since = Annotated[
    str | None,
    QueryParameter(name="from", description="A revision; the one before `to` if not given."),
]
Until = Annotated[
    str | None, QueryParameter(name="to", description="A revision; the last if not given.")
]
OfTenant = Annotated[
    str | None,
    QueryParameter(name="tenant", description="Whose client it is, for who has not logged in."),
]
AsRole = Annotated[
    str | None, Parameter(description="Show what this role would see, to who may read clients.")
]
OfRevision = Annotated[
    str | None,
    QueryParameter(name="revision", description="Show a past revision, to who may read clients."),
]

_NUMBER: Final = re.compile(r"[0-9]{1,9}")


def read_number(text: str | None, *, field: str, least: int = 1) -> int | None:
    """Read a whole number of a query or a path; raises `Invalid`."""
    if text is None:
        return None
    if not _NUMBER.fullmatch(text) or int(text) < least:
        raise Invalid(field=field, got=text[:64], wants=f"a whole number from {least}")
    return int(text)

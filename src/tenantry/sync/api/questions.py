"""What several routes take, how it is read, and the header that names a run."""

import re
from typing import Annotated, Any, Final, TypeAlias

from litestar import Request
from litestar.params import Parameter

from tenantry.base import Principal
from tenantry.base.errors import Invalid
from tenantry.base.principal import ALL
from tenantry.web import name_flow

TAG: Final = "sync"

AnyRequest: TypeAlias = Request[Any, Any, Any]

Limit = Annotated[str | None, Parameter(description="How many at once; 100 if not given.")]
Status = Annotated[str | None, Parameter(description="Only those that stand so.")]
Cursor = Annotated[str | None, Parameter(description="The `next_cursor` of an earlier answer.")]

_NUMBER: Final = re.compile(r"[0-9]{1,9}")


def read_limit(text: str | None, *, default: int) -> int:
    """Read how many of a list are wanted; raises `Invalid`."""
    if text is None:
        return default
    if not _NUMBER.fullmatch(text) or int(text) < 1:
        raise Invalid(field="limit", got=text[:64], wants="a whole number from 1")
    return int(text)


def scope_of(request: AnyRequest, principal: Principal, tenant_id: str) -> str | None:
    """Return whose figures are meant: None, for all, where root names no tenant."""
    names_one = "x-tenant-id" in request.headers
    return None if principal.tenant_id == ALL and not names_one else tenant_id


def name_run(request: AnyRequest, correlation_id: str | None) -> None:
    """Have the answer say which run it tells of; errors say so by themselves."""
    scope: Any = request.scope
    name_flow(scope, correlation_id)

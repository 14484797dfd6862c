"""What an upstream was asked, for a test to look at."""

from collections.abc import Mapping

import msgspec


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One request, and the status that it was answered with; 0 where it got no answer.

    Headers are in lower case. `page` is 1 for a request that names none.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    tenant_id: str | None = None
    collection: str | None = None
    page: int = 1
    status: int = 0

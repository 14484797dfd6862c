"""The flow that an answer tells of, beside the request that it answers: work that others joined.

A request has an id of its own (`X-Request-ID`). What it has set going, or waited for, may be known
by another, by which logs and errors find it: `X-Correlation-ID`.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from tenantry.web.answer import ANSWER_HEADERS, Header

FLOW_HEADER: Final = b"x-correlation-id"
FLOW_DETAIL: Final = "correlationId"
"""Where an error's details name the flow that has failed."""

_ID: Final = re.compile(r"[\x21-\x7e]{1,128}")


def name_flow(scope: Mapping[str, Any], correlation_id: str | None) -> None:
    """Have the answer to the request of `scope` say which flow it tells of; None for none."""
    scope[ANSWER_HEADERS].extend(_headers_naming(correlation_id))


def flow_headers(details: Mapping[str, Any] | None) -> tuple[Header, ...]:
    """Return the header that names the flow of an error with these details."""
    return _headers_naming((details or {}).get(FLOW_DETAIL))


def _headers_naming(correlation_id: object) -> tuple[Header, ...]:
    if not isinstance(correlation_id, str) or not _ID.fullmatch(correlation_id):
        return ()
    return ((FLOW_HEADER, correlation_id.encode("ascii")),)

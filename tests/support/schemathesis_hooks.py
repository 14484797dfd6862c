"""What schemathesis must be told about the document: its own formats, and which positions exist."""

import base64
import itertools
from typing import Any

import schemathesis
from hypothesis import strategies as st

_VERSIONS = st.integers(min_value=1, max_value=99).map(lambda version: f'"{version}"')
_ACCEPT = itertools.cycle(
    ["*/*", "application/json", "application/problem+json", "text/plain", "image/png"]
)
_NAMES = st.text(st.characters(codec="utf-8"), max_size=20)


@schemathesis.hook
def before_call(_context: Any, case: schemathesis.Case[Any], _kwargs: dict[str, Any]) -> None:
    """Ask for every form in turn, and for a position that there is.

    `Accept` is no parameter in OpenAPI. For a position beyond its own the node waits 5 s, and
    answers 503.
    """
    if _is_about_credentials(case):
        # Any change would make schemathesis take the case for a valid one, and send the token.
        return
    case.headers["Accept"] = next(_ACCEPT)
    if str(case.headers.get("X-Position", "")).isdigit():
        case.headers["X-Position"] = "0"


def _is_about_credentials(case: schemathesis.Case[Any]) -> bool:
    data = case.meta.phase.data if case.meta else None
    return getattr(data, "parameter", None) == "Authorization"


def _cursor(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode().rstrip("=")


schemathesis.openapi.format("cursor", _NAMES.map(_cursor))
schemathesis.openapi.format(
    "entity-tags",
    st.just("*") | st.lists(_VERSIONS, min_size=1, max_size=3).map(", ".join),
)

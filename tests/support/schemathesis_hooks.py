"""What schemathesis must be told about the document: its own formats, and which positions exist."""

import base64
from typing import Any

import schemathesis
from hypothesis import strategies as st

_VERSIONS = st.integers(min_value=1, max_value=99).map(lambda version: f'"{version}"')
_NAMES = st.text(st.characters(codec="utf-8"), max_size=20)


@schemathesis.hook
def before_call(_context: Any, case: schemathesis.Case, _kwargs: dict[str, Any]) -> None:
    """Ask for a position that there is: the node waits 5 s for any other, and answers 503."""
    if str(case.headers.get("X-Position", "")).isdigit():
        case.headers["X-Position"] = "0"


def _cursor(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode().rstrip("=")


schemathesis.openapi.format("cursor", _NAMES.map(_cursor))
schemathesis.openapi.format(
    "entity-tags",
    st.just("*") | st.lists(_VERSIONS, min_size=1, max_size=3).map(", ".join),
)

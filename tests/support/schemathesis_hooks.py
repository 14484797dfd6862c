"""What schemathesis must be told about the document: its own formats, and which positions exist."""

import base64
import itertools
import re
from typing import Any
from urllib.parse import unquote

import schemathesis
from hypothesis import strategies as st

TENANT = "schemathesis"
"""A tenant that the test has made."""

_VERSIONS = st.integers(min_value=1, max_value=99).map(lambda version: f'"{version}"')
_ACCEPT = itertools.cycle(
    ["*/*", "application/json", "application/problem+json", "text/plain", "image/png"]
)
_WAIT = re.compile(r"[0-9]+m?s")
_RESERVED = ("sync:", "flag:", "updater:", "collector:")
_EDGES_OF_THE_CALENDAR = ("0001-01-01", "9999-12-31")
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
    _hurry(case)
    if case.meta and case.meta.generation.mode.is_positive:
        _obey(case)


def _obey(case: schemathesis.Case[Any]) -> None:
    """Keep to what a document cannot say: what goes together, and what comes once."""
    if ("wait" in case.query) != ("version" in case.query):
        case.query.pop("wait", None)
        case.query.pop("version", None)
    elif "wait" in case.query:
        case.query.pop("at", None)
        case.query.pop("layer", None)
    _name_tenant(case)
    # What is stored under a reserved name is more than a JSON value: 400, as its feature says.
    if unquote(str(case.path_parameters.get("name", ""))).startswith(_RESERVED):
        case.path_parameters["name"] = "mine"
    for given in (case.path_parameters, case.query, case.body):
        if isinstance(given, dict):
            _stay_within_the_calendar(given)
    if isinstance(case.body, dict):
        _obey_in(case.body)


def _stay_within_the_calendar(given: dict[str, Any]) -> None:
    """Move an instant off the first and the last day: in UTC it may lie before the year 1."""
    for name, value in given.items():
        if isinstance(value, str) and unquote(value)[:10] in _EDGES_OF_THE_CALENDAR:
            given[name] = "2024-01-15T10:30:00Z"


def _name_tenant(case: schemathesis.Case[Any]) -> None:
    """Name a tenant that there is; one that is to be erased twice, as it must be."""
    if "tenant" not in case.path_parameters:
        return
    if case.method == "DELETE" and "confirm" in case.query:
        case.query["confirm"] = str(case.path_parameters["tenant"])
    else:
        case.path_parameters["tenant"] = TENANT


def _obey_in(body: dict[str, Any]) -> None:
    if isinstance(body.get("to"), int | float):
        # A position that the log has come to.
        body["to"] = 0
    if isinstance(body.get("expires_in_days"), float):
        # For JSON Schema 90.0 is an integer, and for us it is none.
        body["expires_in_days"] = int(body["expires_in_days"])
    if isinstance(body.get("changes"), list):
        by_name = {change["name"]: change for change in body["changes"]}
        body["changes"] = list(by_name.values())


def _hurry(case: schemathesis.Case[Any]) -> None:
    """Ask for nothing that the server rightly takes its time for.

    A watch from a position that nothing lies behind says nothing for 15 s, and a long-poll of the
    version that is there waits.
    """
    if case.operation.path.endswith(("/watch", "/ofrep/v1/events")):
        for given in (case.query, case.headers):
            for name in ("from", "Last-Event-ID"):
                if str(given.get(name, "")).isdigit():
                    del given[name]
    if _WAIT.fullmatch(str(case.query.get("wait", ""))) and "version" in case.query:
        case.query["version"] = "999999999"


def _is_about_credentials(case: schemathesis.Case[Any]) -> bool:
    data = case.meta.phase.data if case.meta else None
    return getattr(data, "parameter", None) == "Authorization"


def _cursor(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode().rstrip("=")


schemathesis.openapi.format("cursor", _NAMES.map(_cursor))


@schemathesis.serializer("application/x-ndjson")
def _lines(_context: Any, value: Any) -> bytes:
    """Send a text as it is."""
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else b""


def _place(number: int) -> str:
    return base64.urlsafe_b64encode(f"{number}:run".encode()).decode()


schemathesis.openapi.format("strategy-cursor", st.integers(0, 10**17).map(_place))
schemathesis.openapi.format("wait", st.integers(1, 60).map("{}s".format))
schemathesis.openapi.format(
    "entity-tags",
    st.just("*") | st.lists(_VERSIONS, min_size=1, max_size=3).map(", ".join),
)

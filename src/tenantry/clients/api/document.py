"""What the OpenAPI document says of these routes: what each takes and answers."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tenantry.base.errors import (
    Conflict,
    Denied,
    Invalid,
    NotFound,
    TenantryError,
    TooLarge,
    Unauthenticated,
    Unavailable,
    Unprocessable,
)
from tenantry.clients.api.declaration_routes import Applied, Drifts, Findings, Imports
from tenantry.clients.api.view_routes import Exports, Revisions
from tenantry.clients.model import (
    MAX_CLIENTS,
    AppView,
    Checked,
    ClientView,
    Drift,
    PlannedClient,
    PlanView,
    RevisionDetail,
)
from tenantry.clients.service import MAX_LIMIT, ClientPage
from tenantry.web import Declaration, Declarations, Envelope, HeaderField, Reply, Schema

_JSON: Final = "application/json"
_TEXT: Final[Schema] = {"type": "string"}
_FLAG: Final[Schema] = {"type": "boolean"}
_CONFIG: Final[Schema] = {
    "type": "object",
    "description": "A client as a file declares it; docs/reference/clients.md has every field.",
}
_VARIABLES: Final[Schema] = {
    "type": "object",
    "additionalProperties": _TEXT,
    "description": "What placeholders stand for, by name.",
}
_SET: Final[Mapping[str, Schema]] = {
    "configs": {"type": "array", "maxItems": MAX_CLIENTS, "items": _CONFIG},
    "variables": _VARIABLES,
    "origins": {
        "type": "array",
        "items": _TEXT,
        "description": "The files of `configs`, in their order, for messages.",
    },
    "source": {"enum": ["file", "api", "ui"]},
    "continue_on_error": _FLAG,
}
_LEAVE: Final[Mapping[str, Schema]] = {
    "force": {**_FLAG, "description": "Remove as much as it says."},
    "allow_public": {**_FLAG, "description": "Make pages public."},
    "reason": _TEXT,
}
_READS: Final = (Invalid, Denied, TooLarge, Unavailable)
_WRITES: Final = (Invalid, Denied, NotFound, Conflict, Unprocessable, TooLarge, Unavailable)
_OF_CLIENT: Final = (Denied, NotFound, Unavailable)
_REVISION: Final[Schema] = {"type": "integer", "minimum": 1, "maximum": 999_999_999}


def _object(properties: Mapping[str, Any], *, required: Sequence[str] = ()) -> Schema:
    return {
        "type": "object" if required else ["object", "null"],
        "additionalProperties": False,
        "properties": dict(properties),
        "required": list(required),
    }


def _answer(
    kind: Any,
    meaning: str,
    *,
    body: Schema | None = None,
    errors: tuple[type[TenantryError], ...] = _READS,
    parameters: Mapping[str, Schema] | None = None,
) -> Declaration:
    return Declaration(
        body={} if body is None else {_JSON: body},
        is_body_required=body is not None and bool(body["required"]),
        replies={200: Reply(meaning=meaning, content={_JSON: Envelope[kind]})},
        errors=errors,
        parameters=parameters or {},
    )


_DECLARED: Final[Declarations] = {
    "POST /api/clients/validate": _answer(
        Checked, "All that is wrong with each declaration.", body=_object(_SET)
    ),
    "POST /api/clients/lint": _answer(
        Findings, "What is unsound about the declarations.", body=_object(_SET)
    ),
    "POST /api/clients/plan": _answer(
        PlanView,
        "What an apply would do.",
        body=_object({**_SET, "save": _FLAG}),
        errors=(*_READS, Unprocessable),
    ),
    "POST /api/clients/apply": _answer(
        Applied,
        "What has become of each client.",
        body=_object(
            {
                **_SET,
                **_LEAVE,
                "plan": {
                    "type": ["object", "null"],
                    "description": "What `plan` answered as `saved`, in the place of `configs`.",
                },
            }
        ),
        errors=_WRITES,
    ),
    "POST /api/clients/import": _answer(
        Imports,
        "The declarations, and all that was changed.",
        body=_object(_SET),
        errors=(*_READS, Unprocessable),
    ),
    "POST /api/clients/drift": _answer(
        Drifts,
        "Where the three are not the same.",
        body=_object(_SET),
        errors=(*_READS, Unprocessable),
    ),
    "POST /api/clients/drift/resolve": _answer(
        dict[str, Any],
        "What was put back, or the declaration that says what is.",
        body=_object(
            {
                **_LEAVE,
                "key": _TEXT,
                "how": {"enum": ["revert", "adopt"]},
                "fields": {"type": "array", "items": _TEXT},
                "config": {"anyOf": [_CONFIG, {"type": "null"}]},
                "variables": _VARIABLES,
            },
            required=["key", "how"],
        ),
        errors=_WRITES,
    ),
    "POST /api/clients/export": _answer(
        Exports,
        "The declarations.",
        body=_object({"keys": {"type": "array", "items": _TEXT}}),
        errors=_OF_CLIENT,
    ),
    "POST /api/clients/{key}/rollback": _answer(
        dict[str, Any],
        "What has become of the client, or what would.",
        body=_object({**_LEAVE, "to": _REVISION, "dry_run": _FLAG}, required=["to"]),
        errors=(Invalid, Denied, NotFound, Conflict, TooLarge, Unavailable),
    ),
}
_READ: Final[Declarations] = {
    "GET /api/clients": _answer(
        ClientPage,
        "The clients.",
        errors=(Invalid, Denied, Unavailable),
        parameters={
            "limit": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT},
            "cursor": _TEXT,
        },
    ),
    "GET /api/clients/{key}": _answer(ClientView, "The client.", errors=_OF_CLIENT),
    "GET /api/clients/{key}/revisions": _answer(Revisions, "The revisions.", errors=_OF_CLIENT),
    "GET /api/clients/{key}/revisions/{revision}": _answer(
        RevisionDetail, "The revision.", errors=_OF_CLIENT, parameters={"revision": _REVISION}
    ),
    "GET /api/clients/{key}/diff": _answer(
        PlannedClient,
        "What became otherwise.",
        errors=(Invalid, *_OF_CLIENT),
        parameters={"from": {**_REVISION, "minimum": 0}, "to": _REVISION},
    ),
    "GET /api/clients/{key}/lint": _answer(Findings, "What is unsound.", errors=_OF_CLIENT),
    "GET /api/clients/{key}/drift": _answer(Drift, "What has drifted.", errors=_OF_CLIENT),
    "GET /api/clients/{key}/app": Declaration(
        replies={
            200: Reply(
                meaning="What the caller may see.",
                content={_JSON: Envelope[AppView]},
                headers=(
                    HeaderField(name="ETag", meaning="Of what may be seen.", is_always_sent=True),
                ),
            ),
            304: Reply(meaning="It is as `If-None-Match` says."),
        },
        headers=(HeaderField(name="If-None-Match", meaning="The ETag of an earlier answer."),),
        errors=(Invalid, Unauthenticated, Denied, NotFound, Unavailable),
        parameters={
            "tenant": _TEXT,
            "as_role": {**_TEXT, "minLength": 1},
            "revision": _REVISION,
        },
    ),
}

DECLARATIONS: Final[Declarations] = {**_DECLARED, **_READ}

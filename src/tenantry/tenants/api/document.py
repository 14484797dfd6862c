"""What the OpenAPI document says of these routes: what each takes and answers."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tenantry.base.errors import (
    Conflict,
    Denied,
    Invalid,
    NotFound,
    TenantryError,
    Unauthenticated,
    Unavailable,
)
from tenantry.reliability import RateLimited
from tenantry.tenants.model import (
    LEAST_PASSWORD_CHARACTERS,
    MAX_APPLICATIONS,
    MAX_EMAIL_CHARACTERS,
    MAX_KEY_DAYS,
    MAX_KEY_NAME_CHARACTERS,
    MAX_NAME_CHARACTERS,
    MAX_ORIGINS,
    MAX_PASSWORD_CHARACTERS,
    MAX_PERSON_CHARACTERS,
    AuditEntry,
    Erasure,
    IssuedKey,
    KeyView,
    LoggedIn,
    MemberView,
    Page,
    TenantView,
    UserView,
    WhoAmI,
)
from tenantry.tenants.rules import names
from tenantry.tenants.service import MAX_LIMIT
from tenantry.web import Declaration, Declarations, Envelope, HeaderField, Reply, Schema

_JSON: Final = "application/json"
_NO_STORE: Final = HeaderField(
    name="Cache-Control",
    meaning="Nobody on the way may keep it.",
    schema={"const": "no-store"},
    is_always_sent=True,
)
_FLOW: Final = HeaderField(
    name="X-Correlation-ID", meaning="The sync that was waited for, or that had been before."
)
_ROLES: Final = ("viewer", "editor", "operator", "admin", "root")
_INSTANT: Final = {"type": "string", "format": "date-time"}


def _text(pattern: str, most: int, least: int = 1) -> dict[str, Any]:
    return {"type": "string", "pattern": pattern, "minLength": least, "maxLength": most}


def _or_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def _object(properties: Mapping[str, Any], *, required: Sequence[str] = ()) -> Schema:
    """Return the schema of a body; one that requires nothing may be null, or not be there."""
    return {
        "type": "object" if required else ["object", "null"],
        "additionalProperties": False,
        "properties": dict(properties),
        "required": list(required),
    }


_NAME: Final = _text(names.NAME, MAX_NAME_CHARACTERS)
_PERSON: Final = _text(names.NAME, MAX_PERSON_CHARACTERS)
_EMAIL: Final = _text(names.EMAIL, MAX_EMAIL_CHARACTERS)
_USERNAME: Final = _text(names.USERNAME, MAX_PERSON_CHARACTERS)
_WORD: Final = _text(names.WORD, MAX_PERSON_CHARACTERS)
_PASSWORD: Final[Schema] = {
    "type": "string",
    "minLength": LEAST_PASSWORD_CHARACTERS,
    "maxLength": MAX_PASSWORD_CHARACTERS,
    "writeOnly": True,
}
_ORIGINS: Final = {
    "type": "array",
    "maxItems": MAX_ORIGINS,
    "items": _text(names.ORIGIN, names.MAX_ORIGIN_CHARACTERS),
    "description": "Web origins whose pages may call in the tenant's name.",
}
_APPLICATIONS: Final = {
    "type": "array",
    "maxItems": MAX_APPLICATIONS,
    "description": "Roles in the tenant's front ends, which permit nothing here; without a "
    "`client_key` in all of them.",
    "items": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "client_key": _or_null(_WORD),
            "roles": {"type": "array", "maxItems": MAX_APPLICATIONS, "items": _WORD},
        },
    },
}
_PERSONAL: Final[Mapping[str, Any]] = {
    "username": _or_null(_USERNAME),
    "first_name": _or_null(_PERSON),
    "last_name": _or_null(_PERSON),
    "password": _or_null(_PASSWORD),
}
_ROLE: Final = _or_null({"enum": list(_ROLES)})
_MEMBER: Final = {**_PERSONAL, "role": _ROLE, "applications": _APPLICATIONS}
_ANY_TEXT: Final = {"type": "string"}
_BOOLEAN: Final = {"type": "boolean"}

_PAGES: Final[Mapping[str, Schema]] = {
    "limit": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT},
    "cursor": {"type": "string", "pattern": r"^[0-9]{1,18}\.[!-~]{0,128}$"},
}
_WRITES: Final = (Denied, NotFound, Conflict, Unavailable)


def _answer(
    kind: Any,
    meaning: str,
    *,
    body: Schema | None = None,
    status: int = 200,
    errors: tuple[type[TenantryError], ...] = (Unavailable,),
    parameters: Mapping[str, Schema] | None = None,
    is_secret: bool = False,
    headers: tuple[HeaderField, ...] = (),
) -> Declaration:
    reply = Reply(
        meaning=meaning,
        content={_JSON: Envelope[kind]},
        headers=(*((_NO_STORE,) if is_secret else ()), *headers),
    )
    return Declaration(
        body={} if body is None else {_JSON: body},
        is_body_required=body is not None and bool(body["required"]),
        replies={status: reply},
        errors=errors,
        parameters=parameters or {},
    )


def _nothing(meaning: str, *errors: type[TenantryError]) -> Declaration:
    return Declaration(replies={204: Reply(meaning=meaning)}, errors=(*errors, Unavailable))


def _named_by(name: str, *, not_by: str) -> Schema:
    return {"required": [name], "properties": {name: _ANY_TEXT, not_by: {"type": "null"}}}


_LOGIN: Final[Schema] = {
    **_object(
        {
            "email": _or_null(_ANY_TEXT),
            "username": _or_null(_ANY_TEXT),
            "password": {**_ANY_TEXT, "writeOnly": True},
            "tenant": _or_null(_ANY_TEXT),
        },
        required=["password"],
    ),
    "oneOf": [_named_by("email", not_by="username"), _named_by("username", not_by="email")],
}

_SIGN_IN: Final[Declarations] = {
    "POST /api/auth/login": _answer(
        LoggedIn,
        "A session of this user.",
        body=_LOGIN,
        errors=(Invalid, Unauthenticated, Denied, RateLimited, Unavailable),
        is_secret=True,
        headers=(_FLOW,),
    ),
    "POST /api/auth/logout": _nothing("The session has ended.", Invalid),
    "POST /api/auth/refresh": _answer(
        LoggedIn,
        "Another session in the place of the one that was shown.",
        body=_object({"tenant": _or_null(_ANY_TEXT)}),
        errors=(Invalid, Unavailable),
        is_secret=True,
        headers=(_FLOW,),
    ),
    "GET /api/auth/me": _answer(WhoAmI, "Who asks, and what they may do."),
    "PATCH /api/auth/me": _answer(
        UserView,
        "The user after that.",
        body=_object(
            {**_PERSONAL, "email": _or_null(_EMAIL), "current_password": _or_null(_ANY_TEXT)}
        ),
        errors=(Invalid, Conflict, RateLimited, Unavailable),
    ),
}
_TENANTS: Final[Declarations] = {
    "GET /api/tenants": _answer(
        Page[TenantView],
        "The tenants that who asks may see.",
        parameters={**_PAGES, "status": {"enum": ["active", "suspended"]}},
    ),
    "POST /api/tenants": _answer(
        TenantView,
        "The new tenant.",
        body=_object(
            {
                "id": _or_null(_text(names.TENANT_ID, 63)),
                "name": _NAME,
                "origins": _ORIGINS,
                "sandbox": _BOOLEAN,
            },
            required=["name"],
        ),
        status=201,
        errors=(Conflict, Unavailable),
    ),
    "GET /api/tenants/{tenant}": _answer(TenantView, "The tenant.", errors=(NotFound, Unavailable)),
    "PATCH /api/tenants/{tenant}": _answer(
        TenantView,
        "The tenant after that.",
        body=_object(
            {
                "name": _or_null(_NAME),
                "origins": _or_null(_ORIGINS),
                "sandbox": _or_null(_BOOLEAN),
            }
        ),
        errors=(NotFound, Unavailable),
    ),
    "DELETE /api/tenants/{tenant}": _answer(
        Erasure,
        "What is not there any more.",
        errors=(NotFound, Unavailable),
        parameters={"confirm": _ANY_TEXT},
    ),
    "POST /api/tenants/{tenant}/suspend": _answer(
        TenantView,
        "The tenant after that.",
        body=_object(
            {"reason": _or_null(_text(names.REASON, names.MAX_REASON_CHARACTERS, least=0))}
        ),
        errors=(NotFound, Unavailable),
    ),
    "POST /api/tenants/{tenant}/activate": _answer(
        TenantView, "The tenant after that.", errors=(NotFound, Unavailable)
    ),
    "GET /api/tenants/{tenant}/export": _answer(
        dict[str, Any],
        "All that is kept of the tenant, but for its secrets.",
        errors=(NotFound, Unavailable),
    ),
}
_USERS: Final[Declarations] = {
    "GET /api/tenants/{tenant}/users": _answer(
        Page[MemberView],
        "The users.",
        errors=(NotFound, Unavailable),
        parameters={**_PAGES, "email": _ANY_TEXT},
    ),
    "POST /api/tenants/{tenant}/users": Declaration(
        body={_JSON: _object({"email": _EMAIL, **_MEMBER}, required=["email"])},
        replies={
            200: Reply(
                meaning="Somebody who was there already is a user of the tenant now.",
                content={_JSON: Envelope[MemberView]},
            ),
            201: Reply(meaning="A new person.", content={_JSON: Envelope[MemberView]}),
        },
        errors=_WRITES,
    ),
    "GET /api/tenants/{tenant}/users/{user}": _answer(
        MemberView, "The user.", errors=(NotFound, Unavailable)
    ),
    "PATCH /api/tenants/{tenant}/users/{user}": _answer(
        MemberView,
        "The user after that.",
        body=_object(
            {**_MEMBER, "email": _or_null(_EMAIL), "applications": _or_null(_APPLICATIONS)}
        ),
        errors=_WRITES,
    ),
    "DELETE /api/tenants/{tenant}/users/{user}": _nothing("They are no user of it.", NotFound),
}
_KEYS: Final[Declarations] = {
    "GET /api/tenants/{tenant}/keys": _answer(
        Page[KeyView], "The keys.", errors=(NotFound, Unavailable), parameters=_PAGES
    ),
    "POST /api/tenants/{tenant}/keys": _answer(
        IssuedKey,
        "The new key, and the only answer that tells it.",
        body=_object(
            {
                "name": _text(names.NAME, MAX_KEY_NAME_CHARACTERS),
                "role": {"enum": list(_ROLES)},
                "expires_in_days": _or_null(
                    {"type": "integer", "minimum": 1, "maximum": MAX_KEY_DAYS}
                ),
            },
            required=["name", "role"],
        ),
        status=201,
        errors=(NotFound, Unavailable),
        is_secret=True,
    ),
    "GET /api/tenants/{tenant}/keys/{key}": _answer(
        KeyView, "The key.", errors=(NotFound, Unavailable)
    ),
    "DELETE /api/tenants/{tenant}/keys/{key}": _nothing("It is good for nothing.", NotFound),
}
_AUDIT: Final[Declarations] = {
    "GET /api/audit": _answer(
        Page[AuditEntry],
        "What happened, in order.",
        errors=(Invalid, Unavailable),
        parameters={
            "actor": _ANY_TEXT,
            "action": _ANY_TEXT,
            "tenant": _ANY_TEXT,
            "from": _INSTANT,
            "to": _INSTANT,
            "newest_first": {"enum": ["true", "false"]},
            "limit": _PAGES["limit"],
            "cursor": {"type": "string", "pattern": "^[0-9]{1,18}$"},
        },
    )
}

DECLARATIONS: Final[Declarations] = {**_SIGN_IN, **_TENANTS, **_USERS, **_KEYS, **_AUDIT}

"""Answers about access as a server gives them, for clients that are tested without one."""

from datetime import UTC, datetime
from typing import Any, Final

AT: Final = "2024-01-15T12:00:00.000000Z"
NOON: Final = datetime(2024, 1, 15, 12, tzinfo=UTC)

TENANT_JSON: Final[dict[str, Any]] = {
    "id": "acme",
    "name": "Acme",
    "status": "active",
    "created_at": AT,
    "origins": ["https://a.example"],
}
USER_JSON: Final[dict[str, Any]] = {
    "id": "u1",
    "email": "ada@example.com",
    "username": None,
    "first_name": None,
    "last_name": None,
    "created_at": AT,
}
MEMBER_JSON: Final[dict[str, Any]] = {
    **USER_JSON,
    "role": "editor",
    "applications": [{"client_key": "shop", "roles": ["USER"]}],
    "is_owned": True,
}
KEY_JSON: Final[dict[str, Any]] = {
    "id": "k1",
    "tenant_id": "acme",
    "name": "ci",
    "role": "viewer",
    "created_at": AT,
    "created_by": "user:u1",
    "expires_at": None,
    "last_used_at": None,
}
NEW_KEY_JSON: Final[dict[str, Any]] = {**KEY_JSON, "key": "tnk_k1_hush"}
SESSION_JSON: Final[dict[str, Any]] = {
    "token": "tns_s1_hush",
    "expires_at": AT,
    "user": USER_JSON,
    "tenant": TENANT_JSON,
    "sync": None,
}
PRINCIPAL_JSON: Final[dict[str, Any]] = {
    "id": "user:u1",
    "kind": "user",
    "role": "editor",
    "permissions": ["configs:read", "configs:write"],
    "tenant": TENANT_JSON,
    "user": USER_JSON,
    "memberships": [{"tenant_id": "acme", "role": "editor", "applications": []}],
}
AUDIT_JSON: Final[dict[str, Any]] = {
    "position": 7,
    "at": AT,
    "tenant_id": "acme",
    "actor": "user:u1",
    "action": "tenants.key_created",
    "subject": "key-k1",
    "source": "api",
    "correlation_id": "r1",
    "details": {"role": "viewer"},
}

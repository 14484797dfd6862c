"""What a server answers about access, and how a test of a command looks at what it was asked."""

import json
from collections.abc import Callable
from typing import Any

from tests.support.command_line import CommandLine
from tests.support.scripted import Exchange, ScriptedServer

Serve = Callable[[dict[str, Any]], ScriptedServer]
"""Starts a server that gives these answers, by `METHOD TARGET`."""
Answer = Callable[..., None]
"""Has somebody at a terminal type this."""
TypeIn = Callable[[bytes], None]
"""Has this stand on standard input."""

NOW = "2026-07-20T08:00:00.000000Z"
ACME: dict[str, Any] = {
    "id": "acme",
    "name": "Acme",
    "status": "active",
    "created_at": NOW,
    "origins": [],
    "sandbox": False,
}
ADA: dict[str, Any] = {
    "id": "u1",
    "email": "Ada@Acme.example",
    "username": None,
    "first_name": "Ada",
    "last_name": "Lovelace",
    "role": "editor",
    "applications": [],
    "is_owned": True,
    "created_at": NOW,
}
KEY = {
    "id": "abcdefgh23456723",
    "tenant_id": "acme",
    "name": "ci",
    "role": "editor",
    "created_at": NOW,
    "created_by": "root",
    "expires_at": None,
    "last_used_at": None,
}
WHOLE_KEY = f"tnk_{KEY['id']}_{'s_cret-' * 6}"
ENTRY = {
    "position": 3,
    "at": NOW,
    "tenant_id": "acme",
    "actor": "root",
    "action": "tenants.key_created",
    "subject": f"key-{KEY['id']}",
    "source": "cli",
    "correlation_id": "c",
    "details": {},
}
ME = {"id": "user:u1", "kind": "user", "role": "admin", "tenant": ACME, "user": None}
ROOT = {"id": "root", "kind": "root", "role": "root", "tenant": None, "user": None}


SESSION = {
    "token": f"tns_{KEY['id']}_secret",
    "expires_at": NOW,
    "user": ADA,
    "tenant": ACME,
    "sync": None,
}


def page(*items: Any, cursor: str | None = None) -> dict[str, Any]:
    return {"items": items, "next_cursor": cursor}


def body(exchange: Exchange) -> Any:
    return json.loads(exchange.body)


def rows(line: CommandLine) -> list[list[str]]:
    """Return the words of each line of a table, without its head."""
    return [shown.split() for shown in line.out.splitlines()[1:]]

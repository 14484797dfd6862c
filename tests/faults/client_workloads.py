"""The workload of clients: front ends that are applied and rolled back, in a process to be killed.

A client lives for a few steps, each of which makes one revision; what a step does depends on the
client and the step alone.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from tenantry.app import Application, build_application
from tenantry.base import Clock, root_principal
from tenantry.clients import ApplyRequest, RollbackRequest
from tenantry.settings import load_settings
from tenantry.telemetry import EventRecord, SpanRecord, subscribe
from tenantry.tenants import Passwords
from tests.faults.life import Life

ROOT: Final = root_principal(source="fault tests")
TENANTS: Final = ("acme", "globex")
ROLES: Final = ("ADMIN", "EDITOR", "USER")
SECRET: Final = "hunter2"
COLLECTIONS: Final = ("routes", "menus", "components")

Kind = Literal["apply", "menus", "rollback"]
KINDS: Final[tuple[Kind, ...]] = ("apply", "apply", "rollback", "apply", "menus", "rollback")
"""What becomes of a client, step after step; a rollback takes back the step before it."""

_ROUTES = 320
_FILE_ROUTES = 60
_CHEAP_HASH_KIB = 64
_SNAPSHOT_EVERY = 60


class Expected(msgspec.Struct, frozen=True):
    """What a client is after a step: its declaration, its variables and its users' roles."""

    config: dict[str, Any]
    variables: dict[str, str]
    users: dict[str, list[str]]


@asynccontextmanager
async def opened_clients(
    url: str, folder: str, *, clock: Clock | None = None
) -> AsyncIterator[Application]:
    """Open everything that a server has on the database of `url`, but its port."""
    overrides = {
        "DATABASE_URL": url,
        "DATA_DIR": folder,
        "API_PORT": 0,
        "SNAPSHOT_EVERY": _SNAPSHOT_EVERY,
    }
    settings = load_settings({}, cwd=Path(folder), overrides=overrides, is_terminal=False)
    # Of those that a product has, one would take longer than most applies.
    passwords = Passwords(memory_kib=_CHEAP_HASH_KIB)
    app = build_application(settings, clock=clock, passwords=passwords)
    await app.start()
    try:
        yield app
    finally:
        await app.stop()


def tenant_of(writer: int) -> str:
    """Return the tenant that `writer` applies clients for."""
    return TENANTS[writer % len(TENANTS)]


def key_of(writer: int, index: int) -> str:
    """Return the key of the client whose life is that of `index`."""
    return f"shop-{writer}-{index}"


def request_of(key: str, step: int) -> ApplyRequest:
    """Return what a step applies: a declaration that takes several events, with its people."""
    config = config_of(key, step)
    config["users"] = _people(users_of(key, step))
    config["users"][0]["password"] = f"{SECRET} {key}"
    if KINDS[step % len(KINDS)] == "menus":
        config = {name: config[name] for name in ("key", "menus", "users")}
    return ApplyRequest(
        configs=(config,),
        variables=_variables_of(step) if "name" in config else {},
        force=True,
        allow_public=True,
    )


def file_of(number: int, step: int) -> dict[str, Any]:
    """Return what a file of the clients folder says at a step, of which nothing needs a leave."""
    key = f"shop-{number}"
    return {
        "key": key,
        "name": f"Shop {step}",
        "mode": "dev",
        "routes": [_route(route, step) for route in range(_FILE_ROUTES)],
        "users": _people(users_of(key, step)),
    }


def rollback_of(step: int) -> RollbackRequest:
    """Return what a step rolls back: what the step before it did."""
    return RollbackRequest(to=step - 1, force=True, allow_public=True)


def config_of(key: str, step: int) -> dict[str, Any]:
    """Return a declaration without people; from step to step about half of it stays."""
    rng = random.Random(f"{key} {step}")
    kept = rng.sample(range(_ROUTES * 4 // 3), _ROUTES)
    rng.shuffle(kept) if rng.random() < 0.3 else kept.sort()
    return {
        "key": key,
        "name": f"{key} ${{SITE_NAME}}",
        "mode": f"step {step}",
        "settings": [{"name": "mail", "secret": True, "data": f"{SECRET} {step}"}],
        "routes": [_route(number, step if rng.random() < 0.3 else 0) for number in kept],
        "menus": [
            {"key": f"menu-{number}", "name": f"step {step}", "entries": [{"title": "Home"}]}
            for number in range(step % 3 + 1)
        ],
        "components": [
            {"nameSpace": "shop", "name": f"Page{number}", "version": f"1.0.{step}"}
            for number in range(20)
        ],
    }


def expected_after(key: str, steps: int) -> Expected:
    """Return what a client is once so many of its steps are done, at least one."""
    found = list[Expected]()
    for step in range(steps):
        kind = KINDS[step % len(KINDS)]
        users = found[-1].users if found else {}
        if kind == "rollback":
            before = found[step - 2]
            found.append(Expected(before.config, before.variables, users))
            continue

        config, variables = config_of(key, step), _variables_of(step)
        if kind == "menus":
            config = {**found[-1].config, "menus": config["menus"]}
            variables = found[-1].variables
        found.append(Expected(config, variables, users | users_of(key, step)))
    return found[-1]


def users_of(key: str, step: int) -> dict[str, list[str]]:
    """Return the roles that a step declares, by e-mail address."""
    return {
        f"user-{number}@{key}.example": sorted({"USER", ROLES[(number + step) % len(ROLES)]})
        for number in range(step % 10 + 2)
    }


async def live(app: Application, writer: int, index: int) -> AsyncIterator[int]:
    """Let a client live, and yield each step once it is acknowledged."""
    clients, tenant_id, key = app.clients, tenant_of(writer), key_of(writer, index)
    for step, kind in enumerate(KINDS):
        if kind == "rollback":
            result = await clients.rollback(ROOT, tenant_id, key, rollback_of(step))
        else:
            (result,) = await clients.apply(ROOT, tenant_id, request_of(key, step))
        assert (result.revision, result.errors) == (step + 1, ()), result
        yield step


async def apply_clients(life: Life) -> None:
    """Let clients live, several at once, until killed; `next` says which are to come."""
    async with opened_clients(life.url, life.arguments["folder"]) as app:
        life.report("began")
        await asyncio.gather(
            *(
                _live_for_ever(life, app, writer, index)
                for writer, index in enumerate(life.arguments["next"])
            )
        )


async def start_up(life: Life) -> None:
    """Start a server that applies the clients folder, and report each client it has applied."""

    def tell(record: SpanRecord | EventRecord) -> None:
        if record.name == "tenantry.db.unit" and record.attributes.get("unit") == "take":
            life.report("taken")
        if record.name == "tenantry.clients.upsert":
            life.report("applied")

    subscribe(tell)
    async with opened_clients(life.url, life.arguments["folder"]):
        await asyncio.Event().wait()


async def _live_for_ever(life: Life, app: Application, writer: int, index: int) -> None:
    while True:
        life.report("begins", writer, index)
        async for step in live(app, writer, index):
            life.report("ack", writer, index, step)
        index += 1


def _route(number: int, step: int) -> dict[str, Any]:
    return {
        "key": f"page-{number}",
        "path": f"/pages/{number}",
        "title": f"step {step}",
        "componentFqn": f"shop.Page{number % 20}@1.0.0",
        "roles": [ROLES[(number + step) % len(ROLES)]],
        # As much as a page has: 320 of them are more than one event holds.
        "componentProps": {"slug": f"page-{number}", "text": f"{number} " * 300},
    }


def _people(roles: dict[str, list[str]]) -> list[dict[str, Any]]:
    return [
        {"email": email, "firstName": "Ada", "lastName": "Byron", "roles": each}
        for email, each in roles.items()
    ]


def _variables_of(step: int) -> dict[str, str]:
    return {"SITE_NAME": f"Site {step}"}

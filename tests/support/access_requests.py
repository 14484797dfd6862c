"""A request for every route that is valid in all but one thing: who sends it.

All of them are about `HOME`. What one destroys is made for it alone, so that none disturbs another.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeAlias

import msgspec

from tests.support.personas import HOME, Cast, Persona, login_of

SETTING: Final = "setting"
RULED: Final = "ruled"
PREFIX: Final = "prefix:"
CLIENT: Final = "shop"
AT_HOME: Final = {"X-Tenant-ID": HOME}
SPENDS_SESSION: Final = frozenset({"POST /api/auth/logout", "POST /api/auth/refresh"})
"""The session that is shown with one of these is good for nothing afterwards."""
WANTS_SESSION: Final = SPENDS_SESSION | {"PATCH /api/auth/me"}
"""What a key has no use for."""
STREAMS: Final = frozenset({"GET /config/watch"})

_TENANT: Final = {"tenant": HOME}
_PASSED: Final = "2999-01-01T00:00:00Z"
_DRILL_BREAKER: Final = {"name": "drill"}


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent: the parameters in the path, the query, and the body as JSON."""

    path: Mapping[str, str] = {}
    query: Mapping[str, str] = {}
    body: Any = None


Preparation: TypeAlias = Callable[[Cast, Persona], Awaitable[Sent]]


async def prepare_props(cast: Cast) -> dict[str, str]:
    """Make what all requests may share, and return the parameters that name it."""
    await _put_setting(cast, SETTING)
    await _put_schema(cast, f"/config/{RULED}/schema")
    await _put_schema(cast, f"/config/schema?prefix={PREFIX}")
    for name in ("first", "second"):
        body: Any = {"configs": [{"key": CLIENT, "name": name, "routes": []}]}
        answer = await cast.ask(cast.root, "POST", "/api/clients/apply", headers=AT_HOME, json=body)
        assert answer.is_success, answer.text
    return {"key": (await cast.key("viewer")).id, "user": cast.user_id("nobody")}


async def request_for(route: str, cast: Cast, persona: Persona, props: Mapping[str, str]) -> Sent:
    """Return what to send to a route as this persona; raises `KeyError` for a new one."""
    plain = route.replace(" /v1/config", " /config")
    prepare = _PREPARED.get(plain)
    sent = _READY[plain] if prepare is None else await prepare(cast, persona)
    return msgspec.structs.replace(sent, path={**props, **sent.path})


async def _fresh_tenant(cast: Cast, _: Persona) -> Sent:
    return Sent(body={"id": cast.fresh("tenant"), "name": "A new one"})


async def _tenant_to_lose(cast: Cast, persona: Persona) -> Sent:
    """Name a tenant to erase: the own one, but for root, who would really do it."""
    if persona.name != "root":
        return Sent(path=_TENANT, query={"confirm": HOME})
    tenant_id = cast.fresh("victim")
    await cast.made("POST", "/api/tenants", {"id": tenant_id, "name": tenant_id})
    return Sent(path={"tenant": tenant_id}, query={"confirm": tenant_id})


async def _tenant_to_stop(cast: Cast, persona: Persona) -> Sent:
    return msgspec.structs.replace(await _tenant_to_lose(cast, persona), query={}, body={})


async def _fresh_user(cast: Cast, _: Persona) -> Sent:
    return Sent(path=_TENANT, body={"email": f"{cast.fresh('user')}@example.com"})


async def _user_to_lose(cast: Cast, _: Persona) -> Sent:
    body = {"email": f"{cast.fresh('victim')}@example.com"}
    made = await cast.made("POST", f"/api/tenants/{HOME}/users", body)
    return Sent(path={**_TENANT, "user": made["id"]})


async def _key_to_lose(cast: Cast, _: Persona) -> Sent:
    return Sent(path={**_TENANT, "key": (await cast.key("viewer")).id})


async def _setting_to_lose(cast: Cast, _: Persona) -> Sent:
    name = cast.fresh("victim")
    await _put_setting(cast, name)
    return Sent(path={"name": name})


async def _schema_to_lose(cast: Cast, _: Persona) -> Sent:
    name = cast.fresh("victim")
    await _put_schema(cast, f"/config/{name}/schema")
    return Sent(path={"name": name})


async def _prefix_to_lose(cast: Cast, _: Persona) -> Sent:
    prefix = cast.fresh("victim")
    await _put_schema(cast, f"/config/schema?prefix={prefix}")
    return Sent(query={"prefix": prefix})


async def _without_drill(cast: Cast, _: Persona) -> Sent:
    await cast.made("POST", "/api/drill/end")
    return Sent(body={})


def _during_drill(body: Any) -> Preparation:
    async def prepare(cast: Cast, persona: Persona) -> Sent:
        await _without_drill(cast, persona)
        await cast.made("POST", "/api/reliability/breakers/drill/reset")
        await cast.made("POST", "/api/drill/begin")
        return Sent(body=body)

    return prepare


async def _put_setting(cast: Cast, name: str) -> None:
    for value in ("first", "second"):
        answer = await cast.ask(
            cast.root, "PUT", f"/config/{name}", headers=AT_HOME, json={"value": value}
        )
        assert answer.is_success, answer.text


async def _put_schema(cast: Cast, path: str) -> None:
    answer = await cast.ask(cast.root, "PUT", path, headers=AT_HOME, json={})
    assert answer.is_success, answer.text


_OF_TENANT: Final = Sent(path=_TENANT)
_OF_SETTING: Final = Sent(path={"name": SETTING})
_OF_SCHEMA: Final = Sent(path={"name": RULED})
_ORDER: Final = Sent(path=_DRILL_BREAKER, body={})
_OF_CLIENT: Final = Sent(path={"key": CLIENT})
_DECLARED: Final = Sent(body={"configs": [{"key": CLIENT, "name": "second"}]})
_EMPTY: Final = Sent()

_READY: Final[Mapping[str, Sent]] = {
    **dict.fromkeys(
        (
            "GET /livez",
            "GET /readyz",
            "GET /v1/health",
            "GET /health",
            "GET /metrics",
            "GET /api/db/status",
            "GET /api/log/head",
            "GET /api/backup",
            "GET /api/keys/status",
            "GET /api/doctor",
            "GET /api/reliability/breakers",
            "GET /api/reliability/database",
            "GET /api/reliability/limits",
            "POST /api/auth/logout",
            "GET /api/auth/me",
            "GET /api/tenants",
            "GET /config",
            "GET /api/clients",
            "GET /config/watch",
            "GET /api/config/worker",
            "POST /api/config/worker/restart",
            "POST /api/config/worker/test",
            "GET /api/config/projection",
            "POST /api/config/projection/rebuild",
            "POST /api/config/projection/reconnect",
        ),
        _EMPTY,
    ),
    "POST /api/log/verify": Sent(body={}),
    "POST /api/keys/rotate-master": Sent(body={}),
    "POST /api/reliability/breakers/{name}/force-open": _ORDER,
    "POST /api/reliability/breakers/{name}/force-closed": _ORDER,
    "POST /api/reliability/breakers/{name}/disable": _ORDER,
    "POST /api/reliability/breakers/{name}/reset": _ORDER,
    "POST /api/auth/login": Sent(body=login_of("stranger")),
    "POST /api/auth/refresh": Sent(body={}),
    "PATCH /api/auth/me": Sent(body={"first_name": "Ada"}),
    "GET /api/tenants/{tenant}": _OF_TENANT,
    "PATCH /api/tenants/{tenant}": Sent(path=_TENANT, body={"name": "Home"}),
    "POST /api/tenants/{tenant}/activate": _OF_TENANT,
    "GET /api/tenants/{tenant}/export": _OF_TENANT,
    "GET /api/tenants/{tenant}/users": _OF_TENANT,
    "GET /api/tenants/{tenant}/users/{user}": _OF_TENANT,
    "PATCH /api/tenants/{tenant}/users/{user}": Sent(path=_TENANT, body={"last_name": "Lovelace"}),
    "GET /api/tenants/{tenant}/keys": _OF_TENANT,
    "POST /api/tenants/{tenant}/keys": Sent(path=_TENANT, body={"name": "new", "role": "viewer"}),
    "GET /api/tenants/{tenant}/keys/{key}": _OF_TENANT,
    "GET /api/audit": Sent(query={"tenant": HOME}),
    **dict.fromkeys(
        (
            "POST /api/clients/validate",
            "POST /api/clients/lint",
            "POST /api/clients/plan",
            "POST /api/clients/apply",
            "POST /api/clients/import",
            "POST /api/clients/drift",
        ),
        _DECLARED,
    ),
    "POST /api/clients/drift/resolve": Sent(
        body={"key": CLIENT, "how": "revert", "config": {"key": CLIENT, "name": "second"}}
    ),
    "POST /api/clients/export": Sent(body={}),
    "POST /api/clients/{key}/rollback": Sent(path={"key": CLIENT}, body={"to": 1}),
    **dict.fromkeys(
        (
            "GET /api/clients/{key}",
            "GET /api/clients/{key}/revisions",
            "GET /api/clients/{key}/diff",
            "GET /api/clients/{key}/lint",
            "GET /api/clients/{key}/drift",
        ),
        _OF_CLIENT,
    ),
    "GET /api/clients/{key}/revisions/{revision}": Sent(path={"key": CLIENT, "revision": "1"}),
    "GET /api/clients/{key}/app": Sent(path={"key": CLIENT}, query={"tenant": HOME}),
    "POST /config": Sent(body={"changes": [{"op": "set", "name": "several", "value": 1}]}),
    "GET /config/diff": Sent(query={"from": "0"}),
    "POST /config/rollback": Sent(body={"to": 1, "prefix": "nothing:"}),
    "GET /config/schema": Sent(query={"prefix": PREFIX}),
    "PUT /config/schema": Sent(query={"prefix": PREFIX}, body={}),
    "GET /config/{name}": _OF_SETTING,
    "PUT /config/{name}": Sent(path={"name": SETTING}, body={"value": "third"}),
    "GET /config/{name}/history": _OF_SETTING,
    "GET /config/{name}/at/{timestamp}": Sent(path={"name": SETTING, "timestamp": _PASSED}),
    "POST /config/{name}/rollback": Sent(path={"name": SETTING}, body={"version": 1}),
    "GET /config/{name}/schema": _OF_SCHEMA,
    "PUT /config/{name}/schema": Sent(path={"name": RULED}, body={}),
}

_PREPARED: Final[Mapping[str, Preparation]] = {
    "POST /api/tenants": _fresh_tenant,
    "DELETE /api/tenants/{tenant}": _tenant_to_lose,
    "POST /api/tenants/{tenant}/suspend": _tenant_to_stop,
    "POST /api/tenants/{tenant}/users": _fresh_user,
    "DELETE /api/tenants/{tenant}/users/{user}": _user_to_lose,
    "DELETE /api/tenants/{tenant}/keys/{key}": _key_to_lose,
    "DELETE /config/{name}": _setting_to_lose,
    "DELETE /config/{name}/schema": _schema_to_lose,
    "DELETE /config/schema": _prefix_to_lose,
    "POST /api/drill/begin": _without_drill,
    "POST /api/drill/end": _during_drill(None),
    "POST /api/drill/read": _during_drill({}),
    "POST /api/drill/call": _during_drill({}),
    "POST /api/drill/limited": _during_drill(None),
    "POST /api/drill/health": _during_drill({"status": "healthy"}),
    "POST /api/drill/worker": _during_drill({}),
}

"""The routes of clients of a node, asked for one tenant by whoever one is."""

import copy
from typing import Any, Final

import httpx

from tests.support.access_http import AccessHttp, data_of, events_of, rows_of, told_by
from tests.support.nodes import Node

SHOP: Final[dict[str, Any]] = {
    "key": "shop",
    "name": "Shop",
    "siteUrl": "https://shop.example",
    "applicationRoles": ["USER", "ADMIN"],
    "routes": [
        {"key": "home", "path": "/", "title": "Home", "public": True},
        {"key": "orders", "path": "/orders", "title": "Orders", "roles": ["USER", "ADMIN"]},
        {"path": "/admin", "title": "Admin", "roles": ["ADMIN"], "args": [{"key": "a"}]},
    ],
    "menus": [
        {
            "key": "main",
            "name": "Main",
            "target": "app.main",
            "roles": ["USER"],
            "entries": [
                {"title": "Orders", "link": "/orders", "ordinal": 1},
                {"title": "Admin", "link": "/admin", "ordinal": 2, "roles": ["ADMIN"]},
            ],
        }
    ],
    "components": [
        {"nameSpace": "shop", "name": "Cart", "version": "1.0.0", "roles": ["USER", "ADMIN"]}
    ],
}
"""A small client with something of everything but people and secrets."""


def shop(**changes: Any) -> dict[str, Any]:
    """Return that client with other fields; one that is `...` is left out."""
    config = {**copy.deepcopy(SHOP), **changes}
    return {name: value for name, value in config.items() if value is not ...}


def pages(count: int, *, prefix: str = "page", **fields: Any) -> list[dict[str, Any]]:
    """Return that many routes."""
    return [{"key": f"{prefix}{n}", "path": f"/{prefix}/{n}", **fields} for n in range(count)]


class ClientHttp:
    """Asks the routes of clients as `who`, for one tenant."""

    def __init__(self, node: Node, who: AccessHttp, tenant_id: str | None) -> None:
        self.node = node
        self.who = who
        self.tenant_id = tenant_id

    def by(self, who: AccessHttp) -> "ClientHttp":
        """Return another one who asks for the same tenant."""
        return ClientHttp(self.node, who, self.tenant_id)

    def of(self, tenant_id: str | None) -> "ClientHttp":
        """Return the same one who asks for another tenant."""
        return ClientHttp(self.node, self.who, tenant_id)

    def on(self, node: Node) -> "ClientHttp":
        """Return root, who asks another node."""
        return ClientHttp(node, AccessHttp(node), self.tenant_id)

    async def holding_key(self, role: str) -> "ClientHttp":
        """Return the holder of a new key of the tenant."""
        assert self.tenant_id is not None
        return self.by(self.who.holding(await self.who.key(self.tenant_id, role)))

    async def ask(self, method: str, path: str = "", **options: Any) -> httpx.Response:
        """Send any request; `path` stands below `/api/clients`."""
        tenant = {} if self.tenant_id is None else {"X-Tenant-ID": self.tenant_id}
        headers = {**tenant, **options.pop("headers", {})}
        return await self.who.ask(method, f"/api/clients{path}", headers=headers, **options)

    async def get(self, path: str = "", **query: object) -> Any:
        """Return the data of an answer that must be a success."""
        params = {name.rstrip("_"): str(value) for name, value in query.items()}
        return data_of(await self.ask("GET", path, params=params))

    async def post(self, path: str, /, **body: Any) -> Any:
        """Send a body, and return the data of an answer that must be a success."""
        return data_of(await self.ask("POST", path, json=body))

    async def refused(self, path: str, status: int, /, **body: Any) -> dict[str, Any]:
        """Send what must be refused with `status`, and return the error."""
        answer = await self.ask("POST", path, json=body)
        assert answer.status_code == status, answer.text
        error: dict[str, Any] = answer.json()["error"]
        return error

    async def apply(self, config: dict[str, Any], **options: Any) -> dict[str, Any]:
        """Apply one declaration, and return what has become of it."""
        (result,) = await self.apply_all(config, **options)
        return result

    async def apply_all(self, *configs: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
        """Apply several declarations in one request."""
        told = await self.post("/apply", configs=configs, **options)
        results: list[dict[str, Any]] = told["clients"]
        return results

    async def plan(self, config: dict[str, Any], **options: Any) -> dict[str, Any]:
        """Plan one declaration, and return its plan."""
        told = await self.post("/plan", configs=[config], **options)
        plan: dict[str, Any] = told["clients"][0]
        return plan

    async def saved(self, *configs: dict[str, Any], **options: Any) -> dict[str, Any]:
        """Plan, and return a plan that can be applied."""
        told = await self.post("/plan", configs=configs, save=True, **options)
        saved: dict[str, Any] = told["saved"]
        return saved

    async def exported(self, key: str = "shop") -> dict[str, Any]:
        """Return a client as a file would declare it."""
        told = await self.post("/export", keys=[key])
        config: dict[str, Any] = told["clients"][0]["config"]
        return config

    async def ids(self, key: str = "shop") -> dict[str, dict[str, str]]:
        """Return the ids of a client's items."""
        ids: dict[str, dict[str, str]] = (await self.get(f"/{key}"))["ids"]
        return ids

    async def revision(self, key: str = "shop") -> int:
        """Return the number of a client's last revision, 0 where there is no such client."""
        answer = await self.ask("GET", f"/{key}")
        return int(answer.json()["data"]["revision"]) if answer.is_success else 0

    async def app(self, key: str = "shop", **query: object) -> dict[str, Any]:
        """Return what a front end is handed."""
        view: dict[str, Any] = await self.get(f"/{key}/app", **query)
        return view

    async def told(self) -> list[tuple[str, dict[str, Any]]]:
        """Return the events of the tenant's clients: types without prefix and version, and data."""
        events = await events_of(self.node, self.tenant_id)
        return [
            (event.type.split(".")[1], told_by(event))
            for event in events
            if event.type.startswith("clients.")
        ]

    async def stored(self) -> list[Any]:
        """Return all that an apply may write: where the log ends, and rows."""
        tables = ("clients", "users", "members", "data_keys", "appends")
        rows = [sorted(map(repr, await rows_of(self.node, table))) for table in tables]
        return [(await self.node.log.head()).position, *rows]


def paths_of(view: dict[str, Any]) -> list[str]:
    """Return the paths of the routes that a front end is handed."""
    return [route["path"] for route in view["routes"]]


def changes_of(plan: dict[str, Any], kind: str) -> dict[str, str]:
    """Return what happens to which item of a collection."""
    return {each["identity"]: each["action"] for each in plan[kind].get("changes", ())}


def errors_in(error: dict[str, Any], client: int = 0) -> list[dict[str, Any]]:
    """Return what is wrong with one client of a refusal."""
    errors: list[dict[str, Any]] = error["details"]["clients"][client]["errors"]
    return errors

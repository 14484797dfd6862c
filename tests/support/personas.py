"""The seven personas that every route is asked by, as real credentials on a running application.

Everything is made over HTTP by whoever holds the local token, as an operator would make it. The
personas come from an address elsewhere, since whoever is on the machine of a server may ask more.
"""

import itertools
from typing import Any, Final, Literal, TypeAlias, get_args

import httpx
import msgspec

from tests.support.nodes import Node

PersonaName: TypeAlias = Literal[
    "anonymous", "viewer", "editor", "operator", "admin", "stranger", "root"
]
PERSONAS: Final[tuple[PersonaName, ...]] = get_args(PersonaName)
"""`stranger` is the admin of another tenant."""

LOCAL_TOKEN: Final = "local-token-of-a-test"
ELSEWHERE: Final = "203.0.113.7"
HOME: Final = "home-of-all-tests"
AWAY: Final = "away-from-home"

_PASSWORD: Final = "correct horse battery staple"
_EVERY_TENANT: Final = "*"


class Persona(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who asks; without a `token` nobody in particular. `id` is that of user or key."""

    name: str
    tenant_id: str
    id: str = ""
    token: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """What they show."""
        return {} if self.token is None else {"Authorization": f"Bearer {self.token}"}


class Cast:
    """The personas of one application: all users and keys of `HOME`, but for `stranger` and root.

    `ask` is how anybody asks; `root` is the holder of the local token, who prepares what a test
    needs.
    """

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self._numbers = itertools.count(1)
        self._users: dict[str, Persona] = {}
        self.root = Persona(name="root", tenant_id=_EVERY_TENANT, token=LOCAL_TOKEN)

    async def gather(self) -> None:
        """Make the tenants and the users."""
        for tenant_id in (HOME, AWAY):
            await self.made("POST", "/api/tenants", {"id": tenant_id, "name": tenant_id})
        for name in (*PERSONAS[1:], "nobody"):
            self._users[name] = await self._new_user(name)

    def user_id(self, name: str) -> str:
        """Return the id of a persona's user."""
        return self._users[name].id

    async def session(self, name: str) -> Persona:
        """Return a persona with a new session; `nobody` is a user without a role."""
        if name == "anonymous":
            return Persona(name=name, tenant_id=HOME)
        user = self._users[name]
        body = {"email": email_of(name), "password": _PASSWORD}
        return msgspec.structs.replace(
            user, token=(await self.made("POST", "/api/auth/login", body))["token"]
        )

    async def key(self, name: str) -> Persona:
        """Return a persona with a new API key."""
        if name == "anonymous":
            return Persona(name=name, tenant_id=HOME)
        tenant_id, role = _place_of(name)
        made = await self.made(
            "POST", f"/api/tenants/{tenant_id}/keys", {"name": name, "role": role}
        )
        return Persona(name=name, tenant_id=tenant_id, id=made["id"], token=made["key"])

    async def ask(
        self,
        persona: Persona,
        method: str,
        path: str,
        *,
        headers: dict[str, str] | None = None,
        **options: Any,
    ) -> httpx.Response:
        """Send any request as a persona."""
        sent = {**persona.headers, **(headers or {})}
        return await self._http.request(method, path, headers=sent, **options)

    async def made(self, method: str, path: str, body: Any = None) -> Any:
        """Have root do something that is bound to succeed, and return the answer's data."""
        answer = await self.ask(self.root, method, path, json=body)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()["data"] if answer.content else None

    def fresh(self, word: str) -> str:
        """Return a name that nothing has yet."""
        return f"{word}-{next(self._numbers)}"

    async def _new_user(self, name: str) -> Persona:
        tenant_id, role = _place_of(name)
        body = {"email": email_of(name), "password": _PASSWORD, "role": role}
        made = await self.made("POST", f"/api/tenants/{tenant_id}/users", body)
        return Persona(name=name, tenant_id=tenant_id, id=made["id"])


async def gather_cast(node: Node) -> Cast:
    """Make the personas of a node that was started with `LOCAL_TOKEN` and without `DEV`."""
    cast = Cast(node.asked_from(ELSEWHERE))
    await cast.gather()
    return cast


def email_of(name: str) -> str:
    """Return the e-mail address of a persona."""
    return f"{name}@{_place_of(name)[0].replace(_EVERY_TENANT, 'everywhere')}.example"


def login_of(name: str) -> dict[str, str]:
    """Return the body with which a persona logs in."""
    return {"email": email_of(name), "password": _PASSWORD}


def _place_of(name: str) -> tuple[str, str | None]:
    """Return the tenant and the role of a persona."""
    match name:
        case "stranger":
            return AWAY, "admin"
        case "root":
            return _EVERY_TENANT, "root"
        case "nobody":
            return HOME, None
        case _:
            return HOME, name

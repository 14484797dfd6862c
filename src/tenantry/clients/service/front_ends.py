"""`FrontEnds`: what a front end is handed of its client, from memory."""

import base64
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import msgspec

from tenantry.base import Principal
from tenantry.base.codec import encode_json
from tenantry.base.errors import Invalid
from tenantry.clients import rules
from tenantry.clients.errors import UnknownClient
from tenantry.clients.model import ANON, USER, ClientState
from tenantry.clients.service.applying import owner_of
from tenantry.clients.service.declaring import READ
from tenantry.clients.service.ledger import ClientLedger
from tenantry.vault import Vault

RolesIn = Callable[[Principal, str, str], tuple[str, ...]]
"""Returns the roles that a principal has in a tenant's client."""

TenantsOf = Callable[[str], frozenset[str]]
"""Returns the tenants whose pages come from a web origin."""

WasErased = Callable[[str], bool]
"""Whether there was such a tenant, and it was erased."""

_MOST_KEPT: Final = 512
_MOST_VIEWS: Final = 64


class Served(msgspec.Struct, frozen=True):
    """What is sent to a front end: JSON, and the ETag of it."""

    body: bytes
    etag: str


class _Kept:
    """A client's state with its placeholders' values, and what some roles see of it."""

    def __init__(self, state: ClientState, variables: dict[str, str]) -> None:
        self.state = state
        self.variables = variables
        self.views: dict[frozenset[str], Served] = {}


class FrontEnds:
    """Serves clients to front ends.

    A client is read when it is first asked for, and again when this node hears of a new revision.
    """

    def __init__(
        self,
        *,
        ledger: ClientLedger,
        vault: Vault,
        roles_in: RolesIn,
        tenants_of: TenantsOf,
        was_erased: WasErased,
    ) -> None:
        self._ledger = ledger
        self._vault = vault
        self._roles_in = roles_in
        self._tenants_of = tenants_of
        self._was_erased = was_erased
        self._kept: OrderedDict[tuple[str, str, int], _Kept] = OrderedDict()

    def tenant_of(self, key: str, *, named: str | None, origin: str | None) -> str:
        """Return whose client is meant by somebody who has not logged in.

        That is the tenant that is named, else the one whose client of this key has the origin.
        Raises `UnknownClient` where nobody can tell.
        """
        if named is not None:
            return named
        if origin is not None:
            found = {entry.tenant_id for entry in self._ledger.index.of_origin(origin)}
            found |= self._tenants_of(origin)
            having = [each for each in found if self._ledger.index.find(each, key) is not None]
            if len(having) == 1:
                return having[0]
        raise UnknownClient(key)

    async def view(
        self,
        principal: Principal | None,
        tenant_id: str,
        key: str,
        *,
        has_logged_in: bool,
        as_role: str | None = None,
        revision: int | None = None,
    ) -> Served:
        """Return what the caller's roles may see of a client: those of `ANON` without a login.

        `as_role` and `revision` preview what somebody else would see, for those who may read
        clients. Raises `UnknownClient`, `UnknownRevision` and `Denied`.
        """
        if as_role is not None or revision is not None:
            _require_reader(principal, tenant_id)
        # This node may hear of the erasure before it hears that the client went with it.
        if self._was_erased(tenant_id):
            raise UnknownClient(key)
        caller = principal if has_logged_in else None
        roles = self._roles(caller, tenant_id, key, as_role)
        kept = await self._find(tenant_id, key, revision)
        served = kept.views.get(roles)
        if served is None:
            served = _served(kept, roles)
            if len(kept.views) >= _MOST_VIEWS:
                kept.views.clear()
            kept.views[roles] = served
        return served

    def _roles(
        self, principal: Principal | None, tenant_id: str, key: str, as_role: str | None
    ) -> frozenset[str]:
        if as_role == "":
            raise Invalid(field="as_role", got="", wants="the name of a role")
        if as_role is not None:
            return frozenset({as_role} if as_role == ANON else {as_role, USER})
        if principal is None:
            return frozenset({ANON})
        return frozenset({USER, *self._roles_in(principal, tenant_id, key)})

    async def _find(self, tenant_id: str, key: str, revision: int | None) -> _Kept:
        entry = self._ledger.entry(tenant_id, key)
        number = entry.revision if revision is None else revision
        kept = self._kept.get((tenant_id, key, number))
        if kept is not None:
            self._kept.move_to_end((tenant_id, key, number))
            return kept
        if number == entry.revision:
            state = await self._ledger.get(tenant_id, key)
        else:
            state = (await self._ledger.revision(tenant_id, key, number)).state
        kept = _Kept(state, await self._variables(state))
        self._kept[tenant_id, key, state.revision] = kept
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return kept

    async def _variables(self, state: ClientState) -> dict[str, str]:
        opened = dict[str, str]()
        for name, marker in state.variables.items():
            sealed = base64.b64decode(state.secrets[rules.digest_in(marker)])
            content = await self._vault.open(state.tenant_id, owner_of(state.key), sealed)
            opened[name] = msgspec.json.decode(content, type=str)
        return opened


def _served(kept: _Kept, roles: frozenset[str]) -> Served:
    view = msgspec.to_builtins(rules.visible(kept.state, roles))
    body = encode_json(rules.fill(view, kept.variables))
    return Served(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


def _require_reader(principal: Principal | None, tenant_id: str) -> None:
    if principal is None:
        # Whoever shows nothing may preview nothing, and is told what it would take.
        principal = Principal(
            id="nobody", tenant_id=tenant_id, permissions=frozenset(), source="nowhere"
        )
    principal.authorise(tenant_id, READ)

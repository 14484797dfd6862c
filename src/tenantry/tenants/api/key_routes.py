"""The routes of a tenant's API keys."""

from litestar import Response, delete, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from tenantry.base import Clock
from tenantry.tenants.api.questions import AnyRequest, Cursor, Limit, answer_secret, read_limit
from tenantry.tenants.api.sign_in import TAG
from tenantry.tenants.model import KeyView, NewKey, Page
from tenantry.tenants.service import ApiKeys
from tenantry.web import ActingPrincipal, Envelope, body_as, enveloped

_PATH = "/api/tenants/{tenant:str}/keys"


def api_key_handlers(keys: ApiKeys, *, clock: Clock) -> list[ControllerRouterHandler]:
    """Return the routes."""

    @get(_PATH, tags=[TAG])
    async def list_keys(
        principal: ActingPrincipal,
        tenant: FromPath[str],
        *,
        limit: Limit = None,
        cursor: Cursor = None,
    ) -> Envelope[Page[KeyView]]:
        """List a tenant's API keys, oldest first."""
        page = await keys.list(principal, tenant.lower(), limit=read_limit(limit), cursor=cursor)
        return enveloped(page, clock=clock)

    @post(_PATH, tags=[TAG])
    async def create_key(
        request: AnyRequest, principal: ActingPrincipal, tenant: FromPath[str]
    ) -> Response[bytes]:
        """Make an API key. Nobody is told it again."""
        new = body_as(await request.body(), NewKey)
        issued = await keys.create(principal, tenant.lower(), new)
        return answer_secret(issued, clock=clock, status=201)

    @get(f"{_PATH}/{{key:str}}", tags=[TAG])
    async def get_key(
        principal: ActingPrincipal, tenant: FromPath[str], key: FromPath[str]
    ) -> Envelope[KeyView]:
        """Return an API key, without what proves it."""
        return enveloped(await keys.get(principal, tenant.lower(), key), clock=clock)

    @delete(f"{_PATH}/{{key:str}}", tags=[TAG], status_code=204)
    async def revoke_key(
        principal: ActingPrincipal, tenant: FromPath[str], key: FromPath[str]
    ) -> None:
        """Make an API key good for nothing, at once and on every node."""
        await keys.revoke(principal, tenant.lower(), key)

    return [list_keys, create_key, get_key, revoke_key]

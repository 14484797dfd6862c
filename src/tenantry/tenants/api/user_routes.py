"""The routes of a tenant's users."""

from http import HTTPStatus

from litestar import Response, delete, get, patch, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from tenantry.base import Clock
from tenantry.base.codec import encode_json
from tenantry.tenants.api.questions import AnyRequest, Cursor, Email, Limit, read_limit
from tenantry.tenants.api.sign_in import TAG
from tenantry.tenants.model import MemberChange, MemberView, NewMember, Page
from tenantry.tenants.service import Users
from tenantry.web import ActingPrincipal, Envelope, body_as, enveloped

_PATH = "/api/tenants/{tenant:str}/users"


def user_handlers(users: Users, *, clock: Clock) -> list[ControllerRouterHandler]:
    """Return the routes."""

    @get(_PATH, tags=[TAG])
    async def list_users(
        principal: ActingPrincipal,
        tenant: FromPath[str],
        *,
        limit: Limit = None,
        cursor: Cursor = None,
        email: Email = None,
    ) -> Envelope[Page[MemberView]]:
        """List a tenant's users, those who came first before the others."""
        page = await users.list(
            principal, tenant.lower(), limit=read_limit(limit), cursor=cursor, email=email
        )
        return enveloped(page, clock=clock)

    @post(_PATH, tags=[TAG])
    async def add_user(
        request: AnyRequest, principal: ActingPrincipal, tenant: FromPath[str]
    ) -> Response[bytes]:
        """Make somebody a user of the tenant: a new person (201), or one who was there (200)."""
        new = body_as(await request.body(), NewMember)
        member, is_new = await users.add(principal, tenant.lower(), new)
        return Response(
            encode_json(enveloped(member, clock=clock)),
            status_code=HTTPStatus.CREATED if is_new else HTTPStatus.OK,
            media_type="application/json",
        )

    @get(f"{_PATH}/{{user:str}}", tags=[TAG])
    async def get_user(
        principal: ActingPrincipal, tenant: FromPath[str], user: FromPath[str]
    ) -> Envelope[MemberView]:
        """Return a user of the tenant."""
        return enveloped(await users.get(principal, tenant.lower(), user), clock=clock)

    @patch(f"{_PATH}/{{user:str}}", tags=[TAG])
    async def change_user(
        request: AnyRequest,
        principal: ActingPrincipal,
        tenant: FromPath[str],
        user: FromPath[str],
    ) -> Envelope[MemberView]:
        """Change a user's role, or, of a user who is this tenant's alone, names and credentials."""
        wish = body_as(await request.body(), MemberChange)
        return enveloped(await users.change(principal, tenant.lower(), user, wish), clock=clock)

    @delete(f"{_PATH}/{{user:str}}", tags=[TAG], status_code=204)
    async def remove_user(
        principal: ActingPrincipal, tenant: FromPath[str], user: FromPath[str]
    ) -> None:
        """Let a user go; who belongs to no other tenant is erased."""
        await users.remove(principal, tenant.lower(), user)

    return [list_users, add_user, get_user, change_user, remove_user]

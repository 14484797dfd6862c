"""The routes of whoever wants in: login, logout, refresh, and who one is."""

from functools import partial
from typing import Any

from litestar import Response, get, patch, post
from litestar.types import ControllerRouterHandler

from tenantry.base import Clock
from tenantry.tenants.api.questions import AnyRequest, answer_secret
from tenantry.tenants.model import LoggedIn, Login, Refresh, SelfChange, UserView, WhoAmI
from tenantry.tenants.service import AdmitTenant, AfterLogin, Logins
from tenantry.web import (
    PUBLIC,
    ActingPrincipal,
    Envelope,
    admit_origin,
    body_as,
    client_address_of,
    enveloped,
    name_flow,
)

TAG = "access"


def sign_in_handlers(logins: Logins, *, clock: Clock) -> list[ControllerRouterHandler]:
    """Return the routes; a page gets sessions of tenants that have its origin, and no others."""

    @post("/api/auth/login", opt=PUBLIC, tags=[TAG], status_code=200)
    async def login(request: AnyRequest) -> Response[bytes]:
        """Log in with a password, and get a session's token.

        Failures are counted, five a minute for an account and for an address; successes are not.
        """
        wanted = body_as(await request.body(), Login)
        logged_in = await logins.login(
            wanted, source=client_address_of(request.scope), admit=_admission_of(request)
        )
        return _answer(request, logged_in, clock=clock)

    @post("/api/auth/logout", tags=[TAG], status_code=204)
    async def logout(principal: ActingPrincipal) -> None:
        """End the session, on all nodes."""
        await logins.logout(principal)

    @post("/api/auth/refresh", tags=[TAG], status_code=200)
    async def refresh(request: AnyRequest, principal: ActingPrincipal) -> Response[bytes]:
        """Put a new session in the place of the present one, in another tenant if one is named."""
        wanted = body_as(await request.body(), Refresh)
        logged_in = await logins.refresh(
            principal, wanted, source=client_address_of(request.scope), admit=_admission_of(request)
        )
        return _answer(request, logged_in, clock=clock)

    @get("/api/auth/me", tags=[TAG])
    async def who_am_i(principal: ActingPrincipal) -> Envelope[WhoAmI]:
        """Say who asks, and what they may do."""
        return enveloped(await logins.who(principal), clock=clock)

    @patch("/api/auth/me", tags=[TAG])
    async def change_self(request: AnyRequest, principal: ActingPrincipal) -> Envelope[UserView]:
        """Change one's own names, e-mail address or password."""
        wish = body_as(await request.body(), SelfChange)
        changed = await logins.change_self(principal, wish, source=client_address_of(request.scope))
        return enveloped(changed, clock=clock)

    return [login, logout, refresh, who_am_i, change_self]


def _answer(request: AnyRequest, logged_in: LoggedIn, *, clock: Clock) -> Response[bytes]:
    scope: Any = request.scope
    step: AfterLogin | None = logged_in.sync
    name_flow(scope, None if step is None else step.correlation_id)
    return answer_secret(logged_in, clock=clock)


def _admission_of(request: AnyRequest) -> AdmitTenant:
    scope: Any = request.scope
    return partial(admit_origin, scope)

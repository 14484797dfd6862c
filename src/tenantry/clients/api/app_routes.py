"""The route of front ends themselves: what their users may see."""

from typing import Any, Final

import msgspec
from litestar import Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from tenantry.base import Clock, Principal
from tenantry.base.codec import encode_json
from tenantry.base.principal import ALL
from tenantry.clients.api.questions import (
    TAG,
    AnyRequest,
    AsRole,
    OfRevision,
    OfTenant,
    read_number,
)
from tenantry.clients.service import FrontEnds, Served
from tenantry.web import (
    PUBLIC,
    Authenticator,
    Tenancy,
    admit_origin,
    bearer_token,
    client_address_of,
    enveloped,
    headers_of,
)

_HEADERS: Final = {
    # What one may see differs, and a front end asks again each time: mostly for a 304.
    "cache-control": "private, no-cache",
    "vary": "authorization, origin, x-api-key, x-tenant-id",
}


def app_handlers(
    front_ends: FrontEnds,
    *,
    authenticator: Authenticator,
    tenancy: Tenancy,
    is_open: bool,
    clock: Clock,
) -> list[ControllerRouterHandler]:
    """Return the route; `is_open` says that whoever shows nothing is somebody all the same."""

    async def caller_of(request: AnyRequest) -> tuple[Principal | None, bool]:
        """Return who asks, if that can be told, and whether they have logged in."""
        scope: Any = request.scope
        headers = headers_of(scope)
        has_logged_in = bearer_token(headers) is not None
        if not has_logged_in and (not is_open or b"origin" in headers):
            return None, False
        return await authenticator.authenticate(headers, client_address_of(scope)), has_logged_in

    def tenant_of(
        request: AnyRequest, principal: Principal | None, key: str, named: str | None
    ) -> str:
        scope: Any = request.scope
        headers = headers_of(scope)
        in_header = headers.get(b"x-tenant-id")
        if principal is None:
            origin = headers.get(b"origin")
            said = named or (in_header.decode("latin-1") if in_header else None)
            return front_ends.tenant_of(
                key, named=said, origin=origin.decode("latin-1") if origin else None
            )
        return tenancy.resolve(in_header, principal) if named is None else named

    @get("/api/clients/{key:str}/app", opt=PUBLIC, tags=[TAG])
    async def get_app(
        request: AnyRequest,
        key: FromPath[str],
        *,
        of_tenant: OfTenant = None,
        as_role: AsRole = None,
        of_revision: OfRevision = None,
    ) -> Response[bytes]:
        """Return name, theme, routes and menus that the caller's roles may see.

        Who has not logged in, or into another tenant, has the role `ANON`; without a login the
        tenant is that of `?tenant=`, or the one whose client has the page's origin.
        """
        principal, has_logged_in = await caller_of(request)
        wanted = key.lower()
        tenant_id = tenant_of(request, principal, wanted, of_tenant)
        is_at_home = principal is not None and principal.tenant_id in (ALL, tenant_id)
        scope: Any = request.scope
        admit_origin(scope, tenant_id)
        served = await front_ends.view(
            principal,
            tenant_id,
            wanted,
            has_logged_in=has_logged_in and is_at_home,
            as_role=as_role,
            revision=read_number(of_revision, field="revision"),
        )
        return _answered(request, served, clock=clock)

    return [get_app]


def _answered(request: AnyRequest, served: Served, *, clock: Clock) -> Response[bytes]:
    # Weak, since the envelope around it says when it was sent.
    etag = f"W/{served.etag}"
    headers = {**_HEADERS, "etag": etag}
    asked = request.headers.get("if-none-match", "")
    known = {one.strip().removeprefix("W/") for one in asked.split(",")}
    if served.etag in known or "*" in known:
        return Response(b"", status_code=304, headers=headers)
    body = encode_json(enveloped(msgspec.Raw(served.body), clock=clock))
    return Response(body, headers=headers, media_type="application/json")

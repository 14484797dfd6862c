"""From route handlers to what serves them."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from http import HTTPStatus
from typing import Annotated, Any, Final, TypeAlias

from litestar import Litestar, Request, Response, get
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency, Provide
from litestar.exceptions import MethodNotAllowedException
from litestar.handlers import BaseRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.params import HeaderParameter
from litestar.types import ControllerRouterHandler

from tenantry.base import Clock, Principal
from tenantry.base.codec import encode_json
from tenantry.base.errors import TenantryError
from tenantry.web.answer import AsgiScope, Receive, Send
from tenantry.web.auth import Authenticator
from tenantry.web.body import check_media_type
from tenantry.web.cors import admit_origin, is_of_a_page
from tenantry.web.declaration import Declarations
from tenantry.web.frame import ROUTE_KEY
from tenantry.web.headers import client_address_of, headers_of
from tenantry.web.limits import RequestLimits
from tenantry.web.negotiation import default_form
from tenantry.web.openapi import (
    DOCUMENT_PATH,
    DOCUMENT_TYPE,
    Document,
    describe,
    openapi_config,
)
from tenantry.web.problems import answer_error
from tenantry.web.sections import Handlers, Sections, made
from tenantry.web.tenancy import Tenancy

PUBLIC: Final[dict[str, Any]] = {"is_public": True}
"""`opt=PUBLIC` on a route handler: it is answered without asking who asks."""

ActingPrincipal: TypeAlias = NamedDependency[Principal]
"""The type of a handler's parameter `principal`: who asks."""

ActingTenant: TypeAlias = NamedDependency[str]
"""The type of a handler's parameter `tenant_id`: on whose behalf."""

_PRINCIPAL: Final = "tenantry.principal"
# No route has this method, so the router answers with those that the path does have.
_ASK_WHAT_IS_ALLOWED: Final = "ASK"


class WebApp:
    """The application that serves `handlers`, and describes them at `/openapi.json`.

    Every handler that is not `PUBLIC` is authenticated first, refused to pages of origins that the
    tenant does not have, and counted by `limits`; one that has a `principal` or a `tenant_id`
    parameter is given who asks, and on whose behalf. `tags` says what each tag means,
    `declarations` what each route takes and answers; without `is_described` nothing is served
    beside `handlers`.
    """

    def __init__(
        self,
        *,
        handlers: Handlers,
        authenticator: Authenticator,
        clock: Clock,
        tenancy: Tenancy,
        limits: RequestLimits | None = None,
        tags: Mapping[str, str],
        declarations: Declarations,
        is_described: bool = True,
    ) -> None:
        self._handlers = handlers
        self._authenticator = authenticator
        self._clock = clock
        self._tenancy = tenancy
        self._limits = limits
        self._tags = tags
        self._declarations = declarations
        document = [self._document_handler()] if is_described else []
        self._sections = Sections([*document, *handlers], build=self._build)

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope.get("method") == "OPTIONS":
            scope = {**scope, "method": _ASK_WHAT_IS_ALLOWED}
        served: Any = self._sections.serving(scope["path"])
        await served(scope, receive, send)

    @cached_property
    def openapi(self) -> Document:
        """The OpenAPI document of every route."""
        # An application of its own, of all sections; and the framework would serve more than the
        # document beside it.
        listed = self._build(made(self._handlers), openapi=openapi_config(self._tags))
        return describe(listed, self._declarations)

    def _build(
        self, handlers: Sequence[ControllerRouterHandler], *, openapi: OpenAPIConfig | None = None
    ) -> Litestar:
        return Litestar(
            route_handlers=handlers,
            # All of them are coroutines: any other the framework would send through a thread.
            guards=[
                self._require_principal,
                self._require_own_origin,
                self._keep_limits,
                self._require_media_type,
            ],
            dependencies={
                "principal": Provide(provide_principal, sync_to_thread=False),
                "tenant_id": Provide(self._provide_tenant, sync_to_thread=False),
            },
            exception_handlers={Exception: self._answer_error},
            openapi_config=openapi,
            # The frame bounds the body, and logs, for all doors alike.
            request_max_body_size=None,
            logging_config=None,
            debug=False,
        )

    def _document_handler(self) -> ControllerRouterHandler:
        @get(DOCUMENT_PATH, opt=PUBLIC, sync_to_thread=False)
        def openapi_document() -> Response[bytes]:
            return Response(content=encode_json(self.openapi), media_type=DOCUMENT_TYPE)

        return openapi_document

    async def _require_principal(
        self, connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler
    ) -> None:
        if not handler.opt.get("is_public"):
            scope: Any = connection.scope
            scope[_PRINCIPAL] = await self._authenticator.authenticate(
                headers_of(scope), client_address_of(scope)
            )

    async def _require_own_origin(
        self, connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler
    ) -> None:
        scope: Any = connection.scope
        if is_of_a_page(scope) and not handler.opt.get("is_public"):
            named = headers_of(scope).get(b"x-tenant-id")
            admit_origin(scope, self._tenancy.resolve(named, scope[_PRINCIPAL]))

    async def _keep_limits(
        self, connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler
    ) -> None:
        scope: Any = connection.scope
        if self._limits is not None and not handler.opt.get("is_public"):
            principal = scope[_PRINCIPAL]
            await self._limits.admit(scope, principal, self._counted_for(scope, principal))

    async def _require_media_type(
        self, connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler
    ) -> None:
        scope: Any = connection.scope
        declared = self._declarations.get(f"{scope['method']} {scope[ROUTE_KEY]}")
        # Elsewhere a body that is no form is JSON, whatever it says of itself.
        if declared is not None and declared.body and default_form(scope["path"]) == "envelope":
            check_media_type(headers_of(scope).get(b"content-type"), declared.body)

    def _counted_for(self, scope: AsgiScope, principal: Principal) -> str:
        """Return the tenant whose limits count; one that is named wrongly gets no others."""
        named = headers_of(scope).get(b"x-tenant-id")
        try:
            return self._tenancy.resolve(named, principal)
        except TenantryError:
            return principal.tenant_id

    def _provide_tenant(
        self,
        request: Request[Any, Any, Any],
        named_tenant: Annotated[  # noqa: ARG002 - it stands here for the document
            str | None,
            HeaderParameter(
                name="X-Tenant-ID",
                description="The tenant to act on, for who may act on several.",
            ),
        ] = None,
    ) -> str:
        # As the limits and the hot door read it: of a header that came twice the framework would
        # take the other one.
        named = headers_of(request.scope).get(b"x-tenant-id")
        return self._tenancy.resolve(named, provide_principal(request))

    def _answer_error(self, request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
        answer = answer_error(error, request.scope, clock=self._clock)
        status, body = answer.status, answer.body
        if request.method == _ASK_WHAT_IS_ALLOWED and isinstance(error, MethodNotAllowedException):
            status, body = HTTPStatus.NO_CONTENT, b""
        return Response(
            content=body,
            status_code=status,
            headers={name.decode(): value.decode("latin-1") for name, value in answer.headers},
        )


def provide_principal(request: Request[Any, Any, Any]) -> Principal:
    """Return who sends `request`, as the guard has found out."""
    scope: Any = request.scope
    principal: Principal = scope[_PRINCIPAL]
    return principal

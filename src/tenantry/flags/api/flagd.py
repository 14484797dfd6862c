"""The route of flagd: all flags as it reads them, from a file or from here."""

from typing import Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.types import ControllerRouterHandler

from tenantry.base.codec import encode_json
from tenantry.flags import rules
from tenantry.flags.api.ofrep import metadata_of
from tenantry.flags.api.tags import is_known, tagged, unchanged
from tenantry.flags.service import Flags
from tenantry.web import ActingPrincipal, ActingTenant, headers_of

_SCHEMA: Final = "https://flagd.dev/schema/v0/flags.json"


def flagd_handlers(flags: Flags) -> list[ControllerRouterHandler]:
    """Return the route."""

    @get("/flags.json", tags=["flags"])
    async def get_flags(
        request: Request[Any, Any, Any], principal: ActingPrincipal, tenant_id: ActingTenant
    ) -> Response[bytes]:
        """Return the definitions of all flags that the tenant sees, as flagd reads them."""
        flag_set = flags.flag_set(principal, tenant_id)
        if is_known(headers_of(request.scope), flag_set.version):
            return unchanged(flag_set.version)
        # flagd takes a set as a whole or not at all, so what is broken must not be in it.
        sound = {
            flag.key: msgspec.Raw(flag.json)
            for flag in flag_set.flags
            if not rules.is_broken(flag.key, flag.json)
        }
        body = {"$schema": _SCHEMA, "flags": sound, "metadata": metadata_of(flag_set)}
        return tagged(encode_json(body), flag_set.version)

    return [get_flags]

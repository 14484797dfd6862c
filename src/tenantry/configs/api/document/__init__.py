"""What the OpenAPI document says of the routes of settings: what each takes and answers.

A route that is not declared here fails the test of the document, so a new one starts with a line.
"""

from typing import Final

import msgspec

from tenantry.configs.api.document.many import MANY
from tenantry.configs.api.document.one import ONE
from tenantry.configs.api.document.runtime import RUNTIME
from tenantry.configs.api.document.schemas import SCHEMAS
from tenantry.web import Declaration, Declarations

_PREFIX: Final = "/config"
_TWIN: Final = "/v1/config"
_SETTINGS: Final[Declarations] = {**MANY, **ONE, **SCHEMAS}


def _twin(route: str) -> str:
    return route.replace(f" {_PREFIX}", f" {_TWIN}", 1)


def _twin_of(declaration: Declaration) -> Declaration:
    """Return `declaration` with its links leading to twins."""
    replies = {
        status: msgspec.structs.replace(reply, links=tuple(_twin(link) for link in reply.links))
        for status, reply in declaration.replies.items()
    }
    return msgspec.structs.replace(declaration, replies=replies)


DECLARATIONS: Final[Declarations] = {
    **_SETTINGS,
    **{_twin(route): _twin_of(declaration) for route, declaration in _SETTINGS.items()},
    **RUNTIME,
}
"""By route; each of a setting under both its prefixes."""

__all__ = ["DECLARATIONS"]

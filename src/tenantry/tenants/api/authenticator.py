"""Who asks: the holder of the local token, of a key or of a session."""

from tenantry.base import Principal
from tenantry.tenants.service import Access
from tenantry.web import (
    Authenticator,
    DevelopmentAuthenticator,
    Headers,
    TokenAuthenticator,
    bearer_token,
)


class AccessAuthenticator:
    """Asks `access` about keys and sessions, and `local` about whoever shows neither.

    A key begins with `tnk_` and a session with `tns_`. In development, too, who shows one is who it
    says and no longer root; but a page from elsewhere stays refused.
    """

    def __init__(
        self, *, access: Access, local: TokenAuthenticator | DevelopmentAuthenticator
    ) -> None:
        self._access = access
        self._local: Authenticator = local
        self._gate = local if isinstance(local, DevelopmentAuthenticator) else None

    def recognise(self, headers: Headers, client_address: str) -> Principal | None:
        """Return who asks, None where only `authenticate` can tell; raises as that does."""
        token = bearer_token(headers)
        if token is None or not _is_ours(token):
            return self._local.recognise(headers, client_address)
        if self._gate is not None:
            self._gate.recognise(headers, client_address)
        return self._access.recognise(token, client_address)

    async def authenticate(self, headers: Headers, client_address: str) -> Principal:
        """Return who asks; raises `Unauthenticated`, `Denied` and `Unavailable`."""
        token = bearer_token(headers)
        if token is None or not _is_ours(token):
            return await self._local.authenticate(headers, client_address)
        if self._gate is not None:
            self._gate.recognise(headers, client_address)
        return await self._access.authenticate(token, client_address)


def _is_ours(token: bytes) -> bool:
    return token.startswith((b"tnk_", b"tns_"))

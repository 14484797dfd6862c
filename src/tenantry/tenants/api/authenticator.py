"""Who asks: the holder of the local token, of a key or of a session."""

from tenantry.base import Principal
from tenantry.tenants.service import Access
from tenantry.web import Headers, TokenAuthenticator, bearer_token


class AccessAuthenticator:
    """Asks `local` for the one token that the process has made itself, and `access` for all others.

    A key begins with `tnk_` and a session with `tns_`; the local token with neither.
    """

    def __init__(self, *, access: Access, local: TokenAuthenticator) -> None:
        self._access = access
        self._local = local

    def recognise(self, headers: Headers, client_address: str) -> Principal | None:
        """Return who asks, None where only `authenticate` can tell; raises as that does."""
        token = bearer_token(headers)
        if token is None or not _is_ours(token):
            return self._local.recognise(headers, client_address)
        return self._access.recognise(token, client_address)

    async def authenticate(self, headers: Headers, client_address: str) -> Principal:
        """Return who asks; raises `Unauthenticated`, `Denied` and `Unavailable`."""
        token = bearer_token(headers)
        if token is None or not _is_ours(token):
            return await self._local.authenticate(headers, client_address)
        return await self._access.authenticate(token, client_address)


def _is_ours(token: bytes) -> bool:
    return token.startswith((b"tnk_", b"tns_"))
